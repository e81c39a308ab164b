//! The text of a source that is not yet read, with the way back to the source's bytes.

use super::encoding::Encoding;

/// Text in WTF-8 behind a moving start.
pub(super) struct TextWindow<'a> {
    text: &'a [u8],
    encoding: Encoding,
    /// Where in the source the start stands.
    offset: u64,
}

impl<'a> TextWindow<'a> {
    /// A window on text of a source in this encoding, which begins at this offset.
    pub(super) fn new(text: &'a [u8], encoding: Encoding, offset: u64) -> Self {
        Self { text, encoding, offset }
    }

    pub(super) fn text(&self) -> &'a [u8] {
        self.text
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// How many bytes of the source the first `length` bytes of text were.
    pub(super) fn source_len(&self, length: usize) -> u64 {
        let text = self.text.get(..length).unwrap_or(self.text);
        self.encoding.source_len(text) as u64
    }

    /// Leaves so much text behind.
    pub(super) fn advance(&mut self, length: usize) {
        self.offset += self.source_len(length);
        self.text = self.text.get(length..).unwrap_or_default();
    }
}
