//! What is remembered of a text that is not kept.

use crate::text::{Raw, utf16_len};
use std::cmp::Ordering;

/// UTF-16 units remembered of a text's beginning and of its end.
const UNITS: usize = 4;

/// A text's length, beginning and end: enough to tell a repeated record from another text under the same
/// id in all but made-up cases, at no cost for long texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TextDigest {
    pub(super) units: u32,
    pub(super) head: [u16; UNITS],
    pub(super) tail: [u16; UNITS],
}

/// What is remembered of a block that was let go.
#[derive(Clone, Debug)]
pub(super) struct Evicted {
    pub(super) source: usize,
    pub(super) digest: TextDigest,
    /// Joined from several parts: its digest is the length of the longest, and nothing else.
    pub(super) joined: bool,
    pub(super) incomplete: bool,
    /// Of the few that were more than filtered out.
    pub(super) more: Option<Box<EvictedDetail>>,
}

/// What else is remembered of a block that was let go.
#[derive(Clone, Debug)]
pub(super) enum EvictedDetail {
    /// These rules want it, but there was no room for it.
    OverBudget(Vec<u32>),
    /// Rules looked at the record with this mark, and none wants it.
    Rejected(u64),
}

impl Evicted {
    /// The rules that want it.
    pub(super) fn over_budget_rules(&self) -> Option<&[u32]> {
        match self.more.as_deref() {
            Some(EvictedDetail::OverBudget(rules)) => Some(rules),
            Some(EvictedDetail::Rejected(_)) | None => None,
        }
    }

    /// The record with this mark need not be looked at again.
    pub(super) fn has_rejected(&self, mark: impl FnOnce() -> Option<u64>) -> bool {
        match self.more.as_deref() {
            Some(EvictedDetail::Rejected(known)) => Some(*known) == mark(),
            Some(EvictedDetail::OverBudget(_)) | None => false,
        }
    }

    /// Whether parts of this length take the place of the block: they are whole, and those that came were cut.
    pub(super) fn was_cut(&self, longest: u32) -> bool {
        self.joined && self.over_budget_rules().is_none() && longest > self.digest.units
    }

    /// Whether another text under the same id takes its place: the longer, then the smaller beginning, then
    /// the one that a rule wants, so that a hit is never lost to what only looks the same.
    pub(super) fn loses_to(&self, digest: TextDigest, wanted: bool) -> bool {
        match digest.precedence(&self.digest) {
            Ordering::Greater => true,
            Ordering::Equal => wanted,
            Ordering::Less => false,
        }
    }
}

impl TextDigest {
    pub(super) fn new(text: Raw<'_>) -> Self {
        let (units, head, tail) = match text {
            Raw::Utf16(bytes) => {
                let (pairs, _) = bytes.as_chunks::<2>();
                let unit = |pair: &[u8; 2]| u16::from_le_bytes(*pair);
                (pairs.len(), fill(pairs.iter().map(unit)), fill(pairs.iter().rev().map(unit)))
            }
            Raw::Wtf8(bytes) => {
                let units = utf16_len(bytes);
                // Sixteen bytes hold four units of any width, and a cut character at their inner end
                // is the only one that could be misread: it lies past the fourth unit.
                let (head, tail) = ends(bytes, UNITS * 4);
                (units, fill(wtf16(head)), last(tail))
            }
            Raw::Escaped(text) => {
                let Some((text, units)) = text.to_scanned() else {
                    return Self::new(Raw::Wtf8(&text.decode()));
                };
                if let Some((head, mut tail)) = text.ascii_ends() {
                    tail.reverse();
                    let units = u32::try_from(units).unwrap_or(u32::MAX);
                    return Self { units, head: head.map(u16::from), tail: tail.map(u16::from) };
                }
                let (head, tail) = text.ends(UNITS);
                let (head, tail) = (head.as_bytes(), tail.as_bytes());
                (units, fill(wtf16(&head)), last(ends(&tail, UNITS * 4).1))
            }
        };
        Self { units: u32::try_from(units).unwrap_or(u32::MAX), head, tail }
    }

    /// Which of two texts under the same id is the block's: the longer, then the smaller beginning.
    /// `Greater` is the one that wins; `Equal` leaves it open.
    pub(super) fn precedence(&self, other: &Self) -> Ordering {
        self.units.cmp(&other.units).then_with(|| other.head.cmp(&self.head))
    }
}

fn fill(units: impl Iterator<Item = u16>) -> [u16; UNITS] {
    let mut kept = [0; UNITS];
    for (slot, unit) in kept.iter_mut().zip(units) {
        *slot = unit;
    }
    kept
}

/// The last units, the last first.
fn last(tail: &[u8]) -> [u16; UNITS] {
    fill(wtf16(tail).collect::<Vec<_>>().into_iter().rev())
}

fn ends(bytes: &[u8], most: usize) -> (&[u8], &[u8]) {
    let head = bytes.get(..most).unwrap_or(bytes);
    let mut start = bytes.len().saturating_sub(most);
    while bytes.get(start).is_some_and(|byte| byte & 0xC0 == 0x80) {
        start += 1;
    }
    (head, bytes.get(start..).unwrap_or_default())
}

/// The UTF-16 units of WTF-8.
pub(super) fn wtf16(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    let mut rest = bytes;
    let mut low = None;
    std::iter::from_fn(move || {
        if let Some(unit) = low.take() {
            return Some(unit);
        }
        let (&first, tail) = rest.split_first()?;
        let (extra, bits) = match first {
            0xF0.. => (3, u32::from(first & 0x07)),
            0xE0.. => (2, u32::from(first & 0x0F)),
            0xC0.. => (1, u32::from(first & 0x1F)),
            _ => (0, u32::from(first)),
        };
        let (more, after) = tail.split_at_checked(extra).unwrap_or((tail, &[]));
        rest = after;
        let point = more.iter().fold(bits, |point, byte| point << 6 | u32::from(byte & 0x3F));
        match point.checked_sub(0x1_0000) {
            Some(above) => {
                low = u16::try_from(0xDC00 + (above & 0x3FF)).ok();
                u16::try_from(0xD800 + (above >> 10)).ok()
            }
            None => u16::try_from(point).ok(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Escaped;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_encodings_have_the_same_digest(text in "[a-z&<\"\\\\\n\r/äß😀]{0,40}|[a-z&<\"\\\\\n\r/]{0,90}") {
            let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            prop_assert_eq!(TextDigest::new(Raw::Utf16(&utf16)), TextDigest::new(Raw::from(text.as_str())));
            let json = serde_json::to_string(&text).unwrap();
            if let Some(escaped) = Escaped::from_json(&json.as_bytes()[1..json.len() - 1]) {
                prop_assert_eq!(TextDigest::new(Raw::Escaped(escaped)), TextDigest::new(Raw::from(text.as_str())));
            }
            let xml = text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\r', "&#xD;");
            let escaped = Escaped::from_xml(xml.as_bytes()).unwrap();
            prop_assert_eq!(TextDigest::new(Raw::Escaped(escaped)), TextDigest::new(Raw::from(text.as_str())));
            let units: Vec<u16> = wtf16(text.as_bytes()).collect();
            prop_assert_eq!(units, text.encode_utf16().collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_longer_wins_then_the_smaller() {
        let digest = |text: &str| TextDigest::new(Raw::from(text));
        assert_eq!(digest("bb").precedence(&digest("a")), Ordering::Greater);
        assert_eq!(digest("ab").precedence(&digest("ac")), Ordering::Greater);
        assert_eq!(digest("aaaab").precedence(&digest("aaaac")), Ordering::Equal);
    }
}
