//! Magics, sizes and headers: file, chunk and record frame.

use super::bytes::{u32_at, u64_at};
use memchr::memmem;

/// The first bytes of a file.
pub(crate) const FILE_MAGIC: &[u8; 8] = b"ElfFile\0";

/// Bytes of the file header.
pub(super) const FILE_HEADER_BYTES: usize = 4_096;

/// The first bytes of a chunk.
pub(super) const CHUNK_MAGIC: &[u8; 8] = b"ElfChnk\0";

/// Bytes of a chunk.
pub(super) const CHUNK_BYTES: usize = 64 << 10;

/// Bytes of a chunk before its records.
pub(super) const CHUNK_HEADER_BYTES: usize = 512;

/// The first bytes of a record.
pub(super) const RECORD_MAGIC: &[u8; 4] = b"**\0\0";

/// Bytes of a record before its tokens: magic, size, id and time.
pub(super) const RECORD_HEADER_BYTES: usize = 24;

/// Bytes of a record after its tokens: the size again.
pub(super) const RECORD_TRAILER_BYTES: usize = 4;

/// Bytes of a record without tokens.
pub(super) const LEAST_RECORD_BYTES: usize = RECORD_HEADER_BYTES + RECORD_TRAILER_BYTES;

/// Upper bound on the difference of the ids of two records in a chunk.
pub(super) const IDS_PER_CHUNK: u64 = (CHUNK_BYTES / LEAST_RECORD_BYTES) as u64;

/// Returns the offset of the first chunk at or after `from`.
pub(super) fn next_chunk(data: &[u8], from: usize) -> Option<usize> {
    let rest = data.get(from..)?;
    memmem::find_iter(rest, CHUNK_MAGIC)
        .map(|found| from + found)
        // The header's own size tells a chunk from a text that contains the magic.
        .find(|at| u32_at(data, at + 40).is_none_or(|size| size == 128))
}

/// Whether records are where they would be in a chunk. The header is not used.
pub(super) fn has_records(data: &[u8]) -> bool {
    let records = data.get(CHUNK_HEADER_BYTES..).unwrap_or_default();
    memmem::find_iter(records, RECORD_MAGIC)
        .any(|at| RecordFrame::read(data, CHUNK_HEADER_BYTES + at).is_some())
}

/// The facts in a chunk's header about its records. Damaged headers are common, so it is only trusted as far as it can be
/// checked.
pub(super) struct ChunkHeader {
    /// Ids of the first and the last record, if they are plausible.
    pub(super) ids: Option<(u64, u64)>,
    /// Offset at which the records end.
    pub(super) end: usize,
}

impl ChunkHeader {
    pub(super) fn read(data: &[u8]) -> Self {
        let first = u64_at(data, 24).unwrap_or(0);
        let last = u64_at(data, 32).unwrap_or(0);
        let end = u32_at(data, 48).and_then(|end| usize::try_from(end).ok());
        Self {
            ids: (first <= last && last - first <= IDS_PER_CHUNK).then_some((first, last)),
            end: end
                .filter(|end| (CHUNK_HEADER_BYTES..=CHUNK_BYTES).contains(end))
                .unwrap_or(CHUNK_BYTES),
        }
    }
}

/// The frame of a record: all but its tokens.
#[derive(Clone, Copy)]
pub(super) struct RecordFrame {
    /// Bytes of the record.
    pub(super) size: usize,
    pub(super) id: u64,
}

impl RecordFrame {
    /// Returns the frame at this offset if it is intact: magic, size and the copy of the size agree.
    pub(super) fn read(data: &[u8], at: usize) -> Option<Self> {
        if !data.get(at..)?.starts_with(RECORD_MAGIC) {
            return None;
        }
        let frame = Self::read_by_size(data, at)?;
        let copy = u32_at(data, at + frame.size - RECORD_TRAILER_BYTES)?;
        (usize::try_from(copy) == Ok(frame.size)).then_some(frame)
    }

    /// Returns the frame at this offset by its size alone, with any magic and any copy of the size.
    pub(super) fn read_by_size(data: &[u8], at: usize) -> Option<Self> {
        let size = usize::try_from(u32_at(data, at + 4)?).ok()?;
        let fits = size >= LEAST_RECORD_BYTES && at.checked_add(size)? <= data.len();
        fits.then_some(Self { size, id: u64_at(data, at + 8)? })
    }

    /// Returns the frame of a record that ends after `size` bytes, if the copy of the size says the same.
    pub(super) fn read_by_end(data: &[u8], at: usize, size: usize) -> Option<Self> {
        if size < LEAST_RECORD_BYTES {
            return None;
        }
        let copy = u32_at(data, at + size - RECORD_TRAILER_BYTES)?;
        (copy as usize == size).then_some(())?;
        Some(Self { size, id: u64_at(data, at + 8)? })
    }
}

/// Returns the first bytes in hexadecimal, for messages.
pub(super) fn hex_preview(bytes: &[u8]) -> String {
    match bytes {
        [] => "the end".to_owned(),
        bytes => {
            bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_chunk_is_found_at_every_offset() {
        for length in [0, 7, 8, 60, 64, 69, 200, 300] {
            for at in 0..length {
                let mut data = vec![b'E'; length];
                data.iter_mut().skip(at).zip(CHUNK_MAGIC).for_each(|(to, byte)| *to = *byte);
                let begins = (at + CHUNK_MAGIC.len() <= length).then_some(at);
                if at + 44 <= length {
                    assert_eq!(next_chunk(&data, 0), None, "the header's size is wrong");
                    data[at + 40..at + 44].copy_from_slice(&[128, 0, 0, 0]);
                }
                for from in 0..=length {
                    let expected = begins.filter(|at| *at >= from);
                    assert_eq!(next_chunk(&data, from), expected, "{at} from {from} in {length}");
                }
            }
        }
        assert_eq!(next_chunk(b"ElfChnk", 8), None);
    }

    /// A record of 32 bytes with id 7 at offset 3.
    fn record() -> Vec<u8> {
        let mut data = vec![0xAA; 3];
        data.extend(RECORD_MAGIC);
        data.extend(32_u32.to_le_bytes());
        data.extend(7_u64.to_le_bytes());
        data.extend(9_u64.to_le_bytes());
        data.extend([0; 4]);
        data.extend(32_u32.to_le_bytes());
        data
    }

    #[test]
    fn an_intact_frame_has_a_magic_and_its_size_twice() {
        let intact = record();
        let frame = RecordFrame::read(&intact, 3).unwrap();
        assert_eq!((frame.size, frame.id), (32, 7));
        for (at, byte) in [(3, b'X'), (7, 31), (31, 31)] {
            let mut damaged = record();
            damaged[at] = byte;
            assert!(RecordFrame::read(&damaged, 3).is_none(), "byte {at}");
        }
        assert!(RecordFrame::read(&intact[..34], 3).is_none(), "cut");
    }

    #[test]
    fn a_frame_can_be_read_by_its_size_or_by_its_end() {
        let mut data = record();
        data[3] = b'X';
        assert_eq!(RecordFrame::read_by_size(&data, 3).unwrap().size, 32);
        data[7..11].fill(0);
        assert!(RecordFrame::read_by_size(&data, 3).is_none());
        assert_eq!(RecordFrame::read_by_end(&data, 3, 32).unwrap().id, 7);
        assert!(RecordFrame::read_by_end(&data, 3, 31).is_none());
        assert!(RecordFrame::read_by_end(&data, 3, 5).is_none());
    }
}
