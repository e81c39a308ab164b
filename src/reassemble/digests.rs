//! [`Digests`]: which blocks were read, in which sources, and which of them came with different texts.
//!
//! Every record of a block with an id leaves an entry: its block, part, text and source as numbers. The entries are a
//! set, so they are the same for any order of the records and any division between sessions. They decide counts and
//! [conflicts](Digests::conflicts), and never whether a text is searched.
//!
//! Past [`limits::REMEMBERED_BLOCKS`](crate::limits::REMEMBERED_BLOCKS) only a sample of the blocks is kept: those whose
//! keys have a number of zero bits, one bit more each time that the sample grows too large. Which blocks these are depends
//! on the set alone. Numbers of blocks are then estimates, with an error of some 0.1 %.

use crate::ordered::{OrderedMap, OrderedSet};
use crate::wire::{WireReader, WireWriter};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

/// What one record says of its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DigestEntry {
    /// Hash of the block's computer and id.
    pub(super) key: u64,
    /// Number of parts that the block was logged in.
    pub(super) total: u32,
    /// Number of the part.
    pub(super) number: u32,
    /// Hash of the digest of the part's text.
    pub(super) tag: u32,
    /// Index of the source.
    pub(super) source: u32,
    /// Record id; [`u32::MAX`] where it has none or a greater one.
    pub(super) record: u32,
}

/// The entries of all records.
#[derive(Debug)]
pub(super) struct Digests {
    /// The first entry of each block in one part. A single table would need its old and its new memory at once when it
    /// grows.
    singles: [HashMap<u64, FirstEntry, BuildHasherDefault<KeyHasher>>; SHARDS],
    /// All other entries.
    others: OrderedSet<DigestEntry>,
    /// Number of blocks in several parts.
    multipart: usize,
    /// Keys are sampled that have this many zero bits.
    level: u32,
    /// Entries, where one of the ordered set counts as two: it takes twice the memory of one in the hash tables.
    weight: usize,
    limit: usize,
}

#[derive(Clone, Copy, Debug)]
struct FirstEntry {
    tag: u32,
    source: u32,
    record: u32,
}

/// A block that came with different texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DigestConflict {
    pub(super) key: u64,
    /// Entries of the parts with several texts, those of the first [`CONFLICT_TEXTS`] texts.
    pub(super) entries: Vec<DigestEntry>,
}

/// Texts of a conflict whose records are listed.
const CONFLICT_TEXTS: usize = 8;

const SHARDS: usize = 16;

/// Greatest number of zero bits: a sample of a millionth.
const LEVELS: u32 = 20;

