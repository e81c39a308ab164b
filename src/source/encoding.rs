//! Converts UTF-8, UTF-16 and single-byte code pages to WTF-8 incrementally, and maps a text's length back to its source.

use super::code_page::CodePage;
use crate::error::Problem;
use crate::text::encode_surrogate;
use memchr::{memchr, memmem};

/// Bytes in which an XML declaration ends.
const DECLARATION_BYTES: usize = 256;

/// Character encoding of a text source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// One to four bytes per character.
    Utf8,
    /// Two bytes per unit, low byte first.
    Utf16Le,
    /// Two bytes per unit, high byte first.
    Utf16Be,
    /// One byte per character.
    CodePage(CodePage),
}

impl Encoding {
    /// Returns the report's name of the encoding.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::CodePage(page) => page.as_str(),
        }
    }

    /// Returns the encoding that XML, Windows and their users give this name. Returns `None` for an encoding that is not
    /// read, such as `shift_jis`.
    pub fn from_label(label: &str) -> Option<Self> {
        let label: String = label
            .chars()
            .filter(|char| !matches!(char, '-' | '_' | ' '))
            .map(|char| char.to_ascii_lowercase())
            .collect();
        match label.as_str() {
            "utf8" | "ascii" | "usascii" | "65001" | "cp65001" => Some(Self::Utf8),
            "utf16" | "utf16le" | "unicode" | "ucs2" | "1200" => Some(Self::Utf16Le),
            "utf16be" | "unicodefffe" | "bigendianunicode" | "1201" => Some(Self::Utf16Be),
            label => CodePage::from_label(label).map(Self::CodePage),
        }
    }

    /// Whether a character of ASCII has one byte.
    pub(super) fn is_byte_based(self) -> bool {
        matches!(self, Self::Utf8 | Self::CodePage(_))
    }

    /// Returns the name of the encoding in the XML declaration at the beginning of a text.
    pub(super) fn declared(text: &[u8]) -> Option<&str> {
        let text = text.get(..DECLARATION_BYTES).unwrap_or(text);
        let tag = text.trim_ascii_start().strip_prefix(b"<?xml")?;
        let tag = tag.get(..memmem::find(tag, b"?>")?)?;
        let value = tag.get(memmem::find(tag, b"encoding")? + b"encoding".len()..)?;
        let value = value.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
        let (quote, value) = value.split_first()?;
        let label = value.get(..memchr(*quote, value)?)?;
        matches!(quote, b'"' | b'\'').then(|| std::str::from_utf8(label).ok()).flatten()
    }

    /// Decides the encoding of text whose first bytes show none: `named` is the encoding that a user names. Also returns
    /// a problem if the text declares an encoding that is not read.
    pub(super) fn of_unmarked(text: &[u8], named: Option<Self>) -> (Self, Option<Problem>) {
        if let Some(named) = named {
            return (if is_utf8_beyond_ascii(text) { Self::Utf8 } else { named }, None);
        }
        let Some(label) = Self::declared(text) else { return (Self::Utf8, None) };
        match Self::from_label(label) {
            Some(page @ Self::CodePage(_)) => (page, None),
            // The first bytes show that the text is not UTF-16.
            Some(_) => (Self::Utf8, None),
            None => {
                let message = format!(
                    "the encoding {label:?}, which this source declares, is not read: it is read as UTF-8; \
                     convert it to UTF-8 for characters beyond ASCII"
                );
                (Self::Utf8, Some(Problem::warning("unknown-encoding", message).at(0)))
            }
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
        // Zeros further on may be those of another part.
        if !bytes.iter().take(64).any(|byte| *byte == 0) {
            return Self::Utf8;
        }
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
            Self::CodePage(_) => text.iter().filter(|&&byte| byte & 0xC0 != 0x80).count(),
            // Every code point has one leading byte; code points of four bytes were two units.
            Self::Utf16Le | Self::Utf16Be => {
                let points = text.iter().filter(|&&byte| byte & 0xC0 != 0x80).count();
                2 * (points + text.iter().filter(|&&byte| byte >= 0xF0).count())
            }
        }
    }
}

