//! Cells that show what a row is.

use crate::source::{rendered_message, xml};

/// Whether a cell is an event as XML or the message of a script.
pub(super) fn is_event(cell: &[u8]) -> bool {
    xml::is_event(cell.trim_ascii_start())
        || rendered_message::find_script(cell).is_some_and(|script| script.id.is_some())
}
