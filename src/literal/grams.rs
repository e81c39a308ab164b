//! [`GramScanner`]: many literals in a text as its source encodes it, in one pass.
//!
//! A gram is four successive characters. A scan looks up the gram at every even place of the text in one table, and
//! compares the literals of those few that are marked. Of each literal two grams are marked, the rarest at an even offset
//! and the rarest at an odd one: wherever the literal begins, one of the two is at an even place.
//!
//! ```text
//! literal        invoke-mimikatz
//! even offsets   invo  voke  ke-m  -mim  imik  ikat       one of these is marked …
//! odd offsets    nvok  oke-  e-mi  mimi  mika  katz       … and one of these
//!
//! text           x = I n v o k e - M i m i k a t z
//! place          0   2   4   6   8                        hash of 4 characters ─▶ marked? ─▶ compare
//! ```
//!
//! The text is narrowed to one lower-case byte a unit, a block at a time, so that everything but the table stays in the
//! first-level cache. The loops over all places have no branch that depends on the text.

use super::ascii_core::CORE_BYTES;
use super::frequency::{common_pieces, rarity};
use crate::simd::gram_hash::{self, FOURTH_MASK, GramHashes, NON_ASCII, STEP};
use std::sync::OnceLock;

/// Units of a text that are scanned in one step. The block's arrays and the busy lines of the table fit the second-level
/// cache of any machine.
const BLOCK: usize = 4_096;

/// Narrowed bytes on either side of a block, so that a literal that crosses its ends can be compared.
const MARGIN: usize = CORE_BYTES;

/// Bytes before the first narrowed one, so that every place has a byte before it.
const LEAD: usize = 1;

/// Characters of a gram.
const GRAM: usize = 4;

/// Length of the shortest literal that can be found.
pub(crate) const GRAM_SHORTEST: usize = GRAM - 1;

/// Hashes that are looked up before one test whether any of them is marked.
const GROUP: usize = STEP / 2;

/// Hashes of a block.
const HASHED: usize = BLOCK / 2;

/// Bytes of a literal that are compared at once, before the rest of it.
const NEAR: usize = 8;

/// Compiled literals.
#[derive(Debug)]
pub(crate) struct GramScanner {
    /// For each hash that a gram of a literal has, the characters that may precede that gram, a bit for each kind (see
    /// [`kind`]); 0 for other hashes.
    marked: Box<[u8; HASHES]>,
    /// For each hash the index of its first entry.
    first_entries: Box<[u32; HASHES]>,
    /// Sorted by hash.
    entries: Vec<GramEntry>,
    literals: Vec<Vec<u8>>,
}

const HASHES: usize = 1 << 16;

#[derive(Clone, Copy, Debug)]
struct GramEntry {
    /// Up to eight bytes of the literal around the gram, and the mask of those that count.
    near: u64,
    mask: u64,
    hash: u16,
    /// How far before the gram `near` begins, and how far before it the literal.
    near_before: i8,
    before: i8,
    literal: u32,
}

/// The buffers of a scan, reused from one text to the next.
#[derive(Debug)]
pub(crate) struct GramScratch {
    /// [`LEAD`], the margin before the block, the block, and the margin after it. Bytes after those may be of an earlier
    /// block: a literal is compared with known bytes only.
    bytes: Box<[u8; LEAD + MARGIN + BLOCK + MARGIN + 2 * STEP]>,
    /// Hashes of the grams at every even place.
    hashes: Box<[GramHashes; BLOCK / STEP]>,
    /// Indexes of the groups of hashes with a marked one.
    groups: Box<[u16; HASHED / GROUP]>,
    /// Indexes of the marked hashes.
    marked: Box<[u16; HASHED]>,
    /// For each literal the number of the last scan that found it.
    last_found: Vec<u32>,
    scan: u32,
}

impl GramScratch {
    fn begin(&mut self) {
        self.scan = self.scan.checked_add(1).unwrap_or_else(|| {
            self.last_found.fill(0);
            1
        });
    }
}

impl GramScanner {
    /// Compiles lower-case ASCII literals of at least [`GRAM_SHORTEST`] bytes, found in any case.
    pub(crate) fn new(literals: Vec<Vec<u8>>) -> Self {
        let mut scanner = Self {
            marked: Box::new([0; HASHES]),
            first_entries: Box::new([0; HASHES]),
            entries: Vec::with_capacity(literals.len()),
            literals: Vec::new(),
        };
        let common = CommonGrams::shared();
        for (index, literal) in (0..).zip(&literals) {
            scanner.mark(index, literal, common);
        }
        scanner.sort_entries();
        scanner.literals = literals;
        scanner
    }

