//! `strftime` and `strptime` in UTC, with the directives that Splunk documents.

use crate::time::Time;
use std::fmt::Write;

const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Returns the day of the week; 0 is Sunday.
pub(crate) fn weekday(time: Time) -> i64 {
    // 1970-01-01 was a Thursday.
    (time.seconds().div_euclid(86_400) + 4).rem_euclid(7)
}

/// Returns the week of the year by ISO 8601: week 1 contains the year's first Thursday.
pub(crate) fn iso_week(time: Time) -> i64 {
    let thursday = time.checked_add_seconds(86_400 * (4 - (weekday(time) + 6).rem_euclid(7) - 1));
    thursday.map_or(1, |thursday| (day_of_year(thursday) - 1) / 7 + 1)
}

fn day_of_year(time: Time) -> i64 {
    let (year, ..) = time.date();
    let first = Time::from_civil((year, 1, 1), (0, 0, 0), 0, 0).map_or(0, Time::seconds);
    (time.seconds() - first).div_euclid(86_400) + 1
}

/// Formats a time. Unknown directives are copied.
pub(crate) fn format(time: Time, format: &str) -> String {
    let mut text = String::with_capacity(2 * format.len());
    let mut chars = format.chars();
    let civil = (time.date(), time.clock());
    while let Some(char) = chars.next() {
        if char != '%' {
            text.push(char);
            continue;
        }
        let Some(mut letter) = chars.next() else {
            text.push('%');
            break;
        };
        let mut digits = None;
        if let Some(digit) = letter.to_digit(10) {
            digits = Some(digit);
            letter = chars.next().unwrap_or('%');
        }
        let padded = letter != '-';
        if !padded {
            letter = chars.next().unwrap_or('%');
        }
        let mut colons = 0;
        while letter == ':' {
            colons += 1;
            letter = chars.next().unwrap_or('%');
        }
        if colons > 0 && letter == 'z' {
            text.push_str(if colons == 1 { "+00:00" } else { "+00:00:00" });
            continue;
        }
        if colons > 0 || !directive(&mut text, (time, civil), letter, padded, digits) {
            text.push('%');
            text.extend(digits.and_then(|digit| char::from_digit(digit, 10)));
            text.extend(std::iter::repeat_n(':', colons));
            text.push(letter);
        }
    }
    text
}

/// A date (year, month, day) and a clock time (hour, minute, second).
type Civil = ((i64, u32, u32), (u32, u32, u32));

/// Appends one directive; returns `false` for an unknown one.
fn directive(
    text: &mut String,
    (time, civil): (Time, Civil),
    letter: char,
    padded: bool,
    digits: Option<u32>,
) -> bool {
    let ((year, month, day), (hour, minute, second)) = civil;
    let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
    let two = |text: &mut String, number: u32| {
        // Without `write!`: most times of a report pass here.
        if padded || number > 9 {
            text.extend(char::from_digit(number / 10, 10));
        }
        text.extend(char::from_digit(number % 10, 10));
    };
    let name = |text: &mut String, names: &[&str], index: i64, short: bool| {
        let name = usize::try_from(index).ok().and_then(|index| names.get(index)).copied();
        let name = name.unwrap_or_default();
        text.push_str(if short { name.get(..3).unwrap_or(name) } else { name });
    };
    let subseconds = |text: &mut String, digits: u32| {
        let nanos = format!("{:09}", time.nanos());
        text.push_str(nanos.get(..digits.clamp(1, 9) as usize).unwrap_or(&nanos));
    };
    let _ = match letter {
        'Y' => {
            let year = u32::try_from(year).unwrap_or(0);
            for digits in [year / 100 % 100, year % 100] {
                text.extend(
                    [digits / 10, digits % 10]
                        .iter()
                        .filter_map(|digit| char::from_digit(*digit, 10)),
                );
            }
            Ok(())
        }
        'y' => {
            two(text, u32::try_from(year.rem_euclid(100)).unwrap_or(0));
            Ok(())
        }
        'm' | 'd' | 'H' | 'I' | 'M' | 'S' => {
            let number = match letter {
                'm' => month,
                'd' => day,
                'H' => hour,
                'I' => hour12,
                'M' => minute,
                _ => second,
            };
            two(text, number);
            Ok(())
        }
        'e' => write!(text, "{day:2}"),
        'k' => write!(text, "{hour:2}"),
        'l' => write!(text, "{hour12:2}"),
        'j' => write!(text, "{:03}", day_of_year(time)),
        'p' => write!(text, "{}", if hour < 12 { "AM" } else { "PM" }),
        'a' | 'A' => {
            name(text, &DAYS, weekday(time), letter == 'a');
            Ok(())
        }
        'b' | 'h' | 'B' => {
            name(text, &MONTHS, i64::from(month) - 1, letter != 'B');
            Ok(())
        }
        'u' => write!(text, "{}", (weekday(time) + 6).rem_euclid(7) + 1),
        'w' => write!(text, "{}", weekday(time)),
        'V' => write!(text, "{:02}", iso_week(time)),
        'U' => write!(text, "{:02}", (day_of_year(time) + 6 - weekday(time)) / 7),
        'F' => write!(text, "{year:04}-{month:02}-{day:02}"),
        'D' => write!(text, "{month:02}/{day:02}/{:02}", year.rem_euclid(100)),
        'T' => write!(text, "{hour:02}:{minute:02}:{second:02}"),
        'R' => write!(text, "{hour:02}:{minute:02}"),
        'X' => write!(text, "{hour:02}:{minute:02}:{second:02}"),
        'x' => write!(text, "{month:02}/{day:02}/{year:04}"),
        'c' | '+' => {
            let zone = if letter == '+' { " %Z" } else { "" };
            text.push_str(&format(time, &format!("%a %b %e %H:%M:%S{zone} %Y")));
            Ok(())
        }
        's' => write!(text, "{}", time.seconds()),
        'Z' => write!(text, "UTC"),
        'z' => write!(text, "+0000"),
        'N' | 'Q' | 'f' => {
            let default = match letter {
                'f' => 6,
                'N' => 9,
                _ => 3,
            };
            subseconds(text, digits.unwrap_or(default));
            Ok(())
        }
        'n' | 't' | '%' => {
            text.push(match letter {
                'n' => '\n',
                't' => '\t',
                _ => '%',
            });
            Ok(())
        }
        _ => return false,
    };
    true
}

