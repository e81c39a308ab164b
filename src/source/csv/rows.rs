//! Splits text into rows and cells.

use super::dialect::Dialect;
use crate::error::Problem;
use crate::event::RecordLocation;
use crate::limits;
use crate::source::encoding::Encoding;
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
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RowState {
    Between,
    InRow,
    /// Too long: skipped to the next line end.
    Overlong,
}

/// Initial size of a row's buffer.
const ROW_BYTES: usize = 4_096;

impl RowSplitter {
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
        }
    }

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

    pub(super) fn end(&mut self, sink: &mut dyn Sink, on_row: RowCallback<'_>) {
        match self.state {
            RowState::Between => {}
            RowState::InRow if self.quotes % 2 == 1 => sink.problem(
                Problem::error(
                    "cut-off",
                    "a row was cut off: its last quotation mark is not closed before the source ends",
                )
                .at(self.row.place.offset),
            ),
            RowState::InRow => self.read(&mut &[][..], sink, on_row),
            RowState::Overlong => self.too_long(sink),
        }
    }

    fn begin(&mut self) {
        self.state = RowState::InRow;
        self.row = CsvRow {
            place: RecordLocation { offset: self.offset, length: 0, frame: 0 },
            text: vec![0; ROW_BYTES],
            ends: vec![0; 32],
        };
        (self.written, self.cells, self.quotes) = (0, 0, 0);
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
                    return self.finish(sink, on_row);
                }
            }
        }
    }

    fn finish(&mut self, sink: &mut dyn Sink, on_row: RowCallback<'_>) {
        let mut row = std::mem::take(&mut self.row);
        row.text.truncate(self.written);
        row.text.shrink_to_fit();
        row.ends.truncate(self.cells);
        let unit = self.encoding.source_len(b"\n") as u64;
        let end = self.offset - if self.terminated { unit } else { 0 };
        row.place.length = end.saturating_sub(row.place.offset);
        if !row.ends.is_empty() {
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
