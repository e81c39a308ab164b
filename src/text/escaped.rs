//! A text as JSON or XML writes it, told and compared without being decoded first.
//!
//! Most script texts in logs are wanted by no rule. Of those only the length and both ends are ever asked
//! for, and whether some word stands in them; all of that can be read from the escaped form, as long as its
//! escapes are the usual ones.

use super::{json, xml};
use crate::text::Text;
use std::borrow::Cow;

/// How a text is escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notation {
    /// A backslash and a letter.
    Json,
    /// A reference between `&` and `;`.
    Xml,
}

/// A text in which no escape stands for a character that [`Escaped::is_plain`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escaped<'a> {
    bytes: &'a [u8],
    notation: Notation,
    units: usize,
}

impl<'a> Escaped<'a> {
    /// What stands between JSON's quotation marks; `None` where it has escapes of other kinds.
    pub(crate) fn json(bytes: &'a [u8]) -> Option<Self> {
        Some(Self { bytes, notation: Notation::Json, units: json::units(bytes)? })
    }

    /// What stands between two tags; `None` where it has references of other kinds, sections or comments.
    pub(crate) fn xml(bytes: &'a [u8]) -> Option<Self> {
        Some(Self { bytes, notation: Notation::Xml, units: xml::units(bytes)? })
    }

    /// Whether this character always stands for itself. A word of such characters stands in the text where
    /// it stands in [`Escaped::bytes`].
    pub fn is_plain(byte: u8) -> bool {
        matches!(byte, b' '..=b'~')
            && !matches!(byte, b'"' | b'\'' | b'\\' | b'/' | b'&' | b'<' | b'>')
    }

    /// The text as it is escaped.
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The text, in WTF-8.
    pub fn decoded(self) -> Cow<'a, [u8]> {
        match self.notation {
            Notation::Json => json::unescape(self.bytes),
            Notation::Xml => xml::unescape(self.bytes),
        }
    }

    /// Appends the text, in WTF-8.
    pub(super) fn decode_into(self, plain: &mut Vec<u8>) {
        match self.notation {
            Notation::Json => json::unescape_into(self.bytes, plain),
            Notation::Xml => xml::unescape_into(self.bytes, plain),
        }
    }

    /// Length of the text in UTF-16 units.
    pub fn utf16_len(self) -> usize {
        self.units
    }

    /// The text's first and last characters: `most` bytes of each at least, or all of it.
    pub fn ends(self, most: usize) -> (Text, Text) {
        // No escape that is met here is longer than its character by more than this.
        let escaped = (most + 1) * LONGEST;
        let decode = |bytes| {
            let mut text = Text::new();
            Self { bytes, ..self }.decode_into(&mut text.0);
            text
        };
        let Some(last) = self.bytes.len().checked_sub(escaped) else {
            let all = decode(self.bytes);
            return (all.clone(), all);
        };
        let first = self.bytes.get(..escaped).unwrap_or(self.bytes);
        let mut tail = self.bytes.get(self.safe(last)..).unwrap_or_default();
        while let [0x80..=0xBF, rest @ ..] = tail {
            tail = rest;
        }
        (decode(first), decode(tail))
    }

    /// A place at or before this one that is within no escape.
    fn safe(self, at: usize) -> usize {
        let mark = if self.notation == Notation::Json { b'\\' } else { b'&' };
        let mut end = at;
        while let Some(begin) = end.checked_sub(LONGEST) {
            let before = self.bytes.get(begin..end).unwrap_or_default();
            if !before.contains(&mark) {
                return end;
            }
            end -= 1;
        }
        0
    }
}

/// Bytes of the longest escape: `&quot;`.
const LONGEST: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Raw;
    use proptest::prelude::*;

    fn piece() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "a",
            "Z",
            "-",
            " ",
            "u",
            "n",
            "word of plain letters ",
            "ä",
            "😀",
            "\n",
            "\r",
            "\t",
            "\"",
            "\\",
            "'",
            "/",
            "<",
            ">",
            "&",
        ])
    }

    proptest! {
        #[test]
        fn what_is_told_of_an_escaped_text_is_what_holds_for_it(pieces in prop::collection::vec(piece(), 0..120)) {
            let text = pieces.concat();
            let json = serde_json::to_string(&text).unwrap();
            let xml = text
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;")
                .replace('\r', "&#xD;")
                .replace('\t', "&#9;");
            let json = Escaped::json(&json.as_bytes()[1..json.len() - 1]).unwrap();
            for escaped in [json, Escaped::xml(xml.as_bytes()).unwrap()] {
                prop_assert_eq!(escaped.utf16_len(), text.encode_utf16().count());
                prop_assert_eq!(escaped.decoded(), text.as_bytes());
                let mut whole = Text::new();
                whole.push(Raw::Escaped(escaped));
                prop_assert_eq!(whole.as_bytes(), text.as_bytes());
                let (head, tail) = escaped.ends(16);
                let most = text.len().min(16);
                prop_assert!(head.len() >= most && text.as_bytes().starts_with(&head.as_bytes()[..most]));
                prop_assert!(tail.len() >= most.saturating_sub(3) && text.as_bytes().ends_with(tail.as_bytes()));
                let words = text.split(|char: char| !char.is_ascii() || !Escaped::is_plain(char as u8));
                for word in words.filter(|word| !word.is_empty()) {
                    prop_assert!(memchr::memmem::find(escaped.bytes(), word.as_bytes()).is_some());
                }
            }
        }
    }

    #[test]
    fn unusual_escapes_are_decoded_before_anything_is_told() {
        for text in [r"\u0041", r"a\/b", r"\q", "\\"] {
            assert_eq!(Escaped::json(text.as_bytes()), None, "{text}");
        }
        for text in ["&#65;", "&x;", "a & b", "<![CDATA[x]]>", "<!-- -->", "&", "&#xD"] {
            assert_eq!(Escaped::xml(text.as_bytes()), None, "{text}");
        }
    }
}
