//! The text of a rule file.

use crate::text::Raw;
use std::borrow::Cow;

/// Decodes a rule file: UTF-8 with or without a byte order mark, or UTF-16, as Windows editors write it. Without a byte
/// order mark, a NUL among the first two bytes shows UTF-16. Invalid sequences become U+FFFD.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest),
        [0xFF, 0xFE, rest @ ..] => Cow::Owned(Raw::Utf16(rest).to_lossy()),
        [0xFE, 0xFF, rest @ ..] => Cow::Owned(decode_big_endian(rest)),
        [1..=255, 0, ..] => Cow::Owned(Raw::Utf16(bytes).to_lossy()),
        [0, 1..=255, ..] => Cow::Owned(decode_big_endian(bytes)),
        _ => String::from_utf8_lossy(bytes),
    }
}

fn decode_big_endian(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    });
    char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Returns the 1-based line and column of the first sequence that is not UTF-8. `None` for other encodings.
pub(super) fn first_invalid(bytes: &[u8]) -> Option<(u32, u32)> {
    if matches!(bytes, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [1..=255, 0, ..] | [0, 1..=255, ..]) {
        return None;
    }
    let valid_up_to = std::str::from_utf8(bytes).err()?.valid_up_to();
    let before = String::from_utf8_lossy(bytes.get(..valid_up_to)?);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Some((u32::try_from(line).ok()?, u32::try_from(column).ok()?))
}

#[cfg(test)]
mod tests {
    use super::{decode, first_invalid};

    #[test]
    fn byte_order_marks_are_removed() {
        assert_eq!(decode(b"a: \xC3\xA9"), "a: é");
        assert_eq!(decode(b"\xEF\xBB\xBFa"), "a");
        assert_eq!(decode(b"\xFF\xFEa\0\xE9\0"), "aé");
        assert_eq!(decode(b"\xFE\xFF\0a\0\xE9\xD8\x3D\xDE\x00"), "aé\u{1F600}");
        assert_eq!(decode(b"a\xFFb"), "a\u{FFFD}b");
    }

    #[test]
    fn utf_16_without_a_byte_order_mark() {
        assert_eq!(decode(b"a\0:\0 \0\xE9\0"), "a: é");
        assert_eq!(decode(b"\0a\0:\0 \0\xE9"), "a: é");
        assert_eq!(decode(b"\0\0"), "\0\0");
    }

    #[test]
    fn the_first_invalid_sequence_has_a_position() {
        assert_eq!(first_invalid(b"a: 1\nb: \xC3\xA9\x96\n"), Some((2, 5)));
        assert_eq!(first_invalid(b"a: \xC3\xA9"), None);
        assert_eq!(first_invalid(b"\xFF\xFEa\0"), None);
    }
}
