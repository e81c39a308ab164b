//! Numbers as searches compare and print them.

use crate::float;
use std::cmp::Ordering;

/// A plain decimal number, compared digit by digit, so that ids of twenty digits stay different.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal<'a> {
    negative: bool,
    /// Without leading zeros.
    whole: &'a str,
    /// Without trailing zeros.
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    /// Digits with at most one sign and one point. Exponents, hexadecimal and white space are text.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction)
        {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let zero = whole.is_empty() && fraction.is_empty();
        Some(Self { negative: negative && !zero, whole, fraction })
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        (self.whole.len().cmp(&other.whole.len()))
            .then_with(|| self.whole.cmp(other.whole))
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

/// The number that a text is, as `eval` reads it: decimal, with an exponent at most.
pub(crate) fn parse(text: &str) -> Option<f64> {
    let (negative, digits, exponent) = parts(text.trim())?;
    let number = float::from_decimal(digits.as_bytes(), exponent);
    number.is_finite().then_some(if negative { -number } else { number })
}

/// A number's sign, its digits without leading zeros, and the power of ten of the last of them.
fn parts(text: &str) -> Option<(bool, String, i32)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, self::exponent(exponent)?),
        None => (text, 0),
    };
    let Decimal { negative, whole, fraction } = Decimal::parse(mantissa)?;
    let digits = format!("{whole}{fraction}");
    let negative = negative || (digits.is_empty() && mantissa.starts_with('-'));
    let exponent = exponent.saturating_sub(i32::try_from(fraction.len()).unwrap_or(i32::MAX));
    Some((negative, digits.trim_start_matches('0').to_owned(), exponent))
}

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

/// A number as a search result prints it: whole numbers without a point, others with the fewest digits
/// (at most fifteen significant ones) that tell them apart.
pub(crate) fn show(number: f64) -> String {
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
        // Also turns -0 into 0.
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^63")]
        return (number as i64).to_string();
    }
    let sign = if number < 0.0 { "-" } else { "" };
    let (digits, first) = float::to_digits(number.abs(), 15);
    let digits = digits.to_string();
    let digits = digits.trim_end_matches('0');
    if (-5..18).contains(&first) {
        return format!("{sign}{}", float::place_point(digits, first));
    }
    let (whole, fraction) = digits.split_at_checked(1).unwrap_or((digits, ""));
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}e{first}")
}

/// A sum that does not depend on the order of its addends: whole multiples of 10⁻⁹.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    units: i128,
}

impl Sum {
    /// Units in one.
    const SCALE: i128 = 1_000_000_000;

    /// Adds a number written in decimal; digits past the ninth after the point are cut off. `false` where
    /// the text is not a number, or one past 10¹⁸, which no log measures and whose sum could overflow.
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

    /// The sum as a number.
    pub(crate) fn value(self) -> f64 {
        self.over(1)
    }

    /// The sum divided by a count.
    #[expect(clippy::cast_precision_loss, reason = "a result has the precision of a double")]
    pub(crate) fn over(self, count: u64) -> f64 {
        let divisor = i128::from(count.max(1)) * Self::SCALE;
        let whole = self.units / divisor;
        let rest = self.units % divisor;
        whole as f64 + rest as f64 / divisor as f64
    }
}

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
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let negative = whole.starts_with('-');
    let whole = whole.trim_start_matches(['-', '+']).trim_start_matches('0');
    if whole.len() > 18 {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut nanos: String = fraction.chars().take(9).collect();
    while nanos.len() < 9 {
        nanos.push('0');
    }
    let units = whole * Sum::SCALE + nanos.parse::<i128>().ok()?;
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
    fn numbers_print_short() {
        for (number, text) in [
            (4.0, "4"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.3"),
            (1.0 / 3.0, "0.333333333333333"),
            (2.5, "2.5"),
            (1e15, "1000000000000000"),
            (-12.25, "-12.25"),
        ] {
            assert_eq!(show(number), text);
        }
    }

    #[test]
    fn sums_are_exact_and_free_of_order() {
        let sum = |texts: &[&str]| {
            let mut sum = Sum::default();
            texts.iter().for_each(|text| assert!(sum.add(text)));
            show(sum.value())
        };
        assert_eq!(sum(&["0.1", "0.2"]), "0.3");
        assert_eq!(sum(&["100000000000000000", "0.5", "-100000000000000000"]), "0.5");
        assert_eq!(sum(&["1e3", "-0.5"]), "999.5");
        assert!(!Sum::default().add("many"));
    }
}
