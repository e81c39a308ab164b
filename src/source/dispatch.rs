//! Reads one source of any format: sniffs its first bytes and drives the decoder for them.

use super::decoder::Decoder;
use super::encoding::Encoding;
use super::format::{Format, SourceOptions};
use super::search::{FoundLog, LogSearch};
use super::segments::{GAP_BYTES, is_big_after_zero, run_length};
use super::sink::Sink;
use super::{carve, csv, evtx, sniff, text_stream};
use crate::error::Problem;
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
    /// Bytes of 0 or of 0xFF that the source begins with.
    padding: Padding,
}

/// A run of equal bytes that the source begins with.
#[derive(Default)]
struct Padding {
    byte: u8,
    length: u64,
}

enum SourceState {
    /// Collects the first bytes until there are enough to decide.
    Sniffing(Vec<u8>),
    /// The format is known.
    Decoding(Box<dyn Decoder>),
    /// The format is unknown: the bytes are searched for a log.
    Searching(Box<LogSearch>),
    /// Chunks of an event log are among bytes of unknown format.
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
            padding: Padding::default(),
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
        let is_later = matches!(self.range, evtx::SourceRange::Later { .. });
        // The last zero of the padding is the high byte of the first character.
        if self.padding.length > 0
            && self.padding.byte == 0
            && Encoding::detect(&first) == (Encoding::Utf16Le, 0)
            && is_big_after_zero(&first, self.padding.length.is_multiple_of(2))
        {
            first.insert(0, 0);
            self.padding.length -= 1;
        }
        let kind = match is_later {
            true => sniff::sniff_continuation(&first),
            false if first.is_empty() && self.padding.length > 0 => {
                let message = format!("the source holds only bytes of 0x{:02X}", self.padding.byte);
                sniff::SniffedKind::Refused(Problem::error("empty-source", message))
            }
            false => sniff::sniff(&first),
        };
        let begin = self.padding.length;
        match kind {
            sniff::SniffedKind::Evtx => {
                self.format = Some(Format::Evtx);
                let mut decoder = Box::new(evtx::EvtxDecoder::with_range(self.range));
                self.padding.push_to(&mut |bytes| decoder.push(bytes, sink));
                self.state = SourceState::Decoding(decoder);
            }
            sniff::SniffedKind::Records(format, encoding, bom_len) => {
                let (encoding, byte_encoding) = self.encodings(encoding, &first, bom_len, sink);
                (self.format, self.encoding) = (Some(format), Some(encoding));
                first.drain(..bom_len.min(first.len()));
                let offset = begin + bom_len as u64;
                let decoder =
                    text_stream::TextDecoder::new(encoding, byte_encoding, offset, &self.options);
                self.state = SourceState::Decoding(Box::new(decoder.starting_with(format)));
                self.padding.report(sink);
            }
            sniff::SniffedKind::Table(dialect, encoding, bom_len) => {
                let (encoding, byte_encoding) = self.encodings(encoding, &first, bom_len, sink);
                (self.format, self.encoding) = (Some(Format::Csv), Some(encoding));
                first.drain(..bom_len.min(first.len()));
                let offset = begin + bom_len as u64;
                self.state = SourceState::Decoding(Box::new(csv::CsvDecoder::new(
                    encoding,
                    byte_encoding,
                    offset,
                    dialect,
                    &self.options,
                )));
                self.padding.report(sink);
            }
            sniff::SniffedKind::Unknown(problem) => {
                let byte_encoding = self.options.encoding.filter(|named| named.is_byte_based());
                let byte_encoding = byte_encoding.unwrap_or(Encoding::Utf8);
                let mut search = LogSearch::new(self.options, byte_encoding, problem);
                // No log is in padding.
                self.padding.push_to(&mut |bytes| {
                    search.push(bytes, sink);
                });
                self.state = SourceState::Searching(Box::new(search));
            }
            sniff::SniffedKind::Refused(problem) => {
                self.state = SourceState::Refused;
                sink.problem(problem);
            }
        }
        self.push(&first, sink);
    }

    /// Returns the encoding of text that was sniffed, and of its parts that are not UTF-16.
    fn encodings(
        &self,
        sniffed: Encoding,
        first: &[u8],
        bom_len: usize,
        sink: &mut dyn Sink,
    ) -> (Encoding, Encoding) {
        let named = self.options.encoding;
        if sniffed != Encoding::Utf8 || bom_len > 0 {
            let named = named.filter(|named| named.is_byte_based() && sniffed != Encoding::Utf8);
            return (sniffed, named.unwrap_or(Encoding::Utf8));
        }
        let (encoding, problem) = Encoding::of_unmarked(first, named);
        problem.into_iter().for_each(|problem| sink.problem(problem));
        let byte_encoding = if encoding.is_byte_based() { encoding } else { Encoding::Utf8 };
        (encoding, byte_encoding)
    }

    /// Continues with the log that a search found.
    fn continue_with(&mut self, found: FoundLog) {
        self.state = match found {
            FoundLog::Chunks(carver) => SourceState::Carving(carver),
            FoundLog::Text { decoder, format, encoding } => {
                (self.format, self.encoding) = (Some(format), Some(encoding));
                SourceState::Decoding(decoder)
            }
        };
    }
}

