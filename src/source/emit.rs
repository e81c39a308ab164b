//! Reads framed records of all text formats and emits their events, including events inside values.

use super::field_names::FieldKey;
use super::format::Format;
use super::framing::nested_location;
use super::nested::NestedEvents;
use super::problems::{excerpt, malformed};
use super::record::{TextRecord, TimeRules};
use super::record_format::read;
use super::rendered_message::find_script;
use super::sink::Sink;
use super::value::FieldValue;
use super::{inner_values, json, xml};
use crate::event::RecordLocation;
use std::borrow::Cow;

/// Reads and emits a framed record, or reports why it cannot be read. Returns false if it is not a Windows event.
pub(super) fn read_and_emit(
    format: Format,
    text: &[u8],
    place: RecordLocation,
    time_rules: TimeRules,
    nested: &mut NestedEvents,
    sink: &mut dyn Sink,
) -> bool {
    if format == Format::Json
        && let Some((columns, rows)) = json::transpose(text)
    {
        return rows.iter().zip(0..).fold(true, |all, (row, at)| {
            let place = nested_location(place, at);
            read_row_and_emit(row, &columns, place, time_rules, nested, sink) && all
        });
    }
    let mut record = TextRecord::new(place, time_rules);
    match read(format, text, &mut record) {
        Ok(()) => {
            record.raw = Some(text);
            emit(record, nested, sink)
        }
        Err(error) => {
            let code = if format == Format::Json { "malformed-json" } else { "malformed-xml" };
            sink.problem(malformed(code, place, error));
            true
        }
    }
}

/// Reads and emits a row of a table in JSON as [`read_and_emit`] does.
pub(super) fn read_row_and_emit(
    text: &[u8],
    columns: &[Vec<u8>],
    place: RecordLocation,
    time_rules: TimeRules,
    nested: &mut NestedEvents,
    sink: &mut dyn Sink,
) -> bool {
    let mut record = TextRecord::new(place, time_rules);
    match json::read_row(text, columns, &mut record) {
        Ok(()) => {
            record.raw = Some(text);
            emit(record, nested, sink)
        }
        Err(error) => {
            sink.problem(malformed("malformed-json", place, error));
            true
        }
    }
}

/// Emits a record, or the events inside its values. One of its values may also hold its data as text. Returns
/// false, and tells the sink, if the record is not a Windows event.
pub(super) fn emit(
    mut record: TextRecord<'_>,
    nested: &mut NestedEvents,
    sink: &mut dyn Sink,
) -> bool {
    record.apply_hayabusa_conventions();
    if let Some(raw) = record.take(FieldKey::Raw) {
        let time = record.take(FieldKey::Time);
        if nested.emit(&raw.text(), time.as_ref(), &record, sink) > 0 {
            return true;
        }
        if let Some(time) = time {
            record.put(FieldKey::Time, 9, time);
        }
    }
    inner_values::read(&mut record);
    // A relay passes events on as the message of its own records.
    if !record.has(FieldKey::Id)
        && !record.has(FieldKey::Text)
        && let Some(message) = record.take(FieldKey::Message)
    {
        if nested.emit(&message.text(), None, &record, sink) > 0 {
            return true;
        }
        record.put(FieldKey::Message, 8, message);
    }
    let is_event = match record.is_event() {
        true => record.emit(sink),
        false => emit_from_other_values(&mut record, nested, sink),
    };
    if !is_event {
        sink.non_event(record.place.offset, &|| describe(&record));
    }
    is_event
}

/// Number of names that show what a record holds.
const DESCRIBED_NAMES: usize = 8;

/// Returns the names of the first values of a record that is no event.
fn describe(record: &TextRecord<'_>) -> String {
    let mut full = TextRecord::new(record.place, record.time_rules);
    // A record of a known layout has only the values that every record needs.
    let others = match record.source_text.map(|(format, text)| read(format, text, &mut full)) {
        Some(_) => &full.others,
        None => &record.others,
    };
    let names: Vec<_> =
        others.iter().take(DESCRIBED_NAMES).map(|(name, _)| excerpt(name)).collect();
    let more = if others.len() > names.len() { ", …" } else { "" };
    format!("{}{more}", names.join(", "))
}

/// Emits the events in values whose names have no known meaning. Returns false if there are none.
fn emit_from_other_values(
    record: &mut TextRecord<'_>,
    nested: &mut NestedEvents,
    sink: &mut dyn Sink,
) -> bool {
    let may_be_event = |text: &[u8]| {
        xml::is_event(text.trim_ascii_start())
            || text.starts_with(b"{\"")
            || find_script(text).is_some_and(|script| script.id.is_some())
    };
    let others = record.others.iter().map(|(_, value)| value.text());
    let values: Vec<_> = others.filter(|text| may_be_event(text)).map(Cow::into_owned).collect();
    for text in values {
        if nested.emit(&text, None, record, sink) > 0 {
            return true;
        }
        if find_script(&text).is_some() && !record.has(FieldKey::Message) {
            record.put(FieldKey::Message, 1, FieldValue::Plain(Cow::Owned(text)));
            return record.emit(sink);
        }
    }
    false
}
