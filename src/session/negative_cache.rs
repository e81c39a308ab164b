//! [`Barren`]: disguised texts behind which there is nothing for any rule.
//!
//! The same script runs again and again, and looking behind it takes a hundred times as long as comparing it.

use crate::limits;
use crate::simd;
use std::collections::{HashMap, VecDeque};
use xxhash_rust::xxh3::xxh3_64;

/// The texts that were noted last, within [`limits::NEGATIVE_CACHE_BYTES`]. They are compared whole.
#[derive(Debug, Default)]
pub(super) struct Barren {
    texts: HashMap<u64, Box<str>>,
    /// Their hashes, oldest first.
    order: VecDeque<u64>,
    bytes: usize,
}

impl Barren {
    pub(super) fn has(&self, text: &str) -> bool {
        // Where nothing is disguised, as in most logs, nothing is hashed.
        !self.order.is_empty()
            && self
                .texts
                .get(&hash(text))
                .is_some_and(|known| simd::is_same(known.as_bytes(), text.as_bytes()))
    }

    pub(super) fn note(&mut self, text: &str) {
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
    fn the_last_texts_are_known_within_the_limits() {
        let mut barren = Barren::default();
        assert!(!barren.has(""));
        let text =
            |number: usize| format!("{number} {}", "x".repeat(limits::NEGATIVE_CACHE_BYTES / 4));
        for number in 0..5 {
            barren.note(&text(number));
            barren.note(&text(number));
        }
        let known = (0..6).map(|number| barren.has(&text(number)));
        assert_eq!(known.collect::<Vec<_>>(), [false, false, true, true, true, false]);
        barren.note(&"x".repeat(limits::NEGATIVE_CACHE_BYTES + 1));
        assert!(barren.has(&text(4)), "what is too long takes no other's place");
        for number in 0..2 * limits::NEGATIVE_CACHE_TEXTS {
            barren.note(&number.to_string());
        }
        assert_eq!(barren.order.len(), limits::NEGATIVE_CACHE_TEXTS);
        assert_eq!(barren.texts.len(), limits::NEGATIVE_CACHE_TEXTS);
        assert_eq!(barren.bytes, barren.texts.values().map(|text| text.len()).sum::<usize>());
    }
}
