//! Compares sixteen or sixty-four bytes at once: a bit for each of them, the first the lowest.

/// Where either byte stands in a block of sixteen.
#[inline(always)]
pub(super) fn either(block: &[u8; 16], [first, second]: [u8; 2]) -> u32 {
    if first == second { equal(block, first) } else { equal(block, first) | equal(block, second) }
}

/// What a block of sixty-four bytes of WTF-8 holds: where bytes of each kind stand.
pub(super) struct Look {
    /// The byte that was asked for.
    pub(super) marks: u64,
    /// Either of the two that were asked for.
    pub(super) stops: u64,
    /// Bytes that begin no character.
    trailing: u64,
    /// Bytes that begin one of four bytes.
    long: u64,
}

impl Look {
    /// UTF-16 units in this part of the block: one for every leading byte, and one more for those of four bytes.
    #[inline(always)]
    pub(super) fn units(&self, part: u64) -> usize {
        ((part & !self.trailing).count_ones() + (part & self.long).count_ones()) as usize
    }
}

#[cfg(target_family = "wasm")]
#[inline(always)]
pub(super) fn look(block: &[u8; 64], mark: u8, stops: [u8; 2]) -> Look {
    use std::arch::wasm32::*;
    let quarters = quarters(block);
    let [first, second] = stops;
    let (first, second) = (u8x16_splat(first), u8x16_splat(second));
    let either = |block| v128_or(u8x16_eq(block, first), u8x16_eq(block, second));
    let mut look = Look {
        marks: bits(quarters, |block| u8x16_eq(block, u8x16_splat(mark))),
        stops: bits(quarters, either),
        trailing: 0,
        long: 0,
    };
    let [a, b, c, d] = quarters;
    if u8x16_bitmask(v128_or(v128_or(a, b), v128_or(c, d))) != 0 {
        // As signed numbers, the bytes that begin no character are the smallest.
        look.trailing = bits(quarters, |block| i8x16_lt(block, i8x16_splat(-64)));
        look.long = bits(quarters, |block| u8x16_ge(block, u8x16_splat(0xF0)));
    }
    look
}

/// How many blocks of sixty-four bytes of JSON, from the first on, are as most are, and how many escapes begin in them:
/// every backslash begins one of a quotation mark, a line end or a tab, and beside these there are ASCII characters of
/// text only. The letter of the last escape may stand behind the last block. The text must not begin with a quotation
/// mark, nor with the letter of an escape.
#[cfg(target_family = "wasm")]
#[inline(always)]
pub(super) fn simple_json(text: &[u8]) -> (usize, usize) {
    use std::arch::wasm32::*;
    // So many blocks, of which four bytes count in each lane, are counted in bytes.
    const BATCH: usize = 63;
    let simple = Simple::new();
    let (mut blocks, mut escapes) = (0, 0);
    let nexts = text.get(1..).unwrap_or_default().as_chunks().0.chunks(BATCH);
    for (batch, nexts) in text.as_chunks().0.chunks(BATCH).zip(nexts) {
        let mut counts = u8x16_splat(0);
        let before = blocks;
        for (block, next) in batch.iter().zip(nexts) {
            let Some(begins) = simple.begins(block, next) else { break };
            counts = u8x16_sub(counts, begins);
            blocks += 1;
        }
        let pairs = u16x8_extadd_pairwise_u8x16(counts);
        let sums = u32x4_extadd_pairwise_u16x8(pairs);
        let halves = u64x2_extract_lane::<0>(sums) + u64x2_extract_lane::<1>(sums);
        escapes += (halves as u32 + (halves >> 32) as u32) as usize;
        if blocks < before + BATCH {
            break;
        }
    }
    (blocks, escapes)
}

/// What the bytes of a block are compared with.
#[cfg(target_family = "wasm")]
struct Simple {
    backslash: std::arch::wasm32::v128,
    mark: std::arch::wasm32::v128,
    letters: [std::arch::wasm32::v128; 3],
    space: std::arch::wasm32::v128,
}

