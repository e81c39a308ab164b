//! Bytes to events: one file a format, one dispatcher that looks at bytes and never at names.
//!
//! Framing (where does a record end?) is apart from decoding (what does it say?): a [`Decoder`] is pushed
//! pieces of any size and gives the same sightings wherever they are cut. To add a format, write its file
//! and add its line to the dispatcher.

use crate::error::Problem;
use crate::event::{Event, Place};
use crate::text::Raw;
use crate::time::Time;

/// What a source hands on, record by record, in the order of its bytes.
pub trait Sink {
    /// A 4104 record of a PowerShell provider.
    fn script(&mut self, seen: &Sighting<'_>);

    /// A record of any other kind, which is only counted.
    fn other(&mut self, seen: &Other<'_>);

    /// Something that could not be read, or must be said.
    fn problem(&mut self, problem: Problem);
}

/// A script block record as it stands in the source: what every record needs, nothing copied.
#[derive(Clone, Copy)]
pub struct Sighting<'a> {
    /// Where it stands.
    pub place: Place,
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
    /// `ScriptBlockText` of this part.
    pub text: Raw<'a>,
    /// Gives the whole event.
    pub whole: &'a dyn Whole,
}

/// A record of another id, or of another provider.
#[derive(Clone, Copy)]
pub struct Other<'a> {
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
pub trait Whole {
    /// Every field, copied.
    fn event(&self) -> Event;
}

impl Whole for Event {
    fn event(&self) -> Event {
        self.clone()
    }
}

impl<'a> Sighting<'a> {
    /// The sighting of an event that is already whole.
    pub fn of(event: &'a Event, zone_assumed: bool) -> Self {
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
            whole: event,
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
