//! [`TextVerdicts`]: texts that came more than once, with whether any rule may match them.
//!
//! Most scripts of a log are logged again and again, by every session that loads a module. Comparing a text with an equal
//! one takes a fraction of the time that scanning it for literals and signs of obfuscation takes.

use crate::fingerprint::hash_words;
use crate::limits;
use crate::simd;
use crate::text::Raw;

/// Places of remembered texts.
const SLOTS: usize = 1 << 10;

/// Places of the keys of texts that came once.
const KEYS: usize = 1 << 12;

/// Texts, at most [`limits::VERDICT_BYTES`] of them. They are compared in full: a key's collision must not hide a match.
#[derive(Debug, Default)]
pub(super) struct TextVerdicts {
    /// By key; empty until the first text comes.
    slots: Vec<Option<TextVerdict>>,
    /// Keys of texts that came once, by key. A text is remembered when it comes again: most texts of some logs never do.
    once: Vec<u32>,
    bytes: usize,
    /// The slot that is emptied next when the texts exceed the limit.
    next: usize,
}

#[derive(Debug)]
struct TextVerdict {
    text: Box<[u8]>,
    form: u8,
    may_match: bool,
}

impl TextVerdicts {
    /// Returns whether any rule may match a text, from `examine` unless it is known.
    pub(super) fn get(&mut self, text: Raw<'_>, examine: impl FnOnce() -> bool) -> bool {
        let key = key(text);
        if let Some(Some(known)) = self.slots.get(key as usize % SLOTS)
            && known.form == text.form()
            && simd::is_equal(&known.text, text.bytes())
        {
            return known.may_match;
        }
        let may_match = examine();
        self.insert(text, key, may_match);
        may_match
    }

    fn insert(&mut self, text: Raw<'_>, key: u64, may_match: bool) {
        let bytes = text.bytes();
        if bytes.len() > limits::VERDICT_BYTES / 32 {
            return;
        }
        self.slots.resize_with(SLOTS, || None);
        self.once.resize(KEYS, 0);
        let tag = (key >> 32) as u32;
        let once = self.once.get_mut(key as usize % KEYS);
        if once.is_none_or(|once| std::mem::replace(once, tag) != tag) {
            return;
        }
        self.bytes += bytes.len();
        let verdict = TextVerdict { text: bytes.into(), form: text.form(), may_match };
        let replaced =
            self.slots.get_mut(key as usize % SLOTS).and_then(|slot| slot.replace(verdict));
        self.bytes -= replaced.map_or(0, |old| old.text.len());
        while self.bytes > limits::VERDICT_BYTES {
            let removed = self.slots.get_mut(self.next).and_then(Option::take);
            self.bytes -= removed.map_or(0, |old| old.text.len());
            self.next = (self.next + 1) % SLOTS;
        }
    }
}

/// Returns a hash of a text's length, beginning, middle and end.
fn key(text: Raw<'_>) -> u64 {
    let bytes = text.bytes();
    let word = |at: usize| {
        let word = bytes.get(at..).and_then(<[u8]>::first_chunk);
        word.map_or(0, |word| u64::from_le_bytes(*word))
    };
    let len = bytes.len();
    let places = [0, len / 4, len / 2, len / 4 * 3, len.saturating_sub(8)];
    let [a, b, c, d, e] = places.map(word);
    hash_words([len as u64, a, b, c, d, e])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_came_twice_is_not_examined_again() {
        let mut verdicts = TextVerdicts::default();
        for examined in [true, true, false, false] {
            assert!(verdicts.get(Raw::from("a script"), || examined));
        }
        assert!(!verdicts.get(Raw::Utf16(b"a script"), || false), "another form");
    }

    #[test]
    fn texts_with_the_same_key_are_told_apart() {
        let (one, other) = ("x".repeat(99) + "y" + &"x".repeat(300), "x".repeat(400));
        assert_eq!(key(Raw::from(one.as_str())), key(Raw::from(other.as_str())));
        let mut verdicts = TextVerdicts::default();
        for _ in 0..3 {
            assert!(verdicts.get(Raw::from(one.as_str()), || true));
            assert!(!verdicts.get(Raw::from(other.as_str()), || false));
        }
    }

    #[test]
    fn holds_texts_within_the_limit() {
        let mut verdicts = TextVerdicts::default();
        let text = |nth: usize| format!("{nth:09}{}", "x".repeat(limits::VERDICT_BYTES / 40));
        for nth in 0..200 {
            for _ in 0..2 {
                verdicts.get(Raw::from(text(nth).as_str()), || true);
            }
            assert!(verdicts.bytes <= limits::VERDICT_BYTES);
        }
        let held = verdicts.slots.iter().flatten().map(|known| known.text.len());
        assert_eq!(held.sum::<usize>(), verdicts.bytes);
        assert!(verdicts.get(Raw::from(text(199).as_str()), || false));
        let long = "x".repeat(limits::VERDICT_BYTES / 32 + 1);
        for nth in 0..3 {
            assert_eq!(verdicts.get(Raw::from(long.as_str()), || nth == 2), nth == 2);
        }
    }
}
