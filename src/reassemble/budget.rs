//! How much is kept of the blocks that rules want: [`limits::MATCHED_BLOCK_BYTES`].
//!
//! Past that, blocks are only counted. They are kept in the order of their marks, as far as they fit: which ones these
//! are depends on the blocks alone, not on the order in which they came nor on who read them. While a log is read some
//! more are held, so that they need not be put in order for every block that comes.

use super::digest::EvictedDetail;
use super::resident::{BlockFilter, BlockState, MatchedBlock, Verdict};
use super::store::BlockStore;
use crate::fingerprint;
use crate::limits;
use crate::memory;
use crate::sort;
use std::collections::BTreeMap;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// What rules want.
#[derive(Debug, Default)]
pub(crate) struct MatchedBlocks {
    /// The blocks that are kept.
    pub blocks: Vec<Arc<MatchedBlock>>,
    /// How many more there were.
    pub over_budget: u64,
    /// How many of them each rule wanted, by index.
    pub over_budget_by_rule: BTreeMap<u32, u64>,
}

/// What a store keeps count of to stay within its room.
#[derive(Debug)]
pub(super) struct Budget {
    /// Bytes of kept blocks that there is room for.
    pub(super) limit: usize,
    /// No less than what is held.
    held: usize,
    /// Blocks with this mark, and those past it, are not kept.
    pub(super) end: u64,
    /// Blocks without an id that were counted and not kept.
    pub(super) standalone: u64,
    /// By rule.
    pub(super) standalone_by_rule: BTreeMap<u32, u64>,
}

impl Default for Budget {
    fn default() -> Self {
        let standalone_by_rule = BTreeMap::new();
        Self {
            limit: limits::MATCHED_BLOCK_BYTES,
            held: 0,
            end: u64::MAX,
            standalone: 0,
            standalone_by_rule,
        }
    }
}

impl BlockStore {
    /// The blocks that rules want, those still open as they stand. `filter` decides on blocks that have
    /// changed since they were last asked about.
    pub(crate) fn matched_blocks(&mut self, filter: &dyn BlockFilter) -> MatchedBlocks {
        let mut marked: Vec<(u64, Arc<MatchedBlock>)> =
            self.standalone.iter().map(|kept| (mark(kept), Arc::clone(kept))).collect();
        let mut wanted = MatchedBlocks {
            over_budget: self.budget.standalone,
            over_budget_by_rule: self.budget.standalone_by_rule.clone(),
            ..MatchedBlocks::default()
        };
        for (key, slot) in self.slots.iter_mut() {
            match slot {
                BlockState::Resident(held) => {
                    marked.extend(held.wanted(filter).map(|kept| (key, kept)))
                }
                BlockState::Evicted(evicted) => {
                    if let Some(rules) = evicted.over_budget_rules() {
                        wanted.count(rules);
                    }
                }
            }
        }
        let weights = marked.iter().map(|(mark, kept)| (*mark, weight(kept))).collect();
        let end = self.budget.end_of(weights).0;
        for (mark, kept) in marked {
            match mark < end {
                true => wanted.blocks.push(kept),
                false => wanted.count(&kept.rules),
            }
        }
        wanted
    }

    /// A block was found that rules want.
    pub(super) fn note_wanted(&mut self, kept: &MatchedBlock) {
        memory::grow_ahead();
        self.budget.held += weight(kept);
    }

    /// The same of one that is held under its key: it goes at once where others have taken its room.
    pub(super) fn keep_named(&mut self, key: u64, kept: &MatchedBlock) {
        match key < self.budget.end {
            true => self.note_wanted(kept),
            false => self.let_wanted_go(key),
        }
    }

    /// Lets wanted blocks go that there is no room for. Such as wait for parts stay for now.
    pub(super) fn bound_wanted(&mut self, filter: &dyn BlockFilter) {
        if self.budget.held <= self.budget.limit + self.budget.limit / 4 {
            return;
        }
        self.ask_again(filter);
        let mut weights: Vec<(u64, usize)> =
            self.standalone.iter().map(|kept| (mark(kept), weight(kept))).collect();
        let named = self.slots.iter().filter_map(|(key, slot)| match slot {
            BlockState::Resident(held) if held.is_settled() => match &held.verdict {
                Verdict::Matched(kept) => Some((key, weight(kept))),
                Verdict::Pending | Verdict::Unmatched => None,
            },
            _ => None,
        });
        weights.extend(named);
        (self.budget.end, self.budget.held) = self.budget.end_of(weights);
        let end = self.budget.end;
        let budget = &mut self.budget;
        self.standalone.retain(|kept| budget.has_room_for(kept));
        let past: Vec<u64> =
            self.slots.iter().map(|(key, _)| key).filter(|key| *key >= end).collect();
        past.into_iter().for_each(|key| self.let_wanted_go(key));
    }

