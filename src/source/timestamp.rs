//! Parses the times of text sources.

use crate::time::Time;

/// Order of day and month in dates such as `03/04/2020`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum DateOrder {
    /// Not known: each date decides by itself. A number above twelve is the day; else a 12-hour clock means the order of
    /// the United States, and a 24-hour clock that of most other countries.
    #[default]
    ByValue,
    /// The order of the United States.
    MonthFirst,
    /// The order of most other countries.
    DayFirst,
}

/// Parses a time and returns whether it has a zone. Accepts ISO 8601 (also without separators), `/Date(…)/`, counts of
/// seconds to nanoseconds since 1970, FILETIME, .NET ticks, WMI's times, dates with the year at either end and `/`, `.` or
/// `-` between, with or without `AM` and `PM`, and dates with the name of the month in English.
pub(super) fn parse(text: &str, order: DateOrder) -> Option<(Time, bool)> {
    let text = text.trim();
    Time::parse(text)
        .or_else(|| parse_compact(text))
        .or_else(|| parse_epoch(text).map(|time| (time, true)))
        .or_else(|| parse_civil(text, order))
        .or_else(|| parse_month_name(text))
}

/// Whether the order of day and month in this time was assumed: both numbers can be either, and they differ.
pub(super) fn is_order_assumed(text: &str, order: DateOrder) -> bool {
    order == DateOrder::ByValue
        && ambiguous_numbers(text)
            .is_some_and(|(first, second)| first <= 12 && second <= 12 && first != second)
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
    if text.len() <= 32
        && text.contains(['e', 'E'])
        && text.starts_with(|char: char| char.is_ascii_digit())
    {
        let number: f64 = text.parse().ok()?;
        return (number.is_finite() && number < 1e20)
            .then(|| parse_count(&format!("{number}")))
            .flatten();
    }
    parse_count(text)
}

/// Parses a count of seconds, milliseconds, microseconds or nanoseconds since 1970, a FILETIME, or .NET's ticks since the
/// year 1. The number of digits decides: each unit has its own from 1973 on.
fn parse_count(text: &str) -> Option<Time> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    if !all_digits(whole) || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: i64 = whole.parse().ok()?;
    let unit_digits: u8 = match whole.len() {
        9 | 10 => 0,
        12 | 13 => 3,
        15 | 16 => 6,
        17 | 18 if fraction.is_empty() && count < DOTNET_TICKS => {
            return Time::from_filetime(u64::try_from(count).ok()?);
        }
        18 if fraction.is_empty() => {
            let seconds = (count / 10_000_000).checked_sub(62_135_596_800)?;
            return Time::new(seconds, u32::try_from(count % 10_000_000).ok()? * 100, 7);
        }
        19 => 9,
        _ => return None,
    };
    let per_second = 10_i64.pow(unit_digits.into());
    // The fraction of a second: the last digits of the count, then the digits after the point.
    let digits = match unit_digits {
        0 => text.split_once('.').map_or("", |(_, digits)| digits).to_owned(),
        unit => format!("{:0unit$}{fraction}", count % per_second, unit = usize::from(unit)),
    };
    let digits = digits.get(..9).unwrap_or(&digits);
    let nanos = format!("{digits:0<9}").parse().ok()?;
    Time::new(count / per_second, nanos, u8::try_from(digits.len()).ok()?)
}

/// .NET's ticks of 100 ns count from the year 1. From the year 1585 on they exceed every FILETIME before 3185.
const DOTNET_TICKS: i64 = 500_000_000_000_000_000;

/// Parses `YYYYMMDD`, optionally `T`, `hhmmss`, a fraction, and a zone: ISO 8601's basic format, and that of WMI, whose
/// zone is in minutes (`20240531130009.123456+060`).
fn parse_compact(text: &str) -> Option<(Time, bool)> {
    let (date, rest) = text.split_at_checked(8)?;
    let (clock, rest) = rest.strip_prefix(['T', 't']).unwrap_or(rest).split_at_checked(6)?;
    // Milliseconds may follow without a point.
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count()),
        None if rest.len() == 3 && all_digits(rest) => (rest, ""),
        None => ("", rest),
    };
    if !all_digits(date) || !all_digits(clock) || !matches!(date.get(..2), Some("19" | "20")) {
        return None;
    }
    let zone = match rest.as_bytes() {
        [sign @ (b'+' | b'-'), minutes @ ..] if minutes.len() == 3 => {
            let minutes: u32 = rest.get(1..)?.parse().ok()?;
            format!("{}{:02}:{:02}", char::from(*sign), minutes / 60, minutes % 60)
        }
        _ => rest.to_owned(),
    };
    let point = if fraction.is_empty() { "" } else { "." };
    Time::parse(&format!(
        "{}-{}-{}T{}:{}:{}{point}{fraction}{zone}",
        date.get(..4)?,
        date.get(4..6)?,
        date.get(6..)?,
        clock.get(..2)?,
        clock.get(2..4)?,
        clock.get(4..)?,
    ))
}

