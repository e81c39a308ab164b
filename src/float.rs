//! Conversion between doubles and decimal digits, exactly rounded.
//!
//! The standard library's conversion is much faster, but its tables and special cases add 20 kB of compressed wasm: as
//! much as all functions of the search language. Few numbers in logs have a fraction.
//!
//! Both directions scale integers of any size (method of Steele and White, and of Clinger), and are tested against the
//! standard library.

use std::cmp::Ordering;

/// Digits that can decide which double is nearest. Later digits only matter if one of them is not zero.
const MAX_DIGITS: usize = 800;

/// Returns the double nearest to `digits` × 10^`exponent`; of two equally near ones, that with the even mantissa. May
/// return infinity. `digits` are ASCII without leading zeros.
pub(crate) fn from_decimal(digits: &[u8], exponent: i32) -> f64 {
    let magnitude = i32::try_from(digits.len()).unwrap_or(i32::MAX).saturating_add(exponent);
    if digits.is_empty() || magnitude < -330 {
        return 0.0;
    }
    if magnitude > 310 {
        return f64::INFINITY;
    }
    if let Some(exact) = exact(digits, exponent) {
        return exact;
    }
    let (decisive, rest) = digits.split_at_checked(MAX_DIGITS).unwrap_or((digits, &[]));
    let more = rest.iter().any(|digit| *digit != b'0');
    let mut top = BigUint::default();
    decisive.iter().for_each(|digit| top.multiply_add(10, u32::from(digit - b'0')));
    if more {
        top.multiply_add(10, 1);
    }
    let mut bottom = BigUint::from(1);
    let exponent = magnitude - i32::try_from(decisive.len()).unwrap_or(0) - i32::from(more);
    if exponent < 0 { &mut bottom } else { &mut top }
        .multiply_by_power_of_ten(exponent.unsigned_abs());
    // A quotient of 60 bits, whose last bit is set if there is a remainder, is rounded once, to 53 bits. A subnormal
    // result has fewer bits, and the quotient two more than the result.
    let fraction = (60 - top.bits() + bottom.bits()).min(SUBNORMAL_BITS + 2);
    let quotient = quotient(top, bottom, fraction);
    if quotient < 1 << 55 {
        return f64::from_bits(half_to_even(quotient));
    }
    let half = -fraction / 2;
    #[expect(clippy::cast_precision_loss, reason = "this is the rounding")]
    let double = quotient as f64;
    double * power_of_two(half) * power_of_two(-fraction - half)
}

/// Converts small numbers with one operation of the machine, which rounds correctly because both operands are exact.
fn exact(digits: &[u8], exponent: i32) -> Option<f64> {
    let power = 10_u64.checked_pow(exponent.unsigned_abs()).filter(|_| exponent.abs() <= 15)?;
    let integer = digits.iter().try_fold(0_u64, |integer, digit| {
        Some(integer * 10 + u64::from(digit - b'0')).filter(|integer| *integer < 1 << 53)
    })?;
    #[expect(clippy::cast_precision_loss, reason = "both are below 2^53")]
    let (integer, power) = (integer as f64, power as f64);
    Some(if exponent < 0 { integer / power } else { integer * power })
}

/// Formats a number with the fewest digits for which `reads_back` accepts the parsed double, without an exponent.
///
/// The result equals that of the standard library's `Display`, of `f32` if `reads_back` compares as `f32`.
pub(crate) fn to_shortest(number: f64, reads_back: impl Fn(f64) -> bool) -> String {
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if number.is_nan() {
        return String::from("NaN");
    }
    if number.is_infinite() {
        return format!("{sign}inf");
    }
    if number == 0.0 {
        return format!("{sign}0");
    }
    let mut shown = (String::new(), 0);
    for count in 1..=17 {
        let (digits, first) = digits_by(number.abs(), count, half_up);
        shown = (digits.to_string(), first);
        let read = from_decimal(shown.0.as_bytes(), first + 1 - i32::try_from(count).unwrap_or(0));
        if reads_back(read.copysign(number)) {
            break;
        }
    }
    format!("{sign}{}", place_point(shown.0.trim_end_matches('0'), shown.1))
}

/// Places the decimal point in `digits`, whose first digit has the weight 10^`first`.
pub(crate) fn place_point(digits: &str, first: i32) -> String {
    let Ok(first) = usize::try_from(first) else {
        let zeros = "0".repeat(usize::try_from(-1 - first).unwrap_or(0));
        return format!("0.{zeros}{digits}");
    };
    match digits.split_at_checked(first + 1) {
        Some((integer, fraction)) if !fraction.is_empty() => format!("{integer}.{fraction}"),
        _ => format!("{digits:0<width$}", width = first + 1),
    }
}

