//! What a framer finds out about the record it is in.

use crate::event::RecordLocation;

/// Bytes that always suffice to tell a head.
pub(super) const START_BYTES: usize = 256;

/// The place of a record that has none of its own, but shares one with others.
pub(super) fn nested_location(place: RecordLocation, by: u64) -> RecordLocation {
    RecordLocation {
        offset: place.offset + by,
        length: place.length.saturating_sub(by),
        frame: place.frame,
    }
}

/// How far a framer came. Positions count from the record's first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameScan {
    /// The record ends before this position.
    End(usize),
    /// What ends here belongs to no record: an instruction, a comment, the tag of an outer element.
    Skip(usize),
    /// The records are inside: an outer object's list of them begins here, so many objects deep.
    Descend(usize, u32),
    /// Another record begins here, though this one has not ended.
    Cut(usize),
    /// More bytes are needed; what stands before this position need not be seen again.
    More(usize),
}

impl FrameScan {
    /// The position it names.
    pub(super) fn at(self) -> usize {
        match self {
            Self::End(at)
            | Self::Skip(at)
            | Self::Descend(at, _)
            | Self::Cut(at)
            | Self::More(at) => at,
        }
    }

    /// The same for positions that counted from `at`.
    pub(super) fn from(self, at: usize) -> Self {
        match self {
            Self::End(end) => Self::End(end + at),
            Self::Skip(end) => Self::Skip(end + at),
            Self::Descend(end, depth) => Self::Descend(end + at, depth),
            Self::Cut(end) => Self::Cut(end + at),
            Self::More(next) => Self::More(next + at),
        }
    }
}

/// What a framer that is made anew says of a text given whole; pushed byte by byte, it must say the same.
#[cfg(test)]
pub(super) fn scan_at_every_cut<F: FnMut(&[u8], usize, bool) -> FrameScan>(
    text: &str,
    framer: impl Fn() -> F,
) -> FrameScan {
    let whole = framer()(text.as_bytes(), 0, true);
    let mut scan = framer();
    let mut at = 0;
    for length in 0..=text.len() {
        let (pushed, rest) = text.as_bytes().split_at(length);
        match scan(pushed, at, rest.is_empty()) {
            FrameScan::More(next) => at = next,
            found => {
                assert_eq!(found, whole, "{text}");
                return whole;
            }
        }
    }
    assert!(matches!(whole, FrameScan::More(_)), "{text}: {whole:?}");
    whole
}
