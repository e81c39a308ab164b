//! What the columns of a table hold.

use super::super::encoding::Encoding;
use super::super::field_names::{self, Key};
use super::super::record::{Record, Value};
use super::super::times::{self, DateOrder};
use super::rows::{Row, Rows};
use crate::error::Problem;
use std::borrow::Cow;

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Dialect {
    /// Bytes of text before the heading.
    pub(super) skip: usize,
    pub(super) delimiter: u8,
}

/// The dialect of the table that a text begins with; `None` where it begins with no table of events.
pub(in super::super) fn dialect(text: &[u8]) -> Option<Dialect> {
    let skip = text.len() - table(text).len();
    let dialects = b",;\t|".map(|delimiter| Dialect { skip, delimiter });
    let known = |dialect: &Dialect| {
        let heading = Heading::of(first_rows(text, *dialect).first()?);
        let count = heading.columns.iter().filter(|column| column.known.is_some()).count();
        let tells = |key| heading.column(key).is_some();
        (count >= 2 || tells(Key::Text) || tells(Key::Raw)).then_some(count)
    };
    dialects
        .iter()
        .filter_map(|dialect| Some((known(dialect)?, *dialect)))
        .max_by_key(|(count, _)| *count)
        .map(|(_, dialect)| dialect)
        .or_else(|| dialects.into_iter().find(|dialect| is_viewer(&first_rows(text, *dialect))))
}

/// The text without the lines that some programs write before the heading.
fn table(text: &[u8]) -> &[u8] {
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

/// The first two rows, where they are complete.
fn first_rows(text: &[u8], dialect: Dialect) -> Vec<Row> {
    struct Nothing;
    impl super::Sink for Nothing {
        fn script(&mut self, _: &super::super::ScriptRecord<'_>) {}
        fn other(&mut self, _: &super::super::OtherRecord<'_>) {}
        fn problem(&mut self, _: Problem) {}
    }
    let mut found = Vec::new();
    let mut rows = Rows::new(Encoding::Utf8, 0, dialect);
    let mut then = |row, _: &mut dyn super::Sink| {
        if found.len() < 2 {
            found.push(row);
        }
    };
    rows.push(text, &mut Nothing, &mut then);
    rows.end(&mut Nothing, &mut then);
    found
}

/// Event Viewer names five columns in its own language and writes six: the last is the message.
fn is_viewer(rows: &[Row]) -> bool {
    let [heading, row] = rows else { return false };
    let cells: Vec<_> = row.cells().collect();
    let is_time = |cell: &&[u8]| {
        let text = String::from_utf8_lossy(cell);
        [DateOrder::MonthFirst, DateOrder::DayFirst]
            .iter()
            .any(|order| times::read(&text, *order).is_some())
    };
    heading.cells().count() == VIEWER.len()
        && cells.len() > VIEWER.len()
        && cells.get(1).is_some_and(is_time)
        && cells.get(3).is_some_and(|id| !id.is_empty() && id.iter().all(u8::is_ascii_digit))
}

/// Event Viewer's columns.
const VIEWER: [(Key, u8); 5] =
    [(Key::Level, 2), (Key::Time, 8), (Key::Provider, 6), (Key::Id, 9), (Key::Task, 1)];

/// The columns of a table.
pub(super) struct Heading {
    row: Row,
    columns: Vec<Column>,
}

struct Column {
    name: Vec<u8>,
    known: Option<(Key, u8)>,
}

impl Heading {
    pub(super) fn of(row: &Row) -> Self {
        let column = |name: &[u8]| {
            let name = name.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(name).trim_ascii();
            Column { name: name.to_vec(), known: field_names::system(name) }
        };
        let mut columns: Vec<_> = row.cells().map(column).collect();
        // In a language of its own no name is known, or by chance one.
        let known = columns.iter().filter(|column| column.known.is_some()).count();
        if columns.len() == VIEWER.len() && known < 2 {
            for (column, known) in columns.iter_mut().zip(VIEWER) {
                column.known = Some(known);
            }
        }
        Self { row: row.clone(), columns }
    }

    /// Whether this row is the heading once more.
    pub(super) fn is(&self, row: &Row) -> bool {
        self.row.cells().eq(row.cells())
    }

    /// The program that made the table writes UTC without saying so in every time.
    pub(super) fn is_utc(&self) -> bool {
        self.columns.iter().any(|column| {
            matches!(
                column.name.as_slice(),
                b"MapDescription" | b"ChunkNumber" | b"TimeGenerated [UTC]"
            )
        })
    }

    /// The time of a row as it is written.
    pub(super) fn time<'a>(&self, row: &'a Row) -> Cow<'a, str> {
        let column = self.column(Key::Time);
        let cell = column.and_then(|column| row.cells().nth(column)).unwrap_or_default();
        String::from_utf8_lossy(cell)
    }

    /// Puts a row's cells into a record.
    pub(super) fn fill<'a>(&'a self, row: &'a Row, record: &mut Record<'a>) {
        let has_message = self.column(Key::Message).is_some();
        for (at, cell) in row.cells().enumerate() {
            let value = Value::plain(cell);
            match self.columns.get(at) {
                // An empty cell is no value, but an empty script is a script.
                Some(Column { known: Some((Key::Text, rank)), .. }) => {
                    record.put(Key::Text, *rank, value)
                }
                _ if cell.is_empty() => {}
                Some(Column { known: Some((key, rank)), .. }) => record.put(*key, *rank, value),
                Some(column) if column.name.starts_with(b"PayloadData") => payload(cell, record),
                Some(column) if DETAILS.contains(&column.name.as_slice()) => details(cell, record),
                Some(column) => record.put_named(Cow::Borrowed(&column.name), value),
                None if !has_message => record.put(Key::Message, 8, value),
                None => {}
            }
        }
    }

    /// Which column best holds this.
    fn column(&self, key: Key) -> Option<usize> {
        let ranks = self.columns.iter().enumerate().filter_map(|(at, column)| {
            column.known.filter(|(known, _)| *known == key).map(|(_, rank)| (rank, at))
        });
        ranks.max_by_key(|(rank, at)| (*rank, usize::MAX - at)).map(|(_, at)| at)
    }
}

