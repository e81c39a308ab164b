//! Headers of syslog and similar protocols, followed on the same line by an event as JSON, XML or Snare's text.
//!
//! | header | form |
//! | --- | --- |
//! | RFC 3164, RFC 5424 | `<13>Mar  5 06:07:08 host app: …`, `<14>1 2024-03-05T06:07:08Z host app - - - …` |
//! | files of syslog servers | the same without `<13>`, with other date formats, with tabs |
//! | files of Fluentd | time, tag and JSON, separated by tabs |
//! | Snare | the machine's name and a tab |
//!
//! The header is skipped: the values of the event itself are used.

use super::snare;
use crate::source::xml;

/// Returns the length of the header that a line begins with, or `None` if it has none or carries no event. Expects at
/// most [`START_BYTES`](crate::source::framing::START_BYTES) bytes.
pub(crate) fn header(text: &[u8]) -> Option<usize> {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_dated = is_dated(line);
    (1..line.len()).find(|at| {
        let (before, event) = line.split_at_checked(*at).unwrap_or_default();
        // A byte order mark or Snare's tags may precede an event in JSON.
        if !matches!(before.last(), Some(b' ' | b'\t' | b':' | 0xBF)) {
            return false;
        }
        match event {
            [b'{', rest @ ..] => is_dated && rest.trim_ascii_start().starts_with(b"\""),
            [b'<', ..] => is_dated && xml::is_event(event),
            _ => snare::begins(event) && (is_dated || before.ends_with(b"\t")),
        }
    })
}

/// Whether a line begins with `<13>`, the number of facility and severity, or with a time.
pub(super) fn is_dated(line: &[u8]) -> bool {
    let digits = |text: &[u8], count| {
        text.get(..count).is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
    };
    match line {
        [b'<', rest @ ..] => {
            (1..=3).any(|count| digits(rest, count) && rest.get(count) == Some(&b'>'))
        }
        [b'0'..=b'9', ..] => {
            // Wazuh writes `2026 Mar 01 10:00:00`.
            digits(line, 4)
                && match line.get(4..) {
                    Some([b'-', _, _, b'-', ..]) => true,
                    Some([b' ', rest @ ..]) => is_month_and_time(rest),
                    _ => false,
                }
        }
        _ => is_month_and_time(line),
    }
}

/// Whether a text begins with a month, a day and a time: `Mar  1 10:00:00`.
fn is_month_and_time(text: &[u8]) -> bool {
    match text {
        [b'A'..=b'Z', b'a'..=b'z', b'a'..=b'z', b' ', day, b'0'..=b'9', b' ', rest @ ..] => {
            matches!(day, b' ' | b'0'..=b'3')
                && rest.get(..2).is_some_and(|hour| hour.iter().all(u8::is_ascii_digit))
                && rest.get(2) == Some(&b':')
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_ends_where_the_event_begins() {
        for before in [
            "<13>Mar  5 06:07:08 host ",
            "<14>1 2024-03-05T06:07:08.123456Z host app 42 - [meta sequenceId=\"1\"] \u{FEFF}",
            "Mar 15 06:07:08 host nxlog[12]: ",
            "Mar 15 06:07:08 host nxlog: @cee:",
            "2024-03-05T06:07:08+00:00\twinlog.tag\t",
            "2024-03-05 06:07:08\tLocal0.Debug\t10.0.0.1\t",
            "2024 Mar 05 06:07:08 (ws1) any->EventChannel ",
        ] {
            for event in
                ["{\"a\":1}", "{ \"a\":1}", "<Event xmlns='x'>", "<Event>", "MSWinEventLog\t1\tx"]
            {
                let line = format!("{before}{event}\n{{\"b\":2}}");
                assert_eq!(header(line.as_bytes()), Some(before.len()), "{line}");
            }
        }
        assert_eq!(header(b"host\tMSWinEventLog\t1\tx"), Some(5));
        assert_eq!(header(b"<13>Mar  5 06:07:08 h MSWinEventLog\t1\t{\"a\":1}"), Some(38));
    }

    #[test]
    fn lines_without_an_event_have_no_header() {
        for line in [
            "<13>Mar  5 06:07:08 host sshd[1]: Accepted publickey",
            "<13>Mar  5 06:07:08 host\n{\"a\":1}",
            "<Event xmlns='x'>",
            "{\"a\":1}",
            "foreach ($x in 1..3) { {\"a\"} }",
            "Write-Host MSWinEventLog\t1\tx",
            "2024 x {\"a\":1}",
            "May be {\"a\":1}",
            "<13>x={\"a\":1}",
            "",
        ] {
            assert_eq!(header(line.as_bytes()), None, "{line}");
        }
    }
}
