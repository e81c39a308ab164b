//! Reads a table row by row.

use super::date_order::Order;
use super::dialect::Dialect;
use super::heading::Heading;
use super::rows::{Row, Rows};
use crate::error::Problem;
use crate::event::RecordLocation;
use crate::source::emit::hand_on;
use crate::source::encoding::{Encoding, Transcoder};
use crate::source::format::SourceOptions;
use crate::source::nested::Within;
use crate::source::record::{Clock, Record};
use crate::source::sink::{Discard, Sink};

/// Reads a table row by row.
pub(in crate::source) struct Decoder {
    transcoder: Transcoder,
    text: Vec<u8>,
    rows: Rows,
    table: Table,
}

/// What becomes of the rows.
struct Table {
    heading: Option<Heading>,
    clock: Clock,
    order: Order,
    within: Within,
    records: u64,
}

/// How much text is decoded at a time: bounds memory whatever is pushed.
const PIECE: usize = 256 << 10;

impl Decoder {
    /// A decoder for a source whose next byte has this offset.
    pub(in crate::source) fn new(
        encoding: Encoding,
        offset: u64,
        dialect: Dialect,
        options: &SourceOptions,
    ) -> Self {
        Self {
            transcoder: Transcoder::new(encoding),
            text: Vec::new(),
            rows: Rows::new(encoding, offset, dialect),
            table: Table {
                heading: None,
                clock: Clock::from(options),
                order: Order::default(),
                within: Within::default(),
                records: 0,
            },
        }
    }
}

/// Where the heading of a table is, which the bytes after the byte order mark begin with.
pub(in crate::source) fn heading_place(
    encoding: Encoding,
    offset: u64,
    dialect: Dialect,
    bytes: &[u8],
) -> Option<RecordLocation> {
    let mut text = Vec::new();
    Transcoder::new(encoding).push(bytes, &mut text);
    let mut place = None;
    Rows::new(encoding, offset, dialect).push(&text, &mut Discard, &mut |row, _| {
        place.get_or_insert(row.place);
    });
    place
}

impl super::super::decoder::Decoder for Decoder {
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        for piece in bytes.chunks(PIECE) {
            self.text.clear();
            self.transcoder.push(piece, &mut self.text);
            self.rows.push(&self.text, sink, &mut |row, sink| self.table.row(row, sink));
        }
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        self.text.clear();
        self.transcoder.end(&mut self.text);
        self.rows.push(&self.text, sink, &mut |row, sink| self.table.row(row, sink));
        self.rows.end(sink, &mut |row, sink| self.table.row(row, sink));
        self.table.end(sink);
    }
}

impl Table {
    fn row(&mut self, row: Row, sink: &mut dyn Sink) {
        let Some(heading) = &self.heading else {
            let heading = Heading::of(&row);
            self.clock.utc = heading.is_utc();
            self.heading = Some(heading);
            return;
        };
        // Tables that were put behind each other repeat their heading.
        if heading.is(&row) {
            return;
        }
        let time = heading.time(&row).into_owned();
        self.order.row(row, time);
        if let Some((order, rows)) = self.order.decided(sink) {
            self.clock.order = order;
            for row in rows {
                self.read(&row, sink);
            }
        }
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        let (order, rows) = self.order.end(sink);
        self.clock.order = order;
        for row in rows {
            self.read(&row, sink);
        }
        if self.records == 0 {
            sink.problem(
                Problem::warning("no-records", "the table has a heading and no rows").at(0),
            );
        }
    }

    fn read(&mut self, row: &Row, sink: &mut dyn Sink) {
        let Some(heading) = &self.heading else { return };
        self.records += 1;
        let mut record = Record::new(row.place, self.clock);
        heading.fill(row, &mut record);
        if !hand_on(record, &mut self.within, sink) {
            sink.non_event(row.place.offset);
        }
    }
}