    fn let_wanted_go(&mut self, key: u64) {
        let Some(BlockState::Resident(held)) = self.slots.get(key) else { return };
        if let (Verdict::Matched(kept), true) = (&held.verdict, held.is_settled()) {
            let mut evicted = held.named.evicted();
            let source = evicted.source;
            evicted.more = Some(Box::new(EvictedDetail::OverBudget(kept.rules.clone())));
            if let Some(BlockState::Resident(held)) =
                self.slots.insert(key, BlockState::Evicted(evicted))
            {
                self.note_copies(key, source, &held.named);
            }
        }
    }
}

impl Budget {
    /// Whether a block without an id is kept; counts it where it is not.
    pub(super) fn has_room_for(&mut self, kept: &MatchedBlock) -> bool {
        let stays = self.end == u64::MAX || mark(kept) < self.end;
        if !stays {
            self.standalone += 1;
            add(&mut self.standalone_by_rule, &kept.rules);
        }
        stays
    }

    /// A part came to a block that was counted.
    pub(super) fn note_part(&mut self) {
        self.held += PART;
    }

    /// From which mark on blocks of these weights find no room, and what those before it weigh.
    fn end_of(&self, mut weights: Vec<(u64, usize)>) -> (u64, usize) {
        sort::sort(&mut weights);
        let mut end = self.end;
        let mut sum = 0;
        for (mark, weight) in &weights {
            sum += weight;
            if sum > self.limit {
                end = end.min(*mark);
                break;
            }
        }
        let held = weights.iter().filter(|(mark, _)| *mark < end).map(|(_, weight)| weight).sum();
        (end, held)
    }
}

impl MatchedBlocks {
    fn count(&mut self, rules: &[u32]) {
        self.over_budget += 1;
        add(&mut self.over_budget_by_rule, rules);
    }
}

fn add(counts: &mut BTreeMap<u32, u64>, rules: &[u32]) {
    for rule in rules {
        *counts.entry(*rule).or_default() += 1;
    }
}

/// What a part after the first weighs beside its text: its record stands in the report.
const PART: usize = 512;

/// What a rule after the first weighs: each makes a row and its risk.
const ROW: usize = 1 << 10;

/// Bytes of fields that are in the fixed share. Real events have no more.
const FIELDS: usize = 1 << 10;

/// How often a report writes a name for each rule: in the row, its message, and the risk of two objects.
const WRITTEN: usize = 6;

/// The text as a report writes it, where every control character takes six bytes, and a fixed share for its fields.
fn weight(kept: &MatchedBlock) -> usize {
    let (block, event) = (&kept.block, &kept.block.event);
    let text = block.text.as_bytes();
    let escaped = text.iter().filter(|byte| **byte < b' ').count();
    let rules = kept.rules.len().max(1);
    let length = |field: &Option<String>| field.as_ref().map_or(0, String::len);
    let names = [&event.computer, &event.user, &event.path, &event.script_block_id];
    let names: usize = names.into_iter().map(length).sum();
    let others: usize = event.fields.iter().map(|(name, value)| name.len() + value.len()).sum();
    text.len()
        + 5 * escaped
        + 2_048
        + PART * block.parts.len().saturating_sub(1)
        + ROW * (rules - 1)
        + length(&event.message)
        + (names * WRITTEN * rules + others).saturating_sub(FIELDS * WRITTEN * rules)
}

/// Tells a block without an id from others, wherever it was read.
fn mark(kept: &MatchedBlock) -> u64 {
    let event = &kept.block.event;
    let texts = [&kept.block.text, event.record.as_deref().unwrap_or_default()];
    let [text, record] = texts.map(|text| xxh3_64(text.as_bytes()));
    let [seconds, nanos] = fingerprint::time_words(event.time);
    fingerprint::hash_words([text, record, seconds, nanos])
}

#[cfg(test)]
mod tests {
    use super::super::Mode;
    use super::super::store::tests::{Loud, event};
    use super::*;
    use crate::event::Event;
    use crate::source::ScriptRecord;
    use crate::wire::{Reader, Writer};
    use proptest::prelude::*;

    fn small(mode: Mode) -> BlockStore {
        let mut store = BlockStore::new(mode);
        store.budget.limit = 8 * 1_024;
        store
    }

    fn read(mode: Mode, events: &[&Event]) -> BlockStore {
        let mut store = small(mode);
        for event in events {
            store.add(&ScriptRecord::from_event(event, false), 0, &Loud);
        }
        store
    }

    fn facts(store: &mut BlockStore) -> (Vec<String>, u64, BTreeMap<u32, u64>, u64) {
        let wanted = store.matched_blocks(&Loud);
        let mut texts: Vec<_> =
            wanted.blocks.iter().map(|kept| kept.block.text.to_string()).collect();
        texts.sort();
        let blocks = store.tallies(&[0]).iter().map(|tally| tally.script_blocks).sum();
        (texts, wanted.over_budget, wanted.over_budget_by_rule, blocks)
    }

