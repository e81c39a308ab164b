//! Wording of problems that several formats report.

use super::format::Format;
use crate::error::Problem;
use crate::event::RecordLocation;
use crate::limits;

/// A syntax error in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    /// Position in the text of the record.
    pub(super) at: usize,
    pub(super) expected: &'static str,
}

/// [`Malformed::expected`] where a record has more levels than [`limits::NESTING`].
pub(super) const LESS_NESTING: &str = "less nesting";

/// Returns the problem of a record with a syntax error.
pub(super) fn malformed(code: &'static str, place: RecordLocation, error: Malformed) -> Problem {
    let Malformed { at, expected } = error;
    let nesting = match expected {
        LESS_NESTING => format!(" than {} levels", limits::NESTING),
        _ => String::new(),
    };
    Problem::error(
        code,
        format!(
            "the record cannot be read: expected {expected}{nesting} at byte {at} of the record"
        ),
    )
    .at(place.offset)
}

/// Returns the problem of a record without an end. The wording is the same whether another record begins or the bytes
/// end: it must not depend on how a source is divided into ranges.
pub(super) fn cut_off(format: Format) -> Problem {
    let what = match format {
        Format::Json => "a JSON object",
        _ => "an event",
    };
    Problem::error("cut-off", format!("{what} was cut off: its end is missing"))
}

/// Returns the problem of text in UTF-16 with an odd number of bytes.
pub(super) fn half_character() -> Problem {
    Problem::warning("half-character", "the text ends in the middle of a UTF-16 character")
}

/// Returns the beginning of a text in quotation marks, for use in a message.
pub(super) fn excerpt(text: &[u8]) -> String {
    let text = text.trim_ascii_start();
    let begin = text.get(..60).unwrap_or(text);
    let line = begin.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    format!("{:?}", String::from_utf8_lossy(line))
}
