//! Maps the columns of a table to keys.

use super::rows::CsvRow;
use crate::source::field_names::{self, FieldKey};
use crate::source::record::TextRecord;
use crate::source::value::FieldValue;
use std::borrow::Cow;

/// Columns of Event Viewer, in its order.
pub(super) const EVENT_VIEWER_COLUMNS: [(FieldKey, u8); 5] = [
    (FieldKey::Level, 2),
    (FieldKey::Time, 8),
    (FieldKey::Provider, 6),
    (FieldKey::Id, 9),
    (FieldKey::Task, 1),
];

/// Heading of a table.
pub(super) struct TableHeading {
    row: CsvRow,
    pub(super) columns: Vec<HeadingColumn>,
}

/// A column: its name, and the key and rank if the name is known.
pub(super) struct HeadingColumn {
    name: Vec<u8>,
    pub(super) known: Option<(FieldKey, u8)>,
}

impl TableHeading {
    /// Creates the heading from the first row of a table.
    pub(super) fn from_row(row: &CsvRow) -> Self {
        let column = |name: &[u8]| {
            let name = name.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(name).trim_ascii();
            HeadingColumn { name: name.to_vec(), known: field_names::event_key(name) }
        };
        let mut columns: Vec<_> = row.cells().map(column).collect();
        // In another language no name is known, except one by chance.
        let known = columns.iter().filter(|column| column.known.is_some()).count();
        if columns.len() == EVENT_VIEWER_COLUMNS.len() && known < 2 {
            for (column, known) in columns.iter_mut().zip(EVENT_VIEWER_COLUMNS) {
                column.known = Some(known);
            }
        }
        Self { row: row.clone(), columns }
    }

    /// Whether this row repeats the heading.
    pub(super) fn is_repeated_by(&self, row: &CsvRow) -> bool {
        self.row.cells().eq(row.cells())
    }

    /// Whether the tool that wrote the table writes UTC without a zone in every time.
    pub(super) fn is_utc(&self) -> bool {
        self.columns.iter().any(|column| {
            matches!(
                column.name.as_slice(),
                b"MapDescription" | b"ChunkNumber" | b"TimeGenerated [UTC]"
            )
        })
    }

    /// Returns the time of a row, unparsed.
    pub(super) fn time<'a>(&self, row: &'a CsvRow) -> Cow<'a, str> {
        let column = self.column(FieldKey::Time);
        let cell = column.and_then(|column| row.cells().nth(column)).unwrap_or_default();
        String::from_utf8_lossy(cell)
    }

    /// Reads the cells of a row into a record.
    pub(super) fn fill<'a>(&'a self, row: &'a CsvRow, record: &mut TextRecord<'a>) {
        let has_message = self.column(FieldKey::Message).is_some();
        for (at, cell) in row.cells().enumerate() {
            let value = FieldValue::plain(cell);
            match self.columns.get(at) {
                // An empty cell is not a value, but an empty script is a script.
                Some(HeadingColumn { known: Some((FieldKey::Text, rank)), .. }) => {
                    record.put(FieldKey::Text, *rank, value)
                }
                _ if cell.is_empty() => {}
                Some(HeadingColumn { known: Some((key, rank)), .. }) => {
                    record.put(*key, *rank, value)
                }
                Some(column) if column.name.starts_with(b"PayloadData") => {
                    put_payload(cell, record)
                }
                Some(column) if DETAILS_COLUMNS.contains(&column.name.as_slice()) => {
                    put_details(cell, record)
                }
                Some(column) => record.put_other(Cow::Borrowed(&column.name), value),
                None if !has_message => record.put(FieldKey::Message, 8, value),
                None => {}
            }
        }
    }

    /// Returns the best column for a key.
    pub(super) fn column(&self, key: FieldKey) -> Option<usize> {
        let ranks = self.columns.iter().enumerate().filter_map(|(at, column)| {
            column.known.filter(|(known, _)| *known == key).map(|(_, rank)| (rank, at))
        });
        ranks.max_by_key(|(rank, at)| (*rank, usize::MAX - at)).map(|(_, at)| at)
    }
}

/// Columns of Hayabusa that hold several values.
const DETAILS_COLUMNS: [&[u8]; 3] = [b"Details", b"ExtraFieldInfo", b"AllFieldInfo"];

/// Reads Hayabusa's `Name: value ¦ Name: value`. A script comes last and may contain the separator.
fn put_details<'a>(cell: &'a [u8], record: &mut TextRecord<'a>) {
    let mut rest = Some(cell);
    while let Some(text) = rest {
        let Some(colon) = memchr::memchr(b':', text) else { return };
        let (name, value) = text.split_at_checked(colon).unwrap_or_default();
        let value = value.get(1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        if matches!(name, b"ScriptBlock" | b"ScriptBlockText") {
            return record.put(FieldKey::Text, 8, FieldValue::plain(value));
        }
        let end = memchr::memmem::find(value, " ¦ ".as_bytes());
        rest = end.and_then(|end| value.get(end + 4..));
        let value = FieldValue::plain(value.get(..end.unwrap_or(value.len())).unwrap_or_default());
        match field_names::script_key(name) {
            Some(key) => record.put(key, 8, value),
            None => record.put_other(Cow::Borrowed(name), value),
        }
    }
}

