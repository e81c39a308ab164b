//! One record: the fields that every record is asked for, lent from the chunk; the rest on request.

use super::binxml::{Chunk, Table, is_instance, is_over, read_instance, skip_header};
use super::bytes::{Ascii, Cursor, Fault, is_word, until_nul};
use super::event::{Decoded, decode, is_guid, is_powershell};
use super::fields::{HOT, Hot};
use super::plain;
use super::template::{Hots, Plans};
use super::value::{Value, kind};
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
pub(super) struct Records {
    plans: Plans,
    outer: Table,
    inner: Table,
}

/// What a record turned out to be. The lent fields are the common case and stay on the stack.
#[allow(clippy::large_enum_variant)]
enum Seen<'a> {
    /// Its fields stand where its templates say.
    Lent(Lent<'a>),
    /// It had to be decoded as a whole.
    Whole(Box<Decoded>),
}

/// The fields of a record, as its templates place them.
struct Lent<'a> {
    hots: Hots<'a>,
    /// The script's text, where it came in several pieces.
    pieces: Option<Text>,
    /// They are those of a script.
    is_script: bool,
    shape: Option<Shape>,
}

impl<'a> Lent<'a> {
    /// Of a record that is no script's.
    fn other(hots: Hots<'a>) -> Self {
        Self { hots, pieces: None, is_script: false, shape: None }
    }
}

/// What a record says beside its own bytes.
#[derive(Clone, Copy)]
struct Shape {
    /// The marks of its templates' definitions.
    definitions: [Option<u64>; 2],
    /// Values with tokens of their own that were read as instances of templates.
    fragments: usize,
}

impl Records {
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
    ) -> Result<Option<Fault>, Fault> {
        let tokens = tokens(chunk.data, place);
        chunk.take_damage();
        let seen = self.see(chunk, tokens, place)?;
        let damage = chunk.take_damage();
        match seen {
            Seen::Lent(Lent { hots, pieces, is_script, shape }) => {
                let tables = [&self.outer, &self.inner];
                let record = Record { chunk, tokens, place, hots, pieces, tables, shape };
                match is_script {
                    true => sink.script(&record.sighting()),
                    false => sink.other(&record.other()),
                }
            }
            Seen::Whole(decoded) => hand_on(&decoded, sink),
        }
        Ok(damage)
    }

    /// Whether a record at this place can be decoded from beginning to end.
    pub(super) fn is_sound(chunk: &Chunk<'_>, place: RecordLocation) -> bool {
        chunk.take_damage();
        let (decoded, result) = decode(chunk, tokens(chunk.data, place), place);
        result.is_ok() && decoded.id.is_some() && chunk.take_damage().is_none()
    }

    fn see<'a>(
        &mut self,
        chunk: &Chunk<'a>,
        tokens: Cursor<'a>,
        place: RecordLocation,
    ) -> Result<Seen<'a>, Fault> {
        match self.lend(chunk, tokens)? {
            Some(lent) => Ok(Seen::Lent(lent)),
            None => {
                let (decoded, result) = decode(chunk, tokens, place);
                result?;
                match decoded.id {
                    Some(_) => Ok(Seen::Whole(Box::new(decoded))),
                    None => Err(tokens.fault("an event with an id")),
                }
            }
        }
    }

    /// The fields as the templates place them; `None` where the record is made in another way.
    fn lend<'a>(
        &mut self,
        chunk: &Chunk<'a>,
        tokens: Cursor<'a>,
    ) -> Result<Option<Lent<'a>>, Fault> {
        let mut hots = [None; HOT];
        let mut ahead = tokens;
        skip_header(&mut ahead)?;
        if !is_instance(&mut ahead) {
            let lent = plain::lend(chunk, tokens).filter(|(hots, _)| is_known(hots));
            return Ok(lent.and_then(|(hots, pieces)| match is_script(&hots) {
                true => Some(Lent { pieces, ..with_text(hots, None)? }),
                false => Some(Lent::other(hots)),
            }));
        }
        let offset = read_instance(chunk, &mut ahead, &mut self.outer)?;
        let placed = self.plans.get(chunk, offset)?;
        if placed.plan.is_intricate {
            return Ok(None);
        }
        placed.fill(chunk, &self.outer, &mut hots);
        if !is_known(&hots) {
            return Ok(None);
        }
        if !is_script(&hots) {
            return Ok(Some(Lent::other(hots)));
        }
        let mut shape = is_over(ahead)
            .then_some(Shape { definitions: [placed.plan.mark, Some(0)], fragments: 0 });
        let fragment = placed.plan.fragment.and_then(|index| self.outer.get(chunk, index));
        if let Some(fragment) = fragment.filter(|value| value.kind == kind::BINXML) {
            let mut tokens = fragment.tokens(chunk.data);
            skip_header(&mut tokens)?;
            if !is_instance(&mut tokens) {
                return Ok(None);
            }
            let offset = read_instance(chunk, &mut tokens, &mut self.inner)?;
            let placed = self.plans.get(chunk, offset)?;
            if placed.plan.is_intricate {
                return Ok(None);
            }
            placed.fill(chunk, &self.inner, &mut hots);
            shape = shape.filter(|_| is_over(tokens)).map(
                |Shape { definitions: [outer, _], .. }| Shape {
                    definitions: [outer, placed.plan.mark],
                    fragments: 1,
                },
            );
        }
        Ok(with_text(hots, shape))
    }
}

