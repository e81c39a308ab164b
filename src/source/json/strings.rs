//! Strings that hold an event, as elements of a list: `Get-WinEvent | ForEach-Object ToXml | ConvertTo-Json`.

use crate::source::xml;
use crate::text::json::unescape;

/// Number of bytes of a string that show whether it holds an event. Windows PowerShell writes `<` as `\u003c`.
const START_BYTES: usize = 64;

/// Whether the string whose content begins here holds an event in XML, or a document. In a cell of a table, quotation marks are doubled
/// rather than escaped.
pub(crate) fn begins_event(content: &[u8]) -> bool {
    if !matches!(content.first(), Some(b'<' | b'\\' | b' ' | b'{')) {
        return false;
    }
    if content.starts_with(b"{\\\"") {
        return true;
    }
    let start = content.get(..START_BYTES).unwrap_or(content);
    let is_cell = start.windows(2).any(|pair| pair == b"\"\"");
    !is_cell && xml::is_event(unescape(start).trim_ascii_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_in_a_string_is_known_by_its_beginning() {
        for content in [
            &b"<Event xmlns='x'>\""[..],
            b"\\u003cEvent xmlns=\\u0027http://schemas.microsoft.com/win/2004/08/events/event",
            b"\\r\\n <Event>",
            b"{\\\"EventID\\\":4104}",
        ] {
            assert!(begins_event(content), "{content:?}");
        }
        for no in [&b"<Event xmlns=\"\"x\"\">"[..], b"<Events>", b"x <Event>", b"\\", b""] {
            assert!(!begins_event(no), "{no:?}");
        }
    }
}
