//! Points in time as logs write them: UTC, with as many fraction digits as the source has.
//!
//! The calendar is the proleptic Gregorian one, with Howard Hinnant's conversions between days and dates
//! (<https://howardhinnant.github.io/date_algorithms.html>).

use std::cmp::Ordering;
use std::fmt;

/// A point in time with up to nine fraction digits, and the number of digits that the source has.
///
/// ```
/// use scriptscope::internal::Time;
///
/// let (time, has_zone) = Time::parse("2020-03-03T04:11:06.25+01:00").unwrap();
/// assert!(has_zone);
/// assert_eq!(time.to_string(), "2020-03-03T03:11:06.25Z");
/// assert_eq!(time.to_epoch_string(), "1583205066.25");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Time {
    seconds: i64,
    nanos: u32,
    digits: u8,
}

impl Time {
    /// Creates a time from seconds since 1970 and nanoseconds, printed with `digits` fraction digits (at most nine).
    /// `None` outside the years 0 to 9999, which are all that ISO 8601 can write.
    pub fn new(seconds: i64, nanos: u32, digits: u8) -> Option<Self> {
        let is_writable = (-62_167_219_200..=253_402_300_799).contains(&seconds);
        (is_writable && nanos < 1_000_000_000 && digits <= 9).then_some(Self {
            seconds,
            nanos,
            digits,
        })
    }

    /// Creates a time from a Windows FILETIME: ticks of 100 ns since 1601.
    pub fn from_filetime(ticks: u64) -> Option<Self> {
        let seconds = i64::try_from(ticks / 10_000_000).ok()? - 11_644_473_600;
        let nanos = u32::try_from(ticks % 10_000_000).ok()? * 100;
        Self::new(seconds, nanos, 7)
    }

    /// Creates a time from a date (year, month, day) and a clock time (hour, minute, second). `None` if there is no such
    /// date or time.
    pub fn from_civil(
        date: (i64, u32, u32),
        clock: (u32, u32, u32),
        nanos: u32,
        digits: u8,
    ) -> Option<Self> {
        let (year, month, day) = date;
        let (hour, minute, second) = clock;
        let is_valid = (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        if !is_valid {
            return None;
        }
        let clock = i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second);
        Self::new(days_from_civil(year, month, day) * 86_400 + clock, nanos, digits)
    }

    /// Parses `YYYY-MM-DD`, `T` or a space, `hh:mm`, optionally `:ss` with a fraction after `.` or `,`, and an optional
    /// zone: `Z`, `UTC`, `GMT` or `±hh:mm`. Returns the time and whether it has a zone; without one it is taken as UTC. Fraction digits
    /// after the ninth are dropped.
    pub fn parse(text: &str) -> Option<(Self, bool)> {
        let mut rest = TimeCursor(text.trim().as_bytes());
        let year = rest.number(4)?;
        rest.expect(b"-")?;
        let month = rest.number(2)?;
        rest.expect(b"-")?;
        let day = rest.number(2)?;
        rest.expect(b"Tt ")?;
        let hour = rest.number(2)?;
        rest.expect(b":")?;
        let minute = rest.number(2)?;
        let (second, (nanos, digits)) = match rest.expect(b":") {
            Some(_) => (rest.number(2)?, rest.fraction()?),
            None => (0, (0, 0)),
        };
        let offset = rest.zone()?;
        let time =
            Self::from_civil((i64::from(year), month, day), (hour, minute, second), nanos, digits)?;
        Some((time.checked_add_seconds(-offset.unwrap_or(0))?, offset.is_some()))
    }

    /// Adds seconds, which may be negative. `None` outside the years 0 to 9999.
    pub fn checked_add_seconds(self, seconds: i64) -> Option<Self> {
        Self::new(self.seconds.checked_add(seconds)?, self.nanos, self.digits)
    }

    /// Returns the seconds since 1970, rounded down.
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// Returns the nanoseconds of the second.
    pub fn nanos(self) -> u32 {
        self.nanos
    }

