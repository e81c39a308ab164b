//! Splits text into rows and cells.

use super::dialect::Dialect;
use crate::error::Problem;
use crate::event::RecordLocation;
use crate::limits;
use crate::source::encoding::Encoding;
#[cfg(test)]
use crate::source::sink::Discard;
use crate::source::sink::Sink;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// A row. Its cells have no quotation marks around them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct CsvRow {
    pub(super) place: RecordLocation,
    text: Vec<u8>,
    /// End of each cell.
    ends: Vec<usize>,
}

impl CsvRow {
    /// Returns the cells of the row.
    pub(super) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let mut begin = 0;
        self.ends.iter().map(move |end| {
            let cell = self.text.get(begin..*end).unwrap_or_default();
            begin = *end;
            cell
        })
    }

    /// Returns the approximate memory used by the row.
    pub(super) fn size(&self) -> usize {
        size_of::<Self>() + self.text.len() + self.ends.len() * size_of::<usize>()
    }
}

/// Called with each row.
type RowCallback<'a> = &'a mut dyn FnMut(CsvRow, &mut dyn Sink);

/// Splits text into rows.
pub(super) struct RowSplitter {
    encoding: Encoding,
    reader: Reader,
    /// Length of the text before the table: a type line, a separator line.
    skip: usize,
    state: RowState,
    /// Offset of the next byte in the source.
    offset: u64,
    row: CsvRow,
    written: usize,
    cells: usize,
    /// Number of quotation marks in the row so far. An odd number at the end means that the row was cut off.
    quotes: usize,
    /// Whether the last byte of the row was its line end.
    terminated: bool,
    delimiter: u8,
    /// The text of the row so far.
    raw: Vec<u8>,
    /// Number of cells of the heading and of the row after it.
    lengths: [usize; 2],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RowState {
    Between,
    InRow,
    /// Too long: skipped to the next line end.
    Overlong,
}

/// Upper bound on bytes examined for each byte of a damaged row, in search of the next.
const RESCAN_FACTOR: usize = 8;

/// Initial size of a row's buffer.
const ROW_BYTES: usize = 4_096;

impl RowSplitter {
    /// Creates a splitter. `offset` is the offset of the first byte in the source.
    pub(super) fn new(encoding: Encoding, offset: u64, dialect: Dialect) -> Self {
        Self {
            encoding,
            reader: ReaderBuilder::new().delimiter(dialect.delimiter).build(),
            skip: dialect.skip,
            state: RowState::Between,
            offset,
            row: CsvRow::default(),
            written: 0,
            cells: 0,
            quotes: 0,
            terminated: false,
            delimiter: dialect.delimiter,
            raw: Vec::new(),
            lengths: [0; 2],
        }
    }

    /// Splits the next text. Calls `on_row` for each row that is complete.
    pub(super) fn push(&mut self, text: &[u8], sink: &mut dyn Sink, on_row: RowCallback<'_>) {
        let mut text = text;
        let skipped = self.skip.min(text.len());
        self.skip -= skipped;
        self.advance(&mut text, skipped);
        while !text.is_empty() {
            match self.state {
                RowState::Between => {
                    let ends = text.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
                    self.advance(&mut text, ends);
                    if !text.is_empty() {
                        self.begin();
                    }
                }
                RowState::InRow => self.read(&mut text, sink, on_row),
                RowState::Overlong => match memchr::memchr(b'\n', text) {
                    Some(end) => {
                        self.advance(&mut text, end + 1);
                        self.too_long(sink);
                    }
                    None => {
                        let all = text.len();
                        self.advance(&mut text, all);
                    }
                },
            }
        }
    }

    /// Ends the table: calls `on_row` for the last row, or reports that it was cut off.
    pub(super) fn end(&mut self, sink: &mut dyn Sink, on_row: RowCallback<'_>) {
        match self.state {
            RowState::Between => {}
            RowState::InRow if self.quotes % 2 == 1 => match self.next_row() {
                Some(next) => {
                    self.restart(next, sink, on_row);
                    return self.end(sink, on_row);
                }
                None => sink.problem(
                    Problem::error(
                        "cut-off",
                        "a row was cut off: its last quotation mark is not closed before the source ends",
                    )
                    .at(self.row.place.offset),
                ),
            },
            RowState::InRow => self.read(&mut &[][..], sink, on_row),
            RowState::Overlong => self.too_long(sink),
        }
        self.reader.reset();
        self.state = RowState::Between;
    }

