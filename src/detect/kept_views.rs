//! [`KeptViews`]: views that rules match, kept for the report.
//!
//! A report needs every view in which a rule matches a text, with its map to the original. Undoing the obfuscation again
//! would take longer than everything else that it does.

use super::obfuscation::TextViews;
use super::text_cache::hash;
use crate::limits;
use crate::simd;
use std::collections::HashMap;
use std::sync::Arc;

/// Texts with their views, at most [`limits::KEPT_VIEW_BYTES`] of them. Texts are compared in full: a hash collision must
/// not show the views of another text.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeptViews {
    /// By the hashes of the texts.
    texts: HashMap<u64, (Arc<str>, Arc<TextViews>)>,
    bytes: usize,
}

impl KeptViews {
    /// Returns the views of a text.
    pub(crate) fn get(&self, text: &str) -> Option<&Arc<TextViews>> {
        let (own, views) = self.texts.get(&hash(text))?;
        simd::is_equal(own.as_bytes(), text.as_bytes()).then_some(views)
    }

    /// Keeps the views of a text, unless they exceed the limit.
    pub(super) fn keep(&mut self, text: &Arc<str>, views: TextViews) {
        self.insert(hash(text), Arc::clone(text), Arc::new(views));
    }

    /// Adds those of another session, as far as they fit.
    pub(super) fn add(&mut self, other: Self) {
        for (hash, (text, views)) in other.texts {
            self.insert(hash, text, views);
        }
    }

    fn insert(&mut self, hash: u64, text: Arc<str>, views: Arc<TextViews>) {
        let bytes = self.bytes + text.len() + views.weight();
        if bytes <= limits::KEPT_VIEW_BYTES && !self.texts.contains_key(&hash) {
            self.bytes = bytes;
            self.texts.insert(hash, (text, views));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_are_kept_within_the_limit() {
        let text = |number: usize| -> Arc<str> {
            format!("iex ('Enable-PSR'+'emoting'); # {number} {}", "x".repeat(1 << 20)).into()
        };
        let mut kept = KeptViews::default();
        for number in 0..20 {
            kept.keep(&text(number), TextViews::new(&text(number)));
            assert!(kept.bytes <= limits::KEPT_VIEW_BYTES);
        }
        let first = kept.get(&text(0)).unwrap();
        assert!(first.texts[0].contains("Enable-PSRemoting"));
        assert!(kept.get(&text(19)).is_none(), "past the limit");
        let mut other = KeptViews::default();
        other.keep(&text(19), TextViews::new(&text(19)));
        assert!(other.get(&text(19)).is_some());
        other.add(kept);
        assert!(other.get(&text(19)).is_some(), "what it had stays");
        assert!(other.texts.len() > 1, "what fits is added");
        assert!(other.bytes <= limits::KEPT_VIEW_BYTES);
    }
}
