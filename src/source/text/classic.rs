//! Splunk's event text for Windows logs.
//!
//! ```text
//! 02/17/2022 02:15:47 AM       the time
//! LogName=Security             a `Key=Value` line for each value
//! Message=…                    the message, to the end of the event
//! ```

use crate::source::field_names::{self, FieldKey};
use crate::source::record::TextRecord;
use crate::source::timestamp::DateOrder;
use crate::source::value::FieldValue;
use memchr::memchr;
use std::borrow::Cow;

/// Reads the values of an event into a record.
pub(super) fn read<'a>(text: &'a [u8], record: &mut TextRecord<'a>) {
    record.is_event_by_form = true;
    record.is_unescaped = true;
    record.time_rules.date_order = DateOrder::MonthFirst;
    let (time, mut rest) = line(text);
    record.put(FieldKey::Time, 6, FieldValue::plain(time));
    while !rest.is_empty() {
        let (pair, after) = line(rest);
        let Some(equals) = memchr(b'=', pair) else {
            rest = after;
            continue;
        };
        let (name, value) = pair.split_at_checked(equals).unwrap_or_default();
        let value = value.get(1..).unwrap_or_default();
        if name == b"Message" {
            // The message extends to the end of the event, without the final line feed.
            let message = rest.get(equals + 1..).unwrap_or_default();
            record.put(
                FieldKey::Message,
                9,
                FieldValue::plain(message.strip_suffix(b"\n").unwrap_or(message)),
            );
            return;
        }
        match field_names::event_key(name) {
            Some(known) => {
                record.put_known(Cow::Borrowed(name), known, FieldValue::plain(value));
            }
            None => record.put_other(Cow::Borrowed(name), FieldValue::plain(value)),
        }
        rest = after;
    }
}

/// Splits off the first line, without its line end.
fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = match memchr(b'\n', text) {
        Some(end) => (text.get(..end), text.get(end + 1..)),
        None => (Some(text), None),
    };
    let line = line.unwrap_or_default();
    (line.strip_suffix(b"\r").unwrap_or(line), rest.unwrap_or_default())
}

/// Whether an event begins here: a line `MM/DD/YYYY hh:mm:ss AM`, then a `Key=Value` line.
pub(crate) fn begins(text: &[u8]) -> bool {
    // Called for every line: the first bytes rule out most of them.
    let Some(rest) = after_time(text) else { return false };
    let mut lines = rest.splitn(3, |byte| *byte == b'\n');
    let (Some(half), Some(first)) = (lines.next(), lines.next()) else { return false };
    let key = first.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    is_half(half.trim_ascii_end()) && key > 0 && first.get(key) == Some(&b'=')
}

/// Whether an event begins here whose time or first key is damaged: a short line with digits, then Splunk's keys.
pub(super) fn begins_damaged(text: &[u8]) -> bool {
    let Some(end) = memchr(b'\n', text.get(..DAMAGED_TIME_BYTES).unwrap_or(text)) else {
        return false;
    };
    let (time, rest) = text.split_at_checked(end + 1).unwrap_or_default();
    let second = memchr(b'\n', rest).and_then(|end| rest.get(end + 1..)).unwrap_or_default();
    let has_keys = rest.starts_with(b"LogName=")
        || second.starts_with(b"EventCode=")
        || second.starts_with(b"SourceName=");
    has_keys && time.iter().filter(|byte| byte.is_ascii_digit()).count() >= 6
}

/// Upper bound on bytes of a damaged time.
const DAMAGED_TIME_BYTES: usize = 48;

/// Strips a time with seconds.
fn after_time(text: &[u8]) -> Option<&[u8]> {
    let (time, rest) = text.split_first_chunk::<19>()?;
    let is_like = time.iter().zip(b"99/99/9999 99:99:99").all(|(byte, like)| match like {
        b'9' => byte.is_ascii_digit(),
        _ => byte == like,
    });
    is_like.then_some(rest)
}

/// Whether the text is an optional fraction of a second and `AM` or `PM`.
fn is_half(text: &[u8]) -> bool {
    let fraction = match text {
        [fraction @ .., b' ', b'A' | b'P', b'M'] => fraction,
        _ => return false,
    };
    match fraction {
        [] => true,
        [b'.', digits @ ..] => digits.len() <= 9 && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_with_a_damaged_time_begins_with_its_first_key() {
        assert!(begins_damaged(b"02/17/22 0\0:15:47 AM\r\nLogName=Security"));
        for no in [&b"02/17/2022 02:15:47 AM\nSourceName=x"[..], b"x\nLogName=x", b"123456", b""] {
            assert!(!begins_damaged(no));
        }
    }

    #[test]
    fn an_event_begins_with_its_time_and_a_key() {
        assert!(begins(b"02/17/2022 02:15:47 AM\nLogName=Security\nx"));
        assert!(begins(b"02/17/2022 02:15:47.123 PM\r\nLogName=Security"));
        for no in [
            &b"02/17/2022 02:15:47 AM\n"[..],
            b"02/17/2022 02:15:47 AM\nsome script",
            b"02/17/2022 02:15:47\nLogName=Security",
            b"2/17/2022 02:15:47 AM\nLogName=Security",
            b"",
        ] {
            assert!(!begins(no));
        }
    }
}
