//! [`Resident`]: a block whose parts are kept.

use super::filter::{BlockFilter, MatchedBlock};
use super::parts::{AddOutcome, BlockParts};
use crate::event::Event;
use std::cmp::Ordering;
use std::sync::Arc;

/// A block whose parts are kept, and the verdict of the rules on it.
#[derive(Debug, Default)]
pub(super) struct Resident {
    pub(super) parts: BlockParts,
    pub(super) verdict: Verdict,
    /// It was searched before all its parts arrived, and stays because rules match it.
    pub(super) closed_early: bool,
    /// Its weight among the incomplete blocks; 0 if it is not one of them.
    pub(super) open_weight: usize,
    /// Its weight when the rules were last evaluated on the closed block; 0 if they were not.
    pub(super) evaluated_weight: usize,
    /// Fingerprint of the record that was added last, if the block has one part. A record with the same fingerprint
    /// adds nothing but a copy.
    pub(super) fingerprint: Option<u64>,
}

/// The result of evaluating the rules on a block in its present state.
#[derive(Clone, Debug, Default)]
pub(super) enum Verdict {
    /// The rules were not evaluated since the block changed.
    #[default]
    Pending,
    /// No rule matches it.
    Unmatched,
    /// Some rules match it.
    Matched(Arc<MatchedBlock>),
}

impl Resident {
    /// Adds a copy of the only record. A copy changes nothing that rules evaluate, so the verdict stays.
    pub(super) fn add_copy(&mut self, copy: &Event, source: usize) {
        if self.parts.add_copy(copy, source)
            && let Verdict::Matched(matched) = &mut self.verdict
        {
            Arc::make_mut(matched).block.parts = self.parts.to_parts();
        }
    }

    /// Whether the block waits for no more parts.
    pub(super) fn is_closed(&self) -> bool {
        self.closed_early || self.parts.is_complete()
    }

    /// Returns the block in its present state if rules match it. They are evaluated once after each change.
    pub(super) fn evaluate(&mut self, filter: &dyn BlockFilter) -> Option<Arc<MatchedBlock>> {
        if let Verdict::Pending = self.verdict {
            self.verdict = Verdict::Unmatched;
            // The text alone rules out most blocks: a block is built only for the others.
            let joined = self.parts.join();
            if filter.may_match(joined.text.as_raw()) {
                let block = self.parts.to_block(joined);
                let rules = filter.matching_rules(&block);
                if !rules.is_empty() {
                    self.verdict = Verdict::Matched(Arc::new(MatchedBlock { block, rules }));
                }
            }
        }
        match &self.verdict {
            Verdict::Matched(matched) => Some(Arc::clone(matched)),
            Verdict::Pending | Verdict::Unmatched => None,
        }
    }

    /// As [`evaluate`](Self::evaluate), for a closed block: notes the weight at which it was evaluated.
    pub(super) fn evaluate_closed(
        &mut self,
        filter: &dyn BlockFilter,
    ) -> Option<Arc<MatchedBlock>> {
        self.evaluated_weight = self.parts.weight();
        self.evaluate(filter)
    }

    /// Whether rules match the block in its present state.
    pub(super) fn is_matched(&mut self, filter: &dyn BlockFilter) -> bool {
        self.evaluate(filter).is_some()
    }

    /// Adds the records of the same block from another session. Returns each part's number and the effect on it.
    pub(super) fn merge(
        &mut self,
        mut other: Self,
        filter: &dyn BlockFilter,
    ) -> Vec<(u32, AddOutcome)> {
        let ties = other.parts.single_text().is_some_and(|text| self.parts.ties_with(text));
        let preference = match ties {
            true => other.is_matched(filter).cmp(&self.is_matched(filter)),
            false => Ordering::Equal,
        };
        self.verdict = Verdict::Pending;
        self.fingerprint = None;
        self.closed_early |= other.closed_early;
        self.parts.merge(other.parts, preference)
    }
}
