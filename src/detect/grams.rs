//! Finds many literals at once: every four characters of a text are looked up in one table, and the few
//! that are marked are compared with the literals behind them.
//!
//! Of each literal its rarest four characters are marked. A scan narrows the text to one lower-case byte a
//! unit, a block at a time, so that everything but the table stays in the nearest cache. What is done for every
//! place has no branch that a text decides.

use super::literal::{CORE_BYTES, common_pieces, rarity};
use super::steps::{self, FOURTH, Hashes, STEP};
use crate::order;

/// Places of a text that are looked at in one step. The block's arrays and the table's busy lines fit the
/// second-level cache of any machine.
const BLOCK: usize = 4_096;

/// Bytes of text known on either side of a block's places, so that a literal can be compared there.
const MARGIN: usize = CORE_BYTES;

/// Characters looked up together.
const GRAM: usize = 4;

/// Length of the shortest literal that can be marked.
pub(super) const SHORTEST: usize = GRAM - 1;

/// Hashes looked up before one question whether any is marked.
const GROUP: usize = 8;

/// Characters compared at once, before the whole literal is.
const NEAR: usize = 8;

/// Literals, found by their grams.
#[derive(Debug)]
pub(super) struct Grams {
    /// 1 where a literal has a gram of this hash, else 0.
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
    near_before: u8,
    before: u8,
    literal: u32,
}

