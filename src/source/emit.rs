//! Reads framed records of all text formats and emits their events, including events inside values.

use super::field_names::FieldKey;
use super::format::Format;
use super::framing::nested_location;
use super::nested::NestedEvents;
use super::problems::malformed;
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
            read_row_and_emit(row, &columns, nested_location(place, at), time_rules, nested, sink)
                && all
        });
    }
    let mut record = TextRecord::new(place, time_rules);
    if let Err(error) = read(format, text, &mut record) {
        let code = if format == Format::Json { "malformed-json" } else { "malformed-xml" };
        sink.problem(malformed(code, place, error));
        return true;
    }
    emit(record, nested, sink)
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
    if let Err(error) = json::read_row(text, columns, &mut record) {
        sink.problem(malformed("malformed-json", place, error));
        return true;
    }
    emit(record, nested, sink)
}

/// Emits a record, or the events inside its values. One of its values may also hold its data as text. Returns false if
/// the record is not a Windows event.
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
    inner_values::read(&mut record);
    if !record.is_event() {
        return emit_from_other_values(&mut record, nested, sink);
    }
    record.emit(sink)
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
