//! Compares sixteen or sixty-four bytes at once: a bit for each of them, the first the lowest.

/// Where either byte stands in a block of sixteen.
#[inline(always)]
pub(super) fn either(block: &[u8; 16], [first, second]: [u8; 2]) -> u32 {
    if first == second { equal(block, first) } else { equal(block, first) | equal(block, second) }
}

/// What a block of sixty-four bytes of WTF-8 holds.
pub(super) struct Look {
    /// Where a byte stands that was asked for.
    pub(super) marks: u64,
    /// UTF-16 units: one for every leading byte, and one more for those of four bytes.
    pub(super) units: usize,
}

#[cfg(target_family = "wasm")]
#[inline(always)]
pub(super) fn look(block: &[u8; 64], mark: u8) -> Look {
    use std::arch::wasm32::*;
    let [a, b, c, d] = quarters(block);
    let splat = u8x16_splat(mark);
    let marks = |block: v128| u64::from(u8x16_bitmask(u8x16_eq(block, splat)));
    let marks = marks(a) | marks(b) << 16 | marks(c) << 32 | marks(d) << 48;
    let all = v128_or(v128_or(a, b), v128_or(c, d));
    let mut units = 64;
    if u8x16_bitmask(all) != 0 {
        for block in [a, b, c, d] {
            // As signed numbers, the bytes that begin no character are the smallest.
            let trailing = u8x16_bitmask(i8x16_lt(block, i8x16_splat(-64)));
            let long = u8x16_bitmask(u8x16_ge(block, u8x16_splat(0xF0)));
            units = units + long.count_ones() as usize - trailing.count_ones() as usize;
        }
    }
    Look { marks, units }
}

/// Where any of these bytes stands.
#[cfg(target_family = "wasm")]
#[inline(always)]
pub(super) fn any_of(block: &[u8; 64], bytes: [u8; 4]) -> u64 {
    use std::arch::wasm32::*;
    let quarters = quarters(block).map(|block| {
        let [a, b, c, d] = bytes.map(|byte| u8x16_eq(block, u8x16_splat(byte)));
        u64::from(u8x16_bitmask(v128_or(v128_or(a, b), v128_or(c, d))))
    });
    let [a, b, c, d] = quarters;
    a | b << 16 | c << 32 | d << 48
}

/// Whether a byte stands in the block.
#[cfg(target_family = "wasm")]
#[inline(always)]
pub(super) fn has(block: &[u8; 64], byte: u8) -> bool {
    use std::arch::wasm32::*;
    let [a, b, c, d] = quarters(block).map(|block| u8x16_eq(block, u8x16_splat(byte)));
    v128_any_true(v128_or(v128_or(a, b), v128_or(c, d)))
}

#[cfg(target_family = "wasm")]
#[inline(always)]
fn quarters(block: &[u8; 64]) -> [std::arch::wasm32::v128; 4] {
    let blocks = block.as_chunks::<16>().0;
    let quarter = |at: usize| crate::lanes::load(blocks.get(at).unwrap_or(&[0; 16]));
    [quarter(0), quarter(1), quarter(2), quarter(3)]
}

#[cfg(target_family = "wasm")]
#[inline(always)]
fn equal(block: &[u8; 16], byte: u8) -> u32 {
    use std::arch::wasm32::*;
    u32::from(u8x16_bitmask(u8x16_eq(crate::lanes::load(block), u8x16_splat(byte))))
}

#[cfg(not(target_family = "wasm"))]
pub(super) fn look(block: &[u8; 64], mark: u8) -> Look {
    let blocks = block.as_chunks::<16>().0.iter().rev();
    let marks = blocks.fold(0, |marks, block| marks << 16 | u64::from(equal(block, mark)));
    Look { marks, units: super::utf16_len(block) }
}

#[cfg(not(target_family = "wasm"))]
pub(super) fn any_of(block: &[u8; 64], bytes: [u8; 4]) -> u64 {
    bytes.iter().fold(0, |all, byte| all | look(block, *byte).marks)
}

#[cfg(not(target_family = "wasm"))]
pub(super) fn has(block: &[u8; 64], byte: u8) -> bool {
    block.contains(&byte)
}

#[cfg(not(target_family = "wasm"))]
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
                let bits = look(block, byte).marks;
                prop_assert_eq!(has(block, byte), bits != 0);
                prop_assert_eq!(any_of(block, [byte, 1, byte, 1]) & bits, bits);
                let places: Vec<usize> = (0..64).filter(|at| bits >> at & 1 == 1).collect();
                prop_assert_eq!(places, naive);
            }
            let first: &[u8; 16] = text.first_chunk().unwrap();
            let naive = first.iter().position(|byte| matches!(byte, 0 | 0x80)).unwrap_or(32);
            prop_assert_eq!(either(first, [0, 0x80]).trailing_zeros() as usize, naive);
        }
    }
}
