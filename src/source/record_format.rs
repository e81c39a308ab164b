//! The framer and the reader for each text format.

use super::format::Format;
use super::framing::FrameScan;
use super::problems::Malformed;
use super::record::TextRecord;
use super::{json, text, xml};

/// Framer of the record that a source is in.
pub(super) enum RecordFramer {
    Xml(xml::XmlFramer),
    Json(json::JsonFramer),
    Classic(text::TextFramer),
}

impl RecordFramer {
    /// Creates a framer for a record of this format.
    pub(super) fn new(format: Format) -> Self {
        match format {
            Format::Json => Self::Json(json::JsonFramer::new()),
            Format::Classic => Self::Classic(text::TextFramer::default()),
            _ => Self::Xml(xml::XmlFramer::new()),
        }
    }

    /// Stops looking for anything but the end: the record is too long to be stored.
    pub(super) fn skip_to_end(&mut self) {
        if let Self::Json(framer) = self {
            framer.skip_to_end();
        }
    }

    /// Continues at `from` in the text that begins with the record. `last` says that no more bytes follow.
    pub(super) fn scan(&mut self, text: &[u8], from: usize, last: bool) -> FrameScan {
        match self {
            Self::Xml(framer) => framer.scan(text, from, last),
            Self::Json(framer) => framer.scan(text, from, last),
            Self::Classic(framer) => framer.scan(text, from, last),
        }
    }
}

/// Reads a record without framing it first, where that gives the same result. Returns the length of the record. Most
/// records are complete and well-formed, so most are scanned only once.
pub(super) fn read_unframed<'a>(
    format: Format,
    text: &'a [u8],
    record: &mut TextRecord<'a>,
) -> Option<usize> {
    match format {
        Format::Json => json::read_unframed(text, record),
        Format::Xml => xml::read_unframed(text, record),
        _ => None,
    }
}

/// Reads the values of a framed record into `record`.
pub(super) fn read<'a>(
    format: Format,
    text: &'a [u8],
    record: &mut TextRecord<'a>,
) -> Result<(), Malformed> {
    match format {
        Format::Json => json::read(text, record),
        Format::Classic => {
            text::read(text, record);
            Ok(())
        }
        _ => xml::read(text, record),
    }
}
