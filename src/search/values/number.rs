//! Numbers as searches compare, parse, print and sum them.

use crate::float;
use std::cmp::Ordering;

/// A plain decimal number, compared digit by digit, so that identifiers of twenty digits stay distinct.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal<'a> {
    negative: bool,
    /// Digits before the point, without leading zeros.
    integer: &'a str,
    /// Digits after the point, without trailing zeros.
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    /// Parses digits with at most one sign and one point; exponents, hexadecimal and white space are refused.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (integer, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (integer.is_empty() && fraction.is_empty())
            || !all_digits(integer)
            || !all_digits(fraction)
        {
            return None;
        }
        let integer = integer.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let zero = integer.is_empty() && fraction.is_empty();
        Some(Self { negative: negative && !zero, integer, fraction })
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        (self.integer.len().cmp(&other.integer.len()))
            .then_with(|| self.integer.cmp(other.integer))
            .then_with(|| self.fraction.cmp(other.fraction))
    }
}

impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal<'_> {}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }
}

/// Parses a number as `eval` does: decimal, with an optional exponent.
pub(crate) fn parse(text: &str) -> Option<f64> {
    let (negative, digits, exponent) = parts(text.trim())?;
    let number = float::from_decimal(digits.as_bytes(), exponent);
    number.is_finite().then_some(if negative { -number } else { number })
}

/// Returns the sign, the digits without leading zeros, and the power of ten of the last digit.
fn parts(text: &str) -> Option<(bool, String, i32)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, self::exponent(exponent)?),
        None => (text, 0),
    };
    let Decimal { negative, integer, fraction } = Decimal::parse(mantissa)?;
    let digits = format!("{integer}{fraction}");
    let negative = negative || (digits.is_empty() && mantissa.starts_with('-'));
    let exponent = exponent.saturating_sub(i32::try_from(fraction.len()).unwrap_or(i32::MAX));
    Some((negative, digits.trim_start_matches('0').to_owned(), exponent))
}

/// Parses an exponent, saturating.
fn exponent(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = digits
        .bytes()
        .fold(0_i32, |size, digit| size.saturating_mul(10).saturating_add(i32::from(digit - b'0')));
    Some(if text.starts_with('-') { -size } else { size })
}

/// Formats a number as results print it: integers without a point, others with the fewest of at most fifteen
/// significant digits that identify them.
pub(crate) fn format(number: f64) -> String {
    if !number.is_finite() {
        return String::from(if number.is_nan() {
            "nan"
        } else if number > 0.0 {
            "inf"
        } else {
            "-inf"
        });
    }
    if number == number.trunc() && number.abs() < 1e18 {
        // Turns -0 into 0 too.
        #[expect(clippy::cast_possible_truncation, reason = "an integer below 2^63")]
        return (number as i64).to_string();
    }
    let sign = if number < 0.0 { "-" } else { "" };
    let (digits, first) = float::to_digits(number.abs(), 15);
    let digits = digits.to_string();
    let digits = digits.trim_end_matches('0');
    if (-5..18).contains(&first) {
        return format!("{sign}{}", float::place_point(digits, first));
    }
    let (integer, fraction) = digits.split_at_checked(1).unwrap_or((digits, ""));
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{integer}{point}{fraction}e{first}")
}

/// A sum in multiples of 10⁻⁹, which does not depend on the order of the addends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    units: i128,
}

impl Sum {
    /// Units per 1.
    const SCALE: i128 = 1_000_000_000;

    /// Adds a decimal number, truncated after the ninth digit past the point. Returns `false` if the text is not a
    /// number or is 10¹⁸ or more, which no log measures and whose sum could overflow.
    pub(crate) fn add(&mut self, text: &str) -> bool {
        match units(text) {
            Some(units) => {
                self.units = self.units.saturating_add(units);
                true
            }
            None => false,
        }
    }

    /// Adds another sum.
    pub(crate) fn plus(&mut self, other: Self) {
        self.units = self.units.saturating_add(other.units);
    }

    /// Returns the sum.
    pub(crate) fn value(self) -> f64 {
        self.over(1)
    }

    /// Returns the sum divided by `count`.
    #[expect(clippy::cast_precision_loss, reason = "a result has the precision of a double")]
    pub(crate) fn over(self, count: u64) -> f64 {
        let divisor = i128::from(count.max(1)) * Self::SCALE;
        let quotient = self.units / divisor;
        let remainder = self.units % divisor;
        quotient as f64 + remainder as f64 / divisor as f64
    }
}

/// Converts a number to multiples of 10⁻⁹.
fn units(text: &str) -> Option<i128> {
    let text = text.trim();
    if Decimal::parse(text).is_none() {
        let (negative, digits, exponent) = parts(text)?;
        let first = exponent.saturating_add(i32::try_from(digits.len()).ok()? - 1);
        if digits.is_empty() || first < -9 {
            return Some(0);
        }
        let size =
            if first < 18 { units(&float::place_point(&digits, first))? } else { return None };
        return Some(if negative { -size } else { size });
    }
    let (integer, fraction) = text.split_once('.').unwrap_or((text, ""));
    let negative = integer.starts_with('-');
    let integer = integer.trim_start_matches(['-', '+']).trim_start_matches('0');
    if integer.len() > 18 {
        return None;
    }
    let integer: i128 = if integer.is_empty() { 0 } else { integer.parse().ok()? };
    let mut nanos: String = fraction.chars().take(9).collect();
    while nanos.len() < 9 {
        nanos.push('0');
    }
    let units = integer * Sum::SCALE + nanos.parse::<i128>().ok()?;
    Some(if negative { -units } else { units })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_compare_exactly() {
        let compare = |a, b| Decimal::parse(a).unwrap().cmp(&Decimal::parse(b).unwrap());
        assert_eq!(compare("4104", "04104.0"), Ordering::Equal);
        assert_eq!(compare("18446744073709551615", "18446744073709551616"), Ordering::Less);
        assert_eq!(compare("-2", "1"), Ordering::Less);
        assert_eq!(compare("-2", "-10"), Ordering::Greater);
        assert_eq!(compare("-0", "0"), Ordering::Equal);
        assert_eq!(compare("1.5", "1.25"), Ordering::Greater);
        for text in ["", "-", ".", "1e3", "0x10", " 1", "1.2.3", "1,000"] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn numbers_print_with_the_fewest_digits() {
        for (number, text) in [
            (4.0, "4"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.3"),
            (1.0 / 3.0, "0.333333333333333"),
            (2.5, "2.5"),
            (1e15, "1000000000000000"),
            (-12.25, "-12.25"),
        ] {
            assert_eq!(format(number), text);
        }
    }

    #[test]
    fn sums_are_exact_in_any_order() {
        let sum = |texts: &[&str]| {
            let mut sum = Sum::default();
            texts.iter().for_each(|text| assert!(sum.add(text)));
            format(sum.value())
        };
        assert_eq!(sum(&["0.1", "0.2"]), "0.3");
        assert_eq!(sum(&["100000000000000000", "0.5", "-100000000000000000"]), "0.5");
        assert_eq!(sum(&["1e3", "-0.5"]), "999.5");
        assert!(!Sum::default().add("many"));
    }
}
