//! Splunk's event text for Windows logs.
//!
//! ```text
//! 02/17/2022 02:15:47 AM       the time
//! LogName=Security             a `Key=Value` line for each value
//! Message=…                    the message, to the end of the event
//! ```

use crate::source::field_names::{self, FieldKey};
use crate::source::framing::START_BYTES;
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
    match is_heading(time) {
        // The time is missing.
        true => rest = text,
        false => record.put(FieldKey::Time, 6, FieldValue::plain(time)),
    }
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

/// Keys of the lines that every event begins with.
const HEADING: [&[u8]; 7] = [
    b"EventCode=",
    b"LogName=",
    b"SourceName=",
    b"EventType=",
    b"ComputerName=",
    b"RecordNumber=",
    b"TaskCategory=",
];

/// Upper bound on lines of a damaged heading before and with the line `EventCode=`.
const DAMAGED_LINES: usize = 8;

fn is_heading(line: &[u8]) -> bool {
    HEADING.iter().any(|key| line.starts_with(key))
}

/// Whether an event begins here whose time or first keys are damaged: a line with digits or a key, and the line
/// `EventCode=` and another key among the first ones. Expects at most [`START_BYTES`] bytes.
pub(crate) fn begins_damaged(text: &[u8]) -> bool {
    let lines = || text.split(|byte| *byte == b'\n').take(DAMAGED_LINES + 1);
    may_begin_damaged(text)
        && lines().any(|line| line.starts_with(b"EventCode=") || line.starts_with(b"SourceName="))
        && lines().filter(|line| is_heading(line)).count() >= 2
}

/// Whether the first line may be that of an event whose time or first keys are damaged.
pub(crate) fn may_begin_damaged(text: &[u8]) -> bool {
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let digits = first.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_time = first.first().is_some_and(u8::is_ascii_digit);
    digits >= if is_time { 2 } else { 6 } || is_heading(first)
}

/// Returns where the event begins whose line `EventCode=` begins at `code`, in text that begins with an event that has a
/// message before. Messages have line ends of two bytes, except after their last line; if they have not, the heading
/// begins with lines of the characters of a time.
pub(super) fn damaged_begin(text: &[u8], code: usize) -> Option<usize> {
    let mut begin = code;
    let mut is_open = true;
    let floor = code.saturating_sub(START_BYTES / 2);
    for _ in 1..DAMAGED_LINES {
        let before = text.get(..begin)?.strip_suffix(b"\n")?;
        if before.ends_with(b"\r") {
            // The line after it is the last one of the message.
            begin = memchr(b'\n', text.get(begin..code)?).map_or(begin, |end| begin + end + 1);
            is_open = false;
            break;
        }
        let line_at = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        if line_at < floor || line_at == 0 {
            break;
        }
        begin = line_at;
    }
    if is_open {
        begin = code;
        while let Some(before) = text.get(..begin)?.strip_suffix(b"\n") {
            let line_at = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
            let line = before.get(line_at..)?.trim_ascii_end();
            if line_at < floor || line_at == 0 || !(is_heading(line) || is_time_like(line)) {
                break;
            }
            begin = line_at;
        }
    }
    let start = text.get(begin..)?;
    begins_damaged(start.get(..START_BYTES).unwrap_or(start)).then_some(begin)
}

/// Whether a line has only characters of a time, or begins with a date.
fn is_time_like(line: &[u8]) -> bool {
    let is_date = line.get(..10).is_some_and(|date| {
        date.iter().enumerate().all(|(at, byte)| match at {
            2 | 5 => *byte == b'/',
            _ => byte.is_ascii_digit(),
        })
    });
    is_date || line.iter().all(|byte| b"0123456789/:. APM\0\"".contains(byte))
}

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
    fn an_event_with_a_damaged_heading_begins_before_its_keys() {
        for text in [
            "02/17/22 0\0:15:47 AM\nLogName=Security\nEventCode=1\n",
            "02/17/2022 02:\n15:47 AM\nLogName=Security\nEventCode=1\n",
            "02/17/2022 02:15:47 A\0\0LogName=Security\nEventCode=1\nEventType=4\n",
            "LogName=Security\nEventCode=1\n",
        ] {
            assert!(begins_damaged(text.as_bytes()), "{text}");
            for message in ["a\r\nPath: \n", "a\nPath: \n"] {
                let before = format!("02/17/2022 02:15:46 AM\nEventCode=2\nMessage={message}");
                let log = format!("{before}{text}");
                let code = log.rfind("EventCode").unwrap();
                assert_eq!(damaged_begin(log.as_bytes(), code), Some(before.len()), "{log}");
            }
        }
        for no in ["02/17/2022 02:15:47 AM\nSourceName=x", "x\nLogName=x", "123456", ""] {
            assert!(!begins_damaged(no.as_bytes()), "{no}");
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
