//! [`SessionSink`]: counts a source's records and passes script blocks to the store.

use crate::detect::{FieldCensus, RuleFilter};
use crate::error::Problem;
use crate::event::{Event, RecordLocation, Recovery, UserNames};
use crate::fingerprint;
use crate::inventory::{Inventory, may_be_context};
use crate::reassemble::{BlockFilter, BlockStore, Mode};
use crate::report::{SourceStats, UnnumberedTexts};
use crate::simd;
use crate::source::{FullEvent, OtherRecord, RawRecord, ScriptRecord, Sink, Source, TimeGuess};
use crate::text::{Raw, fold_case};
use crate::time::Time;
use xxhash_rust::xxh3::xxh3_64;

/// The sink of the source that is being read.
pub(super) struct SessionSink<'a> {
    pub(super) stats: &'a mut SourceStats,
    pub(super) store: &'a mut BlockStore,
    pub(super) fields: &'a mut FieldCensus,
    pub(super) rules: &'a RuleFilter,
    pub(super) inventory: Option<&'a mut Inventory>,
    pub(super) user_names: &'a mut UserNames,
    /// The computer of events that name none.
    pub(super) default_computer: Option<&'a str>,
    /// The last computers, as the source encodes them: most logs name few, and these need no decoding and no look-up.
    pub(super) recent: &'a mut Vec<Vec<u8>>,
    pub(super) is_event_mode: bool,
    /// Script blocks that no rule may match are not listed.
    pub(super) candidates_only: bool,
    /// Index of the source in the session.
    pub(super) source: usize,
    /// Offset in the source of the first byte that is read here.
    pub(super) offset: u64,
}

/// Length of [`SessionSink::recent`].
const RECENT_COMPUTERS: usize = 8;

/// Event id of script blocks.
const SCRIPT_BLOCK_ID: u32 = 4104;

/// Start of a text that Protected Event Logging encrypted.
const CMS_HEADER: &str = "-----BEGIN CMS-----";

impl Sink for SessionSink<'_> {
    fn script(&mut self, record: &ScriptRecord<'_>) {
        // The same record may be elsewhere in the log, and event mode shows what Windows would show, each record once.
        if self.is_event_mode && record.place.recovery == Recovery::Unused {
            return;
        }
        if self.rules.reads_raw() {
            let full = EventWithRaw(record.full);
            return self.add_in_source(&ScriptRecord { full: &full, ..*record });
        }
        self.add_in_source(record);
    }

    fn other(&mut self, record: &OtherRecord<'_>) {
        self.stats.records += 1;
        if let Some(id) = record.id {
            self.stats.add_other(id, 1);
            if id == SCRIPT_BLOCK_ID {
                let provider = record.provider.map(|name| name.to_lossy()).unwrap_or_default();
                self.stats.add_other_provider(provider, 1);
            }
        }
        self.count(record.time, record.zone_assumed, record.time_guess, record.computer);
        self.recovered_other(record);
    }

    fn recovered_other(&mut self, record: &OtherRecord<'_>) {
        if let Some(id) = record.id.filter(|id| self.inventory.is_some() && may_be_context(*id)) {
            self.add_context(id, record);
        }
    }

    fn non_event(&mut self, offset: u64, describe: &dyn Fn() -> String) {
        let stats = &mut *self.stats;
        stats.non_events += 1;
        let offset = offset + self.offset;
        if stats.first_non_event.as_ref().is_none_or(|(first, _)| offset < *first) {
            stats.first_non_event = Some((offset, describe()));
        }
    }

    fn replaced(&mut self, count: u64, first: u64) {
        self.stats.replaced_bytes += count;
        let first = first + self.offset;
        self.stats.first_replaced =
            Some(self.stats.first_replaced.map_or(first, |own| own.min(first)));
    }

    fn textless(&mut self, offset: u64) {
        self.stats.textless += 1;
        let offset = offset + self.offset;
        let first = self.stats.first_textless.map_or(offset, |first| first.min(offset));
        self.stats.first_textless = Some(first);
    }

    fn text_end(&mut self, has_records: bool) {
        self.stats.has_text_with_records |= has_records;
        self.stats.has_text_without_records |= !has_records;
    }

    fn problem(&mut self, mut problem: Problem) {
        problem.offset = problem.offset.map(|offset| offset + self.offset);
        self.stats.add_problem(problem);
    }
}

