//! Parses the times of text sources.

use crate::time::Time;

/// Order of day and month in dates such as `03/04/2020`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum DateOrder {
    /// The order of the United States.
    #[default]
    MonthFirst,
    /// The order of most other countries.
    DayFirst,
}

/// Parses a time and returns whether it has a zone. Accepts ISO 8601, `/Date(…)/`, seconds or milliseconds since
/// 1970, FILETIME, dates with the year at either end and `/`, `.` or `-` between, with or without `AM` and `PM`, and
/// the dates of Kibana and Snare.
pub(super) fn parse(text: &str, order: DateOrder) -> Option<(Time, bool)> {
    let text = text.trim();
    Time::parse(text)
        .or_else(|| parse_epoch(text).map(|time| (time, true)))
        .or_else(|| parse_civil(text, order))
        .or_else(|| parse_month_name(text))
}

/// The hour of a source's latest time. Logs are in order, so the next time usually has the same hour, and only its
/// minutes, seconds and fraction have to be parsed.
#[derive(Default)]
pub(super) struct HourCache {
    /// `YYYY-MM-DDThh:`
    text: [u8; 14],
    seconds: i64,
}

impl HourCache {
    /// Parses a time in this hour that ends in `Z`. Returns `None` for all others.
    pub(super) fn read(&self, text: &[u8]) -> Option<Time> {
        let (hour, rest) = text.split_first_chunk()?;
        if *hour != self.text {
            return None;
        }
        let (seconds, nanos, digits) = parse_within_hour(rest)?;
        Time::new(self.seconds + seconds, nanos, digits)
    }

    /// Stores the hour of a time that was parsed from this text.
    pub(super) fn remember(&mut self, text: &[u8], time: Time) {
        if let Some((hour, rest)) = text.split_first_chunk::<14>()
            && let [.., b'T', b'0'..=b'9', b'0'..=b'9', b':'] = hour
            && let Some((seconds, ..)) = parse_within_hour(rest)
        {
            *self = Self { text: *hour, seconds: time.seconds() - seconds };
        }
    }
}

/// Parses `mm:ss`, an optional fraction of up to nine digits, and `Z`. Returns seconds, nanoseconds and the number of
/// fraction digits.
fn parse_within_hour(text: &[u8]) -> Option<(i64, u32, u8)> {
    let ([a, b, b':', c, d], rest) = text.split_first_chunk()? else { return None };
    let digit = |byte: &u8| byte.checked_sub(b'0').filter(|digit| *digit < 10);
    let pair = |tens, ones| Some(digit(tens)? * 10 + digit(ones)?).filter(|number| *number < 60);
    let seconds = i64::from(pair(a, b)?) * 60 + i64::from(pair(c, d)?);
    let fraction = match rest.strip_suffix(b"Z")? {
        [] => return Some((seconds, 0, 0)),
        [b'.', fraction @ ..] if (1..=9).contains(&fraction.len()) => fraction,
        _ => return None,
    };
    let mut nanos = 0_u32;
    for byte in fraction {
        nanos = nanos * 10 + u32::from(digit(byte)?);
    }
    let missing = 9_u32.checked_sub(u32::try_from(fraction.len()).ok()?)?;
    Some((seconds, nanos * 10_u32.pow(missing), u8::try_from(fraction.len()).ok()?))
}

/// Returns the first two numbers of a date whose year is last: they decide between the orders. Returns `None` for a
/// date that has only one meaning, such as one with dots.
pub(super) fn ambiguous_numbers(text: &str) -> Option<(u32, u32)> {
    let (date, _) = split_date_clock(text.trim())?;
    let ((first, second, third), separator) = date_numbers(date)?;
    (separator != '.' && first.len() <= 2 && third.len() == 4)
        .then_some((first.parse().ok()?, second.parse().ok()?))
}

fn parse_epoch(text: &str) -> Option<Time> {
    if let Some(inner) = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/")) {
        let digits =
            inner.find(['+', '-']).filter(|at| *at > 0).map_or(inner, |at| inner.split_at(at).0);
        let millis: i64 = digits.parse().ok()?;
        let nanos = u32::try_from(millis.rem_euclid(1_000)).ok()? * 1_000_000;
        return Time::new(millis.div_euclid(1_000), nanos, 3);
    }
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !all_digits(seconds) || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match seconds.len() {
        9 | 10 => {
            let fraction = fraction.get(..9).unwrap_or(fraction);
            let digits = u8::try_from(fraction.len()).ok()?;
            let nanos = format!("{fraction:0<9}").parse().ok()?;
            Time::new(seconds.parse().ok()?, nanos, digits)
        }
        13 if fraction.is_empty() => {
            let millis: i64 = seconds.parse().ok()?;
            Time::new(millis / 1_000, u32::try_from(millis % 1_000).ok()? * 1_000_000, 3)
        }
        17 | 18 if fraction.is_empty() => Time::from_filetime(seconds.parse().ok()?),
        _ => None,
    }
}

