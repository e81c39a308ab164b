//! [`LiteralSet`]: many literals in a decoded text, in one pass.
//!
//! Each literal is entered by its three rarest successive bytes. A text is walked once: where the hash of three successive
//! bytes (in lower case) is in the table, the literals of that hash are compared.
//!
//! ```text
//! literal  Invoke-Mimikatz, entered by "vok"; "k" is at offset 4
//! text     … i n v o k e - m i m …
//!                └─┬─┘ hash in the table: compare the literal from 4 bytes before "k"
//! ```

use super::finder::LiteralFinder;
use super::frequency::rarity;
use crate::sort;
use std::cmp::Reverse;

/// Literals to find any of; case counts for all of them or for none. With up to [`MAX_SINGLE`] literals each is found by
/// itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct LiteralSet {
    literals: Vec<LiteralFinder>,
    /// Indexes in `literals` of those that are not in the table.
    single: Vec<usize>,
    table: Option<Box<TrigramTable>>,
}

#[derive(Clone, Debug)]
struct TrigramTable {
    /// A bit for each hash that has entries.
    is_used: Box<[u64]>,
    /// Sorted by hash.
    entries: Vec<TrigramEntry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct TrigramEntry {
    hash: u16,
    literal: usize,
    /// Offset in the literal of the third byte.
    offset: usize,
}

/// Number of literals up to which one pass for each is faster than the table.
const MAX_SINGLE: usize = 8;

impl LiteralSet {
    /// Compiles literals, found in any case unless `is_cased`.
    pub(crate) fn new<'a>(texts: impl IntoIterator<Item = &'a str>, is_cased: bool) -> Self {
        let texts: Vec<&str> = texts.into_iter().collect();
        let literals: Vec<LiteralFinder> =
            texts.iter().map(|text| LiteralFinder::new(text, is_cased)).collect();
        let mut single = Vec::new();
        let mut entries = Vec::new();
        for (literal, text) in texts.iter().enumerate() {
            match rarest_trigram(text).filter(|_| texts.len() > MAX_SINGLE) {
                Some((hash, offset)) => entries.push(TrigramEntry { hash, literal, offset }),
                None => single.push(literal),
            }
        }
        let table = (!entries.is_empty()).then(|| Box::new(TrigramTable::new(entries)));
        Self { literals, single, table }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.literals.is_empty()
    }

    /// Whether `is_so` holds for all of the literals.
    pub(crate) fn all(&self, is_so: &dyn Fn(&str) -> bool) -> bool {
        self.literals.iter().all(|literal| is_so(literal.text()))
    }

    /// Whether a text contains any of the literals.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        let mut is_match = false;
        self.for_each_match(text, &mut |_| {
            is_match = true;
            false
        });
        is_match
    }

    /// Calls `found` with the index of each literal that a text contains, until it returns false. A literal may be reported
    /// once for each occurrence.
    pub(crate) fn for_each_match(&self, text: &str, found: &mut dyn FnMut(usize) -> bool) {
        for literal in &self.single {
            let finder = self.literals.get(*literal);
            let is_found = finder.is_some_and(|finder| finder.find(text, 0).is_some());
            if is_found && !found(*literal) {
                return;
            }
        }
        let Some(table) = &self.table else { return };
        let (mut first, mut second) = (0_u8, 0_u8);
        for (at, byte) in text.bytes().enumerate() {
            let third = byte.to_ascii_lowercase();
            let hash = hash(first, second, third);
            if table.contains(hash) && !self.verify(table, hash, text, at, found) {
                return;
            }
            (first, second) = (second, third);
        }
    }

    /// Compares the literals of a hash whose third byte is at `at`. Returns false if `found` did.
    #[cold]
    fn verify(
        &self,
        table: &TrigramTable,
        hash: u16,
        text: &str,
        at: usize,
        found: &mut dyn FnMut(usize) -> bool,
    ) -> bool {
        let first = table.entries.partition_point(|entry| entry.hash < hash);
        let entries = table.entries.get(first..).unwrap_or_default();
        entries.iter().take_while(|entry| entry.hash == hash).all(|entry| {
            let start = at.checked_sub(entry.offset);
            let is_found = start
                .zip(self.literals.get(entry.literal))
                .is_some_and(|(start, finder)| finder.match_end(text, start).is_some());
            !is_found || found(entry.literal)
        })
    }
}

impl TrigramTable {
    fn new(mut entries: Vec<TrigramEntry>) -> Self {
        sort::sort(&mut entries);
        let mut is_used = vec![0_u64; 1 << 10].into_boxed_slice();
        for entry in &entries {
            if let Some(word) = is_used.get_mut(usize::from(entry.hash >> 6)) {
                *word |= 1 << (entry.hash & 63);
            }
        }
        Self { is_used, entries }
    }

    fn contains(&self, hash: u16) -> bool {
        let word = self.is_used.get(usize::from(hash >> 6)).copied().unwrap_or(0);
        word >> (hash & 63) & 1 == 1
    }
}

fn hash(first: u8, second: u8, third: u8) -> u16 {
    let bytes = u32::from_le_bytes([first, second, third, 0]);
    u16::try_from(bytes.wrapping_mul(0x9E37_79B1) >> 16).unwrap_or(0)
}

/// Returns the hash of the three rarest successive bytes of a literal, and the offset of the third. `None` for a literal
/// that is shorter or not ASCII: the bytes of other letters depend on their case.
fn rarest_trigram(text: &str) -> Option<(u16, usize)> {
    if !text.is_ascii() {
        return None;
    }
    let bytes = text.as_bytes().to_ascii_lowercase();
    let trigrams = bytes.windows(3).enumerate().filter_map(|(at, trigram)| match trigram {
        [first, second, third] => {
            let rarity = rarity(*first) + rarity(*second) + rarity(*third);
            Some((rarity, hash(*first, *second, *third), at + 2))
        }
        _ => None,
    });
    trigrams.min_by_key(|(rarity, ..)| Reverse(*rarity)).map(|(_, hash, offset)| (hash, offset))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn agrees_with_a_finder_for_each_literal(
            texts in prop::collection::vec("[abcAB\\-ä]{1,5}", 1..12),
            text in "[abcABC\\-äÄ]{0,40}",
            cased in any::<bool>(),
        ) {
            let set = LiteralSet::new(texts.iter().map(String::as_str), cased);
            let mut found = BTreeSet::new();
            set.for_each_match(&text, &mut |literal| {
                found.insert(literal);
                true
            });
            let alone: BTreeSet<usize> = (0..texts.len())
                .filter(|index| LiteralFinder::new(&texts[*index], cased).find(&text, 0).is_some())
                .collect();
            prop_assert_eq!(set.is_match(&text), !alone.is_empty());
            prop_assert_eq!(found, alone);
        }
    }
}
