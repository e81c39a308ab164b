//! Reads one record: the core fields borrowed from the chunk, all others on request.

use super::bytes::{ChunkCursor, ReadFault, until_nul};
use super::chunk_data::Chunk;
use super::chunk_plans::ChunkPlans;
use super::core_values::{can_borrow, is_readable, is_script, number, raw, time, value};
use super::event::{self, DecodedEvent, decode};
use super::fields::{CORE_FIELDS, CoreField, CoreValues};
use super::instance::{
    ValueTable, has_own_definition, is_at_end, read_instance, skip_header, skip_instance_token,
};
use super::plain;
use super::provider::SCRIPT_BLOCK_ID;
use super::structure::{RECORD_HEADER_BYTES, RECORD_TRAILER_BYTES};
use super::value::kind;
use crate::error::Problem;
use crate::event::{Event, RecordLocation};
use crate::fingerprint;
use crate::source::record::is_channel;
use crate::source::sink::{
    FullEvent, OtherEvent, OtherRecord, RawRecord, ScriptRecord, Sink, TimeGuess,
};
use crate::text::{Raw, Text};
use xxhash_rust::xxh3::xxh3_64;

/// Reads the records of a source, chunk by chunk.
#[derive(Default)]
pub(super) struct RecordReader {
    plans: ChunkPlans,
    /// Values of the record's template.
    outer: ValueTable,
    /// Values of the template of its `EventData`.
    inner: ValueTable,
    /// Script block records read of the present chunk.
    scripts: usize,
}

/// A record that was read. The borrowed fields are the common case, so they stay on the stack.
#[allow(clippy::large_enum_variant)]
enum DecodedRecord<'a> {
    /// Its core fields were read without walking its tokens, or need no copy.
    Borrowed(BorrowedRecord<'a>),
    /// It needed a full decode.
    Full(Box<DecodedEvent>),
}

/// The core fields of a record.
struct BorrowedRecord<'a> {
    values: CoreValues<'a>,
    /// The script's text, if it is in several pieces.
    pieces: Option<Text>,
    is_script: bool,
    shape: Option<RecordShape>,
}

impl<'a> BorrowedRecord<'a> {
    /// A record that is no script block record; `None` if it has their event id, and fields that are not among these
    /// decide.
    fn other(values: CoreValues<'a>) -> Option<Self> {
        let is_decided = number(&values, CoreField::Id) != Some(SCRIPT_BLOCK_ID);
        is_decided.then_some(Self { values, pieces: None, is_script: false, shape: None })
    }

    /// A script block record; `None` if its text or its block id has to be rendered.
    fn script(mut values: CoreValues<'a>, shape: Option<RecordShape>) -> Option<Self> {
        let is_borrowed = [CoreField::Text, CoreField::BlockId]
            .into_iter()
            .all(|field| can_borrow(&values, field));
        let text = values.get_mut(CoreField::Text as usize)?.as_mut()?;
        // Only a text that ends in a NUL is padded with NULs, so most texts are not scanned.
        text.bytes = match (text.kind, text.bytes) {
            (kind::STRING, padded @ [.., 0, 0]) => until_nul(padded),
            (kind::STRING, text) => text,
            _ => &[],
        };
        is_borrowed.then_some(Self { values, pieces: None, is_script: true, shape })
    }
}

/// The context that a record's meaning depends on, beside its own bytes.
#[derive(Clone, Copy)]
struct RecordShape {
    /// Fingerprints of its templates' definitions.
    definitions: [Option<u64>; 2],
    /// Number of BinXML values that were read as instances of templates.
    fragments: usize,
}

impl RecordReader {
    /// Begins with another chunk.
    pub(super) fn begin_chunk(&mut self) {
        self.plans.begin_chunk();
        self.scripts = 0;
    }

    /// Returns the number of script block records read of the present chunk.
    pub(super) fn scripts(&self) -> usize {
        self.scripts
    }

