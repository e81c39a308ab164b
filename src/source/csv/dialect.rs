//! The notation of a table.

/// Notation of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// Length of the text before the heading.
    pub(super) skip: usize,
    pub(super) delimiter: u8,
}
