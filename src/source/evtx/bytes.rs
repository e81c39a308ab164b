//! Little-endian reading within a chunk, with an offset for every fault.

use crate::text::Raw;

/// A place in a chunk that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReadFault {
    /// Offset in the chunk.
    pub(super) at: usize,
    /// What was expected there, for messages.
    pub(super) expected: &'static str,
}

/// A position in a chunk, with an end that reading never passes. Offsets are from the beginning of the chunk, because
/// BinXML refers to names and templates by them.
#[derive(Clone, Copy)]
pub(super) struct ChunkCursor<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> ChunkCursor<'a> {
    /// Creates a cursor from `at` to `end`, or to the chunk's end if that is less.
    pub(super) fn new(chunk: &'a [u8], at: usize, end: usize) -> Self {
        Self { data: chunk.get(..end).unwrap_or(chunk), at }
    }

    /// Offset in the chunk.
    #[inline(always)]
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Whether the cursor is at its end.
    #[inline(always)]
    pub(super) fn is_done(&self) -> bool {
        self.at >= self.data.len()
    }

    /// Offset at which reading ends.
    #[inline(always)]
    pub(super) fn end(&self) -> usize {
        self.data.len()
    }

    /// Moves to the end.
    pub(super) fn finish(&mut self) {
        self.at = self.data.len();
    }

    /// Reads this many bytes.
    #[inline(always)]
    pub(super) fn take(
        &mut self,
        count: usize,
        expected: &'static str,
    ) -> Result<&'a [u8], ReadFault> {
        let end = self.at.saturating_add(count);
        let bytes = self.data.get(self.at..end).ok_or_else(|| self.fault(expected))?;
        self.at = end;
        Ok(bytes)
    }

    /// Reads an array of bytes.
    #[inline(always)]
    pub(super) fn array<const N: usize>(
        &mut self,
        expected: &'static str,
    ) -> Result<[u8; N], ReadFault> {
        let bytes = self.data.get(self.at..).and_then(<[u8]>::first_chunk::<N>);
        let bytes = bytes.ok_or_else(|| self.fault(expected))?;
        self.at += N;
        Ok(*bytes)
    }

    #[inline(always)]
    pub(super) fn u8(&mut self, expected: &'static str) -> Result<u8, ReadFault> {
        self.array::<1>(expected).map(u8::from_le_bytes)
    }

    #[inline(always)]
    pub(super) fn u16(&mut self, expected: &'static str) -> Result<u16, ReadFault> {
        self.array(expected).map(u16::from_le_bytes)
    }

    #[inline(always)]
    pub(super) fn u32(&mut self, expected: &'static str) -> Result<u32, ReadFault> {
        self.array(expected).map(u32::from_le_bytes)
    }

    /// Returns a fault at the cursor's offset.
    pub(super) fn fault(&self, expected: &'static str) -> ReadFault {
        ReadFault { at: self.at, expected }
    }
}

/// Reads four bytes at this offset as a number.
#[inline(always)]
pub(super) fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    array_at(data, at).map(u32::from_le_bytes)
}

/// Reads eight bytes at this offset as a number.
#[inline(always)]
pub(super) fn u64_at(data: &[u8], at: usize) -> Option<u64> {
    array_at(data, at).map(u64::from_le_bytes)
}

#[inline(always)]
fn array_at<const N: usize>(data: &[u8], at: usize) -> Option<[u8; N]> {
    data.get(at..)?.first_chunk().copied()
}

/// Returns UTF-16 text up to its first NUL: Windows ends a string there, before its declared length.
pub(super) fn until_nul(text: &[u8]) -> &[u8] {
    Raw::Utf16(text).until_nul().bytes()
}

/// Whether UTF-16 text equals this ASCII word. The length rules out nearly every word, so it is compared inline.
#[inline(always)]
pub(super) fn is_word(text: &[u8], word: &str) -> bool {
    text.len() == word.len() * 2 && has_letters(text, word.as_bytes())
}

#[inline(never)]
fn has_letters(text: &[u8], word: &[u8]) -> bool {
    for ([low, high], letter) in text.as_chunks::<2>().0.iter().zip(word) {
        if low != letter || *high != 0 {
            return false;
        }
    }
    true
}

/// Short ASCII text: numbers, times and GUIDs in string values. Records without a template have a dozen of them, so
/// it is decoded on the stack.
pub(super) struct ShortAscii {
    bytes: [u8; 64],
    length: usize,
}

impl ShortAscii {
    /// Decodes UTF-16 text; `None` if it is long or not ASCII.
    pub(super) fn decode(text: &[u8]) -> Option<Self> {
        let (units, _) = text.as_chunks::<2>();
        let mut ascii = Self { bytes: [0; 64], length: units.len() };
        let mut other_bits = 0;
        for ([low, high], byte) in units.iter().zip(ascii.bytes.get_mut(..units.len())?) {
            *byte = *low;
            other_bits |= (*low & 0x80) | *high;
        }
        (other_bits == 0).then_some(ascii)
    }

    pub(super) fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn a_string_ends_at_its_first_nul() {
        for length in (0..20).chain(120..140).chain(250..270) {
            for nul in 0..=length {
                let mut units = vec![0x0100_u16; length];
                if let Some(unit) = units.get_mut(nul) {
                    *unit = 0;
                }
                let mut bytes = vec![0xAA];
                bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
                assert_eq!(until_nul(&bytes[1..]).len(), nul * 2);
            }
        }
        assert_eq!(until_nul(&[0x61, 0, 0x62]), [0x61, 0]);
    }

    #[test]
    fn words_compare_unit_by_unit() {
        assert!(is_word(&utf16("Data"), "Data"));
        assert!(!is_word(&utf16("Data"), "data"));
        assert!(!is_word(&utf16("Dat"), "Data"));
        assert!(!is_word(&utf16("D\u{161}ta"), "Data"));
        let ascii =
            |text: &str| ShortAscii::decode(&utf16(text)).map(|ascii| ascii.as_str().to_owned());
        assert_eq!(ascii("4104").as_deref(), Some("4104"));
        assert_eq!(ascii(&"x".repeat(64)), Some("x".repeat(64)));
        assert_eq!(ascii(&"x".repeat(65)), None);
        assert_eq!(ascii("41\u{130}4"), None);
        assert_eq!(ascii("41\u{84}4"), None);
    }

    #[test]
    fn a_cursor_never_passes_its_end() {
        let mut cursor = ChunkCursor::new(&[1, 0, 2, 0, 3], 0, 4);
        assert_eq!(cursor.u16("a number"), Ok(1));
        assert_eq!(cursor.u32("a size"), Err(ReadFault { at: 2, expected: "a size" }));
        assert_eq!(cursor.take(usize::MAX, "a text"), Err(ReadFault { at: 2, expected: "a text" }));
        assert_eq!(cursor.take(2, "a text"), Ok(&[2, 0][..]));
        assert!(cursor.is_done());
    }
}
