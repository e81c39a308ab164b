//! Text logs whose records tell their own format: event XML, JSON, Splunk's event text, or all in turn.

use super::decode::{Framer, decode, hand_on, read_unframed};
use super::encoding::Encoding;
use super::frame::Scan;
use super::heads::{self, Head};
use super::record::{Clock, Record};
use super::strays::Strays;
use super::window::Window;
use super::{Format, Sink, SourceOptions, json};
use crate::error::Problem;
use crate::event::Place;
use crate::limits;

/// Reads records of text one by one.
pub(super) struct Decoder {
    window: Window,
    clock: Clock,
    state: State,
    /// How many outer objects hold the list of records that is being read.
    outer_objects: u32,
    /// The source's last byte is known to be here.
    last: bool,
    records: u64,
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
    /// After a list of records, in what is left of the objects around it.
    AfterList(json::Framer),
    /// In a line that is no record.
    Line,
}

/// How much text is decoded at a time: bounds memory whatever is pushed.
const PIECE: usize = 256 << 10;

/// How often reading starts anew within what is left of a source whose last record never ended.
const RETRIES: usize = 64;

impl Decoder {
    /// A decoder for a source in this encoding whose next byte has this offset.
    pub(super) fn new(encoding: Encoding, offset: u64, options: &SourceOptions) -> Self {
        Self {
            window: Window::new(encoding, offset),
            clock: Clock::from(options),
            state: State::Between,
            outer_objects: 0,
            last: false,
            records: 0,
            strays: Strays::default(),
            retries: 0,
        }
    }

    fn run(&mut self, sink: &mut dyn Sink) {
        while self.step(sink) {}
    }

    /// One step; false where more bytes are needed.
    fn step(&mut self, sink: &mut dyn Sink) -> bool {
        match std::mem::replace(&mut self.state, State::Between) {
            State::Between => self.between(sink),
            State::Within { format, framer, at } => self.within(format, framer, at, sink),
            State::Overlong { format, framer, begin } => self.overlong(format, framer, begin, sink),
            State::AfterList(framer) => self.after_list(framer),
            State::Line => self.line(),
        }
    }

    fn between(&mut self, sink: &mut dyn Sink) -> bool {
        let text = self.window.text();
        if self.outer_objects > 0 && text.first() == Some(&b']') {
            self.state = State::AfterList(json::Framer::after_list(self.outer_objects));
            self.window.advance(1);
            return true;
        }
        match heads::head(text, self.last) {
            Head::More => return false,
            Head::Skip(length) => self.window.advance(length),
            Head::Comment => self.state = State::Line,
            Head::Record(format) => {
                self.strays.say_text(sink);
                if self.unframed(format, sink) {
                    return true;
                }
                self.state = State::Within { format, framer: Framer::new(format), at: 0 };
            }
            // A message shows how the line begins, so that much of it must be here.
            Head::Other if !self.last && heads::is_short(text) => return false,
            Head::Other => {
                self.strays.text(self.window.offset(), text);
                self.state = State::Line;
            }
        }
        true
    }

    fn within(
        &mut self,
        format: Format,
        mut framer: Framer,
        at: usize,
        sink: &mut dyn Sink,
    ) -> bool {
        let scan = framer.scan(self.window.text(), at, self.last);
        if scan.at() > limits::RECORD_BYTES {
            framer.pass_over();
            let begin = self.window.offset();
            return self.pass_over(scan, format, framer, begin, sink);
        }
        match scan {
            Scan::End(end) => self.record(format, end, sink),
            Scan::Skip(end) => self.window.advance(end),
            Scan::Descend(end, depth) => {
                self.outer_objects = depth;
                self.window.advance(end);
            }
            Scan::Cut(end) => {
                let begin = self.window.offset();
                sink.problem(cut_off(format, "before the next one begins").at(begin));
                self.window.advance(self.next_record(end).unwrap_or(end.max(1)));
            }
            Scan::More(_) if self.last => return self.unfinished(format, sink),
            Scan::More(next) => {
                self.state = State::Within { format, framer, at: next };
                return false;
            }
        }
        true
    }