    /// Continues with text in this encoding after the rows so far have ended. `offset` is the offset of its first byte.
    pub(super) fn continue_at(&mut self, encoding: Encoding, offset: u64) {
        (self.encoding, self.offset) = (encoding, offset);
    }

    /// Returns the offset of the next byte in the source.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    fn begin(&mut self) {
        self.state = RowState::InRow;
        self.row = CsvRow {
            place: RecordLocation { offset: self.offset, ..RecordLocation::default() },
            text: vec![0; ROW_BYTES],
            ends: vec![0; 32],
        };
        (self.written, self.cells, self.quotes) = (0, 0, 0);
        self.raw.clear();
    }

    /// Continues reading a row. An empty text means the end of the source.
    fn read(&mut self, text: &mut &[u8], sink: &mut dyn Sink, on_row: RowCallback<'_>) {
        loop {
            let output = self.row.text.get_mut(self.written..).unwrap_or_default();
            let ends = self.row.ends.get_mut(self.cells..).unwrap_or_default();
            let (result, taken, written, cells) = self.reader.read_record(text, output, ends);
            self.written += written;
            self.cells += cells;
            let read = text.get(..taken).unwrap_or_default();
            self.quotes += memchr::memchr_iter(b'"', read).count();
            self.raw.extend_from_slice(read);
            self.terminated = read.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n'));
            self.advance(text, taken);
            match result {
                ReadRecordResult::InputEmpty => return,
                ReadRecordResult::OutputFull if self.row.text.len() >= limits::RECORD_BYTES => {
                    self.reader.reset();
                    self.state = RowState::Overlong;
                    return;
                }
                ReadRecordResult::OutputFull => self.row.text.resize(self.row.text.len() * 4, 0),
                ReadRecordResult::OutputEndsFull if self.row.ends.len() >= limits::FIELDS * 4 => {
                    self.reader.reset();
                    self.state = RowState::Overlong;
                    return;
                }
                ReadRecordResult::OutputEndsFull => {
                    self.row.ends.resize(self.row.ends.len() * 2, 0)
                }
                ReadRecordResult::Record | ReadRecordResult::End => {
                    self.state = RowState::Between;
                    if self.is_damaged()
                        && let Some(next) = self.next_row()
                    {
                        return self.restart(next, sink, on_row);
                    }
                    return self.finish(sink, on_row);
                }
            }
        }
    }

    /// Whether a row of several lines has a quotation mark too few or too many, or another number of cells than others.
    fn is_damaged(&self) -> bool {
        let text = self.raw.trim_ascii_end();
        memchr::memchr(b'\n', text).is_some()
            && (!self.is_length(self.cells) || quoting(text, self.delimiter) != Quoting::Complete)
    }

    /// Whether rows of this table have this number of cells.
    fn is_length(&self, cells: usize) -> bool {
        self.lengths == [0; 2] || self.lengths.contains(&cells)
    }

    /// Returns the position in a damaged row of the first line that is a row by itself.
    fn next_row(&self) -> Option<usize> {
        let mut budget = RESCAN_FACTOR * self.raw.len();
        memchr::memchr_iter(b'\n', &self.raw).map(|end| end + 1).find(|begin| {
            let rest = self.raw.get(*begin..).unwrap_or_default();
            let line = row_text(rest.get(..budget).unwrap_or(rest), self.delimiter);
            budget = budget.saturating_sub(line.map_or(rest.len(), |(length, _)| length));
            match line {
                Some((length, cells)) => {
                    let line = rest.get(..length).unwrap_or_default().trim_ascii_end();
                    cells > 1
                        && self.lengths.contains(&cells)
                        && quoting(line, self.delimiter) == Quoting::Complete
                }
                // The row may go on after the damaged one.
                None => budget > 0 && quoting(rest, self.delimiter) == Quoting::Open,
            }
        })
    }

    /// Reports a damaged row and reads on at a position in it.
    fn restart(&mut self, next: usize, sink: &mut dyn Sink, on_row: RowCallback<'_>) {
        let begin = self.row.place.offset;
        let message =
            "a row was cut off: its last quotation mark is not closed before the next row";
        sink.problem(Problem::error("cut-off", message).at(begin));
        let mut raw = std::mem::take(&mut self.raw);
        self.offset = begin + self.encoding.source_len(raw.get(..next).unwrap_or_default()) as u64;
        self.reader.reset();
        self.state = RowState::Between;
        raw.drain(..next);
        self.push(&raw, sink, on_row);
    }

