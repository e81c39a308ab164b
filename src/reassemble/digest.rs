//! [`TextDigest`]: a text's length, beginning and end.

use crate::fingerprint;
use crate::text::{Raw, utf16_len};

/// UTF-16 units kept of a text's beginning and of its end.
const UNITS: usize = 4;

/// The length, beginning and end of a text. It tells a repeated record from another text under the same id in all but
/// contrived cases, and costs nothing for long texts. It decides no result: every text is searched.
///
/// It is the same for every encoding of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TextDigest {
    /// UTF-16 units of the text.
    pub(super) units: u32,
    /// The first units, padded with zeroes.
    pub(super) head: [u16; UNITS],
    /// The last units, the very last first, padded with zeroes.
    pub(super) tail: [u16; UNITS],
}

impl TextDigest {
    /// Computes the digest of a text.
    pub(super) fn new(text: Raw<'_>) -> Self {
        let (units, head, tail) = match text {
            Raw::Utf16(bytes) => {
                let (pairs, _) = bytes.as_chunks::<2>();
                let unit = |pair: &[u8; 2]| u16::from_le_bytes(*pair);
                let head = first_units(pairs.iter().map(unit));
                (pairs.len(), head, first_units(pairs.iter().rev().map(unit)))
            }
            Raw::Wtf8(bytes) => {
                let units = utf16_len(bytes);
                // Sixteen bytes hold four units of any width. A character that the cut divides is misread, but it lies
                // past the fourth unit.
                let (head, tail) = ends(bytes, UNITS * 4);
                (units, first_units(utf16_units(head)), last_units(tail))
            }
            Raw::Escaped(text) => {
                let Some((text, units)) = text.to_scanned() else {
                    return Self::new(Raw::Wtf8(&text.decode()));
                };
                if let Some((head, mut tail)) = text.ascii_ends() {
                    tail.reverse();
                    let units = u32::try_from(units).unwrap_or(u32::MAX);
                    return Self { units, head: head.map(u16::from), tail: tail.map(u16::from) };
                }
                let (head, tail) = text.ends(UNITS);
                let tail = last_units(ends(&tail, UNITS * 4).1);
                (units, first_units(utf16_units(&head)), tail)
            }
        };
        Self { units: u32::try_from(units).unwrap_or(u32::MAX), head, tail }
    }

    /// Returns a hash of the digest.
    pub(super) fn tag(&self) -> u32 {
        let word = |units: [u16; UNITS]| {
            units.into_iter().fold(0, |word, unit| word << 16 | u64::from(unit))
        };
        fingerprint::hash_words([self.units.into(), word(self.head), word(self.tail)]) as u32
    }
}

fn first_units(units: impl Iterator<Item = u16>) -> [u16; UNITS] {
    let mut first = [0; UNITS];
    for (to, unit) in first.iter_mut().zip(units) {
        *to = unit;
    }
    first
}

/// Returns the last units of WTF-8 bytes, the very last first.
fn last_units(tail: &[u8]) -> [u16; UNITS] {
    first_units(utf16_units(tail).collect::<Vec<_>>().into_iter().rev())
}

/// Returns the first and the last `most` bytes. The last ones begin at a character.
fn ends(bytes: &[u8], most: usize) -> (&[u8], &[u8]) {
    let head = bytes.get(..most).unwrap_or(bytes);
    let mut start = bytes.len().saturating_sub(most);
    while bytes.get(start).is_some_and(|byte| byte & 0xC0 == 0x80) {
        start += 1;
    }
    (head, bytes.get(start..).unwrap_or_default())
}

/// Returns the UTF-16 units of WTF-8 bytes.
fn utf16_units(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    let mut rest = bytes;
    let mut low = None;
    std::iter::from_fn(move || {
        if let Some(unit) = low.take() {
            return Some(unit);
        }
        let (&first, tail) = rest.split_first()?;
        let (extra, bits) = match first {
            0xF0.. => (3, u32::from(first & 0x07)),
            0xE0.. => (2, u32::from(first & 0x0F)),
            0xC0.. => (1, u32::from(first & 0x1F)),
            _ => (0, u32::from(first)),
        };
        let (more, after) = tail.split_at_checked(extra).unwrap_or((tail, &[]));
        rest = after;
        let point = more.iter().fold(bits, |point, byte| point << 6 | u32::from(byte & 0x3F));
        match point.checked_sub(0x1_0000) {
            Some(above) => {
                low = u16::try_from(0xDC00 + (above & 0x3FF)).ok();
                u16::try_from(0xD800 + (above >> 10)).ok()
            }
            None => u16::try_from(point).ok(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Escaped;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_encoding_of_a_text_has_the_same_digest(text in "[a-z&<\"\\\\\n\r/äß😀]{0,40}|[a-z&<\"\\\\\n\r/]{0,90}") {
            let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            prop_assert_eq!(TextDigest::new(Raw::Utf16(&utf16)), TextDigest::new(Raw::from(text.as_str())));
            let json = serde_json::to_string(&text).unwrap();
            if let Some(escaped) = Escaped::from_json(&json.as_bytes()[1..json.len() - 1]) {
                prop_assert_eq!(TextDigest::new(Raw::Escaped(escaped)), TextDigest::new(Raw::from(text.as_str())));
            }
            let xml = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\r', "&#xD;");
            let escaped = Escaped::from_xml(xml.as_bytes()).unwrap();
            prop_assert_eq!(TextDigest::new(Raw::Escaped(escaped)), TextDigest::new(Raw::from(text.as_str())));
            let units: Vec<u16> = utf16_units(text.as_bytes()).collect();
            prop_assert_eq!(units, text.encode_utf16().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_tag_depends_on_length_beginning_and_end() {
        let tag = |text: &str| TextDigest::new(Raw::from(text)).tag();
        assert_ne!(tag("bb"), tag("a"));
        assert_ne!(tag("ab"), tag("ac"));
        assert_ne!(tag("ab-----cd"), tag("ab-----ce"));
        assert_eq!(tag("aaaab-----"), tag("aaaac-----"));
    }
}
