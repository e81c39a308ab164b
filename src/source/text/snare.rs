//! Snare's text, as sent by its agent, NXLog and others: one event per line, values separated by tabs.
//!
//! The order of the values after `MSWinEventLog` is fixed: criticality, log, Snare's counter, time, id, provider,
//! user, account type, level, computer, category, strings, message. Spaces replace the line ends of a message.

use super::octal;
use crate::source::field_names::FieldKey;
use crate::source::record::TextRecord;
use crate::source::rendered_message;
use crate::source::value::FieldValue;
use std::borrow::Cow;

const TAG: &[u8] = b"MSWinEventLog";

/// Positions of values, with their keys and ranks.
const POSITIONS: [(usize, FieldKey, u8); 7] = [
    (2, FieldKey::Channel, 8),
    (4, FieldKey::Time, 8),
    (5, FieldKey::Id, 9),
    (6, FieldKey::Provider, 9),
    (9, FieldKey::Level, 2),
    (10, FieldKey::Computer, 9),
    (11, FieldKey::Task, 1),
];

/// Position of the first of the event's own values.
const STRINGS: usize = 12;

/// Whether an event begins here. JSON after Snare's tags is not an event of Snare's.
pub(crate) fn begins(text: &[u8]) -> bool {
    match text.strip_prefix(TAG) {
        Some([b'\t', _, b'\t', after @ ..]) => !after.starts_with(b"{"),
        Some([b'\t', ..]) => true,
        // Servers may write a tab as its octal number.
        Some(rest) => rest.starts_with(TAB),
        None => false,
    }
}

const TAB: &[u8] = b"#011";

/// Reads the values of an event into a record.
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
    for (position, value) in values.enumerate() {
        if let Some((_, key, rank)) = POSITIONS.iter().find(|(at, _, _)| *at == position) {
            record.put(*key, *rank, owned(value));
        } else if position == 7 && value != b"N/A" {
            record.put(FieldKey::User, 1, owned(value));
        } else if position >= STRINGS && !value.is_empty() {
            // A value with the shape of a rendered message has priority over the first value.
            let rank = if rendered_message::find_script(value).is_some() { 9 } else { 8 };
            let message = match tabs && octal::is_escaped(value) {
                true => FieldValue::Plain(Cow::Owned(octal::unescape(value))),
                false => owned(value),
            };
            record.put(FieldKey::Message, rank, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::RecordLocation;
    use crate::source::record::TimeRules;

    #[test]
    fn an_event_begins_with_its_tag() {
        assert!(begins(b"MSWinEventLog\t1\tMicrosoft"));
        assert!(begins(b"MSWinEventLog#0111#011Microsoft"));
        for no in
            [&b"MSWinEventLog\t1\t{\"a\":1}"[..], b"MSWinEventLog 1", b"x\tMSWinEventLog\t1", b""]
        {
            assert!(!begins(no), "{}", String::from_utf8_lossy(no));
        }
    }

    #[test]
    fn values_are_read_by_position() {
        let line = "MSWinEventLog\t1\tChannel\t7\tSat Aug 08 06:13:52 2026\t4104\tProvider\tN/A\tN/A\tVerbose\tws1\tTask\t\t\
                    strings\tCreating Scriptblock text (1 of 1): Get-Date\t9\r\n";
        let tabs_as_numbers = line.replace('\t', "#011");
        for text in [line, &tabs_as_numbers] {
            let mut record = TextRecord::new(RecordLocation::default(), TimeRules::default());
            read(text.as_bytes(), &mut record);
            for (key, expected) in [
                (FieldKey::Channel, Some("Channel")),
                (FieldKey::Time, Some("Sat Aug 08 06:13:52 2026")),
                (FieldKey::Id, Some("4104")),
                (FieldKey::Provider, Some("Provider")),
                (FieldKey::User, None),
                (FieldKey::Level, Some("Verbose")),
                (FieldKey::Computer, Some("ws1")),
                (FieldKey::Message, Some("Creating Scriptblock text (1 of 1): Get-Date")),
            ] {
                assert_eq!(record.string(key).as_deref(), expected, "{key:?} of {text}");
            }
        }
    }
}
