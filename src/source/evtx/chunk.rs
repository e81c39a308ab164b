//! Reads the records of one chunk, and continues after broken ones.

use super::bytes::ReadFault;
use super::checksum::ChunkChecksums;
use super::chunk_data::Chunk;
use super::record::RecordReader;
use super::structure::{
    CHUNK_BYTES, CHUNK_HEADER_BYTES, ChunkHeader, IDS_PER_CHUNK, RECORD_MAGIC, RecordFrame,
    hex_preview, next_chunk,
};
use crate::error::Problem;
use crate::event::{RecordLocation, Recovery};
use crate::source::sink::{OtherRecord, ScriptRecord, Sink};
use memchr::memmem;
use std::cell::OnceCell;

/// Reads a chunk, complete or cut. Returns the number of bytes that belong to it: fewer than given if another chunk
/// begins within.
pub(super) fn read(
    data: &[u8],
    start: ChunkStart,
    records: &mut RecordReader,
    sink: &mut dyn Sink,
) -> usize {
    records.begin_chunk();
    ChunkReader {
        header: ChunkHeader::read(data),
        chunk: Chunk::new(data),
        records,
        checksums: OnceCell::new(),
        start,
        first: None,
        last: None,
        past_end: None,
        sink,
    }
    .run()
}

/// The place at which a chunk begins.
#[derive(Clone, Copy)]
pub(super) struct ChunkStart {
    /// Offset from the beginning of the range that the decoder reads.
    pub(super) offset: u64,
    /// Offset of that range in the source. Messages name offsets in the source.
    pub(super) range_begin: u64,
    /// Another chunk follows, even if no more bytes are given.
    pub(super) is_followed: bool,
    /// The chunk must have the checksums in its header.
    pub(super) has_checksums: bool,
}

struct ChunkReader<'a, 's> {
    header: ChunkHeader,
    chunk: Chunk<'a>,
    records: &'s mut RecordReader,
    /// Computed only if something is wrong in the chunk, or if it holds scripts and must have its checksums.
    checksums: OnceCell<ChunkChecksums>,
    start: ChunkStart,
    /// The first and the last record that were read, except those in unused space.
    first: Option<RecordFrame>,
    last: Option<RecordFrame>,
    /// The record at which the chunk continues past the end that its header gives, and its offset.
    past_end: Option<(usize, RecordFrame)>,
    sink: &'s mut dyn Sink,
}

impl ChunkReader<'_, '_> {
    fn run(mut self) -> usize {
        let mut at = CHUNK_HEADER_BYTES;
        while at < self.chunk.data.len() {
            if self.is_past_records(at) && !self.continues_past_end(at) {
                break;
            }
            match RecordFrame::read(self.chunk.data, at) {
                Some(frame) => {
                    if self.is_past_records(at) {
                        self.past_end = self.past_end.or(Some((at, frame)));
                    }
                    self.read_record(at, frame);
                    at += frame.size;
                }
                None => match self.resume(at) {
                    Some(next) => at = next,
                    None => break,
                },
            }
        }
        let length = self.chunk.data.len();
        let end = match self.is_zeroed(at, length) {
            true => length,
            false => next_chunk(self.chunk.data, at.min(length)).unwrap_or(length),
        };
        if end < CHUNK_BYTES {
            self.report_truncated(end);
        }
        self.report_past_end();
        self.read_unused(at, end);
        self.report_checksums();
        end
    }

    /// Reports that the chunk is cut, and which records it should have had.
    fn report_truncated(&mut self, end: usize) {
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
        let message =
            format!("expected a chunk of {CHUNK_BYTES} bytes, found {end}: {why}; {lost}");
        let problem = match found.is_some() && found >= expected {
            true => Problem::warning("evtx-truncated", message),
            false => Problem::error("evtx-truncated", message),
        };
        self.sink.problem(problem.at(self.start.offset));
    }

    /// Whether no record is at this offset, according to the header.
    fn is_past_records(&self, at: usize) -> bool {
        let is_last = match (self.last, self.header.ids) {
            (Some(frame), Some((_, last))) => frame.id == last,
            _ => false,
        };
        at >= self.header.end || is_last
    }

    /// Whether records continue past the end that the header gives. A log that was copied while it was written has a
    /// header older than its records. A chunk that Windows used again has records of its former use there, which have
    /// other ids. Times tell nothing: a clock may be set back.
    fn continues_past_end(&self, at: usize) -> bool {
        let next = RecordFrame::read(self.chunk.data, at);
        next.is_some_and(|next| self.last.is_none_or(|last| next.id == last.id.wrapping_add(1)))
    }

    fn report_past_end(&mut self) {
        if let (Some((at, first)), Some(last)) = (self.past_end, self.last) {
            let message = format!(
                "the chunk's header is older than its records: records with numbers {} to {}, which it does not count, are \
                 read and marked as recovered",
                first.id, last.id
            );
            self.sink.problem(Problem::info("evtx-stale-header", message).at(self.offset(at)));
        }
    }

