//! Decides whether a text begins with a table of events, and finds its dialect.

use super::cell::{is_event, is_xml_event};
use super::dialect::{Dialect, NO_DELIMITER};
use super::heading::{EVENT_VIEWER_COLUMNS, TableHeading};
use super::rows::{CsvRow, RowSplitter};
use crate::source::encoding::Encoding;
use crate::source::field_names::FieldKey;
use crate::source::sink::{Discard, Sink};
use crate::source::timestamp::{self, DateOrder};

/// Returns the dialect of the table that a text begins with, or `None` if the text begins with no table of events.
pub(crate) fn sniff_dialect(text: &[u8]) -> Option<Dialect> {
    let (rest, declared) = skip_preamble(text);
    let skip = text.len() - rest.len();
    let dialect = |delimiter| Dialect { skip, delimiter, is_event_viewer: false };
    let candidates: Vec<_> = match declared {
        Some(delimiter) => vec![dialect(delimiter)],
        None => DELIMITERS.map(dialect).into(),
    };
    let mut best: Option<(usize, Dialect)> = None;
    for candidate in &candidates {
        let rows = first_rows(text, *candidate);
        let Some(heading) = rows.first() else { continue };
        let columns = heading.cells().count();
        let heading = TableHeading::from_row(heading, *candidate);
        let count = heading.columns.iter().filter(|column| column.known.is_some()).count();
        let has = |key| heading.column(key).is_some();
        if (count >= 2 || has(FieldKey::Text) || has(FieldKey::Raw))
            && best.is_none_or(|(most, _)| most < count)
        {
            let delimiter = if columns == 1 { NO_DELIMITER } else { candidate.delimiter };
            best = Some((count, Dialect { delimiter, ..*candidate }));
        }
    }
    best.map(|(_, dialect)| dialect)
        .or_else(|| {
            let found =
                candidates.iter().find(|dialect| is_event_viewer(&first_rows(text, **dialect)));
            found.map(|dialect| Dialect { is_event_viewer: true, ..*dialect })
        })
        .or_else(|| candidates.into_iter().find(|dialect| holds_event(&first_rows(text, *dialect))))
}

/// The usual delimiters. Of those with equally many known columns the first is used.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// Skips the lines that some programs write before the heading. Also returns the delimiter that one of them declares.
fn skip_preamble(text: &[u8]) -> (&[u8], Option<u8>) {
    let mut rest = text;
    let mut declared = None;
    loop {
        let line = rest.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
        let separator = line.split_first_chunk::<4>().and_then(|(begin, after)| {
            begin
                .eq_ignore_ascii_case(b"sep=")
                .then_some(after.strip_suffix(b"\n").unwrap_or(after))
        });
        if let Some([delimiter] | [delimiter, b'\r']) = separator {
            declared = Some(*delimiter);
        }
        let is_before = line.starts_with(b"#TYPE ")
            || separator.is_some()
            || (line.trim_ascii().is_empty() && !line.is_empty());
        if !is_before {
            return (rest, declared);
        }
        rest = rest.get(line.len()..).unwrap_or_default();
    }
}

/// Returns the first two rows.
fn first_rows(text: &[u8], dialect: Dialect) -> Vec<CsvRow> {
    let mut found = Vec::new();
    let mut rows = RowSplitter::new(Encoding::Utf8, 0, dialect);
    let mut on_row = |row, _: &mut dyn Sink| {
        if found.len() < 2 {
            found.push(row);
        }
    };
    rows.push(text, &mut Discard, &mut on_row);
    rows.end(&mut Discard, &mut on_row);
    found
}

/// Whether the rows are those of Event Viewer, which names five columns in the language of the machine and writes
/// six: the last is the message.
fn is_event_viewer(rows: &[CsvRow]) -> bool {
    let [heading, row] = rows else { return false };
    let cells: Vec<_> = row.cells().collect();
    let is_time = |cell: &&[u8]| {
        let text = String::from_utf8_lossy(cell);
        [DateOrder::MonthFirst, DateOrder::DayFirst]
            .iter()
            .any(|order| timestamp::parse(&text, *order).is_some())
    };
    heading.cells().count() == EVENT_VIEWER_COLUMNS.len()
        && cells.len() > EVENT_VIEWER_COLUMNS.len()
        && cells.get(1).is_some_and(is_time)
        && cells.get(3).is_some_and(|id| !id.is_empty() && id.iter().all(u8::is_ascii_digit))
}

