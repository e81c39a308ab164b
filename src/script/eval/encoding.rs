//! Encodings of text, and bytes written in base64 or hexadecimal.

use crate::script::base64;

/// An encoding that `[Text.Encoding]` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    Utf32,
    Ascii,
    /// Also stands in for the code page of the system.
    Latin1,
    Utf7,
}

impl Encoding {
    /// Returns the encoding with this name, number or property, in lower case.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "utf8" | "utf-8" | "65001" | "utf8encoding" => Self::Utf8,
            "unicode" | "utf-16" | "utf-16le" | "1200" | "unicodeencoding" => Self::Utf16Le,
            "bigendianunicode" | "utf-16be" | "1201" | "unicodefffe" => Self::Utf16Be,
            "utf32" | "utf-32" | "12000" | "utf32encoding" => Self::Utf32,
            "ascii" | "us-ascii" | "20127" | "asciiencoding" => Self::Ascii,
            "default" | "latin1" | "iso-8859-1" | "windows-1252" | "28591" | "1252" | "0" => {
                Self::Latin1
            }
            "utf7" | "utf-7" | "65000" | "utf7encoding" => Self::Utf7,
            _ => return None,
        })
    }

    pub(super) fn decode(self, bytes: &[u8]) -> String {
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Self::Utf16Le | Self::Utf16Be => {
                let (pairs, _) = bytes.as_chunks::<2>();
                let unit = |pair: &[u8; 2]| match self {
                    Self::Utf16Le => u16::from_le_bytes(*pair),
                    _ => u16::from_be_bytes(*pair),
                };
                String::from_utf16_lossy(&pairs.iter().map(unit).collect::<Vec<_>>())
            }
            Self::Utf32 => {
                let (chars, _) = bytes.as_chunks::<4>();
                let char = |bytes: &[u8; 4]| char::from_u32(u32::from_le_bytes(*bytes));
                chars
                    .iter()
                    .map(|bytes| char(bytes).unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect()
            }
            Self::Ascii => bytes
                .iter()
                .map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' })
                .collect(),
            Self::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
            Self::Utf7 => decode_utf7(bytes),
        }
    }

    pub(super) fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 | Self::Utf7 => text.as_bytes().to_vec(),
            Self::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::Utf32 => text.chars().flat_map(|char| u32::from(char).to_le_bytes()).collect(),
            Self::Ascii => text
                .encode_utf16()
                .map(|unit| u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(b'?'))
                .collect(),
            Self::Latin1 => {
                text.encode_utf16().map(|unit| u8::try_from(unit).unwrap_or(b'?')).collect()
            }
        }
    }
}

/// Decodes UTF-7 (RFC 2152): between `+` and `-` is UTF-16 in base64.
fn decode_utf7(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some((before, after)) = rest.split_once('+') {
        out.push_str(before);
        let end =
            after.find(|char: char| !char.is_ascii_alphanumeric() && !matches!(char, '+' | '/'));
        let (run, tail) = after.split_at_checked(end.unwrap_or(after.len())).unwrap_or((after, ""));
        if run.is_empty() {
            out.push('+');
        } else if let Some(bytes) = base64::decode(run.as_bytes()) {
            out.push_str(&Encoding::Utf16Be.decode(&bytes));
        }
        rest = tail.strip_prefix('-').unwrap_or(tail);
    }
    out + rest
}

/// Parses pairs of hexadecimal digits.
pub(super) fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_survive_every_encoding() {
        for name in ["utf8", "unicode", "bigendianunicode", "utf32"] {
            let encoding = Encoding::named(name).unwrap();
            assert_eq!(encoding.decode(&encoding.encode("aé😀")), "aé😀", "{name}");
        }
        assert_eq!(Encoding::Ascii.encode("aé"), b"a?");
        assert_eq!(Encoding::Latin1.decode(&[0x61, 0xE9]), "aé");
        assert_eq!(Encoding::Utf7.decode(b"Hi +AOk- +-x"), "Hi é +x");
    }

    #[test]
    fn hexadecimal_digits_come_in_pairs() {
        assert_eq!(parse_hex("4aFF"), Some(vec![0x4A, 0xFF]));
        assert_eq!(parse_hex("4"), None);
        assert_eq!(parse_hex("4g"), None);
    }
}
