//! The records of one chunk: where each begins and ends, and how to go on after a broken one.

use super::binxml::Chunk;
use super::bytes::{ReadFault, u32_at, u64_at};
use super::checksum::{self, ChunkChecksums};
use super::record::{HEADER, RecordReader, TRAILER};
use super::{CHUNK_BYTES, FILE_HEADER};
use crate::error::Problem;
use crate::event::RecordLocation;
use crate::source::sink::Sink;
use memchr::memmem;
use std::cell::OnceCell;

/// Bytes of a chunk before its records.
pub(super) const CHUNK_HEADER: usize = 512;

/// What a chunk begins with.
pub(super) const CHUNK_MAGIC: &[u8; 8] = b"ElfChnk\0";

/// What a record begins with.
pub(super) const RECORD_MAGIC: &[u8; 4] = b"**\0\0";

/// More ids than this cannot lie between two records of a chunk.
const IDS_PER_CHUNK: u64 = (CHUNK_BYTES / (HEADER + TRAILER)) as u64;

/// Reads a chunk, whole or cut, that begins at this offset of the source. Gives the bytes that belong
/// to it: fewer than there are where another chunk begins within.
pub(super) fn read(
    data: &[u8],
    start: ChunkStart,
    records: &mut RecordReader,
    sink: &mut dyn Sink,
) -> usize {
    records.begin();
    ChunkReader {
        header: ChunkHeader::of(data),
        chunk: Chunk::new(data),
        records,
        sums: OnceCell::new(),
        start,
        last: None,
        sink,
    }
    .run()
}

/// Where a chunk begins.
#[derive(Clone, Copy)]
pub(super) struct ChunkStart {
    /// In what the decoder is given.
    pub(super) offset: u64,
    /// Where in the source that begins: messages name places of the source.
    pub(super) begin: u64,
    /// Another chunk follows, though the bytes that are given end.
    pub(super) is_followed: bool,
}

/// Where a file should end at the earliest: a file header counts the chunks that were in use when it was
/// last written. One that does not check out says nothing.
pub(super) fn expected_end(file: &[u8]) -> u64 {
    match (checksum::is_file_header(file), file.get(42..44)) {
        (true, Some([low, high])) => {
            let chunks = u64::from(u16::from_le_bytes([*low, *high]));
            FILE_HEADER as u64 + chunks * CHUNK_BYTES as u64
        }
        _ => 0,
    }
}

/// The next place where a chunk begins, after the first byte.
pub(super) fn next_chunk(data: &[u8], from: usize) -> Option<usize> {
    let rest = data.get(from..)?;
    memmem::find_iter(rest, CHUNK_MAGIC)
        .map(|found| from + found)
        // The header's own size tells a chunk from text that names one.
        .find(|at| u32_at(data, at + 40).is_none_or(|size| size == 128))
}

/// Whether records stand where they would in a chunk, whatever its header says.
pub(super) fn has_records(data: &[u8]) -> bool {
    let records = data.get(CHUNK_HEADER..).unwrap_or_default();
    memmem::find_iter(records, RECORD_MAGIC).any(|at| frame(data, CHUNK_HEADER + at).is_some())
}

/// What the chunk says of its records. None of it is trusted further than it can be checked.
struct ChunkHeader {
    /// Ids of the first and last record.
    ids: Option<(u64, u64)>,
    /// Where the records end.
    end: usize,
}

impl ChunkHeader {
    fn of(data: &[u8]) -> Self {
        let first = u64_at(data, 24).unwrap_or(0);
        let last = u64_at(data, 32).unwrap_or(0);
        let end = u32_at(data, 48).and_then(|end| usize::try_from(end).ok());
        Self {
            ids: (first <= last && last - first <= IDS_PER_CHUNK).then_some((first, last)),
            end: end
                .filter(|end| (CHUNK_HEADER..=CHUNK_BYTES).contains(end))
                .unwrap_or(CHUNK_BYTES),
        }
    }
}

/// A record's frame, as it stands.
#[derive(Clone, Copy)]
struct RecordFrame {
    size: usize,
    id: u64,
    time: u64,
}

/// The frame at this place, if it is a record's: magic, size and the copy of the size agree.
fn frame(data: &[u8], at: usize) -> Option<RecordFrame> {
    if !data.get(at..)?.starts_with(RECORD_MAGIC) {
        return None;
    }
    let frame = unmarked_frame(data, at)?;
    let copy = u32_at(data, at + frame.size - TRAILER)?;
    (usize::try_from(copy) == Ok(frame.size)).then_some(frame)
}

/// The frame at this place by its size alone.
fn unmarked_frame(data: &[u8], at: usize) -> Option<RecordFrame> {
    let size = usize::try_from(u32_at(data, at + 4)?).ok()?;
    let fits = size >= HEADER + TRAILER && at.checked_add(size)? <= data.len();
    fits.then_some(RecordFrame { size, id: u64_at(data, at + 8)?, time: u64_at(data, at + 16)? })
}