    fn finish(&mut self, sink: &mut dyn Sink, on_row: RowCallback<'_>) {
        let mut row = std::mem::take(&mut self.row);
        row.text.truncate(self.written);
        row.text.shrink_to_fit();
        row.ends.truncate(self.cells);
        // Tables that begin with a mark may have been joined.
        if row.text.starts_with(b"\xEF\xBB\xBF") {
            row.text.drain(..3);
            row.ends.iter_mut().for_each(|end| *end -= 3);
        }
        let unit = self.encoding.source_len(b"\n") as u64;
        let end = self.offset - if self.terminated { unit } else { 0 };
        row.place.length = end.saturating_sub(row.place.offset);
        if self.quotes > 0 && loses_quotes(self.raw.trim_ascii_end(), self.delimiter) {
            let message = "a cell begins with a quoted text and goes on after it: the quotation marks of that text are \
                           not in the value, as its table does not quote it";
            sink.problem(Problem::warning("stray-quotes", message).at(row.place.offset));
        }
        if !row.ends.is_empty() {
            if let Some(length) = self.lengths.iter_mut().find(|length| **length == 0) {
                *length = row.ends.len();
            } else if row.ends.len() > self.lengths.into_iter().max().unwrap_or_default() {
                let message = format!(
                    "a row has {} cells, more than the heading: a line end or a quotation mark may be missing",
                    row.ends.len()
                );
                sink.problem(Problem::warning("row-cells", message).at(row.place.offset));
            }
            on_row(row, sink);
        }
    }

    fn too_long(&mut self, sink: &mut dyn Sink) {
        let begin = self.row.place.offset;
        let (length, bound) = (self.offset - begin, limits::RECORD_BYTES);
        self.state = RowState::Between;
        sink.problem(
            Problem::error(
                "record-too-long",
                format!(
                    "a row of {length} bytes was skipped: at most {bound} bytes in {} cells are read",
                    limits::FIELDS * 4
                ),
            )
            .at(begin),
        );
    }

    /// Moves forward by `length` bytes of text.
    fn advance(&mut self, text: &mut &[u8], length: usize) {
        let (passed, rest) = text.split_at_checked(length).unwrap_or((text, &[]));
        self.offset += self.encoding.source_len(passed) as u64;
        *text = rest;
    }
}

/// How a row is quoted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    /// Every quotation mark begins a cell, ends one, or is one of two inside a quoted cell.
    Complete,
    /// The last quoted cell, which is not the first cell, has no end.
    Open,
    Damaged,
}

fn quoting(row: &[u8], delimiter: u8) -> Quoting {
    let mut rest = row;
    let mut is_first = true;
    while let Some(at) = memchr::memchr(b'"', rest) {
        if at > 0 && rest.get(at - 1) != Some(&delimiter) {
            return Quoting::Damaged;
        }
        is_first &= at == 0;
        rest = rest.get(at + 1..).unwrap_or_default();
        loop {
            let Some(end) = memchr::memchr(b'"', rest) else {
                return if is_first { Quoting::Damaged } else { Quoting::Open };
            };
            rest = rest.get(end + 1..).unwrap_or_default();
            match rest.first() {
                Some(b'"') => rest = rest.get(1..).unwrap_or_default(),
                Some(byte) if *byte != delimiter => return Quoting::Damaged,
                _ => break,
            }
        }
        is_first = false;
    }
    Quoting::Complete
}

/// Whether text follows the end of a quoted cell: the quotes are then part of a value that is not quoted.
fn loses_quotes(row: &[u8], delimiter: u8) -> bool {
    let mut rest = row;
    loop {
        if let Some(quoted) = rest.strip_prefix(b"\"") {
            rest = quoted;
            while let Some(end) = memchr::memchr(b'"', rest) {
                rest = rest.get(end + 1..).unwrap_or_default();
                match rest.strip_prefix(b"\"") {
                    Some(more) => rest = more,
                    None => break,
                }
            }
            let after = rest.split(|byte| *byte == delimiter).next().unwrap_or_default();
            if !after.trim_ascii().is_empty() {
                return true;
            }
        }
        match memchr::memchr(delimiter, rest) {
            Some(end) => rest = rest.get(end + 1..).unwrap_or_default(),
            None => return false,
        }
    }
}

/// Returns the length of the row that a text begins with, with its line end, and its number of cells. Returns `None` if
/// the text ends before it.
fn row_text(text: &[u8], delimiter: u8) -> Option<(usize, usize)> {
    let mut reader = ReaderBuilder::new().delimiter(delimiter).build();
    let mut output = [0; 1 << 10];
    let mut ends = [0; 64];
    let (mut length, mut cells) = (0, 0);
    loop {
        let rest = text.get(length..)?;
        let (result, taken, _, found) = reader.read_record(rest, &mut output, &mut ends);
        length += taken;
        cells += found;
        match result {
            ReadRecordResult::Record => return Some((length, cells)),
            ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {}
            ReadRecordResult::InputEmpty | ReadRecordResult::End => return None,
        }
    }
}

