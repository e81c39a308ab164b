//! Reads one source of any format: sniffs its first bytes and drives the decoder for them.

use super::decoder::Decoder;
use super::encoding::Encoding;
use super::format::{Format, SourceOptions};
use super::sink::Sink;
use super::{carve, csv, evtx, sniff, text_stream};
use crate::limits;

/// One source of any format. Its first bytes decide which decoder reads it.
///
/// # Example
///
/// ```
/// use scriptscope::internal::Problem;
/// use scriptscope::internal::source::{
///     Decoder, Format, OtherRecord, ScriptRecord, Sink, Source, SourceOptions,
/// };
///
/// struct Texts(Vec<String>);
///
/// impl Sink for Texts {
///     fn script(&mut self, record: &ScriptRecord<'_>) {
///         self.0.push(record.text_until_nul().to_lossy());
///     }
///     fn other(&mut self, _: &OtherRecord<'_>) {}
///     fn problem(&mut self, _: Problem) {}
/// }
///
/// let log = "<Event><System><Provider Name='Microsoft-Windows-PowerShell'/><EventID>4104</EventID></System>\
///            <EventData><Data Name='ScriptBlockText'>1 &lt; 2</Data></EventData></Event>";
/// let mut texts = Texts(Vec::new());
/// let mut source = Source::new(SourceOptions::default());
/// source.push(log.as_bytes(), &mut texts);
/// source.end(&mut texts);
/// assert_eq!(source.format(), Some(Format::Xml));
/// assert_eq!(texts.0, ["1 < 2"]);
/// ```
pub struct Source {
    options: SourceOptions,
    range: evtx::SourceRange,
    state: SourceState,
    format: Option<Format>,
    encoding: Option<Encoding>,
}

enum SourceState {
    /// Collects the first bytes until there are enough to decide.
    Sniffing(Vec<u8>),
    /// The format is known.
    Decoding(Box<dyn Decoder>),
    /// The format is unknown: the bytes are searched for chunks of an event log.
    Carving(Box<carve::ChunkCarver>),
    /// The source is not a log, and that has been reported.
    Refused,
}

impl Source {
    /// Creates a source from its first byte to its last.
    pub fn new(options: SourceOptions) -> Self {
        Self::with_range(options, evtx::SourceRange::Whole)
    }

    /// Creates a range of a source whose other ranges are read elsewhere.
    pub fn with_range(options: SourceOptions, range: evtx::SourceRange) -> Self {
        Self {
            options,
            range,
            state: SourceState::Sniffing(Vec::new()),
            format: None,
            encoding: None,
        }
    }

    /// Returns the format, or `None` while there are too few bytes to decide and for sources that are not logs.
    pub fn format(&self) -> Option<Format> {
        match &self.state {
            SourceState::Carving(carver) => carver.has_records().then_some(Format::Evtx),
            _ => self.format,
        }
    }

    /// Returns the encoding of a text source, or `None` while there are too few bytes to decide.
    pub fn encoding(&self) -> Option<Encoding> {
        self.encoding
    }

    fn start_decoding(&mut self, sink: &mut dyn Sink) {
        let SourceState::Sniffing(first) = &mut self.state else { return };
        let mut first = std::mem::take(first);
        let kind = match self.range {
            evtx::SourceRange::Later { .. } => sniff::sniff_continuation(&first),
            evtx::SourceRange::Whole | evtx::SourceRange::First { .. } => sniff::sniff(&first),
        };
        let decoder: Option<Box<dyn Decoder>> = match kind {
            sniff::SniffedKind::Evtx => {
                self.format = Some(Format::Evtx);
                Some(Box::new(evtx::EvtxDecoder::with_range(self.range)))
            }
            sniff::SniffedKind::Unknown => {
                let mut carver = carve::ChunkCarver::default();
                carver.push(&first, sink);
                self.state = SourceState::Carving(Box::new(carver));
                return;
            }
            sniff::SniffedKind::Records(format, encoding, bom_len) => {
                (self.format, self.encoding) = (Some(format), Some(encoding));
                first.drain(..bom_len.min(first.len()));
                let decoder =
                    text_stream::TextDecoder::new(encoding, bom_len as u64, &self.options);
                Some(Box::new(decoder.starting_with(format)))
            }
            sniff::SniffedKind::Table(dialect, encoding, bom_len) => {
                (self.format, self.encoding) = (Some(Format::Csv), Some(encoding));
                first.drain(..bom_len.min(first.len()));
                Some(Box::new(csv::CsvDecoder::new(
                    encoding,
                    bom_len as u64,
                    dialect,
                    &self.options,
                )))
            }
            sniff::SniffedKind::Refused(problem) => {
                sink.problem(problem);
                None
            }
        };
        self.state = SourceState::Refused;
        if let Some(mut decoder) = decoder {
            decoder.push(&first, sink);
            self.state = SourceState::Decoding(decoder);
        }
    }
}

impl Decoder for Source {
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        match &mut self.state {
            SourceState::Decoding(decoder) => decoder.push(bytes, sink),
            SourceState::Carving(carver) => carver.push(bytes, sink),
            SourceState::Refused => {}
            SourceState::Sniffing(first) => {
                // The decision uses the same first bytes wherever the input is divided.
                let wanted = limits::SNIFF_BYTES.saturating_sub(first.len());
                let (head, rest) = bytes.split_at_checked(wanted).unwrap_or((bytes, &[]));
                first.extend_from_slice(head);
                if first.len() >= limits::SNIFF_BYTES || first.starts_with(evtx::FILE_MAGIC) {
                    self.start_decoding(sink);
                    self.push(rest, sink);
                }
            }
        }
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        self.start_decoding(sink);
        match &mut self.state {
            SourceState::Decoding(decoder) => decoder.end(sink),
            SourceState::Carving(carver) => carver.end(sink),
            SourceState::Sniffing(_) | SourceState::Refused => {}
        }
    }
}
