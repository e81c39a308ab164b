//! Maps the columns of a table to keys.

use super::cell::is_xml_event;
use super::dialect::Dialect;
use super::rows::CsvRow;
use crate::error::Problem;
use crate::source::field_names::{self, FieldKey};
use crate::source::record::TextRecord;
use crate::source::sink::Sink;
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
    delimiter: u8,
    is_plaso: bool,
    /// Whether the table has no heading: its first row holds an event.
    pub(super) is_row: bool,
    pub(super) columns: Vec<HeadingColumn>,
}

/// A column: its name, and the key and rank if the name is known.
pub(super) struct HeadingColumn {
    name: Vec<u8>,
    pub(super) known: Option<(FieldKey, u8)>,
}

impl TableHeading {
    /// Creates the heading from the first row of a table.
    pub(super) fn from_row(row: &CsvRow, dialect: Dialect) -> Self {
        let column = |name: &[u8]| {
            let name = name.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(name).trim_ascii();
            HeadingColumn { name: name.to_vec(), known: field_names::event_key(name) }
        };
        let is_row = row.cells().any(is_xml_event);
        let mut columns: Vec<_> = match is_row {
            true => row.cells().map(|_| HeadingColumn { name: Vec::new(), known: None }).collect(),
            false => row.cells().map(column).collect(),
        };
        let is_plaso = columns.iter().zip(PLASO_COLUMNS).all(|(column, name)| column.name == name)
            && columns.len() > PLASO_COLUMNS.len();
        if is_plaso {
            for column in &mut columns {
                column.known = match column.name.as_slice() {
                    b"desc" => Some((FieldKey::Message, 8)),
                    b"host" => Some((FieldKey::Computer, 1)),
                    _ => None,
                };
            }
        }
        if dialect.is_event_viewer {
            for (column, known) in columns.iter_mut().zip(EVENT_VIEWER_COLUMNS) {
                column.known = Some(known);
            }
        }
        Self { row: row.clone(), delimiter: dialect.delimiter, is_plaso, is_row, columns }
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

    /// Reads the cells of a row into a record. `sink` receives what is wrong with the row.
    pub(super) fn fill<'a>(
        &'a self,
        row: &'a CsvRow,
        record: &mut TextRecord<'a>,
        sink: &mut dyn Sink,
    ) {
        let has_message = [FieldKey::Message, FieldKey::Text, FieldKey::Raw]
            .iter()
            .any(|key| self.column(*key).is_some());
        let joined = self.joined_cell(row);
        if joined.is_some() || (has_message && self.has_surplus(row)) {
            let (cells, columns) = (row.cells().count(), self.columns.len());
            let what = match joined {
                Some(_) => {
                    "the last cells are read as one, because a script without quotation marks may contain the delimiter"
                }
                None => "its values may belong to other columns",
            };
            let message = format!("a row has {cells} cells and the heading {columns}: {what}");
            sink.problem(Problem::warning("ragged-row", message).at(row.place.offset));
        }
        if self.is_plaso {
            self.put_plaso_time(row, record);
        }
        for (at, cell) in row.cells().enumerate() {
            let column = self.columns.get(at);
            let known = column.and_then(|column| column.known);
            if is_cut(cell) && known.is_none_or(|(key, _)| holds_script(key)) {
                sink.problem(Problem::warning("cell-limit", CELL_LIMIT).at(row.place.offset));
            }
            let value = match (&joined, known) {
                (Some(joined), _) if at + 1 == self.columns.len() => {
                    FieldValue::Plain(Cow::Owned(joined.clone()))
                }
                (Some(_), _) if at + 1 > self.columns.len() => break,
                (_, Some((key, _))) if is_number(key) => FieldValue::Plain(number(cell)),
                _ => FieldValue::plain(cell),
            };
            match column {
                // An empty cell is not a value, but an empty script is a script.
                Some(HeadingColumn { known: Some((FieldKey::Text, rank)), .. }) => {
                    record.put(FieldKey::Text, *rank, value)
                }
                _ if cell.is_empty() => {}
                Some(HeadingColumn { known: Some(known), name }) => {
                    record.put_known(Cow::Borrowed(name), *known, value)
                }
                Some(column) if column.name.starts_with(b"PayloadData") => {
                    put_payload(cell, record)
                }
                Some(column) if DETAILS_COLUMNS.contains(&column.name.as_slice()) => {
                    put_details(cell, record)
                }
                Some(column) if self.is_plaso && column.name == b"extra" => {
                    let label: &[u8] = b"xml_string: ";
                    if let Some(begin) = memchr::memmem::find(cell, label) {
                        let xml = cell.get(begin + label.len()..).unwrap_or_default();
                        record.put(FieldKey::Raw, 8, FieldValue::plain(xml));
                    }
                }
                Some(column) => record.put_other(Cow::Borrowed(&column.name), value),
                None if !has_message => record.put(FieldKey::Message, 8, value),
                None => {}
            }
        }
    }

