//! Text logs whose records tell their own format: event XML, JSON, Splunk's event text, or all in turn.

use super::decoder::Decoder as DecoderTrait;
use super::emit::{decode, decode_row, hand_on};
use super::encoding::{Encoding, Transcoder};
use super::format::{Format, SourceOptions};
use super::framing::{LOOK, Scan};
use super::layout::{LayoutMatch, Layouts};
use super::nested::Within;
use super::non_events::Strays;
use super::problems::cut_off;
use super::record::{Clock, Record};
use super::record_format::{Framer, read_unframed};
use super::record_start::{self, Head};
use super::sink::Sink;
use super::timestamp::Hour;
use super::window::Window;
use super::{fast_path, json, resync, xml};
use crate::error::Problem;
use crate::event::RecordLocation;
use crate::limits;

/// Reads records of text one by one.
pub(super) struct Decoder {
    /// What the source began with.
    source: Option<Format>,
    transcoder: Transcoder,
    /// Text that has come and is not yet read: a record that has begun.
    held: Vec<u8>,
    /// Where in the source the text begins that is not yet read.
    offset: u64,
    layouts: Layouts,
    clock: Clock,
    hour: Hour,
    within: Within,
    state: State,
    /// How many outer objects hold the list of records that is being read.
    outer_objects: u32,
    /// The names of the columns whose rows are being read, and where their table begins.
    columns: Option<(Vec<Vec<u8>>, u64)>,
    /// The source's last byte is known to be here.
    last: bool,
    has_records: bool,
    /// A record of a list was read, and no comma after it.
    awaits_comma: bool,
    strays: Strays,
    /// How often reading was taken up again within a record that never ended.
    retries: usize,
}

enum State {
    /// Between records.
    Between,
    /// In a record; what stands before `at` has been seen.
    Within { format: Format, framer: Framer, at: usize },
    /// In a record that is too long to be kept: where it began, and how much of it has gone.
    Overlong { format: Format, framer: Framer, begin: u64 },
    /// After a list of records, in what is left of the objects around it; what stands before `at` has been seen.
    AfterList { framer: json::Framer, at: usize },
    /// In a line that is no record: a comment, or what damage left, in which an event may begin.
    Line { is_comment: bool },
}

/// How much text is decoded at a time: bounds memory whatever is pushed.
const PIECE: usize = 256 << 10;

/// How much more of a source is put to a record that has begun before, until it is complete.
const COMPLETING: usize = 16 << 10;

/// Of so much at most it is looked anew, whenever more has come, whether a record has all come.
const WAITING: usize = 64 << 10;

/// How often reading starts anew within what is left of a source whose last record never ended.
const RETRIES: usize = 64;

impl Decoder {
    /// A decoder for a source in this encoding whose next byte has this offset.
    pub(super) fn new(encoding: Encoding, offset: u64, options: &SourceOptions) -> Self {
        Self {
            source: None,
            transcoder: Transcoder::new(encoding),
            held: Vec::new(),
            offset,
            layouts: Layouts::default(),
            clock: Clock::from(options),
            hour: Hour::default(),
            within: Within::default(),
            state: State::Between,
            outer_objects: 0,
            columns: None,
            last: false,
            has_records: false,
            awaits_comma: false,
            strays: Strays::default(),
            retries: 0,
        }
    }

    /// For a source that begins with a record of this format.
    pub(super) fn of(self, format: Format) -> Self {
        Self { source: Some(format), ..self }
    }

    #[cfg(test)]
    pub(super) fn set_layouts(&mut self, layouts: Layouts) {
        self.layouts = layouts;
    }

    /// Reads what can be read of the text that is here, and gives its length.
    fn run(&mut self, text: &[u8], sink: &mut dyn Sink) -> usize {
        let mut window = Window::new(text, self.transcoder.encoding(), self.offset);
        while self.known(&mut window, sink) || self.step(&mut window, sink) {}
        self.offset = window.offset();
        text.len() - window.text().len()
    }

    /// Reads what can be read of the text that was held.
    fn run_held(&mut self, sink: &mut dyn Sink) -> usize {
        let mut held = std::mem::take(&mut self.held);
        let read = self.run(&held, sink);
        held.drain(..read);
        self.held = held;
        read
    }

