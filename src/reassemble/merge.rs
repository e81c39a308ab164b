//! Merges the blocks of another session into a [`BlockStore`].

use super::block::ScriptBlock;
use super::digest::TextDigest;
use super::evicted::Evicted;
use super::filter::{BlockFilter, MatchedBlock};
use super::partial::{read_matched, read_state};
use super::parts::AddOutcome;
use super::resident::Resident;
use super::store::BlockStore;
use super::table::BlockState;
use crate::limits;
use crate::memory;
use crate::wire::WireReader;
use std::collections::HashSet;

/// The fate of the other session's text for a block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MergeOutcome {
    /// It is the block's text, or a copy of it.
    Stays,
    /// This session's text replaced it.
    Lost,
}

impl BlockStore {
    /// Merges what another store [wrote](Self::write). `sources` maps the other session's source indexes to this one's.
    /// Returns `None` if the bytes were not written by a store; the blocks read until then stay.
    pub(crate) fn merge(
        &mut self,
        reader: &mut WireReader<'_>,
        sources: &[usize],
        filter: &dyn BlockFilter,
    ) -> Option<()> {
        let blocks = reader.size()?;
        let mut lost = HashSet::new();
        for _ in 0..blocks {
            memory::grow_ahead();
            let key = reader.number()?;
            let state = read_state(reader, sources)?;
            if self.merge_block(key, state, filter) == MergeOutcome::Lost {
                lost.insert(key);
            }
        }
        let standalone = reader.list(|reader| read_matched(reader, sources))?;
        standalone.into_iter().for_each(|matched| self.keep_standalone(matched));
        for (index, count) in reader.list(WireReader::number)?.into_iter().enumerate() {
            self.count_standalone(*sources.get(index)?, count);
        }
        for (key, source) in reader.list(|reader| Some((reader.number()?, reader.size()?)))? {
            let source = *sources.get(source)?;
            // Copies of a text that was replaced are not copies of the block.
            if !lost.contains(&key) {
                self.note_copy(key, usize::MAX, source);
            }
        }
        for (key, part) in reader.list(|reader| Some((reader.number()?, reader.small()?)))? {
            self.note_conflict(key, part);
        }
        self.too_long.extend(reader.list(|reader| Some((reader.text()?, reader.text()?)))?);
        self.budget.end = self.budget.end.min(reader.number()?);
        self.budget.standalone += reader.number()?;
        for (rule, count) in reader.list(|reader| Some((reader.small()?, reader.number()?)))? {
            *self.budget.standalone_by_rule.entry(rule).or_default() += count;
        }
        self.closed_early += reader.number()?;
        self.not_remembered += reader.number()?;
        self.enforce_budget(filter);
        Some(())
    }

    fn merge_block(&mut self, key: u64, new: BlockState, filter: &dyn BlockFilter) -> MergeOutcome {
        let old = match self.blocks.remove(key) {
            Some(old) => old,
            None if self.blocks.len() >= limits::REMEMBERED_BLOCKS => {
                self.not_remembered += 1;
                self.add_forgotten(new, filter);
                return MergeOutcome::Stays;
            }
            None => {
                self.insert_merged(key, new, filter);
                return MergeOutcome::Stays;
            }
        };
        let mut outcome = MergeOutcome::Stays;
        let state = match (old, new) {
            (BlockState::Resident(mut old), BlockState::Resident(new)) => {
                for (part, added) in old.merge(*new, filter) {
                    if matches!(added, AddOutcome::Replaced | AddOutcome::Lost) {
                        self.note_conflict(key, part);
                    }
                }
                BlockState::Resident(old)
            }
            (BlockState::Evicted(old), BlockState::Evicted(new)) => {
                let (evicted, merged) = self.merge_evicted(key, old, new);
                outcome = merged;
                BlockState::Evicted(evicted)
            }
            (BlockState::Evicted(evicted), BlockState::Resident(resident)) => {
                self.merge_evicted_and_resident(key, evicted, resident, filter)
            }
            (BlockState::Resident(resident), BlockState::Evicted(evicted)) => {
                let state = self.merge_evicted_and_resident(key, evicted, resident, filter);
                if matches!(state, BlockState::Resident(_)) {
                    outcome = MergeOutcome::Lost;
                }
                state
            }
        };
        self.insert_merged(key, state, filter);
        outcome
    }

    fn insert_merged(&mut self, key: u64, state: BlockState, filter: &dyn BlockFilter) {
        self.blocks.insert(key, state);
        self.enqueue(key, filter);
        self.evict_over_limits(filter);
    }

    fn merge_evicted(&mut self, key: u64, old: Evicted, new: Evicted) -> (Evicted, MergeOutcome) {
        let has_same_digest = old.digest == new.digest;
        let is_same = old.is_multipart || has_same_digest;
        if !has_same_digest && !old.incomplete && !new.incomplete {
            self.note_conflict(key, 1);
        }
        // Of two that look the same, the matched one stays.
        let is_matched = old.over_budget_rules().is_none() && new.over_budget_rules().is_some();
        let new_wins = !is_same && old.loses_to(new.digest, is_matched);
        let incomplete = old.incomplete && new.incomplete;
        let (winner, loser) =
            if new_wins || is_same && is_matched { (new, old) } else { (old, new) };
        if is_same {
            self.note_copy(key, winner.source, loser.source);
        } else if new_wins {
            self.forget_copies(key);
        }
        // A single text that wins is the longer one already; of several parts the longest counts.
        let units = winner.digest.units.max(loser.digest.units);
        let digest = TextDigest { units, ..winner.digest };
        let outcome = if is_same || new_wins { MergeOutcome::Stays } else { MergeOutcome::Lost };
        (Evicted { incomplete, digest, ..winner }, outcome)
    }

