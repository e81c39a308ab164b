//! Splunk's event text for Windows logs: a time, `Key=Value` lines, and the message last.

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
