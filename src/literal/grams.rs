//! Finds many literals at once: four characters at every other place of a text are looked up in one table, and the
//! few that are marked are compared with the literals behind them.
//!
//! Of each literal the rarest four characters are marked that stand an even number of characters behind its first, and the
//! rarest of the others: wherever it stands, one of the two is looked up. A scan narrows the text to one lower-case byte a
//! unit, a block at a time, so that everything but the table stays in the nearest cache. What is done for every
//! place has no branch that a text decides.

use super::ascii_core::CORE_BYTES;
use super::frequency::{common_pieces, rarity};

use crate::simd::gram_hash::{self, FOURTH_MASK, GramHashes, NON_ASCII, STEP};
use crate::sort;

/// Places of a text that are looked at in one step. The block's arrays and the table's busy lines fit the
/// second-level cache of any machine.
const BLOCK: usize = 4_096;

/// Bytes of text known on either side of a block's places, so that a literal can be compared there.
const MARGIN: usize = CORE_BYTES;

/// Characters before the first known one: something stands before every place.
const LEAD: usize = 1;

/// Characters looked up together.
const GRAM: usize = 4;

/// Length of the shortest literal that can be marked.
pub(crate) const GRAM_SHORTEST: usize = GRAM - 1;

/// GramHashes looked up before one question whether any is marked.
const GROUP: usize = STEP / 2;

/// GramHashes of a block.
const HASHED: usize = BLOCK / 2;

/// Characters compared at once, before the whole literal is.
const NEAR: usize = 8;

/// Literals, found by their grams.
#[derive(Debug)]
pub(crate) struct Grams {
    /// What may stand before the grams of a hash that literals have, a bit for each kind of character; else 0.
    marked: Box<[u8; HASHES]>,
    /// For each hash the index of its first entry.
    heads: Box<[u32; HASHES]>,
    /// Sorted by hash.
    entries: Vec<Entry>,
    literals: Vec<Vec<u8>>,
}

const HASHES: usize = 1 << 16;

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// What stands around the gram in the literal, and which bits of it count.
    near: u64,
    mask: u64,
    hash: u16,
    /// How far before the gram that begins, and how far the literal.
    near_before: i8,
    before: i8,
    literal: u32,
}

/// The arrays that a scan fills, kept from one text to the next.
#[derive(Debug)]
pub(crate) struct GramScratch {
    /// The block's characters, and those known before and after it, behind one that is not looked at. What an earlier
    /// block left behind them does no harm: a literal is compared with known characters only.
    bytes: Box<[u8; LEAD + MARGIN + BLOCK + MARGIN + 2 * STEP]>,
    /// GramHashes of the grams at every other place.
    hashes: Box<[GramHashes; BLOCK / STEP]>,
    /// Indexes of the groups of hashes in which one is marked.
    groups: Box<[u16; HASHED / GROUP]>,
    /// Indexes of the marked hashes.
    marked: Box<[u16; HASHED]>,
    /// The number of the last scan that found a literal, for each literal.
    found: Vec<u32>,
    scan: u32,
}

impl GramScratch {
    fn begin(&mut self) {
        self.scan = self.scan.checked_add(1).unwrap_or_else(|| {
            self.found.fill(0);
            1
        });
    }
}

impl Grams {
    /// Of lower-case ASCII literals of [`GRAM_SHORTEST`] bytes at least.
    pub(crate) fn new(literals: Vec<Vec<u8>>) -> Self {
        let mut grams = Self {
            marked: Box::new([0; HASHES]),
            heads: Box::new([0; HASHES]),
            entries: Vec::with_capacity(literals.len()),
            literals: Vec::new(),
        };
        let common = Common::new();
        for (index, literal) in (0..).zip(&literals) {
            grams.mark(index, literal, &common);
        }
        sort::sort_by_key(&mut grams.entries, |entry| entry.hash);
        for (index, entry) in grams.entries.iter().enumerate().rev() {
            if let Some(head) = grams.heads.get_mut(usize::from(entry.hash)) {
                *head = index as u32;
            }
        }
        grams.literals = literals;
        grams
    }

    fn mark(&mut self, literal: u32, bytes: &[u8], common: &Common) {
        for odd in [0, 1] {
            match (rarest(bytes, common, odd), bytes) {
                (Some((before, gram)), _) => self.enter(literal, bytes, before as i8, gram),
                // Whatever follows the end of a short literal makes a gram of it, or whatever stands before it.
                (None, [a, b, c] | [_, a, b, c]) if bytes.len() % 2 != odd => {
                    for fourth in 0..=FOURTH_MASK as u8 {
                        self.enter(literal, bytes, odd as i8, [*a, *b, *c, fourth]);
                    }
                }
                (None, [a, b, c]) => {
                    for first in 0..=NON_ASCII {
                        self.enter(literal, bytes, -1, [first, *a, *b, *c]);
                    }
                }
                (None, _) => {}
            }
        }
    }

