//! Text logs whose records tell their own format: event XML, JSON, Splunk's event text, or all in turn.

use super::decoder::Decoder;
use super::emit::{emit, read_and_emit, read_row_and_emit};
use super::encoding::{Encoding, Transcoder};
use super::format::{Format, SourceOptions};
use super::framing::{FrameScan, START_BYTES};
use super::layout::{LayoutCache, LayoutMatch};
use super::nested::NestedEvents;
use super::non_events::NonEventText;
use super::problems::cut_off;
use super::record::{TextRecord, TimeRules};
use super::record_format::{RecordFramer, read_unframed};
use super::record_start::{self, RecordStart};
use super::sink::Sink;
use super::timestamp::HourCache;
use super::window::TextWindow;
use super::{fast_path, json, resync, xml};
use crate::error::Problem;
use crate::event::RecordLocation;
use crate::limits;

/// Reads records of text one by one.
pub(super) struct TextDecoder {
    /// What the source began with.
    source: Option<Format>,
    transcoder: Transcoder,
    /// Text that has come and is not yet read: a record that has begun.
    pending: Vec<u8>,
    /// Where in the source the text begins that is not yet read.
    offset: u64,
    layouts: LayoutCache,
    clock: TimeRules,
    hour: HourCache,
    nested: NestedEvents,
    state: StreamState,
    /// How many outer objects hold the list of records that is being read.
    outer_objects: u32,
    /// The names of the columns whose rows are being read, and where their table begins.
    columns: Option<(Vec<Vec<u8>>, u64)>,
    /// The source's last byte is known to be here.
    is_last: bool,
    has_records: bool,
    /// A record of a list was read, and no comma after it.
    awaits_comma: bool,
    non_events: NonEventText,
    /// How often reading was taken up again within a record that never ended.
    retries: usize,
}

enum StreamState {
    /// Between records.
    Between,
    /// In a record; what stands before `at` has been seen.
    InRecord { format: Format, framer: RecordFramer, at: usize },
    /// In a record that is too long to be kept: where it began, and how much of it has gone.
    Overlong { format: Format, framer: RecordFramer, begin: u64 },
    /// After a list of records, in what is left of the objects around it; what stands before `at` has been seen.
    AfterList { framer: json::JsonFramer, at: usize },
    /// In a line that is no record: a comment, or what damage left, in which an event may begin.
    Line { is_comment: bool },
}

/// How much text is decoded at a time: bounds memory whatever is pushed.
const PIECE_BYTES: usize = 256 << 10;

/// How much more of a source is put to a record that has begun before, until it is complete.
const COMPLETING_BYTES: usize = 16 << 10;

/// Of so much at most it is looked anew, whenever more has come, whether a record has all come.
const RESCAN_BYTES: usize = 64 << 10;

/// How often reading starts anew within what is left of a source whose last record never ended.
const MAX_RETRIES: usize = 64;

impl TextDecoder {
    /// A decoder for a source in this encoding whose next byte has this offset.
    pub(super) fn new(encoding: Encoding, offset: u64, options: &SourceOptions) -> Self {
        Self {
            source: None,
            transcoder: Transcoder::new(encoding),
            pending: Vec::new(),
            offset,
            layouts: LayoutCache::default(),
            clock: TimeRules::from(options),
            hour: HourCache::default(),
            nested: NestedEvents::default(),
            state: StreamState::Between,
            outer_objects: 0,
            columns: None,
            is_last: false,
            has_records: false,
            awaits_comma: false,
            non_events: NonEventText::default(),
            retries: 0,
        }
    }

    /// For a source that begins with a record of this format.
    pub(super) fn starting_with(self, format: Format) -> Self {
        Self { source: Some(format), ..self }
    }

    #[cfg(test)]
    pub(super) fn set_layouts(&mut self, layouts: LayoutCache) {
        self.layouts = layouts;
    }

    /// Reads what can be read of the text that is here, and gives its length.
    fn run(&mut self, text: &[u8], sink: &mut dyn Sink) -> usize {
        let mut window = TextWindow::new(text, self.transcoder.encoding(), self.offset);
        while self.read_known(&mut window, sink) || self.step(&mut window, sink) {}
        self.offset = window.offset();
        text.len() - window.text().len()
    }

    /// Reads what can be read of the text that was held.
    fn run_pending(&mut self, sink: &mut dyn Sink) -> usize {
        let mut pending = std::mem::take(&mut self.pending);
        let read = self.run(&pending, sink);
        pending.drain(..read);
        self.pending = pending;
        read
    }