/// Parses a time in a format; `None` if the text does not have that format. Without a zone it is UTC. A clock time
/// without a date is completed with the date of `now`, a day without a year with its year.
pub(crate) fn parse(text: &str, format: &str, now: Option<Time>) -> Option<Time> {
    let mut parsed = TimeParser { rest: text, ..TimeParser::default() };
    parsed.format(format)?;
    if !parsed.rest.is_empty() {
        return None;
    }
    if let Some(seconds) = parsed.epoch {
        return Time::new(seconds, parsed.nanos, parsed.digits);
    }
    let hour = match parsed.afternoon {
        Some(afternoon) => parsed.hour % 12 + if afternoon { 12 } else { 0 },
        None => parsed.hour,
    };
    let today = || now.map(Time::date);
    let (year, month, day) = match (parsed.year, parsed.month, parsed.day) {
        (None, None, None) if parsed.has_hour => today()?,
        (None, Some(month), Some(day)) => (today()?.0, month, day),
        (year, month, day) => (year?, month?, day?),
    };
    let time = Time::from_civil(
        (year, month, day),
        (hour, parsed.minute, parsed.second),
        parsed.nanos,
        parsed.digits,
    )?;
    time.checked_add_seconds(-parsed.offset)
}

/// The parts of a time that have been parsed, and the remaining text.
#[derive(Default)]
struct TimeParser<'a> {
    rest: &'a str,
    year: Option<i64>,
    month: Option<u32>,
    day: Option<u32>,
    /// Whether an hour was parsed.
    has_hour: bool,
    hour: u32,
    minute: u32,
    second: u32,
    nanos: u32,
    digits: u8,
    afternoon: Option<bool>,
    offset: i64,
    epoch: Option<i64>,
}