    /// Reads the record at this location and hands it to the sink. Returns a fault that did not prevent that.
    ///
    /// # Errors
    ///
    /// The first fault of a record that cannot be read.
    pub(super) fn read<'a>(
        &mut self,
        chunk: &Chunk<'a>,
        location: RecordLocation,
        sink: &mut dyn Sink,
    ) -> Result<Option<ReadFault>, ReadFault> {
        let tokens = tokens(chunk.data, location);
        chunk.take_fault();
        let decoded = self.decode(chunk, tokens, location)?;
        let fault = chunk.take_fault();
        match decoded {
            DecodedRecord::Borrowed(BorrowedRecord { values, pieces, is_script, shape }) => {
                let tables = [&self.outer, &self.inner];
                let record = EvtxRecord { chunk, tokens, location, values, pieces, tables, shape };
                if !is_script {
                    sink.other(&record.other_record());
                    return Ok(fault);
                }
                self.scripts += 1;
                if record.is_text_missing() {
                    sink.problem(missing_text(location));
                }
                sink.script(&record.script_record());
            }
            DecodedRecord::Full(decoded) => self.scripts += usize::from(emit(&decoded, sink)),
        }
        Ok(fault)
    }

    /// Whether the record at this location can be decoded to its end.
    pub(super) fn is_sound(chunk: &Chunk<'_>, location: RecordLocation) -> bool {
        chunk.take_fault();
        event::is_sound(chunk, tokens(chunk.data, location)) && chunk.take_fault().is_none()
    }

    /// Whether the record at this location can be decoded to its end, with the template that it was written with.
    pub(super) fn is_intact(chunk: &Chunk<'_>, location: RecordLocation) -> bool {
        let mut ahead = tokens(chunk.data, location);
        if skip_header(&mut ahead).is_err() {
            return false;
        }
        let has_own_template =
            !skip_instance_token(&mut ahead) || has_own_definition(chunk, ahead) == Some(true);
        has_own_template && Self::is_sound(chunk, location)
    }

    fn decode<'a>(
        &mut self,
        chunk: &Chunk<'a>,
        tokens: ChunkCursor<'a>,
        location: RecordLocation,
    ) -> Result<DecodedRecord<'a>, ReadFault> {
        if let Some(borrowed) = self.borrow(chunk, tokens)? {
            return Ok(DecodedRecord::Borrowed(borrowed));
        }
        let (decoded, result) = decode(chunk, tokens, location);
        result?;
        match decoded.id {
            Some(_) => Ok(DecodedRecord::Full(Box::new(decoded))),
            None => Err(tokens.fault("an event with an id")),
        }
    }

    /// Reads the core fields by the plans of the record's templates. `None` if the record needs a full decode.
    fn borrow<'a>(
        &mut self,
        chunk: &Chunk<'a>,
        tokens: ChunkCursor<'a>,
    ) -> Result<Option<BorrowedRecord<'a>>, ReadFault> {
        let mut ahead = tokens;
        skip_header(&mut ahead)?;
        if !skip_instance_token(&mut ahead) {
            return Ok(borrow_plain(chunk, tokens));
        }
        let mut values = [None; CORE_FIELDS];
        let offset = read_instance(chunk, &mut ahead, &mut self.outer)?;
        let outer = self.plans.get(chunk, offset)?;
        if outer.plan.needs_full_decode {
            return Ok(None);
        }
        outer.read_fields(chunk, &self.outer, &mut values);
        if !is_readable(&values) {
            return Ok(None);
        }
        if !is_script(&values) {
            return Ok(BorrowedRecord::other(values));
        }
        let mut definitions = [outer.plan.fingerprint, Some(0)];
        let mut fragments = 0;
        // Tokens after the instance could refer to names elsewhere in the chunk.
        let mut is_closed = is_at_end(ahead);
        let fragment = outer.plan.fragment.and_then(|index| self.outer.get(chunk, index));
        if let Some(fragment) = fragment.filter(|value| value.kind == kind::BINXML) {
            let mut tokens = fragment.tokens(chunk.data);
            skip_header(&mut tokens)?;
            if !skip_instance_token(&mut tokens) {
                return Ok(None);
            }
            let offset = read_instance(chunk, &mut tokens, &mut self.inner)?;
            let inner = self.plans.get(chunk, offset)?;
            if inner.plan.needs_full_decode {
                return Ok(None);
            }
            inner.read_fields(chunk, &self.inner, &mut values);
            is_closed &= is_at_end(tokens);
            definitions = [outer.plan.fingerprint, inner.plan.fingerprint];
            fragments = 1;
        }
        let shape = is_closed.then_some(RecordShape { definitions, fragments });
        Ok(BorrowedRecord::script(values, shape))
    }
}

