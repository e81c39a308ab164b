//! Fingerprints: 64-bit hashes (XXH3) that identify records, blocks and sources.
//!
//! Numbers are hashed in little-endian order, so a fingerprint is the same on every target and may be stored in a
//! partial.

use crate::time::Time;
use xxhash_rust::xxh3::xxh3_64;

/// Returns the hash of some numbers, in this order.
pub(crate) fn hash_words<const N: usize>(words: [u64; N]) -> u64 {
    xxh3_64(words.map(u64::to_le_bytes).as_flattened())
}

/// Returns a time as two numbers to be hashed: seconds and nanoseconds, or zeros.
pub(crate) fn time_words(time: Option<Time>) -> [u64; 2] {
    time.map_or([0, 0], |time| [time.seconds() as u64, u64::from(time.nanos())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_fixed_and_depend_on_order() {
        // Partials store fingerprints: these values must never change.
        assert_eq!(hash_words([1, 2]), xxh3_64(&[1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]));
        assert_ne!(hash_words([1, 2]), hash_words([2, 1]));
        assert_eq!(time_words(Time::new(-1, 5, 9)), [u64::MAX, 5]);
        assert_eq!(time_words(None), [0, 0]);
    }
}
