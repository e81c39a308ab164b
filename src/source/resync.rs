//! Finds the boundaries of a text source: the positions where a range of it may begin.
//!
//! ```text
//! …</Data></EventData></Event>\r\n<Event xmlns=…      XML: between two events
//! …"Level":5}\n{"EventID":4104,…                     JSON: between two lines
//! …\n02/17/2022 02:15:47 AM\nLogName=…              text: before a time and a key
//! ```
//!
//! `cut` and `npm/ranges.js` choose ranges only among these positions. A reader that begins at one knows nothing of the
//! bytes before it. So every reader ends a record there that has not ended by itself: a comment without an end, or an
//! event of another format that would extend over the position.

use super::format::Format;
use super::framing::START_BYTES;
use super::text::classic;
use crate::text::xml::CDATA;
use memchr::{memchr_iter, memmem};

/// Number of bytes around a boundary that decide it. The first bytes of an event are fewer.
pub(super) const BOUNDARY_BYTES: usize = BEFORE_BYTES + EVENT_START.len();

const BEFORE_BYTES: usize = EVENT_END.len() + MAX_SPACE;

const EVENT_END: &[u8] = b"</Event>";
const EVENT_START: &[u8] = b"<Event xmlns";

/// Maximum white space between two events.
const MAX_SPACE: usize = 32;

/// Returns the first boundary from `from` on and before `to`, never the first byte of the text. `source` is the
/// format of the records of the source.
pub(super) fn next_boundary(source: Format, text: &[u8], from: usize, to: usize) -> Option<usize> {
    let from = from.max(1);
    let before = |boundary: usize| text.get(..boundary).unwrap_or_default();
    let until = |more: usize| text.get(from - 1..text.len().min(to.saturating_add(more)));
    let boundary = match source {
        Format::Json => {
            memmem::find_iter(until(1)?, b"\n{\"").map(|at| from + at).find(|boundary| {
                let line = before(boundary - 1);
                line.strip_suffix(b"\r").unwrap_or(line).ends_with(b"}")
            })?
        }
        Format::Xml => {
            let boundary = xml_boundary(text, from, to)?;
            // Character data may contain the text of a boundary: sources with character data are not divided.
            memmem::find(before(boundary), CDATA).is_none().then_some(boundary)?
        }
        Format::Classic => memchr_iter(b'\n', until(0)?).map(|at| from + at).find(|boundary| {
            let line = text.get(*boundary..).unwrap_or_default();
            classic::begins(line.get(..START_BYTES).unwrap_or(line))
        })?,
        Format::Evtx | Format::Csv => return None,
    };
    (boundary < to).then_some(boundary)
}

/// Returns the first position from `from` on and before `to` at which an event follows the end of another.
pub(super) fn xml_boundary(text: &[u8], from: usize, to: usize) -> Option<usize> {
    let end = text.len().min(to.saturating_add(EVENT_START.len() - 1));
    memmem::find_iter(text.get(from..end)?, EVENT_START)
        .map(|at| from + at)
        .find(|boundary| is_after_event(text.get(..*boundary).unwrap_or_default()))
}

/// Whether a range could begin before the end of this record: the reader of that range would not know about the
/// record. JSON documents are ended there by their framer.
pub(super) fn has_boundary_inside(
    source: Option<Format>,
    format: Format,
    text: &[u8],
    end: usize,
) -> bool {
    let is_bounded = source.is_some_and(|source| {
        (source != format || format == Format::Xml) && next_boundary(source, text, 0, end).is_some()
    });
    is_bounded || (format == Format::Xml && boundary_in_section(text, 1, end).is_some())
}

/// Returns the first boundary in a CDATA section from `from` on that has no end of its own. A script in a section may
/// have the text of events: only an event with a section of its own shows that the end of this one is missing.
pub(super) fn boundary_in_section(text: &[u8], from: usize, end: usize) -> Option<usize> {
    let boundary = xml_boundary(text, from, end)?;
    let (before, after) = text.get(..end)?.split_at_checked(boundary)?;
    let is_open = memmem::rfind(before, CDATA).is_some_and(|section| {
        memmem::find(before.get(section..).unwrap_or_default(), b"]]>").is_none()
    });
    (is_open && memmem::find(after, CDATA).is_some()).then_some(boundary)
}

fn is_after_event(before: &[u8]) -> bool {
    let near = before.get(before.len().saturating_sub(BEFORE_BYTES)..).unwrap_or(before);
    near.trim_ascii_end().ends_with(EVENT_END)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the text from the first boundary on.
    fn rest(format: Format, text: &str) -> Option<&str> {
        next_boundary(format, text.as_bytes(), 0, text.len()).map(|boundary| &text[boundary..])
    }

    #[test]
    fn xml_is_divided_between_events() {
        for (text, expected) in [
            ("<Event xmlns='a'></Event><Event xmlns='b'>", Some("<Event xmlns='b'>")),
            ("<Event xmlns='a'></Event>\r\n <Event xmlns='b'>", Some("<Event xmlns='b'>")),
            ("<Event xmlns='a'>", None),
            ("<Events><Event xmlns='a'>", None),
            ("<![CDATA[</Event>]]></Event><Event xmlns='b'>", None),
            ("</Event><Event>", None),
        ] {
            assert_eq!(rest(Format::Xml, text), expected, "{text}");
        }
        let far = format!("</Event>{}<Event xmlns='b'>", " ".repeat(MAX_SPACE + 1));
        assert_eq!(rest(Format::Xml, &far), None);
    }

    #[test]
    fn json_is_divided_between_lines() {
        for (text, expected) in [
            ("{\"a\":1}\n{\"b\":2}", Some("{\"b\":2}")),
            ("{\"a\":1}\r\n{\"b\":2}", Some("{\"b\":2}")),
            ("{\"a\":1\n{\"b\":2}", None),
            ("{\"a\":1},\n{\"b\":2}", None),
            ("{\"a\":1}\n {\"b\":2}", None),
        ] {
            assert_eq!(rest(Format::Json, text), expected, "{text}");
        }
    }

    #[test]
    fn event_text_is_divided_before_a_time_and_a_key() {
        let event = "02/17/2022 02:15:47 AM\nLogName=Security\n";
        assert_eq!(rest(Format::Classic, &format!("{event}{event}")), Some(event));
        assert_eq!(rest(Format::Classic, event), None);
        assert_eq!(rest(Format::Classic, "x\n02/17/2022 02:15:47 AM\nno key\n"), None);
    }

    #[test]
    fn only_boundaries_in_the_range_are_returned() {
        let text = b"{\"a\":1}\n{\"b\":2}\n{\"c\":3}";
        for (from, to, expected) in
            [(0, 24, Some(8)), (8, 24, Some(8)), (9, 24, Some(16)), (9, 16, None), (17, 24, None)]
        {
            assert_eq!(next_boundary(Format::Json, text, from, to), expected, "{from}..{to}");
        }
        assert_eq!(next_boundary(Format::Csv, text, 0, 24), None);
    }
}
