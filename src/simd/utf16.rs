//! UTF-16, little endian, sixteen bytes a step.

/// Bytes of a block that is scanned between two tests of the result.
pub(crate) const UTF16_BLOCK: usize = 256;

/// Returns whether any unit of the block is zero.
#[inline(always)]
pub(crate) fn has_nul_unit(block: &[u8; UTF16_BLOCK]) -> bool {
    vectors::has_nul_unit(block)
}

/// Returns whether every unit is ASCII. `N` is a multiple of 16.
#[inline(always)]
pub(crate) fn is_ascii_utf16<const N: usize>(units: &[u8; N]) -> bool {
    vectors::is_ascii_utf16(units)
}

/// Returns the low bytes of sixteen units, which must be ASCII.
#[inline(always)]
pub(crate) fn narrow_ascii(units: &[u8; 32]) -> [u8; 16] {
    vectors::narrow_ascii(units)
}

#[cfg(target_family = "wasm")]
mod vectors {
    use super::UTF16_BLOCK;
    use crate::simd::v128::{load, to_bytes};
    use std::arch::wasm32::*;

    #[inline(always)]
    pub(super) fn has_nul_unit(block: &[u8; UTF16_BLOCK]) -> bool {
        let mut minimum = u16x8_splat(u16::MAX);
        for units in block.as_chunks::<16>().0 {
            minimum = u16x8_min(minimum, load(units));
        }
        !i16x8_all_true(minimum)
    }

    #[inline(always)]
    pub(super) fn is_ascii_utf16<const N: usize>(units: &[u8; N]) -> bool {
        let mut union = u16x8_splat(0);
        for units in units.as_chunks::<16>().0 {
            union = v128_or(union, load(units));
        }
        !v128_any_true(v128_and(union, u16x8_splat(0xFF80)))
    }

    #[inline(always)]
    pub(super) fn narrow_ascii(units: &[u8; 32]) -> [u8; 16] {
        let ([low, high], []) = units.as_chunks::<16>() else { return [0; 16] };
        // The instruction saturates. With the high bytes masked the compiler knows that there is nothing to saturate;
        // without, it emulates the saturation in more steps.
        let low = v128_and(load(low), u16x8_splat(0xFF));
        let high = v128_and(load(high), u16x8_splat(0xFF));
        to_bytes(u8x16_narrow_i16x8(low, high))
    }
}

#[cfg(not(target_family = "wasm"))]
mod vectors {
    use super::UTF16_BLOCK;

    #[inline(always)]
    pub(super) fn has_nul_unit(block: &[u8; UTF16_BLOCK]) -> bool {
        units(block).fold(0, |any, unit| any | u16::from(unit == 0)) != 0
    }

    #[inline(always)]
    pub(super) fn is_ascii_utf16<const N: usize>(bytes: &[u8; N]) -> bool {
        units(bytes).fold(0, |union, unit| union | unit) < 0x80
    }

    #[inline(always)]
    pub(super) fn narrow_ascii(units: &[u8; 32]) -> [u8; 16] {
        let mut narrowed = [0; 16];
        for (to, [low, _]) in narrowed.iter_mut().zip(units.as_chunks::<2>().0) {
            *to = *low;
        }
        narrowed
    }

    #[inline(always)]
    fn units(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
        bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examines_every_unit_of_a_block() {
        let block = |unit: u16| -> [u8; UTF16_BLOCK] {
            let units = [unit; UTF16_BLOCK / 2].map(u16::to_le_bytes);
            units.as_flattened().try_into().unwrap()
        };
        let ascii = block(0x7F);
        assert!(is_ascii_utf16(&ascii) && !has_nul_unit(&ascii));
        assert!(!has_nul_unit(&block(0x100)) && !has_nul_unit(&block(0xFF)));
        assert!(!is_ascii_utf16(&block(0x100)));
        for at in 0..UTF16_BLOCK / 2 {
            let with = |unit: u16| {
                let mut changed = ascii;
                changed[2 * at..2 * at + 2].copy_from_slice(&unit.to_le_bytes());
                changed
            };
            assert!(has_nul_unit(&with(0)) && is_ascii_utf16(&with(0)));
            for unit in [0x80, 0x100, 0xFFFF] {
                assert!(!is_ascii_utf16(&with(unit)));
            }
        }
    }

    #[test]
    fn narrows_units_to_their_low_bytes() {
        let units: Vec<u8> = (0x41..0x51_u16).flat_map(u16::to_le_bytes).collect();
        assert_eq!(&narrow_ascii(&units.try_into().unwrap()), b"ABCDEFGHIJKLMNOP");
    }
}
