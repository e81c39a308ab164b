//! Finds one literal by its two rarest characters, sixteen bytes of text at a time.
//!
//! In UTF-16 an ASCII character is a unit of its own, so the text is compared as it stands, at any
//! alignment; in WTF-8 it is a byte of its own. `W` is the width of a unit in bytes, 2 or 1.

use super::frequency::rarity;
use crate::simd::{BytePair, PAIR_STEP};
use crate::sort;

/// A literal, and which two of its characters are looked for.
#[derive(Debug)]
pub(crate) struct Pair {
    core: Vec<u8>,
    /// Positions of the two characters in the literal.
    offsets: [usize; 2],
    bytes: BytePair,
}

impl Pair {
    /// Of a lower-case ASCII literal.
    pub(crate) fn new(core: &[u8]) -> Self {
        let mut by_rarity: Vec<(usize, u8)> = core.iter().copied().enumerate().collect();
        sort::sort_by_key(&mut by_rarity, |(_, byte)| std::cmp::Reverse(rarity(*byte)));
        let character =
            |at: usize| by_rarity.get(at).or(by_rarity.first()).copied().unwrap_or_default();
        let ((first_offset, first), (second_offset, second)) = (character(0), character(1));
        Self {
            core: core.to_vec(),
            offsets: [first_offset, second_offset],
            bytes: BytePair::new(first, second),
        }
    }

    /// Whether the literal stands in this text.
    pub(crate) fn stands_in<const W: usize>(&self, text: &[u8]) -> bool {
        let Some(last) = (text.len() / W).checked_sub(self.core.len()) else {
            return false;
        };
        let places = (last + 1) * W;
        let [first, second] = self.offsets.map(|offset| {
            text.get(offset * W..).and_then(|text| text.get(..places)).unwrap_or_default()
        });
        let (steps, _) = first.as_chunks::<PAIR_STEP>();
        let (others, _) = second.as_chunks::<PAIR_STEP>();
        for (at, (one, other)) in steps.iter().zip(others).enumerate() {
            if self.bytes.is_at_any::<W>(one, other)
                && self.verify::<W>(text, at * PAIR_STEP, one, other)
            {
                return true;
            }
        }
        let (one, other, start) = match (first.last_chunk(), second.last_chunk()) {
            (Some(one), Some(other)) => (*one, *other, places - PAIR_STEP),
            _ => (padded(first), padded(second), 0),
        };
        self.bytes.is_at_any::<W>(&one, &other) && self.verify::<W>(text, start, &one, &other)
    }

    /// Whether the literal begins at any place of the step that begins at this byte.
    #[cold]
    fn verify<const W: usize>(
        &self,
        text: &[u8],
        start: usize,
        one: &[u8; PAIR_STEP],
        other: &[u8; PAIR_STEP],
    ) -> bool {
        let mut places = self.bytes.mask::<W>(one, other);
        while places != 0 {
            if self.is_at::<W>(text, start + places.trailing_zeros() as usize * W) {
                return true;
            }
            places &= places - 1;
        }
        false
    }

    fn is_at<const W: usize>(&self, text: &[u8], start: usize) -> bool {
        let (units, _) = text.get(start..).unwrap_or_default().as_chunks::<W>();
        units.get(..self.core.len()).is_some_and(|units| {
            units
                .iter()
                .zip(&self.core)
                .all(|(unit, byte)| is_unit(unit, |found| found.to_ascii_lowercase() == *byte))
        })
    }
}

/// Whether a unit is an ASCII character for which this holds.
#[inline(always)]
fn is_unit<const W: usize>(unit: &[u8; W], is: impl Fn(u8) -> bool) -> bool {
    match unit.as_slice() {
        [low, high] => *high == 0 && is(*low),
        [byte] => is(*byte),
        _ => false,
    }
}

/// A text shorter than a step; what follows it is no place where the literal fits.
fn padded(text: &[u8]) -> [u8; PAIR_STEP] {
    let mut step = [0; PAIR_STEP];
    for (to, from) in step.iter_mut().zip(text) {
        *to = *from;
    }
    step
}
