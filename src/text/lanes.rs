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

/// How many backslashes stand in a block of JSON where all is as in most: every one begins an escape of a quotation
/// mark, a line end or a tab, and beside these there are ASCII characters of text only. `None` where that is not so.
/// `open` is set where the first byte belongs to an escape that has begun before, and then if the last byte begins one.
#[cfg(target_family = "wasm")]
#[inline(always)]
pub(super) fn simple_json(block: &[u8; 64], open: &mut bool) -> Option<u32> {
    use std::arch::wasm32::*;
    let [a, b, c, d] = quarters(block);
    let begins = |quarter| u8x16_eq(quarter, u8x16_splat(b'\\'));
    let [begin_a, begin_b, begin_c, begin_d] = [begins(a), begins(b), begins(c), begins(d)];
    let before = u8x16_splat(u8::from(*open).wrapping_neg());
    let odd = v128_or(
        v128_or(odd_in_json(a, before, begin_a), odd_in_json(b, begin_a, begin_b)),
        v128_or(odd_in_json(c, begin_b, begin_c), odd_in_json(d, begin_c, begin_d)),
    );
    let beyond_ascii = v128_or(v128_or(a, b), v128_or(c, d));
    let least = u8x16_min(u8x16_min(a, b), u8x16_min(c, d));
    let control = u8x16_sub_sat(u8x16_splat(b' '), least);
    let odd = v128_or(v128_or(odd, control), v128_and(beyond_ascii, u8x16_splat(0x80)));
    if v128_any_true(odd) {
        return None;
    }
    let begins = bits([begin_a, begin_b, begin_c, begin_d], |begin| begin);
    *open = begins >> 63 == 1;
    Some(begins.count_ones())
}

/// Quotation marks that no backslash comes before, and what it comes before though it is not simple.
#[cfg(target_family = "wasm")]
#[inline(always)]
fn odd_in_json(
    quarter: std::arch::wasm32::v128,
    before: std::arch::wasm32::v128,
    begins: std::arch::wasm32::v128,
) -> std::arch::wasm32::v128 {
    use std::arch::wasm32::*;
    let is = |byte| u8x16_eq(quarter, u8x16_splat(byte));
    let after = u8x16_shuffle::<15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30>(
        before, begins,
    );
    let mark = is(b'"');
    let usual = v128_or(v128_or(is(b'n'), is(b'r')), v128_or(is(b't'), mark));
    v128_or(v128_andnot(after, usual), v128_andnot(mark, after))
}

/// Where any of these bytes stands.
#[cfg(target_family = "wasm")]
#[inline(always)]
pub(super) fn any_of(block: &[u8; 64], bytes: [u8; 4]) -> u64 {
    use std::arch::wasm32::*;
    bits(quarters(block), |block| {
        let [a, b, c, d] = bytes;
        let is = |byte| u8x16_eq(block, u8x16_splat(byte));
        v128_or(v128_or(is(a), is(b)), v128_or(is(c), is(d)))
    })
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
pub(super) fn simple_json(block: &[u8; 64], open: &mut bool) -> Option<u32> {
    let mut after = *open;
    let mut count = 0;
    for byte in block {
        let is_simple = match byte {
            b'"' | b'n' | b'r' | b't' if after => true,
            b'"' => false,
            b' '..=0x7F => !after,
            _ => false,
        };
        if !is_simple {
            return None;
        }
        after = *byte == b'\\';
        count += u32::from(after);
    }
    *open = after;
    Some(count)
}

#[cfg(not(target_family = "wasm"))]
pub(super) fn any_of(block: &[u8; 64], bytes: [u8; 4]) -> u64 {
    bytes.iter().fold(0, |all, byte| all | places(block, *byte))
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
