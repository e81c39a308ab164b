//! [`TextCache`]: texts that rules were evaluated on, with what was found.
//!
//! The same script is logged again and again, and deobfuscating it takes a hundred times as long as comparing it.

use super::possible_literals::PossibleLiterals;
use crate::limits;
use crate::reassemble::{Hidden, MissedViews};
use crate::simd;
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// A text, and the rules that may match it or one of its views.
#[derive(Debug)]
pub(super) struct KnownText {
    pub(super) text: TextKey,
    /// The rules that may match the text itself.
    pub(super) candidates: Vec<Candidate>,
    /// The views that rules may match, the outermost first.
    pub(super) views: Vec<KnownView>,
    /// What limits kept from being examined in its views.
    pub(super) missed: MissedViews,
    /// What is hidden in it, if a rule measures that.
    pub(super) hidden: Option<Option<Hidden>>,
    /// The literals that the text may contain, while the candidates are evaluated.
    pub(super) literals: Option<PossibleLiterals>,
}

/// What a text is known by.
#[derive(Debug)]
pub(super) enum TextKey {
    Text(Arc<str>),
    /// Of a long text, its SHA-256. Nobody makes two texts with the same one.
    Digest([u8; 32]),
}

/// A view of a text.
#[derive(Debug)]
pub(super) struct KnownView {
    /// `None` once no rule needs it.
    pub(super) text: Option<Arc<str>>,
    pub(super) candidates: Vec<Candidate>,
    /// The literals that it may contain, while the candidates are evaluated.
    pub(super) literals: Option<PossibleLiterals>,
}

/// A rule that may match a text.
#[derive(Debug)]
pub(super) struct Candidate {
    /// Its number in the prefilter.
    pub(super) number: u32,
    /// Whether its conditions on the text alone hold; `None` until they are evaluated.
    pub(super) holds: Cell<Option<bool>>,
}

impl Candidate {
    pub(super) fn list(numbers: &[u32]) -> Vec<Self> {
        numbers.iter().map(|number| Self { number: *number, holds: Cell::new(None) }).collect()
    }
}

/// Recently evaluated texts, at most [`limits::TEXT_CACHE_BYTES`] of them. Texts are compared in full, long ones by SHA-256:
/// a hash collision must not hide a match.
#[derive(Debug, Default)]
pub(super) struct TextCache {
    texts: HashMap<u64, KnownText>,
    /// Hashes of the texts.
    hashes: Vec<u64>,
    bytes: usize,
}

impl TextCache {
    /// Returns a text with this [`hash`].
    pub(super) fn get(&self, text: &str, hash: u64) -> Option<&KnownText> {
        let known = self.texts.get(&hash)?;
        known.text.is_of(text).then_some(known)
    }

    /// Adds a text with this [`hash`], and evicts others past the limit. A text whose views need more than an eighth of the
    /// limit is ignored.
    ///
    /// A hash picks those to evict: a log in which more texts than fit come again in the same order would otherwise find
    /// each evicted just before it comes.
    pub(super) fn insert(&mut self, known: KnownText, hash: u64) {
        let weight = known.weight();
        if weight > limits::TEXT_CACHE_BYTES / 8 || self.texts.contains_key(&hash) {
            return;
        }
        self.bytes += weight;
        while self.bytes > limits::TEXT_CACHE_BYTES && !self.hashes.is_empty() {
            let victim = self.hashes.swap_remove((hash % self.hashes.len() as u64) as usize);
            let victim = self.texts.remove(&victim);
            self.bytes -= victim.map_or(0, |victim| victim.weight());
        }
        self.texts.insert(hash, known);
        self.hashes.push(hash);
    }
}

impl TextKey {
    pub(super) fn new(text: &Arc<str>) -> Self {
        match text.len() > limits::DIGESTED_BYTES {
            true => Self::Digest(Sha256::digest(&**text).into()),
            false => Self::Text(Arc::clone(text)),
        }
    }

    fn is_of(&self, text: &str) -> bool {
        match self {
            Self::Text(own) => simd::is_equal(own.as_bytes(), text.as_bytes()),
            Self::Digest(own) => {
                text.len() > limits::DIGESTED_BYTES && *own == *Sha256::digest(text)
            }
        }
    }
}

impl KnownText {
    /// Upper bound on the bytes that it takes in the cache.
    fn weight(&self) -> usize {
        let views = self.views.iter().map(|view| {
            let text = view.text.as_deref().map_or(0, str::len);
            ENTRY_WEIGHT + text + size_of_val(view.candidates.as_slice())
        });
        let text = match &self.text {
            TextKey::Text(text) => text.len(),
            TextKey::Digest(_) => 0,
        };
        let own = ENTRY_WEIGHT + text + size_of_val(self.candidates.as_slice());
        own + views.sum::<usize>()
    }
}

/// Weight of a text or view beside its bytes and its rules.
const ENTRY_WEIGHT: usize = 128;

/// Returns the hash by which a text is found.
pub(super) fn hash(text: &str) -> u64 {
    xxh3_64(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(text: &str) -> KnownText {
        KnownText {
            text: TextKey::new(&text.into()),
            candidates: Vec::new(),
            views: Vec::new(),
            missed: MissedViews::default(),
            hidden: None,
            literals: None,
        }
    }

    fn insert(cache: &mut TextCache, text: &str) {
        cache.insert(known(text), hash(text));
    }

    fn find(cache: &TextCache, text: &str) -> Option<String> {
        cache.get(text, hash(text)).map(|known| match &known.text {
            TextKey::Text(text) => text.to_string(),
            TextKey::Digest(_) => "a long text".to_owned(),
        })
    }

    #[test]
    fn holds_texts_within_the_limit() {
        let mut cache = TextCache::default();
        assert!(find(&cache, "").is_none());
        let text =
            |number: usize| format!("{number} {}", "x".repeat(limits::TEXT_CACHE_BYTES / 10));
        for number in 0..40 {
            for _ in 0..2 {
                insert(&mut cache, &text(number));
                assert_eq!(find(&cache, &text(number)), Some(text(number)));
            }
            assert!(cache.bytes <= limits::TEXT_CACHE_BYTES);
        }
        assert_eq!((cache.texts.len(), cache.hashes.len()), (9, 9));
        assert_eq!(cache.bytes, cache.texts.values().map(|known| known.weight()).sum::<usize>());
        let mut long = "x".repeat(limits::TEXT_BYTES);
        insert(&mut cache, &long);
        assert_eq!(find(&cache, &long), Some("a long text".to_owned()));
        assert_eq!(cache.texts.len(), 10, "a long text evicts no other");
        long.replace_range(9..10, "y");
        assert!(cache.get(&long, hash(&"x".repeat(limits::TEXT_BYTES))).is_none());
    }

    #[test]
    fn texts_that_come_again_in_the_same_order_are_found_though_not_all_fit() {
        let mut cache = TextCache::default();
        let text =
            |number: usize| format!("{number} {}", "x".repeat(limits::TEXT_CACHE_BYTES / 40));
        let mut found = 0;
        for number in (0..10).flat_map(|_| 0..50) {
            match find(&cache, &text(number)) {
                Some(_) => found += 1,
                None => insert(&mut cache, &text(number)),
            }
        }
        assert!(found > 200, "{found} of 450");
    }

    #[test]
    fn a_text_with_the_hash_of_another_is_unknown() {
        let mut cache = TextCache::default();
        insert(&mut cache, "a");
        assert!(cache.get("b", hash("a")).is_none());
    }
}