    /// Whether a row has more cells with values than the heading has columns.
    fn has_surplus(&self, row: &CsvRow) -> bool {
        row.cells().skip(self.columns.len()).any(|cell| !cell.is_empty())
    }

    /// Returns the last column's cell of a row with more cells than columns, if that column holds scripts.
    fn joined_cell(&self, row: &CsvRow) -> Option<Vec<u8>> {
        let last = self.columns.len().checked_sub(1)?;
        let (key, _) = self.columns.get(last)?.known?;
        let is_joined = matches!(key, FieldKey::Text | FieldKey::Message | FieldKey::Raw);
        (is_joined && self.has_surplus(row))
            .then(|| row.cells().skip(last).collect::<Vec<_>>().join(&self.delimiter))
    }

    /// Puts the time that Plaso's `l2tcsv` writes in three columns.
    fn put_plaso_time(&self, row: &CsvRow, record: &mut TextRecord<'_>) {
        let mut cells = row.cells();
        if let (Some(date), Some(time), Some(zone)) = (cells.next(), cells.next(), cells.next())
            && let [month, day, year] =
                date.split(|byte| *byte == b'/').collect::<Vec<_>>().as_slice()
        {
            let zone: &[u8] = if zone == b"UTC" { b"Z" } else { b"" };
            let dash: &[u8] = b"-";
            let time = [*year, dash, *month, dash, *day, &b"T"[..], time, zone].concat();
            record.put(FieldKey::Time, 7, FieldValue::Plain(Cow::Owned(time)));
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

/// First columns of Plaso's `l2tcsv`.
const PLASO_COLUMNS: [&[u8]; 4] = [b"date", b"time", b"timezone", b"MACB"];

/// Maximum number of UTF-16 units in a cell of Excel.
const EXCEL_CELL_UNITS: usize = 32_767;

const CELL_LIMIT: &str = "a cell has exactly 32,767 characters, the most that a cell of Excel can have: the table was \
                          probably saved by Excel, and the end of the script is missing";

/// Whether a cell has the length at which Excel cuts.
fn is_cut(cell: &[u8]) -> bool {
    // A unit of UTF-16 has one to three bytes.
    (EXCEL_CELL_UNITS..=3 * EXCEL_CELL_UNITS).contains(&cell.len())
        && String::from_utf8_lossy(cell).encode_utf16().count() == EXCEL_CELL_UNITS
}

fn holds_script(key: FieldKey) -> bool {
    matches!(
        key,
        FieldKey::Text | FieldKey::Message | FieldKey::Raw | FieldKey::Data | FieldKey::Strings
    )
}

fn is_number(key: FieldKey) -> bool {
    matches!(
        key,
        FieldKey::Id
            | FieldKey::Record
            | FieldKey::Number
            | FieldKey::Total
            | FieldKey::Level
            | FieldKey::Process
            | FieldKey::Thread
    )
}

/// Returns a number without what people and programs add to it: spaces, Excel's `="4104"` and `'4104`, thousands
/// separators (`4,104`), a fraction of zeros (`4104.0`). Returns any other cell unchanged.
fn number(cell: &[u8]) -> Cow<'_, [u8]> {
    let unchanged = Cow::Borrowed(cell);
    let Ok(text) = std::str::from_utf8(cell) else { return unchanged };
    let text = text.trim();
    let text = text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let text = text.strip_prefix('\'').unwrap_or(text);
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(separator) = text.chars().find(|char| !char.is_ascii_digit()) else {
        return if text.len() == cell.len() { unchanged } else { Cow::Owned(text.into()) };
    };
    if !matches!(separator, ',' | '.' | '\'' | '’' | ' ' | '\u{A0}' | '\u{2009}' | '\u{202F}') {
        return unchanged;
    }
    let groups: Vec<_> = text.split(separator).collect();
    let is_grouped = groups.iter().skip(1).all(|group| group.len() == 3 && is_digits(group))
        && groups.first().is_some_and(|group| is_digits(group) && group.len() <= 3);
    match groups.as_slice() {
        _ if is_grouped => Cow::Owned(groups.concat().into_bytes()),
        [whole, fraction]
            if is_digits(whole)
                && is_digits(fraction)
                && fraction.bytes().all(|digit| digit == b'0') =>
        {
            Cow::Owned(whole.as_bytes().to_vec())
        }
        _ => unchanged,
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
    use crate::source::sink::Discard;

    const COMMAS: Dialect = Dialect { skip: 0, delimiter: b',', is_event_viewer: false };

    fn heading(text: &str) -> TableHeading {
        TableHeading::from_row(&split(text, b',')[0], COMMAS)
    }

    /// Reads a table of one row and returns the values of these keys.
    fn read(table: &str, keys: &[FieldKey]) -> Vec<Option<String>> {
        let rows = split(table, b',');
        let heading = TableHeading::from_row(&rows[0], COMMAS);
        let mut record = TextRecord::new(RecordLocation::default(), TimeRules::default());
        heading.fill(&rows[1], &mut record, &mut Discard);
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
            ("MESSAGE", Some(FieldKey::Message)),
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
    fn the_columns_of_event_viewer_are_known_by_position() {
        let row = &split("Niveau,Date et heure,Source,ID,Catégorie\n", b',')[0];
        let keys = |dialect: Dialect| -> Vec<_> {
            let columns = TableHeading::from_row(row, dialect).columns;
            columns.iter().map(|column| column.known.map(|(key, _)| key)).collect()
        };
        let viewer: Vec<_> = EVENT_VIEWER_COLUMNS.iter().map(|(key, _)| Some(*key)).collect();
        assert_eq!(keys(Dialect { is_event_viewer: true, ..COMMAS }), viewer);
        assert_eq!(keys(COMMAS), [None, None, Some(FieldKey::Provider), None, None]);
    }

    #[test]
    fn surplus_cells_belong_to_a_script_in_the_last_column() {
        let text = |table| read(table, &[FieldKey::Text]).remove(0);
        assert_eq!(text("Id,ScriptBlockText\n1,\"a\",b,,c\n").as_deref(), Some("a,b,,c"));
        assert_eq!(text("Id,ScriptBlockText\n1,a,\n").as_deref(), Some("a"));
        assert_eq!(text("ScriptBlockText,Id\na,1,x\n").as_deref(), Some("a"));
    }

    #[test]
    fn numbers_are_read_in_the_notations_of_tools() {
        for (cell, expected) in [
            ("4104", "4104"),
            (" 4104 ", "4104"),
            ("4,104", "4104"),
            ("4.104", "4104"),
            ("1’234’567", "1234567"),
            ("4\u{A0}104", "4104"),
            ("4\u{202F}104", "4104"),
            ("4104.0", "4104"),
            ("4104,00", "4104"),
            ("=\"4104\"", "4104"),
            ("'4104", "4104"),
            ("4,10", "4,10"),
            ("4104.5", "4104.5"),
            ("41,04", "41,04"),
            ("Verbose", "Verbose"),
            ("-4104", "-4104"),
            ("", ""),
        ] {
            assert_eq!(number(cell.as_bytes()), expected.as_bytes(), "{cell}");
        }
    }

    #[test]
    fn a_cell_of_the_length_at_which_excel_cuts_is_recognised() {
        assert!(is_cut("x".repeat(32_767).as_bytes()));
        assert!(is_cut(format!("é😀{}", "x".repeat(32_764)).as_bytes()));
        assert!(!is_cut("x".repeat(32_766).as_bytes()));
        assert!(!is_cut("é".repeat(32_766).as_bytes()));
    }

    #[test]
    fn the_columns_of_plaso_are_read() {
        let table = "date,time,timezone,MACB,source,host,desc,extra\n\
                     03/05/2024,06:07:08,UTC,M...,EVT,ws1,text,a: b; xml_string: <Event>\n";
        let expected = ["2024-03-05T06:07:08Z", "ws1", "text", "<Event>"];
        let keys = [FieldKey::Time, FieldKey::Computer, FieldKey::Message, FieldKey::Raw];
        assert_eq!(read(table, &keys), expected.map(|value| Some(value.to_owned())));
    }

    #[test]
    fn a_cell_without_a_column_is_the_message() {
        let message = |table| read(table, &[FieldKey::Message]).remove(0);
        assert_eq!(message("Id,Source\n4104,x,\"the text\"\n").as_deref(), Some("the text"));
        assert_eq!(message("Message,Id\nknown,4104,extra\n").as_deref(), Some("known"));
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
        let heading = TableHeading::from_row(&rows[0], COMMAS);
        assert!(heading.is_repeated_by(&rows[1]));
        assert!(!heading.is_repeated_by(&rows[2]));
    }
}
