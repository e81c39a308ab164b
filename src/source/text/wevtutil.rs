//! The output of `wevtutil qe /f:text`.
//!
//! ```text
//! Event[0]:
//!   Log Name: Microsoft-Windows-PowerShell/Operational
//!   Description:
//! Creating Scriptblock text (1 of 1): …
//! ```
//!
//! The names are English on every machine; the values are in the language of the machine.

use crate::source::field_names::FieldKey;
use crate::source::record::TextRecord;
use crate::source::value::FieldValue;
use memchr::memchr;
use std::borrow::Cow;

const KEYS: [(&[u8], FieldKey); 10] = [
    (b"Log Name", FieldKey::Channel),
    (b"Source", FieldKey::Provider),
    (b"Date", FieldKey::Time),
    (b"Event ID", FieldKey::Id),
    (b"Task", FieldKey::Task),
    (b"Level", FieldKey::Level),
    (b"Opcode", FieldKey::Opcode),
    (b"Keyword", FieldKey::Keywords),
    (b"User", FieldKey::User),
    (b"Computer", FieldKey::Computer),
];

/// Whether an event begins here. Expects at most [`START_BYTES`](crate::source::framing::START_BYTES) bytes.
pub(crate) fn begins(text: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(b"Event[") else { return false };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = rest.get(digits..).and_then(|rest| rest.strip_prefix(b"]")).unwrap_or_default();
    let rest = rest.strip_prefix(b":").unwrap_or(rest).trim_ascii_start();
    digits > 0 && rest.starts_with(b"Log Name: ")
}

/// Reads the values of an event into a record.
pub(super) fn read<'a>(text: &'a [u8], record: &mut TextRecord<'a>) {
    record.is_event_by_form = true;
    record.is_unescaped = true;
    let mut rest = text;
    while let Some(end) = memchr(b'\n', rest) {
        let (line, after) = rest.split_at_checked(end + 1).unwrap_or_default();
        rest = after;
        let line = line.trim_ascii();
        let Some((name, value)) = memchr(b':', line).and_then(|at| line.split_at_checked(at))
        else {
            continue;
        };
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if name == b"Description" {
            record.put(FieldKey::Message, 9, FieldValue::plain(rest));
            return;
        }
        if value.is_empty() || value == b"N/A" {
            continue;
        }
        match KEYS.iter().find(|(known, _)| *known == name) {
            Some((_, key)) => record.put(*key, 9, FieldValue::plain(value)),
            None => record.put_other(Cow::Borrowed(name), FieldValue::plain(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_begins_with_its_number_and_its_log() {
        assert!(begins(b"Event[0]\r\n  Log Name: Security\r\n"));
        assert!(begins(b"Event[12]:\n  Log Name: x"));
        for no in [&b"Event[0]"[..], b"Event[]\n  Log Name: x", b"Event[0] = Log Name", b"Events"] {
            assert!(!begins(no));
        }
    }
}
