//! [`Score`]: a fixed-point risk score, so that sums are exact.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// A risk score in hundredths of a point. Sums are exact, so they do not depend on the order of addition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(i64);

/// The largest score of one rule in hundredths: a million points. Published scores end at 100 points.
const LARGEST: i64 = 100_000_000;

impl Score {
    /// No risk.
    pub const ZERO: Self = Self(0);

    /// Creates a score from points.
    pub const fn points(points: i32) -> Self {
        Self(points as i64 * 100)
    }

    /// Creates a score from hundredths of a point.
    pub const fn from_hundredths(hundredths: i64) -> Self {
        Self(hundredths)
    }

    /// Creates a score from percentages: impact × confidence / 100 points, which is exact in hundredths.
    pub fn from_impact(impact: u32, confidence: u32) -> Self {
        Self((i64::from(impact) * i64::from(confidence)).min(LARGEST))
    }

    /// Parses `25`, `15.75` or `-5`. Digits after the second decimal place are dropped. `None` for anything else, and
    /// for more than a million points.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text),
        };
        let (points, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if points.is_empty() || !all_digits(points) || !all_digits(fraction) {
            return None;
        }
        let points: i64 = points.parse().ok()?;
        let mut digits = fraction.bytes().map(|byte| i64::from(byte - b'0')).chain([0, 0]);
        let hundredths = digits.next()? * 10 + digits.next()?;
        let score = points.checked_mul(100)?.checked_add(hundredths)?;
        (score <= LARGEST).then_some(Self(sign * score))
    }

    /// Returns the score in hundredths of a point.
    pub fn hundredths(self) -> i64 {
        self.0
    }
}

impl Add for Score {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Score {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Score {
    fn sum<I: Iterator<Item = Self>>(scores: I) -> Self {
        scores.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (points, hundredths) = (self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100);
        match (hundredths / 10, hundredths % 10) {
            (0, 0) => write!(f, "{sign}{points}"),
            (tenths, 0) => write!(f, "{sign}{points}.{tenths}"),
            _ => write!(f, "{sign}{points}.{hundredths:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_parsed() {
        for text in ["0", "25", "15.75", "0.5", "12.25", "-5", "-0.05", "1000000"] {
            assert_eq!(Score::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Score::parse(" 12.50 ").unwrap().to_string(), "12.5");
        assert_eq!(Score::parse("12.999").unwrap().to_string(), "12.99");
        for text in ["", "-", "x", "1e3", "1.x", ".5", "99999999999999999999", "1000001"] {
            assert_eq!(Score::parse(text), None, "{text}");
        }
    }

    #[test]
    fn sums_are_exact() {
        let tenth = Score::parse("0.1").unwrap();
        assert_eq!(std::iter::repeat_n(tenth, 10).sum::<Score>(), Score::points(1));
        assert_eq!(Score::from_impact(35, 45).to_string(), "15.75");
        assert_eq!(Score::from_impact(50, 50), Score::points(25));
    }
}
