//! Finds one literal by its two rarest characters, sixteen bytes of text at a time.
//!
//! In UTF-16 an ASCII character is a unit of its own, so the text is compared as it stands, at any
//! alignment; in WTF-8 it is a byte of its own. `W` is the width of a unit in bytes, 2 or 1.

use super::frequency::rarity;
use crate::sort;

/// Bytes of text compared in one step.
const STEP: usize = 64;

/// A literal, and which two of its characters are looked for.
#[derive(Debug)]
pub(crate) struct Pair {
    core: Vec<u8>,
    first: Lane,
    second: Lane,
}

/// One character of a literal.
#[derive(Clone, Copy, Debug)]
struct Lane {
    /// Its place in the literal.
    offset: usize,
    byte: u8,
    /// Set in the text's unit before it is compared: the bit that tells lower case, for letters.
    case: u8,
}

impl Pair {
    /// Of a lower-case ASCII literal.
    pub(crate) fn new(core: &[u8]) -> Self {
        let mut lanes: Vec<Lane> = core
            .iter()
            .enumerate()
            .map(|(offset, &byte)| Lane {
                offset,
                byte,
                case: if byte.is_ascii_lowercase() { 0x20 } else { 0 },
            })
            .collect();
        sort::sort_by_key(&mut lanes, |lane| std::cmp::Reverse(rarity(lane.byte)));
        let lane = |at: usize| {
            lanes.get(at).or(lanes.first()).copied().unwrap_or(Lane { offset: 0, byte: 0, case: 0 })
        };
        Self { core: core.to_vec(), first: lane(0), second: lane(1) }
    }

    /// Whether the literal stands in this text.
    pub(crate) fn stands_in<const W: usize>(&self, text: &[u8]) -> bool {
        let Some(last) = (text.len() / W).checked_sub(self.core.len()) else {
            return false;
        };
        let places = (last + 1) * W;
        let lane = |lane: Lane| {
            text.get(lane.offset * W..).and_then(|text| text.get(..places)).unwrap_or_default()
        };
        let (first, second) = (lane(self.first), lane(self.second));
        let (steps, _) = first.as_chunks::<STEP>();
        let (others, _) = second.as_chunks::<STEP>();
        for (at, (one, other)) in steps.iter().zip(others).enumerate() {
            if self.matches::<W>(one, other) && self.verify::<W>(text, at * STEP, one, other) {
                return true;
            }
        }
        let (one, other, start) = match (first.last_chunk(), second.last_chunk()) {
            (Some(one), Some(other)) => (*one, *other, places - STEP),
            _ => (padded(first), padded(second), 0),
        };
        self.matches::<W>(&one, &other) && self.verify::<W>(text, start, &one, &other)
    }

    /// Whether both characters stand at any place of this step.
    #[inline(always)]
    fn matches<const W: usize>(&self, one: &[u8; STEP], other: &[u8; STEP]) -> bool {
        let both = (self.first, self.second);
        if W == 2 { lanes::any_unit(both, one, other) } else { lanes::any_byte(both, one, other) }
    }

