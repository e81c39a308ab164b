//! Checksums of files and chunks, verified only where something is already wrong.

use super::bytes::u32_at;
use super::structure::{CHUNK_HEADER_BYTES, FILE_MAGIC};

/// Flags of a chunk whose checksums are not valid: written to since they were computed, or never computed.
const UNSUMMED: u32 = 0x1 | 0x4;

/// The result of verifying a chunk's checksums.
pub(super) struct ChunkChecksums {
    /// Header and records have their checksums.
    pub(super) is_intact: bool,
    /// Names the wrong checksum, for the end of a message.
    pub(super) remark: &'static str,
}

impl ChunkChecksums {
    pub(super) fn check(chunk: &[u8]) -> Self {
        let flags = u32_at(chunk, 120).unwrap_or(UNSUMMED);
        if flags & UNSUMMED != 0 {
            return Self { is_intact: false, remark: "" };
        }
        let remark = match (is_header_intact(chunk), are_records_intact(chunk)) {
            (Some(true), Some(true)) => "",
            (Some(false), _) => " (the checksum of the chunk's header is wrong)",
            (_, Some(false)) => " (the checksum of the chunk's records is wrong)",
            // The end of a cut chunk is missing: its checksum cannot be computed.
            _ => return Self { is_intact: false, remark: "" },
        };
        Self { is_intact: remark.is_empty(), remark }
    }
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

/// Verifies the checksum of a chunk's records; `None` if the chunk is cut within.
fn are_records_intact(chunk: &[u8]) -> Option<bool> {
    let end = usize::try_from(u32_at(chunk, 48)?).ok()?;
    let sum = crc32(&[chunk.get(CHUNK_HEADER_BYTES..end)?]);
    Some(u32_at(chunk, 52)? == sum)
}

/// Computes the CRC-32 of IEEE 802.3 over these parts, one after the other.
fn crc32(parts: &[&[u8]]) -> u32 {
    let sum = parts.iter().flat_map(|part| part.iter()).fold(!0_u32, |sum, byte| {
        let entry = TABLE.get((sum as u8 ^ byte) as usize).copied().unwrap_or(0);
        entry ^ (sum >> 8)
    });
    !sum
}

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut entry = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            entry = if entry & 1 == 1 { 0xEDB8_8320 ^ (entry >> 1) } else { entry >> 1 };
            bit += 1;
        }
        // Evaluated at compile time: an index out of bounds would not compile.
        #[allow(clippy::indexing_slicing)]
        {
            table[byte] = entry;
        }
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_crc_32_of_ieee_802_3() {
        assert_eq!(crc32(&[b"1234", b"56789"]), 0xCBF4_3926);
    }
}
