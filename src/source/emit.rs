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
    if (record.holds_several || record.is_nested()) && emit_inner_objects(&record, sink) > 0 {
        return true;
    }
    record.apply_hayabusa_conventions();
    if let Some(raw) = record.take(FieldKey::Raw) {
        let time = record.take(FieldKey::Time);
        if nested.emit(&raw.text(), time.as_ref(), &record, sink) > 0 {
            return true;
        }
        if let Some(time) = time {
            record.put(FieldKey::Time, 9, time);
        }
        record.put(FieldKey::Raw, 9, raw);
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
        false => {
            emit_inner_objects(&record, sink) > 0
                || emit_from_other_values(&mut record, nested, sink)
        }
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

/// Number of objects around an event whose names are not known, or that hold a list of events.
const MAX_OBJECTS: u32 = 4;

/// Emits the events that are objects inside a record in JSON. Returns their number.
fn emit_inner_objects(record: &TextRecord<'_>, sink: &mut dyn Sink) -> u64 {
    match record.raw.map(<[u8]>::trim_ascii_start) {
        Some(text) if text.starts_with(b"{") => {
            let mut count = 0;
            emit_objects_of(text, record, None, MAX_OBJECTS, &mut count, sink);
            count
        }
        _ => 0,
    }
}

/// Emits the events that are objects of this one, or inside those that are none. `around` has the values around the
/// object, `depth` is the number of levels to search, `count` the number of events emitted so far.
fn emit_objects_of(
    text: &[u8],
    record: &TextRecord<'_>,
    around: Option<&TextRecord<'_>>,
    depth: u32,
    count: &mut u64,
    sink: &mut dyn Sink,
) {
    let objects = json::inner_objects(text);
    let own = json::without_objects(text, &objects);
    let mut outer = TextRecord::new(record.place, record.time_rules);
    if json::read(&own, &mut outer).is_err() {
        return;
    }
    around.into_iter().for_each(|around| outer.fill_from(around));
    for (begin, end) in objects {
        let object = text.get(begin..end).unwrap_or_default();
        let place = nested_location(record.place, *count);
        let mut inner = TextRecord::new(place, record.time_rules);
        let is_read = json::read(object, &mut inner).is_ok();
        inner.raw = Some(object);
        let holds_several = inner.holds_several;
        inner.apply_hayabusa_conventions();
        inner_values::read(&mut inner);
        let before = *count;
        let is_nested = inner.is_nested();
        if depth > 1 && (holds_several || is_nested || !inner.is_event()) {
            emit_objects_of(object, record, Some(&outer), depth - 1, count, sink);
        }
        // Without an id, the object around it may be as much an event.
        let is_best = !is_nested || record.holds_several || !record.is_event();
        if *count == before && is_read && !holds_several && is_best && inner.is_event() {
            inner.fill_from(&outer);
            if !record.holds_several {
                inner.fill_from(record);
            }
            *count += u64::from(inner.emit(sink));
        }
    }
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
    let others = record.others.iter().map(|(name, value)| (name.to_vec(), value.text()));
    let values: Vec<_> = others
        .filter(|(_, text)| may_be_event(text))
        .map(|(name, text)| (name, text.into_owned()))
        .collect();
    let mut found: Option<(Vec<u8>, u64)> = None;
    for (name, text) in values {
        // A list may hold several events. Values of other names may hold the same event in another form.
        if found.as_ref().is_some_and(|(first, _)| *first != name) {
            continue;
        }
        let before = found.as_ref().map_or(0, |(_, count)| *count);
        let count = nested.emit_from(&text, record, before, sink);
        if count > before {
            found = Some((name, count));
        } else if found.is_none() && find_script(&text).is_some() && !record.has(FieldKey::Message)
        {
            record.put(FieldKey::Message, 1, FieldValue::Plain(Cow::Owned(text)));
            return record.emit(sink);
        }
    }
    found.is_some()
}
