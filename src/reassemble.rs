//! Parts to script blocks.

use crate::event::{Event, Place};
use crate::time::Time;
use std::borrow::Cow;

/// One script, joined from the records that carried it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScriptBlock {
    /// The record of the lowest part present: its time, user, level and other fields are the block's.
    pub event: Event,
    /// The joined text, lone surrogates replaced.
    pub text: String,
    /// The parts present, by number.
    pub parts: Vec<Part>,
    /// How many parts there should be.
    pub total: Option<u32>,
    /// UTF-16 offsets in the text where parts are missing.
    pub gaps: Vec<u64>,
}

/// One record that carried a part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// `MessageNumber`, 1 where the record has none.
    pub number: u32,
    /// Index of the source.
    pub source: usize,
    /// Where in the source.
    pub place: Place,
    /// `EventRecordID`.
    pub record: Option<String>,
    /// When it was logged.
    pub time: Option<Time>,
}

impl ScriptBlock {
    /// A block of one record.
    pub fn of(event: Event, source: usize) -> Self {
        let part = Part {
            number: event.number.unwrap_or(1).max(1),
            source,
            place: event.place,
            record: event.record.clone(),
            time: event.time,
        };
        Self {
            text: event.text.to_lossy().into_owned(),
            total: event.total,
            parts: vec![part],
            gaps: Vec::new(),
            event,
        }
    }

    /// The value of a field under any of its usual names; an empty value is absent.
    pub fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        match crate::event::canonical(name) {
            "ScriptBlockText" => {
                Some(Cow::Borrowed(self.text.as_str())).filter(|text| !text.is_empty())
            }
            _ => self.event.field(name),
        }
    }
}
