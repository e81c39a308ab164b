//! [`EvtxDecoder`]: finds the chunks of a source.

use super::checksum;
use super::chunk::{self, ChunkStart};
use super::range::SourceRange;
use super::record::RecordReader;
use super::structure::{
    CHUNK_BYTES, CHUNK_MAGIC, FILE_HEADER_BYTES, FILE_MAGIC, has_records, hex_preview, next_chunk,
};
use crate::error::Problem;
use crate::source::decoder::Decoder;
use crate::source::sink::Sink;

/// Bytes in which a chunk that begins within the length of a chunk can be recognised.
const WINDOW: usize = CHUNK_BYTES + CHUNK_MAGIC.len() - 1;

/// Reads an EVTX file, a range of one, or any bytes that contain chunks of one.
///
/// # Example
///
/// ```
/// use scriptscope::internal::{Problem, source::{Decoder, OtherRecord, ScriptRecord, Sink}};
/// use scriptscope::internal::source::evtx::EvtxDecoder;
///
/// #[derive(Default)]
/// struct Codes(Vec<String>);
///
/// impl Sink for Codes {
///     fn script(&mut self, _: &ScriptRecord<'_>) {}
///     fn other(&mut self, _: &OtherRecord<'_>) {}
///     fn problem(&mut self, problem: Problem) {
///         self.0.push(problem.code.to_string());
///     }
/// }
///
/// // A file header that counts no chunks, cut after its magic.
/// let mut codes = Codes::default();
/// let mut decoder = EvtxDecoder::new();
/// decoder.push(b"ElfFi", &mut codes);
/// decoder.push(b"le\0", &mut codes);
/// decoder.end(&mut codes);
/// assert_eq!(codes.0, ["evtx-empty"]);
/// ```
#[derive(Default)]
pub struct EvtxDecoder {
    range: SourceRange,
    /// Bytes of an incomplete chunk: fewer than [`WINDOW`].
    buffer: Vec<u8>,
    /// Offset of the first byte that is not processed, from the beginning of the range.
    offset: u64,
    /// A chunk or the file header ends at `offset`: the next chunk should follow.
    is_aligned: bool,
    /// A chunk was found.
    has_chunk: bool,
    /// Least offset at which the source should end, according to the number of chunks in its file header.
    expected_end: u64,
    /// Chunks must have the checksums in their headers, according to the file header.
    has_checksums: bool,
    /// Bytes skipped since the last chunk.
    skipped: Option<SkippedBytes>,
    /// Reads records, and remembers what chunks have in common.
    records: RecordReader,
}

/// Bytes that are no chunk.
struct SkippedBytes {
    offset: u64,
    /// Offset at which zeroes, another chunk or the end of the source follow.
    end: u64,
    first: Vec<u8>,
}

/// The effect of one step.
enum DecoderStep {
    /// This many bytes are processed.
    Done(usize),
    /// The window must have this many bytes.
    Need(usize),
}

impl EvtxDecoder {
    /// Creates a decoder of a whole source.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a decoder of a range whose source other decoders read the remainder of.
    pub fn with_range(range: SourceRange) -> Self {
        let (is_aligned, has_checksums) = match range {
            SourceRange::Later { has_checksums, .. } => (true, has_checksums),
            SourceRange::First { .. } | SourceRange::Whole => (false, false),
        };
        Self { range, is_aligned, has_checksums, ..Self::default() }
    }

    /// Processes as much of the window as is complete. Returns the number of bytes processed, and the number of bytes
    /// that the window must have after them to continue.
    fn consume(&mut self, mut window: &[u8], is_end: bool, sink: &mut dyn Sink) -> (usize, usize) {
        let length = window.len();
        loop {
            if window.is_empty() {
                return (length, 0);
            }
            match self.step(window, is_end, sink) {
                DecoderStep::Done(count) => {
                    self.offset += count as u64;
                    window = window.get(count..).unwrap_or_default();
                }
                DecoderStep::Need(count) => return (length - window.len(), count),
            }
        }
    }

    /// Processes the buffered bytes. Returns the number of bytes that the buffer must have to continue.
    fn consume_buffer(&mut self, is_end: bool, sink: &mut dyn Sink) -> usize {
        let mut buffer = std::mem::take(&mut self.buffer);
        let (done, need) = self.consume(&buffer, is_end, sink);
        buffer.drain(..done);
        self.buffer = buffer;
        need
    }

