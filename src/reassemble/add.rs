//! Adds one record to a [`BlockStore`].

use super::block::ScriptBlock;
use super::digest::TextDigest;
use super::evicted::{Evicted, EvictedDetail};
use super::filter::{BlockFilter, MatchedBlock};
use super::key::{block_key, record_fingerprint, record_number};
use super::mode::Mode;
use super::parts::AddOutcome;
use super::resident::{Resident, Verdict};
use super::store::BlockStore;
use super::table::BlockState;
use crate::limits;
use crate::source::ScriptRecord;
use crate::text::Raw;
use std::cmp::Ordering;

impl BlockStore {
    /// Adds one record of the source with this index.
    pub fn add(&mut self, record: &ScriptRecord<'_>, source: usize, filter: &dyn BlockFilter) {
        let id = record.script_block_id.filter(|id| !id.is_empty());
        let number = record_number(record);
        match (self.mode, id, record.total) {
            // A number outside its total, such as 0 of 0 in an error message, makes a standalone block.
            (Mode::Block, Some(id), Some(total)) if (1..=total).contains(&number) => {
                match number > limits::PARTS {
                    true => self.note_too_long(record),
                    false => self.add_with_id(record, id, source, filter),
                }
            }
            _ => self.add_standalone(record, source, filter),
        }
        self.enforce_budget(filter);
    }

    fn add_standalone(
        &mut self,
        record: &ScriptRecord<'_>,
        source: usize,
        filter: &dyn BlockFilter,
    ) {
        self.count_standalone(source, 1);
        if filter.may_match(record.text) {
            let block = ScriptBlock::from_event(record.full.event(), source);
            let rules = filter.matching_rules(&block);
            if !rules.is_empty() {
                self.keep_standalone(MatchedBlock { block, rules });
            }
        }
    }

    fn add_with_id(
        &mut self,
        record: &ScriptRecord<'_>,
        id: Raw<'_>,
        source: usize,
        filter: &dyn BlockFilter,
    ) {
        let total = record.total.unwrap_or(1);
        let key = block_key(record.computer, id, total);
        let is_single = total == 1;
        match self.blocks.get(key) {
            None if self.blocks.len() >= limits::REMEMBERED_BLOCKS => {
                self.not_remembered += 1;
                self.add_standalone(record, source, filter);
            }
            None if is_single => self.add_single(key, record, source, filter),
            None => {
                self.blocks.insert(key, BlockState::Resident(Box::default()));
                self.add_part(key, record, source, filter);
            }
            Some(BlockState::Evicted(evicted)) => {
                let evicted = evicted.clone();
                self.add_to_evicted(key, evicted, record, source, filter);
            }
            Some(BlockState::Resident(_)) => self.add_part(key, record, source, filter),
        }
    }

    /// Adds the first record of a block that has one part.
    fn add_single(
        &mut self,
        key: u64,
        record: &ScriptRecord<'_>,
        source: usize,
        filter: &dyn BlockFilter,
    ) {
        let mut detail = None;
        if filter.may_match(record.text) {
            let mut resident = Resident::default();
            resident.parts.add(record.full.event(), None, source, Ordering::Equal);
            let fingerprint = record_fingerprint(record);
            if let Some(matched) = resident.evaluate(filter) {
                resident.fingerprint = fingerprint;
                self.blocks.insert(key, BlockState::Resident(Box::new(resident)));
                self.keep_matched(key, &matched);
                return;
            }
            detail = fingerprint.map(|known| Box::new(EvictedDetail::Rejected(known)));
        }
        let digest = TextDigest::new(record.text);
        let evicted = Evicted { source, digest, is_multipart: false, incomplete: false, detail };
        self.blocks.insert(key, BlockState::Evicted(evicted));
    }