fn parse_civil(text: &str, order: DateOrder) -> Option<(Time, bool)> {
    let (date, clock) = split_date_clock(text)?;
    let ((first, second, third), separator) = date_numbers(date)?;
    let number = |digits: &str| digits.parse::<u32>().ok();
    let (first, second, third) = match (first.len(), third.len()) {
        (4, 1 | 2) => (number(first)?, number(second)?, number(third)?),
        (1 | 2, 4) if separator == '.' || order == DateOrder::DayFirst => {
            (number(third)?, number(second)?, number(first)?)
        }
        (1 | 2, 4) => (number(third)?, number(first)?, number(second)?),
        _ => return None,
    };
    // `Time::parse` reads the zone, if there is one.
    let (clock, half) = split_half_day(clock);
    let zone_at = clock.find(['+', 'Z', 'z']).or_else(|| clock.rfind('-')).unwrap_or(clock.len());
    let (clock, zone) = clock.split_at_checked(zone_at)?;
    let clock = clock.trim();
    let mut parts = clock.splitn(3, [':', '.']);
    let hour = number(parts.next()?)?;
    let minute = number(parts.next()?)?;
    let rest = parts.next().unwrap_or("00");
    let hour = match half {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(false) => hour % 12,
        Some(true) => hour % 12 + 12,
    };
    let iso = format!(
        "{first:04}-{second:02}-{third:02}T{hour:02}:{minute:02}:{rest:0>2}{}",
        zone.trim()
    );
    Time::parse(&iso)
}