/// Returns the first `count` digits (at most 18) of a positive finite number, rounded half to even, and the power of ten
/// of the first.
pub(crate) fn to_digits(number: f64, count: u32) -> (u64, i32) {
    digits_by(number, count, half_to_even)
}

fn digits_by(number: f64, count: u32, round: fn(u64) -> u64) -> (u64, i32) {
    let bits = number.to_bits();
    let (mantissa, exponent) = match (bits >> 52 & 0x7FF, bits & ((1 << 52) - 1)) {
        (0, mantissa) => (mantissa, -SUBNORMAL_BITS),
        (exponent, mantissa) => {
            (mantissa | 1 << 52, i32::try_from(exponent).unwrap_or(0) - 1 - SUBNORMAL_BITS)
        }
    };
    let (smallest, above) = (10_u64.pow(count - 1), 10_u64.pow(count));
    // Estimated from the power of two (1233 / 4096 is log10(2)); at most one too low.
    let power = exponent + 63 - i32::try_from(mantissa.leading_zeros()).unwrap_or(0);
    let mut first = (power * 1233) >> 12;
    loop {
        let (mut top, mut bottom) = (BigUint::from(mantissa), BigUint::from(1));
        if exponent < 0 { &mut bottom } else { &mut top }.shift_left(exponent.unsigned_abs());
        let scale = i32::try_from(count).unwrap_or(0) - 1 - first;
        if scale < 0 { &mut bottom } else { &mut top }
            .multiply_by_power_of_ten(scale.unsigned_abs());
        let digits = round(quotient(top, bottom, 2));
        if digits >= above {
            first += 1;
        } else if digits < smallest && mantissa > 0 {
            first -= 1;
        } else {
            return (digits, first);
        }
    }
}

/// Binary places of the smallest double.
const SUBNORMAL_BITS: i32 = 1074;

/// Returns 2^`power` for the exponent of a normal double.
fn power_of_two(power: i32) -> f64 {
    f64::from_bits(u64::try_from(1023 + power).unwrap_or(0) << 52)
}

/// Divides by four, rounding half to even.
fn half_to_even(quarters: u64) -> u64 {
    let quotient = quarters >> 2;
    match quarters & 3 {
        3 => quotient + 1,
        2 => quotient + (quotient & 1),
        _ => quotient,
    }
}

/// Divides by four, rounding half up, as the standard library does for shortest forms.
fn half_up(quarters: u64) -> u64 {
    (quarters + 2) >> 2
}

/// Returns `top` / `bottom` with `fraction` binary places, below 2^64. The last bit is also set if there is a remainder.
fn quotient(mut top: BigUint, mut bottom: BigUint, fraction: i32) -> u64 {
    let ahead = top.bits() - bottom.bits();
    if ahead < 0 { &mut top } else { &mut bottom }.shift_left(ahead.unsigned_abs());
    let mut quotient = 0;
    for _ in 0..=ahead + fraction {
        quotient <<= 1;
        if top.compare(&bottom) != Ordering::Less {
            top.subtract(&bottom);
            quotient |= 1;
        }
        top.shift_left(1);
    }
    quotient | u64::from(top.bits() > 0)
}

/// A natural number of any size: 32-bit words, the lowest first, the last not zero.
#[derive(Debug, Default)]
struct BigUint(Vec<u32>);

impl From<u64> for BigUint {
    fn from(number: u64) -> Self {
        let mut natural = Self::default();
        natural.multiply_add(1, (number >> 32) as u32);
        natural.shift_left(32);
        natural.multiply_add(1, number as u32);
        natural
    }
}

impl BigUint {
    /// Returns the number of bits.
    fn bits(&self) -> i32 {
        let last = self.0.last().map_or(0, |last| last.leading_zeros());
        i32::try_from(self.0.len() * 32).unwrap_or(i32::MAX) - i32::try_from(last).unwrap_or(0)
    }