    /// Reads script block records in the space that the chunk does not use: Windows deletes nothing when it uses a chunk
    /// again, and neither does a tool that shortens one.
    fn read_unused(&mut self, from: usize, to: usize) {
        let data = self.chunk.data;
        let mut found = UnusedSpace::default();
        let mut at = from.max(CHUNK_HEADER_BYTES);
        while let Some(distance) =
            data.get(at..to).and_then(|rest| memmem::find(rest, RECORD_MAGIC))
        {
            at += distance;
            let Some(frame) = RecordFrame::read(data, at).filter(|frame| at + frame.size <= to)
            else {
                at += RECORD_MAGIC.len();
                continue;
            };
            let known = self.first.zip(self.last);
            if !known.is_some_and(|(first, last)| (first.id..=last.id).contains(&frame.id)) {
                let location = self.location(at, frame.size, Recovery::Unused);
                found.add(at, frame.id);
                let mut sink = ScriptsOnly { sink: self.sink, found: &mut found };
                if RecordReader::is_intact(&self.chunk, location) {
                    let _ = self.records.read(&self.chunk, location, &mut sink);
                }
            }
            at += frame.size;
        }
        if let Some(problem) = found.problem() {
            self.sink.problem(problem.at(self.offset(found.at)));
        }
    }

    /// Reports wrong checksums of a chunk with scripts.
    fn report_checksums(&mut self) {
        if !self.start.has_checksums || self.records.scripts() == 0 {
            return;
        }
        let scripts = self.records.scripts();
        let problem = match self.checksums() {
            ChunkChecksums::Intact | ChunkChecksums::Unknown => return,
            ChunkChecksums::WrongHeader => Problem::warning(
                "evtx-checksum",
                "the checksum of the chunk's header is wrong: the header is damaged or was changed",
            ),
            ChunkChecksums::WrongRecords => Problem::error(
                "evtx-checksum",
                format!(
                    "the checksum of the chunk's records is wrong: bytes were damaged or changed after Windows wrote \
                     them, and the {scripts} script block records read from this chunk may differ from what was logged"
                ),
            ),
        };
        self.sink.problem(problem.at(self.start.offset));
    }

