//! Where a text may be cut into ranges, told as `npm/ranges.js` tells it.
//!
//! Whoever reads from there knows nothing of what stands before. So a record that has not ended there ends there, whoever
//! reads: a comment without an end, an event of another format that takes all that follows for its own.

use super::format::Format;
use super::framing::START_BYTES;
use super::text::classic;
use memchr::{memchr_iter, memmem};

/// Bytes before such a place and after it that tell it. What begins an event is told by fewer.
pub(super) const BOUNDARY_BYTES: usize = BEFORE_BYTES + EVENT_START.len();

const BEFORE_BYTES: usize = EVENT_END.len() + MAX_SPACE;

const EVENT_END: &[u8] = b"</Event>";
const EVENT_START: &[u8] = b"<Event xmlns";

/// White space between two events.
const MAX_SPACE: usize = 32;

/// The first place after the first byte, from `from` on and before `to`, where a source may be cut whose records are of
/// this format.
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
            // Character data may show such a place: sources that have any are not cut.
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
