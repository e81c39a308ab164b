//! Finds many literals at once: every four characters of a text are looked up in one table, and the few
//! that are marked are compared with the literals behind them.
//!
//! Of each literal its rarest four characters are marked. A scan narrows the text to one lower-case byte a
//! unit, a block at a time, so that everything but the table stays in the nearest cache.

use super::literal::{CORE_BYTES, common_pieces, rarity};
use crate::order;
use std::collections::HashSet;

/// Places of a text that are looked at in one step. The block's arrays and the table's busy lines fit the
/// second-level cache of any machine.
const BLOCK: usize = 4_096;

/// Bytes of text known on either side of a block's places, so that a literal can be compared there.
const MARGIN: usize = CORE_BYTES;

/// Characters looked up together.
const GRAM: usize = 4;

/// Length of the shortest literal that can be marked.
pub(super) const SHORTEST: usize = GRAM - 1;

/// Stands for every character beyond ASCII.
const NON_ASCII: u8 = 0x80;

/// Places looked up before one question whether any was marked.
const GROUP: usize = 8;

/// Literals, found by their grams.
#[derive(Debug)]
pub(super) struct Grams {
    /// Not zero where a literal has a gram of this hash.
    marked: Box<[u8; HASHES]>,
    /// For each hash the index of its first entry.
    heads: Vec<u32>,
    /// Sorted by hash.
    entries: Vec<Entry>,
    literals: Vec<Vec<u8>>,
}

const HASHES: usize = 1 << 16;

#[derive(Clone, Copy, Debug)]
struct Entry {
    hash: u16,
    gram: [u8; GRAM],
    /// Where the gram stands in its literal.
    offset: u8,
    literal: u32,
}

/// The arrays that a scan fills, kept from one text to the next.
#[derive(Debug)]
pub(super) struct Scratch {
    /// The block's characters, and those known before and after it. What an earlier block left behind
    /// them does no harm: a literal is compared with known characters only.
    bytes: Box<[u8; MARGIN + BLOCK + MARGIN + GRAM + 2 * GROUP]>,
    /// Hashes of the grams at every second place.
    hashes: Box<[u16; BLOCK / 2]>,
    /// Indexes of the marked ones.
    marked: Box<[u16; BLOCK / 2]>,
    /// The number of the last scan that found a literal, for each literal.
    found: Vec<u32>,
    scan: u32,
}

impl Scratch {
    fn begin(&mut self) {
        self.scan = self.scan.checked_add(1).unwrap_or_else(|| {
            self.found.fill(0);
            1
        });
    }
}

impl Grams {
    /// Of lower-case ASCII literals of [`SHORTEST`] bytes at least.
    pub(super) fn new(literals: Vec<Vec<u8>>) -> Self {
        let mut grams = Self {
            marked: Box::new([0; HASHES]),
            heads: vec![0; HASHES],
            entries: Vec::with_capacity(literals.len()),
            literals: Vec::new(),
        };
        let common = common_pieces();
        for (index, literal) in (0..).zip(&literals) {
            grams.mark(index, literal, &common);
        }
        order::sort_by_key(&mut grams.entries, |entry| entry.hash);
        for (index, entry) in grams.entries.iter().enumerate().rev() {
            if let Some(head) = grams.heads.get_mut(usize::from(entry.hash)) {
                *head = index as u32;
            }
        }
        grams.literals = literals;
        grams
    }

    fn mark(&mut self, literal: u32, bytes: &[u8], common: &HashSet<[u8; GRAM]>) {
        if bytes.len() < GRAM {
            // Whatever follows a short literal makes a gram of it.
            for next in (0..=NON_ASCII).filter(|next| !next.is_ascii_uppercase()) {
                if let [a, b, c] = bytes {
                    self.enter(literal, 0, [*a, *b, *c, next]);
                }
            }
            return;
        }
        if let Some((offset, gram)) = rarest(bytes, common) {
            self.enter(literal, u8::try_from(offset).unwrap_or_default(), gram);
        }
    }

