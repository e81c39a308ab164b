//! [`Escaped`]: a text as JSON or XML writes it, measured and compared without decoding.
//!
//! No rule matches most script texts in logs. Of those, only the length, both ends and the presence of some words are
//! ever needed. All three can be read from the escaped form, as long as its escapes are the usual ones: JSON's escapes
//! of one letter (`\n`, not `\u000a`), and XML's references to the characters that must be escaped (`&lt;`, not
//! `&#65;`). A text with other escapes is decoded first.

use super::notation::Notation;
use super::{json, xml};
use std::borrow::Cow;

/// Bytes of the longest escape: `&quot;`, or `\u0000`.
const LONGEST_ESCAPE: usize = 6;

/// A text as its log escapes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escaped<'a> {
    bytes: &'a [u8],
    notation: Notation,
    /// Length in UTF-16 units if the text has usual escapes only; `None` if it has not been scanned yet.
    units: Option<usize>,
}

impl<'a> Escaped<'a> {
    /// Wraps the content of a JSON string; `None` if it has other than usual escapes.
    pub(crate) fn from_json(bytes: &'a [u8]) -> Option<Self> {
        Some(Self::from_json_with_units(bytes, json::units(bytes)?))
    }

    /// Wraps the content of a JSON string without scanning it.
    pub(crate) fn from_unscanned_json(bytes: &'a [u8]) -> Self {
        Self::new(bytes, Notation::Json, None)
    }

    /// Wraps the content of a JSON string whose length [`Escaped::scan_json_string`] returned.
    pub(crate) fn from_json_with_units(bytes: &'a [u8], units: usize) -> Self {
        Self::new(bytes, Notation::Json, Some(units))
    }

    /// Wraps the content of an XML element; `None` if it has other than usual references, CDATA sections or comments.
    pub(crate) fn from_xml(bytes: &'a [u8]) -> Option<Self> {
        Some(Self::from_xml_with_units(bytes, xml::units(bytes)?))
    }

    /// Wraps the content of an XML element whose length [`Escaped::scan_xml_content`] returned.
    pub(crate) fn from_xml_with_units(bytes: &'a [u8], units: usize) -> Self {
        Self::new(bytes, Notation::Xml, Some(units))
    }

    pub(super) fn new(bytes: &'a [u8], notation: Notation, units: Option<usize>) -> Self {
        Self { bytes, notation, units }
    }

    /// Finds the end of a JSON string whose content begins here. Returns the offset of its closing quotation mark, and
    /// its length in UTF-16 units if it has usual escapes only. `None` if a line end or the end of the text comes first.
    pub(crate) fn scan_json_string(text: &[u8]) -> Option<(usize, Option<usize>)> {
        json::string(text)
    }

    /// Finds the next tag in XML content. Returns its offset, and the content's length in UTF-16 units if it has usual
    /// references only. `None` if there is no tag.
    pub(crate) fn scan_xml_content(text: &[u8]) -> Option<(usize, Option<usize>)> {
        xml::content(text)
    }

    /// Returns whether no notation ever escapes this character. A word of such characters is in the text if and only if
    /// it is in [`Escaped::bytes`].
    pub fn is_never_escaped(byte: u8) -> bool {
        matches!(byte, b' '..=b'~')
            && !matches!(byte, b'"' | b'\'' | b'\\' | b'/' | b'&' | b'<' | b'>')
    }

