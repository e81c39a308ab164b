//! Escapes, ends and UTF-16 length of sixty-four bytes of WTF-8.

/// Positions of bytes of each kind in a block.
pub(crate) struct BlockMasks {
    /// The byte that begins an escape.
    pub(crate) escapes: u64,
    /// Either byte that ends the text.
    pub(crate) stops: u64,
    /// Continuation bytes, which begin no character.
    continuations: u64,
    /// Leading bytes of four-byte characters, which are two UTF-16 units.
    four_byte: u64,
}

impl BlockMasks {
    /// Finds `escape` and either of `stops`, and classifies the bytes beyond ASCII.
    #[inline(always)]
    pub(crate) fn new(block: &[u8; 64], escape: u8, stops: [u8; 2]) -> Self {
        vectors::block_masks(block, escape, stops)
    }

    /// Returns the number of UTF-16 units in the bytes of `part`: one for every leading byte, and another for a
    /// four-byte character.
    #[inline(always)]
    pub(crate) fn utf16_units(&self, part: u64) -> usize {
        ((part & !self.continuations).count_ones() + (part & self.four_byte).count_ones()) as usize
    }
}

#[cfg(target_family = "wasm")]
mod vectors {
    use super::BlockMasks;
    use crate::simd::v128::{load_quarters, mask_of_quarters};
    use std::arch::wasm32::*;

    #[inline(always)]
    pub(super) fn block_masks(block: &[u8; 64], escape: u8, stops: [u8; 2]) -> BlockMasks {
        let quarters = load_quarters(block);
        let [first, second] = stops;
        let (first, second) = (u8x16_splat(first), u8x16_splat(second));
        let is_stop = |block| v128_or(u8x16_eq(block, first), u8x16_eq(block, second));
        let mut masks = BlockMasks {
            escapes: mask_of_quarters(quarters, |block| u8x16_eq(block, u8x16_splat(escape))),
            stops: mask_of_quarters(quarters, is_stop),
            continuations: 0,
            four_byte: 0,
        };
        let [a, b, c, d] = quarters;
        if u8x16_bitmask(v128_or(v128_or(a, b), v128_or(c, d))) != 0 {
            // As signed numbers, continuation bytes (0x80..0xC0) are the smallest.
            masks.continuations =
                mask_of_quarters(quarters, |block| i8x16_lt(block, i8x16_splat(-64)));
            masks.four_byte =
                mask_of_quarters(quarters, |block| u8x16_ge(block, u8x16_splat(0xF0)));
        }
        masks
    }
}

#[cfg(not(target_family = "wasm"))]
mod vectors {
    use super::BlockMasks;
    use crate::simd::bytes::mask_of;

    pub(super) fn block_masks(
        block: &[u8; 64],
        escape: u8,
        [first, second]: [u8; 2],
    ) -> BlockMasks {
        let mut masks = BlockMasks {
            escapes: mask_of(block, escape),
            stops: mask_of(block, first),
            continuations: 0,
            four_byte: 0,
        };
        if second != first {
            masks.stops |= mask_of(block, second);
        }
        if !block.is_ascii() {
            for (at, byte) in block.iter().enumerate() {
                masks.continuations |= u64::from(byte & 0xC0 == 0x80) << at;
                masks.four_byte |= u64::from(*byte >= 0xF0) << at;
            }
        }
        masks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::bytes::mask_of;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counts_the_units_of_every_prefix(
            text in prop::collection::vec(prop_oneof![Just(0_u8), Just(b'"'), Just(0x80), any::<u8>()], 64),
        ) {
            let block: &[u8; 64] = text.first_chunk().unwrap();
            let masks = BlockMasks::new(block, b'"', [0, 0x80]);
            prop_assert_eq!(masks.escapes, mask_of(block, b'"'));
            prop_assert_eq!(masks.stops, mask_of(block, 0) | mask_of(block, 0x80));
            for end in 0..64 {
                let leading = text[..end].iter().filter(|byte| **byte & 0xC0 != 0x80).count();
                let four_byte = text[..end].iter().filter(|byte| **byte >= 0xF0).count();
                prop_assert_eq!(masks.utf16_units((1 << end) - 1), leading + four_byte);
            }
        }
    }
}
