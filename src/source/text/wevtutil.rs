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

/// Whether an event begins here whose first lines are damaged: its number, or a key and two others after it. Expects at
/// most [`START_BYTES`](crate::source::framing::START_BYTES) bytes.
pub(crate) fn begins_damaged(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n');
    let is_first = |line: &[u8]| line.starts_with(b"Event[") || is_key_line(line);
    lines.next().is_some_and(is_first) && lines.filter(|line| is_key_line(line)).count() >= 2
}

/// Whether a line has one of the first keys: `  Source: …`.
fn is_key_line(line: &[u8]) -> bool {
    let keys: [&[u8]; 4] = [b"  Log Name: ", b"  Source: ", b"  Date: ", b"  Event ID: "];
    keys.iter().any(|key| line.starts_with(key))
}

/// Returns where the event begins whose line `Event ID` begins at `id`, after the description of another one.
pub(super) fn damaged_begin(text: &[u8], id: usize) -> usize {
    let mut begin = id;
    let mut at = id;
    for _ in 0..DAMAGED_LINES {
        let Some(before) = text.get(..at).and_then(|before| before.strip_suffix(b"\n")) else {
            break;
        };
        at = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        let line = before.get(at..).unwrap_or_default();
        if line.starts_with(b"Event[") || is_key_line(line) {
            begin = at;
        }
    }
    begin
}

/// Upper bound on lines of a damaged event before the line `Event ID`.
const DAMAGED_LINES: usize = 6;

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
        let damaged = "Event[0]:\r\n  Log Na\r\nme: x\r\n  Source: x\r\n  Event ID: 1\r\n";
        assert!(begins_damaged(damaged.as_bytes()));
        assert!(!begins_damaged(b"Event[0]:\r\n  Event ID: 1\r\n"));
        let log = format!("Event[0]:\r\n  Description:\r\nx\r\n\r\n{damaged}");
        let (begin, id) = (log.rfind("Event[").unwrap(), log.find("  Event ID").unwrap());
        assert_eq!(damaged_begin(log.as_bytes(), id), begin);
        for no in [&b"Event[0]"[..], b"Event[]\n  Log Name: x", b"Event[0] = Log Name", b"Events"] {
            assert!(!begins(no));
        }
    }
}
