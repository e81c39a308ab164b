//! Merges the blocks of another session into a [`BlockStore`].

use super::filter::{BlockFilter, MatchedBlock};
use super::key::BlockKey;
use super::matched_texts::MatchedTexts;
use super::partial::{read_key, read_matched, read_resident};
use super::resident::Resident;
use super::store::BlockStore;
use crate::memory;
use crate::ordered::OrderedMap;
use crate::wire::WireReader;
use std::sync::Arc;

/// Most of a store: the matched blocks that wait for no part, taken out of it for another store of this process. Written as
/// bytes and read again, they would be in memory three times.
#[derive(Debug, Default)]
pub(crate) struct TakenBlocks {
    texts: MatchedTexts,
    standalone: Vec<Arc<MatchedBlock>>,
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
        self.digests.merge(reader, sources)?;
        let floor = reader.option(WireReader::number)?;
        let ends = reader
            .list(|reader| Some(((reader.small()?, reader.small()?), reader.number()?)))?
            .into_iter();
        self.budget.cut.merge(floor.map(|floor| floor as i64), OrderedMap::from_iter(ends));
        self.not_kept.merge(reader)?;
        for _ in 0..reader.size()? {
            memory::grow_ahead();
            let key = read_key(reader)?;
            let block = read_matched(reader, sources)?;
            let matched = MatchedBlock {
                block: super::ScriptBlock { standalone: false, ..block.block },
                rules: block.rules,
            };
            self.keep_text(key, Arc::new(matched), filter);
        }
        for _ in 0..reader.size()? {
            memory::grow_ahead();
            let key = read_key(reader)?;
            let resident = read_resident(reader, sources, &self.limits)?;
            self.merge_resident(key, resident, filter);
        }
        let standalone = reader.list(|reader| read_matched(reader, sources))?;
        for matched in standalone {
            self.keep_standalone(Arc::new(matched), filter);
        }
        for (index, count) in reader.list(WireReader::number)?.into_iter().enumerate() {
            self.count_standalone(*sources.get(index)?, count);
        }
        self.too_long.merge(reader)?;
        self.missed_views.unsearched.merge(reader)?;
        self.missed_views.unevaluated.merge(reader)?;
        self.in_pairs.merge(reader)?;
        self.in_some_pairs.merge(reader)?;
        self.closed_early.merge(reader)?;
        self.closed_early_count += reader.number()?;
        self.enforce_budget(filter);
        Some(())
    }

    /// Takes out the matched blocks that wait for no part. Without them the store can only be [written](Self::write).
    pub(crate) fn take_blocks(&mut self) -> TakenBlocks {
        TakenBlocks {
            texts: std::mem::take(&mut self.texts),
            standalone: std::mem::take(&mut self.standalone),
        }
    }

    /// Adds the blocks taken out of a store, after what it then wrote was [merged](Self::merge) with these `sources`. Returns
    /// `None` if a source is unknown.
    pub(crate) fn add_blocks(
        &mut self,
        taken: TakenBlocks,
        sources: &[usize],
        filter: &dyn BlockFilter,
    ) -> Option<()> {
        let TakenBlocks { texts, standalone } = taken;
        for (key, blocks) in texts {
            for mut matched in blocks {
                map_sources(&mut matched, sources)?;
                self.keep_text(key.block.clone(), matched, filter);
            }
        }
        for mut matched in standalone {
            map_sources(&mut matched, sources)?;
            self.keep_standalone(matched, filter);
        }
        self.enforce_budget(filter);
        Some(())
    }

    fn merge_resident(&mut self, key: BlockKey, new: Resident, filter: &dyn BlockFilter) {
        match self.multiparts.get_mut(&key) {
            None => _ = self.multiparts.insert(key.clone(), Box::new(new)),
            Some(old) => {
                old.verdict = None;
                old.closed_early |= new.closed_early;
                for outcome in old.parts.merge(new.parts, &self.limits) {
                    self.search_excess(&key, outcome, filter);
                }
            }
        }
        self.enqueue(&key, filter);
        self.evict_over_limits(filter);
    }
}

/// Replaces the indexes of a block's sources by those of another session.
fn map_sources(matched: &mut Arc<MatchedBlock>, sources: &[usize]) -> Option<()> {
    let parts = &mut Arc::make_mut(matched).block.parts;
    for copy in parts.iter_mut().flat_map(|part| &mut part.copies) {
        copy.source = *sources.get(copy.source)?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::bounds::StoreLimits;
    use super::super::testing::{
        Loud, event, limited_store, merged, merged_with, moved_with, records, store_of, texts,
    };
    use super::super::{Conflict, Mode, Tally};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_part_that_another_session_read_makes_another_text() {
        let cut = [event("a", 1, 2, "abc"), event("a", 2, 2, "efg")];
        let other = [event("a", 1, 2, "abc!d"), event("a", 2, 2, "efg")];
        let mut events: Vec<_> =
            [cut, other].concat().into_iter().map(|event| (0, event)).collect();
        for _ in 0..4 {
            events.rotate_left(1);
            for split in 0..4 {
                let (early, late) = events.split_at(split);
                let mut both = merged([late, early].map(|events| store_of(Mode::Block, events)));
                assert_eq!(texts(&mut both), ["abc!defg"], "{split}");
                assert_eq!(both.matched_blocks(&Loud).conflicts_total, 1, "{split}");
            }
        }
    }

    #[test]
    fn bytes_that_no_store_wrote_are_refused() {
        let mut store = BlockStore::new(Mode::Block);
        for bytes in [&b""[..], &[1, 7, 9], &[200]] {
            assert_eq!(store.merge(&mut WireReader::new(bytes), &[0], &Loud), None);
        }
    }

    /// Texts, counts, conflicts with and without names, and how many there are.
    type Facts = (Vec<String>, Vec<Tally>, Vec<Conflict>, u64);

    fn facts(store: &mut BlockStore) -> Facts {
        let found = store.matched_blocks(&Loud);
        (texts(store), store.tallies(&[2, 0, 1]), found.conflicts, found.conflicts_total)
    }

    proptest! {
        #[test]
        fn merged_stores_equal_one_that_read_everything(
            records in records(),
            cuts in prop::collection::vec(0_usize..3, 12),
            digests in 1_usize..12,
            combinations in 1_usize..4,
        ) {
            for limits in [
                StoreLimits::default(),
                StoreLimits { digests, combinations, ..StoreLimits::default() },
            ] {
                let mut one = limited_store(Mode::Block, &limits, &records);
                let stores = || [2, 0, 1].map(|piece| {
                    let cut = records.iter().zip(&cuts).filter(|(_, cut)| **cut == piece);
                    let own: Vec<_> = cut.map(|(record, _)| record.clone()).collect();
                    limited_store(Mode::Block, &limits, &own)
                });
                let expected = facts(&mut one);
                for mut both in [merged_with(&limits, stores()), moved_with(&limits, stores())] {
                    prop_assert_eq!(&facts(&mut both), &expected);
                    prop_assert_eq!(one.is_estimated(), both.is_estimated());
                }
                let mut reversed = records.clone();
                reversed.reverse();
                prop_assert_eq!(&facts(&mut limited_store(Mode::Block, &limits, &reversed)), &expected);
            }
        }
    }
}
