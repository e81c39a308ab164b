//! [`Text`]: an owned text that grows part by part.

use super::escaped::Escaped;
use super::notation::Notation;
use super::raw::Raw;
use super::wtf8::{encode_surrogate, into_lossy, leading_low, lossy, trailing_high, utf16_len};
use crate::simd;
use std::borrow::Cow;
use std::fmt;

/// An owned text in WTF-8. While all its parts are escaped in the same notation, it holds the escaped form, and decodes
/// it when the text is read.
///
/// ```
/// use scriptscope::internal::text::{Raw, Text};
///
/// // A surrogate pair (😀) cut between two parts becomes one character again.
/// let mut text = Text::new();
/// text.push(Raw::Utf16(&[0x3D, 0xD8]));
/// assert_eq!(text.to_lossy(), "\u{FFFD}");
/// text.push(Raw::Utf16(&[0x00, 0xDE]));
/// assert_eq!(text.to_lossy(), "😀");
/// assert_eq!(text.utf16_len(), 2);
/// ```
#[derive(Clone, Default)]
pub struct Text {
    bytes: Vec<u8>,
    /// The notation in which `bytes` are escaped; `None` for WTF-8.
    notation: Option<Notation>,
    /// Length in UTF-16 units, if known, while `bytes` are escaped.
    units: Option<usize>,
}

impl Text {
    /// Returns an empty text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a part. A surrogate pair that was cut between two parts becomes one character again.
    pub fn push(&mut self, part: Raw<'_>) {
        match part {
            Raw::Wtf8(bytes) => self.make_plain().push_wtf8(bytes),
            Raw::Utf16(bytes) => self.make_plain().push_utf16(bytes),
            Raw::Escaped(text) => self.push_escaped(text),
        }
    }

    /// Returns the text as UTF-8, with lone surrogates replaced by U+FFFD.
    pub fn to_lossy(&self) -> Cow<'_, str> {
        match self.as_bytes() {
            Cow::Borrowed(bytes) => lossy(bytes),
            Cow::Owned(bytes) => Cow::Owned(into_lossy(bytes)),
        }
    }

    /// Returns the text as UTF-8, without a copy if it has no lone surrogate and is not escaped.
    pub fn into_lossy(mut self) -> String {
        into_lossy(std::mem::take(&mut self.make_plain().bytes))
    }

    /// Returns the same bytes, borrowed.
    pub fn as_raw(&self) -> Raw<'_> {
        match self.notation {
            None => Raw::Wtf8(&self.bytes),
            Some(notation) => Raw::Escaped(Escaped::new(&self.bytes, notation, self.units)),
        }
    }

    /// Reserves capacity for further bytes.
    pub fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
    }

    /// Returns the number of bytes held, escaped or not.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns whether the text has no units.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Returns the length in UTF-16 units.
    pub fn utf16_len(&self) -> usize {
        utf16_len(&self.as_bytes())
    }

    /// Returns the text in WTF-8.
    pub fn as_bytes(&self) -> Cow<'_, [u8]> {
        match self.as_raw() {
            Raw::Escaped(text) => text.decode(),
            raw => Cow::Borrowed(raw.bytes()),
        }
    }

    /// Returns the text decoded, for a reader that needs its bytes more than once.
    #[must_use]
    pub(crate) fn decoded(mut self) -> Self {
        self.make_plain();
        self
    }

    /// Decodes the bytes if they are escaped.
    fn make_plain(&mut self) -> &mut Self {
        if let Some(notation) = self.notation.take() {
            let escaped = std::mem::take(&mut self.bytes);
            Escaped::new(&escaped, notation, None).decode_into(&mut self.bytes);
        }
        self
    }

    /// Appends escaped text. Two parts in the same notation are concatenated without decoding, unless the seam could
    /// form a new escape.
    fn push_escaped(&mut self, text: Escaped<'_>) {
        if self.bytes.is_empty() {
            (self.notation, self.units) = (Some(text.notation()), Some(0));
        }
        if self.notation == Some(text.notation()) && text.can_append_to(&self.bytes) {
            self.units = self.units.zip(text.units()).map(|(before, more)| before + more);
            self.bytes.extend_from_slice(text.bytes());
        } else {
            self.make_plain().push_wtf8(&text.decode());
        }
    }

    fn push_wtf8(&mut self, bytes: &[u8]) {
        if let (Some(high), Some((low, rest))) = (trailing_high(&self.bytes), leading_low(bytes)) {
            self.bytes.truncate(self.bytes.len() - 3);
            self.push_pair(high, low);
            self.bytes.extend_from_slice(rest);
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    fn push_utf16(&mut self, bytes: &[u8]) {
        self.bytes.reserve(bytes.len() / 2);
        let (blocks, rest) = bytes.as_chunks::<{ simd::UTF16_BLOCK }>();
        for block in blocks {
            // Nearly all of a script is ASCII. In other blocks, a surrogate pair that the end of a block cuts is joined
            // like one that the end of a part cuts.
            if simd::is_ascii_utf16(block) {
                for units in block.as_chunks().0 {
                    self.bytes.extend_from_slice(&simd::narrow_ascii(units));
                }
            } else {
                self.push_mixed(block);
            }
        }
        self.push_mixed(rest);
    }

    fn push_mixed(&mut self, bytes: &[u8]) {
        let (blocks, rest) = bytes.as_chunks();
        for units in blocks {
            if simd::is_ascii_utf16(units) {
                self.bytes.extend_from_slice(&simd::narrow_ascii(units));
            } else {
                self.push_units(units.as_chunks().0);
            }
        }
        self.push_units(rest.as_chunks().0);
    }

    fn push_units(&mut self, units: &[[u8; 2]]) {
        let mut units = units.iter().map(|pair| u16::from_le_bytes(*pair)).peekable();
        while let Some(unit) = units.next() {
            match unit {
                0..0x80 => self.bytes.push(unit as u8),
                0x80..0x800 => {
                    self.bytes
                        .extend_from_slice(&[0xC0 | (unit >> 6) as u8, 0x80 | (unit & 0x3F) as u8]);
                }
                0xD800..0xDC00 => match units.next_if(|low| (0xDC00..0xE000).contains(low)) {
                    Some(low) => self.push_pair(unit, low),
                    None => self.push_surrogate(unit),
                },
                0xDC00..0xE000 => self.push_surrogate(unit),
                // Every unit of this size is encoded in three bytes as a surrogate is.
                _ => self.bytes.extend_from_slice(&encode_surrogate(unit)),
            }
        }
    }

    fn push_char(&mut self, char: char) {
        let mut buffer = [0; 4];
        self.bytes.extend_from_slice(char.encode_utf8(&mut buffer).as_bytes());
    }

    fn push_surrogate(&mut self, unit: u16) {
        let bytes = encode_surrogate(unit);
        self.push_wtf8(&bytes);
    }

    fn push_pair(&mut self, high: u16, low: u16) {
        for char in char::decode_utf16([high, low]).flatten() {
            self.push_char(char);
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self { bytes: text.as_bytes().to_vec(), ..Self::default() }
    }
}

impl From<Raw<'_>> for Text {
    fn from(raw: Raw<'_>) -> Self {
        let mut text = Self::new();
        text.push(raw);
        text
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_lossy(), f)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        (self.notation == other.notation && simd::is_equal(&self.bytes, &other.bytes))
            || ((self.notation.is_some() || other.notation.is_some())
                && self.as_bytes() == other.as_bytes())
    }
}

