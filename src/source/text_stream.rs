//! Decodes text logs whose records show their own format: event XML, JSON, Splunk's event text, or a mixture.
//!
//! ```text
//! Between ── record begins ──▶ InRecord ── too long ──▶ Overlong
//!    │ ▲                          │ end
//!    │ └──────────────────────────┘
//!    ├── other text, comment ──▶ Line ───────────▶ Between
//!    └── "]" after a list ─────▶ AfterList ──────▶ Between
//! ```

mod lists;
mod record_end;
mod records;

use super::decoder::Decoder;
use super::encoding::{Encoding, Transcoder};
use super::format::{Format, SourceOptions};
use super::framing::FrameScan;
use super::layout::LayoutCache;
use super::nested::NestedEvents;
use super::non_events::NonEventText;
use super::problems::{cut_off, excerpt, half_character};
use super::record::TimeRules;
use super::record_format::RecordFramer;
use super::record_start::{self, RecordStart};
use super::segments::{Segment, SegmentScanner, TextBreak};
use super::sink::Sink;
use super::timestamp::HourCache;
use super::window::TextWindow;
use super::{json, resync, xml};
use crate::error::Problem;
use crate::limits;

/// Decodes records of text one by one.
pub(super) struct TextDecoder {
    segments: SegmentScanner,
    reader: TextReader,
}

/// Reads the records of text in one encoding after the other.
struct TextReader {
    /// Format of the first record of the source, if it may be divided into ranges.
    source: Option<Format>,
    /// Format of the first event.
    first: Option<Format>,
    transcoder: Transcoder,
    /// Text not read yet: the beginning of a record.
    pending: Vec<u8>,
    /// Offset in the source of the text not read yet.
    offset: u64,
    layouts: LayoutCache,
    time_rules: TimeRules,
    hour: HourCache,
    nested: NestedEvents,
    state: StreamState,
    /// Number of outer objects around the current list of records.
    outer_objects: u32,
    /// Column names of the current rows, and the offset of their table.
    columns: Option<(Vec<Vec<u8>>, u64)>,
    /// Whether the last byte of the source has arrived.
    is_last: bool,
    has_records: bool,
    /// Whether a record of a list was read without a comma after it.
    awaits_comma: bool,
    non_events: NonEventText,
    /// The first element that is no event and none that events are usually in: its offset and name.
    foreign: Option<(u64, String)>,
    /// Number of times that reading continued inside a record without an end.
    retries: usize,
}

enum StreamState {
    /// Between records.
    Between,
    /// In a record. The bytes before `at` have been scanned.
    InRecord { format: Format, framer: RecordFramer, at: usize },
    /// In a record that is too long to be stored. `begin` is its offset.
    Overlong { format: Format, framer: RecordFramer, begin: u64 },
    /// After a list of records, in the remainder of the outer objects. The bytes before `at` have been scanned.
    AfterList { framer: json::JsonFramer, at: usize },
    /// In a line that is not a record: a comment, or text left by damage. An event may begin inside it.
    Line { is_comment: bool },
}

/// Number of bytes decoded at a time. Bounds memory however much is pushed.
const PIECE_BYTES: usize = 256 << 10;

/// Number of bytes appended at a time to a record that began in an earlier push.
const COMPLETING_BYTES: usize = 16 << 10;

/// Upper bound on buffered text that is rescanned for a complete record each time more bytes arrive.
const RESCAN_BYTES: usize = 64 << 10;

/// Number of times that reading continues in the remainder of a source whose last record has no end.
const MAX_RETRIES: usize = 64;

impl TextDecoder {
    /// Creates a decoder for a source in this encoding. `offset` is the offset of the next byte; `byte_encoding` is the
    /// encoding of parts that are not UTF-16.
    pub(super) fn new(
        encoding: Encoding,
        byte_encoding: Encoding,
        offset: u64,
        options: &SourceOptions,
    ) -> Self {
        Self {
            segments: SegmentScanner::new(encoding, byte_encoding, offset),
            reader: TextReader::new(encoding, offset, options),
        }
    }

    /// Sets the format of the first record of the source.
    pub(super) fn starting_with(mut self, format: Format) -> Self {
        self.reader.source = Some(format);
        self
    }

    /// Returns the offset of the first byte that belongs to no record read so far, and the encoding there.
    pub(super) fn unread(&self) -> (u64, Encoding) {
        (self.reader.offset, self.reader.transcoder.encoding())
    }

    /// Returns the format of the first event.
    pub(super) fn format(&self) -> Option<Format> {
        self.reader.first
    }

    #[cfg(test)]
    pub(super) fn set_layouts(&mut self, layouts: LayoutCache) {
        self.reader.layouts = layouts;
    }
}

impl TextReader {
    fn new(encoding: Encoding, offset: u64, options: &SourceOptions) -> Self {
        Self {
            source: None,
            first: None,
            transcoder: Transcoder::new(encoding),
            pending: Vec::new(),
            offset,
            layouts: LayoutCache::default(),
            time_rules: TimeRules::from(options),
            hour: HourCache::default(),
            nested: NestedEvents::default(),
            state: StreamState::Between,
            outer_objects: 0,
            columns: None,
            is_last: false,
            has_records: false,
            awaits_comma: false,
            non_events: NonEventText::default(),
            foreign: None,
            retries: 0,
        }
    }