impl Padding {
    /// Takes the padding off the first bytes of a source.
    fn take_from(&mut self, first: &mut Vec<u8>) {
        let byte = match first.first() {
            Some(byte @ (0 | 0xFF)) if self.length == 0 || *byte == self.byte => *byte,
            _ => return,
        };
        let run = run_length(first, byte);
        if run >= GAP_BYTES || self.length > 0 {
            self.byte = byte;
            self.length += run as u64;
            first.drain(..run);
        }
    }

    /// Passes the padding on to a decoder that reads binary data.
    fn push_to(&self, push: &mut dyn FnMut(&[u8])) {
        let block = [self.byte; PADDING_BLOCK];
        let mut left = self.length;
        while left > 0 {
            let length = left.min(PADDING_BLOCK as u64);
            push(block.get(..length as usize).unwrap_or_default());
            left -= length;
        }
    }

    fn report(&self, sink: &mut dyn Sink) {
        if self.length > 0 {
            let Self { byte, length } = self;
            let message =
                format!("the source begins with {length} bytes of 0x{byte:02X}, which are no text");
            sink.problem(Problem::info("padding", message).at(0));
        }
    }
}

/// Number of padding bytes passed on at a time.
const PADDING_BLOCK: usize = 4 << 10;

impl Decoder for Source {
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        match &mut self.state {
            SourceState::Decoding(decoder) => decoder.push(bytes, sink),
            SourceState::Carving(carver) => carver.push(bytes, sink),
            SourceState::Searching(search) => {
                if let Some(found) = search.push(bytes, sink) {
                    self.continue_with(found);
                }
            }
            SourceState::Refused => {}
            SourceState::Sniffing(first) => {
                // The decision uses the same first bytes wherever the input is divided.
                let mut rest = bytes;
                while !rest.is_empty() {
                    let wanted = limits::SNIFF_BYTES.saturating_sub(first.len());
                    let (head, after) = rest.split_at_checked(wanted).unwrap_or((rest, &[]));
                    first.extend_from_slice(head);
                    rest = after;
                    if !matches!(self.range, evtx::SourceRange::Later { .. }) {
                        self.padding.take_from(first);
                    }
                    if first.len() >= limits::SNIFF_BYTES || first.starts_with(evtx::FILE_MAGIC) {
                        self.start_decoding(sink);
                        return self.push(rest, sink);
                    }
                }
            }
        }
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        self.start_decoding(sink);
        match &mut self.state {
            SourceState::Decoding(decoder) => decoder.end(sink),
            SourceState::Carving(carver) => carver.end(sink),
            SourceState::Searching(search) => {
                if let Some(found) = search.end(sink) {
                    self.continue_with(found);
                    // The search ends its chunks itself.
                    if let SourceState::Decoding(decoder) = &mut self.state {
                        decoder.end(sink);
                    }
                }
            }
            SourceState::Sniffing(_) | SourceState::Refused => {}
        }
    }
}
