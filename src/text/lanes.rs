//! Compares sixteen or sixty-four bytes at once: a bit for each of them, the first the lowest.

/// Where either byte stands in a block of sixteen.
#[inline(always)]
pub(super) fn either(block: &[u8; 16], first: u8, second: u8) -> u32 {
    equal(block, first) | equal(block, second)
}

/// Where a byte stands in a block of sixty-four.
#[inline(always)]
pub(super) fn where_is(block: &[u8; 64], byte: u8) -> u64 {
    let blocks = block.as_chunks::<16>().0.iter().rev();
    blocks.fold(0, |bits, block| bits << 16 | u64::from(equal(block, byte)))
}

/// The places of the bits that are set.
pub(super) fn places(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = bits.trailing_zeros() as usize;
        let any = bits != 0;
        bits &= bits.wrapping_sub(1);
        any.then_some(place)
    })
}

/// UTF-16 units of a block of WTF-8: one for every leading byte, and one more for those of four bytes.
#[inline(always)]
pub(super) fn units(block: &[u8; 64]) -> usize {
    let (blocks, _) = block.as_chunks::<16>();
    if blocks.iter().fold(0, |all, block| all | beyond_ascii(block)) == 0 {
        return 64;
    }
    let more = |block| long(block).count_ones() as usize;
    let less = |block| trailing(block).count_ones() as usize;
    blocks.iter().fold(64, |units, block| units + more(block) - less(block))
}

#[cfg(target_family = "wasm")]
#[inline(always)]
fn equal(block: &[u8; 16], byte: u8) -> u32 {
    use std::arch::wasm32::*;
    u32::from(u8x16_bitmask(u8x16_eq(load(block), u8x16_splat(byte))))
}

#[cfg(target_family = "wasm")]
#[inline(always)]
fn beyond_ascii(block: &[u8; 16]) -> u32 {
    u32::from(std::arch::wasm32::u8x16_bitmask(load(block)))
}

/// The bytes that begin a character of four.
#[cfg(target_family = "wasm")]
#[inline(always)]
fn long(block: &[u8; 16]) -> u32 {
    use std::arch::wasm32::*;
    u32::from(u8x16_bitmask(u8x16_ge(load(block), u8x16_splat(0xF0))))
}

/// The bytes that begin no character.
#[cfg(target_family = "wasm")]
#[inline(always)]
fn trailing(block: &[u8; 16]) -> u32 {
    use std::arch::wasm32::*;
    u32::from(u8x16_bitmask(i8x16_lt(load(block), i8x16_splat(-64))))
}

/// Compiles to one unaligned load.
#[cfg(target_family = "wasm")]
#[inline(always)]
fn load(block: &[u8; 16]) -> std::arch::wasm32::v128 {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *block;
    std::arch::wasm32::u8x16(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
}

#[cfg(not(target_family = "wasm"))]
fn beyond_ascii(block: &[u8; 16]) -> u32 {
    bits(block, |byte| byte >= 0x80)
}

#[cfg(not(target_family = "wasm"))]
fn long(block: &[u8; 16]) -> u32 {
    bits(block, |byte| byte >= 0xF0)
}

#[cfg(not(target_family = "wasm"))]
fn trailing(block: &[u8; 16]) -> u32 {
    bits(block, |byte| byte & 0xC0 == 0x80)
}

#[cfg(not(target_family = "wasm"))]
fn bits(block: &[u8; 16], is: impl Fn(u8) -> bool) -> u32 {
    block.iter().rev().fold(0, |bits, byte| bits << 1 | u32::from(is(*byte)))
}

#[cfg(not(target_family = "wasm"))]
#[inline(always)]
fn equal(block: &[u8; 16], byte: u8) -> u32 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let bits = |word: &[u8; 8]| {
        let differ = u64::from_le_bytes(*word) ^ (u64::from(byte) * 0x0101_0101_0101_0101);
        // The highest bit of each byte that is zero, then these bits side by side.
        let equal = !((differ & LOW).wrapping_add(LOW) | differ | LOW);
        ((equal >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
    };
    block.as_chunks::<8>().0.iter().rev().fold(0, |all, word| all << 8 | bits(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_place_is_told(text in prop::collection::vec(prop_oneof![Just(0_u8), Just(b'"'), Just(0x80), any::<u8>()], 64)) {
            let block: &[u8; 64] = text.first_chunk().unwrap();
            for byte in [0, b'"', 0x80] {
                let naive: Vec<usize> = (0..64).filter(|at| text[*at] == byte).collect();
                prop_assert_eq!(places(where_is(block, byte)).collect::<Vec<_>>(), naive);
            }
            let first: &[u8; 16] = text.first_chunk().unwrap();
            let naive = first.iter().position(|byte| matches!(byte, 0 | 0x80));
            prop_assert_eq!(places(either(first, 0, 0x80).into()).next(), naive);
        }
    }
}
