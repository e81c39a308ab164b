//! One record: the fields that every record is asked for, lent from the chunk; the rest on request.

use super::binxml::{Chunk, ValueTable, is_instance, is_over, read_instance, skip_header};
use super::bytes::{ChunkCursor, ReadFault, ShortAscii, is_word, until_nul};
use super::event::{DecodedEvent, decode, is_guid, is_powershell};
use super::fields::{CORE_FIELDS, CoreField};
use super::plain;
use super::template::{ChunkPlans, CoreValues};
use super::value::{TypedValue, kind};
use crate::event::{Event, RecordLocation};
use crate::fingerprint;
use crate::source::sink::{FullEvent, OtherRecord, ScriptRecord, Sink};
use crate::text::{Raw, Text};
use xxhash_rust::xxh3::xxh3_64;

/// The event id of script block logging.
const SCRIPT_BLOCK: u64 = 4104;

/// Bytes of a record before its tokens: magic, size, id and time.
pub(super) const HEADER: usize = 24;

/// Bytes after them: the size again.
pub(super) const TRAILER: usize = 4;

/// Reads the records of a source, chunk by chunk. It holds what they share.
#[derive(Default)]
pub(super) struct RecordReader {
    plans: ChunkPlans,
    outer: ValueTable,
    inner: ValueTable,
}

/// What a record turned out to be. The lent fields are the common case and stay on the stack.
#[allow(clippy::large_enum_variant)]
enum DecodedRecord<'a> {
    /// Its fields stand where its templates say.
    Borrowed(BorrowedRecord<'a>),
    /// It had to be decoded as a whole.
    Full(Box<DecodedEvent>),
}

/// The fields of a record, as its templates place them.
struct BorrowedRecord<'a> {
    core: CoreValues<'a>,
    /// The script's text, where it came in several pieces.
    pieces: Option<Text>,
    /// They are those of a script.
    is_script: bool,
    shape: Option<RecordShape>,
}

impl<'a> BorrowedRecord<'a> {
    /// Of a record that is no script's.
    fn other(core: CoreValues<'a>) -> Self {
        Self { core, pieces: None, is_script: false, shape: None }
    }
}

/// What a record says beside its own bytes.
#[derive(Clone, Copy)]
struct RecordShape {
    /// The marks of its templates' definitions.
    definitions: [Option<u64>; 2],
    /// Values with tokens of their own that were read as instances of templates.
    fragments: usize,
}

impl RecordReader {
    /// Begins with another chunk.
    pub(super) fn begin(&mut self) {
        self.plans.begin();
    }

    /// Reads the record at this place of the chunk and hands it on. Gives what is wrong in it, where
    /// that did not cost the record.
    pub(super) fn read<'a>(
        &mut self,
        chunk: &Chunk<'a>,
        place: RecordLocation,
        sink: &mut dyn Sink,
    ) -> Result<Option<ReadFault>, ReadFault> {
        let tokens = tokens(chunk.data, place);
        chunk.take_fault();
        let seen = self.see(chunk, tokens, place)?;
        let damage = chunk.take_fault();
        match seen {
            DecodedRecord::Borrowed(BorrowedRecord { core, pieces, is_script, shape }) => {
                let tables = [&self.outer, &self.inner];
                let record = Record { chunk, tokens, place, core, pieces, tables, shape };
                match is_script {
                    true => sink.script(&record.sighting()),
                    false => sink.other(&record.other()),
                }
            }
            DecodedRecord::Full(decoded) => hand_on(&decoded, sink),
        }
        Ok(damage)
    }

    /// Whether a record at this place can be decoded from beginning to end.
    pub(super) fn is_sound(chunk: &Chunk<'_>, place: RecordLocation) -> bool {
        chunk.take_fault();
        let (decoded, result) = decode(chunk, tokens(chunk.data, place), place);
        result.is_ok() && decoded.id.is_some() && chunk.take_fault().is_none()
    }

    fn see<'a>(
        &mut self,
        chunk: &Chunk<'a>,
        tokens: ChunkCursor<'a>,
        place: RecordLocation,
    ) -> Result<DecodedRecord<'a>, ReadFault> {
        match self.lend(chunk, tokens)? {
            Some(lent) => Ok(DecodedRecord::Borrowed(lent)),
            None => {
                let (decoded, result) = decode(chunk, tokens, place);
                result?;
                match decoded.id {
                    Some(_) => Ok(DecodedRecord::Full(Box::new(decoded))),
                    None => Err(tokens.fault("an event with an id")),
                }
            }
        }
    }

    /// The fields as the templates place them; `None` where the record is made in another way.
    fn lend<'a>(
        &mut self,
        chunk: &Chunk<'a>,
        tokens: ChunkCursor<'a>,
    ) -> Result<Option<BorrowedRecord<'a>>, ReadFault> {
        let mut core = [None; CORE_FIELDS];
        let mut ahead = tokens;
        skip_header(&mut ahead)?;
        if !is_instance(&mut ahead) {
            let lent = plain::lend(chunk, tokens).filter(|(core, _)| is_known(core));
            return Ok(lent.and_then(|(core, pieces)| match is_script(&core) {
                true => Some(BorrowedRecord { pieces, ..with_text(core, None)? }),
                false => Some(BorrowedRecord::other(core)),
            }));
        }
        let offset = read_instance(chunk, &mut ahead, &mut self.outer)?;
        let placed = self.plans.get(chunk, offset)?;
        if placed.plan.needs_full_decode {
            return Ok(None);
        }
        placed.fill(chunk, &self.outer, &mut core);
        if !is_known(&core) {
            return Ok(None);
        }
        if !is_script(&core) {
            return Ok(Some(BorrowedRecord::other(core)));
        }
        let mut shape = is_over(ahead)
            .then_some(RecordShape { definitions: [placed.plan.mark, Some(0)], fragments: 0 });
        let fragment = placed.plan.fragment.and_then(|index| self.outer.get(chunk, index));
        if let Some(fragment) = fragment.filter(|value| value.kind == kind::BINXML) {
            let mut tokens = fragment.tokens(chunk.data);
            skip_header(&mut tokens)?;
            if !is_instance(&mut tokens) {
                return Ok(None);
            }
            let offset = read_instance(chunk, &mut tokens, &mut self.inner)?;
            let placed = self.plans.get(chunk, offset)?;
            if placed.plan.needs_full_decode {
                return Ok(None);
            }
            placed.fill(chunk, &self.inner, &mut core);
            shape = shape.filter(|_| is_over(tokens)).map(
                |RecordShape { definitions: [outer, _], .. }| RecordShape {
                    definitions: [outer, placed.plan.mark],
                    fragments: 1,
                },
            );
        }
        Ok(with_text(core, shape))
    }
}

