//! How a table is written.

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct Dialect {
    /// Bytes of text before the heading.
    pub(super) skip: usize,
    pub(super) delimiter: u8,
}
