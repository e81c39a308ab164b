//! Reads one record a second time from its source.

use super::decoder::Decoder;
use super::dispatch::Source;
use super::encoding::Encoding;
use super::format::{Format, SourceOptions};
use super::sink::{OtherRecord, ScriptRecord, Sink};
use super::{csv, evtx, sniff, text_stream};
use crate::error::Problem;
use crate::event::{Event, RecordLocation};
use crate::limits;

/// Reads one record again. `bytes` are the bytes of the source from `place.frame` to the end of the record. Returns
/// `None` if no such record begins there.
///
/// # Example
///
/// ```
/// use scriptscope::internal::Problem;
/// use scriptscope::internal::source::{
///     Decoder, Format, OtherRecord, ScriptRecord, Sink, Source, SourceOptions, read_again,
/// };
///
/// #[derive(Default)]
/// struct Last(Option<scriptscope::internal::Event>);
///
/// impl Sink for Last {
///     fn script(&mut self, record: &ScriptRecord<'_>) {
///         self.0 = Some(record.full.event());
///     }
///     fn other(&mut self, _: &OtherRecord<'_>) {}
///     fn problem(&mut self, _: Problem) {}
/// }
///
/// let log = br#"{"EventID":4104,"ProviderName":"PowerShellCore","ScriptBlockText":"Get-Date"}"#;
/// let mut last = Last::default();
/// let mut source = Source::new(SourceOptions::default());
/// source.push(log, &mut last);
/// source.end(&mut last);
///
/// let event = last.0.unwrap();
/// let options = SourceOptions::default();
/// let again = read_again(Format::Json, source.encoding(), &options, log, event.place);
/// assert_eq!(again, Some(event));
/// ```
pub fn read_again(
    format: Format,
    encoding: Option<Encoding>,
    options: &SourceOptions,
    bytes: &[u8],
    place: RecordLocation,
) -> Option<Event> {
    if format == Format::Csv
        && let Some(event) = read_row_again(options, bytes, place)
    {
        return Some(event);
    }
    let mut capture = RecordCapture { place, event: None };
    let mut decoder: Box<dyn Decoder> = match format {
        // The location of an event inside a row differs from the location of the row: all rows before it are read
        // too.
        Format::Csv => Box::new(Source::new(*options)),
        Format::Evtx => return evtx::read_again(bytes, place),
        _ => {
            let named = encoding.filter(|encoding| encoding.is_byte_based());
            let byte_encoding = named.unwrap_or(Encoding::Utf8);
            // Parts of one source may have different encodings.
            let encoding = match Encoding::detect(bytes.get(..4).unwrap_or(bytes)) {
                (Encoding::Utf8, _) => byte_encoding,
                (detected, _) => detected,
            };
            Box::new(text_stream::TextDecoder::new(encoding, byte_encoding, place.frame, options))
        }
    };
    decoder.push(bytes, &mut capture);
    decoder.end(&mut capture);
    capture.event
}

/// Captures the event at one location.
struct RecordCapture {
    place: RecordLocation,
    event: Option<Event>,
}

impl Sink for RecordCapture {
    fn script(&mut self, record: &ScriptRecord<'_>) {
        if record.place.offset == self.place.offset {
            self.event = Some(record.full.event());
        }
    }

    fn other(&mut self, _: &OtherRecord<'_>) {}

    fn problem(&mut self, _: Problem) {}
}

/// Reads one row again with the heading of its table, without the rows between. Returns `None` if no row begins at
/// the location.
fn read_row_again(options: &SourceOptions, bytes: &[u8], place: RecordLocation) -> Option<Event> {
    let at = usize::try_from(place.offset).ok()?;
    let (before, row) = bytes.split_at_checked(at)?;
    let first = before.get(..limits::SNIFF_BYTES).unwrap_or(before);
    let table = Heading::find(first)?;
    before.ends_with(table.line_end).then(|| table.read_row(options, row, place))?
}

/// Reads one row of a table again. `first` are the first bytes of the source, [`limits::SNIFF_BYTES`] or as many as there
/// are; `row` are its bytes from the row on.
pub(crate) fn read_row(
    options: &SourceOptions,
    first: &[u8],
    row: &[u8],
    place: RecordLocation,
) -> Option<Event> {
    Heading::find(first)?.read_row(options, row, place)
}

/// The heading of a table.
struct Heading<'a> {
    bytes: &'a [u8],
    line_end: &'static [u8],
}

impl<'a> Heading<'a> {
    fn find(first: &'a [u8]) -> Option<Self> {
        let sniff::SniffedKind::Table(dialect, encoding, bom_len) = sniff::sniff(first) else {
            return None;
        };
        let line_end: &[u8] = match encoding {
            Encoding::Utf8 | Encoding::CodePage(_) => b"\n",
            Encoding::Utf16Le => b"\n\0",
            Encoding::Utf16Be => b"\0\n",
        };
        let heading = csv::heading_place(encoding, bom_len as u64, dialect, first.get(bom_len..)?)?;
        let bytes = first.get(..usize::try_from(heading.offset + heading.length).ok()?)?;
        Some(Self { bytes, line_end })
    }

    /// Reads a table of one row.
    fn read_row(
        &self,
        options: &SourceOptions,
        row: &[u8],
        place: RecordLocation,
    ) -> Option<Event> {
        let table = [self.bytes, self.line_end, row].concat();
        let offset = (self.bytes.len() + self.line_end.len()) as u64;
        let mut capture = RecordCapture { place: RecordLocation { offset, ..place }, event: None };
        let mut source = Source::new(*options);
        source.push(&table, &mut capture);
        source.end(&mut capture);
        capture.event.map(|event| Event { place, ..event })
    }
}

/// Reads a source to its end and returns the event at one location.
pub(crate) fn read_from_whole(
    options: &SourceOptions,
    bytes: &[u8],
    place: RecordLocation,
) -> Option<Event> {
    let mut capture = RecordCapture { place, event: None };
    let mut source = Source::new(*options);
    source.push(bytes, &mut capture);
    source.end(&mut capture);
    capture.event
}