impl SessionSink<'_> {
    /// Adds a record at its location in the whole source.
    fn add_in_source(&mut self, record: &ScriptRecord<'_>) {
        if self.offset > 0 {
            let place = self.in_source(record.place);
            let full = ShiftedEvent { full: record.full, place };
            return self.add_named(&ScriptRecord { place, full: &full, ..*record });
        }
        self.add_named(record);
    }

    /// Adds an event beside script blocks to the inventory, if it is one that is listed.
    #[inline(never)]
    fn add_context(&mut self, id: u32, record: &OtherRecord<'_>) {
        let Some(inventory) = &mut self.inventory else { return };
        if !self.rules.is_time_in_range(record.time) {
            return;
        }
        let event = record.full.full_event();
        let provider = record.full.provider();
        let computer = record.computer.map(|name| name.to_lossy()).filter(|name| !name.is_empty());
        let computer = computer.as_deref().or(self.default_computer);
        let place = (&event, computer, event.place.offset + self.offset);
        inventory.add_context((id, provider.as_deref()), place, self.source, self.user_names);
    }

    /// Notes the format and encoding that were detected so far.
    pub(super) fn set_format(&mut self, source: &Source) {
        self.stats.format = source.format().map(|format| format.as_str().to_owned());
        self.stats.encoding = source.encoding().map(|encoding| encoding.as_str().to_owned());
    }

    /// The location in the whole source of one in the range that is read.
    fn in_source(&self, place: RecordLocation) -> RecordLocation {
        RecordLocation {
            offset: place.offset + self.offset,
            frame: place.frame + self.offset,
            ..place
        }
    }

    /// Adds a record, with the default computer if it names none.
    fn add_named(&mut self, record: &ScriptRecord<'_>) {
        let is_nameless = record.computer.is_none_or(|name| name.is_empty());
        match is_nameless.then_some(self.default_computer).flatten() {
            None => self.add(record),
            Some(name) => {
                let full = NamedEvent { record, name };
                self.add(&ScriptRecord { computer: Some(Raw::from(name)), full: &full, ..*record });
            }
        }
    }

    fn add(&mut self, record: &ScriptRecord<'_>) {
        self.stats.records += 1;
        self.stats.events += 1;
        self.count(record.time, record.zone_assumed, record.time_guess, record.computer);
        if let Some(level) = record.level {
            *self.stats.levels.entry(level.into()).or_default() += 1;
        }
        self.stats.encrypted += u64::from(is_encrypted(record.text));
        self.stats.recovered += u64::from(record.place.is_recovered());
        let has_fields = [
            record.time.is_some(),
            record.computer.is_some(),
            record.record.is_some(),
            record.script_block_id.is_some(),
            record.number.is_some(),
        ];
        for (count, has_field) in self.stats.field_counts.iter_mut().zip(has_fields) {
            *count += u64::from(has_field);
        }
        self.note_unnumbered(record);
        let [seconds, nanos] = fingerprint::time_words(record.time);
        let words = [record.place.offset, record.record.unwrap_or(0), seconds, nanos];
        let fingerprint = fingerprint::hash_words(words);
        self.stats.fingerprint = self.stats.fingerprint.wrapping_add(fingerprint);
        if let Some(id) = record.record {
            let id = fingerprint::hash_words([id]);
            self.stats.record_ids = self.stats.record_ids.wrapping_add(id);
        }
        self.fields.observe(record);
        self.store.add(record, self.source, self.rules);
        if let Some(inventory) = &mut self.inventory
            && self.rules.is_time_in_range(record.time)
            && (!self.candidates_only || is_part(record) || self.rules.may_match(record.text))
        {
            let mode = if self.is_event_mode { Mode::Event } else { Mode::Block };
            inventory.add(record, self.source, mode, self.user_names);
        }
    }

    /// Notes a record that may be a part of a script block, but cannot be joined by its number. Event mode joins none.
    fn note_unnumbered(&mut self, record: &ScriptRecord<'_>) {
        let number = record.number.unwrap_or(1);
        let is_numbered = record.total.is_some_and(|total| (1..=total).contains(&number));
        let id = record.script_block_id.filter(|id| !id.is_empty());
        let (false, false, Some(id)) = (self.is_event_mode, is_numbered, id) else { return };
        let hash = match record.text {
            Raw::Escaped(text) => xxh3_64(&text.decode()),
            text => xxh3_64(text.bytes()),
        };
        let computer = record.computer.map(|name| name.to_lossy()).unwrap_or_default();
        let names = (fold_case(&computer), fold_case(&id.to_lossy()));
        let offset = record.place.offset;
        let texts = UnnumberedTexts { computer, records: 1, least: hash, greatest: hash, offset };
        self.stats.add_unnumbered(names, texts);
    }

    /// Counts what records of all ids have.
    fn count(
        &mut self,
        time: Option<Time>,
        zone_assumed: bool,
        guess: TimeGuess<'_>,
        computer: Option<Raw<'_>>,
    ) {
        let stats = &mut *self.stats;
        stats.zone_assumed |= zone_assumed;
        stats.date_order_assumed |= guess.date_order;
        if let Some(field) = guess.field {
            stats.add_time_field(String::from_utf8_lossy(field).into_owned());
        }
        if let Some(time) = time {
            stats.first_time = Some(stats.first_time.map_or(time, |first| first.min(time)));
            stats.last_time = stats.last_time.max(Some(time));
        }
        let Some(computer) = computer else { return };
        let bytes = computer.bytes();
        if self.recent.iter().any(|known| simd::is_equal(known, bytes)) {
            return;
        }
        if self.recent.len() == RECENT_COMPUTERS {
            self.recent.remove(0);
        }
        self.recent.push(bytes.to_vec());
        let name = computer.to_lossy();
        if !name.is_empty() {
            stats.add_computer(name);
        }
    }
}