    /// Reads text where it stands, which is most of it; only a record that has begun before is completed in
    /// a text of its own.
    fn push_utf8(&mut self, mut bytes: &[u8], sink: &mut dyn Sink) {
        while !self.held.is_empty() && !bytes.is_empty() {
            let before = self.held.len();
            let (piece, rest) = bytes.split_at_checked(COMPLETING).unwrap_or((bytes, &[]));
            self.held.extend_from_slice(piece);
            let read = self.run_held(sink);
            bytes = match read.checked_sub(before) {
                // What is left stands in the bytes too.
                Some(read) => {
                    self.held.clear();
                    bytes.get(read..).unwrap_or_default()
                }
                None => rest,
            };
        }
        if !bytes.is_empty() {
            let read = self.run(bytes, sink);
            self.held.extend_from_slice(bytes.get(read..).unwrap_or_default());
        }
    }

    /// Reads a record of a known layout, where one comes next. What it begins with is the beginning of a record.
    fn known(&mut self, window: &mut Window<'_>, sink: &mut dyn Sink) -> bool {
        if !matches!(self.state, State::Between) {
            return false;
        }
        let text = window.text();
        // Of more between records than that so much is skipped at a time, and not all of it looked at each time.
        let near = text.get(..LOOK).unwrap_or(text);
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
        let Some(matched) = self.layouts.meet(format, text) else { return false };
        let end = matched.text().len();
        let is_foreign = self.source != Some(format);
        if end > limits::RECORD_BYTES || (is_foreign && ends_early(self.source, format, text, end))
        {
            return false;
        }
        window.advance(between.unwrap_or(0));
        self.strays.say_text(sink);
        let place = place(window, end);
        (self.has_records, self.awaits_comma) = (true, true);
        if !hand_on_match(&matched, place, self.clock, (&mut self.hour, &mut self.within), sink) {
            sink.non_event(place.offset);
        }
        window.advance(end);
        true
    }

    /// One step; false where more bytes are needed.
    fn step(&mut self, window: &mut Window<'_>, sink: &mut dyn Sink) -> bool {
        match std::mem::replace(&mut self.state, State::Between) {
            State::Between => self.between(window, sink),
            State::Within { format, framer, at } => self.within(window, format, framer, at, sink),
            State::Overlong { format, framer, begin } => {
                self.overlong(window, format, framer, begin, sink)
            }
            State::AfterList { framer, at } => self.after_list(window, framer, at, sink),
            State::Line { is_comment } => self.line(window, is_comment),
        }
    }

    fn between(&mut self, window: &mut Window<'_>, sink: &mut dyn Sink) -> bool {
        let text = window.text();
        if self.outer_objects > 0 && text.first() == Some(&b']') {
            let framer = json::Framer::after_list(self.outer_objects);
            self.state = State::AfterList { framer, at: 0 };
            self.columns = None;
            window.advance(1);
            return true;
        }
        if self.columns.is_some() && text.first() == Some(&b'[') {
            let (format, framer) = (Format::Json, Framer::new(Format::Json));
            self.state = State::Within { format, framer, at: 0 };
            return true;
        }
        match record_start::head(text, self.last) {
            Head::More => return false,
            Head::Skip(length) => {
                if text.get(..length).unwrap_or(text).contains(&b',') {
                    self.awaits_comma = false;
                }
                window.advance(length);
            }
            Head::Comment => self.state = State::Line { is_comment: true },
            // What is like the records before it is read at once when it has come, which is faster than in pieces.
            Head::Record(format)
                if !self.last && text.len() < WAITING && self.layouts.is_cut(format, text) =>
            {
                return false;
            }
            Head::Record(format) => {
                self.strays.say_text(sink);
                self.leave_list(format, window.offset(), sink);
                if self.unframed(window, format, sink) {
                    return true;
                }
                self.state = State::Within { format, framer: Framer::new(format), at: 0 };
            }
            // A message shows how the line begins, so that much of it must be here.
            Head::Other if !self.last && record_start::is_short(text) => return false,
            Head::Other => {
                self.awaits_comma = true;
                self.strays.text(window.offset(), text);
                self.state = State::Line { is_comment: false };
            }
        }
        true
    }

