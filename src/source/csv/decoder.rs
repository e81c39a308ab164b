//! Decodes a table row by row.

use super::date_order::DateOrderResolver;
use super::dialect::Dialect;
use super::heading::TableHeading;
use super::rows::{CsvRow, RowSplitter};
use crate::error::Problem;
use crate::event::RecordLocation;
use crate::source::decoder::Decoder;
use crate::source::emit::emit;
use crate::source::encoding::{Encoding, Transcoder};
use crate::source::format::SourceOptions;
use crate::source::nested::NestedEvents;
use crate::source::problems::half_character;
use crate::source::record::{TextRecord, TimeRules};
use crate::source::segments::{Segment, SegmentScanner, TextBreak};
use crate::source::sink::{Discard, Sink};

/// Decodes a table row by row.
pub(crate) struct CsvDecoder {
    segments: SegmentScanner,
    reader: CsvReader,
}

/// Reads the rows of text in one encoding after the other.
struct CsvReader {
    transcoder: Transcoder,
    text: Vec<u8>,
    rows: RowSplitter,
    table: TableReader,
}

/// Reads records from rows.
struct TableReader {
    dialect: Dialect,
    heading: Option<TableHeading>,
    time_rules: TimeRules,
    date_order: DateOrderResolver,
    nested: NestedEvents,
    records: u64,
}

/// Number of bytes decoded at a time. Bounds memory however much is pushed.
const PIECE_BYTES: usize = 256 << 10;

impl CsvDecoder {
    /// Creates a decoder. `offset` is the offset of the next byte of the source; `byte_encoding` is the encoding of parts
    /// that are not UTF-16.
    pub(crate) fn new(
        encoding: Encoding,
        byte_encoding: Encoding,
        offset: u64,
        dialect: Dialect,
        options: &SourceOptions,
    ) -> Self {
        Self {
            segments: SegmentScanner::new(encoding, byte_encoding, offset),
            reader: CsvReader {
                transcoder: Transcoder::new(encoding),
                text: Vec::new(),
                rows: RowSplitter::new(encoding, offset, dialect),
                table: TableReader {
                    dialect,
                    heading: None,
                    time_rules: TimeRules::from(options),
                    date_order: DateOrderResolver::default(),
                    nested: NestedEvents::default(),
                    records: 0,
                },
            },
        }
    }
}

/// Returns the location of the heading of a table. `bytes` are the first bytes of the source after the byte order
/// mark, whose length is `offset`.
pub(crate) fn heading_place(
    encoding: Encoding,
    offset: u64,
    dialect: Dialect,
    bytes: &[u8],
) -> Option<RecordLocation> {
    let mut text = Vec::new();
    Transcoder::new(encoding).push(bytes, &mut text);
    let mut place = None;
    RowSplitter::new(encoding, offset, dialect).push(&text, &mut Discard, &mut |row, _| {
        place.get_or_insert(row.place);
    });
    place
}

impl CsvReader {
    fn segment(&mut self, segment: Segment<'_>, sink: &mut dyn Sink) {
        match segment {
            Segment::Text(bytes) => {
                for piece in bytes.chunks(PIECE_BYTES) {
                    self.text.clear();
                    self.transcoder.push(piece, &mut self.text);
                    self.push_text(sink);
                }
            }
            Segment::Break(TextBreak { offset, encoding, problem }) => {
                self.end_text(sink);
                sink.problem(problem);
                self.transcoder = Transcoder::new(encoding);
                self.rows.continue_at(encoding, offset);
            }
        }
    }

    fn push_text(&mut self, sink: &mut dyn Sink) {
        self.rows.push(&self.text, sink, &mut |row, sink| self.table.row(row, sink));
    }

    fn end_text(&mut self, sink: &mut dyn Sink) {
        self.text.clear();
        let half = self.transcoder.end(&mut self.text);
        self.push_text(sink);
        self.rows.end(sink, &mut |row, sink| self.table.row(row, sink));
        if half {
            sink.problem(half_character().at(self.rows.offset()));
        }
    }
}

impl Decoder for CsvDecoder {
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        self.segments.push(bytes, &mut |segment| self.reader.segment(segment, sink));
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        self.segments.end(&mut |segment| self.reader.segment(segment, sink));
        self.reader.end_text(sink);
        self.reader.table.end(sink);
        self.segments.report_replaced(sink);
    }
}

