//! A block in the [`BlockStore`](super::BlockStore): what is held of it, and what the rules say of it.

use super::block::ScriptBlock;
use super::digest::Evicted;
use super::parts::{AddOutcome, BlockParts};
use crate::event::Event;
use crate::text::Raw;
use std::cmp::Ordering;
use std::sync::Arc;

/// Says which texts are worth keeping: the rules, seen from here.
pub(crate) trait BlockFilter {
    /// Whether any rule could want this text. May say yes too often, never no wrongly.
    fn may_match(&self, text: Raw<'_>) -> bool;

    /// The rules that want this block.
    fn matching_rules(&self, block: &ScriptBlock) -> Vec<u32>;
}

/// A block that rules want.
#[derive(Clone, Debug)]
pub(crate) struct MatchedBlock {
    /// The block.
    pub block: ScriptBlock,
    /// Indexes of the rules.
    pub rules: Vec<u32>,
}

#[derive(Debug)]
pub(super) enum BlockState {
    /// Let go: no rule wants it, or there is no room for it.
    Evicted(Evicted),
    /// Its parts are held.
    Resident(Box<Resident>),
}

#[derive(Debug, Default)]
pub(super) struct Resident {
    pub(super) named: BlockParts,
    pub(super) verdict: Verdict,
    /// It was searched before all its parts came, and stays because rules want it.
    pub(super) closed: bool,
    /// What it weighs among those that wait for parts.
    pub(super) waiting: usize,
    /// What it weighed when the rules were last asked, once it is settled.
    pub(super) asked: usize,
    /// The mark of the record that was added last, where the block has one part: others like it add nothing but copies.
    pub(super) fingerprint: Option<u64>,
}

/// What the rules say of a block as it stands.
#[derive(Clone, Debug, Default)]
pub(super) enum Verdict {
    /// They were not asked since it changed.
    #[default]
    Pending,
    /// None wants it.
    Unmatched,
    /// Some want it.
    Matched(Arc<MatchedBlock>),
}

impl Resident {
    /// A copy of the one record changes nothing that rules look at.
    pub(super) fn add_copy(&mut self, copy: &Event, source: usize) {
        if self.named.add_copy(copy, source)
            && let Verdict::Matched(kept) = &mut self.verdict
        {
            Arc::make_mut(kept).block.parts = self.named.parts();
        }
    }

    /// No parts are waited for.
    pub(super) fn is_settled(&self) -> bool {
        self.closed || self.named.is_complete()
    }

    /// The block, if rules want it as it stands. They are asked once after each change.
    pub(super) fn wanted(&mut self, filter: &dyn BlockFilter) -> Option<Arc<MatchedBlock>> {
        if let Verdict::Pending = self.verdict {
            self.verdict = Verdict::Unmatched;
            // Most blocks are told by their text alone: only for the rest is a block made.
            let joined = self.named.join();
            if filter.may_match(joined.text.as_raw()) {
                let block = self.named.block(joined);
                let rules = filter.matching_rules(&block);
                if !rules.is_empty() {
                    self.verdict = Verdict::Matched(Arc::new(MatchedBlock { block, rules }));
                }
            }
        }
        match &self.verdict {
            Verdict::Matched(kept) => Some(Arc::clone(kept)),
            Verdict::Pending | Verdict::Unmatched => None,
        }
    }

    /// The same of a block for which no parts are waited for.
    pub(super) fn settled(&mut self, filter: &dyn BlockFilter) -> Option<Arc<MatchedBlock>> {
        self.asked = self.named.weight();
        self.wanted(filter)
    }

    pub(super) fn is_wanted(&mut self, filter: &dyn BlockFilter) -> bool {
        self.wanted(filter).is_some()
    }

    /// Adds the records of the same block from another piece of the job: for each its part, and what it did.
    pub(super) fn merge(
        &mut self,
        mut other: Self,
        filter: &dyn BlockFilter,
    ) -> Vec<(u32, AddOutcome)> {
        let favour = match other.named.single_text().is_some_and(|text| self.named.ties_with(text))
        {
            true => other.is_wanted(filter).cmp(&self.is_wanted(filter)),
            false => Ordering::Equal,
        };
        self.verdict = Verdict::Pending;
        self.fingerprint = None;
        self.closed |= other.closed;
        self.named.merge(other.named, favour)
    }
}
