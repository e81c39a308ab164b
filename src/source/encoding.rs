//! Converts UTF-8 and UTF-16 to WTF-8 incrementally, and maps a text's length back to its source.

use crate::text::encode_surrogate;

/// Character encoding of a text source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// One to four bytes per character.
    Utf8,
    /// Two bytes per unit, low byte first.
    Utf16Le,
    /// Two bytes per unit, high byte first.
    Utf16Be,
}

impl Encoding {
    /// Returns the report's name of the encoding.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
        }
    }

    /// Detects the encoding from the first bytes. Also returns the length of the byte order mark. Without a mark,
    /// UTF-16 is recognised by the zero bytes of the first two characters, since most logs begin with ASCII.
    /// Otherwise the position of all zero bytes among the first bytes decides: every language has spaces, digits and
    /// line ends.
    pub(super) fn detect(bytes: &[u8]) -> (Self, usize) {
        match bytes {
            [0xEF, 0xBB, 0xBF, ..] => (Self::Utf8, 3),
            [0xFF, 0xFE, ..] => (Self::Utf16Le, 2),
            [0xFE, 0xFF, ..] => (Self::Utf16Be, 2),
            [1..=255, 0, 1..=255, 0, ..] => (Self::Utf16Le, 0),
            [0, 1..=255, 0, 1..=255, ..] => (Self::Utf16Be, 0),
            _ => (Self::by_zeros(bytes), 0),
        }
    }

    fn by_zeros(bytes: &[u8]) -> Self {
        let (pairs, _) = bytes.get(..4_096).unwrap_or(bytes).as_chunks::<2>();
        let zeros = |half: usize| pairs.iter().filter(|pair| pair.get(half) == Some(&0)).count();
        let (first, second) = (zeros(0), zeros(1));
        // Some characters have zero as their other byte.
        if first.max(second) * 16 <= pairs.len() || first.min(second) * 4 > first.max(second) {
            Self::Utf8
        } else if first < second {
            Self::Utf16Le
        } else {
            Self::Utf16Be
        }
    }

    /// Returns how many bytes of the source this text was.
    pub(super) fn source_len(self, text: &[u8]) -> usize {
        match self {
            Self::Utf8 => text.len(),
            // Every code point has one leading byte; code points of four bytes were two units.
            Self::Utf16Le | Self::Utf16Be => {
                let points = text.iter().filter(|&&byte| byte & 0xC0 != 0x80).count();
                2 * (points + text.iter().filter(|&&byte| byte >= 0xF0).count())
            }
        }
    }
}

/// Converts the bytes of a source to WTF-8. UTF-8 is passed through unchanged, valid or not.
pub(super) struct Transcoder {
    encoding: Encoding,
    /// First byte of a unit whose second byte has not arrived.
    half: Option<u8>,
    /// High surrogate that waits for a low surrogate.
    high: Option<u16>,
}

impl Transcoder {
    /// Creates a transcoder from this encoding.
    pub(super) fn new(encoding: Encoding) -> Self {
        Self { encoding, half: None, high: None }
    }

    /// Returns the encoding of the source.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Appends the text of these bytes.
    pub(super) fn push(&mut self, bytes: &[u8], text: &mut Vec<u8>) {
        let mut bytes = bytes;
        if self.encoding == Encoding::Utf8 {
            return text.extend_from_slice(bytes);
        }
        if let (Some(first), Some((second, rest))) = (self.half, bytes.split_first()) {
            self.half = None;
            bytes = rest;
            self.unit(self.read([first, *second]), text);
        }
        let (pairs, odd) = bytes.as_chunks::<2>();
        text.reserve(pairs.len());
        let (blocks, rest) = pairs.as_chunks::<16>();
        for block in blocks {
            self.block(block, text);
        }
        for pair in rest {
            self.unit(self.read(*pair), text);
        }
        self.half = odd.first().copied().or(self.half);
    }

    /// Ends the source. Returns whether the last unit was incomplete.
    pub(super) fn end(&mut self, text: &mut Vec<u8>) -> bool {
        if let Some(high) = self.high.take() {
            text.extend_from_slice(&encode_surrogate(high));
        }
        self.half.take().is_some()
    }

