//! The notation of a table.

/// Notation of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// Length of the text before the heading.
    pub(super) skip: usize,
    pub(super) delimiter: u8,
    /// Whether the columns are those of Event Viewer, in the language of the machine.
    pub(super) is_event_viewer: bool,
}

/// Delimiter of tables with one column: a byte that occurs in no text, so that no cell is divided.
pub(super) const NO_DELIMITER: u8 = 0;
