//! Decides whether a text begins with a table of events, and finds its dialect.

use super::dialect::Dialect;
use super::heading::{EVENT_VIEWER_COLUMNS, TableHeading};
use super::rows::{CsvRow, RowSplitter};
use crate::source::encoding::Encoding;
use crate::source::field_names::FieldKey;
use crate::source::sink::{Discard, Sink};
use crate::source::timestamp::{self, DateOrder};

/// Returns the dialect of the table that a text begins with, or `None` if the text begins with no table of events.
pub(crate) fn sniff_dialect(text: &[u8]) -> Option<Dialect> {
    let skip = text.len() - skip_preamble(text).len();
    let dialects = b",;\t|".map(|delimiter| Dialect { skip, delimiter });
    let known = |dialect: &Dialect| {
        let heading = TableHeading::from_row(first_rows(text, *dialect).first()?);
        let count = heading.columns.iter().filter(|column| column.known.is_some()).count();
        let has = |key| heading.column(key).is_some();
        (count >= 2 || has(FieldKey::Text) || has(FieldKey::Raw)).then_some(count)
    };
    dialects
        .iter()
        .filter_map(|dialect| Some((known(dialect)?, *dialect)))
        .max_by_key(|(count, _)| *count)
        .map(|(_, dialect)| dialect)
        .or_else(|| {
            dialects.into_iter().find(|dialect| is_event_viewer(&first_rows(text, *dialect)))
        })
}

/// Skips the lines that some programs write before the heading.
fn skip_preamble(text: &[u8]) -> &[u8] {
    let mut rest = text;
    loop {
        let line = rest.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
        let is_before = line.starts_with(b"#TYPE ")
            || line.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case(b"sep="))
            || (line.trim_ascii().is_empty() && !line.is_empty());
        if !is_before {
            return rest;
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
            ("", None),
        ] {
            assert_eq!(delimiter(text), expected, "{text:?}");
        }
    }

    #[test]
    fn one_column_suffices_if_it_holds_scripts_or_events() {
        assert!(delimiter("ScriptBlockText\n").is_some());
        assert_eq!(delimiter("a;_raw\n"), Some(';'));
        assert_eq!(delimiter("Message\n"), None);
    }

    #[test]
    fn lines_before_the_heading_are_skipped() {
        for preamble in ["#TYPE System.Object\r\n", "sep=,\n", "SEP=;\r\n\r\n", "\r\n \n", ""] {
            let dialect = sniff_dialect(format!("{preamble}Id,Message\n").as_bytes()).unwrap();
            assert_eq!((dialect.skip, dialect.delimiter), (preamble.len(), b','), "{preamble:?}");
        }
    }

    #[test]
    fn event_viewer_is_recognised_in_any_language() {
        let heading = "Ebene;Datum und Uhrzeit;Quelle;Ereignis;Aufgabenkategorie\r\n";
        let row = "Ausführlich;24.11.2026 03:19:41;PowerShell;4104;Remotebefehl;\"Text\"\r\n";
        assert_eq!(delimiter(&format!("{heading}{row}")), Some(';'));
        let is_viewer = |row: &str| {
            let dialect = Dialect { skip: 0, delimiter: b';' };
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
    }
}
