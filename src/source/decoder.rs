//! The interface of every format's decoder.

use super::sink::Sink;

/// Reads one source, pushed piece by piece.
pub trait Decoder: Send {
    /// The next bytes. Everything that is complete is handed on.
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink);

    /// There are no more bytes.
    fn end(&mut self, sink: &mut dyn Sink);
}
