//! The vocabulary between sources and those that take records: the sink and the records handed to it.

use crate::error::Problem;
use crate::event::{Event, RecordLocation};
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

/// Drops everything, for records that are read again: their problems were reported the first time.
pub(super) struct Discard;

impl Sink for Discard {
    fn script(&mut self, _: &ScriptRecord<'_>) {}
    fn other(&mut self, _: &OtherRecord<'_>) {}
    fn problem(&mut self, _: Problem) {}
}
