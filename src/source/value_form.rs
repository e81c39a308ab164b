//! Finds the end of a value by the form in which it is written.

use super::near;
use crate::text::Escaped;
use memchr::{memchr, memchr2};

/// Form of a value, which decides where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueForm {
    /// A string between JSON's quotation marks.
    String,
    /// A JSON number.
    Number,
    /// The content between two tags.
    Content,
    /// The content between two tags, where empty content is not a value.
    Filled,
    /// An attribute value between these quotes.
    Attribute(u8),
}

/// Range of a value in the text of a matched record, and what is known about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ValueSpot {
    pub(super) begin: usize,
    pub(super) end: usize,
    /// Whether the value certainly contains no escapes.
    pub(super) is_plain: bool,
    /// Whether the value is empty and therefore absent.
    pub(super) is_absent: bool,
}

impl ValueSpot {
    /// Returns the same spot `by` bytes further on.
    pub(super) fn shifted(self, by: usize) -> Self {
        Self { begin: self.begin + by, end: self.end + by, ..self }
    }
}

impl ValueForm {
    /// Creates the spot of a value of this form.
    pub(super) fn spot(self, begin: usize, end: usize, is_plain: bool) -> ValueSpot {
        ValueSpot { begin, end, is_plain, is_absent: begin == end && self == Self::Filled }
    }

    /// Returns the byte that ends a truncated value.
    pub(super) fn stop(self) -> u8 {
        match self {
            Self::String | Self::Number => b'\n',
            Self::Content | Self::Filled | Self::Attribute(_) => b'<',
        }
    }

    /// Returns the length of the value that begins here and whether it certainly contains no escapes. Returns `None`
    /// if the end is missing, or if the reader of the format might see another end.
    pub(super) fn length(self, text: &[u8]) -> Option<(usize, bool)> {
        let end = match self {
            // A line feed inside a string is not JSON. The framer decides whether the record was cut off there.
            Self::String => {
                let end = match near::find_near(text, *b"\"\\\n") {
                    Ok(end) if text.get(end) == Some(&b'"') => return Some((end, true)),
                    Ok(passed) | Err(passed) => near::string_end_from(text, passed, true)?,
                };
                (text.get(end) == Some(&b'"')).then_some(end)?
            }
            Self::Number => {
                matches!(text.first()?, b'-' | b'0'..=b'9').then_some(())?;
                return Some((text.iter().position(|byte| !is_number_byte(*byte))?, true));
            }
            Self::Content | Self::Filled => match near::find_near(text, *b"<&&") {
                Ok(end) if text.get(end) == Some(&b'<') => return Some((end, true)),
                Ok(passed) | Err(passed) => passed + memchr(b'<', text.get(passed..)?)?,
            },
            Self::Attribute(quote) => {
                let end = match near::find_near(text, [quote, b'<', b'&']) {
                    Ok(end) if text.get(end) == Some(&quote) => return Some((end, true)),
                    Ok(passed) | Err(passed) => passed + memchr2(quote, b'<', text.get(passed..)?)?,
                };
                (text.get(end) == Some(&quote)).then_some(end)?
            }
        };
        Some((end, false))
    }

    /// Returns the length of the script's text, as [`ValueForm::length`] does. Also stores its length in UTF-16
    /// units, computed in the same pass.
    pub(super) fn text_length(
        self,
        text: &[u8],
        units: &mut Option<usize>,
    ) -> Option<(usize, bool)> {
        let end;
        (end, *units) = match self {
            Self::String => Escaped::scan_json_string(text)?,
            Self::Content | Self::Filled => Escaped::scan_xml_content(text)?,
            Self::Number | Self::Attribute(_) => (self.length(text)?.0, None),
        };
        Some((end, false))
    }
}

/// Whether a JSON number can continue with this byte.
pub(super) fn is_number_byte(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}
