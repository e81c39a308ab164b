//! Plaso's messages, and lists as Python writes them.
//!
//! ```text
//! [4104 / 0x1008] Provider identifier: {a0c1…} Source Name: Microsoft-Windows-PowerShell Strings: ['1', '1', 'Get-Date',
//! '14a5…', ''] Computer Name: ws1 Record Number: 7 Event Level: 5 Message string: Creating Scriptblock text (1 of 1): …
//! ```
//!
//! Earlier versions write the message string before the strings. Line ends are removed from the message string, but the
//! strings are escaped and exact.

use super::field_names::{FieldKey, UNNAMED_RANK, unnamed_key};
use super::record::TextRecord;
use super::value::FieldValue;
use memchr::memmem;
use std::borrow::Cow;

const STRINGS: &[u8] = b" Strings: [";
const MESSAGE: &[u8] = b" Message string: ";

/// Labels of values with their keys. The value of the last ends with the message.
const LABELS: [(&[u8], FieldKey); 6] = [
    (b" Provider identifier: ", FieldKey::Guid),
    (b" Source Name: ", FieldKey::Provider),
    (b" Computer Name: ", FieldKey::Computer),
    (b" Hostname: ", FieldKey::Computer),
    (b" Record Number: ", FieldKey::Record),
    (b" Event Level: ", FieldKey::Level),
];

/// Whether a text is a message of Plaso's about an event: it begins with the event's id in decimal and hexadecimal.
pub(super) fn is_message(text: &[u8]) -> bool {
    event_id(text).is_some()
}

/// Returns the event id that a message begins with, and the text after it.
fn event_id(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(b"[")?;
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (id, rest) = text.split_at_checked(digits)?;
    let rest = rest.strip_prefix(b" / 0x")?;
    let (number, rest) = rest.split_at_checked(memchr::memchr(b']', rest)?)?;
    let is_number = !number.is_empty() && number.iter().all(u8::is_ascii_hexdigit);
    (!id.is_empty() && is_number).then_some((id, rest.get(1..).unwrap_or_default()))
}

/// Reads the values of a message into a record.
pub(super) fn read(text: &[u8], record: &mut TextRecord<'_>) {
    let Some((id, rest)) = event_id(text) else { return };
    let owned = |value: &[u8]| FieldValue::Plain(Cow::Owned(value.to_vec()));
    record.put(FieldKey::Id, 9, owned(id));
    let strings = memmem::find(rest, STRINGS);
    let message = memmem::find(rest, MESSAGE);
    // The script, which may contain every label, is in the strings and in the message string.
    let is_message_first = message.is_some_and(|at| strings.is_none_or(|strings| at < strings));
    let strings = if is_message_first { memmem::rfind(rest, STRINGS) } else { strings };
    let begin = [strings, message].into_iter().flatten().min().unwrap_or(rest.len());
    put_labelled(rest.get(..begin).unwrap_or_default(), record);
    let list = strings.and_then(|at| list(rest.get(at + STRINGS.len() - 1..)?));
    let after = list.as_ref().map_or(rest.get(begin..), |(_, after)| Some(*after));
    let after = after.unwrap_or_default();
    if let Some((values, _)) = list.filter(|(values, _)| values.len() > 3) {
        for (at, value) in values.into_iter().enumerate() {
            if let Some(key) = unnamed_key(at) {
                record.put(key, UNNAMED_RANK, FieldValue::Plain(Cow::Owned(value)));
            }
        }
    } else if let Some(message) = message.and_then(|at| rest.get(at + MESSAGE.len()..)) {
        record.put(FieldKey::Message, u8::MAX, owned(message));
    }
    let end = memmem::find(after, MESSAGE).unwrap_or(after.len());
    put_labelled(after.get(..end).unwrap_or_default(), record);
}

/// Returns the length of the name before an event in the object of all events: `{"event_0": {`, then `"event_1": {`.
pub(super) fn object_name_len(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"{").unwrap_or(text).trim_ascii_start();
    let rest = rest.strip_prefix(b"\"event_")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = rest.get(digits..)?.strip_prefix(b"\"")?.trim_ascii_start();
    let rest = rest.strip_prefix(b":")?.trim_ascii_start();
    (digits > 0 && rest.starts_with(b"{")).then_some(text.len() - rest.len())
}

/// Puts the values after their labels.
fn put_labelled(text: &[u8], record: &mut TextRecord<'_>) {
    for (label, key) in LABELS {
        let Some(begin) = memmem::find(text, label).map(|at| at + label.len()) else { continue };
        let rest = text.get(begin..).unwrap_or_default();
        let next = LABELS.iter().filter_map(|(label, _)| memmem::find(rest, label)).min();
        let value = rest.get(..next.unwrap_or(rest.len())).unwrap_or_default().trim_ascii();
        record.put(key, 9, FieldValue::Plain(Cow::Owned(value.to_vec())));
    }
}

