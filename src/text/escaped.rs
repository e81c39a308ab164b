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
pub(super) enum Notation {
    /// A backslash and a letter.
    Json,
    /// A reference between `&` and `;`.
    Xml,
}

/// A text as its log escapes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escaped<'a> {
    bytes: &'a [u8],
    notation: Notation,
    /// `None` where nothing was asked of the text yet.
    units: Option<usize>,
}

impl<'a> Escaped<'a> {
    /// What stands between JSON's quotation marks; `None` where it has escapes of other kinds.
    pub(crate) fn from_json(bytes: &'a [u8]) -> Option<Self> {
        Some(Self::from_json_with_units(bytes, json::units(bytes)?))
    }

    /// The same for a text of which nothing is asked yet.
    pub(crate) fn from_unscanned_json(bytes: &'a [u8]) -> Self {
        Self::new(bytes, Notation::Json, None)
    }

    pub(super) fn new(bytes: &'a [u8], notation: Notation, units: Option<usize>) -> Self {
        Self { bytes, notation, units }
    }

    /// Length in UTF-16 units, where it has usual escapes only and is known to.
    pub(super) fn units(self) -> Option<usize> {
        self.units
    }

    /// What stands between two tags; `None` where it has references of other kinds, sections or comments.
    pub(crate) fn from_xml(bytes: &'a [u8]) -> Option<Self> {
        Some(Self::from_xml_with_units(bytes, xml::units(bytes)?))
    }

    /// Where the JSON string ends that begins here, and its length in UTF-16 units unless it has escapes of other
    /// kinds. `None` where it does not end, or not before its line does.
    pub(crate) fn scan_json_string(text: &[u8]) -> Option<(usize, Option<usize>)> {
        json::string(text)
    }

    /// The same for what stands before the next tag.
    pub(crate) fn scan_xml_content(text: &[u8]) -> Option<(usize, Option<usize>)> {
        xml::content(text)
    }

    /// A text of which the length is known from [`Escaped::scan_json_string`].
    pub(crate) fn from_json_with_units(bytes: &'a [u8], units: usize) -> Self {
        Self { bytes, notation: Notation::Json, units: Some(units) }
    }

    /// A text of which the length is known from [`Escaped::scan_xml_content`].
    pub(crate) fn from_xml_with_units(bytes: &'a [u8], units: usize) -> Self {
        Self { bytes, notation: Notation::Xml, units: Some(units) }
    }

    /// Whether this character always stands for itself. A word of such characters stands in the text where
    /// it stands in [`Escaped::bytes`].
    pub fn is_never_escaped(byte: u8) -> bool {
        matches!(byte, b' '..=b'~')
            && !matches!(byte, b'"' | b'\'' | b'\\' | b'/' | b'&' | b'<' | b'>')
    }

    /// The text as it is escaped.
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The text, in WTF-8.
    pub fn decode(self) -> Cow<'a, [u8]> {
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

    /// The same text, if it has usual escapes only: words of plain characters stand in [`Escaped::bytes`]
    /// then. With its length in UTF-16 units.
    pub fn to_scanned(self) -> Option<(Self, usize)> {
        let known = match (self.units, self.notation) {
            (Some(_), _) => Some(self),
            (None, Notation::Json) => Self::from_json(self.bytes),
            (None, Notation::Xml) => Self::from_xml(self.bytes),
        }?;
        Some((known, known.units?))
    }

    pub(super) fn notation(self) -> Notation {
        self.notation
    }

    /// Whether the two texts may stand behind each other as they are escaped.
    pub(super) fn can_append_to(self, before: &[u8]) -> bool {
        let end = before.get(before.len().saturating_sub(LONGEST - 1)..).unwrap_or_default();
        match self.notation {
            // An escape that is cut is a cut digit.
            Notation::Json => !end.ends_with(b"\\") && !end.windows(2).any(|pair| pair == b"\\u"),
            // None but texts with the usual references are kept escaped.
            Notation::Xml => true,
        }
    }

