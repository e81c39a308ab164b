//! Finds the positions where a text source may be divided into ranges.
//!
//! ```text
//! …</Data></EventData></Event>\r\n<Event xmlns=…      XML: between two events
//! …"Level":5}\n{"EventID":4104,…                     JSON: between two lines
//! …\n02/17/2022 02:15:47 AM\nLogName=…              text: before a time and a key
//! ```
//!
//! The rules are the same as those in `npm/ranges.js`. A reader that begins at such a position knows nothing of the
//! bytes before it. So every reader ends a record there that has not ended by itself: a comment without an end, or an
//! event of another format that would extend over the position.

use super::format::Format;
use super::framing::START_BYTES;
use super::text::classic;
use memchr::{memchr_iter, memmem};

/// Number of bytes around a boundary that decide it. The first bytes of an event are fewer.
pub(super) const BOUNDARY_BYTES: usize = BEFORE_BYTES + EVENT_START.len();

const BEFORE_BYTES: usize = EVENT_END.len() + MAX_SPACE;

const EVENT_END: &[u8] = b"</Event>";
const EVENT_START: &[u8] = b"<Event xmlns";

/// Maximum white space between two events.
const MAX_SPACE: usize = 32;

/// Returns the first boundary from `from` on and before `to`, never the first byte of the text. `source` is the
/// format of the records of the source.
pub(super) fn next_boundary(source: Format, text: &[u8], from: usize, to: usize) -> Option<usize> {
    let from = from.max(1);
    let before = |place: usize| text.get(..place).unwrap_or_default();
    let until = |more: usize| text.get(from - 1..text.len().min(to.saturating_add(more)));
    let place = match source {
        Format::Json => {
            memmem::find_iter(until(1)?, b"\n{\"").map(|at| from + at).find(|place| {
                let line = before(place - 1);
                line.strip_suffix(b"\r").unwrap_or(line).ends_with(b"}")
            })?
        }
        Format::Xml => {
            let place = memmem::find_iter(until(EVENT_START.len() - 1)?, EVENT_START)
                .map(|at| from - 1 + at)
                .find(|place| is_after_event(before(*place)))?;
            // Character data may contain the text of a boundary: sources with character data are not divided.
            memmem::find(before(place), b"<![CDATA[").is_none().then_some(place)?
        }
        Format::Classic => memchr_iter(b'\n', until(0)?).map(|at| from + at).find(|place| {
            let line = text.get(*place..).unwrap_or_default();
            classic::begins(line.get(..START_BYTES).unwrap_or(line))
        })?,
        Format::Evtx | Format::Csv => return None,
    };
    (place < to).then_some(place)
}

fn is_after_event(before: &[u8]) -> bool {
    let near = before.get(before.len().saturating_sub(BEFORE_BYTES)..).unwrap_or(before);
    near.trim_ascii_end().ends_with(EVENT_END)
}