    /// Adds a record of a block that was evicted.
    fn add_to_evicted(
        &mut self,
        key: u64,
        evicted: Evicted,
        record: &ScriptRecord<'_>,
        source: usize,
        filter: &dyn BlockFilter,
    ) {
        if evicted.is_multipart {
            if !evicted.was_cut(TextDigest::new(record.text_until_nul()).units) {
                return self.note_copy(key, evicted.source, source);
            }
            self.note_replaced(key, &evicted);
            self.blocks.insert(key, BlockState::Resident(Box::default()));
            return self.add_part(key, record, source, filter);
        }
        let digest = TextDigest::new(record.text);
        // Rules are evaluated even if the digest is the same: either they rejected this record before, or it is another
        // text.
        let is_evaluated = evicted.over_budget_rules().is_none()
            && !evicted.has_rejected(|| record_fingerprint(record))
            && filter.may_match(record.text);
        let is_matched = is_evaluated && is_matched_alone(record, source, filter);
        if digest == evicted.digest && !is_matched {
            // The next copies are likely to be of the same source and to have the same fingerprint.
            if is_evaluated
                && let Some(fingerprint) = record_fingerprint(record)
                && let Some(BlockState::Evicted(evicted)) = self.blocks.get_mut(key)
            {
                evicted.detail = Some(Box::new(EvictedDetail::Rejected(fingerprint)));
            }
            return self.note_copy(key, evicted.source, source);
        }
        self.note_conflict(key, 1);
        if evicted.loses_to(digest, is_matched) {
            self.forget_copies(key);
            self.add_single(key, record, source, filter);
        }
    }

    /// Adds a record to a resident block.
    fn add_part(
        &mut self,
        key: u64,
        record: &ScriptRecord<'_>,
        source: usize,
        filter: &dyn BlockFilter,
    ) {
        let Some(resident) = self.blocks.resident_mut(key) else { return };
        if resident.fingerprint.is_some_and(|known| Some(known) == record_fingerprint(record)) {
            return resident.add_copy(&record.full.part(), source);
        }
        resident.fingerprint = None;
        // Only the lowest part lends its fields to the block.
        let number = record_number(record);
        let is_lowest = !resident.parts.has_part_before(number);
        let deferred = is_lowest.then(|| record.full.deferred_fields()).flatten();
        let event = match deferred {
            None if is_lowest => record.full.event(),
            _ => record.full.part(),
        };
        let preference = match resident.parts.ties_with(&event.text) {
            true => {
                let is_matched =
                    filter.may_match(record.text) && is_matched_alone(record, source, filter);
                is_matched.cmp(&resident.is_matched(filter))
            }
            false => Ordering::Equal,
        };
        let outcome = resident.parts.add(event, deferred, source, preference);
        let has_changed =
            matches!(outcome, AddOutcome::New | AddOutcome::Replaced | AddOutcome::Repeated);
        if record.total.unwrap_or(1) == 1
            && matches!(outcome, AddOutcome::New | AddOutcome::Repeated)
        {
            resident.fingerprint = record_fingerprint(record);
        }
        if has_changed {
            resident.verdict = Verdict::Pending;
            self.enqueue(key, filter);
        }
        match outcome {
            AddOutcome::Replaced | AddOutcome::Lost => self.note_conflict(key, number),
            AddOutcome::TooLong => self.note_too_long(record),
            AddOutcome::New | AddOutcome::Repeated => {}
        }
        self.evict_over_limits(filter);
    }
}