#[cfg(target_family = "wasm")]
impl Simple {
    #[inline(always)]
    fn new() -> Self {
        use crate::simd::splat;
        Self {
            backslash: splat(b'\\'),
            mark: splat(b'"'),
            letters: [splat(b'n'), splat(b'r'), splat(b't')],
            space: splat(b' '),
        }
    }

    /// Where escapes begin in a block, as the sum of -1 for each over four lanes. `next` is the block from its second byte
    /// on, and one more.
    #[inline(always)]
    fn begins(&self, block: &[u8; 64], next: &[u8; 64]) -> Option<std::arch::wasm32::v128> {
        use std::arch::wasm32::*;
        let ([a, b, c, d], [next_a, next_b, next_c, next_d]) = (quarters(block), quarters(next));
        let begins = |quarter| crate::simd::opaque(u8x16_eq(quarter, self.backslash));
        let [begin_a, begin_b, begin_c, begin_d] = [begins(a), begins(b), begins(c), begins(d)];
        let (odd_a, bare_a) = self.odd(begin_a, next_a);
        let (odd_b, bare_b) = self.odd(begin_b, next_b);
        let (odd_c, bare_c) = self.odd(begin_c, next_c);
        let (odd_d, bare_d) = self.odd(begin_d, next_d);
        let odd = v128_or(v128_or(odd_a, odd_b), v128_or(odd_c, odd_d));
        let bare = u8x16_min(u8x16_min(bare_a, bare_b), u8x16_min(bare_c, bare_d));
        let bare = u8x16_eq(bare, u8x16_splat(0));
        // As signed numbers, bytes beyond ASCII are smaller too.
        let least = i8x16_min(i8x16_min(i8x16_min(a, b), i8x16_min(c, d)), self.space);
        let odd = v128_or(odd, v128_or(bare, v128_xor(least, self.space)));
        let sums = i8x16_add(i8x16_add(begin_a, begin_b), i8x16_add(begin_c, begin_d));
        (!v128_any_true(odd)).then_some(sums)
    }

    /// Bits where an escape begins and what comes next is not simple; and none where a quotation mark comes next though
    /// no escape begins. (The bits in which bytes differ, where comparing them would take more steps.)
    #[inline(always)]
    fn odd(
        &self,
        begins: std::arch::wasm32::v128,
        next: std::arch::wasm32::v128,
    ) -> (std::arch::wasm32::v128, std::arch::wasm32::v128) {
        use std::arch::wasm32::*;
        let [n, r, t] = self.letters;
        let mark = v128_xor(next, self.mark);
        let letters = u8x16_min(u8x16_min(v128_xor(next, n), v128_xor(next, r)), v128_xor(next, t));
        (v128_and(begins, u8x16_min(letters, mark)), v128_or(begins, mark))
    }
}

/// Looks for content of XML that is as most is.
#[cfg(target_family = "wasm")]
pub(super) struct Plain {
    tag: std::arch::wasm32::v128,
    reference: std::arch::wasm32::v128,
}

#[cfg(target_family = "wasm")]
impl Plain {
    #[inline(always)]
    pub(super) fn new() -> Self {
        use crate::simd::splat;
        Self { tag: splat(b'<'), reference: splat(b'&') }
    }

    /// Where references begin in a block that has ASCII characters only and no tag.
    #[inline(always)]
    pub(super) fn references(&self, block: &[u8; 64]) -> Option<u64> {
        use std::arch::wasm32::*;
        let quarters = quarters(block);
        let [a, b, c, d] = quarters;
        let is_tag = |quarter| u8x16_eq(quarter, self.tag);
        let tags = v128_or(v128_or(is_tag(a), is_tag(b)), v128_or(is_tag(c), is_tag(d)));
        let all = v128_or(v128_or(a, b), v128_or(c, d));
        (u8x16_bitmask(v128_or(all, tags)) == 0)
            .then(|| bits(quarters, |quarter| u8x16_eq(quarter, self.reference)))
    }
}

/// Where a byte stands in a block of sixty-four.
#[cfg(target_family = "wasm")]
#[inline(always)]
pub(super) fn places(block: &[u8; 64], byte: u8) -> u64 {
    use std::arch::wasm32::*;
    bits(quarters(block), |block| u8x16_eq(block, u8x16_splat(byte)))
}

