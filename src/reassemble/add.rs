//! Adds one record to a [`BlockStore`].

use super::block::{PartCopy, ScriptBlock};
use super::digest::TextDigest;
use super::digests::{DigestEntry, source_number};
use super::filter::{BlockFilter, MatchedBlock};
use super::key::{BlockKey, block_key, record_fingerprint, record_number};
use super::matched_texts::TextKey;
use super::mode::Mode;
use super::parts::{AddOutcome, Limit, add_copy};
use super::store::BlockStore;
use super::variants::evaluate;
use crate::source::ScriptRecord;
use crate::text::Raw;
use std::sync::Arc;

impl BlockStore {
    /// Adds one record of the source with this index.
    pub fn add(&mut self, record: &ScriptRecord<'_>, source: usize, filter: &dyn BlockFilter) {
        let id = record.script_block_id.filter(|id| !id.is_empty());
        let number = record_number(record);
        match (self.mode, id, record.total) {
            // A number outside its total, such as 0 of 0 in an error message, makes a standalone block.
            (Mode::Block, Some(id), Some(total)) if (1..=total).contains(&number) => {
                self.add_digest(record, (id, number, total), source);
                match total {
                    1 => self.add_text(record, source, filter),
                    _ => self.add_part(record, number, source, filter),
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
            let mut block = ScriptBlock::from_event(record.full.event(), source);
            let rules = filter.matching_rules(&block);
            self.missed_views.note(filter.take_missed_views(), || BlockKey::of(record));
            if !rules.is_empty() {
                block.text = filter.shared_text(&block.text);
                self.keep_standalone(Arc::new(MatchedBlock::new(block, rules)), filter);
            }
        }
    }

    fn add_digest(
        &mut self,
        record: &ScriptRecord<'_>,
        (id, number, total): (Raw<'_>, u32, u32),
        source: usize,
    ) {
        self.digests.insert(DigestEntry {
            key: block_key(record.computer, id),
            total,
            number,
            tag: TextDigest::new(record.text).tag(),
            source: source_number(source),
            record: record.record.and_then(|record| record.try_into().ok()).unwrap_or(u32::MAX),
        });
    }

    /// Adds a record whose block has one part. Its text is searched even if other records have its id.
    fn add_text(&mut self, record: &ScriptRecord<'_>, source: usize, filter: &dyn BlockFilter) {
        if !filter.may_match(record.text) {
            return;
        }
        let fingerprint = record_fingerprint(record);
        let text = record.text.bytes();
        match fingerprint.and_then(|fingerprint| self.evaluated.get(fingerprint, text)) {
            Some(Some(key)) if self.add_known_copy(&key, record, source) => return,
            Some(None) => return,
            Some(Some(_)) | None => {}
        }
        let event = record.full.event();
        let mut block = ScriptBlock { standalone: false, ..ScriptBlock::from_event(event, source) };
        let rules = filter.matching_rules(&block);
        self.missed_views.note(filter.take_missed_views(), || BlockKey::of(record));
        let mut matched = None;
        if !rules.is_empty() {
            block.text = filter.shared_text(&block.text);
            let key = BlockKey::of(record);
            matched = Some(TextKey { block: key.clone(), text: Arc::clone(&block.text) });
            self.keep_text(key, Arc::new(MatchedBlock::new(block, rules)), filter);
        }
        if let Some(fingerprint) = fingerprint {
            self.evaluated.insert(fingerprint, text, matched);
        }
    }

    /// Adds a copy of a record to the text that rules match in it. Returns whether that is kept.
    fn add_known_copy(&mut self, key: &TextKey, record: &ScriptRecord<'_>, source: usize) -> bool {
        let Some(matched) = self.texts.get_mut(key).and_then(|blocks| blocks.first_mut()) else {
            return false;
        };
        let copy = PartCopy::new(&record.full.part(), source);
        let block = &mut Arc::make_mut(matched).block;
        block
            .parts
            .iter_mut()
            .take(1)
            .for_each(|part| _ = add_copy(&mut part.copies, copy.clone()));
        true
    }

    /// Adds a record whose block has several parts.
    fn add_part(
        &mut self,
        record: &ScriptRecord<'_>,
        number: u32,
        source: usize,
        filter: &dyn BlockFilter,
    ) {
        let key = BlockKey::of(record);
        if number > self.limits.parts {
            self.too_long.insert(&key);
            return self.add_text(record, source, filter);
        }
        let resident = self.multiparts.entry(key.clone()).or_default();
        // Only the lowest part lends its fields to the block.
        let is_lowest = !resident.parts.has_part_before(number);
        let deferred = is_lowest.then(|| record.full.deferred_fields()).flatten();
        let event = match deferred {
            None if is_lowest => record.full.event(),
            _ => record.full.part(),
        };
        let outcome = resident.parts.add(event, deferred, source, &self.limits);
        if let AddOutcome::Repeated { has_changed: false } = outcome {
            return;
        }
        resident.verdict = None;
        self.search_excess(&key, outcome, filter);
        self.enqueue(&key, filter);
        self.evict_over_limits(filter);
    }

    /// Searches a record by itself that exceeds a limit of its block.
    pub(super) fn search_excess(
        &mut self,
        key: &BlockKey,
        outcome: AddOutcome,
        filter: &dyn BlockFilter,
    ) {
        let AddOutcome::Excess(record, limit) = outcome else { return };
        match limit {
            Limit::TextBytes => self.too_long.insert(key),
            Limit::PartTexts => {
                self.in_pairs.insert(key);
                self.in_some_pairs.insert(key);
            }
        }
        let Some(resident) = self.multiparts.get(key) else { return };
        let single = resident.parts.to_single(*record, &self.limits);
        let blocks = evaluate(&single, filter, &self.limits).blocks;
        self.note_views(key, filter);
        for matched in blocks {
            self.keep_text(key.clone(), matched, filter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::bounds::StoreLimits;
    use super::super::testing::{Loud, event, limited_store, records, store_of, texts};
    use super::*;
    use crate::event::Event;
    use crate::limits;
    use crate::source::FullEvent;
    use proptest::prelude::*;
    use std::cell::Cell;
    use std::collections::BTreeSet;

    #[test]
    fn a_word_cut_at_a_parts_end_is_found_in_block_mode_only() {
        let parts = [event("a", 2, 2, "oting"), event("a", 1, 2, "Enable-PSRem")];
        for (mode, found) in [(Mode::Block, 1), (Mode::Event, 0)] {
            let mut store = BlockStore::new(mode);
            for part in &parts {
                store.add(&ScriptRecord::from_event(part, false), 0, &Word("Remoting"));
            }
            assert_eq!(store.matched_blocks(&Word("Remoting")).blocks.len(), found);
        }
    }

    /// Matches every block with a word in it.
    struct Word(&'static str);

    impl BlockFilter for Word {
        fn may_match(&self, text: Raw<'_>) -> bool {
            text.to_lossy().contains(self.0)
        }

        fn matching_rules(&self, block: &ScriptBlock) -> Vec<u32> {
            if block.text.contains(self.0) { vec![7] } else { Vec::new() }
        }
    }

    #[test]
    fn records_without_an_id_and_records_numbered_0_of_0_are_standalone_blocks() {
        let mut without_id = event("", 1, 1, "one!");
        without_id.script_block_id = None;
        let error = event("same", 0, 0, "two!");
        let beyond = event("same", 3, 2, "three!");
        let all = [without_id, event("", 1, 1, "one!"), error, beyond];
        let events: Vec<_> = all.iter().chain(&all).map(|event| (0, event.clone())).collect();
        assert_eq!(texts(&mut store_of(Mode::Block, &events)).len(), 8);
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
    fn the_full_event_of_a_records_copies_is_read_once_and_collisions_hide_none() {
        let one = event("a", 1, 1, "a!");
        for filter in [&Loud as &dyn BlockFilter, &Rejecting] {
            let mut store = BlockStore::new(Mode::Block);
            let full = Fingerprinted(&one, Cell::default());
            let record = ScriptRecord { full: &full, ..ScriptRecord::from_event(&one, false) };
            for source in [0, 0, 1, 0] {
                store.add(&record, source, filter);
            }
            assert_eq!(full.1.get(), 1);
            let tallies = store.tallies(&[1, 0]);
            assert_eq!(tallies.iter().map(|own| own.script_blocks).collect::<Vec<_>>(), [0, 1]);
            let other = event("a", 1, 1, "b!");
            let full = Fingerprinted(&other, Cell::default());
            let record = ScriptRecord { full: &full, ..ScriptRecord::from_event(&other, false) };
            store.add(&record, 0, filter);
            assert_eq!(full.1.get(), 1, "a text with the same hash");
        }
    }

    #[test]
    fn every_text_under_an_id_is_searched() {
        let loud = (0, event("a", 1, 1, "short!"));
        let quiet = (0, event("a", 1, 1, "much longer"));
        let other = (1, event("A", 1, 1, "and another!"));
        for events in [[&loud, &quiet, &other], [&other, &quiet, &loud]] {
            let events = events.map(Clone::clone);
            let mut store = store_of(Mode::Block, &events);
            let found = store.matched_blocks(&Loud);
            let variants = found
                .blocks
                .iter()
                .map(|found| (&*found.block.text, found.block.variant.unwrap().number));
            assert_eq!(variants.collect::<Vec<_>>(), [("and another!", 1), ("short!", 2)]);
            assert_eq!(found.conflicts.len(), 1);
            assert_eq!(found.conflicts[0].names, Some(("FS03".to_owned(), "A".to_owned())));
        }
        let mut alone = store_of(Mode::Block, &[loud.clone(), loud]);
        let found = alone.matched_blocks(&Loud);
        assert_eq!((found.conflicts_total, found.blocks[0].block.variant), (0, None));
    }

    #[test]
    fn an_id_with_another_number_of_parts_is_a_conflict() {
        let one = (0, event("a", 1, 1, "a!"));
        for (number, total, text) in [(1, 2, "quiet"), (2, 3, "other!"), (1, 2, "a!")] {
            let events = [one.clone(), (0, event("a", number, total, text))];
            let mut store = store_of(Mode::Block, &events);
            let found = store.matched_blocks(&Loud);
            assert_eq!((found.conflicts.len(), found.conflicts_total), (1, 1));
            assert!(found.conflicts[0].names.is_some());
            assert_eq!(store.len(), 2);
            assert!(found.blocks.iter().any(|found| &*found.block.text == "a!"));
        }
        let quiet = [(1, 2), (2, 3)].map(|(number, total)| (0, event("a", number, total, "quiet")));
        let mut store = store_of(Mode::Block, &quiet);
        assert_eq!(store.matched_blocks(&Loud).conflicts_total, 1);
    }

    #[test]
    fn texts_that_contain_each_other_count_once() {
        let events = ["a!", "a!b", "!", "other!"].map(|text| (0, event("a", 1, 1, text)));
        assert_eq!(texts(&mut store_of(Mode::Block, &events)), ["a!b", "other!"]);
        // An export cut every part.
        let cut = |number, text: &str| (1, event("a", number, 3, text));
        let parts = [cut(1, "ab!c"), cut(2, "def"), cut(3, "ghi")];
        let exported = [cut(1, "ab!"), cut(2, "de"), cut(3, "gh")];
        let both: Vec<_> = parts.iter().chain(&exported).cloned().collect();
        let mut store = store_of(Mode::Block, &both);
        assert_eq!(texts(&mut store), ["ab!cdefghi"]);
        assert_eq!(store.in_pairs().0.iter().count(), 0);
    }

    #[test]
    fn records_with_one_text_and_other_fields_hide_none() {
        struct OfUser;
        impl BlockFilter for OfUser {
            fn may_match(&self, _: Raw<'_>) -> bool {
                true
            }
            fn matching_rules(&self, block: &ScriptBlock) -> Vec<u32> {
                if block.event.user.as_deref() == Some("bob") { vec![0] } else { Vec::new() }
            }
        }
        let bob = Event { user: Some("bob".into()), ..event("a", 1, 1, "a") };
        let early = Event {
            user: Some("ann".into()),
            time: crate::time::Time::new(0, 0, 0),
            ..bob.clone()
        };
        for total in [1, 2] {
            for order in [[&bob, &early], [&early, &bob]] {
                let mut store = BlockStore::new(Mode::Block);
                for event in order {
                    let event = Event { total: Some(total), ..event.clone() };
                    store.add(&ScriptRecord::from_event(&event, false), 0, &OfUser);
                }
                assert_eq!(store.matched_blocks(&OfUser).blocks.len(), 1, "{total}");
            }
        }
    }

    #[test]
    fn parts_past_a_limit_are_searched_by_themselves_and_reported() {
        let events = [1, limits::PARTS, limits::PARTS + 1, u32::MAX]
            .map(|number| (0, event("a", number, u32::MAX, &format!("{number}!"))));
        let mut store = store_of(Mode::Block, &events);
        assert_eq!(texts(&mut store), ["1!\n16384!", "16385!", "4294967295!"]);
        assert_eq!(store.too_long().iter().count(), 1);
        let tiny = StoreLimits { text_bytes: 4, ..StoreLimits::default() };
        let events = [(0, event("a", 1, 2, "abc")), (0, event("a", 2, 2, "de!"))];
        let mut store = limited_store(Mode::Block, &tiny, &events);
        assert_eq!(texts(&mut store), ["de!"]);
        assert_eq!(store.too_long().iter().count(), 1);
    }

    #[test]
    fn a_word_that_a_forged_part_cuts_is_found_whatever_the_number_of_forgeries() {
        for forged in [1, 10, 200] {
            let mut events = vec![(0, event("a", 1, 3, "Rem")), (0, event("a", 3, 3, "end"))];
            events.extend((0..forged).map(|nth| (0, event("a", 1, 3, &format!("longer {nth}")))));
            events.extend((0..forged).map(|nth| (0, event("a", 2, 3, &format!("other {nth}")))));
            events.push((0, event("a", 2, 3, "oting")));
            for events in [events.clone(), events.into_iter().rev().collect()] {
                let mut store = BlockStore::new(Mode::Block);
                for (source, event) in &events {
                    store.add(&ScriptRecord::from_event(event, false), *source, &Word("Remoting"));
                }
                let found = store.matched_blocks(&Word("Remoting"));
                assert_eq!(found.blocks.len(), 1, "{forged}");
                assert!(found.blocks[0].block.text.starts_with("Remoting"));
                assert_eq!(found.conflicts.len(), 1);
                let is_limited = (forged + 1) * (forged + 1) > limits::COMBINATIONS;
                assert_eq!(store.in_pairs().0.iter().count(), usize::from(is_limited));
                assert_eq!(store.in_pairs().1.iter().count(), 0);
            }
        }
    }

    #[test]
    fn more_texts_of_a_part_than_are_combined_are_searched_by_themselves() {
        let tiny = StoreLimits { part_texts: 2, ..StoreLimits::default() };
        let mut events: Vec<_> =
            (0..9).map(|nth| (0, event("a", 1, 2, &format!("{nth}!")))).collect();
        let forward = texts(&mut limited_store(Mode::Block, &tiny, &events));
        assert_eq!(forward.iter().filter(|text| !text.contains('\n')).count(), 9);
        events.reverse();
        let mut store = limited_store(Mode::Block, &tiny, &events);
        assert_eq!(texts(&mut store), forward);
        assert_eq!(store.in_pairs().1.iter().count(), 1);
    }

    /// The texts with a `!` that these records form, by trying everything: all texts of blocks in one part, and all
    /// combinations of those in several.
    fn naive(records: &[(usize, Event)]) -> BTreeSet<(String, String)> {
        let mut blocks: std::collections::BTreeMap<(String, u32), Vec<BTreeSet<String>>> =
            std::collections::BTreeMap::new();
        let mut found = BTreeSet::new();
        for (_, event) in records {
            let (id, number, total) = (
                event.script_block_id.clone().unwrap(),
                event.number.unwrap(),
                event.total.unwrap(),
            );
            let text = event.text.to_lossy().into_owned();
            if number > total {
                found.insert((id, text));
                continue;
            }
            let parts = blocks.entry((id, total)).or_default();
            parts.resize(total as usize, BTreeSet::new());
            parts[number as usize - 1].insert(text);
        }
        for ((id, _), parts) in blocks {
            let mut texts = vec![String::new()];
            let mut gap = false;
            for part in parts {
                if part.is_empty() {
                    gap = true;
                    continue;
                }
                let join = |text: &String| {
                    let seam = if gap && !text.is_empty() { "\n" } else { "" };
                    part.iter().map(move |part| format!("{text}{seam}{part}")).collect::<Vec<_>>()
                };
                texts = texts.iter().flat_map(join).collect();
                gap = false;
            }
            found.extend(texts.into_iter().map(|text| (id.clone(), text)));
        }
        found.retain(|(_, text)| text.contains('!'));
        found
    }

    /// Texts by script block id.
    fn found(store: &mut BlockStore) -> BTreeSet<(String, String)> {
        let blocks = store.matched_blocks(&Loud).blocks;
        let found = blocks.iter().map(|found| {
            (found.block.event.script_block_id.clone().unwrap(), found.block.text.to_string())
        });
        found.collect()
    }

    proptest! {
        #[test]
        fn the_order_of_records_does_not_matter(mut records in records()) {
            let facts = |records: &[_]| {
                let mut store = store_of(Mode::Block, records);
                let tallies = store.tallies(&[2, 0, 1]);
                let conflicts = store.matched_blocks(&Loud).conflicts;
                (texts(&mut store), tallies.iter().map(|own| own.script_blocks).sum::<u64>(), conflicts)
            };
            let forward = facts(&records);
            records.reverse();
            prop_assert_eq!(forward, facts(&records));
        }

        #[test]
        fn each_text_that_records_form_is_in_a_text_found(records in records()) {
            let mut store = store_of(Mode::Block, &records);
            let expected = naive(&records);
            let found = found(&mut store);
            for (id, text) in &found {
                prop_assert!(expected.contains(&(id.clone(), text.clone())), "{id} {text}");
            }
            // Of a text whose parts an export cut, each part is in the part of a text found.
            for (id, text) in &expected {
                let is_within = |whole: &str| {
                    let mut rest = whole.chars();
                    text.chars().all(|char| rest.any(|own| own == char))
                };
                prop_assert!(found.iter().any(|(own, whole)| own == id && is_within(whole)), "{id} {text}");
            }
        }

        #[test]
        fn a_record_more_hides_no_text(records in records(), more in records()) {
            let all: Vec<_> = records.iter().chain(more.iter().take(1)).cloned().collect();
            let after = found(&mut store_of(Mode::Block, &all));
            for (id, text) in found(&mut store_of(Mode::Block, &records)) {
                // A part more can come between the parts of an incomplete block.
                let is_within = |whole: &str| {
                    let mut rest = whole.chars();
                    text.chars().filter(|char| *char != '\n').all(|char| rest.any(|own| own == char))
                };
                prop_assert!(after.iter().any(|(own, whole)| *own == id && is_within(whole)), "{id} {text}");
            }
        }
    }
}