    fn read(&self, pair: [u8; 2]) -> u16 {
        match self.encoding {
            Encoding::Utf16Be => u16::from_be_bytes(pair),
            _ => u16::from_le_bytes(pair),
        }
    }

    /// Converts sixteen units at once if they are ASCII, as nearly all of a log is.
    fn block(&mut self, block: &[[u8; 2]; 16], text: &mut Vec<u8>) {
        let units = block.map(|pair| self.read(pair));
        if self.high.is_none() && units.iter().fold(0, |all, unit| all | unit) < 0x80 {
            text.extend_from_slice(&units.map(|unit| (unit & 0x7F) as u8));
        } else {
            for unit in units {
                self.unit(unit, text);
            }
        }
    }

    fn unit(&mut self, unit: u16, text: &mut Vec<u8>) {
        let mut buffer = [0; 4];
        if let Some(high) = self.high.take() {
            if let Some(Ok(pair)) = char::decode_utf16([high, unit]).next() {
                return text.extend_from_slice(pair.encode_utf8(&mut buffer).as_bytes());
            }
            text.extend_from_slice(&encode_surrogate(high));
        }
        match (unit, char::from_u32(u32::from(unit))) {
            (_, Some(char)) => text.extend_from_slice(char.encode_utf8(&mut buffer).as_bytes()),
            (0xD800..=0xDBFF, None) => self.high = Some(unit),
            (_, None) => text.extend_from_slice(&encode_surrogate(unit)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Raw, Text};
    use proptest::prelude::*;

    #[test]
    fn the_first_bytes_show_the_encoding() {
        assert_eq!(Encoding::detect(b"\xEF\xBB\xBF<"), (Encoding::Utf8, 3));
        assert_eq!(Encoding::detect(b"\xFF\xFE<\0"), (Encoding::Utf16Le, 2));
        assert_eq!(Encoding::detect(b"\xFE\xFF\0<"), (Encoding::Utf16Be, 2));
        assert_eq!(Encoding::detect(b"<\0E\0"), (Encoding::Utf16Le, 0));
        assert_eq!(Encoding::detect(b"\0<\0E"), (Encoding::Utf16Be, 0));
        assert_eq!(Encoding::detect(b"<Ev"), (Encoding::Utf8, 0));
        let units: Vec<u16> = "レベル,日付と時刻\r\n1一2".encode_utf16().collect();
        let bytes =
            |bytes: fn(u16) -> [u8; 2]| units.iter().flat_map(|unit| bytes(*unit)).collect();
        let (little, big): (Vec<u8>, Vec<u8>) = (bytes(u16::to_le_bytes), bytes(u16::to_be_bytes));
        assert_eq!(Encoding::detect(&little), (Encoding::Utf16Le, 0));
        assert_eq!(Encoding::detect(&big), (Encoding::Utf16Be, 0));
        assert_eq!(Encoding::detect("レベル,日付と時刻\0\0\0".as_bytes()), (Encoding::Utf8, 0));
        assert_eq!(Encoding::detect(b""), (Encoding::Utf8, 0));
    }

    proptest! {
        #[test]
        fn transcoding_in_pieces_equals_text_conversion(
            units in proptest::collection::vec(prop_oneof![
                4 => 0x20_u16..0x7F, 1 => any::<u16>(), 2 => 0xD7F0_u16..0xE010,
            ], 0..80),
            piece in 1_usize..9,
            odd in any::<bool>(),
        ) {
            let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let expected = Text::from(Raw::Utf16(&little));
            for encoding in [Encoding::Utf16Le, Encoding::Utf16Be] {
                let mut bytes: Vec<u8> = match encoding {
                    Encoding::Utf16Be => units.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
                    _ => little.clone(),
                };
                bytes.extend(odd.then_some(0x41));
                let mut text = Vec::new();
                let mut transcoder = Transcoder::new(encoding);
                for part in bytes.chunks(piece) {
                    transcoder.push(part, &mut text);
                }
                prop_assert_eq!(transcoder.end(&mut text), odd);
                prop_assert_eq!(&text, &*expected.as_bytes());
                prop_assert_eq!(encoding.source_len(&text), units.len() * 2);
            }
        }
    }
}
