//! [`NotKept`]: blocks that rules match and the budget does not admit.

use super::filter::MatchedBlock;
use crate::limits;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::sort;
use crate::text::fold_case;
use crate::wire::{WireReader, WireWriter};
use std::sync::Arc;

/// What is remembered of a block that is not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockFacts {
    /// Its computer, with case folded.
    pub computer: Option<String>,
    /// Its user.
    pub user: Option<String>,
    /// Indexes of the rules that match it.
    pub rules: Vec<u32>,
}

impl BlockFacts {
    pub(super) fn new(matched: &MatchedBlock, rules: Vec<u32>) -> Self {
        let event = &matched.block.event;
        let short = |name: &&str| !name.is_empty() && name.len() <= limits::NAME_BYTES;
        Self {
            computer: event.computer.as_deref().filter(short).map(fold_case),
            user: event.user.as_deref().filter(short).map(str::to_owned),
            rules,
        }
    }
}

/// Blocks that are counted and not kept, by fingerprint. They share their facts: one takes some 40 bytes.
///
/// Past a limit only a sample of them is remembered, as of [digests](super::digests).
#[derive(Debug)]
pub(super) struct NotKept {
    /// Blocks with an id: a repeated record is counted once.
    keyed: OrderedMap<u64, Arc<BlockFacts>>,
    /// Standalone blocks: each record counts.
    standalone: OrderedMap<u64, (Arc<BlockFacts>, u64)>,
    facts: OrderedSet<Arc<BlockFacts>>,
    level: u32,
    limit: usize,
}

/// Greatest number of zero bits of a fingerprint: a sample of a millionth.
const LEVELS: u32 = 20;

impl NotKept {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            keyed: OrderedMap::new(),
            standalone: OrderedMap::new(),
            facts: OrderedSet::new(),
            level: 0,
            limit,
        }
    }

    /// Whether numbers are estimates.
    pub(super) fn is_sampled(&self) -> bool {
        self.level > 0
    }

    /// Counts a block with an id.
    pub(super) fn add(&mut self, fingerprint: u64, mut facts: BlockFacts) {
        if !is_in_sample(fingerprint, self.level) {
            return;
        }
        if let Some(known) = self.keyed.get(&fingerprint) {
            facts.rules.extend(&known.rules);
            sort::sort(&mut facts.rules);
            facts.rules.dedup();
            let BlockFacts { computer, user, .. } = BlockFacts::clone(known);
            facts = BlockFacts {
                computer: computer.min(facts.computer),
                user: user.min(facts.user),
                ..facts
            };
        }
        let facts = self.share(facts);
        let former = self.keyed.insert(fingerprint, facts);
        // Facts that no block has any more must not make the sample smaller: one is in the set, one here.
        if let Some(former) = former.filter(|former| Arc::strong_count(former) == 2) {
            self.facts.remove(&former);
        }
        self.limit_entries();
    }

    /// Counts this many records that are blocks of their own.
    pub(super) fn add_standalone(&mut self, fingerprint: u64, facts: BlockFacts, more: u64) {
        if is_in_sample(fingerprint, self.level) {
            let facts = self.share(facts);
            self.standalone.entry(fingerprint).or_insert((facts, 0)).1 += more;
            self.limit_entries();
        }
    }

    fn share(&mut self, facts: BlockFacts) -> Arc<BlockFacts> {
        let facts = Arc::new(facts);
        match self.facts.get(&facts) {
            Some(known) => Arc::clone(known),
            None => {
                self.facts.insert(Arc::clone(&facts));
                facts
            }
        }
    }

    /// Halves the sample until it is within the limit.
    fn limit_entries(&mut self) {
        // Facts have names, and take four times as much.
        while self.level < LEVELS
            && self.keyed.len() + self.standalone.len() + 4 * self.facts.len() > self.limit
        {
            self.sample(self.level + 1);
        }
    }

    /// Removes the blocks that are not in the sample of this level.
    fn sample(&mut self, level: u32) {
        if level <= self.level {
            return;
        }
        self.level = level;
        self.keyed.retain(|fingerprint, _| is_in_sample(*fingerprint, level));
        self.standalone.retain(|fingerprint, _| is_in_sample(*fingerprint, level));
        self.facts = OrderedSet::new();
        let used = self.keyed.values().chain(self.standalone.values().map(|(facts, _)| facts));
        self.facts.extend(used.cloned());
    }

    /// Returns these blocks and further ones: fingerprint, facts, and whether each is a standalone block. All of them
    /// decide how large the sample is, so numbers do not depend on which blocks were evicted before the report.
    pub(super) fn with_further(&self, further: Vec<(u64, BlockFacts, bool)>) -> Self {
        let mut all = Self { level: self.level, ..Self::new(self.limit) };
        for (fingerprint, facts) in &self.keyed {
            all.add(*fingerprint, BlockFacts::clone(facts));
        }
        for (fingerprint, (facts, count)) in &self.standalone {
            all.add_standalone(*fingerprint, BlockFacts::clone(facts), *count);
        }
        for (fingerprint, facts, is_standalone) in further {
            match is_standalone {
                true => all.add_standalone(fingerprint, facts, 1),
                false => all.add(fingerprint, facts),
            }
        }
        all
    }

    /// Returns how many blocks there are with the same facts.
    pub(super) fn counts(&self) -> OrderedMap<Arc<BlockFacts>, u64> {
        let mut counts: OrderedMap<Arc<BlockFacts>, u64> = OrderedMap::new();
        let mut count = |facts: &Arc<BlockFacts>, more: u64| {
            *counts.entry(Arc::clone(facts)).or_default() += more << self.level;
        };
        self.keyed.values().for_each(|facts| count(facts, 1));
        self.standalone.values().for_each(|(facts, more)| count(facts, *more));
        counts
    }

    pub(super) fn write(&self, writer: &mut WireWriter) {
        let write_facts = |writer: &mut WireWriter, facts: &BlockFacts| {
            writer.option(facts.computer.as_deref(), WireWriter::text);
            writer.option(facts.user.as_deref(), WireWriter::text);
            writer.list(facts.rules.iter(), |writer, rule| writer.number((*rule).into()));
        };
        writer.number(self.level.into());
        let mut indexes: OrderedMap<&BlockFacts, usize> = OrderedMap::new();
        writer.list(self.facts.iter(), |writer, facts| {
            indexes.insert(facts, indexes.len());
            write_facts(writer, facts);
        });
        let index = |facts: &BlockFacts| indexes.get(facts).copied().unwrap_or_default();
        writer.list(self.keyed.iter(), |writer, (fingerprint, facts)| {
            writer.number(*fingerprint);
            writer.size(index(facts));
        });
        writer.list(self.standalone.iter(), |writer, (fingerprint, (facts, count))| {
            writer.number(*fingerprint);
            writer.size(index(facts));
            writer.number(*count);
        });
    }

    /// Adds what another session wrote.
    pub(super) fn merge(&mut self, reader: &mut WireReader<'_>) -> Option<()> {
        self.sample(reader.small().filter(|level| *level <= LEVELS)?);
        let facts = reader.list(|reader| {
            Some(BlockFacts {
                computer: reader.option(WireReader::text)?,
                user: reader.option(WireReader::text)?,
                rules: reader.list(WireReader::small)?,
            })
        })?;
        for _ in 0..reader.size()? {
            let fingerprint = reader.number()?;
            self.add(fingerprint, facts.get(reader.size()?)?.clone());
        }
        for _ in 0..reader.size()? {
            let fingerprint = reader.number()?;
            let facts = facts.get(reader.size()?)?.clone();
            self.add_standalone(fingerprint, facts, reader.number()?);
        }
        Some(())
    }
}

