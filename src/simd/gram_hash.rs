//! Lower-case bytes of a text, and the hashes of four bytes at every other position, sixteen positions a step.

/// Positions of one step.
pub(crate) const STEP: usize = 16;

/// Replaces every character beyond ASCII.
pub(crate) const NON_ASCII: u8 = 0x80;

/// Hashes at the even positions of a step, little endian.
pub(crate) type GramHashes = [[u8; 2]; STEP / 2];

/// Returns the hash of four lower-case characters. Only five bits of the fourth count, so three characters followed by
/// any fourth have at most 32 hashes.
pub(crate) fn hash_gram([a, b, c, d]: [u8; 4]) -> u16 {
    let low = u16::from_le_bytes([a, b]).wrapping_mul(LOW_FACTOR);
    low.wrapping_add(u16::from(c).wrapping_mul(HIGH_FACTOR)) ^ (u16::from(d) & FOURTH_MASK)
}

const LOW_FACTOR: u16 = 0x9E35;
const HIGH_FACTOR: u16 = 0x6A6D;
/// Bits of the fourth character that count.
pub(crate) const FOURTH_MASK: u16 = 31;

/// Writes one lower-case byte for each unit of `W` bytes, 1 or 2; [`NON_ASCII`] for a character beyond ASCII.
pub(crate) fn to_lowercase_bytes<const W: usize>(units: &[[u8; W]], bytes: &mut [u8]) {
    let stepped = units.len() / STEP * STEP;
    let (steps, rest) = units.split_at_checked(stepped).unwrap_or_default();
    let (to, rest_to) = bytes.split_at_mut_checked(stepped).unwrap_or_default();
    if W == 2 {
        vectors::narrow_units(steps.as_flattened().as_chunks().0, to.as_chunks_mut().0);
    } else {
        vectors::narrow_bytes(steps.as_flattened().as_chunks().0, to.as_chunks_mut().0);
    }
    for (byte, unit) in rest_to.iter_mut().zip(rest) {
        *byte = match unit.as_slice() {
            [low, 0] | [low] => lower(*low),
            _ => NON_ASCII,
        };
    }
}

/// Writes the hashes at the even positions of each step that another step follows, as far as `hashes` reaches.
pub(crate) fn hash_grams(bytes: &[u8], hashes: &mut [GramHashes]) {
    vectors::hash_grams(bytes.as_chunks::<STEP>().0, hashes);
}

fn lower(byte: u8) -> u8 {
    byte.min(NON_ASCII).to_ascii_lowercase()
}

#[cfg(target_family = "wasm")]
mod vectors {
    use super::{FOURTH_MASK, GramHashes, HIGH_FACTOR, LOW_FACTOR, NON_ASCII, STEP};
    use crate::simd::v128::{load, store};
    use std::arch::wasm32::*;

    pub(super) fn narrow_units(steps: &[[u8; 2 * STEP]], bytes: &mut [[u8; STEP]]) {
        for (to, units) in bytes.iter_mut().zip(steps) {
            let ([first, second], []) = units.as_chunks::<16>() else { return };
            let most = u16x8_splat(NON_ASCII as u16);
            let (first, second) = (u16x8_min(load(first), most), u16x8_min(load(second), most));
            store(lower(u8x16_narrow_i16x8(first, second)), to);
        }
    }

    pub(super) fn narrow_bytes(steps: &[[u8; STEP]], bytes: &mut [[u8; STEP]]) {
        for (to, step) in bytes.iter_mut().zip(steps) {
            store(lower(u8x16_min(load(step), u8x16_splat(NON_ASCII))), to);
        }
    }

    #[inline(always)]
    pub(super) fn hash_grams(steps: &[[u8; STEP]], hashes: &mut [GramHashes]) {
        let pairs = steps.iter().zip(steps.get(1..).unwrap_or_default());
        for (to, (step, next)) in hashes.iter_mut().zip(pairs) {
            hash_step(step, next, to);
        }
    }

    #[inline(always)]
    #[rustfmt::skip]
    fn hash_step(step: &[u8; STEP], next: &[u8; STEP], to: &mut GramHashes) {
        let (step, next) = (load(step), load(next));
        let later = u8x16_shuffle::<2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17>(step, next);
        if let ([to], []) = to.as_flattened_mut().as_chunks_mut::<16>() {
            store(hash(step, later), to);
        }
    }

