//! [`SourceNames`]: the order of sources, and names that distinguish those of one name.

use super::source_stats::SourceStats;
use crate::reassemble::{BlockPart, PartCopy, record_id_order};
use crate::sort;

/// Returns each source's rank in the report's order.
pub(crate) fn ranks(sources: &[SourceStats]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sources.len()).collect();
    sort::sort_by_key(&mut order, |&index| {
        sources.get(index).map(|source| {
            let counts =
                (source.records, source.first_time, source.last_time, &source.other_events);
            let names = (&source.computers, &source.problems, &source.levels);
            (&source.name, source.bytes, source.fingerprint, counts, names)
        })
    });
    let mut ranks = vec![0; sources.len()];
    for (rank, &index) in order.iter().enumerate() {
        if let Some(slot) = ranks.get_mut(index) {
            *slot = rank;
        }
    }
    ranks
}

/// Names of sources, with their ranks and, among sources of one name, ordinals: an ordinal distinguishes them in ids.
#[derive(Debug)]
pub(crate) struct SourceNames {
    names: Vec<String>,
    ranks: Vec<usize>,
    ordinals: Vec<usize>,
}

impl SourceNames {
    pub(crate) fn new(sources: &[SourceStats]) -> Self {
        let names: Vec<String> = sources.iter().map(|source| source.name.clone()).collect();
        let ranks = ranks(sources);
        // By rank, sources of one name are adjacent.
        let mut order: Vec<usize> = (0..names.len()).collect();
        sort::sort_by_key(&mut order, |&index| ranks.get(index));
        let mut ordinals = vec![0; names.len()];
        let mut last: Option<(&str, usize)> = None;
        for index in order {
            let Some((name, slot)) = names.get(index).zip(ordinals.get_mut(index)) else {
                continue;
            };
            *slot = last.filter(|(other, _)| *other == name).map_or(0, |(_, ordinal)| ordinal + 1);
            last = Some((name, *slot));
        }
        Self { names, ranks, ordinals }
    }

    pub(crate) fn name(&self, source: usize) -> &str {
        self.names.get(source).map(String::as_str).unwrap_or_default()
    }

    pub(crate) fn rank(&self, source: usize) -> usize {
        self.ranks.get(source).copied().unwrap_or(usize::MAX)
    }

    pub(crate) fn ordinal(&self, source: usize) -> usize {
        self.ordinals.get(source).copied().unwrap_or(0)
    }

    /// The copy of a part that a report shows: the earliest, and of equal ones the first by source and place.
    pub(super) fn first_copy<'b>(&self, part: &'b BlockPart) -> Option<&'b PartCopy> {
        part.copies.iter().min_by_key(|copy| {
            (copy.time, record_id_order(&copy.record), self.rank(copy.source), copy.place)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sources_of_one_name_are_numbered_by_their_rank(
            sources in prop::collection::vec(("[ab]", 0_u64..4), 0..12),
        ) {
            let source = |(name, bytes)| SourceStats { name, bytes, ..SourceStats::default() };
            let sources: Vec<SourceStats> = sources.into_iter().map(source).collect();
            let names = SourceNames::new(&sources);
            for (index, source) in sources.iter().enumerate() {
                let before = sources.iter().enumerate().filter(|(other, stats)| {
                    stats.name == source.name && names.rank(*other) < names.rank(index)
                });
                prop_assert_eq!(names.ordinal(index), before.count());
            }
        }
    }
}
