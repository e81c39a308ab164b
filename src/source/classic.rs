//! Splunk's event text for Windows logs: a time, `Key=Value` lines, and the message last. What PowerShell shows of
//! events is text too, but another ([`list`]), as is Snare's ([`snare`]).

use super::frame::Scan;
use super::names::{self, Key};
use super::record::{Record, Value};
use super::{Format, heads, list, snare};
use memchr::memchr;
use std::borrow::Cow;

/// Follows an event from its first line: it ends where another event begins.
#[derive(Default)]
pub(super) struct Framer {
    /// What every list of PowerShell's begins with, in its text.
    list: Option<Vec<u8>>,
}

impl Framer {
    pub(super) fn scan(&mut self, text: &[u8], from: usize, last: bool) -> Scan {
        if from == 0 && self.list.is_none() && list::begins(text) {
            self.list = Some(list::prefix(text));
        }
        if let Some(prefix) = &self.list {
            return list::scan(prefix, text, from, last);
        }
        let mut at = from;
        loop {
            let Some(found) = memchr(b'\n', text.get(at..).unwrap_or_default()) else {
                return if last { Scan::End(text.len()) } else { Scan::More(text.len()) };
            };
            if snare::begins(text) {
                return Scan::End(at + found);
            }
            let line_at = at + found + 1;
            let line = text.get(line_at..).unwrap_or_default();
            if line.len() < heads::LOOK && !last {
                return Scan::More(at + found);
            }
            if matches!(heads::record(line), Some(Format::Classic | Format::Xml)) {
                return Scan::End(line_at);
            }
            at = line_at;
        }
    }
}

/// Puts the values of an event into a record.
pub(super) fn read<'a>(text: &'a [u8], record: &mut Record<'a>) {
    if list::begins(text) {
        return list::read(text, record);
    }
    if snare::begins(text) {
        return snare::read(text, record);
    }
    record.surely_event = true;
    let (time, mut rest) = line(text);
    record.put(Key::Time, 6, Value::plain(time));
    while !rest.is_empty() {
        let (pair, after) = line(rest);
        let Some(equals) = memchr(b'=', pair) else {
            rest = after;
            continue;
        };
        let (name, value) = pair.split_at_checked(equals).unwrap_or_default();
        let value = value.get(1..).unwrap_or_default();
        if name == b"Message" {
            // The message is the rest of the event, up to the line feed that ends it.
            let message = rest.get(equals + 1..).unwrap_or_default();
            record.put(
                Key::Message,
                9,
                Value::plain(message.strip_suffix(b"\n").unwrap_or(message)),
            );
            return;
        }
        match names::system(name) {
            Some((key, rank)) => record.put(key, rank, Value::plain(value)),
            None => record.put_named(Cow::Borrowed(name), Value::plain(value)),
        }
        rest = after;
    }
}

/// The first line without its end, and what follows it.
fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = match memchr(b'\n', text) {
        Some(end) => (text.get(..end), text.get(end + 1..)),
        None => (Some(text), None),
    };
    let line = line.unwrap_or_default();
    (line.strip_suffix(b"\r").unwrap_or(line), rest.unwrap_or_default())
}

/// Whether an event begins here: a line `MM/DD/YYYY hh:mm:ss AM`, then a `Key=Value` line.
pub(super) fn begins(text: &[u8]) -> bool {
    let mut lines = text.splitn(3, |byte| *byte == b'\n');
    let (Some(time), Some(first)) = (lines.next(), lines.next()) else { return false };
    let key = first.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    is_time(time.trim_ascii_end()) && key > 0 && first.get(key) == Some(&b'=')
}

fn is_time(line: &[u8]) -> bool {
    let shape = |text: &[u8], shape: &[u8]| {
        text.len() == shape.len()
            && text.iter().zip(shape).all(|(byte, like)| match like {
                b'9' => byte.is_ascii_digit(),
                _ => byte == like,
            })
    };
    let Some((time, half)) = line.split_at_checked(19) else { return false };
    let fraction = half.len().saturating_sub(3);
    let (fraction, half) = half.split_at_checked(fraction).unwrap_or_default();
    shape(time, b"99/99/9999 99:99:99")
        && matches!(half, b" AM" | b" PM")
        && match fraction {
            [] => true,
            [b'.', digits @ ..] => digits.len() <= 9 && digits.iter().all(u8::is_ascii_digit),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

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