/// A bit for each lane that is set, of sixty-four. (To map the array is a call, with this little inlining.)
#[cfg(target_family = "wasm")]
#[inline(always)]
fn bits(
    quarters: [std::arch::wasm32::v128; 4],
    lanes: impl Fn(std::arch::wasm32::v128) -> std::arch::wasm32::v128,
) -> u64 {
    let [a, b, c, d] = quarters;
    let bits = |quarter| u64::from(std::arch::wasm32::u8x16_bitmask(lanes(quarter)));
    bits(a) | bits(b) << 16 | bits(c) << 32 | bits(d) << 48
}

#[cfg(target_family = "wasm")]
#[inline(always)]
fn quarters(block: &[u8; 64]) -> [std::arch::wasm32::v128; 4] {
    let blocks = block.as_chunks::<16>().0;
    let quarter = |at: usize| crate::simd::load(blocks.get(at).unwrap_or(&[0; 16]));
    [quarter(0), quarter(1), quarter(2), quarter(3)]
}

#[cfg(target_family = "wasm")]
#[inline(always)]
fn equal(block: &[u8; 16], byte: u8) -> u32 {
    use std::arch::wasm32::*;
    u32::from(u8x16_bitmask(u8x16_eq(crate::simd::load(block), u8x16_splat(byte))))
}

#[cfg(not(target_family = "wasm"))]
pub(super) fn look(block: &[u8; 64], mark: u8, [first, second]: [u8; 2]) -> Look {
    let mut look =
        Look { marks: places(block, mark), stops: places(block, first), trailing: 0, long: 0 };
    if second != first {
        look.stops |= places(block, second);
    }
    if !block.is_ascii() {
        for (at, byte) in block.iter().enumerate() {
            look.trailing |= u64::from(byte & 0xC0 == 0x80) << at;
            look.long |= u64::from(*byte >= 0xF0) << at;
        }
    }
    look
}

#[cfg(not(target_family = "wasm"))]
pub(super) fn simple_json(text: &[u8]) -> (usize, usize) {
    let (mut blocks, mut escapes) = (0, 0);
    while let Some(block) = text.get(64 * blocks..).and_then(<[u8]>::first_chunk::<65>) {
        let is_simple = block.windows(2).all(|pair| match pair {
            [b'\\', b'"' | b'n' | b'r' | b't'] => true,
            [b'\\', _] | [_, b'"'] => false,
            pair => matches!(pair, [b' '..=0x7F, _]),
        });
        if !is_simple {
            break;
        }
        escapes += block.iter().take(64).filter(|byte| **byte == b'\\').count();
        blocks += 1;
    }
    (blocks, escapes)
}

#[cfg(not(target_family = "wasm"))]
pub(super) struct Plain;

#[cfg(not(target_family = "wasm"))]
impl Plain {
    pub(super) fn new() -> Self {
        Self
    }

    pub(super) fn references(&self, block: &[u8; 64]) -> Option<u64> {
        (block.is_ascii() && !block.contains(&b'<')).then(|| places(block, b'&'))
    }
}

#[cfg(not(target_family = "wasm"))]
pub(super) fn places(block: &[u8; 64], byte: u8) -> u64 {
    let blocks = block.as_chunks::<16>().0.iter().rev();
    blocks.fold(0, |bits, block| bits << 16 | u64::from(equal(block, byte)))
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
                let look = look(block, byte, [byte, 1]);
                let bits = look.marks;
                prop_assert_eq!(look.stops, bits | super::look(block, 1, [1; 2]).marks);
                for end in 0..64 {
                    let part = (1 << end) - 1;
                    prop_assert_eq!(look.units(part), crate::text::utf16_len(&text[..end]));
                }
                let places: Vec<usize> = (0..64).filter(|at| bits >> at & 1 == 1).collect();
                prop_assert_eq!(places, naive);
            }
            let first: &[u8; 16] = text.first_chunk().unwrap();
            let naive = first.iter().position(|byte| matches!(byte, 0 | 0x80)).unwrap_or(32);
            prop_assert_eq!(either(first, [0, 0x80]).trailing_zeros() as usize, naive);
        }
    }
}
