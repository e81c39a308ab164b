//! [`Slots`]: what is known of each block, by its key.

use super::store::Slot;
use std::collections::HashMap;

/// A hash table in pieces that grow one after the other: one that grows as a whole needs its old and its new
/// memory at once, and a hole stays where the old was.
#[derive(Debug, Default)]
pub(super) struct Slots {
    shards: [HashMap<u64, Slot>; SHARDS],
}

const SHARDS: usize = 16;

impl Slots {
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(HashMap::len).sum()
    }

    pub(super) fn get(&self, key: u64) -> Option<&Slot> {
        self.shards.get(shard(key))?.get(&key)
    }

    pub(super) fn get_mut(&mut self, key: u64) -> Option<&mut Slot> {
        self.shards.get_mut(shard(key))?.get_mut(&key)
    }

    /// Gives what was there before.
    pub(super) fn insert(&mut self, key: u64, slot: Slot) -> Option<Slot> {
        self.shards.get_mut(shard(key))?.insert(key, slot)
    }

    pub(super) fn remove(&mut self, key: u64) -> Option<Slot> {
        self.shards.get_mut(shard(key))?.remove(&key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &Slot)> {
        self.shards.iter().flatten().map(|(key, slot)| (*key, slot))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (u64, &mut Slot)> {
        self.shards.iter_mut().flatten().map(|(key, slot)| (*key, slot))
    }
}

/// Keys are hashes, so any of their bits will do.
fn shard(key: u64) -> usize {
    key as usize % SHARDS
}
