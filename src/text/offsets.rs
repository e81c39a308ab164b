//! Byte offsets of UTF-8 as offsets in UTF-16 units, which is how JavaScript counts.

use super::wtf8::utf16_len;
use std::ops::Range;

/// Converts byte ranges of a text to ranges of UTF-16 units.
///
/// One pass over the text if the ranges ascend. An offset inside a character counts as the character's start, one past
/// the end as the end.
pub(crate) fn utf16_ranges(text: &str, ranges: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut offsets = Utf16Offsets::new(text);
    ranges.iter().map(|range| offsets.get(range.start)..offsets.get(range.end)).collect()
}

/// Converts byte offsets to UTF-16 offsets, continuing from the previous offset.
struct Utf16Offsets<'a> {
    text: &'a [u8],
    byte: usize,
    unit: usize,
}

impl<'a> Utf16Offsets<'a> {
    /// Starts at the beginning of the text.
    fn new(text: &'a str) -> Self {
        Self { text: text.as_bytes(), byte: 0, unit: 0 }
    }

    /// Returns the UTF-16 offset of a byte offset. Ascending offsets cost one pass over the text together; a smaller
    /// offset starts over.
    fn get(&mut self, byte: usize) -> usize {
        let end = char_start(self.text, byte);
        if end < self.byte {
            (self.byte, self.unit) = (0, 0);
        }
        self.unit += utf16_len(self.text.get(self.byte..end).unwrap_or_default());
        self.byte = end;
        self.unit
    }
}

/// Returns the last character boundary at or before a byte offset.
pub(crate) fn floor_char_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Returns the start of the character that holds this byte.
fn char_start(text: &[u8], byte: usize) -> usize {
    let end = byte.min(text.len());
    let is_continuation = |at: &usize| text.get(*at).is_some_and(|byte| byte & 0xC0 == 0x80);
    (0..=end).rev().find(|at| !is_continuation(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_ranges_become_utf16_ranges() {
        let text = "aß–😀b";
        let bytes: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        assert_eq!(bytes, [0, 1, 3, 6, 10, 11]);
        assert_eq!(utf16_ranges(text, &[0..1, 1..3, 3..10, 10..11]), [0..1, 1..2, 2..5, 5..6]);
        assert_eq!(
            utf16_ranges(text, &[8..99, 1..2]),
            [3..6, 1..1],
            "cut characters, unsorted ranges"
        );
        assert_eq!(utf16_ranges("", &[0..0, 5..9]), [0..0, 0..0]);
    }

    #[test]
    fn boundaries_are_rounded_down() {
        for (at, expected) in [(0, 0), (1, 1), (2, 1), (3, 3), (99, 3)] {
            assert_eq!(floor_char_boundary("aß", at), expected);
        }
    }
}