/// Hayabusa's columns of several values.
const DETAILS: [&[u8]; 3] = [b"Details", b"ExtraFieldInfo", b"AllFieldInfo"];

/// Hayabusa shows an event's values as `Name: value ¦ Name: value`. A script is the last of them, and may hold anything.
fn details<'a>(cell: &'a [u8], record: &mut Record<'a>) {
    let mut rest = Some(cell);
    while let Some(text) = rest {
        let Some(colon) = memchr::memchr(b':', text) else { return };
        let (name, value) = text.split_at_checked(colon).unwrap_or_default();
        let value = value.get(1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        if matches!(name, b"ScriptBlock" | b"ScriptBlockText") {
            return record.put(Key::Text, 8, Value::plain(value));
        }
        let end = memchr::memmem::find(value, " ¦ ".as_bytes());
        rest = end.and_then(|end| value.get(end + 4..));
        let value = Value::plain(value.get(..end.unwrap_or(value.len())).unwrap_or_default());
        match field_names::data(name) {
            Some(key) => record.put(key, 8, value),
            None => record.put_named(Cow::Borrowed(name), value),
        }
    }
}

/// EvtxECmd's maps show single values as `ScriptBlockText: …`, of use where the payload itself is missing.
fn payload<'a>(cell: &'a [u8], record: &mut Record<'a>) {
    let Some(colon) = memchr::memchr(b':', cell) else { return };
    let (name, value) = cell.split_at_checked(colon).unwrap_or_default();
    if let Some(key) = field_names::data(name) {
        let value = value.get(1..).unwrap_or_default();
        record.put(key, 1, Value::plain(value.strip_prefix(b" ").unwrap_or(value)));
    }
}
