//! Fingerprints: 64-bit hashes (XXH3) that identify records, blocks and sources.
//!
//! Numbers are hashed in little-endian order, so a fingerprint is the same on every target and may be stored in a
//! partial.

use crate::time::Time;
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_64;

/// Returns the hash of some numbers, in this order.
pub(crate) fn hash_words<const N: usize>(words: [u64; N]) -> u64 {
    xxh3_64(words.map(u64::to_le_bytes).as_flattened())
}

/// Returns a time as two numbers to be hashed: seconds and nanoseconds, or zeros.
pub(crate) fn time_words(time: Option<Time>) -> [u64; 2] {
    time.map_or([0, 0], |time| [time.seconds() as u64, u64::from(time.nanos())])
}

/// Returns 64 bits of the SHA-256 of a text in WTF-8. Texts are grouped by it, and whoever runs a script must not be able
/// to choose its group.
pub(crate) fn text_fingerprint(text: &[u8]) -> u64 {
    Sha256::digest(text).first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

/// Returns a hash of the fingerprints of the parts of a text, in their order.
pub(crate) fn parts_hash(texts: impl Iterator<Item = u64>) -> u64 {
    texts.fold(0, |hash, text| hash_words([hash, text]))
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
