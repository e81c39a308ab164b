//! The order in which resident blocks are closed and evicted: oldest first.

use crate::limits;
use std::collections::VecDeque;

/// Incomplete blocks, oldest first. Keys of blocks that have been closed since stay in the queue until it is purged.
#[derive(Debug, Default)]
pub(super) struct OpenQueue {
    keys: VecDeque<u64>,
    /// Bytes of all blocks that are still open.
    pub(super) weight: usize,
}

/// Queue length at which stale keys are purged: twice as many blocks as can be open at once.
const PURGE_LENGTH: usize = 2 * limits::INCOMPLETE_BLOCK_BYTES / 1_024;

impl OpenQueue {
    pub(super) fn push(&mut self, key: u64) {
        self.keys.push_back(key);
    }

    /// Removes and returns the oldest key, which may be stale, if the open blocks exceed their limit.
    pub(super) fn pop_over_limit(&mut self) -> Option<u64> {
        (self.weight > limits::INCOMPLETE_BLOCK_BYTES).then(|| self.keys.pop_front())?
    }

    /// Removes stale keys once there are many.
    pub(super) fn purge(&mut self, is_open: impl Fn(u64) -> bool) {
        if self.keys.len() > PURGE_LENGTH {
            self.keys.retain(|key| is_open(*key));
        }
    }
}

/// Closed blocks that no rule matches, oldest first, with the weight of each.
#[derive(Debug, Default)]
pub(super) struct UnmatchedQueue {
    keys: VecDeque<(u64, usize)>,
    weight: usize,
}

impl UnmatchedQueue {
    pub(super) fn push(&mut self, key: u64, weight: usize) {
        if weight > 0 {
            self.weight += weight;
            self.keys.push_back((key, weight));
        }
    }

    /// Removes and returns the oldest key if the blocks exceed [`limits::UNMATCHED_BLOCK_BYTES`].
    pub(super) fn pop_over_limit(&mut self) -> Option<u64> {
        if self.weight <= limits::UNMATCHED_BLOCK_BYTES {
            return None;
        }
        let (key, weight) = self.keys.pop_front()?;
        self.weight -= weight;
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unmatched_blocks_leave_oldest_first_until_they_fit() {
        let mut queue = UnmatchedQueue::default();
        queue.push(1, limits::UNMATCHED_BLOCK_BYTES);
        assert_eq!(queue.pop_over_limit(), None);
        queue.push(2, 1);
        queue.push(3, 0);
        assert_eq!(queue.pop_over_limit(), Some(1));
        assert_eq!(queue.pop_over_limit(), None);
    }

    #[test]
    fn stale_keys_are_purged_once_there_are_many() {
        let mut queue = OpenQueue::default();
        (0..=PURGE_LENGTH as u64).for_each(|key| queue.push(key));
        queue.purge(|key| key == 7);
        assert_eq!(queue.keys, [7]);
        queue.purge(|_| false);
        assert_eq!(queue.keys, [7], "few keys stay as they are");
    }
}
