//! Which of the text formats an event is written in.

use super::{classic, format_list, snare, wevtutil};
use crate::source::framing::{FrameScan, START_BYTES};
use crate::source::record::TextRecord;

pub(super) enum TextKind {
    Classic,
    /// An event is a line.
    Snare,
    Wevtutil,
    /// With what every list of PowerShell's begins with, in its text.
    FormatList(Vec<u8>),
}

impl TextKind {
    pub(super) fn detect(text: &[u8]) -> Self {
        if format_list::begins(text) {
            Self::FormatList(format_list::prefix(text))
        } else if snare::begins(text) {
            Self::Snare
        } else if wevtutil::begins(text.get(..START_BYTES).unwrap_or(text)) {
            Self::Wevtutil
        } else {
            Self::Classic
        }
    }

    /// Where an event ends after which another begins, or nothing comes.
    pub(super) fn event_end(&self, text: &[u8]) -> FrameScan {
        FrameScan::End(match self {
            // Empty lines part them.
            Self::Wevtutil => text.trim_ascii_end().len(),
            _ => text.len(),
        })
    }
}

/// Puts the values of an event into a record.
pub(in crate::source) fn read<'a>(text: &'a [u8], record: &mut TextRecord<'a>) {
    match TextKind::detect(text) {
        TextKind::FormatList(_) => format_list::read(text, record),
        TextKind::Snare => snare::read(text, record),
        TextKind::Wevtutil => wevtutil::read(text, record),
        TextKind::Classic => classic::read(text, record),
    }
}