    /// Reads the chunk with these bytes. Returns its length. `is_followed`: another chunk is known to follow.
    fn read_chunk(&mut self, data: &[u8], is_followed: bool, sink: &mut dyn Sink) -> usize {
        let (range_begin, size) = match self.range {
            SourceRange::Later { begin, size, .. } => (begin, size),
            SourceRange::First { size } => (0, size),
            SourceRange::Whole => (0, None),
        };
        let end = range_begin + self.offset + data.len() as u64;
        let is_followed = is_followed || size.is_some_and(|size| end < size);
        let has_checksums = self.has_checksums;
        let start = ChunkStart { offset: self.offset, range_begin, is_followed, has_checksums };
        chunk::read(data, start, &mut self.records, sink)
    }

    /// Whether nothing of the source is processed yet: a file header should come.
    fn is_at_start(&self) -> bool {
        self.offset == 0 && !matches!(self.range, SourceRange::Later { .. })
    }

    /// Processes the beginning of the window. Every decision uses the same number of bytes however they were pushed.
    fn step(&mut self, window: &[u8], is_end: bool, sink: &mut dyn Sink) -> DecoderStep {
        let is_short = |needed: usize| window.len() < needed && !is_end;
        if is_short(CHUNK_MAGIC.len()) {
            return DecoderStep::Need(CHUNK_MAGIC.len());
        }
        if window.starts_with(CHUNK_MAGIC) {
            if is_short(CHUNK_BYTES) {
                return DecoderStep::Need(CHUNK_BYTES);
            }
            if self.is_at_start() {
                let message = "the source begins with a chunk: it is a part of a log";
                sink.problem(Problem::info("evtx-file-header", message).at(0));
            }
            self.report_skipped(sink);
            self.is_aligned = true;
            self.has_chunk = true;
            let data = window.get(..CHUNK_BYTES).unwrap_or(window);
            let mut next = None;
            if ends_in_magic(data) {
                if is_short(WINDOW) {
                    return DecoderStep::Need(WINDOW);
                }
                next = next_chunk(window.get(..WINDOW).unwrap_or(window), LAST_COMPLETE_MAGIC);
            }
            let data = data.get(..next.unwrap_or(CHUNK_BYTES)).unwrap_or(data);
            return DecoderStep::Done(self.read_chunk(data, next.is_some(), sink));
        }
        if is_short(WINDOW) {
            return DecoderStep::Need(WINDOW);
        }
        let window = window.get(..WINDOW).unwrap_or(window);
        let next = next_chunk(window, 0);
        if self.is_at_start() {
            let is_header = window.starts_with(FILE_MAGIC);
            self.expected_end = expected_end(window);
            self.has_checksums = checksum::has_checksums(window);
            if is_header && window.len() >= FILE_HEADER_BYTES && !checksum::is_file_header(window) {
                let message = "the checksum of the file header is wrong: the header is damaged or was changed, \
                               and the checksums of the chunks are not verified";
                sink.problem(Problem::warning("evtx-file-header", message).at(0));
            }
            if !is_header {
                let message =
                    format!("expected a file header (ElfFile), found {}", hex_preview(window));
                sink.problem(Problem::warning("evtx-file-header", message).at(0));
            }
            if is_header || next == Some(FILE_HEADER_BYTES) {
                self.is_aligned = true;
                let end = next.unwrap_or(FILE_HEADER_BYTES).min(FILE_HEADER_BYTES);
                return DecoderStep::Done(end.min(window.len()));
            }
        }
        self.step_without_magic(window, next, is_end, sink)
    }