/// Reads a record again from its chunk's first bytes.
pub(super) fn read_again(data: &[u8], place: RecordLocation) -> Option<Event> {
    let chunk = Chunk::new(data);
    let tokens = tokens(data, place);
    let mut records = RecordReader::default();
    Some(match records.see(&chunk, tokens, place).ok()? {
        DecodedRecord::Borrowed(BorrowedRecord { core, pieces, shape, .. }) => {
            let tables = [&records.outer, &records.inner];
            Record { chunk: &chunk, tokens, place, core, pieces, tables, shape }.event()
        }
        DecodedRecord::Full(decoded) => decoded.event,
    })
}

fn tokens(chunk: &[u8], place: RecordLocation) -> ChunkCursor<'_> {
    let start = usize::try_from(place.offset.wrapping_sub(place.frame)).unwrap_or(usize::MAX);
    let length = usize::try_from(place.length).unwrap_or(usize::MAX);
    let end = start.saturating_add(length).saturating_sub(TRAILER);
    ChunkCursor::new(chunk, start.saturating_add(HEADER), end)
}

fn hand_on(decoded: &DecodedEvent, sink: &mut dyn Sink) {
    let event = &decoded.event;
    if decoded.is_powershell && decoded.id.map(u64::from) == Some(SCRIPT_BLOCK) {
        sink.script(&ScriptRecord::from_event(event, decoded.zone_assumed));
        return;
    }
    sink.other(&OtherRecord {
        id: decoded.id,
        time: event.time,
        zone_assumed: decoded.zone_assumed,
        computer: event.computer.as_deref().map(Raw::from),
    });
}

/// A record whose fields are lent.
struct Record<'r, 'a> {
    chunk: &'r Chunk<'a>,
    tokens: ChunkCursor<'a>,
    place: RecordLocation,
    core: CoreValues<'a>,
    pieces: Option<Text>,
    /// The values of its templates.
    tables: [&'r ValueTable; 2],
    shape: Option<RecordShape>,
}

impl Record<'_, '_> {
    fn sighting(&self) -> ScriptRecord<'_> {
        let (time, zone_assumed) = time(&self.core);
        ScriptRecord {
            place: self.place,
            record: number(&self.core, CoreField::Record),
            time,
            zone_assumed,
            computer: raw(&self.core, CoreField::Computer),
            level: number(&self.core, CoreField::Level).and_then(|level| level.try_into().ok()),
            number: number(&self.core, CoreField::Number).and_then(|number| number.try_into().ok()),
            total: number(&self.core, CoreField::Total).and_then(|total| total.try_into().ok()),
            script_block_id: raw(&self.core, CoreField::BlockId),
            text: self.text(),
            full: self,
        }
    }

