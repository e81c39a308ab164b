//! Times as searches write them: relative times such as `-24h@h`, and the range of `earliest=` and `latest=`.

use crate::search::values::calendar;
use crate::search::values::number;
use crate::time::Time;

/// The times from `earliest`, inclusive, to `latest`, exclusive unless it is the time of the newest event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// First time in the range.
    pub earliest: Option<TimeBound>,
    /// First time after the range.
    pub latest: Option<TimeBound>,
}

/// An end of a [`TimeRange`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeBound {
    /// A point in time.
    At(Time),
    /// A time relative to the newest event.
    Relative(RelativeTime),
}

/// A relative time such as `-7d@d`: steps that are applied to a given time in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelativeTime {
    steps: Vec<RelativeStep>,
    /// The text that it was parsed from.
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RelativeStep {
    Add(i64, TimeUnit),
    /// To the start of the unit.
    Snap(TimeUnit),
    /// To the start of the latest such weekday; 0 is Sunday.
    Weekday(i64),
}

/// A span of time such as `5m`, whose multiples since 1970 divide time into bins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeSpan {
    length: SpanLength,
    /// The text that it was parsed from.
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SpanLength {
    Nanos(i128),
    /// A divisor of a year.
    Months(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TimeUnit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// A part of a date or time, as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimePart {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// Day of the month, from 1.
    Day,
    /// Week of the year by ISO 8601, from 1.
    Week,
    /// Month of the year, from 1.
    Month,
    /// Year with its century.
    Year,
}

impl TimeRange {
    /// Whether an end is relative to the newest event.
    pub(crate) fn depends_on_now(&self) -> bool {
        [&self.earliest, &self.latest]
            .iter()
            .any(|bound| matches!(bound, Some(TimeBound::Relative(_))))
    }

    /// Whether `time` lies in the range. A relative end bounds nothing while `now` is unknown, nor does a `latest` that
    /// is not before `now`: no event is newer. An event without a time may lie in every range; the report counts such events.
    pub(crate) fn holds(&self, time: Option<Time>, now: Option<Time>) -> bool {
        let bound = |bound: &Option<TimeBound>| match bound {
            Some(TimeBound::At(time)) => Some(*time),
            Some(TimeBound::Relative(relative)) => relative.from(now?),
            None => None,
        };
        let is_relative = matches!(self.latest, Some(TimeBound::Relative(_)));
        let is_past = |latest: &Time| now.is_none_or(|now| is_before(*latest, now));
        let earliest = bound(&self.earliest);
        let latest = bound(&self.latest).filter(|latest| !is_relative || is_past(latest));
        match time {
            Some(time) => {
                earliest.is_none_or(|earliest| !is_before(time, earliest))
                    && latest.is_none_or(|latest| is_before(time, latest))
            }
            None => true,
        }
    }
}

impl TimePart {
    /// All parts.
    pub(crate) const ALL: [Self; 6] =
        [Self::Minute, Self::Hour, Self::Day, Self::Week, Self::Month, Self::Year];

    /// Returns the name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// Returns the least and the greatest value. Windows counts time from 1601.
    pub(crate) fn range(self) -> (u16, u16) {
        match self {
            Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::Day => (1, 31),
            Self::Week => (1, 53),
            Self::Month => (1, 12),
            Self::Year => (1601, 9999),
        }
    }

    /// Returns the part of the time, in UTC, that a text denotes: seconds since 1970 or an ISO 8601 time.
    pub(crate) fn of_text(self, text: &str) -> Option<String> {
        let time = parse_epoch(text).or_else(|| Time::parse(text).map(|(time, _)| time))?;
        let ((year, month, day), (hour, minute, _)) = (time.date(), time.clock());
        Some(match self {
            Self::Minute => minute.to_string(),
            Self::Hour => hour.to_string(),
            Self::Day => day.to_string(),
            Self::Week => calendar::iso_week(time).to_string(),
            Self::Month => month.to_string(),
            Self::Year => year.to_string(),
        })
    }
}

/// Compares instants: the number of digits that a source wrote does not count.
fn is_before(left: Time, right: Time) -> bool {
    (left.seconds(), left.nanos()) < (right.seconds(), right.nanos())
}

impl TimeBound {
    /// Parses seconds since 1970, `%m/%d/%Y:%H:%M:%S`, an ISO 8601 time or a relative time.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(time) = parse_epoch(text) {
            return Some(Self::At(time));
        }
        if let Some((time, _)) = Time::parse(text) {
            return Some(Self::At(time));
        }
        if let Some(time) = calendar::parse(text, "%m/%d/%Y:%H:%M:%S", None) {
            return Some(Self::At(time));
        }
        RelativeTime::parse(text).map(Self::Relative)
    }
}