    fn within(
        &mut self,
        window: &mut Window<'_>,
        format: Format,
        mut framer: Framer,
        at: usize,
        sink: &mut dyn Sink,
    ) -> bool {
        let scan = framer.scan(window.text(), at, self.last);
        let scan = self.cut_anew(window.text(), format, at, scan);
        self.awaits_comma = true;
        if scan.at() > limits::RECORD_BYTES {
            framer.pass_over();
            let begin = window.offset();
            return self.pass_over(window, scan, format, framer, begin, sink);
        }
        match scan {
            Scan::End(end) => self.record(window, format, end, sink),
            Scan::Skip(end) => window.advance(end),
            Scan::Descend(end, depth) => {
                let begin = window.offset();
                let columns = columns(window.text(), end).map(|columns| (columns, begin));
                self.enter_list(window, depth, columns, end);
            }
            Scan::Cut(end) => {
                let begin = window.offset();
                sink.problem(cut_off(format).at(begin));
                window.advance(next_record(window.text(), end).unwrap_or(end.max(1)));
            }
            Scan::More(_) if self.last => return self.unfinished(window, format, sink),
            Scan::More(next) => {
                self.state = State::Within { format, framer, at: next };
                return false;
            }
        }
        true
    }

    /// Reads the record that begins here at once, where it is all here and in order.
    fn unframed(&mut self, window: &mut Window<'_>, format: Format, sink: &mut dyn Sink) -> bool {
        let offset = window.offset();
        let text = window.text();
        let mut record =
            Record::new(RecordLocation { offset, length: 0, frame: offset }, self.clock);
        record.spans = self.layouts.is_worthwhile().then(Vec::new);
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
        if !hand_on(record, &mut self.within, sink) {
            sink.non_event(offset);
        }
        window.advance(end);
        true
    }

