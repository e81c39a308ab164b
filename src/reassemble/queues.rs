//! The order in which resident blocks are closed and evicted: oldest first.

use super::key::BlockKey;
use std::collections::VecDeque;

/// Incomplete blocks, oldest first. Keys of blocks that have been closed since stay in the queue until it is purged.
#[derive(Debug)]
pub(super) struct OpenQueue {
    keys: VecDeque<BlockKey>,
    /// Bytes of all blocks that are still open.
    pub(super) weight: usize,
    limit: usize,
}

impl OpenQueue {
    pub(super) fn new(limit: usize) -> Self {
        Self { keys: VecDeque::new(), weight: 0, limit }
    }

    pub(super) fn push(&mut self, key: BlockKey) {
        self.keys.push_back(key);
    }

    /// Removes and returns the oldest key, which may be stale, if the open blocks exceed their limit.
    pub(super) fn pop_over_limit(&mut self) -> Option<BlockKey> {
        (self.weight > self.limit).then(|| self.keys.pop_front())?
    }

    /// Removes stale keys once there are many: twice as many blocks as can be open at once.
    pub(super) fn purge(&mut self, is_open: impl Fn(&BlockKey) -> bool) {
        if self.keys.len() > 2 * self.limit / 1_024 {
            self.keys.retain(is_open);
        }
    }
}

/// Closed blocks that no rule matches, oldest first, with the weight of each.
#[derive(Debug)]
pub(super) struct UnmatchedQueue {
    keys: VecDeque<(BlockKey, usize)>,
    weight: usize,
    limit: usize,
}

impl UnmatchedQueue {
    pub(super) fn new(limit: usize) -> Self {
        Self { keys: VecDeque::new(), weight: 0, limit }
    }

    pub(super) fn push(&mut self, key: BlockKey, weight: usize) {
        if weight > 0 {
            self.weight += weight;
            self.keys.push_back((key, weight));
        }
    }

    /// Removes and returns the oldest key if the blocks exceed their limit.
    pub(super) fn pop_over_limit(&mut self) -> Option<BlockKey> {
        if self.weight <= self.limit {
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
    use crate::text::Raw;

    fn key(number: u64) -> BlockKey {
        BlockKey::new(None, Raw::from(&*number.to_string()), 2)
    }

    #[test]
    fn unmatched_blocks_leave_oldest_first_until_they_fit() {
        let mut queue = UnmatchedQueue::new(100);
        queue.push(key(1), 100);
        assert_eq!(queue.pop_over_limit(), None);
        queue.push(key(2), 1);
        queue.push(key(3), 0);
        assert_eq!(queue.pop_over_limit(), Some(key(1)));
        assert_eq!(queue.pop_over_limit(), None);
    }

    #[test]
    fn stale_keys_are_purged_once_there_are_many() {
        let mut queue = OpenQueue::new(8 << 10);
        (0..=16).for_each(|number| queue.push(key(number)));
        queue.purge(|own| *own == key(7));
        assert_eq!(queue.keys, [key(7)]);
        queue.purge(|_| false);
        assert_eq!(queue.keys, [key(7)], "few keys stay as they are");
    }
}