    /// Whether the literal begins at any place of the step that begins at this byte.
    #[cold]
    fn verify<const W: usize>(
        &self,
        text: &[u8],
        start: usize,
        one: &[u8; STEP],
        other: &[u8; STEP],
    ) -> bool {
        let both = (self.first, self.second);
        let mut places =
            if W == 2 { lanes::units(both, one, other) } else { lanes::bytes(both, one, other) };
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
fn padded(text: &[u8]) -> [u8; STEP] {
    let mut step = [0; STEP];
    for (to, from) in step.iter_mut().zip(text) {
        *to = *from;
    }
    step
}

/// Compares a step with both characters: whether they stand at any place, or at which (a bit a place).
#[cfg(target_family = "wasm")]
mod lanes {
    use super::{Lane, STEP};
    use crate::simd::v128::load;
    use std::arch::wasm32::*;

    #[inline(always)]
    pub(crate) fn any_unit(lanes: (Lane, Lane), one: &[u8; STEP], other: &[u8; STEP]) -> bool {
        any(one, other, |one, other| compare_units(lanes, one, other))
    }

    #[inline(always)]
    pub(crate) fn any_byte(lanes: (Lane, Lane), one: &[u8; STEP], other: &[u8; STEP]) -> bool {
        any(one, other, |one, other| compare_bytes(lanes, one, other))
    }

    pub(crate) fn units(lanes: (Lane, Lane), one: &[u8; STEP], other: &[u8; STEP]) -> u64 {
        bits(8, one, other, |one, other| u64::from(u16x8_bitmask(compare_units(lanes, one, other))))
    }

    pub(crate) fn bytes(lanes: (Lane, Lane), one: &[u8; STEP], other: &[u8; STEP]) -> u64 {
        bits(16, one, other, |one, other| {
            u64::from(u8x16_bitmask(compare_bytes(lanes, one, other)))
        })
    }

    #[inline(always)]
    fn compare_units((first, second): (Lane, Lane), one: v128, other: v128) -> v128 {
        let splat = |byte: u8| u16x8_splat(u16::from(byte));
        let is = |units, lane: Lane| u16x8_eq(v128_or(units, splat(lane.case)), splat(lane.byte));
        v128_and(is(one, first), is(other, second))
    }

    #[inline(always)]
    fn compare_bytes((first, second): (Lane, Lane), one: v128, other: v128) -> v128 {
        let is = |bytes, lane: Lane| {
            u8x16_eq(v128_or(bytes, u8x16_splat(lane.case)), u8x16_splat(lane.byte))
        };
        v128_and(is(one, first), is(other, second))
    }

    #[inline(always)]
    fn any(one: &[u8; STEP], other: &[u8; STEP], compare: impl Fn(v128, v128) -> v128) -> bool {
        let ([a, b, c, d], [e, f, g, h]) = (one.as_chunks().0, other.as_chunks().0) else {
            return false;
        };
        let (ae, bf) = (compare(load(a), load(e)), compare(load(b), load(f)));
        let (cg, dh) = (compare(load(c), load(g)), compare(load(d), load(h)));
        v128_any_true(v128_or(v128_or(ae, bf), v128_or(cg, dh)))
    }

    #[inline(always)]
    fn bits(
        width: u32,
        one: &[u8; STEP],
        other: &[u8; STEP],
        compare: impl Fn(v128, v128) -> u64,
    ) -> u64 {
        let pairs = one.as_chunks().0.iter().zip(other.as_chunks().0).rev();
        pairs.fold(0, |found, (one, other)| found << width | compare(load(one), load(other)))
    }
}

/// The same in loops that compilers turn into vector instructions.
#[cfg(not(target_family = "wasm"))]
mod lanes {
    use super::{Lane, STEP};

    pub(crate) fn any_unit(lanes: (Lane, Lane), one: &[u8; STEP], other: &[u8; STEP]) -> bool {
        compare_units(lanes, one, other).fold(0, |any, both| any | both) != 0
    }

    pub(crate) fn any_byte(lanes: (Lane, Lane), one: &[u8; STEP], other: &[u8; STEP]) -> bool {
        compare_bytes(lanes, one, other).fold(0, |any, both| any | both) != 0
    }

    pub(crate) fn units(lanes: (Lane, Lane), one: &[u8; STEP], other: &[u8; STEP]) -> u64 {
        compare_units(lanes, one, other).rev().fold(0, |bits, both| bits << 1 | u64::from(both))
    }

    pub(crate) fn bytes(lanes: (Lane, Lane), one: &[u8; STEP], other: &[u8; STEP]) -> u64 {
        compare_bytes(lanes, one, other).rev().fold(0, |bits, both| bits << 1 | u64::from(both))
    }

    #[inline(always)]
    fn compare_units(
        (first, second): (Lane, Lane),
        one: &[u8; STEP],
        other: &[u8; STEP],
    ) -> impl DoubleEndedIterator<Item = u16> {
        let is = |unit: &[u8; 2], lane: Lane| {
            u16::from(u16::from_le_bytes(*unit) | u16::from(lane.case) == u16::from(lane.byte))
        };
        let pairs = one.as_chunks().0.iter().zip(other.as_chunks().0);
        pairs.map(move |(one, other)| is(one, first) & is(other, second))
    }

    #[inline(always)]
    fn compare_bytes(
        (first, second): (Lane, Lane),
        one: &[u8; STEP],
        other: &[u8; STEP],
    ) -> impl DoubleEndedIterator<Item = u8> {
        let is = |byte: u8, lane: Lane| u8::from(byte | lane.case == lane.byte);
        one.iter().zip(other).map(move |(one, other)| is(*one, first) & is(*other, second))
    }
}
