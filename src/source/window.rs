//! The text of a source that is not yet read, with the way back to the source's bytes.

use super::encoding::{Encoding, Transcoder};

/// Text in WTF-8 behind a moving start.
pub(super) struct Window {
    transcoder: Transcoder,
    text: Vec<u8>,
    start: usize,
    /// Where in the source the start stands.
    offset: u64,
}

impl Window {
    /// A window on a source in this encoding, whose next byte has this offset.
    pub(super) fn new(encoding: Encoding, offset: u64) -> Self {
        Self { transcoder: Transcoder::new(encoding), text: Vec::new(), start: 0, offset }
    }

    /// Adds bytes of the source.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.text.drain(..self.start);
            self.start = 0;
        }
        self.transcoder.push(bytes, &mut self.text);
    }

    /// No bytes follow. True where the last character was half a one.
    pub(super) fn end(&mut self) -> bool {
        self.transcoder.end(&mut self.text)
    }

    pub(super) fn text(&self) -> &[u8] {
        self.text.get(self.start..).unwrap_or_default()
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// How many bytes of the source the first `length` bytes of text were.
    pub(super) fn source_len(&self, length: usize) -> u64 {
        let text = self.text();
        self.transcoder.encoding().source_len(text.get(..length).unwrap_or(text)) as u64
    }

    /// Leaves so much text behind.
    pub(super) fn advance(&mut self, length: usize) {
        self.offset += self.source_len(length);
        self.start = (self.start + length).min(self.text.len());
    }
}
