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

    /// Returns a mask of these positions, a bit for each byte; of a unit its first byte's.
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
        let found = bits(one, other, |one, other| compare_units(pair, one, other));
        found & 0x5555_5555_5555_5555
    }

    pub(super) fn bytes(pair: BytePair, one: &[u8; PAIR_STEP], other: &[u8; PAIR_STEP]) -> u64 {
        bits(one, other, |one, other| compare_bytes(pair, one, other))
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
        one: &[u8; PAIR_STEP],
        other: &[u8; PAIR_STEP],
        compare: impl Fn(v128, v128) -> v128,
    ) -> u64 {
        let pairs = one.as_chunks().0.iter().zip(other.as_chunks().0).rev();
        pairs.fold(0, |found, (one, other)| {
            found << 16 | u64::from(u8x16_bitmask(compare(load(one), load(other))))
        })
    }
}

#[cfg(not(target_family = "wasm"))]
mod vectors {
    use super::{BytePair, CaselessByte, PAIR_STEP};
    use wide::u8x16;

    pub(super) fn any_unit(pair: BytePair, one: &[u8; PAIR_STEP], other: &[u8; PAIR_STEP]) -> bool {
        units(pair, one, other) != 0
    }

    pub(super) fn any_byte(pair: BytePair, one: &[u8; PAIR_STEP], other: &[u8; PAIR_STEP]) -> bool {
        let [first, second] = [Wanted::bytes(pair.first), Wanted::bytes(pair.second)];
        let blocks = one.as_chunks().0.iter().zip(other.as_chunks().0);
        let both = |(one, other)| first.is_in(one) & second.is_in(other);
        blocks.map(both).fold(u8x16::splat(0), |any, both| any | both).to_bitmask() != 0
    }

    pub(super) fn units(pair: BytePair, one: &[u8; PAIR_STEP], other: &[u8; PAIR_STEP]) -> u64 {
        let found = mask([Wanted::units(pair.first), Wanted::units(pair.second)], one, other);
        // Both bytes of a unit must be the wanted ones.
        found & found >> 1 & 0x5555_5555_5555_5555
    }

    pub(super) fn bytes(pair: BytePair, one: &[u8; PAIR_STEP], other: &[u8; PAIR_STEP]) -> u64 {
        mask([Wanted::bytes(pair.first), Wanted::bytes(pair.second)], one, other)
    }

    #[inline(always)]
    fn mask([first, second]: [Wanted; 2], one: &[u8; PAIR_STEP], other: &[u8; PAIR_STEP]) -> u64 {
        let blocks = one.as_chunks().0.iter().zip(other.as_chunks().0).rev();
        blocks.fold(0, |found, (one, other)| {
            found << 16 | u64::from((first.is_in(one) & second.is_in(other)).to_bitmask())
        })
    }

    /// Sixteen bytes of a character, as bytes or as units.
    #[derive(Clone, Copy)]
    struct Wanted {
        bytes: u8x16,
        case_bits: u8x16,
    }

    impl Wanted {
        #[inline(always)]
        fn bytes(of: CaselessByte) -> Self {
            Self { bytes: u8x16::splat(of.byte), case_bits: u8x16::splat(of.case_bit) }
        }

        #[inline(always)]
        fn units(of: CaselessByte) -> Self {
            let units = |byte| {
                u8x16::new([byte, 0, byte, 0, byte, 0, byte, 0, byte, 0, byte, 0, byte, 0, byte, 0])
            };
            Self { bytes: units(of.byte), case_bits: units(of.case_bit) }
        }

        #[inline(always)]
        fn is_in(self, block: &[u8; 16]) -> u8x16 {
            (u8x16::new(*block) | self.case_bits).simd_eq(self.bytes)
        }
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
            assert_eq!(pair.mask::<2>(&one, &other), 1 << at);
            (one, other) = ([b' '; PAIR_STEP], [b' '; PAIR_STEP]);
        }
    }
}
