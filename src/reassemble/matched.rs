//! [`MatchedBlocks`]: the blocks that a report is made of.

use super::budget::{Claim, computer_hash, fingerprint, weight};
use super::conflicts::{Conflict, to_variants};
use super::digests::DigestConflict;
use super::filter::{BlockFilter, MatchedBlock};
use super::key::BlockKey;
use super::matched_texts::{TextKey, add_alternative};
use super::not_kept::BlockFacts;
use super::resident::Resident;
use super::store::BlockStore;
use crate::limits;
use crate::ordered::OrderedMap;
use crate::sort;
use std::sync::Arc;

/// The blocks that rules match.
#[derive(Debug, Default)]
pub struct MatchedBlocks {
    /// The blocks that the budget admits.
    pub blocks: Vec<Arc<MatchedBlock>>,
    /// Numbers of further blocks, by what is remembered of them.
    pub(crate) not_kept: OrderedMap<Arc<BlockFacts>, u64>,
    /// Whether these numbers are estimates.
    pub not_kept_is_estimated: bool,
    /// Blocks that records give different texts: first those that rules match, a limited number of them.
    pub conflicts: Vec<Conflict>,
    /// Number of all such blocks.
    pub conflicts_total: u64,
}

/// A unit that is kept or not: a standalone block, a text, or a block in several parts.
struct Candidate<'a> {
    claim: Claim,
    /// `None` for a standalone block.
    key: Option<&'a BlockKey>,
    blocks: &'a [Arc<MatchedBlock>],
}

impl<'a> Candidate<'a> {
    /// Returns `None` without a block.
    fn new(
        fingerprint: u64,
        key: Option<&'a BlockKey>,
        blocks: &'a [Arc<MatchedBlock>],
        filter: &dyn BlockFilter,
    ) -> Option<Self> {
        let claim = claim(fingerprint, blocks.iter().map(|block| &**block), filter)?;
        Some(Self { claim, key, blocks })
    }

    fn facts(&self) -> Option<BlockFacts> {
        Some(BlockFacts::new(self.blocks.first()?, self.claim.rules.clone()))
    }
}

/// Returns the claim of matched texts of one block.
fn claim<'a>(
    fingerprint: u64,
    blocks: impl Iterator<Item = &'a MatchedBlock> + Clone,
    filter: &dyn BlockFilter,
) -> Option<Claim> {
    let mut rules: Vec<u32> = blocks.clone().flat_map(|block| block.rules.clone()).collect();
    sort::sort(&mut rules);
    rules.dedup();
    Some(Claim {
        fingerprint,
        weight: blocks.clone().map(weight).sum(),
        score: rules.iter().map(|rule| filter.score(*rule)).max()?,
        rules,
        computer: blocks.map(computer_hash).min()?,
    })
}

impl BlockStore {
    /// Returns the blocks that rules match. Incomplete blocks are evaluated in their present state. `filter` evaluates
    /// the blocks that changed since they were last evaluated.
    pub fn matched_blocks(&mut self, filter: &dyn BlockFilter) -> MatchedBlocks {
        self.evaluate_pending(filter, |_| true);
        let mut result = MatchedBlocks::default();
        let candidates = self.candidates(false, filter);
        let claims: Vec<Claim> = candidates.iter().map(|own| own.claim.clone()).collect();
        let cut = self.budget.cut.tighten(&claims, self.budget.limit);
        let mut keyed: Vec<(&BlockKey, Arc<MatchedBlock>)> = Vec::new();
        let mut further = Vec::new();
        for candidate in candidates {
            let blocks = candidate.blocks.iter().cloned();
            match candidate.key {
                _ if !cut.admits(&candidate.claim) => {
                    let is_standalone = candidate.key.is_none();
                    let facts = candidate.facts();
                    further.extend(
                        facts.map(|facts| (candidate.claim.fingerprint, facts, is_standalone)),
                    );
                }
                None => result.blocks.extend(blocks),
                Some(key) => keyed.extend(blocks.map(|block| (key, block))),
            }
        }
        let not_kept = self.not_kept.with_further(further);
        result.not_kept = not_kept.counts();
        result.not_kept_is_estimated = not_kept.is_sampled();
        sort::sort_by(&mut keyed, |a, b| a.0.cmp(b.0));
        let conflicts = self.digests.conflicts().into_iter();
        let mut conflicts: OrderedMap<u64, DigestConflict> =
            conflicts.map(|conflict| (conflict.key, conflict)).collect();
        for group in keyed.chunk_by(|a, b| a.0.has_names_of(b.0)) {
            let conflict = group.first().and_then(|(key, _)| conflicts.remove(&key.hash));
            let blocks = group.iter().map(|(_, block)| Arc::clone(block)).collect();
            let (mut blocks, conflict) = to_variants(blocks, conflict.as_ref());
            result.blocks.append(&mut blocks);
            result.conflicts.extend(conflict);
        }
        result.conflicts_total =
            result.conflicts.len() as u64 + conflicts.len() as u64 * self.digests.scale();
        sort::sort(&mut result.conflicts);
        result.conflicts.truncate(limits::NAMED_BLOCKS);
        let others = conflicts.values().take(limits::NAMED_BLOCKS);
        result.conflicts.extend(others.map(Conflict::without_names));
        result
    }

