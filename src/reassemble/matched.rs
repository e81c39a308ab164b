//! [`MatchedBlocks`]: the blocks that a report is made of.

use super::budget::{count_rules, fingerprint, weight};
use super::evicted::EvictedDetail;
use super::filter::{BlockFilter, MatchedBlock};
use super::resident::Verdict;
use super::store::BlockStore;
use super::table::BlockState;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The blocks that rules match.
#[derive(Debug, Default)]
pub struct MatchedBlocks {
    /// The blocks that the budget admits.
    pub blocks: Vec<Arc<MatchedBlock>>,
    /// Number of further blocks.
    pub over_budget: u64,
    /// Number of further blocks that each rule matches, by the rule's index.
    pub over_budget_by_rule: BTreeMap<u32, u64>,
}

impl MatchedBlocks {
    fn count_over_budget(&mut self, rules: &[u32]) {
        self.over_budget += 1;
        count_rules(&mut self.over_budget_by_rule, rules);
    }
}

impl BlockStore {
    /// Returns the blocks that rules match. Incomplete blocks are evaluated in their present state. `filter` evaluates
    /// the blocks that changed since they were last evaluated.
    pub fn matched_blocks(&mut self, filter: &dyn BlockFilter) -> MatchedBlocks {
        let mut candidates: Vec<(u64, Arc<MatchedBlock>)> = self
            .standalone
            .iter()
            .map(|matched| (fingerprint(matched), Arc::clone(matched)))
            .collect();
        let mut result = MatchedBlocks {
            over_budget: self.budget.standalone,
            over_budget_by_rule: self.budget.standalone_by_rule.clone(),
            ..MatchedBlocks::default()
        };
        for (key, state) in self.blocks.iter_mut() {
            match state {
                BlockState::Resident(resident) => {
                    candidates.extend(resident.evaluate(filter).map(|matched| (key, matched)));
                }
                BlockState::Evicted(evicted) => {
                    if let Some(rules) = evicted.over_budget_rules() {
                        result.count_over_budget(rules);
                    }
                }
            }
        }
        let weights =
            candidates.iter().map(|(fingerprint, matched)| (*fingerprint, weight(matched)));
        let (end, _) = self.budget.end_for(weights.collect());
        for (fingerprint, matched) in candidates {
            match fingerprint < end {
                true => result.blocks.push(matched),
                false => result.count_over_budget(&matched.rules),
            }
        }
        result
    }

    /// Keeps a matched standalone block if the budget admits it.
    pub(super) fn keep_standalone(&mut self, matched: MatchedBlock) {
        if self.budget.admits(&matched) {
            self.budget.add(&matched);
            self.standalone.push(Arc::new(matched));
        }
    }

    /// Keeps the matched block under this key if the budget admits it, and evicts it if not.
    pub(super) fn keep_matched(&mut self, key: u64, matched: &MatchedBlock) {
        match key < self.budget.end {
            true => self.budget.add(matched),
            false => self.evict_matched(key),
        }
    }

    /// Evicts matched blocks once they exceed the budget. Incomplete blocks stay until they are closed.
    pub(super) fn enforce_budget(&mut self, filter: &dyn BlockFilter) {
        if !self.budget.is_exceeded() {
            return;
        }
        self.evaluate_changed(filter);
        let mut weights: Vec<(u64, u64)> =
            self.standalone.iter().map(|matched| (fingerprint(matched), weight(matched))).collect();
        weights.extend(self.blocks.iter().filter_map(|(key, state)| match state {
            BlockState::Resident(resident) if resident.is_closed() => match &resident.verdict {
                Verdict::Matched(matched) => Some((key, weight(matched))),
                Verdict::Pending | Verdict::Unmatched => None,
            },
            BlockState::Resident(_) | BlockState::Evicted(_) => None,
        }));
        self.budget.apply(weights);
        let budget = &mut self.budget;
        self.standalone.retain(|matched| budget.admits(matched));
        let end = self.budget.end;
        let past_end: Vec<u64> =
            self.blocks.iter().map(|(key, _)| key).filter(|key| *key >= end).collect();
        past_end.into_iter().for_each(|key| self.evict_matched(key));
    }