impl Eq for Text {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::json::unescape;
    use proptest::prelude::*;

    fn utf16(text: &[u16]) -> Vec<u8> {
        text.iter().flat_map(|unit| unit.to_le_bytes()).collect()
    }

    #[test]
    fn a_pair_cut_between_parts_is_one_character_again() {
        let units: Vec<u16> = "a😀b".encode_utf16().collect();
        let (head, tail) = (utf16(&units[..2]), utf16(&units[2..]));
        let mut text = Text::new();
        text.push(Raw::Utf16(&head));
        assert_eq!(text.to_lossy(), "a\u{FFFD}");
        text.push(Raw::Utf16(&tail));
        assert_eq!(text.to_lossy(), "a😀b");
        assert_eq!(text.utf16_len(), 4);

        let mut wtf8 = Text::new();
        wtf8.push(Text::from(Raw::Utf16(&head)).as_raw());
        wtf8.push(Text::from(Raw::Utf16(&tail)).as_raw());
        assert_eq!(wtf8, text);
    }

    #[test]
    fn utf16_of_any_length_reads_like_the_standard_library() {
        let units: Vec<u16> =
            "ASCII for a while, then größer 😀, and ASCII again for a while 😀😀😀"
                .repeat(3)
                .encode_utf16()
                .collect();
        for start in 0..40 {
            for end in start..units.len() {
                let text = Text::from(Raw::Utf16(&utf16(&units[start..end])));
                assert_eq!(text.to_lossy(), String::from_utf16_lossy(&units[start..end]));
            }
        }
    }

    #[test]
    fn lone_surrogates_become_one_replacement_each() {
        let text = Text::from(Raw::Utf16(&utf16(&[0xDE00, 0x61, 0xD83D, 0xD83D])));
        assert_eq!(text.to_lossy(), "\u{FFFD}a\u{FFFD}\u{FFFD}");
        assert_eq!(text.utf16_len(), 4);
    }

    proptest! {
        #[test]
        fn parts_joined_while_escaped_equal_parts_joined_decoded(
            parts in prop::collection::vec(
                (prop::collection::vec(prop::sample::select(vec![
                    "a", "34", "\\n", "\\\\", "\\\"", "\\u00e4", "\\ud83d", "\\ude00", "\\u", "\\u12", "\\q", "ä", "",
                ]), 0..4), 0..4_u8),
                0..6,
            ),
        ) {
            let (mut joined, mut plain) = (Text::new(), Text::new());
            for (pieces, kind) in parts {
                let escaped = pieces.concat();
                let decoded = unescape(escaped.as_bytes()).into_owned();
                joined.push(match kind {
                    0 => Raw::Wtf8(&decoded),
                    1 => Escaped::from_json(escaped.as_bytes()).map_or(Raw::Wtf8(&decoded), Raw::Escaped),
                    _ => Raw::Escaped(Escaped::from_unscanned_json(escaped.as_bytes())),
                });
                plain.push(Raw::Wtf8(&decoded));
            }
            prop_assert_eq!(&joined, &plain);
            prop_assert_eq!(joined.utf16_len(), plain.utf16_len());
            prop_assert_eq!(joined.to_lossy(), plain.to_lossy());
            prop_assert_eq!(joined.into_lossy(), plain.into_lossy());
        }
    }
}