    /// Sorts the entries by hash, and notes the first one of each.
    fn sort_entries(&mut self) {
        let places = &mut self.first_entries;
        for entry in &self.entries {
            if let Some(count) = places.get_mut(usize::from(entry.hash)) {
                *count += 1;
            }
        }
        let mut end = 0;
        for place in places.iter_mut() {
            end += *place;
            *place = end;
        }
        let mut sorted = self.entries.clone();
        // From the last one on, so that entries with the same hash keep their order.
        for entry in self.entries.iter().rev() {
            let Some(place) = places.get_mut(usize::from(entry.hash)) else { continue };
            *place = place.saturating_sub(1);
            if let Some(to) = sorted.get_mut(*place as usize) {
                *to = *entry;
            }
        }
        self.entries = sorted;
    }

    fn mark(&mut self, literal: u32, bytes: &[u8], common: &CommonGrams) {
        for odd in [0, 1] {
            match (common.rarest(bytes, odd), bytes) {
                (Some((before, gram)), _) => self.add_entry(literal, bytes, before as i8, gram),
                // A short literal forms a gram with each character that may follow it, or precede it.
                (None, [a, b, c] | [_, a, b, c]) if bytes.len() % 2 != odd => {
                    for fourth in 0..=FOURTH_MASK as u8 {
                        self.add_entry(literal, bytes, odd as i8, [*a, *b, *c, fourth]);
                    }
                }
                (None, [a, b, c]) => {
                    for first in 0..=NON_ASCII {
                        self.add_entry(literal, bytes, -1, [first, *a, *b, *c]);
                    }
                }
                (None, _) => {}
            }
        }
    }

    fn add_entry(&mut self, literal: u32, bytes: &[u8], before: i8, gram: [u8; GRAM]) {
        let hash = gram_hash::hash_gram(gram);
        if let Some(kinds) = self.marked.get_mut(usize::from(hash)) {
            let previous = usize::try_from(before - 1).ok().and_then(|at| bytes.get(at));
            *kinds |= previous.map_or(u8::MAX, |byte| 1 << kind(*byte));
        }
        let start = usize::try_from(before).unwrap_or(0).min(bytes.len().saturating_sub(NEAR));
        let (mut near, mut mask) = ([0; NEAR], [0; NEAR]);
        let known = bytes.get(start..).unwrap_or_default();
        for ((near, mask), byte) in near.iter_mut().zip(&mut mask).zip(known) {
            (*near, *mask) = (*byte, u8::MAX);
        }
        self.entries.push(GramEntry {
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
            last_found: vec![0; self.literals.len()],
            scan: 0,
        }
    }

    /// Calls `found` once with the index of each literal that a text contains. `W` is the width of the text's units in
    /// bytes: 2 for UTF-16, 1 for WTF-8.
    pub(crate) fn scan<const W: usize>(
        &self,
        text: &[u8],
        scratch: &mut GramScratch,
        found: &mut dyn FnMut(u32),
    ) {
        scratch.begin();
        let (units, _) = text.as_chunks::<W>();
        for start in (0..units.len()).step_by(BLOCK) {
            let from = start.saturating_sub(MARGIN);
            let to = units.len().min(start + BLOCK + MARGIN);
            let known = units.get(from..to).unwrap_or_default();
            gram_hash::to_lowercase_bytes(known, scratch.bytes.get_mut(LEAD..).unwrap_or_default());
            let places = BLOCK.min(units.len() - start);
            self.scan_block(start - from, places, known.len(), scratch, found);
        }
    }

    /// Scans one block of `places` units, which begin at `first` of the bytes; `known` bytes are narrowed.
    fn scan_block(
        &self,
        first: usize,
        places: usize,
        known: usize,
        scratch: &mut GramScratch,
        found: &mut dyn FnMut(u32),
    ) {
        let GramScratch { bytes, hashes, groups, marked, last_found, scan } = scratch;
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
            let first_entry =
                self.first_entries.get(usize::from(hash)).copied().unwrap_or_default();
            for entry in self.entries.get(first_entry as usize..).unwrap_or_default() {
                if entry.hash != hash {
                    break;
                }
                if entry.is_near(bytes, place)
                    && last_found.get(entry.literal as usize) != Some(scan)
                    && self.is_at(entry, known, place)
                {
                    if let Some(last) = last_found.get_mut(entry.literal as usize) {
                        *last = *scan;
                    }
                    found(entry.literal);
                }
            }
        }
    }