/// Splits a complete text into rows.
#[cfg(test)]
pub(super) fn split(text: &str, delimiter: u8) -> Vec<CsvRow> {
    let mut rows = Vec::new();
    let mut splitter =
        RowSplitter::new(Encoding::Utf8, 0, Dialect { skip: 0, delimiter, is_event_viewer: false });
    splitter.push(text.as_bytes(), &mut Discard, &mut |row, _| rows.push(row));
    splitter.end(&mut Discard, &mut |row, _| rows.push(row));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sink::{OtherRecord, ScriptRecord};

    #[derive(Default)]
    struct Problems(Vec<Problem>);

    impl Sink for Problems {
        fn script(&mut self, _: &ScriptRecord<'_>) {}
        fn other(&mut self, _: &OtherRecord<'_>) {}
        fn problem(&mut self, problem: Problem) {
            self.0.push(problem);
        }
    }

    #[test]
    fn quotes_that_a_value_loses_are_known() {
        for row in ["a,\"a\" + \"b\"", "\"a\"b,c", "\"a\"\"\"b"] {
            assert!(loses_quotes(row.as_bytes(), b','), "{row}");
        }
        for row in
            ["a,\"a\"\"b\"", "a \"b\",c", "=\"4104\",\"\"", "\"a\" ,b", "\"a,b\"", "\"\"", ""]
        {
            assert!(!loses_quotes(row.as_bytes(), b','), "{row}");
        }
    }

    fn cells(row: &CsvRow) -> Vec<String> {
        row.cells().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
    }

    fn table(text: &str, delimiter: u8) -> Vec<Vec<String>> {
        split(text, delimiter).iter().map(cells).collect()
    }

    #[test]
    fn quoted_cells_hold_delimiters_quotation_marks_and_line_ends() {
        for (text, expected) in [
            ("a,\"b,c\"\n", &["a", "b,c"][..]),
            ("\"say \"\"hi\"\"\",x\n", &["say \"hi\"", "x"]),
            ("\"one\r\ntwo\",x\n", &["one\r\ntwo", "x"]),
            ("\"\",\n", &["", ""]),
            ("a b , c\n", &["a b ", " c"]),
            ("x\"y,z\n", &["x\"y", "z"]),
        ] {
            assert_eq!(table(text, b','), [expected], "{text:?}");
        }
    }

    #[test]
    fn the_delimiter_is_that_of_the_dialect() {
        for (text, delimiter) in
            [("a,b\n", b','), ("a;b\n", b';'), ("a\tb\n", b'\t'), ("a|b\n", b'|')]
        {
            assert_eq!(table(text, delimiter), [["a", "b"]], "{text:?}");
        }
        assert_eq!(table("a,b;c\n", b';'), [["a,b", "c"]]);
    }

    #[test]
    fn rows_end_at_any_line_end_and_empty_lines_are_skipped() {
        for text in ["a,b\nc,d\n", "a,b\r\nc,d\r\n", "a,b\rc,d", "\n\na,b\r\n\r\nc,d\n\n"] {
            assert_eq!(table(text, b','), [["a", "b"], ["c", "d"]], "{text:?}");
        }
        assert!(table("", b',').is_empty());
    }

    #[test]
    fn a_row_has_its_location_in_the_source() {
        let locations = |encoding, text: &str, skip| {
            let mut found = Vec::new();
            let mut rows = RowSplitter::new(
                encoding,
                2,
                Dialect { skip, delimiter: b',', is_event_viewer: false },
            );
            rows.push(text.as_bytes(), &mut Discard, &mut |row, _| {
                found.push((row.place.offset, row.place.length));
            });
            rows.end(&mut Discard, &mut |row, _| found.push((row.place.offset, row.place.length)));
            found
        };
        assert_eq!(locations(Encoding::Utf8, "a,b\nä,\"x\ny\"", 0), [(2, 3), (6, 8)]);
        assert_eq!(locations(Encoding::Utf16Le, "a,b\nä,\"x\ny\"", 0), [(2, 6), (10, 14)]);
        assert_eq!(locations(Encoding::Utf8, "sep=,\na,b\n", 6), [(8, 3)]);
    }

    #[test]
    fn rows_are_the_same_wherever_the_text_is_divided() {
        let text = "sep=;\r\nId;Message\r\n1;\"a\r\n\"\"b\"\";c\"\r\n\r\n2;ä";
        let dialect = Dialect { skip: 7, delimiter: b';', is_event_viewer: false };
        let read = |length: usize| {
            let mut found = Vec::new();
            let mut rows = RowSplitter::new(Encoding::Utf8, 0, dialect);
            for piece in text.as_bytes().chunks(length) {
                rows.push(piece, &mut Discard, &mut |row, _| found.push(cells(&row)));
            }
            rows.end(&mut Discard, &mut |row, _| found.push(cells(&row)));
            found
        };
        assert_eq!(read(text.len()), [["Id", "Message"], ["1", "a\r\n\"b\";c"], ["2", "ä"]]);
        for length in 1..text.len() {
            assert_eq!(read(length), read(text.len()), "pieces of {length} bytes");
        }
    }

    #[test]
    fn a_row_without_its_closing_quotation_mark_is_reported_and_not_read() {
        let mut found = Vec::new();
        let mut problems = Problems::default();
        let mut rows = RowSplitter::new(
            Encoding::Utf8,
            0,
            Dialect { skip: 0, delimiter: b',', is_event_viewer: false },
        );
        rows.push(b"a,b\n1,\"Get-Da", &mut problems, &mut |row, _| found.push(cells(&row)));
        rows.end(&mut problems, &mut |row, _| found.push(cells(&row)));
        assert_eq!(found, [["a", "b"]]);
        let [problem] = problems.0.as_slice() else { panic!("{:?}", problems.0) };
        assert_eq!((problem.code.as_ref(), problem.offset), ("cut-off", Some(4)));
    }

    #[test]
    fn a_row_without_its_closing_quotation_mark_swallows_no_other() {
        let read = |text: &str, piece: usize| {
            let mut found = Vec::new();
            let mut problems = Problems::default();
            let mut rows = RowSplitter::new(
                Encoding::Utf8,
                0,
                Dialect { skip: 0, delimiter: b',', is_event_viewer: false },
            );
            for piece in text.as_bytes().chunks(piece) {
                rows.push(piece, &mut problems, &mut |row, _| {
                    found.push((row.place.offset, cells(&row)))
                });
            }
            rows.end(&mut problems, &mut |row, _| found.push((row.place.offset, cells(&row))));
            let codes: Vec<_> = problems.0.iter().map(|problem| problem.offset.unwrap()).collect();
            for (offset, cells) in &found {
                assert!(text[*offset as usize..].starts_with(&cells[0]), "{cells:?} at {offset}");
            }
            (found.into_iter().map(|(_, cells)| cells[0].clone()).collect::<Vec<_>>(), codes)
        };
        let head = "Id,Message\n1,\"a\nb\"\n";
        for (text, rows, problems) in [
            ("2,\"x\n3,\"y\"\n4,z\n", &["3", "4"][..], &[19][..]),
            ("2,\"x\n3,\"y\nz\"\n4,\"w\"\n", &["3", "4"], &[19]),
            ("2,\"x\n3,y\n4,z\n", &["3", "4"], &[19]),
            ("2,x\"\n3,\"y\"\n", &["2", "3"], &[]),
            ("2,\"x\n3,\"y\n4,\"z\"\n", &["4"], &[19, 24]),
            // A script with the text of rows.
            ("2,\"x\n3,y\n4,\"\"z\"\"\n\"\n5,v\n", &["2", "5"], &[]),
        ] {
            let expected = [&["Id", "1"][..], rows].concat();
            for piece in [1, 2, 5, 1_000] {
                let found = read(&format!("{head}{text}"), piece);
                assert_eq!(
                    found,
                    (expected.iter().map(|id| id.to_string()).collect(), problems.to_vec()),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn a_row_of_too_many_cells_is_skipped_to_its_line_end() {
        let mut found = Vec::new();
        let mut problems = Problems::default();
        let mut rows = RowSplitter::new(
            Encoding::Utf8,
            0,
            Dialect { skip: 0, delimiter: b',', is_event_viewer: false },
        );
        let text = format!("{}\nc,d\n", ",".repeat(limits::FIELDS * 4));
        rows.push(text.as_bytes(), &mut problems, &mut |row, _| found.push(cells(&row)));
        rows.end(&mut problems, &mut |row, _| found.push(cells(&row)));
        assert_eq!(found, [["c", "d"]]);
        let [problem] = problems.0.as_slice() else { panic!("{:?}", problems.0) };
        assert_eq!((problem.code.as_ref(), problem.offset), ("record-too-long", Some(0)));
    }
}