    fn enter(&mut self, literal: u32, bytes: &[u8], before: i8, gram: [u8; GRAM]) {
        let hash = gram_hash::hash_gram(gram);
        if let Some(mark) = self.marked.get_mut(usize::from(hash)) {
            let previous = usize::try_from(before - 1).ok().and_then(|at| bytes.get(at));
            *mark |= previous.map_or(u8::MAX, |byte| 1 << kind(*byte));
        }
        let start = usize::try_from(before).unwrap_or(0).min(bytes.len().saturating_sub(NEAR));
        let (mut near, mut mask) = ([0; NEAR], [0; NEAR]);
        let known = bytes.get(start..).unwrap_or_default();
        for ((near, mask), byte) in near.iter_mut().zip(&mut mask).zip(known) {
            (*near, *mask) = (*byte, u8::MAX);
        }
        self.entries.push(Entry {
            near: u64::from_le_bytes(near),
            mask: u64::from_le_bytes(mask),
            hash,
            near_before: before - start as i8,
            before,
            literal,
        });
    }

    pub(crate) fn scratch(&self) -> GramScratch {
        GramScratch {
            bytes: Box::new([0; _]),
            hashes: Box::new([GramHashes::default(); _]),
            groups: Box::new([0; _]),
            marked: Box::new([0; _]),
            found: vec![0; self.literals.len()],
            scan: 0,
        }
    }

    /// Calls `each` with the index of every literal that stands in the text, once. `W` is the width of the text's
    /// units in bytes: 2 for UTF-16, 1 for WTF-8.
    pub(crate) fn scan<const W: usize>(
        &self,
        text: &[u8],
        scratch: &mut GramScratch,
        each: &mut dyn FnMut(u32),
    ) {
        scratch.begin();
        let (units, _) = text.as_chunks::<W>();
        for start in (0..units.len()).step_by(BLOCK) {
            let from = start.saturating_sub(MARGIN);
            let to = units.len().min(start + BLOCK + MARGIN);
            let known = units.get(from..to).unwrap_or_default();
            gram_hash::to_lowercase_bytes(known, scratch.bytes.get_mut(LEAD..).unwrap_or_default());
            let places = BLOCK.min(units.len() - start);
            self.block(start - from, places, known.len(), scratch, each);
        }
    }

    /// Looks at the places of one block, which begin at `first` of the bytes, of which so many are known.
    fn block(
        &self,
        first: usize,
        places: usize,
        known: usize,
        scratch: &mut GramScratch,
        each: &mut dyn FnMut(u32),
    ) {
        let GramScratch { bytes, hashes, groups, marked, found, scan } = scratch;
        let hashes = hashes.get_mut(..places.div_ceil(STEP)).unwrap_or_default();
        let before = bytes.get(first..).unwrap_or_default();
        let bytes = bytes.get(LEAD..).unwrap_or_default();
        let places = bytes.get(first..).unwrap_or_default();
        gram_hash::hash_grams(places, hashes);
        let (all, _) = hashes.as_flattened().as_chunks();
        let count = any_marked(&self.marked, all, groups);
        let groups = groups.get(..count).unwrap_or_default();
        let count = all_marked(&self.marked, all, before, groups, marked);
        let known = bytes.get(..known).unwrap_or_default();
        for index in marked.get(..count).unwrap_or_default() {
            let index = usize::from(*index);
            let place = first + 2 * index;
            let Some(hash) = all.as_flattened().get(index) else { continue };
            let hash = u16::from_le_bytes(*hash);
            let head = self.heads.get(usize::from(hash)).copied().unwrap_or_default();
            for entry in self.entries.get(head as usize..).unwrap_or_default() {
                if entry.hash != hash {
                    break;
                }
                if entry.is_near(bytes, place)
                    && found.get(entry.literal as usize) != Some(scan)
                    && self.stands_at(entry, known, place)
                {
                    if let Some(last) = found.get_mut(entry.literal as usize) {
                        *last = *scan;
                    }
                    each(entry.literal);
                }
            }
        }
    }

    /// Whether the literal of an entry stands where its gram is at this place.
    #[cold]
    fn stands_at(&self, entry: &Entry, known: &[u8], place: usize) -> bool {
        let found = || {
            let start = place.checked_add_signed(-isize::from(entry.before))?;
            Some(known.get(start..)?.starts_with(self.literals.get(entry.literal as usize)?))
        };
        found().unwrap_or(false)
    }
}

