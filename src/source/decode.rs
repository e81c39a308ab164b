//! One framed record of any text format to what it says.

use super::field_names::Key;
use super::frame::Scan;
use super::nested::Within;
use super::record::{Clock, Record};
use super::{Format, Sink, classic, json, xml};
use crate::error::Problem;
use crate::event::RecordLocation;
use crate::limits;

/// The framer of the record that a source is in.
pub(super) enum Framer {
    Xml(xml::Framer),
    Json(json::Framer),
    Classic(classic::Framer),
}

impl Framer {
    pub(super) fn new(format: Format) -> Self {
        match format {
            Format::Json => Self::Json(json::Framer::new()),
            Format::Classic => Self::Classic(classic::Framer::default()),
            _ => Self::Xml(xml::Framer::new()),
        }
    }

    /// The record is too long to be kept: only its end is still of interest.
    pub(super) fn pass_over(&mut self) {
        if let Self::Json(framer) = self {
            framer.pass_over();
        }
    }

    pub(super) fn scan(&mut self, text: &[u8], from: usize, last: bool) -> Scan {
        match self {
            Self::Xml(framer) => framer.scan(text, from, last),
            Self::Json(framer) => framer.scan(text, from, last),
            Self::Classic(framer) => framer.scan(text, from, last),
        }
    }
}

/// Reads a record that begins here without framing it first, where that gives the same: the number of bytes
/// that it takes. Most records are whole and well-formed, so most are passed over only once.
pub(super) fn read_unframed<'a>(
    format: Format,
    text: &'a [u8],
    record: &mut Record<'a>,
) -> Option<usize> {
    match format {
        Format::Json => json::read_unframed(text, record),
        Format::Xml => xml::read_unframed(text, record),
        _ => None,
    }
}

/// Hands on what a framed record says, or what is wrong with it. False where it is no Windows event.
pub(super) fn decode(
    format: Format,
    text: &[u8],
    place: RecordLocation,
    clock: Clock,
    within: &mut Within,
    sink: &mut dyn Sink,
) -> bool {
    if format == Format::Json
        && let Some((columns, rows)) = json::turned(text)
    {
        return rows.iter().zip(0..).fold(true, |all, (row, at)| {
            decode_row(row, &columns, moved(place, at), clock, within, sink) && all
        });
    }
    let mut record = Record::new(place, clock);
    if let Err(error) = read(format, text, &mut record) {
        let code = if format == Format::Json { "malformed-json" } else { "malformed-xml" };
        sink.problem(malformed(code, place, error));
        return true;
    }
    hand_on(record, within, sink)
}

/// The same for a row of a table in JSON.
pub(super) fn decode_row(
    text: &[u8],
    columns: &[Vec<u8>],
    place: RecordLocation,
    clock: Clock,
    within: &mut Within,
    sink: &mut dyn Sink,
) -> bool {
    let mut record = Record::new(place, clock);
    if let Err(error) = json::read_row(text, columns, &mut record) {
        sink.problem(malformed("malformed-json", place, error));
        return true;
    }
    hand_on(record, within, sink)
}

/// The place of a record that has none of its own, but shares one with others.
pub(super) fn moved(place: RecordLocation, by: u64) -> RecordLocation {
    RecordLocation {
        offset: place.offset + by,
        length: place.length.saturating_sub(by),
        frame: place.frame,
    }
}

/// Where a record is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) at: usize,
    pub(super) expected: &'static str,
}

/// Puts the values of a framed record into `record`.
pub(super) fn read<'a>(
    format: Format,
    text: &'a [u8],
    record: &mut Record<'a>,
) -> Result<(), Malformed> {
    match format {
        Format::Json => json::read(text, record),
        Format::Classic => {
            classic::read(text, record);
            Ok(())
        }
        _ => xml::read(text, record),
    }
}

/// Hands on a record whose values may hold a whole event, or the data of one, as text.
pub(super) fn hand_on(mut record: Record<'_>, within: &mut Within, sink: &mut dyn Sink) -> bool {
    record.adapt_hayabusa();
    if let Some(raw) = record.take(Key::Raw) {
        let time = record.take(Key::Time);
        if within.hand_on(&raw.text(), time.as_ref(), &record, sink) > 0 {
            return true;
        }
        if let Some(time) = time {
            record.put(Key::Time, 9, time);
        }
    }
    // What relays pass on is the message of theirs.
    if !record.has(Key::Id)
        && !record.has(Key::Text)
        && let Some(message) = record.take(Key::Message)
    {
        if within.hand_on(&message.text(), None, &record, sink) > 0 {
            return true;
        }
        record.put(Key::Message, 8, message);
    }
    if let Some(data) = record.take(Key::Data) {
        put_data(&data.text(), &mut record);
    }
    record.hand_on(sink)
}

/// Puts the data that a value holds as XML or JSON into the record. What is neither is left out.
fn put_data(text: &[u8], record: &mut Record<'_>) {
    let mut inner = Record::new(record.place, record.clock);
    let read = match text.trim_ascii_start().first() {
        Some(b'<') => xml::read_data(text, &mut inner).is_ok(),
        Some(b'{') => json::read(text, &mut inner).is_ok(),
        _ => false,
    };
    if read {
        record.adopt(inner);
    }
}

fn malformed(code: &'static str, place: RecordLocation, error: Malformed) -> Problem {
    let Malformed { at, expected } = error;
    let bound = limits::NESTING;
    let nesting =
        if expected == "less nesting" { format!(" than {bound} levels") } else { String::new() };
    Problem::error(
        code,
        format!("a record that cannot be read: expected {expected}{nesting} at its byte {at}"),
    )
    .at(place.offset)
}
