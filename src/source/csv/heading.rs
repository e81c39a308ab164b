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

pub(super) struct HeadingColumn {
    name: Vec<u8>,
    pub(super) known: Option<(FieldKey, u8)>,
}

impl TableHeading {
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
