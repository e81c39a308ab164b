//! Which bytes of its source a script block is read again from, and reading it from these.

use super::entry::{Entry, LENGTH_UNIT, ReadRange as Range};
use super::list::Listing;
use super::rows::ReadRange;
use super::store::Inventory;
use crate::event::{Event, RecordLocation};
use crate::fingerprint::text_fingerprint;
use crate::limits;
use crate::reassemble::{BlockFilter, BlockStore, Mode, ScriptBlock};
use crate::report::{Block, SourceStats, report_block};
use crate::source::{
    Encoding, Format, ScriptRecord, SourceOptions, evtx, read_again, read_from_whole, read_row,
};
use crate::text::Raw;

/// Bytes of an EVTX chunk.
const CHUNK_BYTES: u64 = 64 << 10;

/// The bytes that one record is read again from.
enum RecordBytes {
    /// The chunk that this many bytes before the record begins.
    Chunk(u64),
    /// The first bytes of a table, and the row.
    Row,
    /// The record, which begins this many bytes before the event.
    Text(u64, Format),
    /// The source.
    Source,
}

impl Listing {
    /// Returns the ranges of sources that a block is read again from, those of each part in a row; `None` for an unknown
    /// id.
    pub(crate) fn read_plan(
        &self,
        inventory: &Inventory,
        sources: &[SourceStats],
        id: &str,
    ) -> Option<Vec<ReadRange>> {
        let row = self.rows.get(self.find(inventory, id)?)?;
        let entries = self.entries(row).iter().filter_map(|index| inventory.entry(*index));
        let ranges = entries.flat_map(|entry| {
            let source = entry.source() as usize;
            let range = |offset, length| ReadRange {
                source: self.sources.name(source).to_owned(),
                offset,
                length,
            };
            let at = entry.place.offset();
            match record_bytes(entry, sources) {
                RecordBytes::Chunk(before) => vec![range(at.saturating_sub(before), CHUNK_BYTES)],
                RecordBytes::Row => {
                    let first = range(0, limits::SNIFF_BYTES as u64);
                    vec![first, range(at, text_length(entry))]
                }
                RecordBytes::Text(before, _) => {
                    vec![range(at.saturating_sub(before), text_length(entry))]
                }
                RecordBytes::Source => {
                    vec![range(0, sources.get(source).map_or(u64::MAX, |source| source.bytes))]
                }
            }
        });
        Some(ranges.collect())
    }

    /// Reads a block again from the bytes of its [plan](Self::read_plan). `None` for an unknown id.
    ///
    /// # Errors
    ///
    /// The reason that the bytes are not those of the block.
    pub(crate) fn read_block(
        &self,
        inventory: &Inventory,
        sources: &[SourceStats],
        options: &SourceOptions,
        id: &str,
        pieces: &[Vec<u8>],
    ) -> Option<Result<Block, &'static str>> {
        const CHANGED: &str = "the bytes are not those of the script block: its source has changed, or others were read";
        let row = self.rows.get(self.find(inventory, id)?)?;
        let mut pieces = pieces.iter().map(Vec::as_slice);
        let mut store = BlockStore::new(Mode::Block);
        for entry in self.entries(row).iter().filter_map(|index| inventory.entry(*index)) {
            let Some(event) = read_record(entry, sources, options, &mut pieces) else {
                return Some(Err(CHANGED));
            };
            let computer = inventory.names.context_of(entry.context).computer;
            let event = Event {
                computer: event
                    .computer
                    .or_else(|| inventory.names.text(computer).map(str::to_owned)),
                ..event
            };
            if text_fingerprint(&event.text.as_bytes()) != entry.text {
                return Some(Err(CHANGED));
            }
            let record = ScriptRecord::from_event(&event, false);
            store.add(&record, entry.source() as usize, &Everything);
        }
        let matched = store.matched_blocks(&Everything).blocks;
        let block = matched.first().map(|first| report_block(first, &self.sources, id.to_owned()));
        Some(block.ok_or(CHANGED))
    }
}

fn record_bytes(entry: &Entry, sources: &[SourceStats]) -> RecordBytes {
    let format = sources.get(entry.source() as usize).and_then(|source| source.format.as_deref());
    let format = match format {
        Some("evtx") => Format::Evtx,
        Some("xml") => Format::Xml,
        Some("json") => Format::Json,
        Some("classic") => Format::Classic,
        Some("csv") => Format::Csv,
        _ => return RecordBytes::Source,
    };
    match (entry.place.range(format == Format::Evtx), format) {
        (Range::Chunk(before), _) => RecordBytes::Chunk(before),
        (Range::Text(..), Format::Csv) => RecordBytes::Row,
        (Range::Text(before, _), format) => RecordBytes::Text(before, format),
        (Range::None, _) => RecordBytes::Source,
    }
}

/// Bytes that the record has at most, with those before its event.
fn text_length(entry: &Entry) -> u64 {
    match entry.place.range(false) {
        Range::Text(_, length) => length,
        Range::Chunk(_) | Range::None => 0,
    }
}

fn read_record<'a>(
    entry: &Entry,
    sources: &[SourceStats],
    options: &SourceOptions,
    pieces: &mut impl Iterator<Item = &'a [u8]>,
) -> Option<Event> {
    let offset = entry.place.offset();
    let place = |before: u64, length: u64| RecordLocation {
        offset,
        length,
        frame: offset.saturating_sub(before),
        ..RecordLocation::default()
    };
    let bytes = pieces.next()?;
    match record_bytes(entry, sources) {
        RecordBytes::Chunk(before) => {
            let record = bytes.get(usize::try_from(before).ok()?..)?;
            let size = record.get(4..)?.first_chunk()?;
            // The record's own length may be damaged; what it holds shows that it is the one.
            let lengths = [u32::from_le_bytes(*size).into(), record.len() as u64];
            lengths
                .into_iter()
                .filter_map(|length| evtx::read_again(bytes, place(before, length)))
                .find(|event| text_fingerprint(&event.text.as_bytes()) == entry.text)
        }
        RecordBytes::Row => read_row(options, bytes, pieces.next()?, place(0, 0)),
        RecordBytes::Text(before, format) => {
            let encoding = sources.get(entry.source() as usize)?.encoding.as_deref();
            let encoding = encoding.and_then(Encoding::from_label);
            // Its end is only known to lie in the last bytes. A record of a format without closing marks ends where the
            // next begins, of which a few bytes may follow.
            (0..LENGTH_UNIT as usize).find_map(|less| {
                let bytes = bytes.get(..bytes.len().checked_sub(less)?)?;
                let length = (bytes.len() as u64).saturating_sub(before);
                read_again(format, encoding, options, bytes, place(before, length))
                    .filter(|event| text_fingerprint(&event.text.as_bytes()) == entry.text)
            })
        }
        RecordBytes::Source => read_from_whole(options, bytes, place(0, 0)),
    }
}

/// A filter that every block passes.
struct Everything;

impl BlockFilter for Everything {
    fn may_match(&self, _: Raw<'_>) -> bool {
        true
    }

    fn matching_rules(&self, _: &ScriptBlock) -> Vec<u32> {
        vec![0]
    }
}
