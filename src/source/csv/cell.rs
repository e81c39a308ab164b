//! Cells that show what a row is.

use crate::source::{rendered_message, xml};

/// Whether a cell is an event as XML.
pub(super) fn is_xml_event(cell: &[u8]) -> bool {
    xml::is_event(cell.trim_ascii_start())
}

/// Whether a cell is an event as XML or the message of a script.
pub(super) fn is_event(cell: &[u8]) -> bool {
    is_xml_event(cell)
        || rendered_message::find_script(cell).is_some_and(|script| script.id.is_some())
}