    /// Evicts the closed matched block under this key and remembers its rules.
    fn evict_matched(&mut self, key: u64) {
        let Some(BlockState::Resident(resident)) = self.blocks.get(key) else { return };
        if let (Verdict::Matched(matched), true) = (&resident.verdict, resident.is_closed()) {
            let mut evicted = resident.parts.to_evicted();
            let source = evicted.source;
            evicted.detail = Some(Box::new(EvictedDetail::OverBudget(matched.rules.clone())));
            let former = self.blocks.insert(key, BlockState::Evicted(evicted));
            if let Some(BlockState::Resident(resident)) = former {
                self.note_copies(key, source, &resident.parts);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Mode;
    use super::super::testing::{Loud, event};
    use super::*;
    use crate::event::Event;
    use crate::source::ScriptRecord;
    use crate::wire::{WireReader, WireWriter};
    use proptest::prelude::*;

    fn with_limit(mode: Mode, limit: u64) -> BlockStore {
        let mut store = BlockStore::new(mode);
        store.budget.limit = limit;
        store
    }

    fn small(mode: Mode) -> BlockStore {
        with_limit(mode, 8 << 10)
    }

    fn read(mode: Mode, events: &[&Event]) -> BlockStore {
        let mut store = small(mode);
        for event in events {
            store.add(&ScriptRecord::from_event(event, false), 0, &Loud);
        }
        store
    }

    /// Texts of the blocks kept, number of those over the budget, the same by rule, and number of all blocks.
    fn facts(store: &mut BlockStore) -> (Vec<String>, u64, BTreeMap<u32, u64>, u64) {
        let matched = store.matched_blocks(&Loud);
        let mut texts: Vec<_> =
            matched.blocks.iter().map(|matched| matched.block.text.to_string()).collect();
        texts.sort();
        let blocks = store.tallies(&[0]).iter().map(|tally| tally.script_blocks).sum();
        (texts, matched.over_budget, matched.over_budget_by_rule, blocks)
    }

    fn residents(store: &BlockStore) -> Vec<u64> {
        let residents =
            store.blocks.iter().filter(|(_, state)| matches!(state, BlockState::Resident(_)));
        residents.map(|(key, _)| key).collect()
    }

    #[test]
    fn blocks_over_the_budget_are_counted() {
        let all: Vec<_> =
            (0..40).map(|id| event(&id.to_string(), 1, 1, &format!("{id}!"))).collect();
        let mut store = read(Mode::Block, &all.iter().collect::<Vec<_>>());
        let (texts, over_budget, by_rule, blocks) = facts(&mut store);
        assert_eq!((texts.len(), over_budget, blocks), (3, 37, 40));
        assert_eq!(by_rule, BTreeMap::from([(0, 37)]));
        let resident = residents(&store).len();
        assert!(resident < 12, "{resident} are resident");
        // A copy of an evicted block is no other block, and no other text.
        store.add(&ScriptRecord::from_event(&all[0], false), 0, &Loud);
        assert_eq!(facts(&mut store).1, 37);
        assert_eq!(store.conflicts(), 0);
    }

    #[test]
    fn blocks_closed_early_are_within_the_budget_too() {
        let long = "x".repeat(1 << 20);
        let mut store = with_limit(Mode::Block, 4 << 20);
        for id in 0..40 {
            let part = event(&id.to_string(), 1, 2, &format!("{id}!{long}"));
            store.add(&ScriptRecord::from_event(&part, false), 0, &Loud);
        }
        let resident = residents(&store).len();
        assert!(resident < 16, "{resident} are resident");
        let (texts, over_budget, _, blocks) = facts(&mut store);
        assert_eq!((texts.len(), over_budget, blocks), (3, 37, 40));
    }

    #[test]
    fn blocks_past_the_end_are_never_kept_once_the_budget_is_spent() {
        for mode in [Mode::Block, Mode::Event] {
            let mut store = small(mode);
            for id in 0..400 {
                let one = event(&id.to_string(), 1, 1, &format!("{id}!"));
                store.add(&ScriptRecord::from_event(&one, false), 0, &Loud);
                let resident = residents(&store);
                let kept = resident.len() + store.standalone.len();
                assert!(kept <= 4, "{kept} are kept");
                let end = store.budget.end;
                assert!(resident.iter().all(|key| *key < end));
                assert!(store.standalone.iter().all(|matched| fingerprint(matched) < end));
            }
            assert_eq!(facts(&mut store).1, 397);
        }
    }

    #[test]
    fn blocks_that_a_replaced_text_makes_match_are_within_the_budget_too() {
        let long = "x".repeat(1 << 20);
        let mut store = with_limit(Mode::Block, 4 << 20);
        for id in 0..40 {
            let id = id.to_string();
            for (number, text) in [(1, long.clone()), (2, String::new()), (1, format!("!{long}"))] {
                let event = event(&id, number, 2, &text);
                store.add(&ScriptRecord::from_event(&event, false), 0, &Loud);
            }
        }
        let resident = residents(&store).len();
        assert!(resident < 16, "{resident} are resident");
        let (texts, over_budget, _, blocks) = facts(&mut store);
        assert_eq!((texts.len(), over_budget, blocks), (3, 37, 40));
    }

    proptest! {
        #[test]
        fn the_blocks_kept_depend_on_neither_order_nor_division(
            records in prop::collection::vec((0_u8..40, 1_u32..3, 1_u32..3, "[a!]{1,40}"), 0..60),
            is_block in any::<bool>(),
            cuts in prop::collection::vec(0_usize..3, 60),
            rotation in 0_usize..60,
        ) {
            let mode = if is_block { Mode::Block } else { Mode::Event };
            // One text for each part: which of two texts stays is tested elsewhere.
            let mut texts = BTreeMap::new();
            let events: Vec<Event> = records
                .into_iter()
                .enumerate()
                .map(|(record, (id, number, total, text))| {
                    let total = if id % 4 == 0 { total } else { 1 };
                    let number = number.min(total);
                    let text = texts.entry((id, number, total)).or_insert(text).clone();
                    let record = Some(record.to_string());
                    Event { record, ..event(&id.to_string(), number, total, &text) }
                })
                .collect();
            let all: Vec<&Event> = events.iter().collect();
            let expected = facts(&mut read(mode, &all));
            let mut reordered = all.clone();
            reordered.rotate_left(rotation.min(all.len()));
            reordered.reverse();
            prop_assert_eq!(&facts(&mut read(mode, &reordered)), &expected);
            let mut merged = small(mode);
            for piece in [1, 2, 0] {
                let own: Vec<&Event> =
                    all.iter().zip(&cuts).filter(|(_, cut)| **cut == piece).map(|(event, _)| *event).collect();
                let mut writer = WireWriter::default();
                read(mode, &own).write(&mut writer);
                let bytes = writer.into_bytes();
                prop_assert!(merged.merge(&mut WireReader::new(&bytes), &[0], &Loud).is_some());
            }
            prop_assert_eq!(&facts(&mut merged), &expected);
        }
    }
}