/// Reads the core fields of a record without a template. `None` if the record needs a full decode.
fn borrow_plain<'a>(chunk: &Chunk<'a>, tokens: ChunkCursor<'a>) -> Option<BorrowedRecord<'a>> {
    let (values, pieces) = plain::read(chunk, tokens).filter(|(values, _)| is_readable(values))?;
    match is_script(&values) {
        true => Some(BorrowedRecord { pieces, ..BorrowedRecord::script(values, None)? }),
        false => BorrowedRecord::other(values),
    }
}

/// Reads a record again. `data` begins where the record's chunk does.
pub(super) fn read_again(data: &[u8], location: RecordLocation) -> Option<Event> {
    let chunk = Chunk::new(data);
    let tokens = tokens(data, location);
    let mut reader = RecordReader::default();
    Some(match reader.decode(&chunk, tokens, location).ok()? {
        DecodedRecord::Borrowed(BorrowedRecord { values, pieces, shape, .. }) => {
            let tables = [&reader.outer, &reader.inner];
            EvtxRecord { chunk: &chunk, tokens, location, values, pieces, tables, shape }.event()
        }
        DecodedRecord::Full(decoded) => decoded.event,
    })
}

/// Returns the tokens of the record at this location.
fn tokens(chunk: &[u8], location: RecordLocation) -> ChunkCursor<'_> {
    let start = location.offset.wrapping_sub(location.frame);
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let length = usize::try_from(location.length).unwrap_or(usize::MAX);
    let end = start.saturating_add(length).saturating_sub(RECORD_TRAILER_BYTES);
    ChunkCursor::new(chunk, start.saturating_add(RECORD_HEADER_BYTES), end)
}

/// Hands a fully decoded record to the sink. Returns whether it is a script block record.
fn emit(decoded: &DecodedEvent, sink: &mut dyn Sink) -> bool {
    let event = &decoded.event;
    let has_id = decoded.id.map(u64::from) == Some(SCRIPT_BLOCK_ID);
    let is_channel =
        || event.fields.first("Channel").is_some_and(|name| is_channel(name.as_bytes()));
    if has_id && (decoded.is_powershell || decoded.has_text || is_channel()) {
        if !decoded.has_text {
            sink.problem(missing_text(event.place));
        }
        sink.script(&ScriptRecord::from_event(event, decoded.zone_assumed));
        return true;
    }
    sink.other(&OtherRecord {
        id: decoded.id,
        time: event.time,
        zone_assumed: decoded.zone_assumed,
        time_guess: TimeGuess::default(),
        computer: event.computer.as_deref().map(Raw::from),
        provider: event.fields.first("Name").filter(|_| has_id).map(Raw::from),
        full: event,
    });
    false
}

/// Returns the problem of a script block record without a text. An empty text is none: PowerShell logs those too.
fn missing_text(place: RecordLocation) -> Problem {
    let message = "an event 4104 has no ScriptBlockText: it or its template is damaged, or another program wrote it";
    Problem::error("no-script-text", message).at(place.offset)
}

