//! Where an event in text ends.

use super::kind::Kind;
use super::{format_list, wevtutil};
use crate::source::format::Format;
use crate::source::framing::{LOOK, Scan};
use crate::source::record_start;
use memchr::memchr;

/// Follows an event from its first line: it ends where another event begins.
#[derive(Default)]
pub(in crate::source) struct Framer {
    /// Told by the first line.
    kind: Option<Kind>,
}

impl Framer {
    pub(in crate::source) fn scan(&mut self, text: &[u8], from: usize, last: bool) -> Scan {
        let kind = self.kind.get_or_insert_with(|| Kind::of(text));
        if let Kind::List(prefix) = kind {
            return format_list::scan(prefix, text, from, last);
        }
        let mut at = from;
        loop {
            let Some(found) = memchr(b'\n', text.get(at..).unwrap_or_default()) else {
                return if last { kind.end(text) } else { Scan::More(text.len()) };
            };
            let line_at = at + found + 1;
            let line = text.get(line_at..).unwrap_or_default();
            let enough = line.len() >= LOOK || last;
            let begins = match kind {
                Kind::Snare => return Scan::End(at + found),
                _ if !enough => return Scan::More(at + found),
                // Nothing else stands between events of `wevtutil`.
                Kind::Wevtutil => wevtutil::begins(line.get(..LOOK).unwrap_or(line)),
                _ => matches!(record_start::record(line), Some(Format::Classic | Format::Xml)),
            };
            if begins {
                return kind.end(text.get(..line_at).unwrap_or(text));
            }
            at = line_at;
        }
    }
}
