//! The interface of every format's decoder.

use super::sink::Sink;

/// Reads one source that is pushed in pieces of any size.
pub trait Decoder: Send {
    /// Reads the next bytes and emits every record that is complete.
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink);

    /// Ends the source and emits or reports the last record.
    fn end(&mut self, sink: &mut dyn Sink);
}