fn parse_civil(text: &str, order: DateOrder) -> Option<(Time, bool)> {
    let (date, clock) = split_date_clock(text)?;
    let ((first, second, third), separator) = date_numbers(date)?;
    let number = |digits: &str| digits.parse::<u32>().ok();
    let (first, second, third) = match (first.len(), third.len()) {
        (4, 1 | 2) => (number(first)?, number(second)?, number(third)?),
        (1 | 2, 4) => {
            let (first, second) = (number(first)?, number(second)?);
            let is_day_first = match order {
                _ if separator == '.' => true,
                DateOrder::ByValue if first > 12 || second > 12 => first > 12,
                DateOrder::ByValue => split_half_day(clock).1.is_none(),
                order => order == DateOrder::DayFirst,
            };
            let (month, day) = if is_day_first { (second, first) } else { (first, second) };
            (number(third)?, month, day)
        }
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

/// Parses a date with the English name of the month: Kibana's `Aug 8, 2026 @ 06:13:52.083`, Snare's
/// `Sat Aug 08 06:13:52 2026`, `Fri, 31 May 2024 13:00:09 +0000`, `Friday, May 31, 2024 1:00:09 PM`,
/// `31/May/2024:13:00:09 +0000`.
fn parse_month_name(text: &str) -> Option<(Time, bool)> {
    if text.len() > 64 {
        return None;
    }
    let text = match text.get(..12) {
        // The log format of web servers.
        Some(date) if date.ends_with(':') && date.get(2..3) == Some("/") => {
            text.replacen(':', " ", 1)
        }
        _ => text.to_owned(),
    };
    let (mut month, mut day, mut year, mut clock, mut zone) = (None, None, None, None, None);
    let (mut clock_end, mut half) = ("", None);
    // A sign begins a zone only after the clock.
    let date_end = text.find(':').unwrap_or(text.len());
    let (date, rest) = text.split_at(date_end);
    let date = date.replace(['/', '-'], " ");
    let text = format!("{date}{rest}");
    for word in text.split([' ', ',', '@', '\u{A0}', '\u{202F}']).filter(|word| !word.is_empty()) {
        let short = word.get(..3).unwrap_or(word);
        match word {
            _ if clock.is_none() && word.contains(':') => {
                let end = word.find(|char: char| !(char.is_ascii_digit() || ":.".contains(char)));
                let (time, end) = word.split_at(end.unwrap_or(word.len()));
                (clock, clock_end) = (Some(time), end);
            }
            "AM" | "am" => half = Some("AM"),
            "PM" | "pm" => half = Some("PM"),
            "UTC" | "GMT" | "Z" => zone = zone.or(Some("Z")),
            _ if clock.is_some() && word.starts_with(['+', '-']) => zone = Some(word),
            _ if all_digits(word) && word.len() == 4 && year.is_none() => year = Some(word),
            _ if all_digits(word) && word.len() <= 2 && day.is_none() => day = Some(word),
            _ if month.is_none() && MONTHS.contains(&short) => {
                month = MONTHS.iter().position(|name| *name == short);
            }
            _ if DAYS.contains(&short) => {}
            _ => return None,
        }
    }
    let half = half.map_or(clock_end.to_owned(), |half| format!(" {half}"));
    let zone = zone.unwrap_or_default();
    let numbers = format!("{}/{}/{}", year?, month? + 1, day?);
    parse_civil(&format!("{numbers} {}{half}{zone}", clock?), DateOrder::MonthFirst)
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

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
            ("24/4/2024 3:19:41", DateOrder::ByValue, "2024-04-24T03:19:41Z"),
            ("4/24/2024 13:19:41", DateOrder::ByValue, "2024-04-24T13:19:41Z"),
            ("3/4/2024 3:19:41 PM", DateOrder::ByValue, "2024-03-04T15:19:41Z"),
            ("3/4/2024 15:19:41", DateOrder::ByValue, "2024-04-03T15:19:41Z"),
            ("20240531130009", DateOrder::ByValue, "2024-05-31T13:00:09Z"),
            ("20240531T130009", DateOrder::ByValue, "2024-05-31T13:00:09Z"),
            ("20240531130009123", DateOrder::ByValue, "2024-05-31T13:00:09.123Z"),
            ("May 31, 2024 1:00:09 PM", DateOrder::ByValue, "2024-05-31T13:00:09Z"),
            ("Friday, May 31, 2024 1:00:09 PM", DateOrder::ByValue, "2024-05-31T13:00:09Z"),
            ("Friday, 31 May 2024 13:00:09", DateOrder::ByValue, "2024-05-31T13:00:09Z"),
            ("31-May-2024 13:00:09", DateOrder::ByValue, "2024-05-31T13:00:09Z"),
            ("2024-W22-5T13:00:09", DateOrder::ByValue, ""),
            ("31 Foo 2024 13:00:09", DateOrder::ByValue, ""),
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
            ("637188019662527661", "2020-03-03T03:12:46.2527661Z"),
            ("1583205166252.0", "2020-03-03T03:12:46.252Z"),
            ("1583205166252.766", "2020-03-03T03:12:46.252766Z"),
            ("1583205166252766", "2020-03-03T03:12:46.252766Z"),
            ("1583205166252766100", "2020-03-03T03:12:46.252766100Z"),
            ("1583205166.2527661", "2020-03-03T03:12:46.2527661Z"),
            ("1.583205166E9", "2020-03-03T03:12:46Z"),
            ("1.583205166252e+12", "2020-03-03T03:12:46.252Z"),
            ("20240531T130009Z", "2024-05-31T13:00:09Z"),
            ("20240531130009.123456+120", "2024-05-31T11:00:09.123456Z"),
            ("20240531130009.123456-300", "2024-05-31T18:00:09.123456Z"),
            ("Fri, 31 May 2024 13:00:09 +0200", "2024-05-31T11:00:09Z"),
            ("Fri, 31 May 2024 13:00:09 GMT", "2024-05-31T13:00:09Z"),
            ("31/May/2024:13:00:09 +0000", "2024-05-31T13:00:09Z"),
            ("2024-05-31T13:00Z", "2024-05-31T13:00:00Z"),
            ("2024-05-31 13:00:09.5 +0000 UTC", "2024-05-31T13:00:09.5Z"),
            ("2024-05-31 13:00:09 GMT", "2024-05-31T13:00:09Z"),
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
