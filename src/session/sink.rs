//! [`Intake`]: what a source hands on, counted and passed to the store.

use crate::detect::RuleFilter;
use crate::error::Problem;
use crate::event::{Event, RecordLocation};
use crate::fingerprint;
use crate::reassemble::BlockStore;
use crate::report::SourceFacts;
use crate::simd;
use crate::source::{FullEvent, OtherRecord, ScriptRecord, Sink, Source};
use crate::text::Raw;
use crate::time::Time;

pub(super) struct Intake<'a> {
    pub(super) facts: &'a mut SourceFacts,
    pub(super) store: &'a mut BlockStore,
    pub(super) rules: &'a RuleFilter,
    /// The computer of events that name none.
    pub(super) fill: Option<&'a str>,
    /// Computers seen of late, as they stood: most logs name few, and these need no look-up.
    pub(super) recent: &'a mut Vec<Vec<u8>>,
    pub(super) source: usize,
    /// Where in the source the bytes begin that are read here.
    pub(super) offset: u64,
}

/// Computers remembered as they stood.
const RECENT: usize = 8;

/// How the text of an event begins that Protected Event Logging encrypted.
const CMS: &str = "-----BEGIN CMS-----";

impl Sink for Intake<'_> {
    fn script(&mut self, seen: &ScriptRecord<'_>) {
        if self.offset > 0 {
            let place = self.moved(seen.place);
            let whole = Moved { full: seen.full, place };
            return self.name(&ScriptRecord { place, full: &whole, ..*seen });
        }
        self.name(seen);
    }

    fn other(&mut self, seen: &OtherRecord<'_>) {
        self.facts.records += 1;
        if let Some(id) = seen.id {
            self.facts.add_other(id, 1);
        }
        self.note(seen.time, seen.zone_assumed, seen.computer);
    }

    fn non_event(&mut self, offset: u64) {
        self.facts.strays += 1;
        let first = offset + self.offset;
        self.facts.first_stray = Some(self.facts.first_stray.map_or(first, |own| own.min(first)));
    }

    fn text_end(&mut self, has_records: bool) {
        self.facts.with_records |= has_records;
        self.facts.without_records |= !has_records;
    }

    fn problem(&mut self, mut problem: Problem) {
        problem.offset = problem.offset.map(|offset| offset + self.offset);
        self.facts.add_problem(problem);
    }
}

impl Intake<'_> {
    /// Notes what the source is by now known to be.
    pub(super) fn told(&mut self, source: &Source) {
        self.facts.format = source.format().map(|format| format.as_str().to_owned());
        self.facts.encoding = source.encoding().map(|encoding| encoding.as_str().to_owned());
    }

    /// Names the computer where the event does not.
    fn name(&mut self, seen: &ScriptRecord<'_>) {
        let nameless = seen.computer.is_none_or(|name| name.is_empty());
        let filled = nameless.then_some(self.fill).flatten();
        match filled {
            None => self.take(seen),
            Some(name) => {
                let whole = Filled { seen, name };
                self.take(&ScriptRecord { computer: Some(Raw::from(name)), full: &whole, ..*seen });
            }
        }
    }

    fn moved(&self, place: RecordLocation) -> RecordLocation {
        RecordLocation {
            offset: place.offset + self.offset,
            frame: place.frame + self.offset,
            length: place.length,
        }
    }

    fn take(&mut self, seen: &ScriptRecord<'_>) {
        self.facts.records += 1;
        self.facts.events += 1;
        self.note(seen.time, seen.zone_assumed, seen.computer);
        if let Some(level) = seen.level {
            *self.facts.levels.entry(level.into()).or_default() += 1;
        }
        self.facts.encrypted += u64::from(begins_cms(seen.text));
        let having = [
            seen.time.is_some(),
            seen.computer.is_some(),
            seen.record.is_some(),
            seen.script_block_id.is_some(),
            seen.number.is_some(),
        ];
        for (count, has) in self.facts.having.iter_mut().zip(having) {
            *count += u64::from(has);
        }
        let [seconds, nanos] = fingerprint::time_words(seen.time);
        let mark =
            fingerprint::hash_words([seen.place.offset, seen.record.unwrap_or(0), seconds, nanos]);
        self.facts.fingerprint = self.facts.fingerprint.wrapping_add(mark);
        self.store.add(seen, self.source, self.rules);
    }

    fn note(&mut self, time: Option<Time>, zone_assumed: bool, computer: Option<Raw<'_>>) {
        self.facts.zone_assumed |= zone_assumed;
        if let Some(time) = time {
            self.facts.first = Some(self.facts.first.map_or(time, |first| first.min(time)));
            self.facts.last = self.facts.last.max(Some(time));
        }
        let Some(computer) = computer else { return };
        let bytes = computer.bytes();
        if self.recent.iter().any(|known| simd::is_equal(known, bytes)) {
            return;
        }
        if self.recent.len() == RECENT {
            self.recent.remove(0);
        }
        self.recent.push(bytes.to_vec());
        let name = computer.to_lossy();
        if !name.is_empty() {
            self.facts.add_computer(name);
        }
    }
}

/// An event whose computer the caller named.
struct Filled<'a> {
    seen: &'a ScriptRecord<'a>,
    name: &'a str,
}

impl FullEvent for Filled<'_> {
    fn event(&self) -> Event {
        Event { computer: Some(self.name.to_owned()), ..self.seen.full.event() }
    }

    fn part(&self) -> Event {
        self.seen.full.part()
    }
}

/// An event of a range, at its place in the whole source.
struct Moved<'a> {
    full: &'a dyn FullEvent,
    place: RecordLocation,
}

impl FullEvent for Moved<'_> {
    fn event(&self) -> Event {
        Event { place: self.place, ..self.full.event() }
    }

    fn part(&self) -> Event {
        Event { place: self.place, ..self.full.part() }
    }
}

fn begins_cms(text: Raw<'_>) -> bool {
    match text {
        Raw::Wtf8(bytes) => bytes.starts_with(CMS.as_bytes()),
        // Nothing in it has to be escaped.
        Raw::Escaped(text) => text.bytes().starts_with(CMS.as_bytes()),
        Raw::Utf16(bytes) => {
            let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
            bytes.len() >= CMS.len() * 2 && CMS.encode_utf16().eq(units.take(CMS.len()))
        }
    }
}
