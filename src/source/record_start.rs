//! What begins where a record may begin.
//!
//! Real files mix formats (Splunk's event text between XML events), so every record is told by its own
//! first bytes.

use super::format::Format;
use super::framing::LOOK;
use super::text::{classic, format_list, snare, syslog, wevtutil};
use super::xml;

/// What stands at the beginning of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// A record.
    Record(Format),
    /// So many bytes that belong to no record: white space, punctuation between records.
    Skip(usize),
    /// A line that is a comment.
    Comment,
    /// Text that is no record.
    Other,
    /// Too few bytes to tell.
    More,
}

/// Tells what `text` begins with. `last` says that nothing follows it.
pub(super) fn head(text: &[u8], last: bool) -> Head {
    let more = !last && text.len() < LOOK;
    // No more than that is looked at, so that the answer is the same wherever a source is cut.
    let text = text.get(..LOOK).unwrap_or(text);
    match text {
        [] => Head::More,
        // Alone: after a list of records it is the beginning of the rest of the objects around.
        [b']', ..] => Head::Skip(1),
        [b' ' | b'\t' | b'\r' | b'\n' | b',' | 0, ..] => Head::Skip(
            text.iter()
                .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | 0))
                .count(),
        ),
        [0xEF, 0xBB, 0xBF, ..] => Head::Skip(3),
        [0xEF] | [0xEF, 0xBB] if more => Head::More,
        [b'#', ..] => Head::Comment,
        [b'<', next, ..]
            if next.is_ascii_alphabetic() || matches!(next, b'!' | b'?' | b'/' | b'_') =>
        {
            Head::Record(Format::Xml)
        }
        [bracket @ (b'{' | b'['), rest @ ..] => match rest.trim_ascii_start().first() {
            Some(b'{') if *bracket == b'[' => Head::Skip(1),
            Some(b']') if *bracket == b'[' => Head::Skip(1),
            Some(b'"' | b'}') if *bracket == b'{' => Head::Record(Format::Json),
            None if more => Head::More,
            // An opening bracket at the end is a record, or an array, that was cut off.
            None if *bracket == b'{' => Head::Record(Format::Json),
            None => Head::Skip(1),
            Some(_) => Head::Other,
        },
        [b'<'] if more => Head::More,
        [b'0'..=b'9', ..] if classic::begins(text) => Head::Record(Format::Classic),
        [b'0'..=b'9', ..] if more => Head::More,
        [b'A'..=b'Z', ..] if format_list::begins(text) => Head::Record(Format::Classic),
        _ if wevtutil::begins(text) => Head::Record(Format::Classic),
        _ if more && (!text.contains(&b'\n') || text.starts_with(b"Event[")) => Head::More,
        _ if snare::begins(text) => Head::Record(Format::Classic),
        _ => syslog::header(text).map_or(Head::Other, Head::Skip),
    }
}

/// The format of a text whose first record comes after nothing but white space and comments.
pub(super) fn first(text: &[u8]) -> Option<Format> {
    let mut rest = text;
    loop {
        match head(rest, true) {
            Head::Record(format) => return Some(format),
            // An array is JSON already, an export's type line a table.
            Head::Skip(1) if rest.starts_with(b"[") => return Some(Format::Json),
            Head::Comment if rest.starts_with(b"#TYPE ") => return None,
            Head::Comment => rest = rest.get(memchr::memchr(b'\n', rest)?..)?,
            Head::Skip(length) => rest = rest.get(length..)?,
            Head::Other | Head::More => return None,
        }
    }
}

/// The format of a record that surely begins here, at the beginning of a line: no script text looks so.
pub(super) fn record(line: &[u8]) -> Option<Format> {
    let line = line.get(..LOOK).unwrap_or(line);
    if xml::is_event(line) {
        Some(Format::Xml)
    } else if line.starts_with(b"{\"") {
        Some(Format::Json)
    } else {
        (classic::begins(line) || wevtutil::begins(line)).then_some(Format::Classic)
    }
}

/// The same, or an event behind a header of syslog's.
pub(super) fn record_or_header(line: &[u8]) -> Option<Format> {
    let line = line.get(..LOOK).unwrap_or(line);
    record(line).or_else(|| first(line.get(syslog::header(line)?..)?))
}

/// Too few bytes to show how a line begins.
pub(super) fn is_short(text: &[u8]) -> bool {
    text.len() < LOOK && !text.contains(&b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_told_by_its_first_bytes() {
        for (text, expected) in [
            ("<Event xmlns='x'>", Head::Record(Format::Xml)),
            ("<?xml version='1.0'?>", Head::Record(Format::Xml)),
            ("{\"a\":1}", Head::Record(Format::Json)),
            ("{\r\n  \"a\": 1}", Head::Record(Format::Json)),
            ("[ {\"a\":1}]", Head::Skip(1)),
            ("],\r\n{}", Head::Skip(1)),
            (",\r\n{}", Head::Skip(3)),
            ("# a comment\n<Event>", Head::Comment),
            ("02/17/2022 02:15:47 AM\nLogName=Security\n", Head::Record(Format::Classic)),
            ("[section]", Head::Other),
            ("{ script }", Head::Other),
            ("< 5", Head::Other),
            ("plain", Head::Other),
            ("", Head::More),
        ] {
            assert_eq!(head(text.as_bytes(), true), expected, "{text}");
        }
        assert_eq!(head(b"{ ", false), Head::More);
        assert_eq!(head(b"02/17/2022 02:15", false), Head::More);
    }

    #[test]
    fn a_log_is_told_by_its_first_record() {
        assert_eq!(first(b"#Bulk events\r\n\r\n<Event>"), Some(Format::Xml));
        assert_eq!(first(b"\n[\n{\"a\":1}"), Some(Format::Json));
        assert_eq!(first(b"#TYPE System.Object\r\n\"Id\""), None);
        assert_eq!(first(b"Level,Date and Time"), None);
    }
}
