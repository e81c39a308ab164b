//! UTF-16 looked at sixteen bytes a step: in wasm by its vector instructions, elsewhere in loops that
//! compilers turn into them. (In wasm they do not: written as a loop, [`has_nul`] ran at a tenth of this speed.)

use std::cmp::Ordering;

/// Bytes that are looked at before one question about all of them.
pub(crate) const BLOCK: usize = 256;

/// Whether any unit of the block is zero.
#[inline(always)]
pub(crate) fn has_nul(block: &[u8; BLOCK]) -> bool {
    vectors::has_nul(block)
}

/// Whether every unit is ASCII.
#[inline(always)]
pub(crate) fn is_ascii<const N: usize>(units: &[u8; N]) -> bool {
    vectors::is_ascii(units)
}

/// The low bytes of units that are ASCII.
#[inline(always)]
pub(crate) fn narrow(units: &[u8; 32]) -> [u8; 16] {
    vectors::narrow(units)
}

/// ASCII in lower case; `None` where other bytes stand in the block.
#[inline(always)]
pub(crate) fn lower(block: &[u8; 16]) -> Option<[u8; 16]> {
    vectors::lower(block)
}

/// Where any of three bytes stands in a block of UTF-8, a bit for each place.
#[inline(always)]
pub(crate) fn any_of(block: &[u8; 16], bytes: [u8; 3]) -> u32 {
    vectors::any_of(block, bytes)
}

/// The order of two slices. In wasm, comparing them with `cmp` goes byte by byte, and texts that begin alike are long.
pub(crate) fn compare(one: &[u8], other: &[u8]) -> Ordering {
    let (blocks, _) = one.as_chunks::<16>();
    let (others, _) = other.as_chunks::<16>();
    let same = 16 * blocks.iter().zip(others).take_while(|(one, other)| one == other).count();
    one.get(same..).cmp(&other.get(same..))
}

/// Whether two slices are equal. In wasm, comparing them with `==` goes byte by byte.
pub(crate) fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let (blocks, rest) = one.as_chunks::<16>();
    let (others, other_rest) = other.as_chunks::<16>();
    let mut differ = 0;
    for (block, other) in blocks.iter().zip(others) {
        differ |= u128::from_le_bytes(*block) ^ u128::from_le_bytes(*other);
    }
    differ == 0 && rest == other_rest
}

#[cfg(target_family = "wasm")]
mod vectors {
    use super::{BLOCK, load};
    use std::arch::wasm32::*;

    #[inline(always)]
    pub(super) fn has_nul(block: &[u8; BLOCK]) -> bool {
        let mut least = u16x8_splat(u16::MAX);
        for units in block.as_chunks::<16>().0 {
            least = u16x8_min(least, load(units));
        }
        !i16x8_all_true(least)
    }

    #[inline(always)]
    pub(super) fn is_ascii<const N: usize>(units: &[u8; N]) -> bool {
        let mut all = u16x8_splat(0);
        for units in units.as_chunks::<16>().0 {
            all = v128_or(all, load(units));
        }
        !v128_any_true(v128_and(all, u16x8_splat(0xFF80)))
    }

    #[inline(always)]
    pub(super) fn narrow(units: &[u8; 32]) -> [u8; 16] {
        let ([low, high], []) = units.as_chunks::<16>() else { return [0; 16] };
        // Without this the compiler makes sure that they are bytes, in more steps.
        let low = v128_and(load(low), u16x8_splat(0xFF));
        let high = v128_and(load(high), u16x8_splat(0xFF));
        store(u8x16_narrow_i16x8(low, high))
    }

    #[inline(always)]
    pub(super) fn lower(block: &[u8; 16]) -> Option<[u8; 16]> {
        let bytes = load(block);
        let after_a = u8x16_sub(bytes, u8x16_splat(b'A'));
        let is_upper = u8x16_lt(after_a, u8x16_splat(26));
        let lower = v128_or(bytes, v128_and(is_upper, u8x16_splat(0x20)));
        (u8x16_bitmask(bytes) == 0).then(|| store(lower))
    }

    /// Compiles to one store.
    #[inline(always)]
    fn store(bytes: v128) -> [u8; 16] {
        let low = u64x2_extract_lane::<0>(bytes).to_le_bytes();
        let high = u64x2_extract_lane::<1>(bytes).to_le_bytes();
        let mut stored = [0; 16];
        if let ([first, second], []) = stored.as_chunks_mut::<8>() {
            (*first, *second) = (low, high);
        }
        stored
    }