/// Reads `ScriptBlockText: …`, which EvtxECmd's maps write for single values. Used only if the payload itself is
/// missing.
fn put_payload<'a>(cell: &'a [u8], record: &mut TextRecord<'a>) {
    let Some(colon) = memchr::memchr(b':', cell) else { return };
    let (name, value) = cell.split_at_checked(colon).unwrap_or_default();
    if let Some(key) = field_names::script_key(name) {
        let value = value.get(1..).unwrap_or_default();
        record.put(key, 1, FieldValue::plain(value.strip_prefix(b" ").unwrap_or(value)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::split;
    use super::*;
    use crate::event::RecordLocation;
    use crate::source::record::TimeRules;

    fn heading(text: &str) -> TableHeading {
        TableHeading::from_row(&split(text, b',')[0])
    }

    /// Reads a table of one row and returns the values of these keys.
    fn read(table: &str, keys: &[FieldKey]) -> Vec<Option<String>> {
        let rows = split(table, b',');
        let heading = TableHeading::from_row(&rows[0]);
        let mut record = TextRecord::new(RecordLocation::default(), TimeRules::default());
        heading.fill(&rows[1], &mut record);
        keys.iter().map(|key| record.string(*key)).collect()
    }

    #[test]
    fn columns_are_known_in_the_spelling_of_each_tool() {
        for (name, expected) in [
            ("Id", Some(FieldKey::Id)),
            ("Event ID", Some(FieldKey::Id)),
            ("EventId", Some(FieldKey::Id)),
            ("EventCode", Some(FieldKey::Id)),
            ("event.code", Some(FieldKey::Id)),
            ("winlog.event_id", Some(FieldKey::Id)),
            ("Date and Time", Some(FieldKey::Time)),
            ("TimeGenerated [UTC]", Some(FieldKey::Time)),
            ("_time", Some(FieldKey::Time)),
            ("MachineName", Some(FieldKey::Computer)),
            ("Hostname", Some(FieldKey::Computer)),
            ("ScriptBlockText", Some(FieldKey::Text)),
            ("powershell.file.script_block_text", Some(FieldKey::Text)),
            ("_raw", Some(FieldKey::Raw)),
            ("Payload", Some(FieldKey::Data)),
            ("\u{FEFF}Message", Some(FieldKey::Message)),
            ("\" Message \"", Some(FieldKey::Message)),
            ("id", None),
            ("MESSAGE", None),
        ] {
            let known = heading(&format!("{name}\n")).columns[0].known;
            assert_eq!(known.map(|(key, _)| key), expected, "{name}");
        }
    }

    #[test]
    fn the_column_of_the_best_rank_is_used_and_of_equal_ranks_the_first() {
        assert_eq!(heading("Id,EventID,EventCode\n").column(FieldKey::Id), Some(1));
        assert_eq!(heading("@timestamp,EventTime\n").column(FieldKey::Time), Some(1));
        assert_eq!(heading("Id,Message\n").column(FieldKey::Time), None);
        let table = "Id,EventID,EventCode\n1,4104,4103\n";
        assert_eq!(read(table, &[FieldKey::Id]), [Some("4104".to_owned())]);
    }

    #[test]
    fn five_unknown_columns_are_those_of_event_viewer() {
        let keys = |text: &str| -> Vec<_> {
            let columns = heading(text).columns;
            columns.iter().map(|column| column.known.map(|(key, _)| key)).collect()
        };
        let viewer: Vec<_> = EVENT_VIEWER_COLUMNS.iter().map(|(key, _)| Some(*key)).collect();
        assert_eq!(keys("Niveau,Date et heure,Source,ID,Catégorie\n"), viewer);
        assert_eq!(keys("a,b,c,d\n"), [None; 4]);
        assert_eq!(keys("a,b,c,Message,Id\n")[..3], [None; 3]);
    }

    #[test]
    fn a_cell_without_a_column_is_the_message() {
        let message = |table| read(table, &[FieldKey::Message]).remove(0);
        assert_eq!(message("Id,Source\n4104,x,\"the text\"\n").as_deref(), Some("the text"));
        assert_eq!(message("Id,Message\n4104,known,extra\n").as_deref(), Some("known"));
        assert_eq!(message("Id,Source\n4104,x\n"), None);
    }

    #[test]
    fn empty_cells_are_absent_but_an_empty_script_is_a_script() {
        let keys = [FieldKey::Id, FieldKey::Text, FieldKey::Computer];
        let read = read("Id,ScriptBlockText,Computer\n4104,,\n", &keys);
        assert_eq!(read, [Some("4104".to_owned()), Some(String::new()), None]);
    }

    #[test]
    fn columns_with_several_values_are_divided() {
        let keys = [FieldKey::Number, FieldKey::BlockId, FieldKey::Text];
        let hayabusa = "Details\n\"MessageNumber: 2 ¦ ScriptBlockId: x ¦ ScriptBlock: a ¦ b: c\"\n";
        let expected = ["2", "x", "a ¦ b: c"].map(|value| Some(value.to_owned()));
        assert_eq!(read(hayabusa, &keys), expected);
        let evtx_ecmd = "PayloadData1,PayloadData2\nPath: a,ScriptBlockText: Get-Date\n";
        let keys = [FieldKey::Path, FieldKey::Text];
        let expected = ["a", "Get-Date"].map(|value| Some(value.to_owned()));
        assert_eq!(read(evtx_ecmd, &keys), expected);
    }

    #[test]
    fn tools_that_write_utc_are_recognised() {
        assert!(heading("Id,MapDescription\n").is_utc());
        assert!(heading("TimeGenerated [UTC],Id\n").is_utc());
        assert!(!heading("TimeCreated,Id\n").is_utc());
    }

    #[test]
    fn a_repeated_heading_is_recognised() {
        let rows = split("Id,Message\n\"Id\",\"Message\"\nId,x\n", b',');
        let heading = TableHeading::from_row(&rows[0]);
        assert!(heading.is_repeated_by(&rows[1]));
        assert!(!heading.is_repeated_by(&rows[2]));
    }
}
