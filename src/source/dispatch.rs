//! One source of any format: sniffs its first bytes and drives the decoder for them.

use super::decoder::Decoder;
use super::encoding::Encoding;
use super::format::{Format, SourceOptions};
use super::sink::Sink;
use super::{carve, csv, evtx, sniff, text_stream};
use crate::limits;

/// One source of any format: looks at its first bytes, then drives the decoder for them.
pub struct Source {
    options: SourceOptions,
    part: evtx::SourceRange,
    state: State,
    format: Option<Format>,
    encoding: Option<Encoding>,
}

enum State {
    /// The first bytes, until there are enough to tell.
    Sniffing(Vec<u8>),
    /// Told.
    Decoding(Box<dyn Decoder>),
    /// Of no known kind: searched for chunks of an event log.
    Carving(Box<carve::Carver>),
    /// No log, and that has been said.
    Refused,
}

impl Source {
    /// A source of which nothing is known yet.
    pub fn new(options: SourceOptions) -> Self {
        Self::part(options, evtx::SourceRange::Whole)
    }

    /// A part of a source whose other parts are read elsewhere.
    pub fn part(options: SourceOptions, part: evtx::SourceRange) -> Self {
        Self { options, part, state: State::Sniffing(Vec::new()), format: None, encoding: None }
    }

    /// What the first bytes showed; `None` while there are too few, and for what is no log.
    pub fn format(&self) -> Option<Format> {
        match &self.state {
            State::Carving(carver) => carver.found().then_some(Format::Evtx),
            _ => self.format,
        }
    }

    /// How a text source writes its characters.
    pub fn encoding(&self) -> Option<Encoding> {
        self.encoding
    }

    fn tell(&mut self, sink: &mut dyn Sink) {
        let State::Sniffing(first) = &mut self.state else { return };
        let mut first = std::mem::take(first);
        let kind = match self.part {
            evtx::SourceRange::Later { .. } => sniff::sniff_later(&first),
            evtx::SourceRange::Whole | evtx::SourceRange::First { .. } => sniff::sniff(&first),
        };
        let decoder: Option<Box<dyn Decoder>> = match kind {
            sniff::Kind::Evtx => {
                self.format = Some(Format::Evtx);
                Some(Box::new(evtx::Decoder::part(self.part)))
            }
            sniff::Kind::Unknown => {
                let mut carver = carve::Carver::default();
                carver.push(&first, sink);
                self.state = State::Carving(Box::new(carver));
                return;
            }
            sniff::Kind::Records(format, encoding, mark) => {
                (self.format, self.encoding) = (Some(format), Some(encoding));
                first.drain(..mark.min(first.len()));
                let decoder = text_stream::Decoder::new(encoding, mark as u64, &self.options);
                Some(Box::new(decoder.of(format)))
            }
            sniff::Kind::Table(dialect, encoding, mark) => {
                (self.format, self.encoding) = (Some(Format::Csv), Some(encoding));
                first.drain(..mark.min(first.len()));
                Some(Box::new(csv::Decoder::new(encoding, mark as u64, dialect, &self.options)))
            }
            sniff::Kind::Refused(problem) => {
                sink.problem(problem);
                None
            }
        };
        self.state = State::Refused;
        if let Some(mut decoder) = decoder {
            decoder.push(&first, sink);
            self.state = State::Decoding(decoder);
        }
    }
}

impl Decoder for Source {
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        match &mut self.state {
            State::Decoding(decoder) => decoder.push(bytes, sink),
            State::Carving(carver) => carver.push(bytes, sink),
            State::Refused => {}
            State::Sniffing(first) => {
                // The same first bytes decide wherever the source is cut.
                let wanted = limits::SNIFF_BYTES.saturating_sub(first.len());
                let (head, rest) = bytes.split_at_checked(wanted).unwrap_or((bytes, &[]));
                first.extend_from_slice(head);
                if first.len() >= limits::SNIFF_BYTES || first.starts_with(sniff::FILE_MARK) {
                    self.tell(sink);
                    self.push(rest, sink);
                }
            }
        }
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        self.tell(sink);
        match &mut self.state {
            State::Decoding(decoder) => decoder.end(sink),
            State::Carving(carver) => carver.end(sink),
            State::Sniffing(_) | State::Refused => {}
        }
    }
}
