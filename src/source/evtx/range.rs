//! [`SourceRange`]: how much of a source a decoder reads.

/// The range of a source that a decoder reads.
///
/// # Example
///
/// Two decoders share a log: one reads the file header and the first chunk, the other all later chunks.
///
/// ```
/// use scriptscope::internal::source::evtx::{EvtxDecoder, SourceRange};
///
/// let size = Some(4_096 + 3 * 65_536);
/// let first = EvtxDecoder::with_range(SourceRange::First { size });
/// let second = EvtxDecoder::with_range(SourceRange::Later {
///     begin: 4_096 + 65_536,
///     size,
///     has_checksums: true,
/// });
/// # let _ = (first, second);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceRange {
    /// All of it.
    #[default]
    Whole,
    /// Its beginning; other decoders read the remainder.
    First {
        /// Bytes of the whole source, if known.
        size: Option<u64>,
    },
    /// A range that begins where a chunk begins.
    Later {
        /// Byte offset of the range in the source.
        begin: u64,
        /// Bytes of the whole source, if known.
        size: Option<u64>,
        /// The file header says that chunks have checksums that must agree ([`has_checksums`](super::has_checksums)).
        has_checksums: bool,
    },
}
