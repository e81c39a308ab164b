//! [`Raw`]: a text as its source holds it.

use super::escaped::Escaped;
use super::wtf8::{lossy, units};
use crate::simd;

/// A borrowed text in the form in which its source holds it.
///
/// ```
/// use scriptscope::internal::text::Raw;
///
/// let utf16: Vec<u8> = "iex\0rest".encode_utf16().flat_map(u16::to_le_bytes).collect();
/// assert_eq!(Raw::Utf16(&utf16).until_nul().to_lossy(), "iex");
/// assert_eq!(Raw::from("iex").to_lossy(), "iex");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raw<'a> {
    /// WTF-8: UTF-8 in which a lone surrogate is encoded like any other code point, in three bytes.
    Wtf8(&'a [u8]),
    /// UTF-16, little endian, at any alignment. An odd last byte is ignored.
    Utf16(&'a [u8]),
    /// The escaped form of a JSON or XML log.
    Escaped(Escaped<'a>),
}

impl<'a> From<&'a str> for Raw<'a> {
    fn from(text: &'a str) -> Self {
        Self::Wtf8(text.as_bytes())
    }
}

impl<'a> Raw<'a> {
    /// Returns the source's bytes.
    pub fn bytes(self) -> &'a [u8] {
        match self {
            Self::Wtf8(bytes) | Self::Utf16(bytes) => bytes,
            Self::Escaped(text) => text.bytes(),
        }
    }

    /// Returns a number of its form: texts with the same bytes in the same form are equal.
    pub(crate) fn form(self) -> u8 {
        match self {
            Self::Wtf8(_) => 0,
            Self::Utf16(_) => 1,
            Self::Escaped(text) => 2 + text.notation() as u8,
        }
    }

    /// Returns whether the text has no units.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Wtf8(bytes) => bytes.is_empty(),
            Self::Utf16(bytes) => bytes.len() < 2,
            Self::Escaped(text) => text.bytes().is_empty(),
        }
    }

    /// Returns UTF-16 up to its first NUL, which ends a string in Windows whatever its declared length. Texts in other
    /// forms are returned unchanged.
    pub fn until_nul(self) -> Self {
        let Self::Utf16(text) = self else { return self };
        let (blocks, _) = text.as_chunks::<{ simd::UTF16_BLOCK }>();
        let has_no_nul = |block: &_| !simd::has_nul_unit(block);
        let scanned =
            simd::UTF16_BLOCK * blocks.iter().take_while(|block| has_no_nul(block)).count();
        let (rest, _) = text.get(scanned..).unwrap_or_default().as_chunks::<2>();
        let end = scanned + 2 * rest.iter().position(|unit| *unit == [0, 0]).unwrap_or(rest.len());
        Self::Utf16(text.get(..end).unwrap_or(text))
    }

    /// Returns the text as a string, with lone surrogates replaced by U+FFFD.
    pub fn to_lossy(&self) -> String {
        match self {
            Self::Wtf8(bytes) => lossy(bytes).into_owned(),
            Self::Utf16(bytes) => char::decode_utf16(units(bytes))
                .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect(),
            Self::Escaped(text) => lossy(&text.decode()).into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_ends_utf16_wherever_it_is() {
        for length in [0, 1, 127, 128, 129, 300] {
            let mut units = vec![0x41_u16; length];
            units.push(0);
            units.push(0x42);
            let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            assert_eq!(Raw::Utf16(&bytes).until_nul(), Raw::Utf16(&bytes[..2 * length]));
        }
        assert_eq!(Raw::Wtf8(b"a\0b").until_nul(), Raw::Wtf8(b"a\0b"));
    }
}