    fn enter(&mut self, literal: u32, offset: u8, gram: [u8; GRAM]) {
        let [a, b, c, d] = gram;
        let hash = hash(u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
        if let Some(mark) = self.marked.get_mut(usize::from(hash)) {
            *mark = 1;
        }
        self.entries.push(Entry { hash, gram, offset, literal });
    }

    pub(super) fn scratch(&self) -> Scratch {
        Scratch {
            bytes: Box::new([0; _]),
            hashes: Box::new([0; _]),
            marked: Box::new([0; _]),
            found: vec![0; self.literals.len()],
            scan: 0,
        }
    }

    /// Calls `each` with the index of every literal that stands in the text, once, until it returns false;
    /// then the answer is false too. `W` is the width of the text's units in bytes: 2 for UTF-16, 1 for WTF-8.
    pub(super) fn scan<const W: usize>(
        &self,
        text: &[u8],
        scratch: &mut Scratch,
        each: &mut impl FnMut(u32) -> bool,
    ) -> bool {
        scratch.begin();
        let (units, _) = text.as_chunks::<W>();
        for start in (0..units.len()).step_by(BLOCK) {
            let from = start.saturating_sub(MARGIN);
            let to = units.len().min(start + BLOCK + MARGIN);
            let known = units.get(from..to).unwrap_or_default();
            narrow(known, scratch.bytes.as_mut_slice());
            let block = Block {
                first: start - from,
                places: BLOCK.min(units.len() - start),
                known: known.len(),
            };
            if !self.block(block, scratch, each) {
                return false;
            }
        }
        true
    }

    /// Looks at one block; false as soon as `each` is.
    fn block(
        &self,
        block: Block,
        scratch: &mut Scratch,
        each: &mut impl FnMut(u32) -> bool,
    ) -> bool {
        let Scratch { bytes, hashes, marked, found, scan } = scratch;
        let known = bytes.get(..block.known).unwrap_or_default();
        for phase in 0..2 {
            let first = block.first + phase;
            let bytes = bytes.get(first..).unwrap_or_default();
            let half = hash_pairs(bytes, hashes.as_mut_slice(), block.places);
            let count = self.collect(hashes.get(..half).unwrap_or_default(), marked);
            for index in marked.get(..count).unwrap_or_default() {
                let at = usize::from(*index);
                let hash = hashes.get(at).copied().unwrap_or_default();
                let gram = bytes.get(2 * at..).and_then(|bytes| bytes.first_chunk());
                for entry in self.entries_of(hash).filter(|entry| Some(&entry.gram) == gram) {
                    let Some(last) = found.get_mut(entry.literal as usize) else { continue };
                    if *last != *scan && self.stands_at(entry, known, first + 2 * at) {
                        *last = *scan;
                        if !each(entry.literal) {
                            return false;
                        }
                    }
                }
            }
        }
        true
    }

    /// Writes the indexes of the marked hashes; gives their number.
    fn collect(&self, hashes: &[u16], marked: &mut [u16; BLOCK / 2]) -> usize {
        let mut count = 0;
        let (groups, _) = hashes.as_chunks::<GROUP>();
        for (group, start) in groups.iter().zip((0..).step_by(GROUP)) {
            if group.iter().fold(0, |any, hash| any | self.mark_of(*hash)) == 0 {
                continue;
            }
            for (hash, index) in group.iter().zip(start..) {
                // Every index is written, and counted only if its hash is marked: no branch to guess.
                if let Some(place) = marked.get_mut(count % (BLOCK / 2)) {
                    *place = index;
                }
                count += usize::from(self.mark_of(*hash));
            }
        }
        count
    }

    #[inline(always)]
    fn mark_of(&self, hash: u16) -> u8 {
        self.marked.get(usize::from(hash)).copied().unwrap_or(0)
    }

    fn entries_of(&self, hash: u16) -> impl Iterator<Item = &Entry> {
        let head = self.heads.get(usize::from(hash)).map_or(0, |head| *head as usize);
        let entries = self.entries.get(head..).unwrap_or_default().iter();
        entries.take_while(move |entry| entry.hash == hash)
    }

    fn stands_at(&self, entry: &Entry, known: &[u8], place: usize) -> bool {
        let found = || {
            let start = place.checked_sub(usize::from(entry.offset))?;
            Some(known.get(start..)?.starts_with(self.literals.get(entry.literal as usize)?))
        };
        found().unwrap_or(false)
    }
}

/// The rarest gram of a literal, and where it stands in it.
fn rarest(literal: &[u8], common: &HashSet<[u8; GRAM]>) -> Option<(usize, [u8; GRAM])> {
    let last = literal.len().checked_sub(GRAM)?;
    let grams = (0..=last)
        .filter_map(|offset| Some((offset, *literal.get(offset..)?.first_chunk::<GRAM>()?)));
    grams.max_by_key(|(_, gram)| {
        (!common.contains(gram), gram.iter().map(|byte| rarity(*byte)).sum::<usize>())
    })
}

/// Tells the literals that stand in so many texts that looking for them costs more than it keeps out.
pub(super) fn commonness() -> impl Fn(&[u8]) -> bool {
    let common = common_pieces();
    move |literal| rarest(literal, &common).is_none_or(|(_, gram)| common.contains(&gram))
}

/// Which places of the narrowed bytes are looked at.
#[derive(Clone, Copy)]
struct Block {
    first: usize,
    places: usize,
    /// So many bytes are of this text.
    known: usize,
}

/// One lower-case byte for each unit.
fn narrow<const W: usize>(units: &[[u8; W]], bytes: &mut [u8]) {
    for (byte, unit) in bytes.iter_mut().zip(units) {
        let ascii = match unit.as_slice() {
            [low, high] => u16::from_le_bytes([*low, *high]).min(u16::from(NON_ASCII)) as u8,
            [byte] => (*byte).min(NON_ASCII),
            _ => NON_ASCII,
        };
        *byte = ascii | (u8::from(ascii.is_ascii_uppercase()) << 5);
    }
}

/// The hash of four lower-case characters. The fourth gives the lowest five bits, so that whatever may
/// follow three characters makes no more than 32 hashes.
#[inline(always)]
fn hash(low: u16, high: u16) -> u16 {
    let three = low.wrapping_mul(0x9E35).wrapping_add((high & 0xFF).wrapping_mul(0x6A6D));
    (three & !31) | (high >> 8 & 31)
}

/// Hashes the grams at every second place; how many are to be looked up, whole groups of them.
fn hash_pairs(bytes: &[u8], hashes: &mut [u16], places: usize) -> usize {
    let half = places.div_ceil(2).next_multiple_of(GROUP);
    let (low, _) = bytes.as_chunks::<2>();
    let (high, _) = bytes.get(2..).unwrap_or_default().as_chunks::<2>();
    for ((hash, low), high) in hashes.iter_mut().zip(low).zip(high).take(half) {
        *hash = self::hash(u16::from_le_bytes(*low), u16::from_le_bytes(*high));
    }
    half
}
