//! Snare's text, as its agent, NXLog and others send it: an event a line, its values between tabs.
//!
//! They stand in a fixed order behind `MSWinEventLog`: criticality, log, a counter of Snare's, time, id, provider, user,
//! kind of account, level, computer, category, strings, message. A message has lost its line ends: spaces stand for them.

use crate::source::field_names::FieldKey;
use crate::source::record::TextRecord;
use crate::source::rendered_message;
use crate::source::value::FieldValue;
use std::borrow::Cow;

const MARK: &[u8] = b"MSWinEventLog";

/// Where values stand, and what they are.
const PLACES: [(usize, FieldKey, u8); 7] = [
    (2, FieldKey::Channel, 8),
    (4, FieldKey::Time, 8),
    (5, FieldKey::Id, 9),
    (6, FieldKey::Provider, 9),
    (9, FieldKey::Level, 2),
    (10, FieldKey::Computer, 9),
    (11, FieldKey::Task, 1),
];

/// The first place of what the event tells.
const STRINGS: usize = 12;

/// Whether an event begins here; one in JSON behind Snare's marks is none of Snare's.
pub(in crate::source) fn begins(text: &[u8]) -> bool {
    match text.strip_prefix(MARK) {
        Some([b'\t', _, b'\t', after @ ..]) => !after.starts_with(b"{"),
        Some([b'\t', ..]) => true,
        // Servers may write a tab as its number.
        Some(rest) => rest.starts_with(TAB),
        None => false,
    }
}

const TAB: &[u8] = b"#011";

/// Puts the values of an event into a record.
pub(super) fn read(text: &[u8], record: &mut TextRecord<'_>) {
    record.is_event_by_form = true;
    let text = text.trim_ascii_end();
    let tabs = memchr::memchr(b'\t', text).is_some();
    let owned = |value: &[u8]| FieldValue::Plain(Cow::Owned(value.to_vec()));
    let mut rest = Some(text);
    let values = std::iter::from_fn(|| {
        let text = rest?;
        let (at, width) = match tabs {
            true => (memchr::memchr(b'\t', text), 1),
            false => (memchr::memmem::find(text, TAB), TAB.len()),
        };
        let value = text.get(..at.unwrap_or(text.len()));
        rest = at.and_then(|at| text.get(at + width..));
        value
    });
    for (place, value) in values.enumerate() {
        if let Some((_, key, rank)) = PLACES.iter().find(|(at, _, _)| *at == place) {
            record.put(*key, *rank, owned(value));
        } else if place == 7 && value != b"N/A" {
            record.put(FieldKey::User, 1, owned(value));
        } else if place >= STRINGS && !value.is_empty() {
            // The message is the one of them that has the message's form, or else the first.
            let rank = if rendered_message::find_script(value).is_some() { 9 } else { 8 };
            record.put(FieldKey::Message, rank, owned(value));
        }
    }
}
