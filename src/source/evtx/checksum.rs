//! Checksums of files and chunks.
//!
//! Only the file header tells whether chunks have checksums that must agree: a log that was copied while Windows wrote it
//! is dirty, and its chunks were summed before their last records. The chunk's own flag 0x1 is set in every real chunk
//! (610 of 610 examined), dirty or not, and tells nothing.

use super::bytes::u32_at;
use super::structure::{CHUNK_BYTES, CHUNK_HEADER_BYTES, FILE_MAGIC};
use crc32fast::Hasher;

/// Flags of a file whose chunks may have other checksums: not closed since it was written to, or written without any.
const UNSUMMED: u32 = 0x1 | 0x4;

/// The result of verifying a chunk's checksums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChunkChecksums {
    /// Header and records have their checksums.
    Intact,
    WrongHeader,
    WrongRecords,
    /// The chunk is cut within: its checksums cannot be computed.
    Unknown,
}

impl ChunkChecksums {
    pub(super) fn check(chunk: &[u8]) -> Self {
        match (is_header_intact(chunk), are_records_intact(chunk)) {
            (Some(true), Some(true)) => Self::Intact,
            (Some(_), Some(false)) => Self::WrongRecords,
            (Some(false), Some(true)) => Self::WrongHeader,
            _ => Self::Unknown,
        }
    }
}

/// Whether these are the first bytes of an EVTX file whose chunks must have the checksums in their headers. 128 bytes
/// suffice.
///
/// A file says so unless it is dirty, because it was copied while Windows wrote it, or was written without checksums.
///
/// ```
/// assert!(!scriptscope::has_checksums(b"ElfFile\0"));
/// ```
pub fn has_checksums(file: &[u8]) -> bool {
    is_file_header(file) && u32_at(file, 120).is_some_and(|flags| flags & UNSUMMED == 0)
}

/// Whether a file begins with a header that has its checksum.
pub(super) fn is_file_header(file: &[u8]) -> bool {
    let sum = file.get(..120).map(|header| crc32(&[header]));
    file.starts_with(FILE_MAGIC) && sum.is_some() && u32_at(file, 124) == sum
}

/// Verifies the checksum of a chunk's header and tables; `None` if the chunk is cut within.
fn is_header_intact(chunk: &[u8]) -> Option<bool> {
    let sum = crc32(&[chunk.get(..120)?, chunk.get(128..CHUNK_HEADER_BYTES)?]);
    Some(u32_at(chunk, 124)? == sum)
}

/// Verifies the checksum of a chunk's records; `None` if the chunk is cut within. A header that gives no end of the
/// records has a wrong one.
fn are_records_intact(chunk: &[u8]) -> Option<bool> {
    let end = usize::try_from(u32_at(chunk, 48)?).ok()?;
    if !(CHUNK_HEADER_BYTES..=CHUNK_BYTES).contains(&end) {
        return Some(false);
    }
    let sum = crc32(&[chunk.get(CHUNK_HEADER_BYTES..end)?]);
    Some(u32_at(chunk, 52)? == sum)
}

/// Computes the CRC-32 of IEEE 802.3 over these parts, one after the other.
fn crc32(parts: &[&[u8]]) -> u32 {
    let mut hasher = Hasher::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_crc_32_of_ieee_802_3() {
        assert_eq!(crc32(&[b"1234", b"56789"]), 0xCBF4_3926);
    }

    #[test]
    fn only_a_clean_file_with_an_intact_header_has_checksums() {
        let mut file = vec![0; 128];
        file[..8].copy_from_slice(FILE_MAGIC);
        let sum = crc32(&[&file[..120]]);
        file[124..].copy_from_slice(&sum.to_le_bytes());
        assert!(has_checksums(&file) && !has_checksums(&file[..120]));
        for flags in [1, 4, 5] {
            file[120] = flags;
            assert!(!has_checksums(&file), "{flags}");
        }
        file[120] = 2;
        assert!(has_checksums(&file));
        file[0] = b'e';
        assert!(!has_checksums(&file));
    }
}