/// A record whose core fields are borrowed from its chunk.
struct EvtxRecord<'r, 'a> {
    chunk: &'r Chunk<'a>,
    tokens: ChunkCursor<'a>,
    location: RecordLocation,
    values: CoreValues<'a>,
    pieces: Option<Text>,
    /// The values of its templates.
    tables: [&'r ValueTable; 2],
    shape: Option<RecordShape>,
}

impl EvtxRecord<'_, '_> {
    fn script_record(&self) -> ScriptRecord<'_> {
        let small =
            |field| number(&self.values, field).and_then(|number| u32::try_from(number).ok());
        let (time, zone_assumed) = time(&self.values);
        ScriptRecord {
            place: self.location,
            record: number(&self.values, CoreField::Record),
            time,
            zone_assumed,
            time_guess: TimeGuess::default(),
            computer: raw(&self.values, CoreField::Computer),
            level: number(&self.values, CoreField::Level).and_then(|level| level.try_into().ok()),
            number: small(CoreField::Number),
            total: small(CoreField::Total),
            script_block_id: raw(&self.values, CoreField::BlockId),
            text: self.text(),
            full: self,
        }
    }

    /// Whether the record has no text, not even an empty one.
    fn is_text_missing(&self) -> bool {
        self.pieces.is_none() && value(&self.values, CoreField::Text).is_none()
    }

    /// The script's text. What is borrowed is a string, or empty.
    fn text(&self) -> Raw<'_> {
        if let Some(pieces) = &self.pieces {
            return pieces.as_raw();
        }
        Raw::Utf16(value(&self.values, CoreField::Text).map_or(&[], |value| value.bytes))
    }

    fn other_record(&self) -> OtherRecord<'_> {
        let (time, zone_assumed) = time(&self.values);
        OtherRecord {
            id: number(&self.values, CoreField::Id).and_then(|id| id.try_into().ok()),
            time,
            zone_assumed,
            time_guess: TimeGuess::default(),
            computer: raw(&self.values, CoreField::Computer),
            provider: None,
            full: self,
        }
    }

    /// The fingerprints of the definitions of its templates, if nothing else has names.
    fn definitions(&self) -> Option<[u64; 2]> {
        let RecordShape { definitions: [outer, inner], fragments } = self.shape?;
        // Tokens that were not read as instances could refer to names elsewhere in the chunk.
        let are_all = self.tables.iter().map(|table| table.fragments()).sum::<usize>() == fragments;
        are_all.then_some([outer?, inner?])
    }

    /// Adds the core fields to what could be decoded before a fault.
    fn with_core_fields(&self, mut event: Event) -> Event {
        let record = self.script_record();
        event.computer = record.computer.map(|computer| computer.to_lossy());
        event.level = record.level;
        event.script_block_id = record.script_block_id.map(|id| id.to_lossy());
        self.with_part_fields(event)
    }

    /// Adds the fields that every part of a block needs.
    fn with_part_fields(&self, mut event: Event) -> Event {
        let record = self.script_record();
        event.place = record.place;
        event.record = record.record.map(|record| record.to_string());
        event.time = record.time;
        event.number = record.number;
        event.total = record.total;
        event.text = Text::from(record.text_until_nul());
        event
    }
}

impl OtherEvent for EvtxRecord<'_, '_> {
    fn full_event(&self) -> Event {
        FullEvent::event(self)
    }

    fn provider(&self) -> Option<String> {
        raw(&self.values, CoreField::Provider).map(|name| name.to_lossy())
    }
}

impl FullEvent for EvtxRecord<'_, '_> {
    fn event(&self) -> Event {
        let (decoded, result) = decode(self.chunk, self.tokens, self.location);
        match result {
            Ok(()) => decoded.event,
            Err(_) => self.with_core_fields(decoded.event),
        }
    }

    fn part(&self) -> Event {
        // A record id that was logged as a string is shown as it was written.
        if value(&self.values, CoreField::Record).is_none_or(|record| record.kind == kind::STRING) {
            return self.event();
        }
        self.with_part_fields(Event::default())
    }

    fn shape(&self) -> Option<u64> {
        Some(fingerprint::hash_words(self.definitions()?))
    }

    fn raw(&self) -> RawRecord<'_> {
        RawRecord::Binary
    }

    fn fingerprint(&self) -> Option<u64> {
        let [outer, inner] = self.definitions()?;
        let tokens = self.chunk.data.get(self.tokens.at()..self.tokens.end())?;
        Some(fingerprint::hash_words([outer, inner, xxh3_64(tokens)]))
    }
}