    fn segment(&mut self, segment: Segment<'_>, sink: &mut dyn Sink) {
        match segment {
            Segment::Text(bytes) => self.push(bytes, sink),
            Segment::Break(TextBreak { offset, encoding, problem }) => {
                self.end_text(sink);
                self.non_events.report(sink);
                sink.problem(problem);
                self.offset = offset;
                self.transcoder = Transcoder::new(encoding);
                (self.state, self.is_last, self.retries) = (StreamState::Between, false, 0);
            }
        }
    }

    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        if self.transcoder.encoding() == Encoding::Utf8 {
            return self.push_utf8(bytes, sink);
        }
        for piece in bytes.chunks(PIECE_BYTES) {
            self.transcoder.push(piece, &mut self.pending);
            self.run_pending(sink);
        }
    }

    /// Reads or reports the last record of text in one encoding.
    fn end_text(&mut self, sink: &mut dyn Sink) {
        let half = self.transcoder.end(&mut self.pending);
        self.is_last = true;
        self.run_pending(sink);
        if half {
            sink.problem(half_character().at(self.offset));
        }
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        self.end_text(sink);
        self.non_events.report(sink);
        if self.outer_objects > 0 {
            sink.problem(cut_off(Format::Json).at(self.offset));
        }
        if let Some((offset, name)) = self.foreign.take().filter(|_| !self.has_records) {
            let message = format!("the element {name} is no event, and no event is in it");
            sink.problem(Problem::warning("stray-text", message).at(offset));
        }
        sink.text_end(self.has_records);
    }

    /// Reads as many records of the text as possible and returns the number of bytes read.
    fn run(&mut self, text: &[u8], sink: &mut dyn Sink) -> usize {
        let mut window = TextWindow::new(text, self.transcoder.encoding(), self.offset);
        while self.read_known(&mut window, sink) || self.step(&mut window, sink) {}
        self.offset = window.offset();
        text.len() - window.text().len()
    }

    /// Reads as many records of the pending text as possible and returns the number of bytes read.
    fn run_pending(&mut self, sink: &mut dyn Sink) -> usize {
        let mut pending = std::mem::take(&mut self.pending);
        let read = self.run(&pending, sink);
        pending.drain(..read);
        self.pending = pending;
        read
    }

    /// Reads most text in place. Only a record that began in an earlier push is completed in a buffer.
    fn push_utf8(&mut self, mut bytes: &[u8], sink: &mut dyn Sink) {
        while !self.pending.is_empty() && !bytes.is_empty() {
            let before = self.pending.len();
            let (piece, rest) = bytes.split_at_checked(COMPLETING_BYTES).unwrap_or((bytes, &[]));
            self.pending.extend_from_slice(piece);
            let read = self.run_pending(sink);
            bytes = match read.checked_sub(before) {
                // The remaining text is in the pushed bytes too.
                Some(read) => {
                    self.pending.clear();
                    bytes.get(read..).unwrap_or_default()
                }
                None => rest,
            };
        }
        if !bytes.is_empty() {
            let read = self.run(bytes, sink);
            self.pending.extend_from_slice(bytes.get(read..).unwrap_or_default());
        }
    }

    /// Performs one step. Returns false if more bytes are needed.
    fn step(&mut self, window: &mut TextWindow<'_>, sink: &mut dyn Sink) -> bool {
        match std::mem::replace(&mut self.state, StreamState::Between) {
            StreamState::Between => self.between(window, sink),
            StreamState::InRecord { format, framer, at } => {
                self.in_record(window, format, framer, at, sink)
            }
            StreamState::Overlong { format, framer, begin } => {
                self.overlong(window, format, framer, begin, sink)
            }
            StreamState::AfterList { framer, at } => self.after_list(window, framer, at, sink),
            StreamState::Line { is_comment } => self.line(window, is_comment),
        }
    }

    fn between(&mut self, window: &mut TextWindow<'_>, sink: &mut dyn Sink) -> bool {
        let text = window.text();
        if self.outer_objects > 0 && text.first() == Some(&b']') {
            let framer = json::JsonFramer::after_list(self.outer_objects);
            self.state = StreamState::AfterList { framer, at: 0 };
            self.columns = None;
            window.advance(1);
            return true;
        }
        if self.columns.is_some() && text.first() == Some(&b'[') {
            let (format, framer) = (Format::Json, RecordFramer::new(Format::Json));
            self.state = StreamState::InRecord { format, framer, at: 0 };
            return true;
        }
        match record_start::classify(text, self.is_last) {
            RecordStart::More => return false,
            RecordStart::Skip(length) => {
                if text.get(..length).unwrap_or(text).contains(&b',') {
                    self.awaits_comma = false;
                }
                window.advance(length);
            }
            RecordStart::Comment => self.state = StreamState::Line { is_comment: true },
            // A record that looks like those before it is read when it is complete, which is faster than framing it
            // in pieces.
            RecordStart::Record(format)
                if !self.is_last
                    && text.len() < RESCAN_BYTES
                    && self.layouts.may_be_partial(format, text) =>
            {
                return false;
            }
            RecordStart::Record(format) => {
                self.non_events.report(sink);
                self.leave_list(format, window.offset(), sink);
                if self.read_whole_record(window, format, sink) {
                    return true;
                }
                self.state =
                    StreamState::InRecord { format, framer: RecordFramer::new(format), at: 0 };
            }
            // The message shows the beginning of the line, so that many bytes are needed.
            RecordStart::Other if !self.is_last && record_start::is_short(text) => return false,
            RecordStart::Other => {
                self.awaits_comma = true;
                self.non_events.add_line(window.offset(), text);
                self.state = StreamState::Line { is_comment: false };
            }
        }
        true
    }

    fn in_record(
        &mut self,
        window: &mut TextWindow<'_>,
        format: Format,
        mut framer: RecordFramer,
        at: usize,
        sink: &mut dyn Sink,
    ) -> bool {
        let scan = framer.scan(window.text(), at, self.is_last);
        let scan = self.end_at_boundary(window.text(), format, at, scan);
        self.awaits_comma = true;
        if scan.at() > limits::RECORD_BYTES {
            framer.skip_to_end();
            let begin = window.offset();
            return self.skip_overlong(window, scan, format, framer, begin, sink);
        }
        match scan {
            FrameScan::End(end) => self.read_framed(window, format, end, sink),
            FrameScan::Skip(end) => {
                if !self.has_records
                    && self.foreign.is_none()
                    && let Some(name) = xml::foreign_element(window.text())
                {
                    self.foreign = Some((window.offset(), excerpt(name)));
                }
                window.advance(end);
            }
            FrameScan::Descend(end, depth) => {
                let begin = window.offset();
                let columns = Self::columns(window.text(), end).map(|columns| (columns, begin));
                self.enter_list(window, depth, columns, end);
            }
            FrameScan::Cut(end) => {
                let begin = window.offset();
                sink.problem(cut_off(format).at(begin));
                let damaged = window.text().get(..end).unwrap_or_default();
                let next = match format {
                    Format::Json => json::last_documents(damaged),
                    _ => record_start::next_record(window.text(), end),
                };
                window.advance(next.unwrap_or(end.max(1)));
            }
            FrameScan::More(_) if self.is_last => {
                return self.end_within_record(window, format, sink);
            }
            FrameScan::More(next) => {
                self.state = StreamState::InRecord { format, framer, at: next };
                return false;
            }
        }
        true
    }

    fn line(&mut self, window: &mut TextWindow<'_>, is_comment: bool) -> bool {
        let text = window.text();
        let end = memchr::memchr(b'\n', text).map(|end| end + 1);
        let line = text.get(..end.unwrap_or(text.len())).unwrap_or(text);
        let event = match (is_comment, self.source) {
            (false, _) => xml::event_within(line),
            (true, Some(source)) => resync::next_boundary(source, line, 0, line.len()),
            (true, None) => None,
        };
        if let Some(next) = event.or(end) {
            window.advance(next);
            return true;
        }
        // An event may have begun in the last bytes, though not with the first byte of the line.
        let retained = if self.is_last { 0 } else { text.len().min(resync::BOUNDARY_BYTES) };
        window.advance(text.len() - retained);
        self.state = StreamState::Line { is_comment };
        false
    }
}