    /// The text's first and last characters, if it has usual escapes only: so many UTF-16 units of each at least, or
    /// all of it.
    pub fn ends(self, units: usize) -> (Text, Text) {
        // One more, for an escape that is cut. A unit beyond ASCII takes three bytes.
        let escaped = (units + 1) * self.longest_escape().max(3);
        let decode = |bytes: &'a [u8]| {
            let mut text = Text::new();
            text.reserve(bytes.len());
            Self { bytes, ..self }.decode_into(&mut text.bytes);
            text
        };
        let Some(last) = self.bytes.len().checked_sub(escaped) else {
            let all = decode(self.bytes);
            return (all.clone(), all);
        };
        let first = self.bytes.get(..escaped).unwrap_or(self.bytes);
        let mut tail = self.bytes.get(self.floor_boundary(last)..).unwrap_or_default();
        while let [0x80..=0xBF, rest @ ..] = tail {
            tail = rest;
        }
        (decode(first), decode(tail))
    }

    /// The first and the last characters, so many of each, where they are ASCII: most texts' are, and for these
    /// nothing is allocated.
    pub fn ascii_ends<const N: usize>(self) -> Option<([u8; N], [u8; N])> {
        let (mut head, mut tail) = ([0; N], [0; N]);
        let mut rest = self.bytes;
        for slot in &mut head {
            (*slot, rest) = self.ascii(rest)?;
        }
        let escaped = self.bytes.len().checked_sub(N * self.longest_escape())?;
        let mut rest = self.bytes.get(self.floor_boundary(escaped)..)?;
        while !rest.is_empty() {
            tail.rotate_left(1);
            (*tail.last_mut()?, rest) = self.ascii(rest)?;
        }
        Some((head, tail))
    }

    /// The character that a text begins with, if it is ASCII and escaped as usual or not at all, and what follows it.
    fn ascii(self, text: &'a [u8]) -> Option<(u8, &'a [u8])> {
        let (first, rest) = text.split_first()?;
        let (character, length) = match (self.notation, first) {
            (Notation::Json, b'\\') => json::usual(text)?,
            (Notation::Xml, b'&') => xml::usual(text)?,
            (Notation::Xml, b'<') => return None,
            _ => return first.is_ascii().then_some((*first, rest)),
        };
        Some((character, text.get(length..)?))
    }

    /// Bytes of the longest usual escape.
    fn longest_escape(self) -> usize {
        match self.notation {
            Notation::Json => 2,
            Notation::Xml => LONGEST,
        }
    }

    /// A place at or before this one that is within no escape, if the text has usual ones only.
    fn floor_boundary(self, at: usize) -> usize {
        let mark = if self.notation == Notation::Json { b'\\' } else { b'&' };
        let mut end = at;
        while let Some(begin) = end.checked_sub(self.longest_escape() - 1) {
            let before = self.bytes.get(begin..end).unwrap_or_default();
            if !before.contains(&mark) {
                return end;
            }
            end -= 1;
        }
        0
    }
}

/// Bytes of the longest escape: `&quot;`, or JSON's by number.
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
            let units = Some(text.encode_utf16().count());
            prop_assert_eq!(Escaped::scan_json_string(&json.as_bytes()[1..]), Some((json.len() - 2, units)));
            prop_assert_eq!(Escaped::scan_xml_content(format!("{xml}</Data>").as_bytes()), Some((xml.len(), units)));
            let json = Escaped::from_json(&json.as_bytes()[1..json.len() - 1]).unwrap();
            for escaped in [json, Escaped::from_xml(xml.as_bytes()).unwrap()] {
                prop_assert_eq!(escaped.to_scanned().unwrap().1, text.encode_utf16().count());
                prop_assert_eq!(escaped.decode(), text.as_bytes());
                let mut whole = Text::new();
                whole.push(Raw::Escaped(escaped));
                prop_assert_eq!(whole.as_bytes(), text.as_bytes());
                let (head, tail) = escaped.ends(4);
                let first: String = text.chars().take(3).collect();
                prop_assert!(head.as_bytes().starts_with(first.as_bytes()));
                prop_assert!(text.as_bytes().ends_with(&tail.as_bytes()));
                prop_assert!(tail.utf16_len() >= text.encode_utf16().count().min(4));
                let words = text.split(|char: char| !char.is_ascii() || !Escaped::is_never_escaped(char as u8));
                for word in words.filter(|word| !word.is_empty()) {
                    prop_assert!(memchr::memmem::find(escaped.bytes(), word.as_bytes()).is_some());
                }
            }
        }
    }

    proptest! {
        #[test]
        fn parts_that_stay_escaped_are_the_text_that_they_are_decoded(
            parts in prop::collection::vec(
                (prop::collection::vec(prop::sample::select(vec![
                    "a", "34", "\\n", "\\\\", "\\\"", "\\u00e4", "\\ud83d", "\\ude00", "\\u", "\\u12", "\\q", "ä", "",
                ]), 0..4), 0..4_u8),
                0..6,
            ),
        ) {
            let (mut held, mut plain) = (Text::new(), Text::new());
            for (pieces, kind) in parts {
                let escaped = pieces.concat();
                let decoded = json::unescape(escaped.as_bytes()).into_owned();
                held.push(match kind {
                    0 => Raw::Wtf8(&decoded),
                    1 => Escaped::from_json(escaped.as_bytes()).map_or(Raw::Wtf8(&decoded), Raw::Escaped),
                    _ => Raw::Escaped(Escaped::from_unscanned_json(escaped.as_bytes())),
                });
                plain.push(Raw::Wtf8(&decoded));
            }
            prop_assert_eq!(&held, &plain);
            prop_assert_eq!(held.utf16_len(), plain.utf16_len());
            prop_assert_eq!(held.to_lossy(), plain.to_lossy());
            prop_assert_eq!(held.into_lossy(), plain.into_lossy());
        }
    }

    #[test]
    fn unusual_escapes_are_decoded_before_anything_is_told() {
        for text in [r"\u0041", r"a\/b", r"\q", "\\"] {
            assert_eq!(Escaped::from_json(text.as_bytes()), None, "{text}");
        }
        for text in ["&#65;", "&x;", "a & b", "<![CDATA[x]]>", "<!-- -->", "&", "&#xD"] {
            assert_eq!(Escaped::from_xml(text.as_bytes()), None, "{text}");
        }
    }
}
