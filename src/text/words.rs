//! Numbers, sizes and times in words.

/// Returns a number with thousands separators: 26,627.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// Returns a count with its noun: 1 file, 3 files, 2 matches.
pub fn plural(value: u64, noun: &str) -> String {
    let ending = match value {
        1 => "",
        _ if noun.ends_with("ch") => "es",
        _ => "s",
    };
    format!("{} {noun}{ending}", count(value))
}

/// Returns a time as 2026-08-08 06:13:52.083 UTC, with the log's own digits.
pub fn moment(time: Option<&str>) -> String {
    match time {
        Some(time) => format!("{} UTC", time.replacen('T', " ", 1).trim_end_matches('Z')),
        None => "no time".to_owned(),
    }
}

/// Returns the time from one moment to another; the date of the second only if it differs.
pub(crate) fn period(first: Option<&str>, last: Option<&str>) -> String {
    let (Some(from), Some(to)) = (first, last) else { return moment(first.or(last)) };
    if from == to {
        return moment(first);
    }
    let from = from.replacen('T', " ", 1);
    let to = to.replacen('T', " ", 1);
    let (from, to) = (from.trim_end_matches('Z'), to.trim_end_matches('Z'));
    let to = match (from.get(..11), to.get(..11), to.get(11..)) {
        (Some(day), Some(other), Some(clock)) if day == other => clock,
        _ => to,
    };
    format!("{from} – {to} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_read_well() {
        assert_eq!(plural(26_627, "script block"), "26,627 script blocks");
        assert_eq!([plural(1, "match"), plural(2, "match")], ["1 match", "2 matches"]);
        assert_eq!([count(0), count(999), count(1_000)], ["0", "999", "1,000"]);
        let (a, b) = (Some("2026-08-08T06:13:52.083Z"), Some("2026-08-08T06:15:00Z"));
        assert_eq!(period(a, b), "2026-08-08 06:13:52.083 – 06:15:00 UTC");
        assert_eq!(period(a, a), "2026-08-08 06:13:52.083 UTC");
        assert_eq!(
            period(a, Some("2026-08-09T06:15:00Z")),
            "2026-08-08 06:13:52.083 – 2026-08-09 06:15:00 UTC"
        );
        assert_eq!(period(None, None), "no time");
    }
}