impl std::fmt::Display for TimeBound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::At(time) => f.write_str(&time.to_epoch_string()),
            Self::Relative(relative) => f.write_str(&relative.text),
        }
    }
}

impl RelativeTime {
    /// Parses `now` or a chain of `±<number><unit>` and `@<unit>`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let original = text;
        let mut steps = Vec::new();
        let mut text = match text.strip_prefix("now") {
            Some(rest) => rest.strip_prefix("()").unwrap_or(rest),
            None if text.is_empty() => return None,
            None => text,
        };
        while let Some(sign) = text.chars().next() {
            text = text.get(1..).filter(|_| matches!(sign, '+' | '-' | '@'))?;
            let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, rest) = text.split_at_checked(digits)?;
            let letters =
                rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_lowercase()).len();
            let (unit, rest) = rest.split_at_checked(letters)?;
            text = rest;
            if sign == '@' {
                if let ("w", Some(day)) = (unit, weekday(rest)) {
                    text = rest.get(1..)?;
                    steps.push(RelativeStep::Weekday(day));
                } else {
                    steps.push(RelativeStep::Snap(
                        TimeUnit::parse(unit).filter(|_| number.is_empty())?,
                    ));
                }
            } else {
                if number.is_empty() && unit.is_empty() {
                    return None;
                }
                let count: i64 = if number.is_empty() { 1 } else { number.parse().ok()? };
                // Ten thousand years in seconds: a larger step leaves the range of times that can be printed.
                let count = Some(count).filter(|count| *count < 400_000_000_000)?;
                let unit = if unit.is_empty() { TimeUnit::Second } else { TimeUnit::parse(unit)? };
                steps.push(RelativeStep::Add(if sign == '-' { -count } else { count }, unit));
            }
        }
        Some(Self { steps, text: original.to_owned() })
    }

    /// Applies the steps to a time; `None` if the result is out of range.
    pub(crate) fn from(&self, now: Time) -> Option<Time> {
        self.steps.iter().try_fold(now, |time, step| match *step {
            RelativeStep::Add(count, unit) => unit.add(time, count),
            RelativeStep::Snap(unit) => unit.snap(time),
            RelativeStep::Weekday(day) => snap_weekday(time, day),
        })
    }
}

fn weekday(text: &str) -> Option<i64> {
    let digit = text.chars().next()?.to_digit(10)?;
    (digit <= 7).then_some(i64::from(digit % 7))
}

