//! Checksums, looked at only where something is already wrong.

use super::FILE_MAGIC;
use super::bytes::u32_at;
use super::chunk::CHUNK_HEADER;

/// Flags of a chunk whose checksums say nothing: written to but not yet summed, or never summed.
const UNSUMMED: u32 = 0x1 | 0x4;

/// What the checksums of a chunk say of it.
pub(super) struct ChunkChecksums {
    /// Header and records are as they were when the chunk was last summed.
    pub(super) is_intact: bool,
    /// Which of them is wrong, to be put after a message.
    pub(super) remark: &'static str,
}

impl ChunkChecksums {
    pub(super) fn of(chunk: &[u8]) -> Self {
        let flags = u32_at(chunk, 120).unwrap_or(UNSUMMED);
        if flags & UNSUMMED != 0 {
            return Self { is_intact: false, remark: "" };
        }
        let remark = match (header(chunk), records(chunk)) {
            (Some(true), Some(true)) => "",
            (Some(false), _) => " (the checksum of the chunk's header is wrong)",
            (_, Some(false)) => " (the checksum of the chunk's records is wrong)",
            // A cut chunk has nothing to be compared with.
            _ => return Self { is_intact: false, remark: "" },
        };
        Self { is_intact: remark.is_empty(), remark }
    }
}

/// A file header as it was when it was last summed.
pub(super) fn is_file_header(file: &[u8]) -> bool {
    let sum = file.get(..120).map(|header| crc32(&[header]));
    file.starts_with(FILE_MAGIC) && sum.is_some() && u32_at(file, 124) == sum
}

fn header(chunk: &[u8]) -> Option<bool> {
    let sum = crc32(&[chunk.get(..120)?, chunk.get(128..CHUNK_HEADER)?]);
    Some(u32_at(chunk, 124)? == sum)
}

fn records(chunk: &[u8]) -> Option<bool> {
    let end = usize::try_from(u32_at(chunk, 48)?).ok()?;
    let sum = crc32(&[chunk.get(CHUNK_HEADER..end)?]);
    Some(u32_at(chunk, 52)? == sum)
}

/// CRC-32 as IEEE 802.3 has it.
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
        // The compiler runs this loop, and checks its bounds.
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
    fn the_checksum_is_the_usual_one() {
        assert_eq!(crc32(&[b"1234", b"56789"]), 0xCBF4_3926);
    }
}