    /// What a framer says, unless the source may be cut before it has come there.
    fn cut_anew(&self, text: &[u8], format: Format, from: usize, scan: Scan) -> Scan {
        let from = from.saturating_sub(LOOK);
        let place = self.source.and_then(|source| resync::within(source, text, from, scan.at()));
        match (place, format) {
            (None, _) => scan,
            (Some(place), Format::Classic) => Scan::End(place),
            (Some(place), _) => Scan::Cut(place),
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

    fn record(&mut self, window: &mut Window<'_>, format: Format, end: usize, sink: &mut dyn Sink) {
        let place = place(window, end);
        let text = window.text();
        let text = text.get(..end).unwrap_or(text);
        self.has_records = true;
        let is_event = match &self.columns {
            Some((columns, frame)) if text.starts_with(b"[") => {
                let place = RecordLocation { frame: *frame, ..place };
                decode_row(text, columns, place, self.clock, &mut self.within, sink)
            }
            // One that came in pieces may be like those before it.
            _ => {
                match self.layouts.meet(format, text).filter(|matched| matched.text().len() == end)
                {
                    Some(matched) => {
                        let known = (&mut self.hour, &mut self.within);
                        hand_on_match(&matched, place, self.clock, known, sink)
                    }
                    None => decode(format, text, place, self.clock, &mut self.within, sink),
                }
            }
        };
        if !is_event {
            sink.non_event(place.offset);
        }
        window.advance(end);
    }

    /// The source ended within a record. Another may have begun in what it seemed to hold.
    fn unfinished(&mut self, window: &mut Window<'_>, format: Format, sink: &mut dyn Sink) -> bool {
        let length = window.text().len();
        sink.problem(cut_off(format).at(window.offset()));
        self.retries += 1;
        let next = next_record(window.text(), length).filter(|_| self.retries < RETRIES);
        window.advance(next.unwrap_or(length));
        next.is_some()
    }

    fn overlong(
        &mut self,
        window: &mut Window<'_>,
        format: Format,
        mut framer: Framer,
        begin: u64,
        sink: &mut dyn Sink,
    ) -> bool {
        let scan = framer.scan(window.text(), 0, self.last);
        self.pass_over(window, scan, format, framer, begin, sink)
    }

    fn pass_over(
        &mut self,
        window: &mut Window<'_>,
        scan: Scan,
        format: Format,
        framer: Framer,
        begin: u64,
        sink: &mut dyn Sink,
    ) -> bool {
        let end = match scan {
            Scan::End(end) | Scan::Cut(end) | Scan::Skip(end) | Scan::Descend(end, _) => end,
            Scan::More(_) if self.last => window.text().len(),
            Scan::More(next) => {
                window.advance(next);
                self.state = State::Overlong { format, framer, begin };
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
        window: &mut Window<'_>,
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
        window: &mut Window<'_>,
        mut framer: json::Framer,
        at: usize,
        sink: &mut dyn Sink,
    ) -> bool {
        let scan = framer.scan(window.text(), at, self.last);
        match self.cut_anew(window.text(), Format::Json, at, scan) {
            Scan::More(next) if !self.last && next < json::LIST_WITHIN => {
                self.state = State::AfterList { framer, at: next };
                return false;
            }
            Scan::More(next) => {
                framer.pass_over();
                // What tells where the source may be cut stays.
                let at = if self.last { 0 } else { next.min(2 * LOOK) };
                window.advance(next - at);
                self.state = State::AfterList { framer, at };
                return false;
            }
            Scan::Descend(end, depth) => {
                // A row is read again from where its table begins.
                let begin = framer.begin().map(|begin| window.offset() + window.source_len(begin));
                match (columns(window.text(), end), begin) {
                    (Some(columns), Some(begin)) if json::are_of_events(&columns) => {
                        self.enter_list(window, depth, Some((columns, begin)), end);
                    }
                    (None, _) => self.enter_list(window, depth, None, end),
                    (Some(_), _) => {
                        framer.pass_list();
                        self.state = State::AfterList { framer, at: end };
                    }
                }
            }
            scan @ (Scan::End(end) | Scan::Cut(end) | Scan::Skip(end)) => {
                window.advance(end);
                self.outer_objects = 0;
                if matches!(scan, Scan::Cut(_)) {
                    sink.problem(cut_off(Format::Json).at(window.offset()));
                }
            }
        }
        true
    }

    fn line(&mut self, window: &mut Window<'_>, is_comment: bool) -> bool {
        let text = window.text();
        let end = memchr::memchr(b'\n', text).map(|end| end + 1);
        let line = text.get(..end.unwrap_or(text.len())).unwrap_or(text);
        let event = match (is_comment, self.source) {
            (false, _) => xml::event_within(line),
            (true, Some(source)) => resync::within(source, line, 0, line.len()),
            (true, None) => None,
        };
        if let Some(next) = event.or(end) {
            window.advance(next);
            return true;
        }
        // An event may have begun in the last bytes, though not with the first that is looked at.
        let kept = if self.last { 0 } else { text.len().min(resync::REACH) };
        window.advance(text.len() - kept);
        self.state = State::Line { is_comment };
        false
    }
}

/// Where the record of this length stands that comes next.
fn place(window: &Window<'_>, length: usize) -> RecordLocation {
    let offset = window.offset();
    RecordLocation { offset, length: window.source_len(length), frame: offset }
}

/// Hands on a record of a known layout. False where it is no Windows event.
fn hand_on_match(
    matched: &LayoutMatch<'_, '_>,
    place: RecordLocation,
    clock: Clock,
    (hour, within): (&mut Hour, &mut Within),
    sink: &mut dyn Sink,
) -> bool {
    fast_path::hand_on(matched, place, clock, hour, sink).is_some()
        || hand_on(matched.record(place, clock), within, sink)
}

impl DecoderTrait for Decoder {
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        if self.transcoder.encoding() == Encoding::Utf8 {
            return self.push_utf8(bytes, sink);
        }
        for piece in bytes.chunks(PIECE) {
            self.transcoder.push(piece, &mut self.held);
            self.run_held(sink);
        }
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        let half = self.transcoder.end(&mut self.held);
        self.last = true;
        self.run_held(sink);
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
        self.strays.say_text(sink);
        if self.outer_objects > 0 {
            sink.problem(cut_off(Format::Json).at(end));
        }
        sink.text_end(self.has_records);
    }
}

/// The columns of the rows that begin here; `None` where records do.
fn columns(text: &[u8], at: usize) -> Option<Vec<Vec<u8>>> {
    let (before, rows) = text.split_at_checked(at)?;
    rows.trim_ascii_start().starts_with(b"[").then(|| json::columns(before))
}

/// The beginning of the first line after a text's first that surely begins a record.
fn next_record(text: &[u8], until: usize) -> Option<usize> {
    memchr::memchr_iter(b'\n', text.get(..until)?)
        .map(|end| end + 1)
        .find(|at| text.get(*at..).and_then(record_start::record_or_header).is_some())
}

/// Whether a range could begin before the end of this record: who reads it would not know of the record. Documents of
/// JSON are cut off there by their framer.
fn ends_early(source: Option<Format>, format: Format, text: &[u8], end: usize) -> bool {
    source.is_some_and(|source| {
        (source != format || format == Format::Xml)
            && resync::within(source, text, 0, end).is_some()
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
            let mut decoder = Decoder::new(Encoding::Utf8, 0, &SourceOptions::default());
            let (one, other) = log.as_bytes().split_at(cut);
            decoder.push(one, &mut count);
            decoder.push(other, &mut count);
            decoder.end(&mut count);
            assert_eq!(count.0, 4, "cut at {cut}");
        }
    }
}