    /// Names a wrong checksum, for the end of a message.
    fn checksum_remark(&self) -> &'static str {
        match self.start.has_checksums.then(|| self.checksums()) {
            Some(ChunkChecksums::WrongHeader) => " (the checksum of the chunk's header is wrong)",
            Some(ChunkChecksums::WrongRecords) => " (the checksum of the chunk's records is wrong)",
            Some(ChunkChecksums::Intact | ChunkChecksums::Unknown) | None => "",
        }
    }

    fn checksums(&self) -> ChunkChecksums {
        *self.checksums.get_or_init(|| ChunkChecksums::check(self.chunk.data))
    }

    fn read_record(&mut self, at: usize, frame: RecordFrame) {
        self.first = self.first.or(Some(frame));
        self.last = Some(frame);
        let recovery = match self.past_end {
            Some(_) => Recovery::PastEnd,
            None => Recovery::None,
        };
        let location = self.location(at, frame.size, recovery);
        let message = match self.records.read(&self.chunk, location, self.sink) {
            Ok(None) => return,
            Ok(Some(fault)) => {
                format!("a part of record {} is damaged: {}", frame.id, self.describe(fault))
            }
            Err(fault) => {
                format!("record {} cannot be read: {}", frame.id, self.describe(fault))
            }
        };
        self.report_lost(at, "evtx-record-content", message);
    }

    /// Handles bytes that are no intact record. Reads the record if only its frame is damaged, else reports the loss.
    /// Returns the offset of the next record.
    fn resume(&mut self, at: usize) -> Option<usize> {
        let data = self.chunk.data;
        let limit = next_chunk(data, at).unwrap_or(data.len());
        if self.is_zeroed(at, self.header.end.min(limit)) {
            self.report_zeroes(at);
            return None;
        }
        let next = self.next_record(at, limit);
        if let Some(after) = self.repair(at, next, limit) {
            return Some(after);
        }
        if limit < CHUNK_BYTES && next.is_none() {
            // The chunk ends within this record: `report_truncated` reports it.
            return None;
        }
        let resumed = match next {
            Some(next) => format!("the next record is at byte {}", self.byte(next)),
            None => "no record follows in this chunk".to_owned(),
        };
        let message = format!(
            "expected a record, found {}; {resumed}{}",
            self.hex_preview(at),
            self.checksum_remark()
        );
        self.report_lost(at, "evtx-record", message);
        next
    }

    /// Reports records that the header counts and zeroes replace. A header may count free space as used: if all its
    /// records were found, nothing is lost.
    fn report_zeroes(&mut self, at: usize) {
        let Some((_, last)) = self.header.ids else { return };
        let found = self.last.map_or(0, |frame| frame.id);
        if found < last {
            let message = format!(
                "expected records up to {last}, found zeroes after {}{}",
                match self.last {
                    Some(frame) => format!("record {}", frame.id),
                    None => "the chunk's header".to_owned(),
                },
                self.checksum_remark()
            );
            self.report_lost(at, "evtx-record", message);
        }
    }

    /// Whether all these bytes are zero.
    fn is_zeroed(&self, from: usize, to: usize) -> bool {
        // Without a branch for each byte the compiler checks sixteen at a time.
        let is_zero = |block: &[u8]| block.iter().fold(0, |any, byte| any | byte) == 0;
        self.chunk.data.get(from..to).is_some_and(|rest| rest.chunks(256).all(is_zero))
    }

    /// Returns the offset of the next intact frame after `at` whose id may follow.
    fn next_record(&self, at: usize, limit: usize) -> Option<usize> {
        let data = self.chunk.data;
        let rest = data.get(at + 1..limit)?;
        memmem::find_iter(rest, RECORD_MAGIC)
            .map(|found| at + 1 + found)
            .find(|next| RecordFrame::read(data, *next).is_some_and(|frame| self.may_follow(frame)))
    }

    fn may_follow(&self, frame: RecordFrame) -> bool {
        let in_header =
            self.header.ids.is_some_and(|(first, last)| (first..=last).contains(&frame.id));
        let after_last = match self.last {
            Some(last) => frame.id > last.id && frame.id - last.id <= IDS_PER_CHUNK,
            None => true,
        };
        in_header || (after_last && self.checksums() != ChunkChecksums::Intact)
    }

    /// Reads a record whose frame alone is damaged: its content decides. Returns the offset of its end.
    fn repair(&mut self, at: usize, next: Option<usize>, limit: usize) -> Option<usize> {
        let data = self.chunk.data;
        // First as far as the next record, if the copy of the size agrees; then as long as the record itself says.
        let end = next.or(Some(self.header.end).filter(|end| *end <= limit && at < *end));
        let up_to_next = end.and_then(|end| RecordFrame::read_by_end(data, at, end - at));
        let candidates = [up_to_next, RecordFrame::read_by_size(data, at)];
        for frame in candidates.into_iter().flatten().filter(|frame| at + frame.size <= limit) {
            let location = self.location(at, frame.size, Recovery::None);
            if RecordReader::is_sound(&self.chunk, location)
                && self.records.read(&self.chunk, location, self.sink).is_ok()
            {
                let message = format!(
                    "the frame of record {} is damaged ({}); its content could be read",
                    frame.id,
                    self.hex_preview(at)
                );
                let problem = Problem::warning("evtx-record-frame", message);
                self.sink.problem(problem.at(self.offset(at)));
                self.first = self.first.or(Some(frame));
                self.last = Some(frame);
                return Some(match next {
                    Some(next) if next < at + frame.size => next,
                    _ => at + frame.size,
                });
            }
        }
        None
    }

    fn report_lost(&mut self, at: usize, code: &'static str, message: String) {
        self.sink.problem(Problem::error(code, message).at(self.offset(at)));
    }

    fn location(&self, at: usize, size: usize, recovery: Recovery) -> RecordLocation {
        RecordLocation {
            offset: self.offset(at),
            length: size as u64,
            frame: self.start.offset,
            recovery,
        }
    }

    /// Offset from the beginning of the range that the decoder reads.
    fn offset(&self, at: usize) -> u64 {
        self.start.offset + at as u64
    }

    /// Offset in the source, for messages.
    fn byte(&self, at: usize) -> u64 {
        self.start.range_begin + self.offset(at)
    }

    fn describe(&self, fault: ReadFault) -> String {
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

/// The records found in the unused space of a chunk.
#[derive(Default)]
struct UnusedSpace {
    /// Offset of the first record in the chunk.
    at: usize,
    /// Least and greatest number.
    ids: Option<(u64, u64)>,
    records: usize,
    scripts: usize,
    others: usize,
}

impl UnusedSpace {
    fn add(&mut self, at: usize, id: u64) {
        if self.records == 0 {
            self.at = at;
        }
        self.records += 1;
        let (least, most) = self.ids.unwrap_or((id, id));
        self.ids = Some((least.min(id), most.max(id)));
    }

    fn problem(&self) -> Option<Problem> {
        let Self { records, scripts, others, .. } = *self;
        let (least, most) = self.ids?;
        let message = format!(
            "{records} records, numbers {least} to {most}, are in space that the chunk does not use: {scripts} script \
             block records of them are read and marked as recovered, {others} are of other kinds, of which events beside \
             script blocks are listed, {} cannot be read",
            records - scripts - others
        );
        Some(match scripts {
            0 => Problem::info("evtx-unused-space", message),
            _ => Problem::warning("evtx-recovered", message),
        })
    }
}

/// Passes on script block records with a text. A record whose template was overwritten seems to have none, and its faults
/// are not those of the log.
struct ScriptsOnly<'a> {
    sink: &'a mut dyn Sink,
    found: &'a mut UnusedSpace,
}

impl Sink for ScriptsOnly<'_> {
    fn script(&mut self, record: &ScriptRecord<'_>) {
        if !record.text.bytes().is_empty() {
            self.found.scripts += 1;
            self.sink.script(record);
        }
    }

    fn other(&mut self, record: &OtherRecord<'_>) {
        self.found.others += 1;
        self.sink.recovered_other(record);
    }

    fn problem(&mut self, _: Problem) {}
}