    /// Multiplies by `factor` and adds `addend`.
    fn multiply_add(&mut self, factor: u32, contribution: u32) {
        let mut carry = u64::from(contribution);
        for word in &mut self.0 {
            carry += u64::from(*word) * u64::from(factor);
            *word = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    fn multiply_by_power_of_ten(&mut self, exponent: u32) {
        (0..exponent).for_each(|_| self.multiply_add(10, 0));
    }

    fn shift_left(&mut self, bits: u32) {
        if self.0.is_empty() {
            return;
        }
        self.multiply_add(1 << (bits % 32), 0);
        self.0.splice(..0, std::iter::repeat_n(0, (bits / 32) as usize));
    }

    fn compare(&self, other: &Self) -> Ordering {
        (self.0.len().cmp(&other.0.len()))
            .then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    /// Subtracts a number that is not greater.
    fn subtract(&mut self, other: &Self) {
        let mut borrow = false;
        let others = other.0.iter().copied().chain(std::iter::repeat(0));
        for (word, other) in self.0.iter_mut().zip(others) {
            let (less, first) = word.overflowing_sub(other);
            let (less, second) = less.overflowing_sub(u32::from(borrow));
            (*word, borrow) = (less, first || second);
        }
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(digits: &str, exponent: i32) -> f64 {
        from_decimal(digits.trim_start_matches('0').as_bytes(), exponent)
    }

    fn standard(number: f64) -> (u64, i32) {
        let text = format!("{number:.14e}");
        let (digits, first) = text.split_once('e').unwrap();
        (digits.replace('.', "").parse().unwrap(), first.parse().unwrap())
    }

    proptest! {
        #[test]
        fn parses_like_the_standard_library(
            number in "[0-9]{1,40}",
            exponent in prop_oneof![-350..320_i32, -30..30_i32],
        ) {
            let expected: f64 = format!("{number}e{exponent}").parse().unwrap();
            prop_assert_eq!(read(&number, exponent), expected);
        }

        #[test]
        fn distinguishes_neighbouring_doubles(bits in 0..f64::INFINITY.to_bits()) {
            // All digits of a double, and a slightly larger number.
            let number = f64::from_bits(bits);
            let text = format!("{number:.1100}");
            let (whole, fraction) = text.split_once('.').unwrap();
            let exponent = -i32::try_from(fraction.len()).unwrap();
            prop_assert_eq!(read(&format!("{whole}{fraction}"), exponent), number);
            prop_assert_eq!(read(&format!("{whole}{fraction}1"), exponent - 1), number);
        }

        #[test]
        fn formats_like_the_standard_library(
            number in prop_oneof![
                (1..f64::INFINITY.to_bits()).prop_map(f64::from_bits),
                (1_u64..1 << 60).prop_map(|number| number as f64 / 1024.0),
                1e-9..1e19_f64,
            ],
        ) {
            prop_assert_eq!(to_digits(number, 15), standard(number));
        }
    }

    proptest! {
        #[test]
        fn shortest_forms_are_those_of_the_standard_library(
            bits in any::<u64>(),
            fraction in -1e6..1e6_f64,
            single in any::<f32>(),
        ) {
            // Many numbers with few binary places are halfway between two shortest forms.
            let halfway = (bits >> 11 | 1 << 52) as f64 / 4.0;
            let rounded = (fraction * 100.0).round() / 100.0;
            for number in [f64::from_bits(bits), fraction, rounded, halfway] {
                prop_assert_eq!(to_shortest(number, |read| read == number), number.to_string());
            }
            let shown = to_shortest(single.into(), |read| read as f32 == single);
            prop_assert_eq!(shown, single.to_string());
        }
    }

    #[test]
    #[allow(clippy::excessive_precision, reason = "as shown")]
    fn converts_edge_cases() {
        for text in [
            "0e0",
            "1e23",
            "9007199254740993e0",
            "9007199254740992e-1",
            "5e-324",
            "2e-324",
            "3e-324",
            "22250738585072014e-324",
            "22250738585072011e-324",
            "17976931348623157e292",
            "1e-400",
            "17976931348623159e292",
            "1e309",
            "4503599627370496500000000e-9",
            "4503599627370497500000000e-9",
        ] {
            let (digits, exponent) = text.split_once('e').unwrap();
            assert_eq!(
                read(digits, exponent.parse().unwrap()),
                text.parse::<f64>().unwrap(),
                "{text}"
            );
        }
        let long = format!("9007199254740993{}1", "0".repeat(2_000));
        assert_eq!(read(&long, -2_001), 9007199254740994.0);
        for number in
            [5e-324, f64::MAX, f64::MIN_POSITIVE, 9.999999999999999e22, 0.1, 999_999_999_999_999.5]
        {
            assert_eq!(to_digits(number, 15), standard(number), "{number:e}");
            assert_eq!(to_shortest(number, |read| read == number), number.to_string());
        }
    }
}
