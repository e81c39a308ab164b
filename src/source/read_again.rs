//! Reads one record again from its source.

use super::decoder::Decoder;
use super::dispatch::Source;
use super::encoding::Encoding;
use super::format::{Format, SourceOptions};
use super::sink::{OtherRecord, ScriptRecord, Sink};
use super::{csv, evtx, sniff, text_stream};
use crate::error::Problem;
use crate::event::{Event, RecordLocation};
use crate::limits;

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
        && let Some(event) = read_row_again(options, bytes, place)
    {
        return Some(event);
    }
    let mut capture = RecordCapture { place, event: None };
    let mut decoder: Box<dyn Decoder> = match format {
        // An event within a row has a place that is not the row's: it is read with all rows before it.
        Format::Csv => Box::new(Source::new(*options)),
        Format::Evtx => return evtx::read_again(bytes, place),
        _ => Box::new(text_stream::TextDecoder::new(
            encoding.unwrap_or(Encoding::Utf8),
            place.frame,
            options,
        )),
    };
    decoder.push(bytes, &mut capture);
    decoder.end(&mut capture);
    capture.event
}

/// Waits for the record at one place.
struct RecordCapture {
    place: RecordLocation,
    event: Option<Event>,
}

impl Sink for RecordCapture {
    fn script(&mut self, seen: &ScriptRecord<'_>) {
        if seen.place.offset == self.place.offset {
            self.event = Some(seen.full.event());
        }
    }

    fn other(&mut self, _: &OtherRecord<'_>) {}

    fn problem(&mut self, _: Problem) {}
}

/// Reads one row again with the heading of its table, but without the rows between. `None` where no row begins
/// there.
fn read_row_again(options: &SourceOptions, bytes: &[u8], place: RecordLocation) -> Option<Event> {
    let at = usize::try_from(place.offset).ok()?;
    let (before, row) = bytes.split_at_checked(at)?;
    let first = before.get(..limits::SNIFF_BYTES).unwrap_or(before);
    let sniff::SniffedKind::Table(dialect, encoding, bom_len) = sniff::sniff(first) else {
        return None;
    };
    let line_end: &[u8] = match encoding {
        Encoding::Utf8 => b"\n",
        Encoding::Utf16Le => b"\n\0",
        Encoding::Utf16Be => b"\0\n",
    };
    if !before.ends_with(line_end) {
        return None;
    }
    let heading = csv::heading_place(encoding, bom_len as u64, dialect, first.get(bom_len..)?)?;
    let heading = before.get(..usize::try_from(heading.offset + heading.length).ok()?)?;
    let table = [heading, line_end, row].concat();
    let offset = (heading.len() + line_end.len()) as u64;
    let mut capture = RecordCapture { place: RecordLocation { offset, ..place }, event: None };
    let mut source = Source::new(*options);
    source.push(&table, &mut capture);
    source.end(&mut capture);
    capture.event.map(|event| Event { place, ..event })
}
