//! [`BlockTable`]: what is known of each block, by its key.

use super::resident::BlockState;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A hash table in pieces that grow one after the other: one that grows as a whole needs its old and its new
/// memory at once, and a hole stays where the old was.
#[derive(Debug, Default)]
pub(super) struct BlockTable {
    shards: [HashMap<u64, BlockState, BuildHasherDefault<KeyHasher>>; SHARDS],
}

const SHARDS: usize = 16;

impl BlockTable {
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(HashMap::len).sum()
    }

    pub(super) fn get(&self, key: u64) -> Option<&BlockState> {
        self.shards.get(shard(key))?.get(&key)
    }

    pub(super) fn get_mut(&mut self, key: u64) -> Option<&mut BlockState> {
        self.shards.get_mut(shard(key))?.get_mut(&key)
    }

    /// Gives what was there before.
    pub(super) fn insert(&mut self, key: u64, slot: BlockState) -> Option<BlockState> {
        self.shards.get_mut(shard(key))?.insert(key, slot)
    }

    pub(super) fn remove(&mut self, key: u64) -> Option<BlockState> {
        self.shards.get_mut(shard(key))?.remove(&key)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &BlockState)> {
        self.shards.iter().flatten().map(|(key, slot)| (*key, slot))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (u64, &mut BlockState)> {
        self.shards.iter_mut().flatten().map(|(key, slot)| (*key, slot))
    }
}

/// Keys are hashes, so any of their bits will do; the tables take the lowest and the highest.
fn shard(key: u64) -> usize {
    (key >> 32) as usize % SHARDS
}

/// The hash of a key that is a hash: the key.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    /// Keys come as numbers; of anything else, its bytes one by one.
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
