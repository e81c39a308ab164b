//! [`StoreLimits`]: the bounds of a block store.

use crate::limits;

/// The bounds of a [`BlockStore`](super::BlockStore): [`limits`] has them with their reasons. Tests set smaller ones.
#[derive(Clone, Debug)]
pub(super) struct StoreLimits {
    pub(super) text_bytes: usize,
    pub(super) parts: u32,
    pub(super) incomplete_bytes: usize,
    pub(super) unmatched_bytes: usize,
    pub(super) matched_bytes: u64,
    pub(super) digests: usize,
    pub(super) not_kept: usize,
    pub(super) combinations: usize,
    pub(super) part_texts: usize,
    pub(super) pair_bytes: usize,
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self {
            text_bytes: limits::TEXT_BYTES,
            parts: limits::PARTS,
            incomplete_bytes: limits::INCOMPLETE_BLOCK_BYTES,
            unmatched_bytes: limits::UNMATCHED_BLOCK_BYTES,
            matched_bytes: limits::MATCHED_BLOCK_BYTES as u64,
            digests: limits::REMEMBERED_BLOCKS,
            not_kept: limits::NOT_KEPT_BLOCKS,
            combinations: limits::COMBINATIONS,
            part_texts: limits::PART_TEXTS,
            pair_bytes: limits::PAIR_BYTES,
        }
    }
}
