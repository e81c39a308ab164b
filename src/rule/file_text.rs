//! The text of a rule file.

use crate::text::Raw;
use std::borrow::Cow;

/// Decodes a rule file: UTF-8 with or without a byte order mark, or UTF-16LE with one, as Windows editors write it.
/// Invalid sequences become U+FFFD.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest),
        [0xFF, 0xFE, rest @ ..] => Cow::Owned(Raw::Utf16(rest).to_lossy()),
        _ => String::from_utf8_lossy(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn byte_order_marks_are_removed() {
        assert_eq!(decode(b"a: \xC3\xA9"), "a: é");
        assert_eq!(decode(b"\xEF\xBB\xBFa"), "a");
        assert_eq!(decode(b"\xFF\xFEa\0\xE9\0"), "aé");
        assert_eq!(decode(b"a\xFFb"), "a\u{FFFD}b");
    }
}