    /// Reads the record that begins here at once, where it is all here and in order.
    fn unframed(&mut self, format: Format, sink: &mut dyn Sink) -> bool {
        let offset = self.window.offset();
        let text = self.window.text();
        let mut record = Record::new(Place { offset, length: 0, frame: offset }, self.clock);
        let Some(end) = read_unframed(format, text, &mut record) else { return false };
        record.place.length = self.window.source_len(end);
        self.records += 1;
        if !hand_on(record, sink) {
            self.strays.record(offset);
        }
        self.window.advance(end);
        true
    }

    fn record(&mut self, format: Format, end: usize, sink: &mut dyn Sink) {
        let offset = self.window.offset();
        let place = Place { offset, length: self.window.source_len(end), frame: offset };
        let text = self.window.text();
        let text = text.get(..end).unwrap_or(text);
        self.records += 1;
        if !decode(format, text, place, self.clock, sink) {
            self.strays.record(offset);
        }
        self.window.advance(end);
    }

    /// The source ended within a record. Another may have begun in what it seemed to hold.
    fn unfinished(&mut self, format: Format, sink: &mut dyn Sink) -> bool {
        let length = self.window.text().len();
        sink.problem(cut_off(format, "before the source does").at(self.window.offset()));
        self.retries += 1;
        let next = self.next_record(length).filter(|_| self.retries < RETRIES);
        self.window.advance(next.unwrap_or(length));
        next.is_some()
    }

    /// The beginning of the first line after the window's first that surely begins a record.
    fn next_record(&self, until: usize) -> Option<usize> {
        let text = self.window.text();
        memchr::memchr_iter(b'\n', text.get(..until)?)
            .map(|end| end + 1)
            .find(|at| text.get(*at..).and_then(heads::record).is_some())
    }

    fn overlong(
        &mut self,
        format: Format,
        mut framer: Framer,
        begin: u64,
        sink: &mut dyn Sink,
    ) -> bool {
        let scan = framer.scan(self.window.text(), 0, self.last);
        self.pass_over(scan, format, framer, begin, sink)
    }

    fn pass_over(
        &mut self,
        scan: Scan,
        format: Format,
        framer: Framer,
        begin: u64,
        sink: &mut dyn Sink,
    ) -> bool {
        let end = match scan {
            Scan::End(end) | Scan::Cut(end) | Scan::Skip(end) | Scan::Descend(end, _) => end,
            Scan::More(_) if self.last => self.window.text().len(),
            Scan::More(next) => {
                self.window.advance(next);
                self.state = State::Overlong { format, framer, begin };
                return false;
            }
        };
        self.window.advance(end);
        let length = self.window.offset() - begin;
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

    fn after_list(&mut self, mut framer: json::Framer) -> bool {
        match framer.scan(self.window.text(), 0, self.last) {
            Scan::More(next) => {
                self.window.advance(next);
                self.state = State::AfterList(framer);
                false
            }
            Scan::End(end) | Scan::Cut(end) | Scan::Skip(end) | Scan::Descend(end, _) => {
                self.window.advance(end);
                self.outer_objects = 0;
                true
            }
        }
    }

    fn line(&mut self) -> bool {
        let text = self.window.text();
        match memchr::memchr(b'\n', text) {
            Some(end) => {
                self.window.advance(end + 1);
                true
            }
            None => {
                self.window.advance(text.len());
                self.state = State::Line;
                false
            }
        }
    }
}

impl super::Decoder for Decoder {
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        for piece in bytes.chunks(PIECE) {
            self.window.push(piece);
            self.run(sink);
        }
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        let half = self.window.end();
        self.last = true;
        self.run(sink);
        let end = self.window.offset();
        if half {
            sink.problem(
                Problem::warning(
                    "half-character",
                    "the source ends in the middle of a UTF-16 character",
                )
                .at(end),
            );
        }
        self.strays.say(sink);
        if self.outer_objects > 0 {
            sink.problem(cut_off(Format::Json, "before the source does").at(end));
        }
        if self.records == 0 {
            sink.problem(Problem::warning("no-records", "no event stands in this source").at(0));
        }
    }
}

fn cut_off(format: Format, when: &str) -> Problem {
    let what = match format {
        Format::Json => "a JSON object",
        _ => "an event",
    };
    Problem::error("cut-off", format!("{what} was cut off: it does not end {when}"))
}
