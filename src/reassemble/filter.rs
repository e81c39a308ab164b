//! [`BlockFilter`]: the rules, as far as reassembly needs to know them.

use super::block::ScriptBlock;
use crate::text::{Raw, Text};
use std::sync::Arc;

/// Decides which script blocks are kept.
///
/// [`BlockStore`](super::BlockStore) has an example.
pub trait BlockFilter {
    /// Whether any rule could match a block with this text. False positives are allowed, false negatives are not.
    fn may_match(&self, text: Raw<'_>) -> bool;

    /// Returns the indexes of the rules that match this block.
    fn matching_rules(&self, block: &ScriptBlock) -> Vec<u32>;

    /// Returns an equal text that other blocks share, or the text itself.
    fn shared_text(&self, text: &Arc<str>) -> Arc<str> {
        Arc::clone(text)
    }

    /// Returns what limits kept from being searched in the views of blocks since this was last asked.
    fn take_missed_views(&self) -> MissedViews {
        MissedViews::default()
    }

    /// Whether [`BlockFilter::note_joined`] is to be called.
    fn wants_joined(&self) -> bool {
        false
    }

    /// Notes the text of a complete block in several parts. `parts` is the hash of the fingerprints of their texts.
    fn note_joined(&self, _parts: u64, _text: &Text) {}

    /// Returns the score of a rule: blocks of rules with a high score are kept first where not all can be.
    fn score(&self, _rule: u32) -> i64 {
        0
    }
}

/// What limits kept from being searched in the views of a block.
#[derive(Clone, Copy, Debug, Default)]
pub struct MissedViews {
    /// Whole views.
    pub unsearched: bool,
    /// What the script computes: its evaluation was not finished.
    pub unevaluated: bool,
}

impl MissedViews {
    /// Returns what either of two misses.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            unsearched: self.unsearched | other.unsearched,
            unevaluated: self.unevaluated | other.unevaluated,
        }
    }
}

/// A block that at least one rule matches.
#[derive(Clone, Debug)]
pub struct MatchedBlock {
    /// The block.
    pub block: ScriptBlock,
    /// Indexes of the rules that match it.
    pub rules: Vec<u32>,
}

impl MatchedBlock {
    /// Creates a block that is kept for the report.
    pub(super) fn new(mut block: ScriptBlock, rules: Vec<u32>) -> Self {
        block.event.shrink();
        Self { block, rules }
    }
}
