//! [`SourceRange`]: how much of a source a decoder reads.

/// The range of a source that a decoder reads.
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
    },
}
