//! [`Tally`]: how many blocks count in each source.

use super::store::BlockStore;
use crate::ordered::OrderedSet;

/// Counts of one source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Blocks whose lowest part present is in the source.
    pub script_blocks: u64,
    /// Those of them that lack parts.
    pub incomplete: u64,
}

impl BlockStore {
    /// Returns the counts of every source, estimates if there are more blocks than are remembered. `rank` has one entry for each source; a block with copies in several sources
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
        let rank_of = |source: u32| rank.get(source as usize).copied().unwrap_or(usize::MAX);
        let scale = self.digests.scale();
        let mut count = |source: u32, is_incomplete: bool| {
            if let Some(tally) = tallies.get_mut(source as usize) {
                tally.script_blocks += scale;
                tally.incomplete += scale * u64::from(is_incomplete);
            }
        };
        self.digests.single_sources(rank_of).for_each(|source| count(source, false));
        for ((_, total), entries) in self.digests.multipart_blocks() {
            let lowest = entries.first().map(|first| first.number);
            let first = entries.iter().take_while(|entry| Some(entry.number) == lowest);
            let home = first.map(|entry| entry.source).min_by_key(|source| rank_of(*source));
            let parts: OrderedSet<u32> = entries.iter().map(|entry| entry.number).collect();
            count(home.unwrap_or(0), (parts.len() as u64) < u64::from(total));
        }
        tallies
    }
}

#[cfg(test)]
mod tests {
    use super::super::Mode;
    use super::super::bounds::StoreLimits;
    use super::super::testing::{event, limited_store, merged_with, store_of, texts};
    use super::*;

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
    fn a_block_counts_in_the_source_of_lowest_rank_that_has_its_lowest_part() {
        let events = [
            (0, event("a", 1, 2, "x")),
            (0, event("a", 2, 2, "y")),
            (1, event("a", 1, 2, "x")),
            (0, event("b", 2, 3, "x")),
            (1, event("b", 3, 3, "x")),
        ];
        let store = store_of(Mode::Block, &events);
        assert_eq!(counts(&store, &[1, 0]), [1, 1]);
        assert_eq!(counts(&store, &[0, 1]), [2, 0]);
        assert_eq!(store.tallies(&[1, 0])[0].incomplete, 1);
    }

    #[test]
    fn past_the_limit_numbers_are_estimated_from_the_same_sample_in_any_order() {
        let tiny = StoreLimits { digests: 4_000, ..StoreLimits::default() };
        let mut events: Vec<_> =
            (0..20_000).map(|id| (0, event(&id.to_string(), 1, 1, "a"))).collect();
        let twice: Vec<_> = events.iter().chain(&events).cloned().collect();
        let forward = limited_store(Mode::Block, &tiny, &twice);
        let estimate = counts(&forward, &[0])[0];
        assert!((18_000..22_000).contains(&estimate), "{estimate}");
        assert!(forward.is_estimated());
        events.reverse();
        let (early, late) = events.split_at(7_000);
        let pieces = [early, late, &twice].map(|own| limited_store(Mode::Block, &tiny, own));
        assert_eq!(counts(&merged_with(&tiny, pieces), &[0, 1, 2])[0], estimate);
    }
}