/// Whether a text, whose last character may be incomplete, is UTF-8 and more than ASCII.
fn is_utf8_beyond_ascii(text: &[u8]) -> bool {
    let is_valid =
        std::str::from_utf8(text).map_or_else(|error| error.error_len().is_none(), |_| true);
    is_valid && !text.is_ascii()
}

/// Converts the bytes of a source to WTF-8. UTF-8 is passed through unchanged, valid or not.
pub(super) struct Transcoder {
    encoding: Encoding,
    /// First byte of a unit whose second byte has not arrived.
    half: Option<u8>,
    /// High surrogate that waits for a low surrogate.
    high: Option<u16>,
    /// Characters of the bytes from 0x80 on, in a code page.
    upper_half: Vec<char>,
}

impl Transcoder {
    /// Creates a transcoder from this encoding.
    pub(super) fn new(encoding: Encoding) -> Self {
        let upper_half = match encoding {
            Encoding::CodePage(page) => page.upper_half(),
            _ => Vec::new(),
        };
        Self { encoding, half: None, high: None, upper_half }
    }

    /// Returns the encoding of the source.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Appends the text of these bytes.
    pub(super) fn push(&mut self, bytes: &[u8], text: &mut Vec<u8>) {
        let mut bytes = bytes;
        match self.encoding {
            Encoding::Utf8 => return text.extend_from_slice(bytes),
            Encoding::CodePage(_) => return self.push_code_page(bytes, text),
            Encoding::Utf16Le | Encoding::Utf16Be => {}
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

    fn push_code_page(&self, mut bytes: &[u8], text: &mut Vec<u8>) {
        let mut buffer = [0; 4];
        while !bytes.is_empty() {
            let ascii = bytes.iter().take_while(|byte| byte.is_ascii()).count();
            let (run, rest) = bytes.split_at_checked(ascii).unwrap_or((bytes, &[]));
            text.extend_from_slice(run);
            let upper = rest.iter().take_while(|byte| !byte.is_ascii()).count();
            let (run, rest) = rest.split_at_checked(upper).unwrap_or((rest, &[]));
            for byte in run {
                let char = self.upper_half.get(usize::from(byte & 0x7F)).copied();
                let char = char.unwrap_or(char::REPLACEMENT_CHARACTER);
                text.extend_from_slice(char.encode_utf8(&mut buffer).as_bytes());
            }
            bytes = rest;
        }
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

    #[test]
    fn the_xml_declaration_names_the_encoding() {
        for (text, expected) in [
            ("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><Events>", Some("iso-8859-1")),
            ("\r\n<?xml version='1.0' encoding = 'windows-1252' ?>", Some("windows-1252")),
            ("<?xml version='1.0'?><x encoding='a'>", None),
            ("<?xml encoding='a", None),
            ("<?xml encoding=a?>", None),
            ("{\"encoding\":\"a\"}", None),
        ] {
            assert_eq!(Encoding::declared(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn code_pages_are_converted() {
        let convert = |label: &str, bytes: &[u8]| {
            let encoding = Encoding::from_label(label).unwrap();
            let mut text = Vec::new();
            let mut transcoder = Transcoder::new(encoding);
            bytes.chunks(2).for_each(|piece| transcoder.push(piece, &mut text));
            assert!(!transcoder.end(&mut text));
            assert_eq!(encoding.source_len(&text), bytes.len());
            String::from_utf8(text).unwrap()
        };
        assert_eq!(
            convert("windows-1252", b"\x93caf\xE9\x94 \x80\x81"),
            "\u{201C}café\u{201D} €\u{FFFD}"
        );
        assert_eq!(convert("iso-8859-15", b"\xA4 \xE9"), "€ é");
        assert_eq!(convert("cp437", b"\x84\x94\x81"), "äöü");
        assert_eq!(convert("cp866", b"\xE0\xA0\xA7"), "раз");
        assert_eq!(convert("windows-1251", b"\xF0\xE0\xE7"), "раз");
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
