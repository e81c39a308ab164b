//! Building blocks for WebAssembly's 128-bit vectors.
//!
//! A vector is loaded and stored without `unsafe` through two `u64`, which the compiler turns into one instruction.

use std::arch::wasm32::{
    u8x16_avgr, u8x16_bitmask, u8x16_splat, u64x2, u64x2_extract_lane, u64x2_splat, v128,
};

/// Loads sixteen bytes at any alignment. Compiles to one load.
#[inline(always)]
pub(crate) fn load(bytes: &[u8; 16]) -> v128 {
    let (halves, _) = bytes.as_chunks::<8>();
    match halves {
        [low, high] => u64x2(u64::from_le_bytes(*low), u64::from_le_bytes(*high)),
        _ => u64x2_splat(0),
    }
}

/// Loads the four quarters of a block.
#[inline(always)]
pub(crate) fn load_quarters(block: &[u8; 64]) -> [v128; 4] {
    let blocks = block.as_chunks::<16>().0;
    let quarter = |at: usize| load(blocks.get(at).unwrap_or(&[0; 16]));
    [quarter(0), quarter(1), quarter(2), quarter(3)]
}

/// Returns the bytes of a vector.
#[inline(always)]
pub(crate) fn to_bytes(vector: v128) -> [u8; 16] {
    let mut bytes = [0; 16];
    store(vector, &mut bytes);
    bytes
}

/// Writes the bytes of a vector. Compiles to one store.
#[inline(always)]
pub(crate) fn store(vector: v128, to: &mut [u8; 16]) {
    if let ([low, high], []) = to.as_chunks_mut::<8>() {
        *low = u64x2_extract_lane::<0>(vector).to_le_bytes();
        *high = u64x2_extract_lane::<1>(vector).to_le_bytes();
    }
}

/// Returns a vector with one byte in all lanes, hiding the byte's value from the compiler.
///
/// The compiler would rematerialise a known constant inside the loop, and an engine spends three instructions on
/// building it for every block. A value that it cannot see is built once, before the loop.
#[inline(always)]
pub(crate) fn splat_opaque(byte: u8) -> v128 {
    u8x16_splat(std::hint::black_box(byte))
}

/// Returns the same vector through an operation that changes nothing but that the compiler does not see through.
///
/// The compiler would reduce the result of a comparison to one bit a lane, and an engine spends ten instructions on
/// widening such bits to lanes again.
#[inline(always)]
pub(crate) fn opaque(lanes: v128) -> v128 {
    u8x16_avgr(lanes, lanes)
}

/// Returns a mask of the lanes that `compare` sets in the four quarters of a block.
///
/// The quarters are spelled out, because `array::map` remains a call at this crate's inlining threshold.
#[inline(always)]
pub(crate) fn mask_of_quarters(quarters: [v128; 4], compare: impl Fn(v128) -> v128) -> u64 {
    let [a, b, c, d] = quarters;
    let mask = |quarter| u64::from(u8x16_bitmask(compare(quarter)));
    mask(a) | mask(b) << 16 | mask(c) << 32 | mask(d) << 48
}
