//! Searches bytes of unknown format for the first record of a log: chunks of an event log, or events as text, at any
//! distance from the beginning.

use super::carve::ChunkCarver;
use super::decoder::Decoder;
use super::encoding::Encoding;
use super::format::{Format, SourceOptions};
use super::framing::START_BYTES;
use super::problems::excerpt;
use super::sink::{OtherRecord, ScriptRecord, Sink};
use super::sniff;
use super::text_stream::TextDecoder;
use crate::error::Problem;
use crate::limits;

/// Bytes examined at a time. Every decision uses the same bytes however they were pushed.
const STEP_BYTES: usize = limits::SNIFF_BYTES;

/// Bytes retained: those of the record in which the last step ends.
const RETAINED_BYTES: usize = limits::RECORD_BYTES + 2 * STEP_BYTES;

/// Searches for the first record.
pub(super) struct LogSearch {
    options: SourceOptions,
    byte_encoding: Encoding,
    /// Reads chunks.
    carver: ChunkCarver,
    /// Reads text until its first event.
    probe: TextDecoder,
    /// The last bytes, of which those after `examined` are not examined yet.
    window: Vec<u8>,
    examined: usize,
    /// Offset of the window in the source.
    offset: u64,
    /// The beginning of the source, for a message.
    begin: String,
    /// The problem of a source in which nothing is found.
    refusal: Problem,
}

/// A log found in other bytes.
pub(super) enum FoundLog {
    Chunks(Box<ChunkCarver>),
    Text { decoder: Box<TextDecoder>, format: Format, encoding: Encoding },
}

impl LogSearch {
    /// Creates a search. `refusal` is the problem of a source in which nothing is found.
    pub(super) fn new(options: SourceOptions, byte_encoding: Encoding, refusal: Problem) -> Self {
        Self {
            options,
            byte_encoding,
            carver: ChunkCarver::default(),
            probe: TextDecoder::new(byte_encoding, byte_encoding, 0, &options),
            window: Vec::new(),
            examined: 0,
            offset: 0,
            begin: String::new(),
            refusal,
        }
    }

    /// Searches the next bytes. When a log is found, it has read all of them.
    pub(super) fn push(&mut self, mut bytes: &[u8], sink: &mut dyn Sink) -> Option<FoundLog> {
        while !bytes.is_empty() {
            let wanted = self.examined + STEP_BYTES - self.window.len();
            let (piece, rest) = bytes.split_at_checked(wanted).unwrap_or((bytes, &[]));
            self.window.extend_from_slice(piece);
            bytes = rest;
            if self.window.len() < self.examined + STEP_BYTES {
                return None;
            }
            if let Some(mut found) = self.step(false, sink) {
                match &mut found {
                    FoundLog::Chunks(carver) => carver.push(bytes, sink),
                    FoundLog::Text { decoder, .. } => decoder.push(bytes, sink),
                }
                return Some(found);
            }
        }
        None
    }

    /// Searches the last bytes. When a log is found, it has read all of them and is not ended.
    pub(super) fn end(&mut self, sink: &mut dyn Sink) -> Option<FoundLog> {
        let found = self.step(true, sink);
        if found.is_none() {
            sink.problem(self.refusal.clone());
        }
        found
    }

    /// Examines the bytes of the window that are not examined yet.
    fn step(&mut self, is_last: bool, sink: &mut dyn Sink) -> Option<FoundLog> {
        let next = self.window.get(self.examined..).unwrap_or_default();
        if self.offset == 0 && self.examined == 0 {
            self.begin = excerpt(next.get(..START_BYTES).unwrap_or(next));
        }
        self.carver.push(next, sink);
        let (unread, encoding) = self.probe.unread();
        let mut seen = EventSeen(false);
        self.probe.push(next, &mut seen);
        if is_last {
            self.carver.end(sink);
            self.probe.end(&mut seen);
        }
        if self.carver.has_records() {
            return Some(FoundLog::Chunks(Box::new(std::mem::take(&mut self.carver))));
        }
        if seen.0
            && let Some(text) = self.text_at(unread, encoding, sink)
        {
            return Some(text);
        }
        self.examined = self.window.len();
        if self.window.len() >= 2 * RETAINED_BYTES {
            let unneeded = self.window.len() - RETAINED_BYTES;
            self.window.drain(..unneeded);
            self.examined -= unneeded;
            self.offset += unneeded as u64;
        }
        None
    }

    /// Reads text from an offset on, unless a chunk is before it, of which the text may be a script.
    fn text_at(&self, offset: u64, encoding: Encoding, sink: &mut dyn Sink) -> Option<FoundLog> {
        let at = usize::try_from(offset.checked_sub(self.offset)?).ok()?;
        let (before, text) = self.window.split_at_checked(at)?;
        let near = before.len().saturating_sub(STEP_BYTES);
        if sniff::has_evtx_header(self.window.get(near..).unwrap_or_default()) {
            return None;
        }
        let format = self.probe.format()?;
        if offset > 0 {
            let message = format!(
                "{offset} bytes before the first record are no log; they begin with {}",
                self.begin
            );
            sink.problem(Problem::warning("stray-text", message).at(0));
        }
        let mut decoder = TextDecoder::new(encoding, self.byte_encoding, offset, &self.options);
        decoder.push(text, sink);
        Some(FoundLog::Text { decoder: Box::new(decoder), format, encoding })
    }
}

/// Whether an event was emitted.
struct EventSeen(bool);

impl Sink for EventSeen {
    fn script(&mut self, _: &ScriptRecord<'_>) {
        self.0 = true;
    }

    fn other(&mut self, _: &OtherRecord<'_>) {
        self.0 = true;
    }

    fn problem(&mut self, _: Problem) {}
}
