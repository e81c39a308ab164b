//! Where a value ends, by the form it is written in.

use super::near;
use crate::text::Escaped;
use memchr::{memchr, memchr2};

/// How a value is written, and so where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueForm {
    /// Between JSON's quotation marks.
    String,
    /// A JSON number.
    Number,
    /// Between two tags.
    Content,
    /// The same, and no value where it is empty.
    Filled,
    /// Between these quotes in a tag.
    Attribute(u8),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ValueSpot {
    pub(super) begin: usize,
    pub(super) end: usize,
    /// Surely nothing in it is escaped.
    pub(super) is_plain: bool,
    /// It is empty, and no value then.
    pub(super) is_absent: bool,
}

impl ValueSpot {
    pub(super) fn shifted(self, by: usize) -> Self {
        Self { begin: self.begin + by, end: self.end + by, ..self }
    }
}

impl ValueForm {
    pub(super) fn spot(self, begin: usize, end: usize, is_plain: bool) -> ValueSpot {
        ValueSpot { begin, end, is_plain, is_absent: begin == end && self == Self::Filled }
    }

    /// What ends a value that is cut off before its own end.
    pub(super) fn stop(self) -> u8 {
        match self {
            Self::String | Self::Number => b'\n',
            Self::Content | Self::Filled | Self::Attribute(_) => b'<',
        }
    }

    /// How long the value is that begins here, and whether surely nothing in it is escaped. `None` where its end is
    /// not here, or where the format's reader might see another.
    pub(super) fn length(self, text: &[u8]) -> Option<(usize, bool)> {
        let end = match self {
            // A line end within a string is no JSON: whether it was cut off there, its framer says.
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

    /// The same for the script's text, of which the length in UTF-16 units is found at once.
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

/// The bytes that a JSON number goes on with.
pub(super) fn is_number_byte(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}
