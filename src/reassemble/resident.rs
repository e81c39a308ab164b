//! [`Resident`]: a block in several parts whose parts are kept.

use super::bounds::StoreLimits;
use super::filter::{BlockFilter, MatchedBlock};
use super::parts::BlockParts;
use super::variants::{Coverage, evaluate};
use std::sync::Arc;

/// A block in several parts whose parts are kept, and the verdict of the rules on it.
#[derive(Debug, Default)]
pub(super) struct Resident {
    pub(super) parts: BlockParts,
    /// The texts that rules match; `None` if the rules were not evaluated since the block changed.
    pub(super) verdict: Option<Vec<Arc<MatchedBlock>>>,
    pub(super) coverage: Coverage,
    /// It was searched before all its parts arrived, and stays because rules match it.
    pub(super) closed_early: bool,
    /// Its weight among the incomplete blocks; 0 if it is not one of them.
    pub(super) open_weight: usize,
    /// Its weight when the rules were last evaluated on the closed block; 0 if they were not.
    pub(super) evaluated_weight: usize,
}

impl Resident {
    /// Whether the block waits for no more parts.
    pub(super) fn is_closed(&self) -> bool {
        self.closed_early || self.parts.is_complete()
    }

    /// Returns the texts that rules match in the block's present state. The rules are evaluated once after each change.
    pub(super) fn evaluate(
        &mut self,
        filter: &dyn BlockFilter,
        limits: &StoreLimits,
    ) -> &[Arc<MatchedBlock>] {
        let (parts, coverage) = (&self.parts, &mut self.coverage);
        self.verdict.get_or_insert_with(|| {
            let evaluation = evaluate(parts, filter, limits);
            *coverage = evaluation.coverage;
            evaluation.blocks
        })
    }

    /// As [`evaluate`](Self::evaluate), for a closed block: notes the weight at which it was evaluated.
    pub(super) fn evaluate_closed(
        &mut self,
        filter: &dyn BlockFilter,
        limits: &StoreLimits,
    ) -> &[Arc<MatchedBlock>] {
        self.evaluated_weight = self.parts.weight();
        self.evaluate(filter, limits)
    }
}
