//! [`ScriptBlock`]: what searches read and results name.

use crate::event::{Event, RecordLocation, canonical};
use crate::text::to_hex;
use crate::time::Time;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::sync::Arc;

/// One script, joined from the records that carried it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScriptBlock {
    /// The record of the lowest part present: its time, user, level and other fields are the block's.
    /// Its text is left out, for the block has the whole.
    pub event: Event,
    /// The joined text, lone surrogates replaced. Searches, results and reports share it.
    pub text: Arc<str>,
    /// The parts present, by number.
    pub parts: Vec<BlockPart>,
    /// How many parts there should be.
    pub total: Option<u32>,
    /// UTF-16 offsets in the text where parts are missing.
    pub gaps: Vec<u64>,
    /// It stands by itself and is known by its place: no id joins its record with others.
    pub standalone: bool,
}

/// A part that is present, and the records that carried it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlockPart {
    /// `MessageNumber`, 1 where the record has none.
    pub number: u32,
    /// The records with this part's text, the first of each source, in no order.
    pub copies: Vec<PartCopy>,
}

/// One record that carried a part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartCopy {
    /// Index of its source.
    pub source: usize,
    /// Where in the source.
    pub place: RecordLocation,
    /// `EventRecordID`.
    pub record: Option<String>,
    /// When it was logged.
    pub time: Option<Time>,
}

impl ScriptBlock {
    /// A block of one record that stands alone.
    pub fn from_event(mut event: Event, source: usize) -> Self {
        let part = BlockPart { number: number(&event), copies: vec![PartCopy::of(&event, source)] };
        let text = std::mem::take(&mut event.text);
        Self {
            text: text.into_lossy().into(),
            total: event.total,
            parts: vec![part],
            gaps: Vec::new(),
            standalone: true,
            event,
        }
    }

    /// The value of a field under any of its usual names; an empty value is absent.
    pub fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        match canonical(name) {
            "ScriptBlockText" => Some(Cow::Borrowed(&*self.text)).filter(|text| !text.is_empty()),
            "Message" => self.event.message_with(&self.text),
            // Made for each question: few searches ask, and none of them of many blocks.
            "ScriptBlockHash" => Some(to_hex(&Sha256::digest(&*self.text)).into()),
            name => self.event.field(name),
        }
    }

    /// Not all of its parts are present.
    pub fn is_incomplete(&self) -> bool {
        self.total.is_some_and(|total| total > 1 && (self.parts.len() as u64) < u64::from(total))
    }
}

impl PartCopy {
    pub(super) fn of(event: &Event, source: usize) -> Self {
        Self { source, place: event.place, record: event.record.clone(), time: event.time }
    }
}

/// Orders record ids as numbers: shorter first.
pub(crate) fn record_id_order(record: &Option<String>) -> Option<(usize, &str)> {
    record.as_deref().map(|record| (record.len(), record))
}

pub(super) fn number(event: &Event) -> u32 {
    event.number.unwrap_or(1).max(1)
}