    /// Merges a block that is evicted in one session and resident in the other.
    fn merge_evicted_and_resident(
        &mut self,
        key: u64,
        evicted: Evicted,
        mut resident: Box<Resident>,
        filter: &dyn BlockFilter,
    ) -> BlockState {
        let digest = resident.parts.to_evicted().digest;
        if evicted.was_cut(digest.units) {
            self.note_replaced(key, &evicted);
            return BlockState::Resident(resident);
        }
        let is_matched = evicted.over_budget_rules().is_none() && resident.is_matched(filter);
        if evicted.is_multipart || (digest == evicted.digest && !is_matched) {
            self.open.weight -= resident.open_weight;
            self.note_copies(key, evicted.source, &resident.parts);
            return BlockState::Evicted(evicted);
        }
        self.note_conflict(key, 1);
        if evicted.loses_to(digest, is_matched) {
            self.forget_copies(key);
            BlockState::Resident(resident)
        } else {
            self.open.weight -= resident.open_weight;
            BlockState::Evicted(evicted)
        }
    }

    /// Adds a block past [`limits::REMEMBERED_BLOCKS`] as a standalone one.
    fn add_forgotten(&mut self, state: BlockState, filter: &dyn BlockFilter) {
        match state {
            BlockState::Evicted(evicted) => self.count_standalone(evicted.source, 1),
            BlockState::Resident(mut resident) => {
                self.count_standalone(resident.parts.to_evicted().source, 1);
                if let Some(matched) = resident.evaluate(filter) {
                    let block = ScriptBlock { standalone: true, ..matched.block.clone() };
                    self.keep_standalone(MatchedBlock { block, rules: matched.rules.clone() });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Mode;
    use super::super::testing::{event, merged, records, store_of, texts};
    use super::*;
    use crate::event::Event;
    use proptest::prelude::*;

    /// Some exports cut the texts of parts. The log itself then completes the block, whichever of the two is read first.
    #[test]
    fn an_evicted_block_of_cut_parts_is_replaced_by_a_complete_copy() {
        let cut = [event("a", 1, 2, "abc"), event("a", 2, 2, "efg")];
        let complete = [event("a", 1, 2, "abc!d"), event("a", 2, 2, "efg")];
        let filler = "x".repeat(limits::UNMATCHED_BLOCK_BYTES);
        let filler = [event("b", 1, 2, &filler), event("b", 2, 2, "")];
        let sources = |first: &[Event; 2], last: &[Event; 2]| {
            let of = |source, events: &[Event; 2]| events.clone().map(|event| (source, event));
            [of(0, first), of(1, &filler), of(2, last)].concat()
        };
        for events in [sources(&cut, &complete), sources(&complete, &cut)] {
            let mut one = store_of(Mode::Block, &events);
            assert_eq!(texts(&mut one), ["abc!defg"]);
            assert_eq!(one.conflicts(), 1);
            for split in [2, 4] {
                for swap in [false, true] {
                    let (early, late) = events.split_at(split);
                    let mut stores = [early, late].map(|events| store_of(Mode::Block, events));
                    if swap {
                        stores.reverse();
                    }
                    let mut both = merged(stores);
                    assert_eq!(texts(&mut both), ["abc!defg"], "{split} {swap}");
                    assert_eq!(both.conflicts(), 1, "{split} {swap}");
                }
            }
        }
        let copies = store_of(Mode::Block, &sources(&cut, &cut));
        assert_eq!(copies.conflicts(), 0);
        assert_eq!(copies.len(), 2);
    }

    #[test]
    fn copies_of_a_text_that_another_session_replaced_do_not_count() {
        let early = [(0, event("a", 1, 1, ""))];
        let late = [(0, event("a", 1, 1, "b")), (1, event("a", 1, 1, "b"))];
        for [first, second] in [[&early[..], &late[..]], [&late[..], &early[..]]] {
            let both = merged([first, second].map(|events| store_of(Mode::Block, events)));
            let counts: Vec<u64> =
                both.tallies(&[2, 0, 1]).iter().map(|tally| tally.script_blocks).collect();
            assert_eq!(counts, [0, 1, 0]);
            assert_eq!(both.conflicts(), 1);
        }
    }

    #[test]
    fn bytes_that_no_store_wrote_are_refused() {
        let mut store = BlockStore::new(Mode::Block);
        for bytes in [&b""[..], &[1, 7, 9], &[200]] {
            let filter = super::super::testing::Loud;
            assert_eq!(store.merge(&mut WireReader::new(bytes), &[0], &filter), None);
        }
    }

    proptest! {
        #[test]
        fn merged_stores_equal_one_that_read_everything(
            records in records(),
            cuts in prop::collection::vec(0_usize..3, 12),
        ) {
            let facts = |store: &mut BlockStore| {
                let tallies = store.tallies(&[2, 0, 1]);
                (texts(store), tallies, store.conflicts())
            };
            let mut one = store_of(Mode::Block, &records);
            let stores = [2, 0, 1].map(|piece| {
                let cut = records.iter().zip(&cuts).filter(|(_, cut)| **cut == piece);
                let own: Vec<_> = cut.map(|(record, _)| record.clone()).collect();
                store_of(Mode::Block, &own)
            });
            prop_assert_eq!(facts(&mut one), facts(&mut merged(stores)));
        }
    }
}
