//! Tables: Splunk's export, Event Viewer's "Save as CSV", `Get-WinEvent | Export-Csv`, EvtxECmd and Timeline
//! Explorer, Azure's export.
//!
//! | table | what marks it |
//! | --- | --- |
//! | Splunk | `_time`, `_raw` or the fields of a search |
//! | Event Viewer | five headings in the language of the machine, and a message in every row that has none |
//! | Export-Csv | a line `#TYPE …` before the heading; `ProviderName`, `MachineName`, `TimeCreated` |
//! | EvtxECmd, Timeline Explorer | `MapDescription`, the event's data as JSON in `Payload`; its times are UTC |
//! | Hayabusa | `RuleTitle`, the event's data in `Details` and `ExtraFieldInfo`, in which spaces stand for line ends |
//! | Azure | `TimeGenerated [UTC]`, the event's data as XML in `EventData` |

mod heading;
mod order;
mod rows;

pub(super) use heading::{Dialect, dialect};

use super::decode::hand_on;
use super::encoding::{Encoding, Transcoder};
use super::nested::Within;
use super::record::{Clock, Record};
use super::{Again, Decoder as _, Sink, Source, SourceOptions, sniff};
use crate::error::Problem;
use crate::event::{Event, RecordLocation};
use crate::limits;
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
    within: Within,
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
                within: Within::default(),
                records: 0,
            },
        }
    }
}

/// Reads one row again with the heading of its table, but without the rows between. `None` where no row begins
/// there.
pub(super) fn read_again(
    options: &SourceOptions,
    bytes: &[u8],
    place: RecordLocation,
) -> Option<Event> {
    let at = usize::try_from(place.offset).ok()?;
    let (before, row) = bytes.split_at_checked(at)?;
    let first = before.get(..limits::SNIFF_BYTES).unwrap_or(before);
    let sniff::Kind::Table(dialect, encoding, mark) = sniff::sniff(first) else { return None };
    let line_end: &[u8] = match encoding {
        Encoding::Utf8 => b"\n",
        Encoding::Utf16Le => b"\n\0",
        Encoding::Utf16Be => b"\0\n",
    };
    if !before.ends_with(line_end) {
        return None;
    }
    let mut heading = None;
    let mut decoder = Decoder::new(encoding, mark as u64, dialect, options);
    decoder.transcoder.push(first.get(mark..)?, &mut decoder.text);
    let mut unsaid = Again { place, event: None };
    decoder.rows.push(&decoder.text, &mut unsaid, &mut |row, _| {
        heading.get_or_insert(row.place);
    });
    let heading = heading?;
    let heading = before.get(..usize::try_from(heading.offset + heading.length).ok()?)?;
    let table = [heading, line_end, row].concat();
    let offset = (heading.len() + line_end.len()) as u64;
    let mut again = Again { place: RecordLocation { offset, ..place }, event: None };
    let mut source = Source::new(*options);
    source.push(&table, &mut again);
    source.end(&mut again);
    again.event.map(|event| Event { place, ..event })
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
        if !hand_on(record, &mut self.within, sink) {
            sink.non_event(row.place.offset);
        }
    }
}