    /// Evaluates the rules on blocks that changed since they were last evaluated.
    pub(super) fn evaluate_pending(
        &mut self,
        filter: &dyn BlockFilter,
        is_chosen: impl Fn(&Resident) -> bool,
    ) {
        let mut unmatched = Vec::new();
        let mut evaluated = Vec::new();
        for (key, resident) in self.multiparts.iter_mut() {
            if resident.verdict.is_none() && is_chosen(resident) {
                let is_closed = resident.evaluated_weight > 0;
                if resident.evaluate(filter, &self.limits).is_empty() && is_closed {
                    unmatched.push((key.clone(), resident.parts.weight()));
                }
                self.missed_views.note(filter.take_missed_views(), || key.clone());
                evaluated.push((key.clone(), resident.coverage));
            }
        }
        unmatched.into_iter().for_each(|(key, weight)| self.unmatched.push(key, weight));
        evaluated.into_iter().for_each(|(key, coverage)| self.note_coverage(&key, coverage));
    }

    /// Everything that is matched; `closed`: without blocks that wait for parts.
    fn candidates<'a>(&'a self, closed: bool, filter: &dyn BlockFilter) -> Vec<Candidate<'a>> {
        let standalone = self.standalone.iter().filter_map(|matched| {
            let blocks = std::slice::from_ref(matched);
            Candidate::new(fingerprint(matched), None, blocks, filter)
        });
        let texts = self.texts.iter().filter_map(|(key, blocks)| {
            Candidate::new(key.fingerprint(), Some(&key.block), blocks, filter)
        });
        let multiparts = self
            .multiparts
            .iter()
            .filter(|(_, resident)| !closed || resident.is_closed())
            .filter_map(|(key, resident)| {
                Candidate::new(key.fingerprint(), Some(key), resident.verdict.as_deref()?, filter)
            });
        standalone.chain(texts).chain(multiparts).collect()
    }

    /// Keeps a matched standalone block if the budget admits it.
    pub(super) fn keep_standalone(&mut self, matched: Arc<MatchedBlock>, filter: &dyn BlockFilter) {
        if self.admits_standalone(&matched, filter) {
            self.budget.add(&matched);
            self.standalone.push(matched);
        }
    }

    /// Whether the budget admits a standalone block. Counts it if not.
    fn admits_standalone(&mut self, matched: &MatchedBlock, filter: &dyn BlockFilter) -> bool {
        if self.budget.cut.is_open() {
            return true;
        }
        let fingerprint = fingerprint(matched);
        let claim = claim(fingerprint, std::iter::once(matched), filter);
        let is_kept = claim.is_some_and(|claim| self.budget.cut.admits(&claim));
        if !is_kept {
            let facts = BlockFacts::new(matched, matched.rules.clone());
            self.not_kept.add_standalone(fingerprint, facts, 1);
        }
        is_kept
    }

    /// Keeps a matched text if the budget admits it.
    pub(super) fn keep_text(
        &mut self,
        block: BlockKey,
        matched: Arc<MatchedBlock>,
        filter: &dyn BlockFilter,
    ) {
        let key = TextKey { block, text: Arc::clone(&matched.block.text) };
        if let Some(known) = self.texts.get_mut(&key) {
            let former = known.len();
            add_alternative(known, matched);
            if known.len() > former {
                known.iter().skip(former).for_each(|new| self.budget.add(new));
            }
            return;
        }
        if !self.budget.cut.is_open() {
            let fingerprint = key.fingerprint();
            let claim = claim(fingerprint, std::iter::once(&*matched), filter);
            if !claim.is_some_and(|claim| self.budget.cut.admits(&claim)) {
                let facts = BlockFacts::new(&matched, matched.rules.clone());
                return self.not_kept.add(fingerprint, facts);
            }
        }
        self.budget.add(&matched);
        self.texts.insert(key, vec![matched]);
    }

    /// Keeps the matched block under this key if the budget admits it, and evicts it if not.
    pub(super) fn keep_multipart(&mut self, key: &BlockKey, filter: &dyn BlockFilter) {
        let Some(resident) = self.multiparts.get(key) else { return };
        let blocks = resident.verdict.as_deref().unwrap_or_default();
        let candidate = Candidate::new(key.fingerprint(), Some(key), blocks, filter);
        match candidate.filter(|candidate| !self.budget.cut.admits(&candidate.claim)) {
            None => blocks.iter().for_each(|block| self.budget.add(block)),
            Some(candidate) if resident.is_closed() => {
                if let Some(facts) = candidate.facts() {
                    self.not_kept.add(key.fingerprint(), facts);
                }
                self.multiparts.remove(key);
            }
            Some(_) => {}
        }
    }

    /// Evicts matched blocks once they exceed the budget. Incomplete blocks stay until they are closed.
    pub(super) fn enforce_budget(&mut self, filter: &dyn BlockFilter) {
        if !self.budget.is_exceeded() {
            return;
        }
        self.evaluate_pending(filter, |resident| resident.evaluated_weight > 0);
        let candidates = self.candidates(true, filter);
        let claims: Vec<Claim> = candidates.iter().map(|own| own.claim.clone()).collect();
        drop(candidates);
        self.budget.apply(&claims);
        let mut standalone = std::mem::take(&mut self.standalone);
        standalone.retain(|matched| self.admits_standalone(matched, filter));
        self.standalone = standalone;
        let (cut, not_kept) = (&self.budget.cut, &mut self.not_kept);
        let mut is_kept = |key: u64, of: &BlockKey, blocks: &[Arc<MatchedBlock>]| {
            let candidate = Candidate::new(key, Some(of), blocks, filter);
            let Some(out) = candidate.filter(|candidate| !cut.admits(&candidate.claim)) else {
                return true;
            };
            if let Some(facts) = out.facts() {
                not_kept.add(key, facts);
            }
            false
        };
        self.texts.retain(|key, blocks| is_kept(key.fingerprint(), &key.block, blocks));
        self.multiparts.retain(|key, resident| {
            let blocks = resident.verdict.as_deref().unwrap_or_default();
            !resident.is_closed() || is_kept(key.fingerprint(), key, blocks)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::Mode;
    use super::super::block::ScriptBlock;
    use super::super::bounds::StoreLimits;
    use super::super::not_kept::NotKept;
    use super::super::testing::{Loud, event};
    use super::*;
    use crate::event::Event;
    use crate::source::ScriptRecord;
    use crate::text::Raw;
    use crate::wire::{WireReader, WireWriter};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn with_limit(mode: Mode, limit: u64) -> BlockStore {
        let limits = StoreLimits {
            matched_bytes: limit,
            incomplete_bytes: 8 << 20,
            unmatched_bytes: 2 << 20,
            ..StoreLimits::default()
        };
        BlockStore::with_limits(mode, limits)
    }

    fn small(mode: Mode) -> BlockStore {
        // Three blocks fit.
        with_limit(mode, 3_400)
    }

    fn read(mode: Mode, events: &[&Event]) -> BlockStore {
        read_into(small(mode), events)
    }

    fn read_into(mut store: BlockStore, events: &[&Event]) -> BlockStore {
        for event in events {
            store.add(&ScriptRecord::from_event(event, false), 0, &Loud);
        }
        store
    }

    /// Texts of the blocks kept, number of those over the budget, the same by rule, and number of all blocks.
    fn facts(store: &mut BlockStore) -> (Vec<String>, u64, BTreeMap<u32, u64>, u64) {
        let matched = store.matched_blocks(&Loud);
        let mut by_rule = BTreeMap::new();
        for (facts, count) in &matched.not_kept {
            assert_eq!(facts.computer.as_deref(), Some("fs03"));
            for rule in &facts.rules {
                *by_rule.entry(*rule).or_default() += count;
            }
        }
        let mut texts: Vec<_> =
            matched.blocks.iter().map(|matched| matched.block.text.to_string()).collect();
        texts.sort();
        let blocks = store.tallies(&[0]).iter().map(|tally| tally.script_blocks).sum();
        (texts, matched.not_kept.values().sum(), by_rule, blocks)
    }

    /// Fingerprints of what is kept, but for standalone blocks.
    fn residents(store: &BlockStore) -> Vec<u64> {
        let multiparts = store.multiparts.keys().map(BlockKey::fingerprint);
        store.texts.keys().map(TextKey::fingerprint).chain(multiparts).collect()
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
        assert_eq!(store.matched_blocks(&Loud).conflicts_total, 0);
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
    fn what_was_not_kept_once_is_never_kept() {
        for mode in [Mode::Block, Mode::Event] {
            let mut store = small(mode);
            for id in 0..400 {
                let one = event(&id.to_string(), 1, 1, &format!("{id}!"));
                store.add(&ScriptRecord::from_event(&one, false), 0, &Loud);
                let kept = residents(&store).len() + store.standalone.len();
                assert!(kept <= 4, "{kept} are kept");
            }
            assert_eq!(facts(&mut store).1, 397);
        }
    }

    /// Rule 0 of a low score for `!`, rule 1 of a high score for `$`, rule 2 of the low score for `%`.
    struct Scored;

    impl BlockFilter for Scored {
        fn may_match(&self, text: Raw<'_>) -> bool {
            text.to_lossy().contains(['!', '$', '%'])
        }

        fn matching_rules(&self, block: &ScriptBlock) -> Vec<u32> {
            let signs = ["!", "$", "%"].into_iter();
            (0..)
                .zip(signs)
                .filter(|(_, sign)| block.text.contains(sign))
                .map(|own| own.0)
                .collect()
        }

        fn score(&self, rule: u32) -> i64 {
            if rule == 1 { 80 } else { 10 }
        }
    }

    /// A flood of cheap matches from one computer, then some others.
    fn flood(cheap: usize, limit: u64, divisions: usize) -> (usize, usize, BTreeMap<String, u64>) {
        let cheap = (0..cheap).map(|id| event(&format!("c{id}"), 1, 1, &format!("cheap {id}!")));
        let high = (0..20).map(|id| event(&format!("h{id}"), 1, 1, &format!("Mimikatz! ${id}")));
        let rare = [
            event("other rule", 1, 1, "rare!%"),
            Event { computer: Some("WS1".into()), ..event("other computer", 1, 1, "there!") },
        ];
        let all: Vec<Event> = cheap.chain(high).chain(rare).collect();
        let mut merged = with_limit(Mode::Block, limit);
        for piece in all.chunks(all.len() / divisions) {
            let mut store = with_limit(Mode::Block, limit);
            for event in piece.iter().chain(piece) {
                store.add(&ScriptRecord::from_event(event, false), 0, &Scored);
            }
            let mut writer = WireWriter::default();
            store.write(&mut writer);
            let bytes = writer.into_bytes();
            merged.merge(&mut WireReader::new(&bytes), &[0], &Scored).unwrap();
        }
        let found = merged.matched_blocks(&Scored);
        let count = |word: &str| {
            found.blocks.iter().filter(|found| found.block.text.contains(word)).count()
        };
        let mut not_kept = BTreeMap::new();
        for (facts, count) in &found.not_kept {
            *not_kept.entry(facts.computer.clone().unwrap()).or_default() += count;
        }
        assert_eq!((count("rare"), count("there")), (1, 1));
        (count("Mimikatz"), count("cheap"), not_kept)
    }

    #[test]
    fn a_flood_of_cheap_matches_hides_no_other() {
        let expected = flood(3_000, 256 << 10, 1);
        assert_eq!(expected.0, 20);
        assert!(expected.1 > 100);
        assert_eq!(expected.2, BTreeMap::from([("fs03".to_owned(), 3_000 - expected.1 as u64)]));
        for divisions in [2, 7] {
            assert_eq!(flood(3_000, 256 << 10, divisions), expected);
        }
    }

    /// With a budget that several thousand cheap blocks fit.
    #[test]
    fn a_flood_of_30_000_hides_none_of_20() {
        let (high, cheap, not_kept) = flood(30_000, 4 << 20, 1);
        assert_eq!(high, 20);
        assert!(cheap > 2_000, "{cheap} are kept");
        assert_eq!(cheap as u64 + not_kept["fs03"], 30_000);
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
            not_kept in prop_oneof![Just(limits::NOT_KEPT_BLOCKS), 5_usize..24],
        ) {
            // Of the blocks that are not kept only a sample may be remembered.
            let small = |mode| {
                let mut store = small(mode);
                store.not_kept = NotKept::new(not_kept);
                store
            };
            let read = |mode, events: &[&Event]| read_into(small(mode), events);
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
