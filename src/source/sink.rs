//! The vocabulary between sources and their consumers: the sink and the records it receives.

use crate::error::Problem;
use crate::event::{Event, RecordLocation};
use crate::text::Raw;
use crate::time::Time;
use std::fmt;
use std::sync::Arc;

/// Receives the records of a source in the order of their bytes.
pub trait Sink {
    /// Receives a 4104 record of a PowerShell provider.
    fn script(&mut self, record: &ScriptRecord<'_>);

    /// Receives a record of any other kind, which is only counted.
    fn other(&mut self, record: &OtherRecord<'_>);

    /// Receives a record of any other kind that was found in unused space. It is not counted.
    fn recovered_other(&mut self, _record: &OtherRecord<'_>) {}

    /// Receives the offset of a record that is not a Windows event. `describe` returns what it holds instead.
    fn non_event(&mut self, _offset: u64, _describe: &dyn Fn() -> String) {}

    /// Receives the offset of a script block record with neither a text nor a message. The record itself follows.
    fn textless(&mut self, _offset: u64) {}

    /// Receives the end of a text source and whether it had any records. Other ranges of the same source may report
    /// otherwise.
    fn text_end(&mut self, _has_records: bool) {}

    /// Receives the number of bytes that are no character of the encoding of their source, and the offset of the first.
    fn replaced(&mut self, _count: u64, _first: u64) {}

    /// Receives an error, a warning or a note about the source.
    fn problem(&mut self, problem: Problem);
}

/// A script block record with the values that every record needs, borrowed from the source.
///
/// # Example
///
/// ```
/// use scriptscope::internal::Event;
/// use scriptscope::internal::source::ScriptRecord;
///
/// let event = Event { record: Some("7".into()), number: Some(1), total: Some(2), ..Event::default() };
/// let record = ScriptRecord::from_event(&event, false);
/// assert_eq!((record.record, record.number, record.total), (Some(7), Some(1), Some(2)));
/// assert_eq!(record.full.event(), event);
/// ```
#[derive(Clone, Copy)]
pub struct ScriptRecord<'a> {
    /// Location of the record in its source.
    pub place: RecordLocation,
    /// `EventRecordID`, if it is a number.
    pub record: Option<u64>,
    /// Time of logging.
    pub time: Option<Time>,
    /// Whether the time was written without a zone.
    pub zone_assumed: bool,
    /// What else was assumed about the time.
    pub time_guess: TimeGuess<'a>,
    /// Name of the machine that logged the record.
    pub computer: Option<Raw<'a>>,
    /// `Level`.
    pub level: Option<u8>,
    /// `MessageNumber`.
    pub number: Option<u32>,
    /// `MessageTotal`.
    pub total: Option<u32>,
    /// `ScriptBlockId`.
    pub script_block_id: Option<Raw<'a>>,
    /// `ScriptBlockText` of this part in the encoding of its source, not yet scanned. See
    /// [`ScriptRecord::text_until_nul`].
    pub text: Raw<'a>,
    /// Builds the full event on demand.
    pub full: &'a dyn FullEvent,
}

/// A record of another event id or of another provider.
#[derive(Clone, Copy)]
pub struct OtherRecord<'a> {
    /// Event id, if one was found.
    pub id: Option<u32>,
    /// Time of logging.
    pub time: Option<Time>,
    /// Whether the time was written without a zone.
    pub zone_assumed: bool,
    /// What else was assumed about the time.
    pub time_guess: TimeGuess<'a>,
    /// Name of the machine that logged the record.
    pub computer: Option<Raw<'a>>,
    /// Name of the provider, of a record that has the event id of script blocks and is none.
    pub provider: Option<Raw<'a>>,
    /// Builds the full event on demand.
    pub full: &'a dyn OtherEvent,
}

/// Builds the full event of an [`OtherRecord`].
pub trait OtherEvent {
    /// Returns the event with every field, copied.
    fn full_event(&self) -> Event;

    /// Returns the name of the provider as the source has it.
    fn provider(&self) -> Option<String>;
}

/// What was assumed about a record's time, beside its zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeGuess<'a> {
    /// Day and month could be the reverse.
    pub date_order: bool,
    /// Name of the value that was taken for the time, if it is an unusual one.
    pub field: Option<&'a [u8]>,
}

/// Builds the full event of a [`ScriptRecord`]. Called only for script blocks that are stored.
pub trait FullEvent {
    /// Returns the event with every field, copied.
    fn event(&self) -> Event;

    /// Returns an event with location, record id, time, number, total and text, and with other fields only where they
    /// cost nothing. That is enough for a part whose fields do not represent its script block.
    fn part(&self) -> Event {
        self.event()
    }

    /// Returns the fields that [`FullEvent::part`] leaves out, to be read later. Most records never need them.
    fn deferred_fields(&self) -> Option<Arc<dyn DeferredFields>> {
        None
    }

    /// Returns the event, with its text only where that costs nothing.
    fn event_fields(&self) -> Event {
        self.event()
    }

    /// Returns a hash of the names of the event's own data: records of one shape have the same names. Returns `None` if
    /// that is not known without reading the data.
    fn shape(&self) -> Option<u64> {
        None
    }

    /// Returns the record as the source has it.
    fn raw(&self) -> RawRecord<'_> {
        RawRecord::Unavailable
    }

    /// Returns a hash that identifies the record: two records with the same hash and the same time have the same
    /// content. Returns `None` if the hash cannot be computed without building the event.
    fn fingerprint(&self) -> Option<u64> {
        None
    }
}

/// A record as its source has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawRecord<'a> {
    /// Its text.
    Text(&'a [u8]),
    /// A binary record, which Windows renders as XML.
    Binary,
    /// A row of a table, or a record composed of several values.
    Unavailable,
}

/// The fields of a record, stored in their original form and parsed on demand.
pub trait DeferredFields: fmt::Debug + Send + Sync {
    /// Returns the event without its text.
    fn event(&self) -> Event;
}

impl FullEvent for Event {
    fn event(&self) -> Event {
        self.clone()
    }

    fn event_fields(&self) -> Event {
        self.without_text()
    }

    fn raw(&self) -> RawRecord<'_> {
        RawRecord::Binary
    }
}

impl OtherEvent for Event {
    fn full_event(&self) -> Event {
        self.clone()
    }

    fn provider(&self) -> Option<String> {
        self.fields.first("Name").map(str::to_owned)
    }
}

impl<'a> ScriptRecord<'a> {
    /// Returns the text up to the first NUL. In UTF-16 a NUL ends the text. Only artificial logs have text after one,
    /// so the search for it is left to those who read the text. A scan that also sees the text after the NUL finds
    /// too much, never too little.
    pub fn text_until_nul(&self) -> Raw<'a> {
        self.text.until_nul()
    }

    /// Borrows the record from an event that is already built.
    pub fn from_event(event: &'a Event, zone_assumed: bool) -> Self {
        Self {
            place: event.place,
            record: event.record.as_ref().and_then(|record| record.parse().ok()),
            time: event.time,
            zone_assumed,
            time_guess: TimeGuess::default(),
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

/// Discards everything. Used when a record is read again: its problems were reported the first time.
pub(super) struct Discard;

impl Sink for Discard {
    fn script(&mut self, _: &ScriptRecord<'_>) {}
    fn other(&mut self, _: &OtherRecord<'_>) {}
    fn problem(&mut self, _: Problem) {}
}
