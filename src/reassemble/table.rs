//! [`BlockTable`]: the state of each block, by its key.

use super::evicted::Evicted;
use super::resident::Resident;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Whether a block's parts are kept.
#[derive(Debug)]
pub(super) enum BlockState {
    /// No rule matches it, or the budget for matched blocks is spent.
    Evicted(Evicted),
    /// Its parts are kept.
    Resident(Box<Resident>),
}

/// A hash table in shards that grow one after the other. A single table needs its old and its new memory at once when
/// it grows, and leaves a hole where the old one was.
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

    /// Returns the block under this key if its parts are kept.
    pub(super) fn resident_mut(&mut self, key: u64) -> Option<&mut Resident> {
        match self.get_mut(key)? {
            BlockState::Resident(resident) => Some(resident.as_mut()),
            BlockState::Evicted(_) => None,
        }
    }

    /// Sets the state of a block and returns its former state.
    pub(super) fn insert(&mut self, key: u64, state: BlockState) -> Option<BlockState> {
        self.shards.get_mut(shard(key))?.insert(key, state)
    }

    pub(super) fn remove(&mut self, key: u64) -> Option<BlockState> {
        self.shards.get_mut(shard(key))?.remove(&key)
    }

    /// Iterates over all blocks in no particular order: it may differ between targets.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, &BlockState)> {
        self.shards.iter().flatten().map(|(key, state)| (*key, state))
    }

    /// As [`iter`](Self::iter).
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (u64, &mut BlockState)> {
        self.shards.iter_mut().flatten().map(|(key, state)| (*key, state))
    }
}

/// Returns the index of a key's shard. Keys are hashes, so any of their bits will do, except the lowest and the highest:
/// the hash tables use those.
fn shard(key: u64) -> usize {
    (key >> 32) as usize % SHARDS
}

/// Hashes a key, which is a hash already, to itself.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }

    /// Required by the trait. Keys use [`write_u64`](Self::write_u64).
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