impl Decoder for TextDecoder {
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        self.segments.push(bytes, &mut |segment| self.reader.segment(segment, sink));
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        self.segments.end(&mut |segment| self.reader.segment(segment, sink));
        self.reader.end(sink);
        self.segments.report_replaced(sink);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{OtherRecord, ScriptRecord};
    use super::*;

    #[derive(Default)]
    struct Count(usize);

    impl Sink for Count {
        fn script(&mut self, _: &ScriptRecord<'_>) {
            self.0 += 1;
        }

        fn other(&mut self, _: &OtherRecord<'_>) {
            self.0 += 1;
        }

        fn problem(&mut self, _: Problem) {}
    }

    #[test]
    fn an_event_inside_a_line_is_read_wherever_the_input_is_divided() {
        let event = "<Event xmlns='x'><System><EventID>1</EventID></System></Event>";
        // Longer than the text needed to decide that a line is not a record.
        let stray = "no <Event".repeat(40);
        let log = format!("<Ev>ents>{event}{event}\n{stray}{event}\n{event}");
        for cut in 0..=log.len() {
            let mut count = Count::default();
            let mut decoder =
                TextDecoder::new(Encoding::Utf8, Encoding::Utf8, 0, &SourceOptions::default());
            let (one, other) = log.as_bytes().split_at(cut);
            decoder.push(one, &mut count);
            decoder.push(other, &mut count);
            decoder.end(&mut count);
            assert_eq!(count.0, 4, "cut at {cut}");
        }
    }
}