impl TableReader {
    fn row(&mut self, row: CsvRow, sink: &mut dyn Sink) {
        let is_first = self.heading.is_none();
        let heading =
            self.heading.get_or_insert_with(|| TableHeading::from_row(&row, self.dialect));
        if is_first {
            self.time_rules.assume_utc = heading.is_utc();
        }
        // Concatenated tables repeat their heading.
        if heading.is_repeated_by(&row) && !heading.is_row {
            return;
        }
        let time = heading.time(&row).into_owned();
        self.date_order.push(row, time);
        if let Some((order, rows)) = self.date_order.take_decided(sink) {
            self.time_rules.date_order = order;
            for row in rows {
                self.emit_row(&row, sink);
            }
        }
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        let (order, rows) = self.date_order.finish(sink);
        self.time_rules.date_order = order;
        for row in rows {
            self.emit_row(&row, sink);
        }
        if self.records == 0 {
            sink.problem(
                Problem::warning("no-records", "the table has a heading and no rows").at(0),
            );
        }
    }

    fn emit_row(&mut self, row: &CsvRow, sink: &mut dyn Sink) {
        let Some(heading) = &self.heading else { return };
        self.records += 1;
        let mut record = TextRecord::new(row.place, self.time_rules);
        heading.fill(row, &mut record, sink);
        emit(record, &mut self.nested, sink);
    }
}

#[cfg(test)]
mod tests {
    use super::super::sniff_dialect;
    use super::*;
    use crate::source::sink::{OtherRecord, ScriptRecord};

    /// The emitted records and problems as text.
    #[derive(Default)]
    struct Seen(Vec<String>);

    impl Sink for Seen {
        fn script(&mut self, record: &ScriptRecord<'_>) {
            let event = record.full.event();
            let time = event.time.map(|time| time.to_string()).unwrap_or_default();
            self.0.push(format!("script {time} {:?}", event.text.to_lossy()));
        }

        fn other(&mut self, record: &OtherRecord<'_>) {
            self.0.push(format!("other {:?}", record.id));
        }

        fn non_event(&mut self, offset: u64, describe: &dyn Fn() -> String) {
            self.0.push(format!("non-event at {offset}: {}", describe()));
        }

        fn problem(&mut self, problem: Problem) {
            self.0.push(format!("{} at {:?}", problem.code, problem.offset));
        }
    }

    fn decode(table: &str) -> Vec<String> {
        let dialect = sniff_dialect(table.as_bytes()).unwrap();
        let read = |length: usize| {
            let mut seen = Seen::default();
            let options = SourceOptions::default();
            let mut decoder = CsvDecoder::new(Encoding::Utf8, Encoding::Utf8, 0, dialect, &options);
            table.as_bytes().chunks(length).for_each(|piece| decoder.push(piece, &mut seen));
            decoder.end(&mut seen);
            seen.0
        };
        assert_eq!(read(1), read(table.len()));
        read(1)
    }

    #[test]
    fn rows_become_records() {
        let table = "EventCode,SourceName,_time,ScriptBlockText\n\
                     4104,PowerShellCore,2024-03-05T06:07:08Z,\"say \"\"hi\"\", twice\"\n\
                     4103,PowerShellCore,2024-03-05T06:07:09Z,\n\
                     ,,,\n";
        assert_eq!(
            decode(table),
            [
                "script 2024-03-05T06:07:08Z \"say \\\"hi\\\", twice\"",
                "other Some(4103)",
                "script  \"\""
            ]
        );
    }

    #[test]
    fn a_repeated_heading_is_not_a_record() {
        let table = "Id,ProviderName,Message\n1,x,y\nId,ProviderName,Message\n2,x,y\n";
        assert_eq!(decode(table), ["other Some(1)", "other Some(2)"]);
    }

    #[test]
    fn waiting_rows_are_read_in_the_order_that_a_later_row_proves() {
        let table = "EventCode,SourceName,TimeCreated,ScriptBlockText\n\
                     4104,PowerShellCore,3/4/2024 1:02:03,a\n\
                     4104,PowerShellCore,24/4/2024 1:02:03,b\n";
        let expected = [
            "date-order at Some(88)",
            "script 2024-04-03T01:02:03Z \"a\"",
            "script 2024-04-24T01:02:03Z \"b\"",
        ];
        assert_eq!(decode(table), expected);
    }

    #[test]
    fn a_table_without_rows_is_reported() {
        assert_eq!(decode("Id,Message\n"), ["no-records at Some(0)"]);
    }

    #[test]
    fn a_row_that_is_cut_off_is_reported_and_the_rows_before_it_are_read() {
        let table = "Id,ProviderName,Message\n1,x,y\n2,x,\"y";
        assert_eq!(decode(table), ["other Some(1)", "cut-off at Some(30)"]);
    }
}