    /// Processes a window that does not begin with a chunk's magic: a chunk whose magic is damaged, or bytes to skip.
    fn step_without_magic(
        &mut self,
        window: &[u8],
        next: Option<usize>,
        is_end: bool,
        sink: &mut dyn Sink,
    ) -> DecoderStep {
        // Bytes that may be the start of a magic are not skipped.
        let end = next.unwrap_or(match (self.is_aligned, is_end) {
            (true, _) => CHUNK_BYTES.min(window.len()),
            (false, true) => window.len(),
            (false, false) => window.len() - (CHUNK_MAGIC.len() - 1),
        });
        let bytes = window.get(..end).unwrap_or(window);
        if self.is_aligned && has_records(bytes) {
            self.report_skipped(sink);
            self.has_chunk = true;
            let message = format!(
                "expected a chunk (ElfChnk), found {}; the records that follow are read",
                hex_preview(bytes)
            );
            sink.problem(Problem::warning("evtx-chunk-magic", message).at(self.offset));
            return DecoderStep::Done(self.read_chunk(bytes, next.is_some(), sink));
        }
        // Zeroes are space that Windows reserved.
        if bytes.iter().any(|byte| *byte != 0) {
            let skipped = self.skipped.get_or_insert_with(|| SkippedBytes {
                offset: self.offset,
                end: 0,
                first: bytes.iter().take(8).copied().collect(),
            });
            skipped.end = self.offset + bytes.len() as u64;
        }
        DecoderStep::Done(bytes.len())
    }

    fn report_skipped(&mut self, sink: &mut dyn Sink) {
        let Some(skipped) = self.skipped.take() else {
            return;
        };
        let message = format!(
            "expected a chunk (ElfChnk), found {}; {} bytes were skipped",
            hex_preview(&skipped.first),
            skipped.end - skipped.offset,
        );
        sink.problem(Problem::error("evtx-chunk", message).at(skipped.offset));
    }
}

impl Decoder for EvtxDecoder {
    fn push(&mut self, mut bytes: &[u8], sink: &mut dyn Sink) {
        // A chunk that two pushes share is completed first. All others are read without a copy.
        while !self.buffer.is_empty() {
            let need = self.consume_buffer(false, sink);
            if self.buffer.is_empty() {
                break;
            }
            let missing = need.saturating_sub(self.buffer.len());
            let (head, rest) = bytes.split_at_checked(missing).unwrap_or((bytes, &[]));
            self.buffer.extend_from_slice(head);
            bytes = rest;
            if bytes.is_empty() && self.buffer.len() < need {
                return;
            }
        }
        let (done, _) = self.consume(bytes, false, sink);
        self.buffer.extend_from_slice(bytes.get(done..).unwrap_or_default());
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        self.consume_buffer(true, sink);
        self.report_skipped(sink);
        // A cut chunk is reported at its offset. Missing chunks show only in the file header's count.
        let source_end = match self.range {
            SourceRange::Whole => Some(self.offset),
            SourceRange::First { size } => size,
            SourceRange::Later { .. } => None,
        };
        if let Some(end) = source_end
            && self.expected_end >= end + CHUNK_BYTES as u64
        {
            let message = format!(
                "the file header counts chunks up to byte {}, found {end}",
                self.expected_end
            );
            sink.problem(Problem::error("evtx-truncated", message).at(end));
        }
        if self.range == SourceRange::Whole && !self.has_chunk && self.offset > 0 {
            let message = "expected chunks of events after the file header, found none";
            sink.problem(Problem::warning("evtx-empty", message).at(self.offset));
        }
    }
}

/// Returns the least offset at which a file should end: its header counts the chunks that were in use when it was last
/// written. A header with a wrong checksum gives 0.
fn expected_end(file: &[u8]) -> u64 {
    match (checksum::is_file_header(file), file.get(42..44)) {
        (true, Some([low, high])) => {
            let chunks = u64::from(u16::from_le_bytes([*low, *high]));
            FILE_HEADER_BYTES as u64 + chunks * CHUNK_BYTES as u64
        }
        _ => 0,
    }
}

/// Greatest offset in a chunk at which another chunk's magic is complete within it.
const LAST_COMPLETE_MAGIC: usize = CHUNK_BYTES - (CHUNK_MAGIC.len() - 1);

/// Whether the last bytes of a chunk may be the first of another one: some bytes of this one are then missing.
fn ends_in_magic(data: &[u8]) -> bool {
    let last = data.get(LAST_COMPLETE_MAGIC..).unwrap_or_default();
    let is_beginning = |at: usize| last.get(at..).is_some_and(|rest| CHUNK_MAGIC.starts_with(rest));
    (0..last.len()).any(is_beginning)
}