/// Whether a fingerprint is in the sample of this level.
fn is_in_sample(fingerprint: u64, level: u32) -> bool {
    fingerprint & ((1 << level) - 1) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(computer: &str) -> BlockFacts {
        BlockFacts { computer: Some(computer.to_owned()), user: None, rules: vec![1] }
    }

    #[test]
    fn a_repeated_block_counts_once_and_each_standalone_block_by_itself() {
        let mut not_kept = NotKept::new(100);
        for _ in 0..2 {
            not_kept.add(7, facts("a"));
            not_kept.add_standalone(7, facts("a"), 1);
        }
        let more = vec![(7, facts("a"), false), (8, facts("a"), false), (9, facts("b"), true)];
        let counts: Vec<_> = not_kept.with_further(more).counts().into_values().collect();
        assert_eq!(counts, [4, 1]);
        not_kept.add(7, BlockFacts { rules: vec![0, 1], ..facts("a") });
        let counts = not_kept.counts();
        assert!(counts.keys().any(|facts| facts.rules == [0, 1]));
    }

    #[test]
    fn past_the_limit_numbers_are_estimates_that_do_not_depend_on_order() {
        let hash = |number: u64| crate::fingerprint::hash_words([number]);
        let of = |numbers: &mut dyn Iterator<Item = u64>| {
            let mut not_kept = NotKept::new(1_000);
            numbers.for_each(|number| not_kept.add(hash(number), facts("a")));
            not_kept
        };
        let all = of(&mut (0..10_000));
        let count = |not_kept: &NotKept| *not_kept.counts().values().next().unwrap();
        assert!((8_000..12_000).contains(&count(&all)), "{}", count(&all));
        assert_eq!(count(&of(&mut (0..10_000).rev())), count(&all));
        let mut merged = of(&mut (0..3_000));
        let mut writer = WireWriter::default();
        of(&mut (2_000..10_000)).write(&mut writer);
        let bytes = writer.into_bytes();
        merged.merge(&mut WireReader::new(&bytes)).unwrap();
        assert_eq!((count(&merged), merged.is_sampled()), (count(&all), true));
    }
}
