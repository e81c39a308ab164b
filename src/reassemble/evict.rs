//! Closes and evicts resident blocks, so that memory stays within its limits.

use super::filter::BlockFilter;
use super::key::BlockKey;
use super::store::BlockStore;

impl BlockStore {
    /// Queues a block that changed: among the open blocks if it waits for parts, else by the verdict of the rules.
    pub(super) fn enqueue(&mut self, key: &BlockKey, filter: &dyn BlockFilter) {
        let Some(resident) = self.multiparts.get_mut(key) else { return };
        let former = std::mem::take(&mut resident.open_weight);
        self.open.weight -= former;
        let weight = resident.parts.weight();
        if resident.parts.is_empty() {
            self.multiparts.remove(key);
        } else if !resident.is_closed() {
            resident.open_weight = weight;
            self.open.weight += weight;
            if former == 0 {
                self.open.push(key.clone());
            }
        } else if resident.evaluated_weight > 0 && weight < 2 * resident.evaluated_weight {
            // Parts and copies that arrive one by one would each cost an evaluation of the joined text. The rules are
            // evaluated when it matters: for a report, or when blocks have to be evicted.
            self.budget.add_part();
        } else {
            let is_matched = !resident.evaluate_closed(filter, &self.limits).is_empty();
            let coverage = resident.coverage;
            self.note_coverage(key, coverage);
            self.note_views(key, filter);
            match is_matched {
                true => self.keep_multipart(key, filter),
                false => self.unmatched.push(key.clone(), weight),
            }
        }
    }

    /// Evicts the oldest unmatched blocks and closes the oldest open blocks, as far as they exceed their limits.
    pub(super) fn evict_over_limits(&mut self, filter: &dyn BlockFilter) {
        while let Some(key) = self.unmatched.pop_over_limit() {
            self.close_or_evict(&key, filter);
        }
        while let Some(key) = self.open.pop_over_limit() {
            let Some(resident) = self.multiparts.get_mut(&key) else { continue };
            let weight = std::mem::take(&mut resident.open_weight);
            if weight > 0 {
                self.open.weight -= weight;
                self.closed_early_count += 1;
                self.closed_early.insert(&key);
                self.close_or_evict(&key, filter);
            }
        }
        let multiparts = &self.multiparts;
        self.open.purge(|key| multiparts.get(key).is_some_and(|resident| resident.open_weight > 0));
    }

    /// Closes a block that rules match, and evicts one that none matches.
    fn close_or_evict(&mut self, key: &BlockKey, filter: &dyn BlockFilter) {
        let Some(resident) = self.multiparts.get_mut(key) else { return };
        let has_changed = resident.verdict.is_none();
        let is_matched = !resident.evaluate_closed(filter, &self.limits).is_empty();
        let is_closed_early = is_matched && !resident.is_closed();
        resident.closed_early |= is_closed_early;
        let coverage = resident.coverage;
        self.note_coverage(key, coverage);
        self.note_views(key, filter);
        if !is_matched {
            self.multiparts.remove(key);
        } else if is_closed_early || has_changed {
            // A closed block that did not change is in the budget already.
            self.keep_multipart(key, filter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::ScriptBlock;
    use super::super::bounds::StoreLimits;
    use super::super::testing::{Loud, event, limited_store, merged, store_of, texts};
    use super::super::{BlockFilter, Mode};
    use super::*;
    use crate::source::ScriptRecord;
    use crate::text::Raw;
    use std::cell::Cell;

    #[test]
    fn a_block_waits_for_its_parts_while_few_others_are_open() {
        let long = "x".repeat(1 << 20);
        let mut events = vec![(0, event("first", 1, 2, "a"))];
        // More than once hid a cut word: 40 MiB of other open blocks.
        for id in 0..40 {
            events.push((0, event(&id.to_string(), 1, 2, &long)));
        }
        events.push((0, event("first", 2, 2, "b!")));
        let mut store = store_of(Mode::Block, &events);
        assert_eq!(store.closed_early().1, 0);
        assert_eq!(texts(&mut store), ["ab!"]);
    }

    #[test]
    fn incomplete_blocks_over_the_limit_are_closed_searched_and_named() {
        let tiny = StoreLimits { incomplete_bytes: 8 << 10, ..StoreLimits::default() };
        let long = "x".repeat(1 << 10);
        let events: Vec<_> =
            (0..20).map(|n| (0, event(&n.to_string(), 1, 2, &format!("{n}!{long}")))).collect();
        let mut store = limited_store(Mode::Block, &tiny, &events);
        let (names, closed_early) = store.closed_early();
        assert!(closed_early > 0);
        assert_eq!(names.iter().count() as u64, closed_early);
        assert!(names.iter().any(|name| name == ("fs03", "0")));
        assert_eq!(store.matched_blocks(&Loud).blocks.len(), 20, "closed or open, each is found");
        assert_eq!(store.tallies(&[0])[0].incomplete, 20);
        assert_eq!(merged([store]).closed_early().1, closed_early, "none is closed twice");
    }

    #[test]
    fn counts_do_not_depend_on_which_blocks_are_closed_early() {
        let tiny =
            StoreLimits { incomplete_bytes: 0, unmatched_bytes: 0, ..StoreLimits::default() };
        let events = [1, 2].map(|number| (0, event("a", number, 2, "a")));
        let store = limited_store(Mode::Block, &tiny, &events);
        assert!(store.multiparts.is_empty());
        let tally = store.tallies(&[0])[0];
        assert_eq!((tally.script_blocks, tally.incomplete), (1, 0));
    }

    /// Matches as [`Loud`] does, and counts the texts that it scans.
    #[derive(Default)]
    struct Counting(Cell<usize>);

    impl BlockFilter for Counting {
        fn may_match(&self, text: Raw<'_>) -> bool {
            self.0.set(self.0.get() + 1);
            Loud.may_match(text)
        }

        fn matching_rules(&self, block: &ScriptBlock) -> Vec<u32> {
            Loud.matching_rules(block)
        }
    }

    #[test]
    fn a_block_is_not_evaluated_for_each_of_its_parts_and_copies() {
        let tiny = StoreLimits { incomplete_bytes: 1 << 20, ..StoreLimits::default() };
        let parts = 2 << 10;
        let filter = Counting::default();
        let mut store = BlockStore::with_limits(Mode::Block, tiny);
        // The block is closed after some 1,000 parts, then completed, then each part comes once more.
        for number in (1..=parts).chain(1..=parts) {
            let part = event("a", number, parts, if number == 1 { "!" } else { "a" });
            store.add(&ScriptRecord::from_event(&part, false), 0, &filter);
        }
        assert_eq!(store.closed_early().1, 1);
        let found = store.matched_blocks(&filter).blocks;
        assert_eq!((found.len(), found[0].block.text.len()), (1, parts as usize));
        assert!(filter.0.get() < 10, "{} scans", filter.0.get());
    }
}