struct ChunkReader<'a, 's> {
    header: ChunkHeader,
    chunk: Chunk<'a>,
    records: &'s mut RecordReader,
    /// Its checksums, once they were needed.
    sums: OnceCell<ChunkChecksums>,
    start: ChunkStart,
    /// The last record handed on.
    last: Option<RecordFrame>,
    sink: &'s mut dyn Sink,
}

impl ChunkReader<'_, '_> {
    fn run(mut self) -> usize {
        let mut at = CHUNK_HEADER;
        while at < self.chunk.data.len() {
            if self.is_past_the_records(at) && !self.goes_on(at) {
                break;
            }
            match frame(self.chunk.data, at) {
                Some(frame) => {
                    self.hand_on(at, frame);
                    at += frame.size;
                }
                None => match self.resume(at) {
                    Some(next) => at = next,
                    None => break,
                },
            }
        }
        let length = self.chunk.data.len();
        let end = match self.is_blank(at, length) {
            true => length,
            false => next_chunk(self.chunk.data, at.min(length)).unwrap_or(length),
        };
        if end < CHUNK_BYTES {
            self.end_early(end);
        }
        end
    }

    /// The chunk is cut: says so, and which records it should still have had.
    fn end_early(&mut self, end: usize) {
        let found = self.last.map(|frame| frame.id);
        let expected = self.header.ids.map(|(_, last)| last);
        let lost = match (found, expected) {
            (Some(found), Some(last)) if found >= last => "nothing of it is missing".to_owned(),
            (Some(found), Some(last)) => format!("records {} to {last} are missing", found + 1),
            (None, Some(last)) => format!("all its records up to {last} are missing"),
            (_, None) => "records may be missing".to_owned(),
        };
        let why = match end < self.chunk.data.len() || self.start.is_followed {
            true => "another chunk begins there",
            false => "the source ends there",
        };
        let what = format!("expected a chunk of {CHUNK_BYTES} bytes, found {end}: {why}; {lost}");
        let problem = match found.is_some() && found >= expected {
            true => Problem::warning("evtx-truncated", what),
            false => Problem::error("evtx-truncated", what),
        };
        self.sink.problem(problem.at(self.start.offset));
    }

    /// The header says that no more records come.
    fn is_past_the_records(&self, at: usize) -> bool {
        let is_last = match (self.last, self.header.ids) {
            (Some(frame), Some((_, last))) => frame.id == last,
            _ => false,
        };
        at >= self.header.end || is_last
    }

    /// Records go on after the end that the header gives. A log that was copied while it was written has
    /// a header older than its records; but when a chunk is used again, records of its former use stand
    /// there. Those have other ids or earlier times, or a header that is right in itself.
    fn goes_on(&self, at: usize) -> bool {
        let Some(next) = frame(self.chunk.data, at) else {
            return false;
        };
        let follows = match self.last {
            Some(last) => next.id == last.id.wrapping_add(1) && next.time >= last.time,
            None => true,
        };
        follows && !self.sums().is_intact
    }

    fn sums(&self) -> &ChunkChecksums {
        self.sums.get_or_init(|| ChunkChecksums::of(self.chunk.data))
    }

    fn hand_on(&mut self, at: usize, frame: RecordFrame) {
        self.last = Some(frame);
        let place = self.place(at, frame.size);
        match self.records.read(&self.chunk, place, self.sink) {
            Ok(None) => {}
            Ok(Some(fault)) => {
                let what =
                    format!("a part of record {} is damaged: {}", frame.id, self.found(fault));
                self.lose(at, "evtx-record-content", what);
            }
            Err(fault) => {
                let what = format!("record {} cannot be read: {}", frame.id, self.found(fault));
                self.lose(at, "evtx-record-content", what);
            }
        }
    }

    /// What stands at this place is no record. Reads it all the same if only its frame is broken, says
    /// what is lost, and gives the place of the next record.
    fn resume(&mut self, at: usize) -> Option<usize> {
        let data = self.chunk.data;
        let limit = next_chunk(data, at).unwrap_or(data.len());
        if self.is_blank(at, self.header.end.min(limit)) {
            return self.end_in_zeroes(at);
        }
        let next = self.next_record(at, limit);
        if let Some(after) = self.repair(at, next, limit) {
            return Some(after);
        }
        if limit < CHUNK_BYTES && next.is_none() {
            // The chunk ends within this record, which is said where it ends.
            return None;
        }
        let resumed = match next {
            Some(next) => format!("the next record is at byte {}", self.byte(next)),
            None => "no record follows in this chunk".to_owned(),
        };
        let what = format!(
            "expected a record, found {}; {resumed}{}",
            self.hex_preview(at),
            self.sums().remark
        );
        self.lose(at, "evtx-record", what);
        next
    }

