//! [`NegativeCache`]: obfuscated texts none of whose views any rule can match.
//!
//! The same script is logged again and again, and deobfuscating it takes a hundred times as long as comparing it.

use crate::limits;
use crate::simd;
use std::collections::{HashMap, VecDeque};
use xxhash_rust::xxh3::xxh3_64;

/// The most recently inserted texts, at most [`limits::NEGATIVE_CACHE_BYTES`] of them. Texts are compared in full: a hash
/// collision must not hide a match.
#[derive(Debug, Default)]
pub(super) struct NegativeCache {
    texts: HashMap<u64, Box<str>>,
    /// Hashes of the texts, oldest first.
    order: VecDeque<u64>,
    bytes: usize,
}

impl NegativeCache {
    pub(super) fn contains(&self, text: &str) -> bool {
        // In most logs nothing is obfuscated: then no text is hashed.
        !self.order.is_empty()
            && self
                .texts
                .get(&hash(text))
                .is_some_and(|known| simd::is_equal(known.as_bytes(), text.as_bytes()))
    }

    /// Adds a text and evicts the oldest ones past the limits. A text longer than the cache is ignored.
    pub(super) fn insert(&mut self, text: &str) {
        let hash = hash(text);
        if text.len() > limits::NEGATIVE_CACHE_BYTES || self.texts.contains_key(&hash) {
            return;
        }
        self.bytes += text.len();
        self.texts.insert(hash, text.into());
        self.order.push_back(hash);
        while self.bytes > limits::NEGATIVE_CACHE_BYTES
            || self.order.len() > limits::NEGATIVE_CACHE_TEXTS
        {
            let oldest = self.order.pop_front().and_then(|oldest| self.texts.remove(&oldest));
            let Some(oldest) = oldest else { break };
            self.bytes -= oldest.len();
        }
    }
}

fn hash(text: &str) -> u64 {
    xxh3_64(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_the_newest_texts_within_both_limits() {
        let mut cache = NegativeCache::default();
        assert!(!cache.contains(""));
        let text =
            |number: usize| format!("{number} {}", "x".repeat(limits::NEGATIVE_CACHE_BYTES / 4));
        for number in 0..5 {
            cache.insert(&text(number));
            cache.insert(&text(number));
        }
        let known = (0..6).map(|number| cache.contains(&text(number)));
        assert_eq!(known.collect::<Vec<_>>(), [false, false, true, true, true, false]);
        cache.insert(&"x".repeat(limits::NEGATIVE_CACHE_BYTES + 1));
        assert!(cache.contains(&text(4)), "a text that is too long evicts no other");
        for number in 0..2 * limits::NEGATIVE_CACHE_TEXTS {
            cache.insert(&number.to_string());
        }
        assert_eq!(cache.order.len(), limits::NEGATIVE_CACHE_TEXTS);
        assert_eq!(cache.texts.len(), limits::NEGATIVE_CACHE_TEXTS);
        assert_eq!(cache.bytes, cache.texts.values().map(|text| text.len()).sum::<usize>());
    }
}
