//! Windows event logs (EVTX): a header of 4 KiB, then chunks of 64 KiB, each complete in itself.
//!
//! ```text
//! source ─▶ chunks ─▶ records ─▶ tokens ─▶ fields
//! ```
//!
//! [`EvtxDecoder`] finds chunks at any offset, because headers are zeroed, files are carved and copies are
//! cut. `chunk` walks the frames of records and goes on after broken ones. `binxml` reads tokens,
//! `template` resolves each template of a chunk once, so that `record` can lend the fields that every
//! record is asked for straight from the chunk (`plain` where it has no template); `event` decodes a record as a whole, on request.
//!
//! Nothing is copied but the one chunk that two pushes share.

mod binxml;
mod bytes;
mod checksum;
mod chunk;
mod event;
mod fields;
mod plain;
mod plan_cache;
mod record;
mod template;
mod value;

use crate::error::Problem;
use crate::event::{Event, RecordLocation};
use crate::source::decoder;
use crate::source::sink::Sink;
use chunk::{CHUNK_MAGIC, ChunkStart, hex_preview, next_chunk};
use record::RecordReader;

/// Bytes of a chunk.
const CHUNK_BYTES: usize = 64 << 10;

/// Bytes of the file header.
const FILE_HEADER: usize = 4_096;

/// What a file begins with.
pub(crate) const FILE_MAGIC: &[u8; 8] = b"ElfFile\0";

/// Enough to find a chunk that begins anywhere in the room of one.
const WINDOW: usize = CHUNK_BYTES + CHUNK_MAGIC.len() - 1;

/// Reads an EVTX file, a part of one, or whatever holds chunks of one.
#[derive(Default)]
pub struct EvtxDecoder {
    part: SourceRange,
    /// Bytes that are not complete yet: fewer than [`WINDOW`].
    held: Vec<u8>,
    /// Offset of the first byte that is not dealt with.
    offset: u64,
    /// A chunk, or the header, ends here: the next one should follow.
    is_aligned: bool,
    /// A chunk was found.
    has_chunk: bool,
    /// Where the source should end at the earliest, as the file header counts its chunks.
    expected_end: u64,
    /// Bytes passed over that belong to nothing.
    gap: Option<SkippedBytes>,
    /// Reads records; it remembers what chunks have in common.
    records: RecordReader,
}

/// How much of a source a decoder is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceRange {
    /// All of it.
    #[default]
    Whole,
    /// Its beginning, and the rest is read elsewhere.
    First {
        /// Bytes of the whole source, where that is known.
        size: Option<u64>,
    },
    /// What comes after the beginning, from where a chunk begins.
    Later {
        /// Where in the source that is.
        begin: u64,
        /// Bytes of the whole source, where that is known.
        size: Option<u64>,
    },
}

/// Bytes that are no chunk.
struct SkippedBytes {
    offset: u64,
    /// Where zeroes, another chunk or the end follow.
    end: u64,
    first: Vec<u8>,
}

/// What the first bytes of a window ask for.
enum DecoderStep {
    /// So many bytes are dealt with.
    Done(usize),
    /// So many bytes are needed.
    Need(usize),
}

impl EvtxDecoder {
    /// For a whole source.
    pub fn new() -> Self {
        Self::default()
    }

    /// For a source of which other decoders read other parts.
    pub fn with_range(part: SourceRange) -> Self {
        Self { part, is_aligned: matches!(part, SourceRange::Later { .. }), ..Self::default() }
    }

    /// Deals with as much of the window as is complete. Gives how many bytes that is, and how many are
    /// needed after them to go on.
    fn consume(&mut self, mut window: &[u8], is_end: bool, sink: &mut dyn Sink) -> (usize, usize) {
        let whole = window.len();
        loop {
            if window.is_empty() {
                return (whole, 0);
            }
            match self.step(window, is_end, sink) {
                DecoderStep::Done(count) => {
                    self.offset += count as u64;
                    window = window.get(count..).unwrap_or_default();
                }
                DecoderStep::Need(count) => return (whole - window.len(), count),
            }
        }
    }

    /// Deals with what is held, and gives how many bytes are needed to go on.
    fn consume_held(&mut self, is_end: bool, sink: &mut dyn Sink) -> usize {
        let mut held = std::mem::take(&mut self.held);
        let (done, need) = self.consume(&held, is_end, sink);
        held.drain(..done);
        self.held = held;
        need
    }

    /// Reads the chunk that stands here, after which another may be known to follow, and gives how many bytes it is.
    fn chunk(&mut self, data: &[u8], is_followed: bool, sink: &mut dyn Sink) -> usize {
        let (begin, size) = match self.part {
            SourceRange::Later { begin, size } => (begin, size),
            SourceRange::First { size } => (0, size),
            SourceRange::Whole => (0, None),
        };
        let end = begin + self.offset + data.len() as u64;
        let is_followed = is_followed || size.is_some_and(|size| end < size);
        let start = ChunkStart { offset: self.offset, begin, is_followed };
        chunk::read(data, start, &mut self.records, sink)
    }

    /// Nothing of the source was dealt with yet: a file header should come.
    fn is_start(&self) -> bool {
        self.offset == 0 && !matches!(self.part, SourceRange::Later { .. })
    }

