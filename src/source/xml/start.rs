//! Finds the beginning of an event in XML.

/// Beginning of an event. A space or the end of the tag follows.
const EVENT: &[u8] = b"<Event";

/// Returns the position of an event inside a line that does not begin with one.
pub(crate) fn event_within(line: &[u8]) -> Option<usize> {
    memchr::memmem::find_iter(line, EVENT)
        .find(|at| *at > 0 && line.get(*at..).is_some_and(is_event))
}

/// Whether a text begins with an event.
pub(crate) fn is_event(text: &[u8]) -> bool {
    let after = text.strip_prefix(EVENT).and_then(<[u8]>::first);
    after.is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b'>')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_inside_a_line_is_found() {
        for (line, expected) in [
            ("ents><Event xmlns='x'>", Some(5)),
            ("> <Events><Event>", Some(10)),
            ("<Event>", None),
            ("a <EventData>", None),
            ("a <Event", None),
        ] {
            assert_eq!(event_within(line.as_bytes()), expected, "{line}");
        }
    }
}