    /// Returns the number of fraction digits that the source has.
    pub fn fraction_digits(self) -> u8 {
        self.digits
    }

    /// Returns the year, month and day.
    pub fn date(self) -> (i64, u32, u32) {
        civil_from_days(self.seconds.div_euclid(86_400))
    }

    /// Returns the hour, minute and second.
    pub fn clock(self) -> (u32, u32, u32) {
        let second = u32::try_from(self.seconds.rem_euclid(86_400)).unwrap_or(0);
        (second / 3_600, second / 60 % 60, second % 60)
    }

    /// Returns the seconds since 1970 in decimal, with the source's fraction digits, as Splunk prints `_time`.
    pub fn to_epoch_string(self) -> String {
        let (seconds, nanos) = match (self.seconds < 0, self.nanos) {
            (true, 1..) => (self.seconds + 1, 1_000_000_000 - self.nanos),
            _ => (self.seconds, self.nanos),
        };
        let sign = if self.seconds < 0 && seconds == 0 { "-" } else { "" };
        format!("{sign}{seconds}{}", Fraction(nanos, self.digits))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        let (hour, minute, second) = self.clock();
        let mut text = ShortText::default();
        text.number(u32::try_from(year).unwrap_or(0), 4);
        for (before, number) in
            [(b'-', month), (b'-', day), (b'T', hour), (b':', minute), (b':', second)]
        {
            text.push(before);
            text.number(number, 2);
        }
        text.fraction(self.nanos, self.digits);
        text.push(b'Z');
        f.write_str(text.as_str())
    }
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Time {}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Orders by the instant, then by the number of digits, so that which of two equal instants is chosen never depends on
/// input order.
impl Ord for Time {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.seconds, self.nanos, self.digits).cmp(&(other.seconds, other.nanos, other.digits))
    }
}

/// Formats `.` and the first digits of a nanosecond count.
struct Fraction(u32, u8);

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = ShortText::default();
        text.fraction(self.0, self.1);
        f.write_str(text.as_str())
    }
}

/// ASCII text of a time. A report has a million times, and `write!` takes twenty times as long for each.
#[derive(Default)]
struct ShortText {
    bytes: [u8; 32],
    length: usize,
}

impl ShortText {
    fn push(&mut self, byte: u8) {
        if let Some(free) = self.bytes.get_mut(self.length) {
            *free = byte;
            self.length += 1;
        }
    }

    /// Appends the last `width` digits of a number.
    fn number(&mut self, number: u32, width: u32) {
        let mut power = 10_u32.pow(width.saturating_sub(1));
        for _ in 0..width {
            self.push(b'0' + (number / power % 10) as u8);
            power = (power / 10).max(1);
        }
    }

    /// Appends `.` and the first digits of a nanosecond count; nothing for no digit.
    fn fraction(&mut self, nanos: u32, digits: u8) {
        let digits = u32::from(digits.min(9));
        if digits > 0 {
            self.push(b'.');
            self.number(nanos / 10_u32.pow(9 - digits), digits);
        }
    }

    fn as_str(&self) -> &str {
        let text = self.bytes.get(..self.length).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }
}

/// A cursor over fixed-width numbers.
struct TimeCursor<'a>(&'a [u8]);

