//! Bytes to events: one file a format, one dispatcher that looks at bytes and never at names.
//!
//! Framing (where does a record end?) is apart from decoding (what does it say?): a [`Decoder`] is pushed
//! pieces of any size and gives the same sightings wherever they are cut. To add a format, write its file
//! and add its line to the dispatcher.

mod carve;
mod classic;
mod csv;
mod decode;
mod encoding;
pub(crate) mod evtx;
mod fast_path;
mod field_names;
mod format_list;
mod frame;
mod json;
mod layout;
mod nested;
mod non_events;
mod record;
mod record_start;
mod rendered_message;
mod resync;
mod scan;
mod script_record;
mod snare;
mod sniff;
mod syslog;
mod text_stream;
mod times;
mod wevtutil;
mod window;
mod xml;

pub use encoding::Encoding;

use crate::error::Problem;
use crate::event::{Event, RecordLocation};
use crate::limits;
use crate::text::Raw;
use crate::time::Time;
use std::fmt;
use std::sync::Arc;

/// What a source hands on, record by record, in the order of its bytes.
pub trait Sink {
    /// A 4104 record of a PowerShell provider.
    fn script(&mut self, seen: &ScriptRecord<'_>);

    /// A record of any other kind, which is only counted.
    fn other(&mut self, seen: &OtherRecord<'_>);

    /// A record that is no Windows event.
    fn non_event(&mut self, _offset: u64) {}

    /// Text is at its end, and whether any record stood in it. Other ranges of the same source may say otherwise.
    fn text_end(&mut self, _has_records: bool) {}

    /// Something that could not be read, or must be said.
    fn problem(&mut self, problem: Problem);
}

/// A script block record as it stands in the source: what every record needs, nothing copied.
#[derive(Clone, Copy)]
pub struct ScriptRecord<'a> {
    /// Where it stands.
    pub place: RecordLocation,
    /// `EventRecordID`, where it is a number.
    pub record: Option<u64>,
    /// When it was logged.
    pub time: Option<Time>,
    /// The time was written without a zone.
    pub zone_assumed: bool,
    /// The machine it was logged on.
    pub computer: Option<Raw<'a>>,
    /// `Level`.
    pub level: Option<u8>,
    /// `MessageNumber`.
    pub number: Option<u32>,
    /// `MessageTotal`.
    pub total: Option<u32>,
    /// `ScriptBlockId`.
    pub script_block_id: Option<Raw<'a>>,
    /// `ScriptBlockText` of this part, as it stands: nothing was looked for in it. See [`ScriptRecord::text_until_nul`].
    pub text: Raw<'a>,
    /// Gives the whole event.
    pub full: &'a dyn FullEvent,
}

/// A record of another id, or of another provider.
#[derive(Clone, Copy)]
pub struct OtherRecord<'a> {
    /// The event id, where one was found.
    pub id: Option<u32>,
    /// When it was logged.
    pub time: Option<Time>,
    /// The time was written without a zone.
    pub zone_assumed: bool,
    /// The machine it was logged on.
    pub computer: Option<Raw<'a>>,
}

/// Makes the whole event of a sighting. Asked only where a script block is kept.
pub trait FullEvent {
    /// Every field, copied.
    fn event(&self) -> Event;

    /// Place, record, time, number, total and text, and whatever else costs nothing: all that is asked of a
    /// part which does not speak for its block.
    fn part(&self) -> Event {
        self.event()
    }

    /// The fields that [`FullEvent::part`] leaves out, where they can be read later: of most records that is never asked.
    fn deferred_fields(&self) -> Option<Arc<dyn DeferredFields>> {
        None
    }

    /// Tells the record from others: where this and the time are the same, so is all that the records say.
    /// `None` where that cannot be told without making the event.
    fn fingerprint(&self) -> Option<u64> {
        None
    }
}

/// The fields of a record, kept as they stand in their source.
pub trait DeferredFields: fmt::Debug + Send + Sync {
    /// The event, but for its text.
    fn event(&self) -> Event;
}

impl FullEvent for Event {
    fn event(&self) -> Event {
        self.clone()
    }
}

impl<'a> ScriptRecord<'a> {
    /// The text of the event. A NUL ends it in UTF-16; nothing but made-up logs has one that more units follow, so it is
    /// looked for only where a text is read. A scan that sees what is behind it finds too much, never too little.
    pub fn text_until_nul(&self) -> Raw<'a> {
        self.text.until_nul()
    }

    /// The sighting of an event that is already whole.
    pub fn from_event(event: &'a Event, zone_assumed: bool) -> Self {
        Self {
            place: event.place,
            record: event.record.as_ref().and_then(|record| record.parse().ok()),
            time: event.time,
            zone_assumed,
            computer: event.computer.as_deref().map(Raw::from),
            level: event.level,
            number: event.number,
            total: event.total,
            script_block_id: event.script_block_id.as_deref().map(Raw::from),
            text: event.text.as_raw(),
            full: event,
        }
    }
}

/// Reads one source, pushed piece by piece.
pub trait Decoder {
    /// The next bytes. Everything that is complete is handed on.
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink);

    /// There are no more bytes.
    fn end(&mut self, sink: &mut dyn Sink);
}

/// What kind of log a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A Windows event log file, or chunks of one.
    Evtx,
    /// Windows event XML.
    Xml,
    /// JSON documents, one a line or not.
    Json,
    /// Splunk's event text: `Key=Value` lines; or PowerShell's: `Key : Value`.
    Classic,
    /// A table with a heading, between commas, semicolons or tabs.
    Csv,
}

impl Format {
    /// The report's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Evtx => "evtx",
            Self::Xml => "xml",
            Self::Json => "json",
            Self::Classic => "classic",
            Self::Csv => "csv",
        }
    }
}

/// How a source is to be read, where its bytes do not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceOptions {
    /// Seconds east of UTC for times that are written without a zone.
    pub utc_offset_seconds: i64,
}

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

/// Reads one record again: `bytes` are the source's from `place.frame` to the end of the record. `None` where
/// no such record stands there.
pub fn read_again(
    format: Format,
    encoding: Option<Encoding>,
    options: &SourceOptions,
    bytes: &[u8],
    place: RecordLocation,
) -> Option<Event> {
    if format == Format::Csv
        && let Some(event) = csv::read_again(options, bytes, place)
    {
        return Some(event);
    }
    let mut found = Again { place, event: None };
    let mut decoder: Box<dyn Decoder> = match format {
        // An event within a row has a place that is not the row's: it is read with all rows before it.
        Format::Csv => Box::new(Source::new(*options)),
        Format::Evtx => return evtx::read_again(bytes, place),
        _ => Box::new(text_stream::Decoder::new(
            encoding.unwrap_or(Encoding::Utf8),
            place.frame,
            options,
        )),
    };
    decoder.push(bytes, &mut found);
    decoder.end(&mut found);
    found.event
}

/// Waits for the record at one place.
struct Again {
    place: RecordLocation,
    event: Option<Event>,
}

impl Sink for Again {
    fn script(&mut self, seen: &ScriptRecord<'_>) {
        if seen.place.offset == self.place.offset {
            self.event = Some(seen.full.event());
        }
    }

    fn other(&mut self, _: &OtherRecord<'_>) {}

    fn problem(&mut self, _: Problem) {}
}
