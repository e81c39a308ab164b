//! Marks: one number for several, by which one thing is told from others.

use crate::time::Time;
use xxhash_rust::xxh3::xxh3_64;

/// A hash of these numbers.
pub(crate) fn hash_words<const N: usize>(numbers: [u64; N]) -> u64 {
    xxh3_64(numbers.map(u64::to_le_bytes).as_flattened())
}

/// A time as two of them.
pub(crate) fn time_words(time: Option<Time>) -> [u64; 2] {
    time.map_or([0, 0], |time| [time.seconds() as u64, u64::from(time.nanos())])
}
