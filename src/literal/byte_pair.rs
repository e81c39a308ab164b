//! [`BytePairFinder`]: one ASCII literal in a text as its source encodes it, by its two rarest characters.
//!
//! In UTF-16 an ASCII character is a unit of its own, so the text is compared as it is, at any alignment; in WTF-8 it is a
//! byte of its own. `W` is the width of a unit in bytes, 2 or 1.
//!
//! ```text
//! literal          mimikatz: "k" at offset 4, "z" at offset 7
//! text             - m i m i k a t z \n
//! from offset 4    i k a         is it k?   0 1 0
//! from offset 7    t z \n        is it z?   0 1 0    both at place 1: compare the literal there
//! ```

use super::frequency::rarity;
use crate::simd::{BytePair, PAIR_STEP};

/// A compiled literal.
#[derive(Clone, Debug)]
pub(crate) struct BytePairFinder {
    literal: Vec<u8>,
    /// Offsets in the literal of the two characters.
    offsets: [usize; 2],
    pair: BytePair,
}

impl BytePairFinder {
    /// Compiles a lower-case ASCII literal, found in any case.
    pub(crate) fn new(literal: &[u8]) -> Self {
        let rarest = |except: Option<usize>| {
            let others = literal.iter().enumerate().filter(|(at, _)| Some(*at) != except);
            others.rev().max_by_key(|(_, byte)| rarity(**byte)).map(|(at, byte)| (at, *byte))
        };
        let first = rarest(None).unwrap_or_default();
        // A literal of one character has it twice.
        let second = rarest(Some(first.0)).unwrap_or(first);
        Self {
            literal: literal.to_vec(),
            offsets: [first.0, second.0],
            pair: BytePair::new(first.1, second.1),
        }
    }

    /// Whether a text contains the literal.
    pub(crate) fn is_match<const W: usize>(&self, text: &[u8]) -> bool {
        self.find::<W>(text).is_some()
    }

    /// Returns the offset in bytes of the first occurrence in a text.
    pub(crate) fn find<const W: usize>(&self, text: &[u8]) -> Option<usize> {
        let last = (text.len() / W).checked_sub(self.literal.len())?;
        let places = (last + 1) * W;
        // For each character the text from the first place at which it may be.
        let [first, second] = self.offsets.map(|offset| {
            text.get(offset * W..).and_then(|text| text.get(..places)).unwrap_or_default()
        });
        let (steps, _) = first.as_chunks::<PAIR_STEP>();
        let (others, _) = second.as_chunks::<PAIR_STEP>();
        for (at, (one, other)) in steps.iter().zip(others).enumerate() {
            if self.pair.is_at_any::<W>(one, other)
                && let Some(found) = self.verify::<W>(text, at * PAIR_STEP, one, other)
            {
                return Some(found);
            }
        }
        // The last step overlaps the one before.
        let (one, other, start) = match (first.last_chunk(), second.last_chunk()) {
            (Some(one), Some(other)) => (*one, *other, places - PAIR_STEP),
            _ => (padded(first), padded(second), 0),
        };
        let is_near = self.pair.is_at_any::<W>(&one, &other);
        is_near.then(|| self.verify::<W>(text, start, &one, &other)).flatten()
    }

    /// Returns the first place at which the literal begins in the step that begins at the byte `start`.
    #[cold]
    fn verify<const W: usize>(
        &self,
        text: &[u8],
        start: usize,
        one: &[u8; PAIR_STEP],
        other: &[u8; PAIR_STEP],
    ) -> Option<usize> {
        let mut places = self.pair.mask::<W>(one, other);
        while places != 0 {
            let place = start + places.trailing_zeros() as usize;
            if self.is_at::<W>(text, place) {
                return Some(place);
            }
            places &= places - 1;
        }
        None
    }

    fn is_at<const W: usize>(&self, text: &[u8], start: usize) -> bool {
        let (units, _) = text.get(start..).unwrap_or_default().as_chunks::<W>();
        units.get(..self.literal.len()).is_some_and(|units| {
            units
                .iter()
                .zip(&self.literal)
                .all(|(unit, byte)| is_unit(unit, |found| found.to_ascii_lowercase() == *byte))
        })
    }
}

/// Whether a unit is an ASCII character for which `is` holds.
#[inline(always)]
fn is_unit<const W: usize>(unit: &[u8; W], is: impl Fn(u8) -> bool) -> bool {
    match unit.as_slice() {
        [low, high] => *high == 0 && is(*low),
        [byte] => is(*byte),
        _ => false,
    }
}

/// Pads a text that is shorter than a step. Places in the padding are verified against the text itself, so none of them
/// is found.
fn padded(text: &[u8]) -> [u8; PAIR_STEP] {
    let mut step = [0; PAIR_STEP];
    for (to, from) in step.iter_mut().zip(text) {
        *to = *from;
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn a_literal_is_found_at_every_offset_in_both_encodings() {
        for literal in ["k", "ab", "mimikatz", "-enc"] {
            let finder = BytePairFinder::new(literal.as_bytes());
            for before in [0, 1, 15, 16, 31, 32, 63, 64, 65, 200] {
                for after in [0, 1, 7, 64] {
                    let text = format!(
                        "{}{}{}",
                        ".".repeat(before),
                        literal.to_uppercase(),
                        ".".repeat(after)
                    );
                    assert!(finder.is_match::<1>(text.as_bytes()), "{literal} after {before}");
                    assert!(finder.is_match::<2>(&utf16(&text)), "{literal} after {before}");
                }
            }
        }
        assert!(BytePairFinder::new(b"").is_match::<2>(&[]));
        assert!(!BytePairFinder::new(b"a").is_match::<1>(b""));
    }

    proptest! {
        #[test]
        fn agrees_with_the_standard_library(literal in "[ab1-]{1,4}", text in "[abAB1Ł\\-]{0,90}") {
            let finder = BytePairFinder::new(literal.as_bytes());
            let found = text.to_ascii_lowercase().find(&literal);
            prop_assert_eq!(finder.find::<1>(text.as_bytes()), found);
            let units = found.map(|at| 2 * text[..at].encode_utf16().count());
            prop_assert_eq!(finder.find::<2>(&utf16(&text)), units);
        }
    }
}
