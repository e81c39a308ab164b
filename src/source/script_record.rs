//! Emits a text record as a script block record or as another record, and builds its full event.

use super::field_names::FieldKey;
use super::format::Format;
use super::problems::excerpt;
use super::record::{TextRecord, TimeRules, record_id, trim_quotes_str};
use super::sink::{Discard, FullEvent, OtherEvent, OtherRecord, RawRecord, ScriptRecord, Sink};
use super::value::{FieldValue, lossy};
use super::{inner_values, record_format, rendered_message};
use crate::error::Problem;
use crate::event::{self, Event, EventFields, RecordLocation};
use crate::text::{Escaped, Raw, Text, xml};
use std::borrow::Cow;
use xxhash_rust::xxh3::xxh3_64;

/// The script of a record, from its data or else from its message.
pub(super) struct ScriptFields<'a> {
    pub(super) number: Option<u32>,
    pub(super) total: Option<u32>,
    text: ScriptText<'a>,
    pub(super) id: Option<Cow<'a, [u8]>>,
    path: Option<Cow<'a, [u8]>>,
}

enum ScriptText<'a> {
    /// In the escaping of its format.
    Escaped(Escaped<'a>),
    Plain(Cow<'a, [u8]>),
}

impl<'a> ScriptFields<'a> {
    /// Returns the script's text.
    pub(super) fn text(&self) -> Raw<'_> {
        match &self.text {
            ScriptText::Escaped(text) => Raw::Escaped(*text),
            ScriptText::Plain(text) => Raw::Wtf8(text),
        }
    }

    /// Extracts the script from the values of the record, or else from its message, and reports what is missing.
    pub(super) fn from_record(
        record: &'a TextRecord<'_>,
        message: Option<&'a [u8]>,
        sink: &mut dyn Sink,
    ) -> Self {
        let mut script = Self {
            number: record.number(FieldKey::Number),
            total: record.number(FieldKey::Total),
            text: ScriptText::Plain(Cow::Borrowed(&[])),
            id: record.text(FieldKey::BlockId),
            path: record.text(FieldKey::Path),
        };
        if let (Some(value), None) = (record.get(FieldKey::Text), message) {
            // Some tools write the part's number in the message alone.
            if script.number.is_none() && script.total.is_none() {
                let message = record.text(FieldKey::Message);
                let numbers = message.and_then(|text| rendered_message::find_part_numbers(&text));
                (script.number, script.total) = numbers.unzip();
            }
            let escaped = match value {
                FieldValue::Plain(_) => None,
                // A part is stored until the other parts arrive, and unescaped for that.
                FieldValue::Json(text) if script.total > Some(1) => {
                    Some(Escaped::from_unscanned_json(text))
                }
                FieldValue::Json(text) => Escaped::from_json(text),
                FieldValue::Xml(text) => Escaped::from_xml(text),
            };
            script.text = match escaped {
                Some(text) => ScriptText::Escaped(text),
                None => ScriptText::Plain(value.text()),
            };
            if escaped.is_none() {
                report_unknown_entity(value, record.place, sink);
            }
            return script;
        }
        let message = message.unwrap_or_default();
        match rendered_message::find_script(message) {
            Some(cut) => {
                if record.is_unescaped && cut.id.is_none() {
                    let problem = "the script's text has no end: it was cut off, or has a line that begins an event";
                    sink.problem(Problem::error("script-cut-off", problem).at(record.place.offset));
                }
                script.number = script.number.or(Some(cut.number));
                script.total = script.total.or(Some(cut.total));
                script.text = ScriptText::Plain(Cow::Borrowed(cut.text));
                script.id = script.id.or(cut.id.map(Cow::Borrowed));
                script.path = script.path.or(cut.path.map(Cow::Borrowed));
            }
            None => {
                script.text = ScriptText::Plain(Cow::Borrowed(message));
                let offset = record.place.offset;
                if message.is_empty() {
                    sink.textless(offset);
                } else {
                    let message = "an event 4104 has no script text and its message has an unknown form: the complete \
                                   message is searched";
                    sink.problem(Problem::warning("no-script-text", message).at(offset));
                }
            }
        }
        script
    }
}

