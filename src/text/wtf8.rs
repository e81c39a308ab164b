//! WTF-8: UTF-8 in which a lone surrogate is encoded in three bytes, as any other code point of its size
//! (<https://simonsapin.github.io/wtf-8/>).

use std::borrow::Cow;

/// Returns the length of WTF-8 in UTF-16 units: one for every leading byte, and another for one of a four-byte
/// character.
pub(crate) fn utf16_len(bytes: &[u8]) -> usize {
    // Sixty-four bytes count to at most 128, so a block's sum stays in bytes and the loop in vector instructions.
    let units = |byte: &u8| u8::from(byte & 0xC0 != 0x80) + u8::from(*byte >= 0xF0);
    let count = |bytes: &[u8]| usize::from(bytes.iter().fold(0, |sum: u8, byte| sum + units(byte)));
    let (blocks, rest) = bytes.as_chunks::<64>();
    blocks.iter().map(|block| count(block)).sum::<usize>() + count(rest)
}

/// Returns the three bytes of a lone surrogate.
pub(crate) fn encode_surrogate(unit: u16) -> [u8; 3] {
    let [high, low] = unit.to_be_bytes();
    [0xE0 | (high >> 4), 0x80 | ((high & 0x0F) << 2) | (low >> 6), 0x80 | (low & 0x3F)]
}

/// Returns the surrogate that three bytes encode.
fn decode_surrogate(bytes: &[u8]) -> Option<u16> {
    match *bytes {
        [0xED, middle @ 0xA0..=0xBF, last @ 0x80..=0xBF] => {
            Some(0xD000 | u16::from(middle & 0x3F) << 6 | u16::from(last & 0x3F))
        }
        _ => None,
    }
}

/// Returns the low surrogate that a text begins with, and the rest.
pub(super) fn leading_low(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (first, rest) = bytes.split_at_checked(3)?;
    decode_surrogate(first).filter(|unit| *unit >= 0xDC00).map(|unit| (unit, rest))
}

/// Returns the high surrogate that a text ends with.
pub(super) fn trailing_high(bytes: &[u8]) -> Option<u16> {
    let start = bytes.len().checked_sub(3)?;
    decode_surrogate(bytes.get(start..)?).filter(|unit| *unit < 0xDC00)
}

/// Iterates over the units of little-endian UTF-16.
pub(super) fn units(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|pair| u16::from_le_bytes(*pair))
}

/// Converts to UTF-8 without a copy if there is no lone surrogate.
pub(super) fn into_lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| replace_surrogates(error.as_bytes()))
}

/// Converts to UTF-8, with one U+FFFD for each lone surrogate, as UTF-16 decoders write it. (The standard library's
/// lossy conversion writes three.)
pub(super) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(replace_surrogates(bytes)),
    }
}

fn replace_surrogates(mut bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    loop {
        let (valid, rest) = match std::str::from_utf8(bytes) {
            Ok(valid) => (valid, &[][..]),
            Err(error) => {
                let (valid, rest) = bytes.split_at(error.valid_up_to());
                (std::str::from_utf8(valid).unwrap_or_default(), rest)
            }
        };
        text.push_str(valid);
        if rest.is_empty() {
            return text;
        }
        text.push(char::REPLACEMENT_CHARACTER);
        let invalid = match rest.get(..3).and_then(decode_surrogate) {
            Some(_) => 3,
            None => std::str::from_utf8(rest)
                .err()
                .and_then(|error| error.error_len())
                .unwrap_or(rest.len()),
        };
        bytes = rest.get(invalid..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surrogates_survive_encoding() {
        for unit in [0xD800, 0xDBFF, 0xDC00, 0xDFFF] {
            assert_eq!(decode_surrogate(&encode_surrogate(unit)), Some(unit));
        }
        assert_eq!(decode_surrogate("퟿".as_bytes()), None);
    }

    #[test]
    fn invalid_bytes_become_one_replacement_each() {
        assert_eq!(lossy(b"a\xFFb\xE2\x82"), "a\u{FFFD}b\u{FFFD}");
        assert_eq!(lossy(b"\xED\xA0\xBD\xED\xA0\xBD"), "\u{FFFD}\u{FFFD}");
        assert_eq!(into_lossy("ä".into()), "ä");
    }

    #[test]
    fn length_counts_two_units_for_four_bytes() {
        let text = "aß–😀".repeat(30);
        assert_eq!(utf16_len(text.as_bytes()), text.encode_utf16().count());
    }
}
