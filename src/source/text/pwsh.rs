//! Script blocks in the system logs of Linux and macOS, where PowerShell 7 has no event log of its own.
//!
//! ```text
//! Mar  1 10:00:00 ws1 powershell[42]: (7.4.1:9:80) [ScriptBlock_Compile_Detail:ExecuteCommand.Create.Verbose] Creating
//! Scriptblock text (1 of 1):#012Get-Date#012#012ScriptBlock ID: …#012Path:
//! ```
//!
//! rsyslog writes control characters as octal numbers. journalctl indents the lines of a message below its beginning.
//! Others write the lines of a message unchanged; such a message ends before the next line with a header.

use super::octal::{is_escaped, unescape};
use super::syslog;
use crate::source::field_names::FieldKey;
use crate::source::framing::{self, FrameScan, START_BYTES};
use crate::source::record::TextRecord;
use crate::source::value::FieldValue;
use memchr::{memchr, memmem};
use std::borrow::Cow;

/// Name of the event in a message. A dot, the channel and the level follow its opcode.
const EVENT: &[u8] = b" [ScriptBlock_Compile_Detail:";

/// Whether a record begins here. Expects at most [`START_BYTES`] bytes.
pub(crate) fn begins(text: &[u8]) -> bool {
    let Some(at) = memmem::find(text, EVENT) else { return false };
    let before = text.get(..at).unwrap_or_default();
    let is_first_line = memchr(b'\n', before).is_none();
    is_first_line
        && before.ends_with(b")")
        && (before.starts_with(b"(") || syslog::is_dated(before))
}

/// Whether a message is PowerShell's about a script block.
pub(crate) fn is_message(text: &[u8]) -> bool {
    let begin = text.get(..START_BYTES).unwrap_or(text);
    begin.starts_with(b"(") && memmem::find(begin, EVENT).is_some()
}

/// Puts the values that a message of PowerShell's about a script block implies.
pub(crate) fn put_values(message: &[u8], record: &mut TextRecord<'_>) {
    if !is_message(message) {
        return;
    }
    record.put(FieldKey::Id, 9, FieldValue::plain(b"4104"));
    record.put(FieldKey::Provider, 9, FieldValue::plain(b"PowerShellCore"));
    let name = memmem::find(message, EVENT).and_then(|at| message.get(at..));
    let name = name.and_then(|name| name.get(..memchr(b']', name)?)).unwrap_or_default();
    let level = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    record.put(FieldKey::Level, 9, FieldValue::Plain(Cow::Owned(level.to_vec())));
}

/// Finds the end of a record: the next line with a header, or the end of its line if control characters are escaped.
pub(super) fn scan(text: &[u8], from: usize, is_last: bool) -> FrameScan {
    if let Some(found) = memchr(b'\n', text)
        && is_escaped(text.get(..=found).unwrap_or(text))
    {
        return FrameScan::End(found + 1);
    }
    framing::scan_lines(text, from, is_last, |line| {
        let is_enough = is_last || line.len() >= START_BYTES || memchr(b'\n', line).is_some();
        is_enough
            .then(|| header_len(line).is_some() || begins(line.get(..START_BYTES).unwrap_or(line)))
    })
}

/// Returns the length of a header: a time, a host and the name of a program, with a colon after it.
fn header_len(line: &[u8]) -> Option<usize> {
    let line = line.get(..START_BYTES).unwrap_or(line);
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if !syslog::is_dated(line) {
        return None;
    }
    let colon = memmem::find(line, b": ")?;
    let words = line.get(..colon)?.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    (3..=6).contains(&words.count()).then_some(colon + 2)
}