    #[test]
    fn rows_and_long_names_weigh_too() {
        let kept = |computer: &str, rules: u32| {
            let event = Event { computer: Some(computer.to_owned()), ..event("1", 1, 1, "a!") };
            let block = crate::reassemble::ScriptBlock::from_event(event, 0);
            weight(&MatchedBlock { block, rules: (0..rules).collect() })
        };
        let usual = kept("FS03.corp.example", 1);
        assert_eq!(kept("DC01", 1), usual, "names as they are in real events");
        assert!(kept("FS03.corp.example", 5) >= usual + 4 * ROW);
        assert!(kept(&"x".repeat(100_000), 1) > usual + 500_000);
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let all: Vec<_> =
            (0..40).map(|id| event(&id.to_string(), 1, 1, &format!("{id}!"))).collect();
        let mut store = read(Mode::Block, &all.iter().collect::<Vec<_>>());
        let (texts, over_budget_rules, by_rule, blocks) = facts(&mut store);
        assert_eq!((texts.len(), over_budget_rules, blocks), (3, 37, 40));
        assert_eq!(by_rule, BTreeMap::from([(0, 37)]));
        let held =
            store.slots.iter().filter(|(_, slot)| matches!(slot, BlockState::Resident(_))).count();
        assert!(held < 12, "{held} are held");
        // A copy of what was let go is no other block, and no other text.
        store.add(&ScriptRecord::from_event(&all[0], false), 0, &Loud);
        assert_eq!(facts(&mut store).1, 37);
        assert_eq!(store.conflicts(), 0);
    }

    #[test]
    fn blocks_that_were_closed_before_their_parts_came_are_bounded_too() {
        let long = "x".repeat(1 << 20);
        let mut store = small(Mode::Block);
        store.budget.limit = 4 << 20;
        for id in 0..40 {
            let part = event(&id.to_string(), 1, 2, &format!("{id}!{long}"));
            store.add(&ScriptRecord::from_event(&part, false), 0, &Loud);
        }
        let held =
            store.slots.iter().filter(|(_, slot)| matches!(slot, BlockState::Resident(_))).count();
        assert!(held < 16, "{held} are held");
        let (texts, over_budget_rules, _, blocks) = facts(&mut store);
        assert_eq!((texts.len(), over_budget_rules, blocks), (3, 37, 40));
    }

    #[test]
    fn what_comes_when_all_room_is_taken_is_not_held_at_all() {
        for mode in [Mode::Block, Mode::Event] {
            let mut store = small(mode);
            for id in 0..400 {
                let one = event(&id.to_string(), 1, 1, &format!("{id}!"));
                store.add(&ScriptRecord::from_event(&one, false), 0, &Loud);
                // Nothing waits for more of its like that find no room either.
                let held = |(_, slot): &(u64, &BlockState)| matches!(slot, BlockState::Resident(_));
                let held = store.slots.iter().filter(held).count() + store.standalone.len();
                let end = store.budget.end;
                let past = store
                    .slots
                    .iter()
                    .filter(|(key, slot)| *key >= end && matches!(slot, BlockState::Resident(_)));
                assert!(held <= 4, "{held} are held");
                assert_eq!(
                    past.count() + store.standalone.iter().filter(|kept| mark(kept) >= end).count(),
                    0
                );
            }
            assert_eq!(facts(&mut store).1, 397);
        }
    }

    #[test]
    fn blocks_that_come_to_be_wanted_by_another_text_are_bounded_too() {
        let long = "x".repeat(1 << 20);
        let mut store = small(Mode::Block);
        store.budget.limit = 4 << 20;
        for id in 0..40 {
            let id = id.to_string();
            for (number, text) in [(1, long.clone()), (2, String::new()), (1, format!("!{long}"))] {
                store.add(
                    &ScriptRecord::from_event(&event(&id, number, 2, &text), false),
                    0,
                    &Loud,
                );
            }
        }
        let held =
            store.slots.iter().filter(|(_, slot)| matches!(slot, BlockState::Resident(_))).count();
        assert!(held < 16, "{held} are held");
        let (texts, over_budget_rules, _, blocks) = facts(&mut store);
        assert_eq!((texts.len(), over_budget_rules, blocks), (3, 37, 40));
    }

    proptest! {
        #[test]
        fn which_are_kept_depends_on_no_order_and_no_division(
            records in prop::collection::vec((0_u8..40, 1_u32..3, 1_u32..3, "[a!]{1,40}"), 0..60),
            is_block in any::<bool>(),
            cuts in prop::collection::vec(0_usize..3, 60),
            turn in 0_usize..60,
        ) {
            let mode = if is_block { Mode::Block } else { Mode::Event };
            // One text for each part: which of two texts stays is not asked here.
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
            let whole = facts(&mut read(mode, &all));
            let mut turned = all.clone();
            turned.rotate_left(turn.min(all.len()));
            turned.reverse();
            prop_assert_eq!(&facts(&mut read(mode, &turned)), &whole);
            let mut merged = small(mode);
            for piece in [1, 2, 0] {
                let own: Vec<&Event> =
                    all.iter().zip(&cuts).filter(|(_, cut)| **cut == piece).map(|(event, _)| *event).collect();
                let mut writer = Writer::default();
                read(mode, &own).write(&mut writer);
                let bytes = writer.into_bytes();
                prop_assert!(merged.merge(&mut Reader::new(&bytes), &[0], &Loud).is_some());
            }
            prop_assert_eq!(&facts(&mut merged), &whole);
        }
    }
}
