//! Decides what begins at a position where a record may begin.
//!
//! Real files mix formats (for example Splunk's event text between XML events), so each record is classified by its
//! own first bytes.

use super::format::Format;
use super::framing::START_BYTES;
use super::text::{classic, format_list, pwsh, snare, syslog, wevtutil};
use super::{json, plaso, xml};

/// What a text begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordStart {
    /// A record.
    Record(Format),
    /// This number of bytes that belong to no record: white space, punctuation between records.
    Skip(usize),
    /// A comment line.
    Comment,
    /// Text that is not a record.
    Other,
    /// Too few bytes to decide.
    More,
}

/// Classifies the beginning of `text`. `last` says that no more bytes follow.
pub(super) fn classify(text: &[u8], last: bool) -> RecordStart {
    let more = !last && text.len() < START_BYTES;
    // The decision uses a fixed number of bytes, so that it is the same wherever the input is divided.
    let text = text.get(..START_BYTES).unwrap_or(text);
    match text {
        [] => RecordStart::More,
        // A bracket alone: after a list of records it begins the remainder of the outer objects.
        [b']', ..] => RecordStart::Skip(1),
        // A brace alone in its line closes the object of all events.
        [b'}', rest @ ..] if is_blank_line(rest) => {
            let is_complete = !more || rest.contains(&b'\n');
            if is_complete { RecordStart::Skip(1) } else { RecordStart::More }
        }
        [b' ' | b'\t' | b'\r' | b'\n' | b',' | 0, ..] => RecordStart::Skip(
            text.iter()
                .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | 0))
                .count(),
        ),
        [0xEF, 0xBB, 0xBF, ..] => RecordStart::Skip(3),
        [0xEF] | [0xEF, 0xBB] if more => RecordStart::More,
        [b'#', ..] => RecordStart::Comment,
        [b'R', ..] if is_record_number(text) => RecordStart::Comment,
        // Event Viewer marks the elements of its XML view that can be collapsed.
        [b'-', b' ', rest @ ..] if xml::is_event(rest) || rest.starts_with(b"<Events") => {
            RecordStart::Skip(2)
        }
        // A record that was cut off after its first byte.
        [b'{', b'{', b'"', ..] => RecordStart::Skip(1),
        [b'<', next, ..]
            if next.is_ascii_alphabetic() || matches!(next, b'!' | b'?' | b'/' | b'_') =>
        {
            RecordStart::Record(Format::Xml)
        }
        [b'{' | b'"', ..] if plaso::object_name_len(text).is_some() => {
            RecordStart::Skip(plaso::object_name_len(text).unwrap_or(1))
        }
        [b'"', rest @ ..] if json::begins_event(rest) => RecordStart::Record(Format::Json),
        [bracket @ (b'{' | b'['), rest @ ..] => match rest.trim_ascii_start().first() {
            Some(b'{' | b']') if *bracket == b'[' => RecordStart::Skip(1),
            Some(b'"') if *bracket == b'[' => {
                let string = rest.trim_ascii_start().get(1..).unwrap_or_default();
                match json::begins_event(string) {
                    true => RecordStart::Skip(1),
                    false if more => RecordStart::More,
                    false => RecordStart::Other,
                }
            }
            Some(b'"' | b'}') if *bracket == b'{' => RecordStart::Record(Format::Json),
            None if more => RecordStart::More,
            // An opening bracket at the end is a record or an array that was cut off.
            None if *bracket == b'{' => RecordStart::Record(Format::Json),
            None => RecordStart::Skip(1),
            Some(_) => RecordStart::Other,
        },
        [b'<'] | [b'"'] if more => RecordStart::More,
        [b'0'..=b'9', ..] if classic::begins(text) => RecordStart::Record(Format::Classic),
        [b'0'..=b'9' | b'A'..=b'Z' | b'<' | b'(', ..] if pwsh::begins(text) => {
            RecordStart::Record(Format::Classic)
        }
        [b'0'..=b'9', ..] if more => RecordStart::More,
        [b'A'..=b'Z', ..] if format_list::begins(text) => RecordStart::Record(Format::Classic),
        _ if wevtutil::begins(text)
            || classic::begins_damaged(text)
            || wevtutil::begins_damaged(text) =>
        {
            RecordStart::Record(Format::Classic)
        }
        _ if more
            && (!text.contains(&b'\n')
                || text.starts_with(b"Event[")
                || classic::may_begin_damaged(text)) =>
        {
            RecordStart::More
        }
        _ if snare::begins(text) => RecordStart::Record(Format::Classic),
        _ => syslog::header(text).map_or(RecordStart::Other, RecordStart::Skip),
    }
}