    /// A header may count free space as used: where all its records were found, nothing is lost.
    fn end_in_zeroes(&mut self, at: usize) -> Option<usize> {
        let (_, last) = self.header.ids?;
        let found = self.last.map_or(0, |frame| frame.id);
        if found < last {
            let what = format!(
                "expected records up to {last}, found zeroes after {}{}",
                match self.last {
                    Some(frame) => format!("record {}", frame.id),
                    None => "the chunk's header".to_owned(),
                },
                self.sums().remark
            );
            self.lose(at, "evtx-record", what);
        }
        None
    }

    /// Nothing but zeroes.
    fn is_blank(&self, from: usize, to: usize) -> bool {
        // A block is looked at as a whole: that goes sixteen bytes at a time.
        let is_zero = |block: &[u8]| block.iter().fold(0, |any, byte| any | byte) == 0;
        self.chunk.data.get(from..to).is_some_and(|rest| rest.chunks(256).all(is_zero))
    }

    /// The next place after `at` where a record's frame stands whose id may follow.
    fn next_record(&self, at: usize, limit: usize) -> Option<usize> {
        let rest = self.chunk.data.get(at + 1..limit)?;
        memmem::find_iter(rest, RECORD_MAGIC)
            .map(|found| at + 1 + found)
            .find(|next| frame(self.chunk.data, *next).is_some_and(|frame| self.may_follow(frame)))
    }

    fn may_follow(&self, frame: RecordFrame) -> bool {
        let in_header =
            self.header.ids.is_some_and(|(first, last)| (first..=last).contains(&frame.id));
        let after_last = match self.last {
            Some(last) => frame.id > last.id && frame.id - last.id <= IDS_PER_CHUNK,
            None => true,
        };
        in_header || (after_last && !self.sums().is_intact)
    }

    /// A record of which only the frame is broken is read: its content decides. Gives where it ends.
    fn repair(&mut self, at: usize, next: Option<usize>, limit: usize) -> Option<usize> {
        let data = self.chunk.data;
        let claimed = unmarked_frame(data, at);
        // Up to what follows, if the copy of the size says so too; then what the record itself says.
        let up_to_next = next
            .or(Some(self.header.end).filter(|end| *end <= limit && at < *end))
            .map(|next| next - at)
            .filter(|size| *size >= HEADER + TRAILER)
            .filter(|size| {
                u32_at(data, at + size - TRAILER).map(|copy| copy as usize) == Some(*size)
            })
            .and_then(|size| {
                let (id, time) = (u64_at(data, at + 8)?, u64_at(data, at + 16)?);
                Some(RecordFrame { size, id, time })
            });
        let candidates = [up_to_next, claimed];
        for frame in candidates.into_iter().flatten() {
            if at + frame.size > limit || frame.size < HEADER + TRAILER {
                continue;
            }
            let place = self.place(at, frame.size);
            if RecordReader::is_sound(&self.chunk, place)
                && self.records.read(&self.chunk, place, self.sink).is_ok()
            {
                let what = format!(
                    "the frame of record {} is damaged ({}); its content could be read",
                    frame.id,
                    self.hex_preview(at)
                );
                self.sink
                    .problem(Problem::warning("evtx-record-frame", what).at(self.absolute(at)));
                self.last = Some(frame);
                return Some(match next {
                    Some(next) if next < at + frame.size => next,
                    _ => at + frame.size,
                });
            }
        }
        None
    }

    fn lose(&mut self, at: usize, code: &'static str, what: String) {
        self.sink.problem(Problem::error(code, what).at(self.absolute(at)));
    }

    fn place(&self, at: usize, size: usize) -> RecordLocation {
        RecordLocation { offset: self.absolute(at), length: size as u64, frame: self.start.offset }
    }

    fn absolute(&self, at: usize) -> u64 {
        self.start.offset + at as u64
    }

    /// The place as messages name it.
    fn byte(&self, at: usize) -> u64 {
        self.start.begin + self.absolute(at)
    }

    fn found(&self, fault: ReadFault) -> String {
        format!(
            "expected {} at byte {}, found {}",
            fault.expected,
            self.byte(fault.at),
            self.hex_preview(fault.at)
        )
    }

    fn hex_preview(&self, at: usize) -> String {
        hex_preview(self.chunk.data.get(at..).unwrap_or_default())
    }
}

/// The first bytes in hexadecimal, for messages.
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
    fn the_next_chunk_is_found_wherever_it_begins() {
        for length in [0, 7, 8, 60, 64, 69, 200, 300] {
            for at in 0..length {
                let mut data = vec![b'E'; length];
                data.iter_mut().skip(at).zip(CHUNK_MAGIC).for_each(|(to, byte)| *to = *byte);
                let begins = (at + CHUNK_MAGIC.len() <= length).then_some(at);
                if at + 44 <= length {
                    // Of the header as much as there is has to be right.
                    assert_eq!(next_chunk(&data, 0), None);
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
}