/// An event together with its record as the source has it, for searches that ask for `_raw`.
struct EventWithRaw<'a>(&'a dyn FullEvent);

impl FullEvent for EventWithRaw<'_> {
    fn event(&self) -> Event {
        let mut event = self.0.event();
        match self.0.raw() {
            RawRecord::Text(text) => event.set_raw(&String::from_utf8_lossy(text)),
            RawRecord::Binary => event.set_raw(&event.to_xml(&event.text.to_lossy())),
            RawRecord::Unavailable => {
                let message = event.message.clone();
                event.set_raw(&message.unwrap_or_else(|| event.to_xml(&event.text.to_lossy())));
            }
        }
        event
    }

    fn event_fields(&self) -> Event {
        self.0.event_fields()
    }

    fn part(&self) -> Event {
        self.0.part()
    }

    fn raw(&self) -> RawRecord<'_> {
        self.0.raw()
    }

    fn fingerprint(&self) -> Option<u64> {
        self.0.fingerprint()
    }
}

/// An event without a computer, with the default one.
struct NamedEvent<'a> {
    record: &'a ScriptRecord<'a>,
    name: &'a str,
}

impl FullEvent for NamedEvent<'_> {
    fn event(&self) -> Event {
        Event { computer: Some(self.name.to_owned()), ..self.record.full.event() }
    }

    fn event_fields(&self) -> Event {
        Event { computer: Some(self.name.to_owned()), ..self.record.full.event_fields() }
    }

    fn shape(&self) -> Option<u64> {
        self.record.full.shape()
    }

    fn part(&self) -> Event {
        self.record.full.part()
    }

    fn raw(&self) -> RawRecord<'_> {
        self.record.full.raw()
    }
}

/// An event of a range, at its location in the whole source.
struct ShiftedEvent<'a> {
    full: &'a dyn FullEvent,
    place: RecordLocation,
}

impl FullEvent for ShiftedEvent<'_> {
    fn event(&self) -> Event {
        Event { place: self.place, ..self.full.event() }
    }

    fn event_fields(&self) -> Event {
        self.full.event_fields()
    }

    fn shape(&self) -> Option<u64> {
        self.full.shape()
    }

    fn part(&self) -> Event {
        Event { place: self.place, ..self.full.part() }
    }

    fn raw(&self) -> RawRecord<'_> {
        self.full.raw()
    }
}

/// Whether a record may be one of several parts, of which one may lack what the joined text has.
fn is_part(record: &ScriptRecord<'_>) -> bool {
    record.total.is_some_and(|total| total > 1)
}

fn is_encrypted(text: Raw<'_>) -> bool {
    match text {
        Raw::Wtf8(bytes) => bytes.starts_with(CMS_HEADER.as_bytes()),
        // No format escapes a character of the header.
        Raw::Escaped(text) => text.bytes().starts_with(CMS_HEADER.as_bytes()),
        Raw::Utf16(bytes) => {
            let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
            bytes.len() >= CMS_HEADER.len() * 2
                && CMS_HEADER.encode_utf16().eq(units.take(CMS_HEADER.len()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encrypted_texts_are_known_in_both_encodings() {
        let text = format!("{CMS_HEADER}\nMIIB");
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(is_encrypted(Raw::from(text.as_str())));
        assert!(is_encrypted(Raw::Utf16(&utf16)));
        assert!(!is_encrypted(Raw::Utf16(&utf16[..20])));
        assert!(!is_encrypted(Raw::from("Get-Date # -----BEGIN CMS-----")));
    }
}
