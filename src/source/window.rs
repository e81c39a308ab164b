//! The unread text of a source, with its offset in the source.

use super::encoding::Encoding;

/// WTF-8 text with a moving start.
pub(super) struct TextWindow<'a> {
    text: &'a [u8],
    encoding: Encoding,
    /// Offset of the start in the source.
    offset: u64,
}

impl<'a> TextWindow<'a> {
    /// Creates a window on text of a source in this encoding. The text begins at this offset of the source.
    pub(super) fn new(text: &'a [u8], encoding: Encoding, offset: u64) -> Self {
        Self { text, encoding, offset }
    }

    /// Returns the unread text.
    pub(super) fn text(&self) -> &'a [u8] {
        self.text
    }

    /// Returns the offset of the unread text in the source.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns how many bytes of the source the first `length` bytes of text were.
    pub(super) fn source_len(&self, length: usize) -> u64 {
        let text = self.text.get(..length).unwrap_or(self.text);
        self.encoding.source_len(text) as u64
    }

    /// Moves the start forward by `length` bytes of text.
    pub(super) fn advance(&mut self, length: usize) {
        self.offset += self.source_len(length);
        self.text = self.text.get(length..).unwrap_or_default();
    }
}
