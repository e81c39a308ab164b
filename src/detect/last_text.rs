//! [`LastText`]: the last text that any rule or view may match, with those rules.
//!
//! The filter is asked about the same text twice or more: when its record arrives, when its parts are joined, and when the
//! rules are evaluated.

use crate::limits;
use crate::simd;
use crate::text::Raw;

/// A text in UTF-16 or in WTF-8, and the rules that may match it.
#[derive(Debug, Default)]
pub(super) struct LastText {
    /// Its memory is that of the texts before it: new memory for each text took longer than copying it.
    bytes: Vec<u8>,
    /// Bytes of a unit: 2 or 1; 0 without a text.
    width: usize,
    rules: Vec<u32>,
    /// The text is known to have a sign of obfuscation.
    pub(super) is_obfuscated: bool,
    /// The number of the scan that found the rules.
    pub(super) scan: u32,
}

impl LastText {
    /// Remembers a text instead, unless it is escaped or longer than [`limits::CACHED_TEXT_BYTES`].
    pub(super) fn set(&mut self, text: Raw<'_>, rules: Vec<u32>, is_obfuscated: bool) {
        let (bytes, width) = match text {
            Raw::Utf16(bytes) => (bytes, 2),
            Raw::Wtf8(bytes) => (bytes, 1),
            Raw::Escaped(_) => (&[][..], 0),
        };
        self.bytes.clear();
        self.width = 0;
        if bytes.len() <= limits::CACHED_TEXT_BYTES {
            self.bytes.extend_from_slice(bytes);
            self.width = width;
        }
        self.rules = rules;
        self.is_obfuscated = is_obfuscated;
    }

    /// Returns the rules if `text` is this text. Across encodings only ASCII is recognised.
    pub(super) fn rules_of(&self, text: Raw<'_>) -> Option<&[u32]> {
        let is_same = match (text, self.width) {
            (Raw::Utf16(bytes), 2) | (Raw::Wtf8(bytes), 1) => self.bytes == bytes,
            (Raw::Wtf8(bytes), 2) => is_ascii_utf16_of(&self.bytes, bytes),
            (Raw::Utf16(units), 1) => is_ascii_utf16_of(units, &self.bytes),
            _ => false,
        };
        is_same.then_some(&self.rules)
    }
}

/// Whether UTF-16 is the ASCII text `bytes`.
fn is_ascii_utf16_of(units: &[u8], bytes: &[u8]) -> bool {
    let (steps, rest) = units.as_chunks::<32>();
    let (narrow, narrow_rest) = bytes.as_chunks::<16>();
    let (rest, odd) = rest.as_chunks::<2>();
    steps.len() == narrow.len()
        && rest.len() == narrow_rest.len()
        && odd.is_empty()
        && steps.iter().zip(narrow).all(|(units, bytes)| {
            simd::is_ascii_utf16(units) && simd::narrow_ascii(units) == *bytes
        })
        && rest.iter().zip(narrow_rest).all(|(unit, byte)| unit == &[*byte, 0] && byte.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn long_texts_are_not_remembered() {
        let long = "x".repeat(limits::CACHED_TEXT_BYTES + 1);
        let mut last = LastText::default();
        assert!(last.rules_of(Raw::from("")).is_none());
        for (text, is_remembered) in [("", true), (long.as_str(), false), (&long[1..], true)] {
            last.set(Raw::from(text), vec![7], false);
            assert_eq!(last.rules_of(Raw::from(text)).is_some(), is_remembered);
        }
    }

    proptest! {
        #[test]
        fn only_the_same_text_is_recognised_in_either_encoding(
            text in "[a-c]{0,70}ä?[a-c]{0,3}",
            at in any::<prop::sample::Index>(),
            cut in 0..2_usize,
        ) {
            let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
            let units = utf16(&text);
            for raw in [Raw::Utf16(&units), Raw::from(text.as_str())] {
                let mut last = LastText::default();
                last.set(Raw::from("the text before"), Vec::new(), true);
                last.set(raw, vec![7], false);
                let is_known = |text: &str, units: &[u8]| {
                    [last.rules_of(Raw::from(text)).is_some(), last.rules_of(Raw::Utf16(units)).is_some()]
                };
                let (is_wide, is_ascii) = (last.width == 2, text.is_ascii());
                prop_assert_eq!(is_known(&text, &units), [!is_wide || is_ascii, is_wide || is_ascii]);
                let mut chars: Vec<char> = text.chars().collect();
                if !chars.is_empty() {
                    let at = at.index(chars.len());
                    chars[at] = 'd';
                    chars.truncate(chars.len() - cut.min(at));
                    let other: String = chars.iter().collect();
                    prop_assert_eq!(is_known(&other, &utf16(&other)), [false; 2]);
                }
            }
        }
    }
}