impl TimeSpan {
    /// Parses a number, 1 by default, and a unit, seconds by default. `None` for a span whose bins Splunk's manual does not
    /// define: of weeks, or of months that do not divide a year.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let unit = text.trim_start_matches(|char: char| char.is_ascii_digit());
        let count = text.get(..text.len() - unit.len())?;
        let count: u32 = if count.is_empty() { 1 } else { count.parse().ok()? };
        let count = i64::from(count);
        let nanos = |unit: i64| Some(SpanLength::Nanos(i128::from(count) * i128::from(unit)));
        let months = |unit: i64| {
            let months = count * unit;
            (months > 0 && 12 % months == 0).then_some(SpanLength::Months(months))
        };
        let length = match unit {
            "us" => nanos(1_000),
            "ms" => nanos(1_000_000),
            "cs" => nanos(10_000_000),
            "ds" => nanos(100_000_000),
            "" if text.is_empty() => None,
            "" => nanos(1_000_000_000),
            unit => match TimeUnit::parse(unit)? {
                TimeUnit::Second => nanos(1_000_000_000),
                TimeUnit::Minute => nanos(60_000_000_000),
                TimeUnit::Hour => nanos(3_600_000_000_000),
                TimeUnit::Day => nanos(86_400_000_000_000),
                TimeUnit::Week => None,
                TimeUnit::Month => months(1),
                TimeUnit::Quarter => months(3),
                TimeUnit::Year => months(12),
            },
        };
        let length = length.filter(|length| *length != SpanLength::Nanos(0))?;
        Some(Self { length, text: text.to_owned() })
    }

    /// Returns the length in seconds, if it is a whole number of them.
    pub(crate) fn seconds(&self) -> Option<u64> {
        match self.length {
            SpanLength::Nanos(nanos) if nanos % 1_000_000_000 == 0 => {
                u64::try_from(nanos / 1_000_000_000).ok()
            }
            _ => None,
        }
    }

    /// Returns the start of the span that a time is in, in UTC.
    pub(crate) fn start(&self, time: Time) -> Option<Time> {
        match self.length {
            SpanLength::Nanos(length) => {
                let nanos = i128::from(time.seconds()) * 1_000_000_000 + i128::from(time.nanos());
                let start = nanos.div_euclid(length) * length;
                let seconds = i64::try_from(start.div_euclid(1_000_000_000)).ok()?;
                let nanos = u32::try_from(start.rem_euclid(1_000_000_000)).ok()?;
                let (mut digits, mut shown) = (9, nanos);
                while digits > 0 && shown.is_multiple_of(10) {
                    (digits, shown) = (digits - 1, shown / 10);
                }
                Time::new(seconds, nanos, digits)
            }
            SpanLength::Months(length) => {
                let (year, month, _) = time.date();
                let month = (i64::from(month) - 1) / length * length + 1;
                Time::from_civil((year, u32::try_from(month).ok()?, 1), (0, 0, 0), 0, 0)
            }
        }
    }
}

impl std::fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl TimeUnit {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "s" | "sec" | "secs" | "second" | "seconds" => Self::Second,
            "m" | "min" | "mins" | "minute" | "minutes" => Self::Minute,
            "h" | "hr" | "hrs" | "hour" | "hours" => Self::Hour,
            "d" | "day" | "days" => Self::Day,
            "w" | "week" | "weeks" => Self::Week,
            "mon" | "month" | "months" => Self::Month,
            "q" | "qtr" | "qtrs" | "quarter" | "quarters" => Self::Quarter,
            "y" | "yr" | "yrs" | "year" | "years" => Self::Year,
            _ => return None,
        })
    }

    fn add(self, time: Time, count: i64) -> Option<Time> {
        let seconds = match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Week => 7 * 86_400,
            Self::Month => return add_months(time, count),
            Self::Quarter => return add_months(time, count.checked_mul(3)?),
            Self::Year => return add_months(time, count.checked_mul(12)?),
        };
        time.checked_add_seconds(count.checked_mul(seconds)?)
    }

    fn snap(self, time: Time) -> Option<Time> {
        let (year, month, day) = time.date();
        let (hour, minute, second) = time.clock();
        let at = |date, clock| Time::from_civil(date, clock, 0, 0);
        match self {
            Self::Second => at((year, month, day), (hour, minute, second)),
            Self::Minute => at((year, month, day), (hour, minute, 0)),
            Self::Hour => at((year, month, day), (hour, 0, 0)),
            Self::Day => at((year, month, day), (0, 0, 0)),
            Self::Week => snap_weekday(time, 0),
            Self::Month => at((year, month, 1), (0, 0, 0)),
            Self::Quarter => at((year, (month - 1) / 3 * 3 + 1, 1), (0, 0, 0)),
            Self::Year => at((year, 1, 1), (0, 0, 0)),
        }
    }
}

/// Adds months. The day of the month is kept, or becomes the last of a shorter month.
fn add_months(time: Time, count: i64) -> Option<Time> {
    let (year, month, day) = time.date();
    let months = year.checked_mul(12)?.checked_add(i64::from(month) - 1)?.checked_add(count)?;
    let (year, month) = (months.div_euclid(12), u32::try_from(months.rem_euclid(12)).ok()? + 1);
    (1..=day).rev().take(4).find_map(|day| {
        Time::from_civil((year, month, day), time.clock(), time.nanos(), time.fraction_digits())
    })
}

fn snap_weekday(time: Time, day: i64) -> Option<Time> {
    let midnight = TimeUnit::Day.snap(time)?;
    midnight.checked_add_seconds(-86_400 * (calendar::weekday(midnight) - day).rem_euclid(7))
}

