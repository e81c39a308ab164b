//! Many literals looked for in one pass.
//!
//! Each literal is known by its three rarest neighbouring bytes. A text is walked once; where three of its
//! bytes, folded, are in the table, the literals that have them are compared there.

use super::finder::LiteralFinder;
use super::frequency;
use crate::sort;
use std::cmp::Reverse;

/// Literals, at least one of which is looked for. Case counts for all of them or for none.
#[derive(Clone, Debug, Default)]
pub(crate) struct LiteralSet {
    all: Vec<LiteralFinder>,
    /// The places in `all` of those that are looked for by themselves.
    single: Vec<usize>,
    table: Option<Box<Table>>,
}

#[derive(Clone, Debug)]
struct Table {
    /// A bit for every hash that a literal has.
    bits: Box<[u64]>,
    /// By hash: the literal, and how many bytes of it stand before the third of the three.
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    hash: u16,
    needle: usize,
    before: usize,
}

/// Fewer are faster looked for one after the other.
const FEW: usize = 4;

impl LiteralSet {
    pub(crate) fn new<'a>(texts: impl IntoIterator<Item = &'a str>, cased: bool) -> Self {
        let texts: Vec<&str> = texts.into_iter().collect();
        let all: Vec<LiteralFinder> =
            texts.iter().map(|text| LiteralFinder::new(text, cased)).collect();
        let mut single = Vec::new();
        let mut entries = Vec::new();
        for (needle, text) in texts.iter().enumerate() {
            match rarest(text).filter(|_| texts.len() > FEW) {
                Some((hash, before)) => entries.push(Entry { hash, needle, before }),
                None => single.push(needle),
            }
        }
        let table = (!entries.is_empty()).then(|| Box::new(Table::new(entries)));
        Self { all, single, table }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether one of them stands in the text.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        let mut found = false;
        self.for_each_match(text, &mut |_| {
            found = true;
            false
        });
        found
    }

    /// Calls with each literal that stands in the text, by its place in those given, once for every place
    /// that it was found at, until the call says to stop.
    pub(crate) fn for_each_match(&self, text: &str, found: &mut dyn FnMut(usize) -> bool) {
        for needle in &self.single {
            let there = self.all.get(*needle).is_some_and(|it| it.find(text, 0).is_some());
            if there && !found(*needle) {
                return;
            }
        }
        let Some(table) = &self.table else { return };
        let (mut first, mut second) = (0_u8, 0_u8);
        for (at, byte) in text.bytes().enumerate() {
            let third = byte.to_ascii_lowercase();
            let hash = hash(first, second, third);
            if table.has(hash) && !self.verify(table, hash, text, at, found) {
                return;
            }
            (first, second) = (second, third);
        }
    }

    /// Compares the literals of a hash whose third byte stands at `at`; `false` to stop.
    #[cold]
    fn verify(
        &self,
        table: &Table,
        hash: u16,
        text: &str,
        at: usize,
        found: &mut dyn FnMut(usize) -> bool,
    ) -> bool {
        let start = table.entries.partition_point(|entry| entry.hash < hash);
        let entries = table.entries.get(start..).unwrap_or_default();
        entries.iter().take_while(|entry| entry.hash == hash).all(|entry| {
            let start = at.checked_sub(entry.before);
            let needle = self.all.get(entry.needle);
            let there =
                start.zip(needle).is_some_and(|(start, it)| it.match_end(text, start).is_some());
            !there || found(entry.needle)
        })
    }
}

impl Table {
    fn new(mut entries: Vec<Entry>) -> Self {
        sort::sort(&mut entries);
        let mut bits = vec![0_u64; 1 << 10].into_boxed_slice();
        for entry in &entries {
            if let Some(word) = bits.get_mut(usize::from(entry.hash >> 6)) {
                *word |= 1 << (entry.hash & 63);
            }
        }
        Self { bits, entries }
    }

    fn has(&self, hash: u16) -> bool {
        let word = self.bits.get(usize::from(hash >> 6)).copied().unwrap_or(0);
        word >> (hash & 63) & 1 == 1
    }
}

fn hash(first: u8, second: u8, third: u8) -> u16 {
    let bytes = u32::from_le_bytes([first, second, third, 0]);
    u16::try_from(bytes.wrapping_mul(0x9E37_79B1) >> 16).unwrap_or(0)
}

/// The hash of the three neighbouring bytes of a literal that are rarest in scripts, and how many bytes
/// stand before the third. Only of ASCII: other letters change their bytes with their case.
fn rarest(text: &str) -> Option<(u16, usize)> {
    if !text.is_ascii() {
        return None;
    }
    let bytes = text.as_bytes().to_ascii_lowercase();
    let three = bytes.windows(3).enumerate().filter_map(|(at, three)| match three {
        [first, second, third] => {
            let rarity = [first, second, third].iter().map(|byte| frequency::rarity(**byte)).sum();
            Some((rarity, hash(*first, *second, *third), at + 2))
        }
        _ => None,
    });
    three
        .min_by_key(|(rarity, ..): &(u32, _, _)| Reverse(*rarity))
        .map(|(_, hash, before)| (hash, before))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn finds_what_each_literal_finds_by_itself(
            texts in prop::collection::vec("[abcAB\\-ä]{1,5}", 1..12),
            text in "[abcABC\\-äÄ]{0,40}",
            cased in any::<bool>(),
        ) {
            let needles = LiteralSet::new(texts.iter().map(String::as_str), cased);
            let mut found = BTreeSet::new();
            needles.for_each_match(&text, &mut |needle| {
                found.insert(needle);
                true
            });
            let alone: BTreeSet<usize> = (0..texts.len())
                .filter(|index| LiteralFinder::new(&texts[*index], cased).find(&text, 0).is_some())
                .collect();
            prop_assert_eq!(needles.is_match(&text), !alone.is_empty());
            prop_assert_eq!(found, alone);
        }
    }
}