    /// Reads text where it stands, which is most of it; only a record that has begun before is completed in
    /// a text of its own.
    fn push_utf8(&mut self, mut bytes: &[u8], sink: &mut dyn Sink) {
        while !self.pending.is_empty() && !bytes.is_empty() {
            let before = self.pending.len();
            let (piece, rest) = bytes.split_at_checked(COMPLETING_BYTES).unwrap_or((bytes, &[]));
            self.pending.extend_from_slice(piece);
            let read = self.run_pending(sink);
            bytes = match read.checked_sub(before) {
                // What is left stands in the bytes too.
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

    /// Reads a record of a known layout, where one comes next. What it begins with is the beginning of a record.
    fn read_known(&mut self, window: &mut TextWindow<'_>, sink: &mut dyn Sink) -> bool {
        if !matches!(self.state, StreamState::Between) {
            return false;
        }
        let text = window.text();
        // Of more between records than that so much is skipped at a time, and not all of it looked at each time.
        let near = text.get(..START_BYTES).unwrap_or(text);
        let between = near.iter().position(|byte| !matches!(byte, b'\r' | b'\n' | b' ' | b','));
        let (before, text) = text.split_at_checked(between.unwrap_or(0)).unwrap_or_default();
        if self.outer_objects > 0 && !before.contains(&b',') {
            return false;
        }
        let format = match text.first() {
            Some(b'{') => Format::Json,
            Some(b'<') => Format::Xml,
            _ => return false,
        };
        let Some(matched) = self.layouts.find(format, text) else { return false };
        let end = matched.text().len();
        let is_foreign = self.source != Some(format);
        if end > limits::RECORD_BYTES || (is_foreign && ends_early(self.source, format, text, end))
        {
            return false;
        }
        window.advance(between.unwrap_or(0));
        self.non_events.report(sink);
        let place = location(window, end);
        (self.has_records, self.awaits_comma) = (true, true);
        if !emit_match(&matched, place, self.clock, (&mut self.hour, &mut self.nested), sink) {
            sink.non_event(place.offset);
        }
        window.advance(end);
        true
    }

    /// One step; false where more bytes are needed.
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
            // What is like the records before it is read at once when it has come, which is faster than in pieces.
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
            // A message shows how the line begins, so that much of it must be here.
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
            FrameScan::Skip(end) => window.advance(end),
            FrameScan::Descend(end, depth) => {
                let begin = window.offset();
                let columns = columns(window.text(), end).map(|columns| (columns, begin));
                self.enter_list(window, depth, columns, end);
            }
            FrameScan::Cut(end) => {
                let begin = window.offset();
                sink.problem(cut_off(format).at(begin));
                window.advance(next_record(window.text(), end).unwrap_or(end.max(1)));
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

    /// Reads the record that begins here at once, where it is all here and in order.
    fn read_whole_record(
        &mut self,
        window: &mut TextWindow<'_>,
        format: Format,
        sink: &mut dyn Sink,
    ) -> bool {
        let offset = window.offset();
        let text = window.text();
        let mut record =
            TextRecord::new(RecordLocation { offset, length: 0, frame: offset }, self.clock);
        record.spans = self.layouts.is_worth_trying().then(Vec::new);
        let Some(end) = read_unframed(format, text, &mut record) else { return false };
        // No layout is made of one that ends early: then none of a layout does, for no value holds such a place.
        if end > limits::RECORD_BYTES || ends_early(self.source, format, text, end) {
            return false;
        }
        let spans = record.spans.take();
        self.layouts.learn(format, text.get(..end).unwrap_or(text), spans);
        self.awaits_comma = true;
        record.place.length = window.source_len(end);
        self.has_records = true;
        if !emit(record, &mut self.nested, sink) {
            sink.non_event(offset);
        }
        window.advance(end);
        true
    }

    /// What a framer says, unless the source may be cut before it has come there.
    fn end_at_boundary(
        &self,
        text: &[u8],
        format: Format,
        from: usize,
        scan: FrameScan,
    ) -> FrameScan {
        let from = from.saturating_sub(START_BYTES);
        let place =
            self.source.and_then(|source| resync::next_boundary(source, text, from, scan.at()));
        match (place, format) {
            (None, _) => scan,
            (Some(place), Format::Classic) => FrameScan::End(place),
            (Some(place), _) => FrameScan::Cut(place),
        }
    }

    /// A list ends where a record begins that is none of its own.
    fn leave_list(&mut self, format: Format, offset: u64, sink: &mut dyn Sink) {
        if self.outer_objects > 0 && (self.awaits_comma || format != Format::Json) {
            self.outer_objects = 0;
            self.columns = None;
            sink.problem(cut_off(Format::Json).at(offset));
        }
    }

    fn read_framed(
        &mut self,
        window: &mut TextWindow<'_>,
        format: Format,
        end: usize,
        sink: &mut dyn Sink,
    ) {
        let place = location(window, end);
        let text = window.text();
        let text = text.get(..end).unwrap_or(text);
        self.has_records = true;
        let is_event = match &self.columns {
            Some((columns, frame)) if text.starts_with(b"[") => {
                let place = RecordLocation { frame: *frame, ..place };
                read_row_and_emit(text, columns, place, self.clock, &mut self.nested, sink)
            }
            // One that came in pieces may be like those before it.
            _ => {
                match self.layouts.find(format, text).filter(|matched| matched.text().len() == end)
                {
                    Some(matched) => {
                        let known = (&mut self.hour, &mut self.nested);
                        emit_match(&matched, place, self.clock, known, sink)
                    }
                    None => read_and_emit(format, text, place, self.clock, &mut self.nested, sink),
                }
            }
        };
        if !is_event {
            sink.non_event(place.offset);
        }
        window.advance(end);
    }

    /// The source ended within a record. Another may have begun in what it seemed to hold.
    fn end_within_record(
        &mut self,
        window: &mut TextWindow<'_>,
        format: Format,
        sink: &mut dyn Sink,
    ) -> bool {
        let length = window.text().len();
        sink.problem(cut_off(format).at(window.offset()));
        self.retries += 1;
        let next = next_record(window.text(), length).filter(|_| self.retries < MAX_RETRIES);
        window.advance(next.unwrap_or(length));
        next.is_some()
    }

    fn overlong(
        &mut self,
        window: &mut TextWindow<'_>,
        format: Format,
        mut framer: RecordFramer,
        begin: u64,
        sink: &mut dyn Sink,
    ) -> bool {
        let scan = framer.scan(window.text(), 0, self.is_last);
        self.skip_overlong(window, scan, format, framer, begin, sink)
    }

    fn skip_overlong(
        &mut self,
        window: &mut TextWindow<'_>,
        scan: FrameScan,
        format: Format,
        framer: RecordFramer,
        begin: u64,
        sink: &mut dyn Sink,
    ) -> bool {
        let end = match scan {
            FrameScan::End(end)
            | FrameScan::Cut(end)
            | FrameScan::Skip(end)
            | FrameScan::Descend(end, _) => end,
            FrameScan::More(_) if self.is_last => window.text().len(),
            FrameScan::More(next) => {
                window.advance(next);
                self.state = StreamState::Overlong { format, framer, begin };
                return false;
            }
        };
        window.advance(end);
        let length = window.offset() - begin;
        let bound = limits::RECORD_BYTES;
        sink.problem(
            Problem::error(
                "record-too-long",
                format!("a record of {length} bytes was passed over: at most {bound} are read"),
            )
            .at(begin),
        );
        true
    }

    /// Goes on within a list of records or of rows.
    fn enter_list(
        &mut self,
        window: &mut TextWindow<'_>,
        depth: u32,
        columns: Option<(Vec<Vec<u8>>, u64)>,
        end: usize,
    ) {
        self.outer_objects = depth;
        self.awaits_comma = false;
        self.columns = columns;
        window.advance(end);
    }

    fn after_list(
        &mut self,
        window: &mut TextWindow<'_>,
        mut framer: json::JsonFramer,
        at: usize,
        sink: &mut dyn Sink,
    ) -> bool {
        let scan = framer.scan(window.text(), at, self.is_last);
        match self.end_at_boundary(window.text(), Format::Json, at, scan) {
            FrameScan::More(next) if !self.is_last && next < json::LIST_START_BYTES => {
                self.state = StreamState::AfterList { framer, at: next };
                return false;
            }
            FrameScan::More(next) => {
                framer.skip_to_end();
                // What tells where the source may be cut stays.
                let at = if self.is_last { 0 } else { next.min(2 * START_BYTES) };
                window.advance(next - at);
                self.state = StreamState::AfterList { framer, at };
                return false;
            }
            FrameScan::Descend(end, depth) => {
                // A row is read again from where its table begins.
                let begin = framer.begin().map(|begin| window.offset() + window.source_len(begin));
                match (columns(window.text(), end), begin) {
                    (Some(columns), Some(begin)) if json::may_be_events(&columns) => {
                        self.enter_list(window, depth, Some((columns, begin)), end);
                    }
                    (None, _) => self.enter_list(window, depth, None, end),
                    (Some(_), _) => {
                        framer.pass_list();
                        self.state = StreamState::AfterList { framer, at: end };
                    }
                }
            }
            scan @ (FrameScan::End(end) | FrameScan::Cut(end) | FrameScan::Skip(end)) => {
                window.advance(end);
                self.outer_objects = 0;
                if matches!(scan, FrameScan::Cut(_)) {
                    sink.problem(cut_off(Format::Json).at(window.offset()));
                }
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
        // An event may have begun in the last bytes, though not with the first that is looked at.
        let retained = if self.is_last { 0 } else { text.len().min(resync::BOUNDARY_BYTES) };
        window.advance(text.len() - retained);
        self.state = StreamState::Line { is_comment };
        false
    }
}

/// Where the record of this length stands that comes next.
fn location(window: &TextWindow<'_>, length: usize) -> RecordLocation {
    let offset = window.offset();
    RecordLocation { offset, length: window.source_len(length), frame: offset }
}

/// Hands on a record of a known layout. False where it is no Windows event.
fn emit_match(
    matched: &LayoutMatch<'_, '_>,
    place: RecordLocation,
    clock: TimeRules,
    (hour, nested): (&mut HourCache, &mut NestedEvents),
    sink: &mut dyn Sink,
) -> bool {
    fast_path::emit(matched, place, clock, hour, sink).is_some()
        || emit(matched.to_record(place, clock), nested, sink)
}

impl Decoder for TextDecoder {
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        if self.transcoder.encoding() == Encoding::Utf8 {
            return self.push_utf8(bytes, sink);
        }
        for piece in bytes.chunks(PIECE_BYTES) {
            self.transcoder.push(piece, &mut self.pending);
            self.run_pending(sink);
        }
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        let half = self.transcoder.end(&mut self.pending);
        self.is_last = true;
        self.run_pending(sink);
        let end = self.offset;
        if half {
            sink.problem(
                Problem::warning(
                    "half-character",
                    "the source ends in the middle of a UTF-16 character",
                )
                .at(end),
            );
        }
        self.non_events.report(sink);
        if self.outer_objects > 0 {
            sink.problem(cut_off(Format::Json).at(end));
        }
        sink.text_end(self.has_records);
    }
}

/// The columns of the rows that begin here; `None` where records do.
fn columns(text: &[u8], at: usize) -> Option<Vec<Vec<u8>>> {
    let (before, rows) = text.split_at_checked(at)?;
    rows.trim_ascii_start().starts_with(b"[").then(|| json::column_names(before))
}

/// The beginning of the first line after a text's first that surely begins a record.
fn next_record(text: &[u8], until: usize) -> Option<usize> {
    memchr::memchr_iter(b'\n', text.get(..until)?)
        .map(|end| end + 1)
        .find(|at| text.get(*at..).and_then(record_start::certain_format_after_header).is_some())
}

/// Whether a range could begin before the end of this record: who reads it would not know of the record. Documents of
/// JSON are cut off there by their framer.
fn ends_early(source: Option<Format>, format: Format, text: &[u8], end: usize) -> bool {
    source.is_some_and(|source| {
        (source != format || format == Format::Xml)
            && resync::next_boundary(source, text, 0, end).is_some()
    })
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
    fn an_event_within_a_line_is_read_wherever_the_bytes_are_cut() {
        let event = "<Event xmlns='x'><System><EventID>1</EventID></System></Event>";
        // More than is waited for before a line is told to be no record.
        let stray = "no <Event".repeat(40);
        let log = format!("<Ev>ents>{event}{event}\n{stray}{event}\n{event}");
        for cut in 0..=log.len() {
            let mut count = Count::default();
            let mut decoder = TextDecoder::new(Encoding::Utf8, 0, &SourceOptions::default());
            let (one, other) = log.as_bytes().split_at(cut);
            decoder.push(one, &mut count);
            decoder.push(other, &mut count);
            decoder.end(&mut count);
            assert_eq!(count.0, 4, "cut at {cut}");
        }
    }
}
