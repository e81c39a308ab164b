//! [`NameState`]: how maps hash the names in scripts: of variables, functions and members.
//!
//! Names are a few bytes long, and the standard library's hasher spends most of its time on beginning and finishing. Here
//! eight bytes take one multiplication. Both factors depend on numbers that differ in every map, so that a script cannot
//! choose names whose hashes are equal.

use std::hash::{BuildHasher, Hasher, RandomState};

/// The secret numbers of a map's hashes.
#[derive(Clone, Debug)]
pub(super) struct NameState([u64; 2]);

impl Default for NameState {
    fn default() -> Self {
        let random = RandomState::new();
        Self([random.hash_one(0), random.hash_one(1)])
    }
}

impl BuildHasher for NameState {
    type Hasher = NameHasher;

    fn build_hasher(&self) -> NameHasher {
        let [state, factor] = self.0;
        NameHasher { state, factor }
    }
}

pub(super) struct NameHasher {
    state: u64,
    factor: u64,
}

impl NameHasher {
    #[inline]
    fn add(&mut self, word: u64) {
        let product = u128::from(self.state ^ word) * u128::from(self.factor | 1);
        self.state = product as u64 ^ (product >> 64) as u64;
    }
}

impl Hasher for NameHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.add(u64::from_le_bytes(*word)));
        let last = rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        self.add(last << 8 | bytes.len() as u64 & 0xFF);
    }

    #[inline]
    fn write_u8(&mut self, _: u8) {
        // Ends a text, whose length is hashed already.
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_that_differ_have_different_hashes() {
        let state = NameState::default();
        let names = (0..30_000).flat_map(|nth| {
            [format!("{nth}"), format!("{nth:08}"), format!("variable{nth}"), "x".repeat(nth % 300)]
        });
        let names: HashSet<String> = names.collect();
        let hashes: HashSet<u64> = names.iter().map(|name| state.hash_one(name.as_str())).collect();
        let low: HashSet<u64> = hashes.iter().map(|hash| hash & 0xFFFF).collect();
        assert_eq!(hashes.len(), names.len());
        assert!(low.len() > 40_000, "{}", low.len());
        assert_ne!(state.hash_one("a"), NameState::default().hash_one("a"));
    }
}
