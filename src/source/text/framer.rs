//! Finds the end of an event in text.

use super::kind::TextKind;
use super::{classic, format_list, pwsh, wevtutil};
use crate::source::format::Format;
use crate::source::framing::{FrameScan, START_BYTES};
use crate::source::record_start;
use memchr::memchr;

/// Scans an event from its first line to the beginning of the next event.
#[derive(Default)]
pub(crate) struct TextFramer {
    /// Format of the first line.
    kind: Option<TextKind>,
    /// Whether the message has begun.
    in_message: bool,
}

impl TextFramer {
    /// Continues at `from` in the text that begins with the event. `last` says that no more bytes follow.
    pub(crate) fn scan(&mut self, text: &[u8], from: usize, last: bool) -> FrameScan {
        let kind = self.kind.get_or_insert_with(|| TextKind::detect(text));
        if let TextKind::FormatList(prefix) = kind {
            return format_list::scan(prefix, text, from, last);
        }
        if matches!(kind, TextKind::Pwsh) {
            return pwsh::scan(text, from, last);
        }
        let mut at = from;
        loop {
            let Some(found) = memchr(b'\n', text.get(at..).unwrap_or_default()) else {
                return if last { kind.event_end(text) } else { FrameScan::More(text.len()) };
            };
            let line_at = at + found + 1;
            let line = text.get(line_at..).unwrap_or_default();
            let enough = line.len() >= START_BYTES || last;
            let begins = match kind {
                TextKind::Snare => return FrameScan::End(at + found),
                _ if !enough => return FrameScan::More(at + found),
                // Only other events of `wevtutil` end an event of `wevtutil`.
                TextKind::Wevtutil => {
                    self.in_message |= line.trim_ascii_start().starts_with(b"Description:");
                    if self.in_message && line.starts_with(b"  Event ID: ") {
                        let begin = wevtutil::damaged_begin(text, line_at);
                        return kind.event_end(text.get(..begin).unwrap_or(text));
                    }
                    wevtutil::begins(line.get(..START_BYTES).unwrap_or(line))
                }
                _ => {
                    self.in_message |= line.starts_with(b"Message=");
                    if self.in_message
                        && line.starts_with(b"EventCode=")
                        && let Some(begin) = classic::damaged_begin(text, line_at)
                    {
                        return FrameScan::End(begin);
                    }
                    let format = record_start::certain_format(line);
                    matches!(format, Some(Format::Classic | Format::Xml))
                }
            };
            if begins {
                return kind.event_end(text.get(..line_at).unwrap_or(text));
            }
            at = line_at;
        }
    }
}