/// Whether rules match a record as a block of its own. Expects that the prefilter lets its text through.
fn is_matched_alone(record: &ScriptRecord<'_>, source: usize, filter: &dyn BlockFilter) -> bool {
    !filter.matching_rules(&ScriptBlock::from_event(record.full.event(), source)).is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Loud, event, records, store_of, texts};
    use super::*;
    use crate::event::Event;
    use crate::source::FullEvent;
    use proptest::prelude::*;
    use std::cell::Cell;

    #[test]
    fn a_word_cut_at_a_parts_end_is_found_in_block_mode_only() {
        struct Word;
        impl BlockFilter for Word {
            fn may_match(&self, text: Raw<'_>) -> bool {
                text.to_lossy().contains("Remoting")
            }
            fn matching_rules(&self, block: &ScriptBlock) -> Vec<u32> {
                if self.may_match(Raw::from(&*block.text)) { vec![7] } else { Vec::new() }
            }
        }
        let parts = [event("a", 2, 2, "oting"), event("a", 1, 2, "Enable-PSRem")];
        for (mode, found) in [(Mode::Block, 1), (Mode::Event, 0)] {
            let mut store = BlockStore::new(mode);
            for part in &parts {
                store.add(&ScriptRecord::from_event(part, false), 0, &Word);
            }
            assert_eq!(store.matched_blocks(&Word).blocks.len(), found);
        }
    }

    #[test]
    fn records_without_an_id_and_records_numbered_0_of_0_are_standalone_blocks() {
        let mut without_id = event("", 1, 1, "one!");
        without_id.script_block_id = None;
        let error = event("same", 0, 0, "two!");
        let events = [(0, without_id.clone()), (0, without_id), (0, error.clone()), (0, error)];
        assert_eq!(texts(&mut store_of(Mode::Block, &events)).len(), 4);
    }

    #[test]
    fn the_longer_text_under_an_id_wins_and_is_a_conflict() {
        let loud = (0, event("a", 1, 1, "short!"));
        let quiet = (0, event("a", 1, 1, "much longer"));
        for events in [[loud.clone(), quiet.clone()], [quiet, loud]] {
            let mut store = store_of(Mode::Block, &events);
            assert_eq!(texts(&mut store), [""; 0]);
            assert_eq!(store.conflicts(), 1);
        }
    }

    #[test]
    fn parts_numbered_past_the_limit_are_left_out_and_reported() {
        let events = [1, limits::PARTS, limits::PARTS + 1, u32::MAX]
            .map(|number| (0, event("a", number, u32::MAX, &format!("{number}!"))));
        let mut store = store_of(Mode::Block, &events);
        assert_eq!(texts(&mut store), ["1!\n16384!"]);
        assert_eq!(store.too_long().count(), 1);
    }

    /// A record with a fingerprint, which counts how often its full event is read.
    struct Fingerprinted<'a>(&'a Event, Cell<usize>);

    impl FullEvent for Fingerprinted<'_> {
        fn event(&self) -> Event {
            self.1.set(self.1.get() + 1);
            self.0.clone()
        }

        fn part(&self) -> Event {
            self.0.clone()
        }

        fn fingerprint(&self) -> Option<u64> {
            Some(7)
        }
    }

    /// Rejects every text that it might match.
    struct Rejecting;

    impl BlockFilter for Rejecting {
        fn may_match(&self, text: Raw<'_>) -> bool {
            Loud.may_match(text)
        }

        fn matching_rules(&self, _: &ScriptBlock) -> Vec<u32> {
            Vec::new()
        }
    }

    #[test]
    fn the_full_event_of_a_records_copies_is_read_once() {
        let one = event("a", 1, 1, "a!");
        for filter in [&Loud as &dyn BlockFilter, &Rejecting] {
            let mut store = BlockStore::new(Mode::Block);
            // The first records of a source have no fingerprint yet.
            store.add(&ScriptRecord::from_event(&one, false), 0, filter);
            let full = Fingerprinted(&one, Cell::default());
            let record = ScriptRecord { full: &full, ..ScriptRecord::from_event(&one, false) };
            for source in [0, 0, 1, 0] {
                store.add(&record, source, filter);
            }
            assert_eq!(full.1.get(), 1);
            let tallies = store.tallies(&[1, 0]);
            assert_eq!(tallies.iter().map(|own| own.script_blocks).collect::<Vec<_>>(), [0, 1]);
        }
    }

    proptest! {
        #[test]
        fn the_order_of_records_does_not_matter(mut records in records()) {
            let facts = |records: &[_]| {
                let mut store = store_of(Mode::Block, records);
                let tallies = store.tallies(&[2, 0, 1]);
                (texts(&mut store), tallies.iter().map(|own| own.script_blocks).sum::<u64>())
            };
            let forward = facts(&records);
            records.reverse();
            prop_assert_eq!(forward, facts(&records));
        }
    }
}
