//! Equality and order of byte slices.
//!
//! In WebAssembly `memcmp`, which `==` and `cmp` of slices call, compares byte by byte. These compare sixteen bytes a
//! step, as two integers.

use std::cmp::Ordering;

/// Returns the order of two slices, as `Ord::cmp` gives it. Fast for long common prefixes.
pub(crate) fn compare(left: &[u8], right: &[u8]) -> Ordering {
    let (left_blocks, _) = left.as_chunks::<16>();
    let (right_blocks, _) = right.as_chunks::<16>();
    let equal =
        16 * left_blocks.iter().zip(right_blocks).take_while(|(left, right)| left == right).count();
    left.get(equal..).cmp(&right.get(equal..))
}

/// Returns whether two slices are equal.
pub(crate) fn is_equal(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let (left_blocks, left_rest) = left.as_chunks::<16>();
    let (right_blocks, right_rest) = right.as_chunks::<16>();
    let mut difference = 0;
    for (left, right) in left_blocks.iter().zip(right_blocks) {
        difference |= u128::from_le_bytes(*left) ^ u128::from_le_bytes(*right);
    }
    difference == 0 && left_rest == right_rest
}

/// Returns whether two short slices of the same length are equal. The last word overlaps the one before it, so that no
/// bytes are compared one by one.
pub(crate) fn is_equal_short(left: &[u8], right: &[u8]) -> bool {
    let (left_blocks, _) = left.as_chunks::<16>();
    let (right_blocks, _) = right.as_chunks::<16>();
    if !left_blocks.iter().zip(right_blocks).all(|(left, right)| left == right) {
        return false;
    }
    match (left.last_chunk::<16>(), right.last_chunk::<16>()) {
        (Some(left), Some(right)) => left == right,
        _ => match (left.last_chunk::<8>(), right.last_chunk::<8>()) {
            (Some(left_last), Some(right_last)) => {
                left_last == right_last && left.first_chunk::<8>() == right.first_chunk::<8>()
            }
            _ => left.iter().zip(right).all(|(left, right)| left == right),
        },
    }
}

/// Returns whether two slices of the same length have equal bits where `mask` has ones.
pub(crate) fn is_equal_masked(left: &[u8], right: &[u8], mask: &[u8]) -> bool {
    let (left_blocks, left_rest) = left.as_chunks::<16>();
    let (right_blocks, right_rest) = right.as_chunks::<16>();
    let (mask_blocks, mask_rest) = mask.as_chunks::<16>();
    let mut difference = 0;
    for ((left, right), mask) in left_blocks.iter().zip(right_blocks).zip(mask_blocks) {
        let [left, right, mask] = [left, right, mask].map(|bytes| u128::from_le_bytes(*bytes));
        difference |= (left ^ right) & mask;
    }
    let mut bytes = left_rest.iter().zip(right_rest).zip(mask_rest);
    difference == 0 && bytes.all(|((left, right), mask)| (left ^ right) & mask == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn compares_like_the_standard_library(
            prefix in "[ab]{0,40}",
            left in "[abä]{0,20}",
            right in "[abä]{0,20}",
        ) {
            let (left, right) = (prefix.clone() + &left, prefix + &right);
            let (left_bytes, right_bytes) = (left.as_bytes(), right.as_bytes());
            prop_assert_eq!(compare(left_bytes, right_bytes), left.cmp(&right));
            prop_assert_eq!(is_equal(left_bytes, right_bytes), left == right);
            prop_assert!(is_equal(left_bytes, left.clone().as_bytes()));
        }

        #[test]
        fn compares_slices_of_one_length(
            bytes in prop::collection::vec(any::<(u8, u8)>(), 0..40),
            at in any::<prop::sample::Index>(),
            bit in 0..8_u32,
        ) {
            let (left, mask): (Vec<u8>, Vec<u8>) = bytes.into_iter().unzip();
            prop_assert!(is_equal_short(&left, &left) && is_equal_masked(&left, &left, &mask));
            if !left.is_empty() {
                let at = at.index(left.len());
                let mut right = left.clone();
                right[at] ^= 1 << bit;
                prop_assert!(!is_equal_short(&left, &right));
                prop_assert_eq!(is_equal_masked(&left, &right, &mask), mask[at] & 1 << bit == 0);
            }
        }
    }
}
