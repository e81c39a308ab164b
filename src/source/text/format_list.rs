//! The output of `Get-WinEvent | Format-List`.
//!
//! ```text
//! TimeCreated  : 3/5/2024 6:07:08 AM
//! Message      : Creating Scriptblock text (1 of 1):
//!                Get-Date
//! ```
//!
//! The colons are aligned, and longer values continue below their beginnings. PowerShell wraps lines at the width of
//! its window; wrapped values cannot be restored.

use crate::source::field_names::{self, FieldKey};
use crate::source::framing::{self, FrameScan};
use crate::source::record::TextRecord;
use crate::source::timestamp::{self, DateOrder};
use crate::source::value::FieldValue;
use memchr::memchr;
use std::borrow::Cow;

/// Number of bytes of a line that suffice to decide whether it begins a list.
const KEY_BYTES: usize = 64;

/// Whether a list begins here: a known key, padding, and a colon.
pub(crate) fn begins(text: &[u8]) -> bool {
    let text = text.get(..KEY_BYTES).unwrap_or(text);
    key(text).is_some_and(|(name, _)| field_names::event_key(name).is_some())
}

/// Returns the key that a line begins with, and the position of its value.
fn key(line: &[u8]) -> Option<(&[u8], usize)> {
    let colon = memchr(b':', line)?;
    let name = line.get(..colon)?.strip_suffix(b" ")?.trim_ascii_end();
    let is_name = !name.is_empty() && name.iter().all(u8::is_ascii_alphabetic);
    (is_name && matches!(line.get(colon + 1), Some(b' ' | b'\r' | b'\n') | None))
        .then_some((name, colon + 2))
}

/// Returns the first line up to its colon: the next list begins with the same bytes.
pub(super) fn prefix(text: &[u8]) -> Vec<u8> {
    let colon = memchr(b':', text).map_or(text.len(), |colon| colon + 1);
    text.get(..colon).unwrap_or_default().to_vec()
}

/// Finds the end of a list: the beginning of the next. Empty lines separate lists.
pub(super) fn scan(prefix: &[u8], text: &[u8], from: usize, is_last: bool) -> FrameScan {
    framing::scan_lines(text, from, is_last, |line| {
        (line.len() >= prefix.len()).then(|| line.starts_with(prefix))
    })
}

/// Reads the values of a list into a record.
pub(super) fn read(text: &[u8], record: &mut TextRecord<'_>) {
    let Some((_, column)) = key(text) else { return };
    record.is_unescaped = true;
    let mut pair: Option<(&[u8], Vec<u8>)> = None;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if let Some((name, begin)) = key(line)
            && begin == column
        {
            put(pair.take(), record);
            pair = Some((name, line.get(begin..).unwrap_or_default().to_vec()));
        } else if let Some((_, value)) = &mut pair {
            let indent = line.iter().take(column).take_while(|byte| **byte == b' ').count();
            value.extend_from_slice(line.get(indent..).unwrap_or_default());
        }
    }
    put(pair, record);
}

fn put(pair: Option<(&[u8], Vec<u8>)>, record: &mut TextRecord<'_>) {
    let Some((name, value)) = pair else { return };
    let known = field_names::event_key(name);
    let value = match known {
        Some((FieldKey::Message, _)) => value,
        Some((FieldKey::Time, _)) => time(value.trim_ascii()),
        _ => value.trim_ascii().to_vec(),
    };
    if value.is_empty() {
        return;
    }
    let value = FieldValue::Plain(Cow::Owned(value));
    match known {
        Some(known) => record.put_known(Cow::Owned(name.to_vec()), known, value),
        None => record.put_other(Cow::Owned(name.to_vec()), value),
    }
}

/// Converts a time to ISO 8601. In the formats of users, 12-hour clocks go with months first.
fn time(text: &[u8]) -> Vec<u8> {
    let shown = String::from_utf8_lossy(text);
    let upper = shown.to_ascii_uppercase();
    let orders = match upper.ends_with("AM") || upper.ends_with("PM") {
        true => [DateOrder::MonthFirst, DateOrder::DayFirst],
        false => [DateOrder::DayFirst, DateOrder::MonthFirst],
    };
    match orders.iter().find_map(|order| timestamp::parse(&shown, *order)) {
        Some((time, true)) => time.to_string().into_bytes(),
        Some((time, false)) => time.to_string().trim_end_matches('Z').as_bytes().to_vec(),
        None => text.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_begins_with_a_known_key_and_its_colon() {
        assert!(begins(b"TimeCreated  : 3/5/2024 6:07:08 AM\r\n"));
        assert!(begins(b"Message : x"));
        assert!(begins(b"Id          :\n"));
        for no in
            [&b"Message: x"[..], b"Anything  : x", b"The Message : x", b"", b" Id : 1", b"Id :x"]
        {
            assert!(!begins(no), "{}", String::from_utf8_lossy(no));
        }
    }

    #[test]
    fn times_are_read_in_the_users_form() {
        for (text, expected) in [
            ("3/5/2024 6:07:08 AM", "2024-03-05T06:07:08"),
            ("05/03/2024 06:07:08", "2024-03-05T06:07:08"),
            ("03/25/2024 06:07:08", "2024-03-25T06:07:08"),
            ("05.03.2024 06:07:08", "2024-03-05T06:07:08"),
            ("yesterday", "yesterday"),
        ] {
            assert_eq!(String::from_utf8(time(text.as_bytes())).unwrap(), expected);
        }
    }
}