    #[inline(always)]
    pub(super) fn any_of(block: &[u8; 16], bytes: [u8; 3]) -> u32 {
        let block = load(block);
        let [a, b, c] = bytes;
        let is = |byte| u8x16_eq(block, u8x16_splat(byte));
        u32::from(u8x16_bitmask(v128_or(v128_or(is(a), is(b)), is(c))))
    }
}

#[cfg(not(target_family = "wasm"))]
mod vectors {
    use super::BLOCK;

    #[inline(always)]
    pub(super) fn has_nul(block: &[u8; BLOCK]) -> bool {
        units(block).fold(0, |any, unit| any | u16::from(unit == 0)) != 0
    }

    #[inline(always)]
    pub(super) fn is_ascii<const N: usize>(bytes: &[u8; N]) -> bool {
        units(bytes).fold(0, |all, unit| all | unit) < 0x80
    }

    #[inline(always)]
    pub(super) fn narrow(units: &[u8; 32]) -> [u8; 16] {
        let mut narrowed = [0; 16];
        for (to, [low, _]) in narrowed.iter_mut().zip(units.as_chunks::<2>().0) {
            *to = *low;
        }
        narrowed
    }

    pub(super) fn lower(block: &[u8; 16]) -> Option<[u8; 16]> {
        block.is_ascii().then(|| block.to_ascii_lowercase().try_into().ok())?
    }

    pub(super) fn any_of(block: &[u8; 16], bytes: [u8; 3]) -> u32 {
        block.iter().rev().fold(0, |bits, byte| bits << 1 | u32::from(bytes.contains(byte)))
    }

    #[inline(always)]
    fn units(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
        bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair))
    }
}

/// Compiles to one load, at any alignment.
#[cfg(target_family = "wasm")]
#[inline(always)]
pub(crate) fn load(bytes: &[u8; 16]) -> std::arch::wasm32::v128 {
    let (halves, _) = bytes.as_chunks::<8>();
    match halves {
        [low, high] => {
            std::arch::wasm32::u64x2(u64::from_le_bytes(*low), u64::from_le_bytes(*high))
        }
        _ => std::arch::wasm32::u64x2_splat(0),
    }
}

/// A byte in all lanes. An engine that knew which would make them anew for each block of a text, in three steps.
#[cfg(target_family = "wasm")]
#[inline(always)]
pub(crate) fn splat(byte: u8) -> std::arch::wasm32::v128 {
    std::arch::wasm32::u8x16_splat(std::hint::black_box(byte))
}

/// The same lanes. The compiler does not know that: comparisons it would take for single bits, which to make lanes of
/// again takes an engine ten steps.
#[cfg(target_family = "wasm")]
#[inline(always)]
pub(crate) fn opaque(lanes: std::arch::wasm32::v128) -> std::arch::wasm32::v128 {
    std::arch::wasm32::u8x16_avgr(lanes, lanes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn texts_stand_in_the_order_of_their_bytes(same in "[ab]{0,40}", one in "[abä]{0,20}", other in "[abä]{0,20}") {
            let (one, other) = (same.clone() + &one, same + &other);
            prop_assert_eq!(compare(one.as_bytes(), other.as_bytes()), one.cmp(&other));
        }
    }

    #[test]
    fn each_place_of_a_block_is_looked_at() {
        let block = |unit: u16| -> [u8; BLOCK] {
            let units = [unit; BLOCK / 2].map(u16::to_le_bytes);
            units.as_flattened().try_into().unwrap()
        };
        let ascii = block(0x7F);
        assert!(is_ascii(&ascii) && !has_nul(&ascii));
        assert!(!has_nul(&block(0x100)) && !has_nul(&block(0xFF)) && !is_ascii(&block(0x100)));
        for at in 0..BLOCK / 2 {
            let with = |unit: u16| {
                let mut changed = ascii;
                changed[2 * at..2 * at + 2].copy_from_slice(&unit.to_le_bytes());
                changed
            };
            assert!(has_nul(&with(0)) && is_ascii(&with(0)));
            assert!(!is_ascii(&with(0x80)) && !is_ascii(&with(0x100)) && !is_ascii(&with(0xFFFF)));
        }
        let units: Vec<u8> = (0x41..0x51_u16).flat_map(u16::to_le_bytes).collect();
        assert_eq!(&narrow(&units.try_into().unwrap()), b"ABCDEFGHIJKLMNOP");
    }
}