impl Entry {
    /// Whether what is near the gram stands around this place.
    #[inline(always)]
    fn is_near(&self, bytes: &[u8], place: usize) -> bool {
        let start = place.wrapping_add_signed(-isize::from(self.near_before));
        let Some(found) = bytes.get(start..) else { return false };
        let Some(found) = found.first_chunk::<NEAR>() else { return false };
        (u64::from_le_bytes(*found) ^ self.near) & self.mask == 0
    }
}

/// Writes the indexes of the groups in which a hash is marked; gives their number.
#[inline(never)]
fn any_marked(
    table: &[u8; HASHES],
    hashes: &[[[u8; 2]; GROUP]],
    groups: &mut [u16; HASHED / GROUP],
) -> usize {
    let mut count = 0;
    for (index, group) in (0..).zip(hashes) {
        // Every index is written, and counted only if it is to stay: no branch to guess.
        if let Some(place) = groups.get_mut(count) {
            *place = index;
        }
        let ([low, high], []) = group.as_flattened().as_chunks() else { break };
        let first = four(table, u64::from_le_bytes(*low));
        let second = four(table, u64::from_le_bytes(*high));
        count += usize::from(first | second != 0);
    }
    count
}

/// Writes the indexes of the marked hashes of these groups, as far as what stands before them fits; gives their number.
/// The characters begin with the one before the first hash.
#[inline(never)]
fn all_marked(
    table: &[u8; HASHES],
    hashes: &[[[u8; 2]; GROUP]],
    before: &[u8],
    groups: &[u16],
    marked: &mut [u16; HASHED],
) -> usize {
    let mut count = 0;
    let (before, _) = before.as_chunks::<2>();
    let (before, _) = before.as_chunks::<GROUP>();
    for index in groups {
        let (at, first) = (usize::from(*index), index * GROUP as u16);
        let (Some(group), Some(before)) = (hashes.get(at), before.get(at)) else { continue };
        for (at, (hash, [before, _])) in (first..).zip(group.iter().zip(before)) {
            if let Some(place) = marked.get_mut(count) {
                *place = at;
            }
            count += usize::from(mark(table, *hash) >> kind(*before) & 1);
        }
    }
    count
}

/// A character's kind, of eight.
fn kind(byte: u8) -> u8 {
    byte & 7
}

/// Whether one of four hashes is marked: loaded together, they cost a sixth less of the scan.
#[inline(always)]
fn four(table: &[u8; HASHES], hashes: u64) -> u8 {
    let at = |hash: u64| table.get(usize::from(hash as u16)).copied().unwrap_or(0);
    at(hashes) | at(hashes >> 16) | at(hashes >> 32) | at(hashes >> 48)
}

#[inline(always)]
fn mark(table: &[u8; HASHES], hash: [u8; 2]) -> u8 {
    table.get(usize::from(u16::from_le_bytes(hash))).copied().unwrap_or(0)
}

/// The grams that scripts are full of, and the hashes of these.
struct Common {
    grams: Vec<[u8; GRAM]>,
    hashes: Box<[bool; HASHES]>,
}

impl Common {
    fn new() -> Self {
        let grams = common_pieces();
        let mut hashes = Box::new([false; HASHES]);
        for gram in &grams {
            if let Some(is_common) = hashes.get_mut(usize::from(gram_hash::hash_gram(*gram))) {
                *is_common = true;
            }
        }
        Self { grams, hashes }
    }

    /// Highest for a gram of which the hash stands for no common one.
    fn rank(&self, gram: [u8; GRAM]) -> u8 {
        match self.hashes.get(usize::from(gram_hash::hash_gram(gram))) {
            Some(false) => 2,
            _ => u8::from(self.grams.binary_search(&gram).is_err()),
        }
    }
}

/// The rarest gram of a literal, of those at even offsets or of those at odd ones, and where it stands in it.
fn rarest(literal: &[u8], common: &Common, odd: usize) -> Option<(usize, [u8; GRAM])> {
    let last = literal.len().checked_sub(GRAM)?;
    let grams = (odd..=last)
        .step_by(2)
        .filter_map(|offset| Some((offset, *literal.get(offset..)?.first_chunk::<GRAM>()?)));
    grams.max_by_key(|(_, gram)| {
        (common.rank(*gram), gram.iter().map(|byte| rarity(*byte)).sum::<u32>())
    })
}

/// Tells the literals that stand in so many texts that looking for them costs more than it keeps out.
pub(crate) fn commonness() -> impl Fn(&[u8]) -> bool {
    let common = Common::new();
    move |literal| {
        let is_common = |odd| match rarest(literal, &common, odd) {
            Some((_, gram)) => common.rank(gram) == 0,
            None => odd == 0,
        };
        is_common(0) || is_common(1)
    }
}