    /// Whether the literal of an entry is around its gram at `place`.
    #[cold]
    fn is_at(&self, entry: &GramEntry, known: &[u8], place: usize) -> bool {
        let compare = || {
            let start = place.checked_add_signed(-isize::from(entry.before))?;
            Some(known.get(start..)?.starts_with(self.literals.get(entry.literal as usize)?))
        };
        compare().unwrap_or(false)
    }
}

impl GramEntry {
    /// Whether the bytes near the gram are around `place`.
    #[inline(always)]
    fn is_near(&self, bytes: &[u8], place: usize) -> bool {
        let start = place.wrapping_add_signed(-isize::from(self.near_before));
        let Some(found) = bytes.get(start..) else { return false };
        let Some(found) = found.first_chunk::<NEAR>() else { return false };
        (u64::from_le_bytes(*found) ^ self.near) & self.mask == 0
    }
}

/// Writes the indexes of the groups with a marked hash. Returns their number.
#[inline(never)]
fn any_marked(
    table: &[u8; HASHES],
    hashes: &[[[u8; 2]; GROUP]],
    groups: &mut [u16; HASHED / GROUP],
) -> usize {
    let mut count = 0;
    for (index, group) in (0..).zip(hashes) {
        // Every index is written, and the next one overwrites it unless it is counted: no branch to mispredict.
        if let Some(place) = groups.get_mut(count) {
            *place = index;
        }
        let ([low, high], []) = group.as_flattened().as_chunks() else { break };
        let first = any_of_four(table, u64::from_le_bytes(*low));
        let second = any_of_four(table, u64::from_le_bytes(*high));
        count += usize::from(first | second != 0);
    }
    count
}

/// Writes the indexes of the marked hashes of `groups` that a character of a marked kind precedes. Returns their number.
/// `before` begins with the character before the first hash.
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
            count += usize::from(kinds_before(table, *hash) >> kind(*before) & 1);
        }
    }
    count
}

/// Returns one of eight kinds of characters.
fn kind(byte: u8) -> u8 {
    byte & 7
}

/// Returns a value other than 0 if one of four hashes is marked. Loading the four together makes a scan a sixth faster.
#[inline(always)]
fn any_of_four(table: &[u8; HASHES], hashes: u64) -> u8 {
    let at = |hash: u64| table.get(usize::from(hash as u16)).copied().unwrap_or(0);
    at(hashes) | at(hashes >> 16) | at(hashes >> 32) | at(hashes >> 48)
}

#[inline(always)]
fn kinds_before(table: &[u8; HASHES], hash: [u8; 2]) -> u8 {
    table.get(usize::from(u16::from_le_bytes(hash))).copied().unwrap_or(0)
}

/// The grams of the words and phrases that scripts are made of.
pub(crate) struct CommonGrams {
    grams: Vec<[u8; GRAM]>,
    hashes: Box<[bool; HASHES]>,
}

impl CommonGrams {
    /// Returns the grams, which are found once in a process.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<CommonGrams> = OnceLock::new();
        SHARED.get_or_init(Self::new)
    }

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

    /// Whether so many texts have the grams by which a literal would be found that scanning for it costs more than it
    /// keeps out.
    pub(crate) fn is_common_literal(&self, literal: &[u8]) -> bool {
        let is_common = |odd| match self.rarest(literal, odd) {
            Some((_, gram)) => self.rank(gram) == 0,
            None => odd == 0,
        };
        is_common(0) || is_common(1)
    }

    /// Returns the rarest gram of a literal at its even offsets (`odd` is 0) or at its odd ones (1), and its offset.
    fn rarest(&self, literal: &[u8], odd: usize) -> Option<(usize, [u8; GRAM])> {
        let last = literal.len().checked_sub(GRAM)?;
        let grams = (odd..=last)
            .step_by(2)
            .filter_map(|offset| Some((offset, *literal.get(offset..)?.first_chunk::<GRAM>()?)));
        grams.max_by_key(|(_, gram)| {
            (self.rank(*gram), gram.iter().map(|byte| rarity(*byte)).sum::<u32>())
        })
    }

    /// Returns 0 for a common gram, 1 for one that shares its hash with a common one, 2 for any other.
    fn rank(&self, gram: [u8; GRAM]) -> u8 {
        match self.hashes.get(usize::from(gram_hash::hash_gram(gram))) {
            Some(false) => 2,
            _ => u8::from(self.grams.binary_search(&gram).is_err()),
        }
    }
}