/// Reads the values of a record.
pub(super) fn read(text: &[u8], record: &mut TextRecord<'_>) {
    let header = if text.starts_with(b"(") { 0 } else { header_len(text).unwrap_or(0) };
    let (before, message) = text.split_at_checked(header).unwrap_or((b"", text));
    let message = match (is_escaped(message), indent(message)) {
        (true, _) => unescape(message.trim_ascii_end()),
        (false, 0) => message.to_vec(),
        (false, indent) => dedent(message, indent),
    };
    let owned = |value: &[u8]| FieldValue::Plain(Cow::Owned(value.to_vec()));
    let mut words = before.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).rev();
    let program = words.next().unwrap_or_default();
    let process = program.split(|byte| matches!(byte, b'[' | b']')).nth(1);
    if let Some(process) = process {
        record.put(FieldKey::Process, 9, owned(process));
    }
    if let Some(host) = words.next() {
        record.put(FieldKey::Computer, 9, owned(host));
        let time = before.get(..memmem::find(before, host).unwrap_or(0)).unwrap_or_default();
        let time = time.trim_ascii();
        let time = match memchr(b'>', time) {
            Some(end) if time.starts_with(b"<") => time.get(end + 1..).unwrap_or_default(),
            _ => time,
        };
        record.put(FieldKey::Time, 8, owned(time));
    }
    put_values(&message, record);
    record.put(FieldKey::Message, 9, FieldValue::Plain(Cow::Owned(message)));
}

/// Returns the number of spaces before every line but the first.
fn indent(message: &[u8]) -> usize {
    let lines = message.split(|byte| *byte == b'\n').skip(1).filter(|line| !line.is_empty());
    lines.map(|line| line.iter().take_while(|byte| **byte == b' ').count()).min().unwrap_or(0)
}

fn dedent(message: &[u8], indent: usize) -> Vec<u8> {
    let mut lines = message.split(|byte| *byte == b'\n');
    let mut plain = lines.next().unwrap_or_default().to_vec();
    for line in lines {
        plain.push(b'\n');
        plain.extend_from_slice(line.get(indent..).unwrap_or_default());
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::RecordLocation;
    use crate::source::framing::scan_at_every_cut;
    use crate::source::record::TimeRules;

    const NAME: &str = "(7.4.1:9:80) [ScriptBlock_Compile_Detail:ExecuteCommand.Create.Warning]";
    const ID: &str = "14a57037-b593-40eb-a758-561e555e760a";

    #[test]
    fn a_record_begins_with_a_header_or_with_its_message() {
        for header in [
            "",
            "Mar  1 10:00:00 h p[1]: ",
            "<15>Mar  1 10:00:00 h p: ",
            "2026-03-01T10:00:00Z h p[1]: ",
        ] {
            assert!(begins(format!("{header}{NAME} x").as_bytes()), "{header}");
        }
        for no in [format!("x {NAME}"), format!("Mar  1 10:00:00 h p[1]: x\n{NAME}"), String::new()]
        {
            assert!(!begins(no.as_bytes()), "{no}");
        }
    }

    #[test]
    fn a_message_is_read_in_each_form() {
        let lines = |separator: &str| {
            [
                "Creating Scriptblock text (1 of 1):",
                "a",
                "  b #x",
                "",
                &format!("ScriptBlock ID: {ID}"),
                "Path: ",
            ]
            .join(separator)
        };
        for (header, message) in [
            ("2026-03-01T10:00:00Z ws1 powershell[42]: ", lines("#012")),
            ("2026-03-01T10:00:00Z ws1 powershell[42]: ", lines("\n")),
            ("2026-03-01T10:00:00Z ws1 powershell[42]: ", lines("\n          ")),
        ] {
            let text = format!("{header}{NAME} {message}\nMar  1 10:00:00 ws1 sshd[7]: x\n");
            let FrameScan::End(end) = scan_at_every_cut(&text, || scan) else { panic!("{text}") };
            assert_eq!(
                text[end..].trim_ascii_start(),
                "Mar  1 10:00:00 ws1 sshd[7]: x\n".trim_ascii_start()
            );
            let mut record = TextRecord::new(RecordLocation::default(), TimeRules::default());
            read(&text.as_bytes()[..end], &mut record);
            for (key, expected) in [
                (FieldKey::Computer, "ws1"),
                (FieldKey::Process, "42"),
                (FieldKey::Time, "2026-03-01T10:00:00Z"),
                (FieldKey::Level, "Warning"),
                (FieldKey::Id, "4104"),
            ] {
                assert_eq!(record.string(key).as_deref(), Some(expected), "{text}");
            }
            let message = record.string(FieldKey::Message).unwrap();
            let script = crate::source::rendered_message::find_script(message.as_bytes()).unwrap();
            assert_eq!(script.text, b"a\n  b #x", "{text}");
        }
    }
}