    /// What is lent is a string, or nothing.
    fn text(&self) -> Raw<'_> {
        if let Some(pieces) = &self.pieces {
            return pieces.as_raw();
        }
        Raw::Utf16(hot(&self.core, CoreField::Text).map_or(&[], |value| value.bytes))
    }

    fn other(&self) -> OtherRecord<'_> {
        let (time, zone_assumed) = time(&self.core);
        OtherRecord {
            id: number(&self.core, CoreField::Id).and_then(|id| id.try_into().ok()),
            time,
            zone_assumed,
            computer: raw(&self.core, CoreField::Computer),
        }
    }
}

impl Record<'_, '_> {
    /// What could be decoded before a fault, with the fields that were lent.
    fn completed(&self, mut event: Event) -> Event {
        let seen = self.sighting();
        event.computer = seen.computer.map(|computer| computer.to_lossy());
        event.level = seen.level;
        event.script_block_id = seen.script_block_id.map(|id| id.to_lossy());
        self.placed(event)
    }

    /// With what is asked of every part.
    fn placed(&self, mut event: Event) -> Event {
        let seen = self.sighting();
        event.place = seen.place;
        event.record = seen.record.map(|record| record.to_string());
        event.time = seen.time;
        event.number = seen.number;
        event.total = seen.total;
        event.text = Text::from(seen.text_until_nul());
        event
    }
}

impl FullEvent for Record<'_, '_> {
    fn event(&self) -> Event {
        let (decoded, result) = decode(self.chunk, self.tokens, self.place);
        match result {
            Ok(()) => decoded.event,
            Err(_) => self.completed(decoded.event),
        }
    }

    fn part(&self) -> Event {
        // A number that was written as a text is shown as it was written.
        if hot(&self.core, CoreField::Record).is_none_or(|record| record.kind == kind::STRING) {
            return self.event();
        }
        self.placed(Event::default())
    }

    fn fingerprint(&self) -> Option<u64> {
        let RecordShape { definitions: [outer, inner], fragments } = self.shape?;
        // Other tokens than these could refer to names elsewhere in the chunk.
        if self.tables.iter().map(|table| table.fragments()).sum::<usize>() != fragments {
            return None;
        }
        let tokens = self.chunk.data.get(self.tokens.at()..self.tokens.end())?;
        Some(fingerprint::hash_words([outer?, inner?, xxh3_64(tokens)]))
    }
}

fn is_script(core: &CoreValues<'_>) -> bool {
    number(core, CoreField::Id) == Some(SCRIPT_BLOCK)
        && is_powershell(
            |word| {
                hot(core, CoreField::Provider).is_some_and(|name| {
                    let is = |bytes| is_word(bytes, word);
                    name.kind == kind::STRING && (is(name.bytes) || is(until_nul(name.bytes)))
                })
            },
            |word| hot(core, CoreField::Guid).is_some_and(|guid| is_this_guid(guid, word)),
        )
}

fn is_this_guid(value: TypedValue<'_>, guid: &str) -> bool {
    match value.kind {
        kind::STRING => {
            ShortAscii::of(until_nul(value.bytes)).is_some_and(|text| is_guid(text.as_str(), guid))
        }
        _ => is_guid(&value.rendered(), guid),
    }
}

#[inline(always)]
fn hot<'a>(core: &CoreValues<'a>, hot: CoreField) -> Option<TypedValue<'a>> {
    core.get(hot as usize).copied().flatten()
}

/// Without an id the content may be spread over several fragments.
fn is_known(core: &CoreValues<'_>) -> bool {
    number(core, CoreField::Id).is_some() && is_lendable(core, CoreField::Computer)
}

/// The fields of a script whose text can be lent. Padding is left out, for which it is enough to look at the end.
fn with_text(mut core: CoreValues<'_>, shape: Option<RecordShape>) -> Option<BorrowedRecord<'_>> {
    let can_lend =
        [CoreField::Text, CoreField::BlockId].into_iter().all(|field| is_lendable(&core, field));
    let text = core.get_mut(CoreField::Text as usize)?.as_mut()?;
    text.bytes = match (text.kind, text.bytes) {
        (kind::STRING, padded @ [.., 0, 0]) => until_nul(padded),
        (kind::STRING, text) => text,
        _ => &[],
    };
    can_lend.then_some(BorrowedRecord { core, pieces: None, is_script: true, shape })
}

/// Strings can be lent; other types have to be written out first.
fn is_lendable(core: &CoreValues<'_>, field: CoreField) -> bool {
    hot(core, field).is_none_or(|value| matches!(value.kind, kind::STRING | kind::NULL))
}

fn number(core: &CoreValues<'_>, field: CoreField) -> Option<u64> {
    hot(core, field)?.number()
}

fn raw<'a>(core: &CoreValues<'a>, field: CoreField) -> Option<Raw<'a>> {
    hot(core, field)?.raw()
}

fn time(core: &CoreValues<'_>) -> (Option<crate::time::Time>, bool) {
    match hot(core, CoreField::Time).and_then(|value| value.time()) {
        Some((time, assumed)) => (Some(time), assumed),
        None => (None, false),
    }
}
