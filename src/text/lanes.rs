//! Compares sixteen or sixty-four bytes at once: a bit for each of them, the first the lowest.

/// Where either byte stands in a block of sixteen.
#[inline(always)]
pub(super) fn either(block: &[u8; 16], [first, second]: [u8; 2]) -> u32 {
    if first == second { equal(block, first) } else { equal(block, first) | equal(block, second) }
}

/// Where a byte stands in a block of sixty-four.
#[inline(always)]
pub(super) fn where_is(block: &[u8; 64], byte: u8) -> u64 {
    let [a, b, c, d] = quarters(block).map(|block| u64::from(equal(block, byte)));
    a | b << 16 | c << 32 | d << 48
}

/// UTF-16 units of a block of WTF-8: one for every leading byte, and one more for those of four bytes.
#[inline(always)]
pub(super) fn units(block: &[u8; 64]) -> usize {
    let blocks = quarters(block);
    if is_ascii(block) {
        return 64;
    }
    let [a, b, c, d] = blocks.map(|block| {
        16 + long(block).count_ones() as usize - trailing(block).count_ones() as usize
    });
    a + b + c + d
}

#[inline(always)]
fn quarters(block: &[u8; 64]) -> [&[u8; 16]; 4] {
    match block.as_chunks::<16>().0 {
        [a, b, c, d] => [a, b, c, d],
        _ => [&[0; 16]; 4],
    }
}

#[cfg(target_family = "wasm")]
#[inline(always)]
fn equal(block: &[u8; 16], byte: u8) -> u32 {
    use crate::lanes::load;
    use std::arch::wasm32::*;
    u32::from(u8x16_bitmask(u8x16_eq(load(block), u8x16_splat(byte))))
}

#[cfg(target_family = "wasm")]
#[inline(always)]
fn is_ascii(block: &[u8; 64]) -> bool {
    use std::arch::wasm32::*;
    let [a, b, c, d] = quarters(block).map(crate::lanes::load);
    u8x16_bitmask(v128_or(v128_or(a, b), v128_or(c, d))) == 0
}

/// The bytes that begin a character of four.
#[cfg(target_family = "wasm")]
#[inline(always)]
fn long(block: &[u8; 16]) -> u32 {
    use crate::lanes::load;
    use std::arch::wasm32::*;
    u32::from(u8x16_bitmask(u8x16_ge(load(block), u8x16_splat(0xF0))))
}

/// The bytes that begin no character.
#[cfg(target_family = "wasm")]
#[inline(always)]
fn trailing(block: &[u8; 16]) -> u32 {
    use crate::lanes::load;
    use std::arch::wasm32::*;
    u32::from(u8x16_bitmask(i8x16_lt(load(block), i8x16_splat(-64))))
}

#[cfg(not(target_family = "wasm"))]
fn is_ascii(block: &[u8; 64]) -> bool {
    block.is_ascii()
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
                let bits = where_is(block, byte);
                let places: Vec<usize> = (0..64).filter(|at| bits >> at & 1 == 1).collect();
                prop_assert_eq!(places, naive);
            }
            let first: &[u8; 16] = text.first_chunk().unwrap();
            let naive = first.iter().position(|byte| matches!(byte, 0 | 0x80)).unwrap_or(32);
            prop_assert_eq!(either(first, [0, 0x80]).trailing_zeros() as usize, naive);
        }
    }
}