/// Reads a list of strings as Python writes it. Returns the strings and the text after the list.
pub(super) fn list(text: &[u8]) -> Option<(Vec<Vec<u8>>, &[u8])> {
    let mut rest = text.strip_prefix(b"[")?;
    let mut values = Vec::new();
    loop {
        rest = rest.trim_ascii_start();
        if let Some(after) = rest.strip_prefix(b"]") {
            return Some((values, after));
        }
        let (value, after) = string(rest.strip_prefix(b"u").unwrap_or(rest))?;
        values.push(value);
        rest = after.trim_ascii_start();
        rest = rest.strip_prefix(b",").unwrap_or(rest);
    }
}

/// Reads a string literal. Returns its value in WTF-8 and the text after it.
fn string(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (quote, mut rest) =
        text.split_first().filter(|(quote, _)| matches!(quote, b'\'' | b'"'))?;
    let mut value = Vec::new();
    loop {
        let at = memchr::memchr2(*quote, b'\\', rest)?;
        value.extend_from_slice(rest.get(..at)?);
        let (byte, after) = rest.get(at..)?.split_first()?;
        if byte == quote {
            return Some((value, after));
        }
        let (kind, after) = after.split_first()?;
        let digits = match kind {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            _ => 0,
        };
        match kind {
            b'n' => value.push(b'\n'),
            b'r' => value.push(b'\r'),
            b't' => value.push(b'\t'),
            _ if digits > 0 => {
                let number = std::str::from_utf8(after.get(..digits)?).ok()?;
                let number = u32::from_str_radix(number, 16).ok()?;
                match char::from_u32(number) {
                    Some(char) => value.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
                    None => value.extend_from_slice(&half_pair(number)?),
                }
            }
            other => value.push(*other),
        }
        rest = after.get(digits..)?;
    }
}

/// Returns half of a surrogate pair in WTF-8.
fn half_pair(unit: u32) -> Option<[u8; 3]> {
    let byte = |shift: u32| u8::try_from(unit >> shift & 0x3F).ok();
    (unit < 0x1_0000).then_some([0xED, 0x80 | byte(6)?, 0x80 | byte(0)?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::RecordLocation;
    use crate::source::record::TimeRules;

    fn values(text: &str, keys: &[FieldKey]) -> Vec<Option<String>> {
        let mut record = TextRecord::new(RecordLocation::default(), TimeRules::default());
        read(text.as_bytes(), &mut record);
        keys.iter().map(|key| record.string(*key)).collect()
    }

    #[test]
    fn a_message_has_the_values_of_its_event() {
        use FieldKey::{BlockId, Computer, Guid, Id, Level, Provider, Record, Text};
        let keys = [Id, Guid, Provider, Text, BlockId, Computer, Record, Level];
        let expected = ["4104", "{g}", "P n", "a\r\n'\\ Message string: b", "id", "ws1", "7", "5"];
        let expected = expected.map(|value| Some(value.to_owned()));
        let strings = r#"Strings: ['1', '1', "a\r\n'\\ Message string: b", 'id', '']"#;
        let names = "Record Number: 7 Event Level: 5";
        for text in [
            format!(
                "[4104 / 0x1008] Provider identifier: {{g}} Source Name: P n {strings} Hostname: ws1 {names} Message string: Creating Strings: ['9', '9', 'x', 'y', 'z']"
            ),
            format!(
                "[4104 / 0x1008] Provider identifier: {{g}} Source Name: P n {strings} Computer Name: ws1 {names}"
            ),
            format!(
                "[4104 / 0x1008] Provider identifier: {{g}} Source Name: P n Message string: Creating Strings: ['9', '9', 'x', 'y', 'z'] {strings} Computer Name: ws1 {names}"
            ),
        ] {
            assert_eq!(values(&text, &keys), expected, "{text}");
        }
    }

    #[test]
    fn without_strings_the_message_string_is_used() {
        let text = "[4104 / 0x1008] Source Name: P Message string: Creating x";
        assert_eq!(values(text, &[FieldKey::Message]), [Some("Creating x".to_owned())]);
        for no in ["[4104 / 0x]", "[x / 0x1]", "[4104]", "4104 / 0x1008] x", ""] {
            assert!(!is_message(no.as_bytes()), "{no}");
        }
    }

    #[test]
    fn the_object_of_all_events_is_skipped() {
        for (text, expected) in [
            ("{\"event_0\": {\"a\"", Some(12)),
            ("\"event_17\":{", Some(11)),
            ("{\"event_id\": {", None),
            ("{\"event_0\": 1", None),
            ("{\"event_\": {", None),
        ] {
            assert_eq!(object_name_len(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_list_is_read_as_python_writes_it() {
        let list = |text: &str| list(text.as_bytes()).map(|(values, _)| values);
        let expected = |values: &[&str]| {
            Some(values.iter().map(|value| value.as_bytes().to_vec()).collect::<Vec<_>>())
        };
        assert_eq!(list("[]"), expected(&[]));
        assert_eq!(list(r"['a\x41\u00e9\U0001f600', u'\t']x"), expected(&["aAé😀", "\t"]));
        assert_eq!(list(r"['\ud83d']"), Some(vec![vec![0xED, 0xA0, 0xBD]]));
        for no in ["", "[", "['a", "['a'", "[1]", r"['\x4']", r"['\uzzzz']"] {
            assert_eq!(list(no), None, "{no}");
        }
    }
}