fn report_unknown_entity(value: &FieldValue<'_>, place: RecordLocation, sink: &mut dyn Sink) {
    if let FieldValue::Xml(escaped) = value
        && let Some(name) = xml::unknown_entity(escaped)
    {
        let name = String::from_utf8_lossy(name);
        sink.problem(
            Problem::warning(
                "unknown-entity",
                format!("the script text has the entity {name}, which XML does not define: it is left unchanged"),
            )
            .at(place.offset),
        );
    }
}

impl TextRecord<'_> {
    /// Returns the complete record, if values that are not needed for every record were left out, and one of them may be
    /// the time or hold the script or its part's number.
    fn reread(&self) -> Option<Self> {
        let (format, text) = self.source_text?;
        let is_textless = self.get(FieldKey::Text).is_some_and(FieldValue::is_missing);
        let numbers = [FieldKey::Number, FieldKey::Total];
        let is_numberless = numbers.iter().any(|key| self.has(*key))
            && numbers.iter().all(|key| self.number::<u32>(*key).is_none());
        if self.usual_time().is_some() && !is_textless && !is_numberless {
            return None;
        }
        let mut complete = Self::new(self.place, self.time_rules);
        record_format::read(format, text, &mut complete).ok()?;
        complete.apply_hayabusa_conventions();
        inner_values::read(&mut complete);
        complete.raw = self.raw;
        Some(complete)
    }

    fn report_contradiction(&self, sink: &mut dyn Sink) {
        let what = match self.contradiction {
            None => return,
            Some(FieldKey::Id) => "event ids, one of them 4104",
            Some(_) => "script texts",
        };
        let message = format!(
            "the record has two different {what}: it may be forged, and only one of them is used: look at the record in its source"
        );
        sink.problem(Problem::error("contradiction", message).at(self.place.offset));
    }

    /// Emits the record. Returns false if it is not a Windows event.
    pub(super) fn emit(&self, sink: &mut dyn Sink) -> bool {
        if let Some(complete) = self.reread() {
            return complete.emit(sink);
        }
        let id = self.number(FieldKey::Id);
        if !self.is_event() {
            return false;
        }
        self.report_contradiction(sink);
        let read = self.time();
        let (time, zone_assumed, time_guess) = (read.time, read.zone_assumed, read.guess());
        if time.is_none() && self.text(FieldKey::Time).is_some_and(|text| !text.is_empty()) {
            let text = self.string(FieldKey::Time).unwrap_or_default();
            let what = format!("the time {} cannot be read", excerpt(text.as_bytes()));
            sink.problem(Problem::warning("unreadable-time", what).at(self.place.offset));
        }
        let computer = self.text(FieldKey::Computer);
        let computer = computer.as_deref().filter(|name| !name.is_empty()).map(Raw::Wtf8);
        let scripted =
            id == Some(4104) || (id.is_none() && (self.has_script() || self.has_script_message()));
        if self.is_end_of_script() {
            let problem = "this may be no event, but a part of the script before it: it ends as a script block, and is searched";
            sink.problem(Problem::error("forged-event", problem).at(self.place.offset));
        } else if !scripted || !self.is_powershell() {
            let provider = self.text(FieldKey::Provider).filter(|_| id == Some(4104));
            let provider = provider.as_deref().map(Raw::Wtf8);
            let full = &TextOtherEvent(self);
            sink.other(&OtherRecord {
                id,
                time,
                zone_assumed,
                time_guess,
                computer,
                provider,
                full,
            });
            return true;
        }
        let message = match self.raw {
            Some(raw) if self.is_end_of_script() => Some(Cow::Borrowed(raw)),
            _ => self.script_message(),
        };
        let script = ScriptFields::from_record(self, message.as_deref(), sink);
        sink.script(&ScriptRecord {
            place: self.place,
            record: self.number(FieldKey::Record),
            time,
            zone_assumed,
            time_guess,
            computer,
            level: self.level(),
            number: script.number,
            total: script.total,
            script_block_id: script.id.as_deref().map(Raw::Wtf8),
            text: script.text(),
            full: &TextFullEvent { record: self, script: &script },
        });
        true
    }
}

/// Builds the full event of a record that is no script block.
struct TextOtherEvent<'a>(&'a TextRecord<'a>);