impl Digests {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            singles: Default::default(),
            others: OrderedSet::new(),
            multipart: 0,
            level: 0,
            weight: 0,
            limit,
        }
    }

    /// Number of blocks, an estimate once they are [sampled](Self::is_sampled).
    pub(super) fn blocks(&self) -> u64 {
        (self.singles_len() + self.multipart) as u64 * self.scale()
    }

    fn singles_len(&self) -> usize {
        self.singles.iter().map(HashMap::len).sum()
    }

    /// Whether only a sample of the blocks is kept.
    pub(super) fn is_sampled(&self) -> bool {
        self.level > 0
    }

    /// Number of blocks that each block of the sample represents.
    pub(super) fn scale(&self) -> u64 {
        1 << self.level
    }

    /// Adds what a record says. Of records that differ in nothing else, that with the least record id stays.
    pub(super) fn insert(&mut self, entry: DigestEntry) {
        if !is_in_sample(entry.key, self.level) {
            return;
        }
        let first = FirstEntry { tag: entry.tag, source: entry.source, record: entry.record };
        match self.singles.get_mut(shard(entry.key)).map(|shard| shard.entry(entry.key)) {
            Some(Entry::Vacant(slot)) if entry.total == 1 => {
                slot.insert(first);
                self.weight += 1;
            }
            Some(Entry::Occupied(mut slot))
                if entry.total == 1
                    && (slot.get().tag, slot.get().source) == (entry.tag, entry.source) =>
            {
                let record = slot.get().record.min(entry.record);
                slot.get_mut().record = record;
                return;
            }
            _ => self.insert_other(entry),
        }
        self.limit_entries();
    }

    fn insert_other(&mut self, entry: DigestEntry) {
        let first = DigestEntry { record: 0, ..entry };
        let same = self.others.first_from(&first).copied();
        match same.filter(|same| DigestEntry { record: 0, ..*same } == first) {
            Some(same) if same.record <= entry.record => return,
            Some(same) => _ = self.others.remove(&same),
            None => {
                self.weight += 2;
                self.multipart += usize::from(entry.total > 1 && !self.has_multipart(entry));
            }
        }
        self.others.insert(entry);
    }

    fn has_multipart(&self, entry: DigestEntry) -> bool {
        let first = DigestEntry { number: 0, tag: 0, source: 0, record: 0, ..entry };
        let next = self.others.first_from(&first);
        next.is_some_and(|next| (next.key, next.total) == (entry.key, entry.total))
    }

    /// Halves the sample until it is within the limit.
    fn limit_entries(&mut self) {
        while self.level < LEVELS && self.weight > self.limit {
            self.sample(self.level + 1);
        }
    }

    /// Removes the blocks that are not in the sample of this level.
    fn sample(&mut self, level: u32) {
        if level <= self.level {
            return;
        }
        self.level = level;
        for shard in &mut self.singles {
            shard.retain(|key, _| is_in_sample(*key, level));
        }
        self.others.retain(|entry| is_in_sample(entry.key, level));
        self.multipart = self.multipart_blocks().len();
        self.weight = self.singles_len() + 2 * self.others.len();
    }

    /// Returns for each block in one part its key and sources: one source for most, all of them for the others.
    pub(super) fn single_sources(&self, rank: impl Fn(u32) -> usize) -> impl Iterator<Item = u32> {
        let mut homes: HashMap<u64, u32> = HashMap::new();
        for entry in self.others.iter().filter(|entry| entry.total == 1) {
            let home = homes.entry(entry.key).or_insert(entry.source);
            if rank(entry.source) < rank(*home) {
                *home = entry.source;
            }
        }
        self.singles.iter().flatten().map(move |(key, first)| match homes.get(key) {
            Some(other) if rank(*other) < rank(first.source) => *other,
            _ => first.source,
        })
    }

    /// Returns the entries of each block in several parts, by part number.
    pub(super) fn multipart_blocks(&self) -> OrderedMap<(u64, u32), Vec<DigestEntry>> {
        let mut blocks: OrderedMap<(u64, u32), Vec<DigestEntry>> = OrderedMap::new();
        for entry in self.others.iter().filter(|entry| entry.total > 1) {
            blocks.entry((entry.key, entry.total)).or_default().push(*entry);
        }
        blocks
    }

    /// Returns the ids that came with different texts for a part, or different numbers of parts, by key.
    pub(super) fn conflicts(&self) -> Vec<DigestConflict> {
        let others: Vec<&DigestEntry> = self.others.iter().collect();
        let mut conflicts = Vec::new();
        for group in others.chunk_by(|a, b| a.key == b.key) {
            let Some(key) = group.first().map(|entry| entry.key) else { continue };
            let mut entries: Vec<DigestEntry> = group.iter().map(|entry| **entry).collect();
            let first = self.singles.get(shard(key)).and_then(|shard| shard.get(&key));
            if let Some(FirstEntry { tag, source, record }) = first.copied() {
                entries.push(DigestEntry { key, total: 1, number: 1, tag, source, record });
                entries.sort_unstable();
            }
            let has_totals =
                entries.windows(2).any(|pair| matches!(pair, [a, b] if a.total != b.total));
            let mut texts = OrderedSet::new();
            for part in entries.chunk_by(|a, b| (a.total, a.number) == (b.total, b.number)) {
                let tags: OrderedSet<u32> = part.iter().map(|entry| entry.tag).collect();
                if tags.len() > 1 || has_totals {
                    let part = part.first().map(|entry| (entry.total, entry.number));
                    texts.extend(tags.into_iter().map(|tag| (part, tag)));
                }
            }
            if texts.is_empty() {
                continue;
            }
            let listed: OrderedSet<_> = texts.into_iter().take(CONFLICT_TEXTS).collect();
            entries
                .retain(|entry| listed.contains(&(Some((entry.total, entry.number)), entry.tag)));
            conflicts.push(DigestConflict { key, entries });
        }
        conflicts
    }

    /// Writes all entries in the order of their keys.
    pub(super) fn write(&self, writer: &mut WireWriter) {
        writer.number(self.level.into());
        let mut singles: Vec<(u64, FirstEntry)> =
            self.singles.iter().flatten().map(|(key, first)| (*key, *first)).collect();
        singles.sort_unstable_by_key(|(key, _)| *key);
        let mut former = 0;
        writer.list(singles.into_iter(), |writer, (key, first)| {
            writer.number(key - former);
            former = key;
            [first.tag, first.source, first.record]
                .into_iter()
                .for_each(|number| writer.number(number.into()));
        });
        writer.list(self.others.iter(), |writer, entry| {
            writer.number(entry.key);
            [entry.total, entry.number, entry.tag, entry.source, entry.record]
                .into_iter()
                .for_each(|number| writer.number(number.into()));
        });
    }

    /// Adds what another session wrote. `sources` maps its source indexes to this one's.
    pub(super) fn merge(&mut self, reader: &mut WireReader<'_>, sources: &[usize]) -> Option<()> {
        let level = reader.small().filter(|level| *level <= LEVELS)?;
        self.sample(level);
        let source = |index: u32| sources.get(index as usize).map(|source| source_number(*source));
        let mut key = 0_u64;
        for _ in 0..reader.size()? {
            key = key.checked_add(reader.number()?)?;
            let (tag, index, record) = (reader.small()?, reader.small()?, reader.small()?);
            let source = source(index)?;
            self.insert(DigestEntry { key, total: 1, number: 1, tag, source, record });
        }
        for _ in 0..reader.size()? {
            let (key, total, number) = (reader.number()?, reader.small()?, reader.small()?);
            let (tag, index, record) = (reader.small()?, reader.small()?, reader.small()?);
            self.insert(DigestEntry { key, total, number, tag, source: source(index)?, record });
        }
        Some(())
    }
}

/// Returns a source's index as entries hold it.
pub(super) fn source_number(source: usize) -> u32 {
    u32::try_from(source).unwrap_or(u32::MAX)
}

/// Whether a key is in the sample of this level.
fn is_in_sample(key: u64, level: u32) -> bool {
    // The hash tables use the lowest and the highest bits, the shards those from the 32nd.
    (key >> 40) & ((1 << level) - 1) == 0
}

/// Returns the index of a key's shard.
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
