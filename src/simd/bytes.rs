//! Positions of given bytes in a block, and ASCII lower case.

/// Returns a mask of the positions of `byte`.
#[inline(always)]
pub(crate) fn mask_of(block: &[u8; 64], byte: u8) -> u64 {
    vectors::mask_of(block, byte)
}

/// Returns a mask of the positions of either byte.
#[inline(always)]
pub(crate) fn mask_of_either(block: &[u8; 16], [first, second]: [u8; 2]) -> u32 {
    let mask = vectors::mask_of_16(block, first);
    if first == second { mask } else { mask | vectors::mask_of_16(block, second) }
}

/// Returns a mask of the positions of any of three bytes.
#[inline(always)]
pub(crate) fn mask_of_any(block: &[u8; 16], bytes: [u8; 3]) -> u32 {
    vectors::mask_of_any(block, bytes)
}

/// Returns the block with its ASCII letters in lower case; `None` if it holds a byte beyond ASCII.
#[inline(always)]
pub(crate) fn to_ascii_lowercase(block: &[u8; 16]) -> Option<[u8; 16]> {
    vectors::to_ascii_lowercase(block)
}

#[cfg(target_family = "wasm")]
mod vectors {
    use crate::simd::v128::{load, load_quarters, mask_of_quarters, to_bytes};
    use std::arch::wasm32::*;

    #[inline(always)]
    pub(super) fn mask_of(block: &[u8; 64], byte: u8) -> u64 {
        mask_of_quarters(load_quarters(block), |quarter| u8x16_eq(quarter, u8x16_splat(byte)))
    }

    #[inline(always)]
    pub(super) fn mask_of_16(block: &[u8; 16], byte: u8) -> u32 {
        u32::from(u8x16_bitmask(u8x16_eq(load(block), u8x16_splat(byte))))
    }

    #[inline(always)]
    pub(super) fn mask_of_any(block: &[u8; 16], bytes: [u8; 3]) -> u32 {
        let block = load(block);
        let [a, b, c] = bytes;
        let is = |byte| u8x16_eq(block, u8x16_splat(byte));
        u32::from(u8x16_bitmask(v128_or(v128_or(is(a), is(b)), is(c))))
    }

    #[inline(always)]
    pub(super) fn to_ascii_lowercase(block: &[u8; 16]) -> Option<[u8; 16]> {
        let bytes = load(block);
        let from_a = u8x16_sub(bytes, u8x16_splat(b'A'));
        let is_upper = u8x16_lt(from_a, u8x16_splat(26));
        let lower = v128_or(bytes, v128_and(is_upper, u8x16_splat(0x20)));
        (u8x16_bitmask(bytes) == 0).then(|| to_bytes(lower))
    }
}

#[cfg(not(target_family = "wasm"))]
mod vectors {
    use wide::u8x16;

    #[inline(always)]
    pub(super) fn mask_of(block: &[u8; 64], byte: u8) -> u64 {
        let blocks = block.as_chunks::<16>().0.iter().rev();
        blocks.fold(0, |mask, block| mask << 16 | u64::from(mask_of_16(block, byte)))
    }

    #[inline(always)]
    pub(super) fn mask_of_16(block: &[u8; 16], byte: u8) -> u32 {
        u8x16::new(*block).simd_eq(u8x16::splat(byte)).to_bitmask()
    }

    #[inline(always)]
    pub(super) fn mask_of_any(block: &[u8; 16], [a, b, c]: [u8; 3]) -> u32 {
        let block = u8x16::new(*block);
        let is = |byte| block.simd_eq(u8x16::splat(byte));
        (is(a) | is(b) | is(c)).to_bitmask()
    }

    #[inline(always)]
    pub(super) fn to_ascii_lowercase(block: &[u8; 16]) -> Option<[u8; 16]> {
        block.is_ascii().then(|| block.map(|byte| byte.to_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn masks_have_a_bit_for_every_position(
            text in prop::collection::vec(prop_oneof![Just(0_u8), Just(b'"'), Just(0x80), any::<u8>()], 64),
        ) {
            let block: &[u8; 64] = text.first_chunk().unwrap();
            for byte in [0, b'"', 0x80] {
                let naive = (0..64).fold(0, |mask, at| mask | u64::from(text[at] == byte) << at);
                prop_assert_eq!(mask_of(block, byte), naive);
            }
            let first: &[u8; 16] = text.first_chunk().unwrap();
            let naive = |bytes: &[u8]| (0..16).fold(0, |mask, at| mask | u32::from(bytes.contains(&text[at])) << at);
            prop_assert_eq!(mask_of_either(first, [0, 0x80]), naive(&[0, 0x80]));
            prop_assert_eq!(mask_of_either(first, [b'"'; 2]), naive(b"\""));
            prop_assert_eq!(mask_of_any(first, [0, b'"', 0x80]), naive(&[0, b'"', 0x80]));
        }

        #[test]
        fn lower_case_is_that_of_the_standard_library(text in "[ -~]{15}[!ä]") {
            let block: &[u8; 16] = text.as_bytes().first_chunk().unwrap();
            let expected = block.is_ascii().then(|| block.to_ascii_lowercase());
            prop_assert_eq!(to_ascii_lowercase(block).map(Vec::from), expected);
        }
    }
}