/// The arrays that a scan fills, kept from one text to the next.
#[derive(Debug)]
pub(super) struct Scratch {
    /// The block's characters, and those known before and after it. What an earlier block left behind
    /// them does no harm: a literal is compared with known characters only.
    bytes: Box<[u8; MARGIN + BLOCK + MARGIN + 2 * STEP]>,
    /// Hashes of the grams at every place.
    hashes: Box<[Hashes; BLOCK / STEP]>,
    /// Indexes of the groups of hashes in which one is marked.
    groups: Box<[u16; BLOCK / GROUP]>,
    /// Indexes of the marked hashes.
    marked: Box<[u16; BLOCK]>,
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
            heads: Box::new([0; HASHES]),
            entries: Vec::with_capacity(literals.len()),
            literals: Vec::new(),
        };
        let common = Common::new();
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

    fn mark(&mut self, literal: u32, bytes: &[u8], common: &Common) {
        if let [a, b, c] = bytes {
            // Whatever follows a short literal makes a gram of it.
            for fourth in 0..=FOURTH as u8 {
                self.enter(literal, bytes, 0, [*a, *b, *c, fourth]);
            }
        } else if let Some((before, gram)) = rarest(bytes, common) {
            self.enter(literal, bytes, before, gram);
        }
    }

    fn enter(&mut self, literal: u32, bytes: &[u8], before: usize, gram: [u8; GRAM]) {
        let hash = steps::hash(gram);
        if let Some(mark) = self.marked.get_mut(usize::from(hash)) {
            *mark = 1;
        }
        let start = before.min(bytes.len().saturating_sub(NEAR));
        let (mut near, mut mask) = ([0; NEAR], [0; NEAR]);
        let known = bytes.get(start..).unwrap_or_default();
        for ((near, mask), byte) in near.iter_mut().zip(&mut mask).zip(known) {
            (*near, *mask) = (*byte, u8::MAX);
        }
        self.entries.push(Entry {
            near: u64::from_le_bytes(near),
            mask: u64::from_le_bytes(mask),
            hash,
            near_before: (before - start) as u8,
            before: before as u8,
            literal,
        });
    }

    pub(super) fn scratch(&self) -> Scratch {
        Scratch {
            bytes: Box::new([0; _]),
            hashes: Box::new([Hashes::default(); _]),
            groups: Box::new([0; _]),
            marked: Box::new([0; _]),
            found: vec![0; self.literals.len()],
            scan: 0,
        }
    }

    /// Calls `each` with the index of every literal that stands in the text, once. `W` is the width of the text's
    /// units in bytes: 2 for UTF-16, 1 for WTF-8.
    pub(super) fn scan<const W: usize>(
        &self,
        text: &[u8],
        scratch: &mut Scratch,
        each: &mut dyn FnMut(u32),
    ) {
        scratch.begin();
        let (units, _) = text.as_chunks::<W>();
        for start in (0..units.len()).step_by(BLOCK) {
            let from = start.saturating_sub(MARGIN);
            let to = units.len().min(start + BLOCK + MARGIN);
            let known = units.get(from..to).unwrap_or_default();
            steps::narrow(known, scratch.bytes.as_mut_slice());
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
        scratch: &mut Scratch,
        each: &mut dyn FnMut(u32),
    ) {
        let Scratch { bytes, hashes, groups, marked, found, scan } = scratch;
        let hashes = hashes.get_mut(..places.div_ceil(STEP)).unwrap_or_default();
        let places = bytes.get(first..).unwrap_or_default();
        steps::hash_all(places, hashes);
        let (all, _) = hashes.as_flattened().as_chunks();
        let count = any_marked(&self.marked, all, groups);
        let count = all_marked(&self.marked, all, groups.get(..count).unwrap_or_default(), marked);
        let known = bytes.get(..known).unwrap_or_default();
        for index in marked.get(..count).unwrap_or_default() {
            let index = usize::from(*index);
            let place = first + index / STEP * STEP + steps::place_of(index);
            let Some(hash) = all.as_flattened().get(index) else { continue };
            let hash = u16::from_le_bytes(*hash);
            let head = self.heads.get(usize::from(hash)).copied().unwrap_or_default();
            for entry in self.entries.get(head as usize..).unwrap_or_default() {
                if entry.hash != hash {
                    break;
                }
                if entry.is_near(bytes.as_slice(), place)
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
            let start = place.checked_sub(usize::from(entry.before))?;
            Some(known.get(start..)?.starts_with(self.literals.get(entry.literal as usize)?))
        };
        found().unwrap_or(false)
    }
}

impl Entry {
    /// Whether what is near the gram stands around this place.
    #[inline(always)]
    fn is_near(&self, bytes: &[u8], place: usize) -> bool {
        let start = place.wrapping_sub(usize::from(self.near_before));
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
    groups: &mut [u16; BLOCK / GROUP],
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
        count += usize::from(first | second);
    }
    count
}

/// Writes the indexes of the marked hashes of these groups; gives their number.
#[inline(never)]
fn all_marked(
    table: &[u8; HASHES],
    hashes: &[[[u8; 2]; GROUP]],
    groups: &[u16],
    marked: &mut [u16; BLOCK],
) -> usize {
    let mut count = 0;
    for index in groups {
        let Some(group) = hashes.get(usize::from(*index)) else { continue };
        for (at, hash) in (index * GROUP as u16..).zip(group) {
            if let Some(place) = marked.get_mut(count) {
                *place = at;
            }
            count += usize::from(mark(table, *hash));
        }
    }
    count
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
            if let Some(is_common) = hashes.get_mut(usize::from(steps::hash(*gram))) {
                *is_common = true;
            }
        }
        Self { grams, hashes }
    }

    /// Highest for a gram of which the hash stands for no common one.
    fn rank(&self, gram: [u8; GRAM]) -> u8 {
        match self.hashes.get(usize::from(steps::hash(gram))) {
            Some(false) => 2,
            _ => u8::from(self.grams.binary_search(&gram).is_err()),
        }
    }
}

/// The rarest gram of a literal, and where it stands in it.
fn rarest(literal: &[u8], common: &Common) -> Option<(usize, [u8; GRAM])> {
    let last = literal.len().checked_sub(GRAM)?;
    let grams = (0..=last)
        .filter_map(|offset| Some((offset, *literal.get(offset..)?.first_chunk::<GRAM>()?)));
    grams.max_by_key(|(_, gram)| {
        (common.rank(*gram), gram.iter().map(|byte| rarity(*byte)).sum::<usize>())
    })
}

/// Tells the literals that stand in so many texts that looking for them costs more than it keeps out.
pub(super) fn commonness() -> impl Fn(&[u8]) -> bool {
    let common = Common::new();
    move |literal| rarest(literal, &common).is_none_or(|(_, gram)| common.rank(gram) == 0)
}
