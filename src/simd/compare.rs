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
    }
}