/// Parses seconds since 1970; digits past the ninth after the point are dropped.
pub(crate) fn parse_epoch(text: &str) -> Option<Time> {
    number::Decimal::parse(text)?;
    let (integer, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = if integer.is_empty() { 0 } else { integer.parse().ok()? };
    let digits = fraction.len().min(9);
    let significant = fraction.get(..digits)?;
    let nanos: u32 = format!("{significant:0<9}").parse().ok()?;
    if integer.starts_with('-') && nanos > 0 {
        return Time::new(seconds - 1, 1_000_000_000 - nanos, u8::try_from(digits).ok()?);
    }
    Time::new(seconds, nanos, u8::try_from(digits).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_times_step_and_snap() {
        let now = Time::parse("2024-05-31T13:47:11.5Z").unwrap().0;
        for (text, time) in [
            ("now", "2024-05-31T13:47:11.5Z"),
            ("-24h", "2024-05-30T13:47:11.5Z"),
            ("-1d@d", "2024-05-30T00:00:00Z"),
            ("@h", "2024-05-31T13:00:00Z"),
            ("@w", "2024-05-26T00:00:00Z"),
            ("@w1", "2024-05-27T00:00:00Z"),
            ("-3mon", "2024-02-29T13:47:11.5Z"),
            ("-1y@y+2h", "2023-01-01T02:00:00Z"),
            ("+30", "2024-05-31T13:47:41.5Z"),
            ("@q", "2024-04-01T00:00:00Z"),
        ] {
            let relative = RelativeTime::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(relative.from(now).unwrap().to_string(), time, "{text}");
        }
        for bad in ["", "1d", "-1x", "@", "-", "--1d", "nowhere", "-9999999999999d", "@5d"] {
            assert!(RelativeTime::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn bounds_parse_in_all_forms() {
        for (text, time) in [
            ("1583205166.25", "2020-03-03T03:12:46.25Z"),
            ("03/03/2020:03:12:46", "2020-03-03T03:12:46Z"),
            ("2020-03-03T03:12:46Z", "2020-03-03T03:12:46Z"),
            ("-0.5", "1969-12-31T23:59:59.5Z"),
        ] {
            let Some(TimeBound::At(found)) = TimeBound::parse(text) else { panic!("{text}") };
            assert_eq!(found.to_string(), time);
        }
    }

    #[test]
    fn ranges_include_their_start_and_not_their_end() {
        let at = |text| parse_epoch(text).unwrap();
        let range =
            TimeRange { earliest: TimeBound::parse("100"), latest: TimeBound::parse("now") };
        assert!(range.holds(Some(at("100.0")), Some(at("200"))));
        assert!(!range.holds(Some(at("99.9")), None));
        assert!(range.holds(Some(at("500")), None));
        assert!(range.holds(None, None), "an event without a time may lie in every range");
        let range = TimeRange { latest: TimeBound::parse("200"), ..range };
        assert!(range.holds(Some(at("199.9")), Some(at("200"))));
        assert!(!range.holds(Some(at("200")), Some(at("200"))));
    }

    #[test]
    fn nothing_is_newer_than_now() {
        let at = |text| parse_epoch(text).unwrap();
        let holds = |latest, time| {
            let range = TimeRange { earliest: None, latest: TimeBound::parse(latest) };
            range.holds(Some(at(time)), Some(at("200")))
        };
        assert!(holds("now", "200"), "the newest event is not older than itself");
        assert!(holds("+1h", "200"));
        assert!(holds("-10s", "189.9"));
        assert!(!holds("-10s", "190"));
    }

    #[test]
    fn parts_of_times_are_numbers() {
        let time = "2024-01-07T15:04:05Z";
        for (part, number) in [
            (TimePart::Minute, "4"),
            (TimePart::Hour, "15"),
            (TimePart::Day, "7"),
            (TimePart::Week, "1"),
            (TimePart::Month, "1"),
            (TimePart::Year, "2024"),
        ] {
            assert_eq!(part.of_text(time).as_deref(), Some(number), "{part:?}");
        }
        assert_eq!(TimePart::Year.of_text("0").as_deref(), Some("1970"));
        assert_eq!(TimePart::Year.of_text("soon"), None);
    }
}