impl TimeCursor<'_> {
    /// Reads a number of exactly `width` digits.
    fn number(&mut self, width: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(width)?;
        self.0 = rest;
        digits.iter().try_fold(0, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
        })
    }

    /// Reads one of the given bytes.
    fn expect(&mut self, any: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        any.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }

    /// Reads an optional fraction as nanoseconds and the number of its digits.
    fn fraction(&mut self) -> Option<(u32, u8)> {
        if self.expect(b".,").is_none() {
            return Some((0, 0));
        }
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return None;
        }
        let used = count.min(9);
        let value = TimeCursor(self.0).number(used)?;
        self.0 = self.0.get(count..)?;
        let nanos = value * 10_u32.pow(u32::try_from(9 - used).ok()?);
        Some((nanos, u8::try_from(used).ok()?))
    }

    /// Reads an optional zone up to the end, as seconds east of UTC. The inner `None` means that there is no zone.
    fn zone(&mut self) -> Option<Option<i64>> {
        match self.0 {
            b"" => return Some(None),
            b"Z" | b"z" | b" UTC" | b"UTC" | b" Z" | b" GMT" | b"GMT" => return Some(Some(0)),
            _ => {}
        }
        // Go writes the zone's name after its offset.
        if let Some(rest) = self.0.strip_suffix(b" UTC").or(self.0.strip_suffix(b" GMT")) {
            self.0 = rest;
        }
        let _ = self.expect(b" ");
        let sign = if self.expect(b"+-")? == b'+' { 1 } else { -1 };
        let hours = self.number(2)?;
        let _ = self.expect(b":");
        let minutes = if self.0.is_empty() { 0 } else { self.number(2)? };
        (self.0.is_empty() && hours < 24 && minutes < 60)
            .then(|| Some(sign * (i64::from(hours) * 3_600 + i64::from(minutes) * 60)))
    }
}

/// Returns the number of days in a month from 1 to 12.
fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the days since 1970-01-01. Years are counted from March, so that the leap day is the last of its year.
fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month = i64::from((month + 9) % 12);
    let day_of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Returns the year, month and day of a number of days since 1970-01-01.
fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, u32::try_from(month).unwrap_or(1), u32::try_from(day).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_stays_within_the_writable_years() {
        let (time, _) = Time::parse("9999-12-31T23:59:58Z").unwrap();
        assert_eq!(time.checked_add_seconds(1).unwrap().to_string(), "9999-12-31T23:59:59Z");
        assert_eq!(time.checked_add_seconds(2), None);
        assert_eq!(time.checked_add_seconds(i64::MAX), None);
        let before_1970 = Time::new(-1, 750_000_000, 2).unwrap();
        assert_eq!(before_1970.to_epoch_string(), "-0.25");
        assert_eq!((before_1970.date(), before_1970.clock()), ((1969, 12, 31), (23, 59, 59)));
    }

    #[test]
    fn prints_the_digits_that_it_parsed() {
        for text in [
            "2020-03-03T03:11:06Z",
            "2020-03-03T03:11:06.252Z",
            "2020-03-03T03:11:06.252766Z",
            "2020-03-03T03:11:06.2527661Z",
            "2020-02-29T23:59:59.252766100Z",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59.9Z",
        ] {
            let (time, zone) = Time::parse(text).unwrap();
            assert!(zone);
            assert_eq!(time.to_string(), text);
        }
    }

    #[test]
    fn zones_are_converted_and_their_absence_is_reported() {
        let read = |text| Time::parse(text).map(|(time, zone)| (time.to_string(), zone));
        assert_eq!(read("2020-09-22 03:45:15"), Some(("2020-09-22T03:45:15Z".into(), false)));
        assert_eq!(
            read("2020-09-22T03:45:15.5+02:30"),
            Some(("2020-09-22T01:15:15.5Z".into(), true))
        );
        assert_eq!(read("2020-01-01T00:00:00-0100"), Some(("2020-01-01T01:00:00Z".into(), true)));
        for bad in [
            "",
            "2020-13-01T00:00:00Z",
            "2019-02-29T00:00:00Z",
            "2020-01-01",
            "2020-01-01T00:00:00.Z",
            "2020-01-01T00:00:00 CET",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn filetimes_have_seven_fraction_digits() {
        let time = Time::from_filetime(132_276_787_662_527_661).unwrap();
        assert_eq!(time.to_string(), "2020-03-03T03:12:46.2527661Z");
        assert_eq!(time.to_epoch_string(), "1583205166.2527661");
        assert_eq!(Time::from_filetime(u64::MAX), None);
    }

    #[test]
    fn dates_of_a_thousand_years_round_trip() {
        for day in -200_000..200_000 {
            let (y, m, d) = civil_from_days(day);
            assert_eq!(days_from_civil(y, m, d), day);
        }
    }
}