impl OtherEvent for TextOtherEvent<'_> {
    fn full_event(&self) -> Event {
        let script = ScriptFields::from_record(self.0, None, &mut Discard);
        TextFullEvent { record: self.0, script: &script }.event()
    }

    fn provider(&self) -> Option<String> {
        self.0.string(FieldKey::Provider)
    }
}

/// Builds the full event of a record.
pub(super) struct TextFullEvent<'a> {
    pub(super) record: &'a TextRecord<'a>,
    pub(super) script: &'a ScriptFields<'a>,
}

impl FullEvent for TextFullEvent<'_> {
    fn event(&self) -> Event {
        match self.record.source_text {
            Some((format, text)) => {
                let (place, time_rules) = (self.record.place, self.record.time_rules);
                let event = read_event(format, text, place, time_rules);
                // The time may be that of the record around this one.
                Event { time: self.record.time().time, ..event }
            }
            None => Event { text: Text::from(self.script.text()), ..self.event_fields() },
        }
    }

    fn event_fields(&self) -> Event {
        let record = self.record;
        if record.source_text.is_some() {
            return self.event();
        }
        let named = FieldKey::OTHER_FIELDS.iter().filter_map(|(key, name)| {
            let value = match key {
                FieldKey::Provider => record.provider_name()?,
                key => trim_quotes_str(&record.string(*key)?).to_owned(),
            };
            Some((*name, value))
        });
        let mut fields: EventFields = named.collect();
        let is_script = record.number(FieldKey::Id) == Some(4104);
        for (name, value) in &record.others {
            let name = String::from_utf8_lossy(name);
            let name = event::canonical(&name);
            let value = value.string();
            // A name that belongs to one of the values above has been outranked. Only events that are no script blocks have
            // data of the same name: event 104 is in the log `System` and names the log that was cleared.
            let is_outranked = FieldKey::OTHER_FIELDS.iter().any(|(_, known)| *known == name)
                && (is_script || fields.all(name).any(|own| own == value));
            if !is_outranked && !TYPED_FIELDS.contains(&name) {
                fields.push(name, &value);
            }
        }
        Event {
            place: record.place,
            record: record.string(FieldKey::Record).map(record_id),
            time: record.time().time,
            computer: record.string(FieldKey::Computer).filter(|name| !name.is_empty()),
            user: record.string(FieldKey::User).map(|user| trim_quotes_str(&user).to_owned()),
            level: record.level(),
            number: self.script.number,
            total: self.script.total,
            text: Text::new(),
            script_block_id: self.script.id.as_ref().map(|id| lossy(Cow::Borrowed(id))),
            path: self.script.path.as_ref().map(|path| lossy(Cow::Borrowed(path))),
            message: record.string(FieldKey::Message),
            fields,
        }
    }

    fn part(&self) -> Event {
        Event {
            place: self.record.place,
            record: self.record.string(FieldKey::Record).map(record_id),
            time: self.record.time().time,
            number: self.script.number,
            total: self.script.total,
            text: Text::from(self.script.text()),
            ..Event::default()
        }
    }

    fn raw(&self) -> RawRecord<'_> {
        self.record.raw.map_or(RawRecord::Unavailable, RawRecord::Text)
    }

    fn fingerprint(&self) -> Option<u64> {
        // Without `source_text`, values may have come from elsewhere, and no text identifies the record.
        self.record.source_text.map(|(_, text)| xxh3_64(text))
    }
}

/// Returns the event of a record that was read successfully before.
pub(super) fn read_event(
    format: Format,
    text: &[u8],
    place: RecordLocation,
    time_rules: TimeRules,
) -> Event {
    let mut record = TextRecord::new(place, time_rules);
    let _ = record_format::read(format, text, &mut record);
    record.apply_hayabusa_conventions();
    inner_values::read(&mut record);
    let message = record.script_message();
    let script = ScriptFields::from_record(&record, message.as_deref(), &mut Discard);
    TextFullEvent { record: &record, script: &script }.event()
}

/// Names of values that have typed fields in [`Event`].
const TYPED_FIELDS: [&str; 10] = [
    "Computer",
    "EventCode",
    "UserID",
    "EventRecordID",
    "Level",
    "Message",
    "MessageNumber",
    "MessageTotal",
    "ScriptBlockText",
    "ScriptBlockId",
];