    /// Returns the escaped bytes.
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Returns the text in WTF-8.
    pub fn decode(self) -> Cow<'a, [u8]> {
        match self.notation {
            Notation::Json => json::unescape(self.bytes),
            Notation::Xml => xml::unescape(self.bytes),
        }
    }

    /// Appends the text in WTF-8.
    pub(super) fn decode_into(self, plain: &mut Vec<u8>) {
        match self.notation {
            Notation::Json => json::unescape_into(self.bytes, plain),
            Notation::Xml => xml::unescape_into(self.bytes, plain),
        }
    }

    /// Returns the same text, scanned, and its length in UTF-16 units; `None` if it has other than usual escapes.
    pub fn to_scanned(self) -> Option<(Self, usize)> {
        let scanned = match (self.units, self.notation) {
            (Some(_), _) => Some(self),
            (None, Notation::Json) => Self::from_json(self.bytes),
            (None, Notation::Xml) => Self::from_xml(self.bytes),
        }?;
        Some((scanned, scanned.units?))
    }

    /// Returns the length in UTF-16 units, if the text was scanned.
    pub(super) fn units(self) -> Option<usize> {
        self.units
    }

    pub(super) fn notation(self) -> Notation {
        self.notation
    }

    /// Returns whether the escaped bytes may be appended to others without forming a new escape.
    pub(super) fn can_append_to(self, before: &[u8]) -> bool {
        let end = before.get(before.len().saturating_sub(LONGEST_ESCAPE - 1)..).unwrap_or_default();
        match self.notation {
            // An escape by number that lacks digits could take them from the text after it.
            Notation::Json => !end.ends_with(b"\\") && !end.windows(2).any(|pair| pair == b"\\u"),
            // Only XML with usual references is held escaped.
            Notation::Xml => true,
        }
    }

    /// Returns the first and the last characters of a text with usual escapes only, in WTF-8: at least `units` UTF-16
    /// units of each, or the whole text twice.
    pub fn ends(self, units: usize) -> (Vec<u8>, Vec<u8>) {
        // One more, for an escape that is cut. A unit beyond ASCII takes three bytes.
        let escaped = (units + 1) * self.longest_usual_escape().max(3);
        let decode = |bytes: &'a [u8]| {
            let mut text = Vec::with_capacity(bytes.len());
            Self { bytes, ..self }.decode_into(&mut text);
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

    /// Returns the first and the last `N` characters of a text with usual escapes only; `None` if one of them is not
    /// ASCII. Most texts' ends are ASCII, and for these nothing is allocated.
    pub fn ascii_ends<const N: usize>(self) -> Option<([u8; N], [u8; N])> {
        let (mut head, mut tail) = ([0; N], [0; N]);
        let mut rest = self.bytes;
        for slot in &mut head {
            (*slot, rest) = self.split_ascii(rest)?;
        }
        let last = self.bytes.len().checked_sub(N * self.longest_usual_escape())?;
        let mut rest = self.bytes.get(self.floor_boundary(last)..)?;
        while !rest.is_empty() {
            tail.rotate_left(1);
            (*tail.last_mut()?, rest) = self.split_ascii(rest)?;
        }
        Some((head, tail))
    }

    /// Returns the first character and the text after it; `None` if it is not ASCII or its escape is not a usual one.
    fn split_ascii(self, text: &'a [u8]) -> Option<(u8, &'a [u8])> {
        let (first, rest) = text.split_first()?;
        let (character, length) = match (self.notation, first) {
            (Notation::Json, b'\\') => json::usual(text)?,
            (Notation::Xml, b'&') => xml::usual(text)?,
            (Notation::Xml, b'<') => return None,
            _ => return first.is_ascii().then_some((*first, rest)),
        };
        Some((character, text.get(length..)?))
    }

    fn longest_usual_escape(self) -> usize {
        match self.notation {
            Notation::Json => 2,
            Notation::Xml => LONGEST_ESCAPE,
        }
    }

    /// Returns an offset at or before this one that is inside no escape, for a text with usual escapes only.
    fn floor_boundary(self, at: usize) -> usize {
        let escape = if self.notation == Notation::Json { b'\\' } else { b'&' };
        let mut end = at;
        while let Some(begin) = end.checked_sub(self.longest_usual_escape() - 1) {
            let before = self.bytes.get(begin..end).unwrap_or_default();
            if !before.contains(&escape) {
                return end;
            }
            end -= 1;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::utf16_len;
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
        fn properties_of_escaped_text_equal_those_of_decoded_text(
            pieces in prop::collection::vec(piece(), 0..120),
        ) {
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
                let (head, tail) = escaped.ends(4);
                let first: String = text.chars().take(3).collect();
                prop_assert!(head.starts_with(first.as_bytes()));
                prop_assert!(text.as_bytes().ends_with(&tail));
                prop_assert!(utf16_len(&tail) >= text.encode_utf16().count().min(4));
                let is_plain = |char: char| char.is_ascii() && Escaped::is_never_escaped(char as u8);
                for word in text.split(|char| !is_plain(char)).filter(|word| !word.is_empty()) {
                    prop_assert!(memchr::memmem::find(escaped.bytes(), word.as_bytes()).is_some());
                }
            }
        }
    }

    #[test]
    fn unusual_escapes_are_refused() {
        for text in [r"\u0041", r"a\/b", r"\q", "\\"] {
            assert_eq!(Escaped::from_json(text.as_bytes()), None, "{text}");
        }
        for text in ["&#65;", "&x;", "a & b", "<![CDATA[x]]>", "<!-- -->", "&", "&#xD"] {
            assert_eq!(Escaped::from_xml(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn ascii_ends_are_the_first_and_last_characters() {
        let text = Escaped::from_json(br"ab\n is the middle \r\n").unwrap();
        assert_eq!(text.ascii_ends(), Some((*b"ab\n ", *b"e \r\n")));
        assert_eq!(Escaped::from_json("äb and more".as_bytes()).unwrap().ascii_ends::<4>(), None);
    }
}