    /// What stands at the beginning of the window. Every decision is made on as many bytes, however they
    /// were pushed.
    fn step(&mut self, window: &[u8], is_end: bool, sink: &mut dyn Sink) -> DecoderStep {
        let is_short = |needed: usize| window.len() < needed && !is_end;
        if is_short(CHUNK_MAGIC.len()) {
            return DecoderStep::Need(CHUNK_MAGIC.len());
        }
        if window.starts_with(CHUNK_MAGIC) {
            if is_short(CHUNK_BYTES) {
                return DecoderStep::Need(CHUNK_BYTES);
            }
            if self.is_start() {
                let what = "the source begins with a chunk: it is a part of a log";
                sink.problem(Problem::info("evtx-file-header", what).at(0));
            }
            self.close_gap(sink);
            self.is_aligned = true;
            self.has_chunk = true;
            let data = window.get(..CHUNK_BYTES).unwrap_or(window);
            let mut next = None;
            if ends_in_magic(data) {
                if is_short(WINDOW) {
                    return DecoderStep::Need(WINDOW);
                }
                next = next_chunk(window.get(..WINDOW).unwrap_or(window), LAST);
            }
            let data = data.get(..next.unwrap_or(CHUNK_BYTES)).unwrap_or(data);
            return DecoderStep::Done(self.chunk(data, next.is_some(), sink));
        }
        if is_short(WINDOW) {
            return DecoderStep::Need(WINDOW);
        }
        let room = window.get(..WINDOW).unwrap_or(window);
        let next = next_chunk(room, 0);
        if self.is_start() {
            let is_header = window.starts_with(FILE_MAGIC);
            self.expected_end = chunk::expected_end(window);
            if !is_header {
                let what =
                    format!("expected a file header (ElfFile), found {}", hex_preview(window));
                sink.problem(Problem::warning("evtx-file-header", what).at(0));
            }
            if is_header || next == Some(FILE_HEADER) {
                self.is_aligned = true;
                return DecoderStep::Done(
                    next.unwrap_or(FILE_HEADER).min(FILE_HEADER).min(window.len()),
                );
            }
        }
        // Where no chunk begins, all but what may be the start of one is passed over.
        let end = next.unwrap_or(match (self.is_aligned, is_end) {
            (true, _) => CHUNK_BYTES.min(room.len()),
            (false, true) => room.len(),
            (false, false) => room.len() - (CHUNK_MAGIC.len() - 1),
        });
        let passed = room.get(..end).unwrap_or(room);
        if self.is_aligned && chunk::has_records(passed) {
            self.close_gap(sink);
            self.has_chunk = true;
            let what = format!(
                "expected a chunk (ElfChnk), found {}; the records that follow are read",
                hex_preview(passed)
            );
            sink.problem(Problem::warning("evtx-chunk-magic", what).at(self.offset));
            return DecoderStep::Done(self.chunk(passed, next.is_some(), sink));
        }
        // Zeroes are room that Windows took in advance.
        if passed.iter().any(|byte| *byte != 0) {
            let gap = self.gap.get_or_insert_with(|| SkippedBytes {
                offset: self.offset,
                end: 0,
                first: passed.iter().take(8).copied().collect(),
            });
            gap.end = self.offset + passed.len() as u64;
        }
        DecoderStep::Done(passed.len())
    }

    /// Says what was passed over.
    fn close_gap(&mut self, sink: &mut dyn Sink) {
        let Some(gap) = self.gap.take() else {
            return;
        };
        let what = format!(
            "expected a chunk (ElfChnk), found {}; {} bytes were passed over",
            hex_preview(&gap.first),
            gap.end - gap.offset,
        );
        sink.problem(Problem::error("evtx-chunk", what).at(gap.offset));
    }
}

impl decoder::Decoder for EvtxDecoder {
    fn push(&mut self, mut bytes: &[u8], sink: &mut dyn Sink) {
        // What two pushes share is completed first; the rest is read where it is.
        while !self.held.is_empty() {
            let need = self.consume_held(false, sink);
            if self.held.is_empty() {
                break;
            }
            let missing = need.saturating_sub(self.held.len());
            let (head, rest) = bytes.split_at_checked(missing).unwrap_or((bytes, &[]));
            self.held.extend_from_slice(head);
            bytes = rest;
            if bytes.is_empty() && self.held.len() < need {
                return;
            }
        }
        let (done, _) = self.consume(bytes, false, sink);
        self.held.extend_from_slice(bytes.get(done..).unwrap_or_default());
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        self.consume_held(true, sink);
        self.close_gap(sink);
        // A cut chunk is said where it stands; whole ones that are missing leave no other trace.
        let source_end = match self.part {
            SourceRange::Whole => Some(self.offset),
            SourceRange::First { size } => size,
            SourceRange::Later { .. } => None,
        };
        if let Some(end) = source_end
            && self.expected_end >= end + CHUNK_BYTES as u64
        {
            let what = format!(
                "the file header counts chunks up to byte {}, found {end}",
                self.expected_end
            );
            sink.problem(Problem::error("evtx-truncated", what).at(end));
        }
        if self.part == SourceRange::Whole && !self.has_chunk && self.offset > 0 {
            let what = "expected chunks of events after the file header, found none";
            sink.problem(Problem::warning("evtx-empty", what).at(self.offset));
        }
    }
}

/// From here on, a chunk that begins within another has not room there for all of its magic.
const LAST: usize = CHUNK_BYTES - (CHUNK_MAGIC.len() - 1);

/// Whether the last bytes of a chunk may be the first of another: some bytes of this one were lost then.
fn ends_in_magic(data: &[u8]) -> bool {
    let last = data.get(LAST..).unwrap_or_default();
    let ends = |at: usize| last.get(at..).is_some_and(|rest| CHUNK_MAGIC.starts_with(rest));
    (0..last.len()).any(ends)
}

/// Reads one record again from the bytes of its chunk, which begin at `place.frame` of the source.
pub fn read_again(chunk: &[u8], place: RecordLocation) -> Option<Event> {
    record::read_again(chunk, place)
}
