//! Decides in which of the text formats an event is written.

use super::{classic, format_list, pwsh, snare, wevtutil};
use crate::source::framing::{FrameScan, START_BYTES};
use crate::source::record::TextRecord;

/// One of the text formats.
pub(super) enum TextKind {
    Classic,
    /// One event per line.
    Snare,
    Wevtutil,
    /// PowerShell's messages in a system log.
    Pwsh,
    /// A PowerShell list. Carries the bytes that each list of the source begins with.
    FormatList(Vec<u8>),
}

impl TextKind {
    /// Detects the format from the beginning of an event.
    pub(super) fn detect(text: &[u8]) -> Self {
        if format_list::begins(text) {
            Self::FormatList(format_list::prefix(text))
        } else if snare::begins(text) {
            Self::Snare
        } else if is_wevtutil(text.get(..START_BYTES).unwrap_or(text)) {
            Self::Wevtutil
        } else if pwsh::begins(text.get(..START_BYTES).unwrap_or(text)) {
            Self::Pwsh
        } else {
            Self::Classic
        }
    }

    /// Returns the end of an event that is followed by another event or by nothing.
    pub(super) fn event_end(&self, text: &[u8]) -> FrameScan {
        FrameScan::End(match self {
            // Empty lines separate events.
            Self::Wevtutil => text.trim_ascii_end().len(),
            _ => text.len(),
        })
    }
}

fn is_wevtutil(text: &[u8]) -> bool {
    wevtutil::begins(text) || wevtutil::begins_damaged(text)
}

/// Reads the values of an event into a record.
pub(crate) fn read<'a>(text: &'a [u8], record: &mut TextRecord<'a>) {
    match TextKind::detect(text) {
        TextKind::FormatList(_) => format_list::read(text, record),
        TextKind::Snare => snare::read(text, record),
        TextKind::Wevtutil => wevtutil::read(text, record),
        TextKind::Pwsh => pwsh::read(text, record),
        TextKind::Classic => classic::read(text, record),
    }
}
