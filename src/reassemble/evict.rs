//! Closes and evicts resident blocks, so that memory stays within its limits.

use super::filter::BlockFilter;
use super::resident::Verdict;
use super::store::BlockStore;
use super::table::BlockState;
use crate::sort;

impl BlockStore {
    /// Queues a block that changed: among the open blocks if it waits for parts, else by the verdict of the rules.
    pub(super) fn enqueue(&mut self, key: u64, filter: &dyn BlockFilter) {
        let Some(resident) = self.blocks.resident_mut(key) else { return };
        let former = std::mem::take(&mut resident.open_weight);
        self.open.weight -= former;
        let weight = resident.parts.weight();
        if !resident.is_closed() {
            resident.open_weight = weight;
            self.open.weight += weight;
            if former == 0 {
                self.open.push(key);
            }
        } else if resident.evaluated_weight > 0 && weight < 2 * resident.evaluated_weight {
            // Parts and copies that arrive one by one would each cost an evaluation of the joined text. The rules are
            // evaluated when it matters: for a report, or when blocks have to be evicted.
            self.budget.add_part();
        } else if let Some(matched) = resident.evaluate_closed(filter) {
            self.keep_matched(key, &matched);
        } else {
            self.unmatched.push(key, weight);
        }
    }

    /// Evaluates the rules on closed blocks that changed since they were last evaluated.
    pub(super) fn evaluate_changed(&mut self, filter: &dyn BlockFilter) {
        let mut unmatched = Vec::new();
        for (key, state) in self.blocks.iter_mut() {
            if let BlockState::Resident(resident) = state
                && resident.evaluated_weight > 0
                && matches!(resident.verdict, Verdict::Pending)
                && resident.evaluate_closed(filter).is_none()
            {
                unmatched.push((key, resident.parts.weight()));
            }
        }
        // The table's order depends on the target; the order of eviction must not.
        sort::sort(&mut unmatched);
        unmatched.into_iter().for_each(|(key, weight)| self.unmatched.push(key, weight));
    }

    /// Evicts the oldest unmatched blocks and closes the oldest open blocks, as far as they exceed their limits.
    pub(super) fn evict_over_limits(&mut self, filter: &dyn BlockFilter) {
        while let Some(key) = self.unmatched.pop_over_limit() {
            self.close_or_evict(key, filter);
        }
        while let Some(key) = self.open.pop_over_limit() {
            let Some(resident) = self.blocks.resident_mut(key) else { continue };
            let weight = std::mem::take(&mut resident.open_weight);
            if weight > 0 {
                self.open.weight -= weight;
                self.closed_early += 1;
                self.close_or_evict(key, filter);
            }
        }
        let blocks = &self.blocks;
        self.open.purge(|key| {
            let state = blocks.get(key);
            matches!(state, Some(BlockState::Resident(resident)) if resident.open_weight > 0)
        });
    }

    /// Closes a block that rules match, and evicts one that none matches.
    fn close_or_evict(&mut self, key: u64, filter: &dyn BlockFilter) {
        let Some(resident) = self.blocks.resident_mut(key) else { return };
        let has_changed = matches!(resident.verdict, Verdict::Pending);
        if let Some(matched) = resident.evaluate_closed(filter) {
            let is_closed_early = !resident.is_closed();
            resident.closed_early |= is_closed_early;
            // A closed block that did not change is in the budget already.
            if is_closed_early || has_changed {
                self.keep_matched(key, &matched);
            }
            return;
        }
        let evicted = resident.parts.to_evicted();
        let source = evicted.source;
        let former = self.blocks.insert(key, BlockState::Evicted(evicted));
        if let Some(BlockState::Resident(resident)) = former {
            self.note_copies(key, source, &resident.parts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::ScriptBlock;
    use super::super::testing::{Loud, event, merged, store_of, texts};
    use super::super::{BlockFilter, Mode};
    use super::*;
    use crate::limits;
    use crate::source::ScriptRecord;
    use crate::text::Raw;
    use std::cell::Cell;

    #[test]
    fn a_block_waits_for_its_parts_while_few_others_are_open() {
        let long = "x".repeat(1 << 20);
        let mut events = vec![(0, event("first", 1, 2, "a"))];
        for id in 0..20 {
            events.extend([1, 2].map(|number| (0, event(&id.to_string(), number, 2, &long))));
        }
        events.push((0, event("first", 2, 2, "b!")));
        let mut store = store_of(Mode::Block, &events);
        assert_eq!(store.closed_early(), 0);
        assert_eq!(texts(&mut store), ["ab!"]);
        assert_eq!(store.open.weight, 0);
    }

    #[test]
    fn incomplete_blocks_over_the_limit_are_closed_and_searched() {
        let long = "x".repeat(1 << 20);
        let events: Vec<_> =
            (0..20).map(|n| (0, event(&n.to_string(), 1, 2, &format!("{n}!{long}")))).collect();
        let mut store = store_of(Mode::Block, &events);
        let closed_early = store.closed_early();
        assert!(closed_early > 0);
        assert_eq!(store.matched_blocks(&Loud).blocks.len(), 20, "closed or open, each is found");
        assert_eq!(store.tallies(&[0])[0].incomplete, 20);
        assert_eq!(merged([store]).closed_early(), closed_early, "none is closed twice");
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
        let parts = 2 * (limits::INCOMPLETE_BLOCK_BYTES / 1_024) as u32;
        let filter = Counting::default();
        let mut store = BlockStore::new(Mode::Block);
        // The block is closed after some 8,000 parts, then completed, then each part comes once more.
        for number in (1..=parts).chain(1..=parts) {
            let part = event("a", number, parts, if number == 1 { "!" } else { "a" });
            store.add(&ScriptRecord::from_event(&part, false), 0, &filter);
        }
        assert_eq!(store.closed_early(), 1);
        let found = store.matched_blocks(&filter).blocks;
        assert_eq!((found.len(), found[0].block.text.len()), (1, parts as usize));
        assert!(filter.0.get() < 10, "{} scans", filter.0.get());
    }
}