/// Parses Kibana's `Aug 8, 2026 @ 06:13:52.083` and Snare's `Sat Aug 08 06:13:52 2026`.
fn parse_month_name(text: &str) -> Option<(Time, bool)> {
    let (day, year, clock) = match text.split_once(" @ ") {
        Some((date, clock)) => date.split_once(", ").map(|(day, year)| (day, year, clock))?,
        None => {
            let (rest, year) = text.rsplit_once(' ')?;
            let (day, clock) = rest.rsplit_once(' ')?;
            (day.split_once(' ')?.1, year, clock)
        }
    };
    let (month, day) = day.split_once(' ')?;
    let day = day.trim_start();
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    if !all_digits(day) || !all_digits(year) {
        return None;
    }
    Time::parse(&format!("{year:0>4}-{month:02}-{day:0>2}T{clock}"))
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Splits a text into date and clock at a space, a comma or both.
fn split_date_clock(text: &str) -> Option<(&str, &str)> {
    // Hungarian and Korean dates have spaces between: `2020. 3. 4. 5:06:07`.
    let colon = text.find(':')?;
    let before = text.get(..colon)?.trim_end();
    let at = before.rfind([' ', ',', '\u{A0}', '\u{202F}'])?;
    let (date, clock) = text.split_at_checked(at)?;
    Some((
        date.trim_end_matches([' ', ',', '.']),
        clock.trim_start_matches([' ', ',', '\u{A0}', '\u{202F}']),
    ))
}

/// Splits a date into three numbers. Also returns the separator.
fn date_numbers(date: &str) -> Option<((&str, &str, &str), char)> {
    let separator = date.chars().find(|char| !char.is_ascii_digit())?;
    if !matches!(separator, '/' | '.' | '-') {
        return None;
    }
    let mut parts = date.splitn(3, separator).map(str::trim);
    let all = (parts.next()?, parts.next()?, parts.next()?);
    (all_digits(all.0) && all_digits(all.1) && all_digits(all.2)).then_some((all, separator))
}

/// Strips `AM` or `PM` from a clock. Also returns whether it is the second half of the day, if the clock says so.
fn split_half_day(clock: &str) -> (&str, Option<bool>) {
    let trimmed = clock.trim_end();
    let Some((rest, mark)) =
        trimmed.len().checked_sub(2).and_then(|at| trimmed.split_at_checked(at))
    else {
        return (clock, None);
    };
    if mark.eq_ignore_ascii_case("AM") {
        (rest.trim_end_matches([' ', '\u{A0}', '\u{202F}']), Some(false))
    } else if mark.eq_ignore_ascii_case("PM") {
        (rest.trim_end_matches([' ', '\u{A0}', '\u{202F}']), Some(true))
    } else {
        (clock, None)
    }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notations_of_exports_are_parsed() {
        for (text, order, expected) in [
            ("02/17/2022 02:15:47 AM", DateOrder::MonthFirst, "2022-02-17T02:15:47Z"),
            ("02/17/2022 12:15:47.123 AM", DateOrder::MonthFirst, "2022-02-17T00:15:47.123Z"),
            ("2/7/2022 12:15:47 PM", DateOrder::MonthFirst, "2022-02-07T12:15:47Z"),
            ("10/9/2020, 9:35:33.224 PM", DateOrder::MonthFirst, "2020-10-09T21:35:33.224Z"),
            ("2/7/2022 23:15", DateOrder::DayFirst, "2022-07-02T23:15:00Z"),
            ("24.11.2026 03:19:41", DateOrder::MonthFirst, "2026-11-24T03:19:41Z"),
            ("2026/11/24 3:19:41", DateOrder::MonthFirst, "2026-11-24T03:19:41Z"),
            ("2026. 11. 24. 3:19:41", DateOrder::MonthFirst, "2026-11-24T03:19:41Z"),
            ("24-11-2026 03:19:41", DateOrder::DayFirst, "2026-11-24T03:19:41Z"),
            ("24.11.2026 03.19.41", DateOrder::DayFirst, ""),
            ("2020-09-22 03:45:15.1234567", DateOrder::MonthFirst, "2020-09-22T03:45:15.1234567Z"),
            ("13/13/2022 02:15:47", DateOrder::MonthFirst, ""),
            ("02/17/2022 13:15:47 PM", DateOrder::MonthFirst, ""),
            ("Aug 8, 2026 @ 06:13:52.083", DateOrder::MonthFirst, "2026-08-08T06:13:52.083Z"),
            ("Dec 31, 1999 @ 23:59:59.000", DateOrder::DayFirst, "1999-12-31T23:59:59.000Z"),
            ("Sat Aug 08 06:13:52 2026", DateOrder::MonthFirst, "2026-08-08T06:13:52Z"),
            ("Sat Aug  8 06:13:52 2026", DateOrder::DayFirst, "2026-08-08T06:13:52Z"),
            ("Sat Aug 32 06:13:52 2026", DateOrder::MonthFirst, ""),
            ("Aug 32, 2026 @ 06:13:52.083", DateOrder::MonthFirst, ""),
            ("yesterday", DateOrder::MonthFirst, ""),
            ("", DateOrder::MonthFirst, ""),
        ] {
            let read = parse(text, order);
            let shown = read.map(|(time, _)| time.to_string()).unwrap_or_default();
            assert_eq!(shown, expected, "{text}");
            assert!(read.is_none_or(|(_, zone)| !zone), "{text}");
        }
    }

    #[test]
    fn epoch_counts_and_zones_give_utc() {
        for (text, expected) in [
            ("/Date(1583205166252)/", "2020-03-03T03:12:46.252Z"),
            ("1583205166", "2020-03-03T03:12:46Z"),
            ("1583205166.252", "2020-03-03T03:12:46.252Z"),
            ("1583205166252", "2020-03-03T03:12:46.252Z"),
            ("132276787662527661", "2020-03-03T03:12:46.2527661Z"),
            ("2022-02-17T02:15:47.000+0200", "2022-02-17T00:15:47.000Z"),
            ("2/17/2022 2:15:47 +02:00", "2022-02-17T00:15:47Z"),
        ] {
            let (time, zone) = parse(text, DateOrder::MonthFirst).unwrap();
            assert!(zone, "{text}");
            assert_eq!(time.to_string(), expected);
        }
    }

    #[test]
    fn only_dates_with_the_year_last_are_ambiguous() {
        assert_eq!(ambiguous_numbers("3/4/2020 1:02:03 AM"), Some((3, 4)));
        assert_eq!(ambiguous_numbers("2020/3/4 1:02:03"), None);
        assert_eq!(ambiguous_numbers("3.4.2020 1:02:03"), None);
        assert_eq!(ambiguous_numbers("2020-03-04 01:02:03"), None);
    }

    #[test]
    fn cached_hours_give_what_the_parser_gives() {
        let mut hour = HourCache::default();
        let (mut within, mut other) = (0, 0);
        for text in [
            "2024-03-05T06:07:08.1234567Z",
            "2024-03-05T06:07:08Z",
            "2024-03-05T06:59:59.999999999Z",
            "2024-03-05T06:00:00.5Z",
            "2024-03-05T06:60:00Z",
            "2024-03-05T06:07:60Z",
            "2024-03-05T06:07:08.Z",
            "2024-03-05T06:07:08.1234567891Z",
            "2024-03-05T06:07:08+01:00",
            "2024-03-05T06:07:08.12",
            "2024-03-05T06:07:0xZ",
            "2024-03-05T07:07:08Z",
            "2024-03-05T07:08:08.001Z",
            "2024-03-05 07:07:08Z",
            "2024-03-05 07:08:08Z",
            "1969-12-31T23:59:59.25Z",
            "1969-12-31T23:00:01Z",
            "2024-02-30T06:07:08Z",
            "",
        ] {
            let read = parse(text, DateOrder::default());
            let found = hour.read(text.as_bytes());
            if let Some(found) = found {
                let (time, has_zone) = read.unwrap();
                assert_eq!(
                    (found, found.fraction_digits(), true),
                    (time, time.fraction_digits(), has_zone),
                    "{text}"
                );
                within += 1;
            } else {
                other += 1;
            }
            if let Some((time, _)) = read {
                hour.remember(text.as_bytes(), time);
            }
        }
        assert_eq!((within, other), (5, 14));
    }
}