impl TimeParser<'_> {
    fn format(&mut self, format: &str) -> Option<()> {
        let mut chars = format.chars();
        while let Some(char) = chars.next() {
            if char.is_whitespace() {
                self.rest = self.rest.trim_start();
            } else if char != '%' {
                self.rest = self.rest.strip_prefix(char)?;
            } else {
                let mut letter = chars.next()?;
                while letter.is_ascii_digit() || matches!(letter, '-' | ':') {
                    letter = chars.next()?;
                }
                self.directive(letter)?;
            }
        }
        Some(())
    }

    fn directive(&mut self, letter: char) -> Option<()> {
        match letter {
            'Y' => self.year = Some(i64::from(self.number(4)?)),
            'y' => {
                let year = i64::from(self.number(2)?);
                self.year = Some(if year < 69 { 2_000 + year } else { 1_900 + year });
            }
            'm' => self.month = Some(self.number(2)?),
            'd' | 'e' => {
                self.rest = self.rest.trim_start();
                self.day = Some(self.number(2)?);
            }
            'H' | 'I' | 'k' | 'l' => {
                self.rest = self.rest.trim_start();
                self.hour = self.number(2)?;
                self.has_hour = true;
            }
            'M' => self.minute = self.number(2)?,
            'S' => self.second = self.number(2)?,
            'p' => {
                self.afternoon = Some(self.name(&["AM", "PM"], false)? == 1);
            }
            'b' | 'B' | 'h' => {
                let month = match self.name(&MONTHS, false) {
                    Some(month) => month,
                    None => self.name(&MONTHS, true)?,
                };
                self.month = Some(u32::try_from(month).ok()? + 1);
            }
            'a' | 'A' => {
                let _ = match self.name(&DAYS, false) {
                    Some(day) => day,
                    None => self.name(&DAYS, true)?,
                };
            }
            'F' => self.format("%Y-%m-%d")?,
            'T' | 'X' => self.format("%H:%M:%S")?,
            'R' => self.format("%H:%M")?,
            'D' => self.format("%m/%d/%y")?,
            'c' => self.format("%a %b %e %T %Y")?,
            '+' => self.format("%a %b %e %T %Z %Y")?,
            's' => {
                let digits: usize = self.rest.bytes().take_while(u8::is_ascii_digit).count();
                let (number, rest) = self.rest.split_at_checked(digits)?;
                self.epoch = Some(number.parse().ok()?);
                self.rest = rest;
            }
            'N' | 'Q' | 'f' => {
                let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count().min(9);
                let (number, rest) = self.rest.split_at_checked(digits).filter(|_| digits > 0)?;
                self.nanos = format!("{number:0<9}").parse().ok()?;
                self.digits = u8::try_from(digits).ok()?;
                self.rest = rest;
            }
            'z' => self.offset = self.zone()?,
            'Z' => {
                let letters = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
                let (zone, rest) = self.rest.split_at_checked(letters)?;
                matches!(zone, "UTC" | "GMT" | "Z").then_some(())?;
                self.rest = rest;
            }
            '%' => self.rest = self.rest.strip_prefix('%')?,
            _ => return None,
        }
        Some(())
    }

    fn number(&mut self, width: usize) -> Option<u32> {
        let digits = self.rest.bytes().take(width).take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.rest.split_at_checked(digits)?;
        self.rest = rest;
        number.parse().ok()
    }

    fn name(&mut self, names: &[&str], short: bool) -> Option<usize> {
        for (index, name) in names.iter().enumerate() {
            let name = if short { name.get(..3)? } else { name };
            if let Some((head, rest)) = self.rest.split_at_checked(name.len())
                && head.eq_ignore_ascii_case(name)
            {
                self.rest = rest;
                return Some(index);
            }
        }
        None
    }

    /// Parses `Z`, `+0200` or `+02:00` to seconds east of UTC.
    fn zone(&mut self) -> Option<i64> {
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Some(0);
        }
        let sign = if self.rest.starts_with('-') { -1 } else { 1 };
        self.rest = self.rest.strip_prefix(['+', '-'])?;
        let hours = i64::from(self.number(2)?);
        self.rest = self.rest.strip_prefix(':').unwrap_or(self.rest);
        let minutes = i64::from(self.number(2)?);
        Some(sign * (hours * 3_600 + minutes * 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_formatted() {
        let time = Time::parse("2024-01-07T15:04:05.123456Z").unwrap().0;
        for (pattern, text) in [
            ("%Y-%m-%dT%H:%M:%S", "2024-01-07T15:04:05"),
            ("%m/%d/%Y %I:%M:%S %p", "01/07/2024 03:04:05 PM"),
            ("%a %b %e %T %Y", "Sun Jan  7 15:04:05 2024"),
            ("%A, %B %d", "Sunday, January 07"),
            ("%s.%3N", "1704639845.123"),
            ("%F %T.%6Q %z", "2024-01-07 15:04:05.123456 +0000"),
            ("%j %V %u %w %U", "007 01 7 0 01"),
            ("%:z %::z %:y", "+00:00 +00:00:00 %:y"),
            ("100%% %!", "100% %!"),
        ] {
            assert_eq!(format(time, pattern), text, "{pattern}");
        }
    }

    #[test]
    fn times_are_parsed_by_their_format() {
        let now = Time::parse("2024-05-31T13:00:08Z").map(|(time, _)| time);
        for (text, pattern, time) in [
            ("2020-03-03T03:11:06", "%Y-%m-%dT%H:%M:%S", "2020-03-03T03:11:06Z"),
            ("3/4/2020 1:05 PM", "%m/%d/%Y %I:%M %p", "2020-03-04T13:05:00Z"),
            ("04 Mar 2020", "%d %b %Y", "2020-03-04T00:00:00Z"),
            ("2020-03-03 03:11:06.250 +0200", "%F %T.%3N %z", "2020-03-03T01:11:06.250Z"),
            ("1583205166", "%s", "2020-03-03T03:12:46Z"),
            ("2020-03-03T03:11:06+02:00", "%Y-%m-%dT%H:%M:%S%:z", "2020-03-03T01:11:06Z"),
            ("Tue Mar  3 03:11:06 2020", "%c", "2020-03-03T03:11:06Z"),
            ("9:30 PM", "%I:%M %p", "2024-05-31T21:30:00Z"),
            ("Mar 3 03:11:06", "%b %d %H:%M:%S", "2024-03-03T03:11:06Z"),
        ] {
            assert_eq!(
                parse(text, pattern, now).map(|time| time.to_string()).as_deref(),
                Some(time),
                "{text}"
            );
        }
        for (text, pattern) in
            [("2020-03-03", "%Y-%m"), ("13/13/2020", "%m/%d/%Y"), ("x", "%Y"), ("12:00", "%H:%M")]
        {
            assert_eq!(parse(text, pattern, None), None, "{text}");
        }
    }
}