/// Whether the first line is the number that `evtx_dump` writes before each event: `Record 12`.
fn is_record_number(text: &[u8]) -> bool {
    let line = memchr::memchr(b'\n', text).and_then(|end| text.get(..end)).unwrap_or_default();
    let number = line.trim_ascii_end().strip_prefix(b"Record ").unwrap_or_default();
    !number.is_empty() && number.iter().all(u8::is_ascii_digit)
}

fn is_blank_line(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').next().is_some_and(|line| line.trim_ascii().is_empty())
}

/// Returns the format of a text whose first record follows only white space and comments.
pub(super) fn first_format(text: &[u8]) -> Option<Format> {
    let mut rest = text;
    loop {
        match classify(rest, true) {
            RecordStart::Record(format) => return Some(format),
            // An array is always JSON. The type line of an export is always a table's.
            RecordStart::Skip(1) if rest.starts_with(b"[") => return Some(Format::Json),
            RecordStart::Comment if rest.starts_with(b"#TYPE ") => return None,
            RecordStart::Comment => rest = rest.get(memchr::memchr(b'\n', rest)?..)?,
            RecordStart::Skip(length) => rest = rest.get(length..)?,
            RecordStart::Other | RecordStart::More => return None,
        }
    }
}

/// Returns the format of a record that certainly begins at this line start. No script text looks the same.
pub(super) fn certain_format(line: &[u8]) -> Option<Format> {
    let line = line.get(..START_BYTES).unwrap_or(line);
    // Files that begin with a mark may have been joined.
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    if xml::is_event(line) {
        Some(Format::Xml)
    } else if line.starts_with(b"{\"") {
        Some(Format::Json)
    } else {
        (classic::begins(line) || wevtutil::begins(line) || pwsh::begins(line))
            .then_some(Format::Classic)
    }
}

/// Returns the format as [`certain_format`] does, also for an event after a syslog header.
pub(super) fn certain_format_after_header(line: &[u8]) -> Option<Format> {
    let line = line.get(..START_BYTES).unwrap_or(line);
    certain_format(line).or_else(|| first_format(line.get(syslog::header(line)?..)?))
}

/// Returns the beginning of a line, other than the text's first, that certainly begins a record.
pub(super) fn next_record(text: &[u8], until: usize) -> Option<usize> {
    memchr::memchr_iter(b'\n', text.get(..until)?)
        .map(|end| end + 1)
        .find(|at| text.get(*at..).and_then(certain_format_after_header).is_some())
}

/// Whether there are too few bytes to show how the line begins.
pub(super) fn is_short(text: &[u8]) -> bool {
    text.len() < START_BYTES && !text.contains(&b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_classified_by_their_first_bytes() {
        for (text, expected) in [
            ("<Event xmlns='x'>", RecordStart::Record(Format::Xml)),
            ("<?xml version='1.0'?>", RecordStart::Record(Format::Xml)),
            ("{\"a\":1}", RecordStart::Record(Format::Json)),
            ("{\r\n  \"a\": 1}", RecordStart::Record(Format::Json)),
            ("[ {\"a\":1}]", RecordStart::Skip(1)),
            ("],\r\n{}", RecordStart::Skip(1)),
            (",\r\n{}", RecordStart::Skip(3)),
            ("[ \"\\u003cEvent xmlns=", RecordStart::Skip(1)),
            ("\"<Event xmlns='x'>\"", RecordStart::Record(Format::Json)),
            ("[\"a\"]", RecordStart::Other),
            ("# a comment\n<Event>", RecordStart::Comment),
            ("Record 12\r\n<Event>", RecordStart::Comment),
            ("Record x\n<Event>", RecordStart::Other),
            ("02/17/2022 02:15:47 AM\nLogName=Security\n", RecordStart::Record(Format::Classic)),
            ("[section]", RecordStart::Other),
            ("{ script }", RecordStart::Other),
            ("< 5", RecordStart::Other),
            ("plain", RecordStart::Other),
            ("", RecordStart::More),
        ] {
            assert_eq!(classify(text.as_bytes(), true), expected, "{text}");
        }
        assert_eq!(classify(b"{ ", false), RecordStart::More);
        assert_eq!(classify(b"02/17/2022 02:15", false), RecordStart::More);
    }

    #[test]
    fn first_format_skips_space_and_comments() {
        assert_eq!(first_format(b"#Bulk events\r\n\r\n<Event>"), Some(Format::Xml));
        assert_eq!(first_format(b"\n[\n{\"a\":1}"), Some(Format::Json));
        assert_eq!(first_format(b"#TYPE System.Object\r\n\"Id\""), None);
        assert_eq!(first_format(b"Level,Date and Time"), None);
    }
}