/// Whether a cell of the first row is an event, under a heading that no tool known here writes, or without a heading.
fn holds_event(rows: &[CsvRow]) -> bool {
    match rows {
        [first, ..] if first.cells().any(is_xml_event) => true,
        // A first line with markup is rather an event that was damaged.
        [heading, row] => {
            heading.cells().count() > 1
                && heading.cells().all(|cell| memchr::memchr2(b'<', b'>', cell).is_none())
                && row.cells().any(is_event)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiter(text: &str) -> Option<char> {
        sniff_dialect(text.as_bytes()).map(|dialect| char::from(dialect.delimiter))
    }

    #[test]
    fn the_delimiter_is_the_one_with_the_most_known_columns() {
        for (text, expected) in [
            ("Message,Id,ProviderName\r\n", Some(',')),
            ("Level;Date and Time;Source;Event ID;Task Category\r\n", Some(';')),
            ("EventCode\tComputerName\tMessage\n", Some('\t')),
            ("Id|Message|Note, with commas\n", Some('|')),
            ("\"Id\";\"a,Message\";\"Message\"\n", Some(';')),
            ("a,b,c\n1,2,3\n", None),
            ("Id\n", None),
            ("sep=^\nId^Message^x,y\n", Some('^')),
            ("", None),
        ] {
            assert_eq!(delimiter(text), expected, "{text:?}");
        }
    }

    #[test]
    fn one_column_suffices_if_it_holds_scripts_or_events() {
        assert_eq!(delimiter("ScriptBlockText\na | b; c, d\n"), Some('\0'));
        assert_eq!(delimiter("a;_raw\n"), Some(';'));
        assert_eq!(delimiter("Message\n"), None);
    }

    #[test]
    fn lines_before_the_heading_are_skipped() {
        for preamble in ["#TYPE System.Object\r\n", "sep=,\n", "SEP=;\r\n\r\n", "\r\n \n", ""] {
            let delimiter = if preamble.contains(';') { ";" } else { "," };
            let table = format!("{preamble}Id{delimiter}Message\n");
            let dialect = sniff_dialect(table.as_bytes()).unwrap();
            assert_eq!(dialect.skip, preamble.len(), "{preamble:?}");
            assert_eq!(dialect.delimiter, delimiter.as_bytes()[0], "{preamble:?}");
        }
    }

    #[test]
    fn event_viewer_is_recognised_in_any_language() {
        let heading = "Ebene;Datum und Uhrzeit;Quelle;Ereignis;Aufgabenkategorie\r\n";
        let row = "Ausführlich;24.11.2026 03:19:41;PowerShell;4104;Remotebefehl;\"Text\"\r\n";
        assert_eq!(delimiter(&format!("{heading}{row}")), Some(';'));
        let is_viewer = |row: &str| {
            let dialect = Dialect { skip: 0, delimiter: b';', is_event_viewer: false };
            is_event_viewer(&first_rows(format!("{heading}{row}").as_bytes(), dialect))
        };
        assert!(is_viewer(row));
        for no in [
            // No message, no time, no id, no row.
            "Ausführlich;24.11.2026 03:19:41;PowerShell;4104;Remotebefehl\r\n",
            "Ausführlich;gestern;PowerShell;4104;Remotebefehl;Text\r\n",
            "Ausführlich;24.11.2026 03:19:41;PowerShell;viele;Remotebefehl;Text\r\n",
            "",
        ] {
            assert!(!is_viewer(no), "{no}");
        }
        assert!(sniff_dialect(format!("{heading}{row}").as_bytes()).unwrap().is_event_viewer);
        assert_eq!(delimiter("Time,Host,Command,User,Result\nx,h,c,u,r\n"), None);
    }

    #[test]
    fn a_table_with_unknown_headings_is_recognised_by_an_event_in_it() {
        let message = "Creating Scriptblock text (1 of 1):\na, b\n\nScriptBlock ID: 14a57037-b593-40eb-a758-561e555e760a\nPath: ";
        assert_eq!(delimiter(&format!("x;y\n1;\"{message}\"\n")), Some(';'));
        assert_eq!(delimiter("x,y\n1,<Event xmlns='a'>\n"), Some(','));
        assert_eq!(delimiter("x,y\n1,<Events>\n"), None);
        assert_eq!(delimiter("|Event xmlns='a'></Event>\n<Event xmlns='a'></Event>\n"), None);
        assert_eq!(delimiter("\"<Event xmlns=\"\"a\"\"></Event>\"\n"), Some(','));
    }
}
