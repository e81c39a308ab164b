//! Tables: Splunk's export, Event Viewer's "Save as CSV", `Get-WinEvent | Export-Csv`, EvtxECmd and Timeline
//! Explorer, Azure's export.
//!
//! | table | what marks it |
//! | --- | --- |
//! | Splunk | `_time`, `_raw` or the fields of a search |
//! | Event Viewer | five headings in the language of the machine, and a message in every row that has none |
//! | Export-Csv | a line `#TYPE …` before the heading; `ProviderName`, `MachineName`, `TimeCreated` |
//! | EvtxECmd, Timeline Explorer | `MapDescription`, the event's data as JSON in `Payload`; its times are UTC |
//! | Azure | `TimeGenerated [UTC]`, the event's data as XML in `EventData` |

mod heading;
mod order;
mod rows;

pub(super) use heading::{Dialect, dialect};

use super::decode::hand_on;
use super::encoding::{Encoding, Transcoder};
use super::record::{Clock, Record};
use super::{Sink, SourceOptions};
use crate::error::Problem;
use heading::Heading;
use order::Order;
use rows::{Row, Rows};

/// Reads a table row by row.
pub(super) struct Decoder {
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
    records: u64,
}

/// How much text is decoded at a time: bounds memory whatever is pushed.
const PIECE: usize = 256 << 10;

impl Decoder {
    /// A decoder for a source whose next byte has this offset.
    pub(super) fn new(
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
                records: 0,
            },
        }
    }
}

impl super::Decoder for Decoder {
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
        if !hand_on(record, sink) {
            sink.stray(row.place.offset);
        }
    }
}
