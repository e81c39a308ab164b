//! Positions at which one byte occurs in a block and another in a second block.
//!
//! A literal's two rarest characters are searched for together: the second block is the text at the distance between
//! the two. Text is UTF-16 or WTF-8; `W` is the width of a unit in bytes, 2 or 1.

/// Bytes of a block.
pub(crate) const PAIR_STEP: usize = 64;

/// Two lower-case ASCII characters that are compared in any case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BytePair {
    first: CaselessByte,
    second: CaselessByte,
}

#[derive(Clone, Copy, Debug)]
struct CaselessByte {
    byte: u8,
    /// Set in the text's byte before the comparison: the bit of lower case, if `byte` is a letter.
    case_bit: u8,
}

impl CaselessByte {
    fn new(byte: u8) -> Self {
        Self { byte, case_bit: if byte.is_ascii_lowercase() { 0x20 } else { 0 } }
    }
}

impl BytePair {
    /// `first` and `second` are in lower case.
    pub(crate) fn new(first: u8, second: u8) -> Self {
        Self { first: CaselessByte::new(first), second: CaselessByte::new(second) }
    }

    /// Returns whether any position has the first character in `one` and the second in `other`.
    #[inline(always)]
    pub(crate) fn is_at_any<const W: usize>(
        self,
        one: &[u8; PAIR_STEP],
        other: &[u8; PAIR_STEP],
    ) -> bool {
        if W == 2 {
            vectors::any_unit(self, one, other)
        } else {
            vectors::any_byte(self, one, other)
        }
    }

    /// Returns a mask of these positions, a bit a unit.
    pub(crate) fn mask<const W: usize>(
        self,
        one: &[u8; PAIR_STEP],
        other: &[u8; PAIR_STEP],
    ) -> u64 {
        if W == 2 { vectors::units(self, one, other) } else { vectors::bytes(self, one, other) }
    }
}

#[cfg(target_family = "wasm")]
mod vectors {
    use super::{BytePair, CaselessByte, PAIR_STEP};
    use crate::simd::v128::load;
    use std::arch::wasm32::*;

    #[inline(always)]
    pub(super) fn any_unit(pair: BytePair, one: &[u8; PAIR_STEP], other: &[u8; PAIR_STEP]) -> bool {
        any(one, other, |one, other| compare_units(pair, one, other))
    }

    #[inline(always)]
    pub(super) fn any_byte(pair: BytePair, one: &[u8; PAIR_STEP], other: &[u8; PAIR_STEP]) -> bool {
        any(one, other, |one, other| compare_bytes(pair, one, other))
    }

    pub(super) fn units(pair: BytePair, one: &[u8; PAIR_STEP], other: &[u8; PAIR_STEP]) -> u64 {
        bits(8, one, other, |one, other| u64::from(u16x8_bitmask(compare_units(pair, one, other))))
    }

    pub(super) fn bytes(pair: BytePair, one: &[u8; PAIR_STEP], other: &[u8; PAIR_STEP]) -> u64 {
        bits(16, one, other, |one, other| u64::from(u8x16_bitmask(compare_bytes(pair, one, other))))
    }

    #[inline(always)]
    fn compare_units(BytePair { first, second }: BytePair, one: v128, other: v128) -> v128 {
        let splat = |byte: u8| u16x8_splat(u16::from(byte));
        let is = |units, wanted: CaselessByte| {
            u16x8_eq(v128_or(units, splat(wanted.case_bit)), splat(wanted.byte))
        };
        v128_and(is(one, first), is(other, second))
    }

    #[inline(always)]
    fn compare_bytes(BytePair { first, second }: BytePair, one: v128, other: v128) -> v128 {
        let is = |bytes, wanted: CaselessByte| {
            u8x16_eq(v128_or(bytes, u8x16_splat(wanted.case_bit)), u8x16_splat(wanted.byte))
        };
        v128_and(is(one, first), is(other, second))
    }

    #[inline(always)]
    fn any(
        one: &[u8; PAIR_STEP],
        other: &[u8; PAIR_STEP],
        compare: impl Fn(v128, v128) -> v128,
    ) -> bool {
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
        one: &[u8; PAIR_STEP],
        other: &[u8; PAIR_STEP],
        compare: impl Fn(v128, v128) -> u64,
    ) -> u64 {
        let pairs = one.as_chunks().0.iter().zip(other.as_chunks().0).rev();
        pairs.fold(0, |found, (one, other)| found << width | compare(load(one), load(other)))
    }
}

#[cfg(not(target_family = "wasm"))]
mod vectors {
    use super::{BytePair, CaselessByte, PAIR_STEP};

    pub(super) fn any_unit(pair: BytePair, one: &[u8; PAIR_STEP], other: &[u8; PAIR_STEP]) -> bool {
        compare_units(pair, one, other).fold(0, |any, both| any | both) != 0
    }

    pub(super) fn any_byte(pair: BytePair, one: &[u8; PAIR_STEP], other: &[u8; PAIR_STEP]) -> bool {
        compare_bytes(pair, one, other).fold(0, |any, both| any | both) != 0
    }

    pub(super) fn units(pair: BytePair, one: &[u8; PAIR_STEP], other: &[u8; PAIR_STEP]) -> u64 {
        compare_units(pair, one, other).rev().fold(0, |bits, both| bits << 1 | u64::from(both))
    }

    pub(super) fn bytes(pair: BytePair, one: &[u8; PAIR_STEP], other: &[u8; PAIR_STEP]) -> u64 {
        compare_bytes(pair, one, other).rev().fold(0, |bits, both| bits << 1 | u64::from(both))
    }

    #[inline(always)]
    fn compare_units(
        BytePair { first, second }: BytePair,
        one: &[u8; PAIR_STEP],
        other: &[u8; PAIR_STEP],
    ) -> impl DoubleEndedIterator<Item = u16> {
        let is = |unit: &[u8; 2], wanted: CaselessByte| {
            u16::from(
                u16::from_le_bytes(*unit) | u16::from(wanted.case_bit) == u16::from(wanted.byte),
            )
        };
        let pairs = one.as_chunks().0.iter().zip(other.as_chunks().0);
        pairs.map(move |(one, other)| is(one, first) & is(other, second))
    }

    #[inline(always)]
    fn compare_bytes(
        BytePair { first, second }: BytePair,
        one: &[u8; PAIR_STEP],
        other: &[u8; PAIR_STEP],
    ) -> impl DoubleEndedIterator<Item = u8> {
        let is = |byte: u8, wanted: CaselessByte| u8::from(byte | wanted.case_bit == wanted.byte);
        one.iter().zip(other).map(move |(one, other)| is(*one, first) & is(*other, second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_characters_must_match_at_one_position() {
        let pair = BytePair::new(b'x', b'-');
        let (mut one, mut other) = ([b' '; PAIR_STEP], [b' '; PAIR_STEP]);
        for at in (0..PAIR_STEP).step_by(2) {
            (one[at], one[at + 1]) = (b'X', 0);
            assert!(!pair.is_at_any::<1>(&one, &other) && !pair.is_at_any::<2>(&one, &other));
            (other[at], other[at + 1]) = (b'-', 0);
            assert!(pair.is_at_any::<1>(&one, &other) && pair.is_at_any::<2>(&one, &other));
            assert_eq!(pair.mask::<1>(&one, &other), 1 << at);
            assert_eq!(pair.mask::<2>(&one, &other), 1 << (at / 2));
            (one, other) = ([b' '; PAIR_STEP], [b' '; PAIR_STEP]);
        }
    }
}
