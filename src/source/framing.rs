//! The result of framing: where a record ends.

use crate::event::RecordLocation;
use memchr::memchr;

/// Number of bytes that always suffice to decide what a record begins with.
pub(super) const START_BYTES: usize = 256;

/// Returns the location of the `by`-th event in a record. Events in one record get the location of the record moved
/// by one byte each, so that locations stay distinct.
pub(super) fn nested_location(place: RecordLocation, by: u64) -> RecordLocation {
    RecordLocation { offset: place.offset + by, length: place.length.saturating_sub(by), ..place }
}

/// Progress of a framer. Positions count from the record's first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameScan {
    /// The record ends before this position.
    End(usize),
    /// The bytes before this position belong to no record: an instruction, a comment, the tag of an outer element.
    Skip(usize),
    /// A list of records begins at this position, inside this number of objects.
    Descend(usize, u32),
    /// Another record begins at this position, although this one has not ended.
    Cut(usize),
    /// More bytes are needed. The bytes before this position need not be scanned again.
    More(usize),
}

impl FrameScan {
    /// Returns the position.
    pub(super) fn at(self) -> usize {
        match self {
            Self::End(at)
            | Self::Skip(at)
            | Self::Descend(at, _)
            | Self::Cut(at)
            | Self::More(at) => at,
        }
    }

    /// Returns the same result with positions that count from `by` bytes earlier.
    pub(super) fn shifted(self, by: usize) -> Self {
        match self {
            Self::End(end) => Self::End(end + by),
            Self::Skip(end) => Self::Skip(end + by),
            Self::Descend(end, depth) => Self::Descend(end + by, depth),
            Self::Cut(end) => Self::Cut(end + by),
            Self::More(next) => Self::More(next + by),
        }
    }
}

/// Finds the end of a record of lines: the line with which another record begins, without the white space before it.
/// `begins` is asked for each line after the first, and returns `None` if the bytes do not suffice to decide.
pub(super) fn scan_lines(
    text: &[u8],
    from: usize,
    is_last: bool,
    begins: impl Fn(&[u8]) -> Option<bool>,
) -> FrameScan {
    let end = |text: &[u8]| FrameScan::End(text.trim_ascii_end().len());
    let mut at = from;
    while let Some(found) = memchr(b'\n', text.get(at..).unwrap_or_default()) {
        let line_at = at + found + 1;
        match begins(text.get(line_at..).unwrap_or_default()) {
            Some(true) => return end(text.get(..line_at).unwrap_or(text)),
            None if !is_last => return FrameScan::More(at + found),
            Some(false) | None => at = line_at,
        }
    }
    if is_last { end(text) } else { FrameScan::More(text.len()) }
}

/// Frames a text given at once, and asserts that a text pushed byte by byte gives the same result.
#[cfg(test)]
pub(super) fn scan_at_every_cut<F: FnMut(&[u8], usize, bool) -> FrameScan>(
    text: &str,
    framer: impl Fn() -> F,
) -> FrameScan {
    let at_once = framer()(text.as_bytes(), 0, true);
    let mut scan = framer();
    let mut at = 0;
    for length in 0..=text.len() {
        let (pushed, rest) = text.as_bytes().split_at(length);
        match scan(pushed, at, rest.is_empty()) {
            FrameScan::More(next) => at = next,
            found => {
                assert_eq!(found, at_once, "{text}");
                return at_once;
            }
        }
    }
    assert!(matches!(at_once, FrameScan::More(_)), "{text}: {at_once:?}");
    at_once
}
