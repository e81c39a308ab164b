//! Emits a record of a known layout directly from its text.
//!
//! Most records are only counted, or carry a script that no rule matches. Nothing is allocated for these. Records
//! that are not certainly as simple as that are left to a [`TextRecord`](super::record::TextRecord).

use super::field_names::FieldKey;
use super::format::Format;
use super::layout::LayoutMatch;
use super::record::{self, TimeRules};
use super::script_record;
use super::sink::{
    DeferredFields, FullEvent, OtherEvent, OtherRecord, RawRecord, ScriptRecord, Sink, TimeGuess,
};
use super::timestamp::HourCache;
use crate::event::{Event, RecordLocation};
use crate::text::{Escaped, Raw, Text};
use crate::time::Time;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Emits a record of a known layout as [`TextRecord::emit`](super::record::TextRecord::emit) would. Returns `None`,
/// having emitted nothing, if only `TextRecord::emit` can decide.
pub(super) fn emit(
    matched: &LayoutMatch<'_, '_>,
    place: RecordLocation,
    time_rules: TimeRules,
    hour: &mut HourCache,
    sink: &mut dyn Sink,
) -> Option<()> {
    let id: u32 = record::parse(matched.plain_value(FieldKey::Id)??)?;
    let (time, zone_assumed, time_guess) = match matched.plain_value(FieldKey::Time)? {
        Some(text) => match hour.read(text) {
            Some(time) => (Some(time), false, TimeGuess::default()),
            None => {
                let read = record::time(text, time_rules);
                let time = read.time?;
                if !read.zone_assumed {
                    hour.remember(text, time);
                }
                (Some(time), read.zone_assumed, read.guess())
            }
        },
        // Another value may be the time.
        None => return None,
    };
    let computer =
        matched.plain_value(FieldKey::Computer)?.filter(|name| !name.is_empty()).map(Raw::Wtf8);
    if id != 4104 {
        let (id, provider) = (Some(id), None);
        let full = &FastOther { matched, place, time_rules };
        sink.other(&OtherRecord { id, time, zone_assumed, time_guess, computer, provider, full });
        return Some(());
    }
    if !is_powershell(matched)? {
        return None;
    }
    let number = |key| Some(matched.plain_value(key)?.and_then(record::parse::<u32>));
    let total = number(FieldKey::Total)?;
    // The part's number may be in the message, which is left out where it has a value of its own.
    let is_absent = |key| matches!(matched.plain_value(key), Some(None));
    let others = [FieldKey::Message, FieldKey::Number, FieldKey::Total];
    if total.is_none() && !others.into_iter().all(is_absent) {
        return None;
    }
    let seen = FastRecord {
        matched,
        place,
        time_rules,
        time,
        number: number(FieldKey::Number)?,
        total,
        // A part is stored until the other parts arrive, and unescaped for that.
        text: matched.text_escaped(total > Some(1))?,
    };
    sink.script(&ScriptRecord {
        place,
        record: matched.plain_value(FieldKey::Record)?.and_then(record::parse),
        time,
        zone_assumed,
        time_guess,
        computer,
        level: matched.plain_value(FieldKey::Level)?.and_then(record::level),
        number: seen.number,
        total,
        script_block_id: matched.plain_value(FieldKey::BlockId)?.map(Raw::Wtf8),
        text: Raw::Escaped(seen.text),
        full: &seen,
    });
    Some(())
}

/// Whether the provider or the channel is one that logs scripts. If neither is, other values decide.
fn is_powershell(matched: &LayoutMatch<'_, '_>) -> Option<bool> {
    let provider = matched.plain_value(FieldKey::Provider)?;
    Some(
        provider.is_some_and(record::is_provider)
            || matched.plain_value(FieldKey::Channel)?.is_some_and(record::is_channel),
    )
}

/// A record that is no script block, borrowed from a layout match.
struct FastOther<'g> {
    matched: &'g LayoutMatch<'g, 'g>,
    place: RecordLocation,
    time_rules: TimeRules,
}

impl OtherEvent for FastOther<'_> {
    fn full_event(&self) -> Event {
        let (format, text) = (self.matched.format(), self.matched.text());
        script_record::read_event(format, text, self.place, self.time_rules)
    }

    fn provider(&self) -> Option<String> {
        let name = self.matched.plain_value(FieldKey::Provider).flatten()?;
        Some(Raw::Wtf8(name).to_lossy())
    }
}

/// A script block record borrowed from a layout match.
struct FastRecord<'g> {
    matched: &'g LayoutMatch<'g, 'g>,
    place: RecordLocation,
    time_rules: TimeRules,
    time: Option<Time>,
    number: Option<u32>,
    total: Option<u32>,
    text: Escaped<'g>,
}

impl FullEvent for FastRecord<'_> {
    fn event(&self) -> Event {
        Event { text: Text::from(Raw::Escaped(self.text)), ..self.unread_fields().event() }
    }

    fn part(&self) -> Event {
        let record = self.matched.plain_value(FieldKey::Record).flatten();
        Event {
            place: self.place,
            record: record.map(|text| record::record_id(Raw::Wtf8(text).to_lossy())),
            time: self.time,
            number: self.number,
            total: self.total,
            text: Text::from(Raw::Escaped(self.text)),
            ..Event::default()
        }
    }

    fn deferred_fields(&self) -> Option<Arc<dyn DeferredFields>> {
        Some(Arc::new(self.unread_fields()))
    }

    fn event_fields(&self) -> Event {
        self.unread_fields().event()
    }

    fn shape(&self) -> Option<u64> {
        Some(self.matched.layout_id())
    }

    fn raw(&self) -> RawRecord<'_> {
        RawRecord::Text(self.matched.text())
    }

    fn fingerprint(&self) -> Option<u64> {
        Some(xxh3_64(self.matched.text()))
    }
}

impl FastRecord<'_> {
    fn unread_fields(&self) -> UnreadFields {
        UnreadFields {
            format: self.matched.format(),
            record: self.matched.without_text(),
            place: self.place,
            time_rules: self.time_rules,
        }
    }
}

/// A script block record without its script, which is most of it.
#[derive(Debug)]
struct UnreadFields {
    format: Format,
    record: Vec<u8>,
    place: RecordLocation,
    time_rules: TimeRules,
}

impl DeferredFields for UnreadFields {
    fn event(&self) -> Event {
        script_record::read_event(self.format, &self.record, self.place, self.time_rules)
    }
}