    #[inline(always)]
    fn hash(low: v128, high: v128) -> v128 {
        let third = v128_and(high, u16x8_splat(0xFF));
        let fourth = v128_and(u16x8_shr(high, 8), u16x8_splat(FOURTH_MASK));
        let low = u16x8_mul(low, u16x8_splat(LOW_FACTOR));
        v128_xor(u16x8_add(low, u16x8_mul(third, u16x8_splat(HIGH_FACTOR))), fourth)
    }

    /// Lowers bytes that are at most [`NON_ASCII`].
    #[inline(always)]
    fn lower(bytes: v128) -> v128 {
        // Moved so that `Z` is the largest signed number: bytes after it wrap to negative ones, and bytes before `A`
        // stay below the compared value.
        let moved = i8x16_add(bytes, i8x16_splat(0x7F - b'Z' as i8));
        let is_upper = i8x16_gt(moved, i8x16_splat(0x7F - 26));
        v128_or(bytes, v128_and(is_upper, u8x16_splat(0x20)))
    }
}

#[cfg(not(target_family = "wasm"))]
mod vectors {
    use super::{FOURTH_MASK, GramHashes, HIGH_FACTOR, LOW_FACTOR, NON_ASCII, STEP, lower};

    pub(super) fn narrow_units(steps: &[[u8; 2 * STEP]], bytes: &mut [[u8; STEP]]) {
        for (to, units) in bytes.iter_mut().zip(steps) {
            for (byte, unit) in to.iter_mut().zip(units.as_chunks::<2>().0) {
                *byte = lower(u16::from_le_bytes(*unit).min(u16::from(NON_ASCII)) as u8);
            }
        }
    }

    pub(super) fn narrow_bytes(steps: &[[u8; STEP]], bytes: &mut [[u8; STEP]]) {
        for (to, step) in bytes.iter_mut().zip(steps) {
            *to = step.map(lower);
        }
    }

    #[inline(always)]
    pub(super) fn hash_grams(steps: &[[u8; STEP]], hashes: &mut [GramHashes]) {
        let complete = steps.len().saturating_sub(1).min(hashes.len());
        let hashes = hashes.get_mut(..complete).unwrap_or_default().as_flattened_mut();
        let (pairs, _) = steps.as_flattened().as_chunks::<2>();
        let pairs = pairs.iter().zip(pairs.iter().skip(1));
        for (to, (low, high)) in hashes.iter_mut().zip(pairs) {
            *to = hash(*low, *high);
        }
    }

    #[inline(always)]
    fn hash(low: [u8; 2], high: [u8; 2]) -> [u8; 2] {
        let high = u16::from_le_bytes(high);
        let low = u16::from_le_bytes(low).wrapping_mul(LOW_FACTOR);
        (low.wrapping_add((high & 0xFF).wrapping_mul(HIGH_FACTOR)) ^ (high >> 8 & FOURTH_MASK))
            .to_le_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hashes_every_other_position(units in prop::collection::vec(prop_oneof![0..0x180_u16, any::<u16>()], 0..200)) {
            let text: Vec<[u8; 2]> = units.iter().map(|unit| unit.to_le_bytes()).collect();
            let mut bytes = vec![0; 240];
            to_lowercase_bytes(&text, &mut bytes);
            for (unit, byte) in units.iter().zip(&bytes) {
                let char = char::from_u32(u32::from(*unit)).filter(char::is_ascii);
                prop_assert_eq!(*byte, char.map_or(NON_ASCII, |char| char.to_ascii_lowercase() as u8));
            }
            let low: Vec<[u8; 1]> = units.iter().map(|unit| [unit.to_le_bytes()[0]]).collect();
            let mut narrowed = vec![0; 240];
            to_lowercase_bytes(&low, &mut narrowed);
            let naive: Vec<u8> = low.iter().map(|byte| lower(byte[0])).collect();
            prop_assert_eq!(&narrowed[..naive.len()], naive);

            let mut hashes = vec![GramHashes::default(); 13];
            hash_grams(&bytes, &mut hashes);
            for (index, found) in hashes.as_flattened().iter().enumerate() {
                let four = *bytes[2 * index..].first_chunk().unwrap();
                prop_assert_eq!(u16::from_le_bytes(*found), hash_gram(four), "{}", index);
            }
        }
    }
}
