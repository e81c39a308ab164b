//! [`Tally`]: how many blocks count in each source.

use super::store::BlockStore;
use super::table::BlockState;
use std::collections::HashMap;

/// Counts of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Blocks whose lowest part present is in the source.
    pub script_blocks: u64,
    /// Those of them that lack parts.
    pub incomplete: u64,
}

impl BlockStore {
    /// Returns the counts of every source. `rank` has one entry for each source; a block with copies in several sources
    /// counts in the one of lowest rank.
    ///
    /// ```
    /// use scriptscope::Mode;
    /// use scriptscope::internal::{Event, ScriptBlock, reassemble::{BlockFilter, BlockStore}};
    /// use scriptscope::internal::{source::ScriptRecord, text::Raw};
    ///
    /// struct Nothing;
    ///
    /// impl BlockFilter for Nothing {
    ///     fn may_match(&self, _: Raw<'_>) -> bool { false }
    ///     fn matching_rules(&self, _: &ScriptBlock) -> Vec<u32> { Vec::new() }
    /// }
    ///
    /// // The same record in two sources.
    /// let event = Event {
    ///     script_block_id: Some("6f1c".into()),
    ///     number: Some(1),
    ///     total: Some(1),
    ///     text: "Get-Date".into(),
    ///     ..Event::default()
    /// };
    /// let mut store = BlockStore::new(Mode::Block);
    /// for source in [0, 1] {
    ///     store.add(&ScriptRecord::from_event(&event, false), source, &Nothing);
    /// }
    /// let counts = |rank: &[usize]| -> Vec<u64> {
    ///     store.tallies(rank).iter().map(|tally| tally.script_blocks).collect()
    /// };
    /// assert_eq!(counts(&[0, 1]), [1, 0]);
    /// assert_eq!(counts(&[1, 0]), [0, 1]);
    /// ```
    pub fn tallies(&self, rank: &[usize]) -> Vec<Tally> {
        let mut tallies: Vec<Tally> = (0..rank.len())
            .map(|source| Tally {
                script_blocks: self.standalone_counts.get(source).copied().unwrap_or(0),
                incomplete: 0,
            })
            .collect();
        let rank_of = |source: &usize| rank.get(*source).copied().unwrap_or(usize::MAX);
        let mut homes: HashMap<u64, usize> = HashMap::new();
        for &(key, source) in &self.copies_elsewhere {
            let home = homes.entry(key).or_insert(source);
            if rank_of(&source) < rank_of(home) {
                *home = source;
            }
        }
        for (key, state) in self.blocks.iter() {
            let (home, incomplete) = match state {
                BlockState::Evicted(evicted) => {
                    let other = homes.get(&key).copied().unwrap_or(evicted.source);
                    (std::cmp::min_by_key(evicted.source, other, rank_of), evicted.incomplete)
                }
                BlockState::Resident(resident) => {
                    let parts = &resident.parts;
                    let sources = parts.first_copies().iter().map(|copy| copy.source);
                    (sources.min_by_key(rank_of).unwrap_or(0), !parts.is_complete())
                }
            };
            if let Some(tally) = tallies.get_mut(home) {
                tally.script_blocks += 1;
                tally.incomplete += u64::from(incomplete);
            }
        }
        tallies
    }
}

#[cfg(test)]
mod tests {
    use super::super::Mode;
    use super::super::testing::{event, store_of, texts};
    use super::*;
    use crate::limits;

    fn counts(store: &BlockStore, rank: &[usize]) -> Vec<u64> {
        store.tallies(rank).iter().map(|tally| tally.script_blocks).collect()
    }

    #[test]
    fn a_copy_counts_once_in_the_source_of_lowest_rank() {
        let mut other = event("ID", 1, 1, "a!");
        other.computer = Some("fs03".into());
        let events = [(1, event("id", 1, 1, "a!")), (0, other), (0, event("x", 1, 1, "quiet"))];
        let mut blocks = store_of(Mode::Block, &events);
        assert_eq!(texts(&mut blocks), ["a!"], "computer and id compare without regard to case");
        assert_eq!(counts(&blocks, &[1, 0]), [1, 1]);
        let mut records = store_of(Mode::Event, &events);
        assert_eq!(texts(&mut records).len(), 2);
        assert_eq!(counts(&records, &[0, 1]).iter().sum::<u64>(), 3);
    }

    #[test]
    fn an_evicted_block_counts_in_the_source_of_lowest_rank_that_has_it() {
        let filler = "x".repeat(limits::UNMATCHED_BLOCK_BYTES);
        let events = [
            (0, event("a", 1, 2, "x")),
            (0, event("a", 2, 2, "y")),
            (1, event("a", 1, 2, "x")),
            (1, event("a", 2, 2, "y")),
            (0, event("b", 1, 2, &filler)),
            (0, event("b", 2, 2, "")),
        ];
        let store = store_of(Mode::Block, &events);
        assert!(store.blocks.iter().any(|(_, state)| matches!(state, BlockState::Evicted(_))));
        assert_eq!(counts(&store, &[1, 0]), [1, 1]);
    }
}
