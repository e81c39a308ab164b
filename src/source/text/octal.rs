//! Control characters as rsyslog writes them: `#012` for a line feed.

use memchr::{memchr, memmem};

/// Whether the line ends of a message are octal numbers.
pub(super) fn is_escaped(line: &[u8]) -> bool {
    memmem::find(line, b":#012").is_some() || memmem::find(line, b":#015#012").is_some()
}

/// Replaces the octal numbers of control characters.
pub(super) fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr(b'#', rest) {
        plain.extend_from_slice(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        let width = match rest {
            [_, b'0', tens @ b'0'..=b'3', ones @ b'0'..=b'7', ..] => {
                plain.push((tens - b'0') * 8 + (ones - b'0'));
                4
            }
            _ => {
                plain.push(b'#');
                1
            }
        };
        rest = rest.get(width..).unwrap_or_default();
    }
    plain.extend_from_slice(rest);
    plain
}