/// Reads a record again from its chunk's first bytes.
pub(super) fn read_again(data: &[u8], place: RecordLocation) -> Option<Event> {
    let chunk = Chunk::new(data);
    let tokens = tokens(data, place);
    let mut records = Records::default();
    Some(match records.see(&chunk, tokens, place).ok()? {
        Seen::Lent(Lent { hots, pieces, shape, .. }) => {
            let tables = [&records.outer, &records.inner];
            Record { chunk: &chunk, tokens, place, hots, pieces, tables, shape }.event()
        }
        Seen::Whole(decoded) => decoded.event,
    })
}

fn tokens(chunk: &[u8], place: RecordLocation) -> Cursor<'_> {
    let start = usize::try_from(place.offset.wrapping_sub(place.frame)).unwrap_or(usize::MAX);
    let length = usize::try_from(place.length).unwrap_or(usize::MAX);
    let end = start.saturating_add(length).saturating_sub(TRAILER);
    Cursor::new(chunk, start.saturating_add(HEADER), end)
}

fn hand_on(decoded: &Decoded, sink: &mut dyn Sink) {
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
    tokens: Cursor<'a>,
    place: RecordLocation,
    hots: Hots<'a>,
    pieces: Option<Text>,
    /// The values of its templates.
    tables: [&'r Table; 2],
    shape: Option<Shape>,
}

impl Record<'_, '_> {
    fn sighting(&self) -> ScriptRecord<'_> {
        let (time, zone_assumed) = time(&self.hots);
        ScriptRecord {
            place: self.place,
            record: number(&self.hots, Hot::Record),
            time,
            zone_assumed,
            computer: raw(&self.hots, Hot::Computer),
            level: number(&self.hots, Hot::Level).and_then(|level| level.try_into().ok()),
            number: number(&self.hots, Hot::Number).and_then(|number| number.try_into().ok()),
            total: number(&self.hots, Hot::Total).and_then(|total| total.try_into().ok()),
            script_block_id: raw(&self.hots, Hot::BlockId),
            text: self.text(),
            full: self,
        }
    }

    /// What is lent is a string, or nothing.
    fn text(&self) -> Raw<'_> {
        if let Some(pieces) = &self.pieces {
            return pieces.as_raw();
        }
        Raw::Utf16(hot(&self.hots, Hot::Text).map_or(&[], |value| value.bytes))
    }

    fn other(&self) -> OtherRecord<'_> {
        let (time, zone_assumed) = time(&self.hots);
        OtherRecord {
            id: number(&self.hots, Hot::Id).and_then(|id| id.try_into().ok()),
            time,
            zone_assumed,
            computer: raw(&self.hots, Hot::Computer),
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
        if hot(&self.hots, Hot::Record).is_none_or(|record| record.kind == kind::STRING) {
            return self.event();
        }
        self.placed(Event::default())
    }

    fn fingerprint(&self) -> Option<u64> {
        let Shape { definitions: [outer, inner], fragments } = self.shape?;
        // Other tokens than these could refer to names elsewhere in the chunk.
        if self.tables.iter().map(|table| table.fragments()).sum::<usize>() != fragments {
            return None;
        }
        let tokens = self.chunk.data.get(self.tokens.at()..self.tokens.end())?;
        Some(fingerprint::hash_words([outer?, inner?, xxh3_64(tokens)]))
    }
}

fn is_script(hots: &Hots<'_>) -> bool {
    number(hots, Hot::Id) == Some(SCRIPT_BLOCK)
        && is_powershell(
            |word| {
                hot(hots, Hot::Provider).is_some_and(|name| {
                    let is = |bytes| is_word(bytes, word);
                    name.kind == kind::STRING && (is(name.bytes) || is(until_nul(name.bytes)))
                })
            },
            |word| hot(hots, Hot::Guid).is_some_and(|guid| is_this_guid(guid, word)),
        )
}

fn is_this_guid(value: Value<'_>, guid: &str) -> bool {
    match value.kind {
        kind::STRING => {
            Ascii::of(until_nul(value.bytes)).is_some_and(|text| is_guid(text.as_str(), guid))
        }
        _ => is_guid(&value.rendered(), guid),
    }
}

#[inline(always)]
fn hot<'a>(hots: &Hots<'a>, hot: Hot) -> Option<Value<'a>> {
    hots.get(hot as usize).copied().flatten()
}

/// Without an id the content may be spread over several fragments.
fn is_known(hots: &Hots<'_>) -> bool {
    number(hots, Hot::Id).is_some() && is_lendable(hots, Hot::Computer)
}

/// The fields of a script whose text can be lent. Padding is left out, for which it is enough to look at the end.
fn with_text(mut hots: Hots<'_>, shape: Option<Shape>) -> Option<Lent<'_>> {
    let can_lend = [Hot::Text, Hot::BlockId].into_iter().all(|field| is_lendable(&hots, field));
    let text = hots.get_mut(Hot::Text as usize)?.as_mut()?;
    text.bytes = match (text.kind, text.bytes) {
        (kind::STRING, padded @ [.., 0, 0]) => until_nul(padded),
        (kind::STRING, text) => text,
        _ => &[],
    };
    can_lend.then_some(Lent { hots, pieces: None, is_script: true, shape })
}

/// Strings can be lent; other types have to be written out first.
fn is_lendable(hots: &Hots<'_>, field: Hot) -> bool {
    hot(hots, field).is_none_or(|value| matches!(value.kind, kind::STRING | kind::NULL))
}

fn number(hots: &Hots<'_>, field: Hot) -> Option<u64> {
    hot(hots, field)?.number()
}

fn raw<'a>(hots: &Hots<'a>, field: Hot) -> Option<Raw<'a>> {
    hot(hots, field)?.raw()
}

fn time(hots: &Hots<'_>) -> (Option<crate::time::Time>, bool) {
    match hot(hots, Hot::Time).and_then(|value| value.time()) {
        Some((time, assumed)) => (Some(time), assumed),
        None => (None, false),
    }
}
