//! Which of the text formats an event is written in.

use super::{classic, format_list, snare, wevtutil};
use crate::source::framing::{LOOK, Scan};
use crate::source::record::Record;

pub(super) enum Kind {
    Splunk,
    /// An event is a line.
    Snare,
    Wevtutil,
    /// With what every list of PowerShell's begins with, in its text.
    List(Vec<u8>),
}

impl Kind {
    pub(super) fn of(text: &[u8]) -> Self {
        if format_list::begins(text) {
            Self::List(format_list::prefix(text))
        } else if snare::begins(text) {
            Self::Snare
        } else if wevtutil::begins(text.get(..LOOK).unwrap_or(text)) {
            Self::Wevtutil
        } else {
            Self::Splunk
        }
    }

    /// Where an event ends after which another begins, or nothing comes.
    pub(super) fn end(&self, text: &[u8]) -> Scan {
        Scan::End(match self {
            // Empty lines part them.
            Self::Wevtutil => text.trim_ascii_end().len(),
            _ => text.len(),
        })
    }
}

/// Puts the values of an event into a record.
pub(in crate::source) fn read<'a>(text: &'a [u8], record: &mut Record<'a>) {
    match Kind::of(text) {
        Kind::List(_) => format_list::read(text, record),
        Kind::Snare => snare::read(text, record),
        Kind::Wevtutil => wevtutil::read(text, record),
        Kind::Splunk => classic::read(text, record),
    }
}
