//! One framed record of any text format to what it says.

use super::field_names::Key;
use super::format::Format;
use super::framing::moved;
use super::nested::Within;
use super::problems::malformed;
use super::record::{Clock, Record};
use super::record_format::read;
use super::sink::Sink;
use super::{json, xml};
use crate::event::RecordLocation;

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
