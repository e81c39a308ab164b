//! Mathematical and statistical functions.

use super::arguments::Arguments;
use crate::search::eval::operators::{finite, order};
use crate::search::values::number;
use crate::search::values::value::Value;

pub(super) fn abs(arguments: &Arguments<'_>) -> Value {
    apply(arguments, f64::abs)
}

pub(super) fn ceil(arguments: &Arguments<'_>) -> Value {
    apply(arguments, f64::ceil)
}

pub(super) fn floor(arguments: &Arguments<'_>) -> Value {
    apply(arguments, f64::floor)
}

pub(super) fn sqrt(arguments: &Arguments<'_>) -> Value {
    apply(arguments, f64::sqrt)
}

pub(super) fn exp(arguments: &Arguments<'_>) -> Value {
    apply(arguments, f64::exp)
}

pub(super) fn ln(arguments: &Arguments<'_>) -> Value {
    apply(arguments, f64::ln)
}

fn apply(arguments: &Arguments<'_>, compute: fn(f64) -> f64) -> Value {
    arguments.number(0).map_or(Value::Null, |number| finite(compute(number)))
}

/// Logarithm to a base, 10 by default.
pub(super) fn log(arguments: &Arguments<'_>) -> Value {
    let base = if arguments.len() == 2 { arguments.number(1) } else { Some(10.0) };
    match (arguments.number(0), base) {
        (Some(number), Some(10.0)) => finite(number.log10()),
        (Some(number), Some(base)) => finite(number.ln() / base.ln()),
        _ => Value::Null,
    }
}

pub(super) fn pow(arguments: &Arguments<'_>) -> Value {
    match (arguments.number(0), arguments.number(1)) {
        (Some(base), Some(exponent)) => finite(base.powf(exponent)),
        _ => Value::Null,
    }
}

pub(super) fn exact(arguments: &Arguments<'_>) -> Value {
    arguments.value(0)
}

pub(super) fn pi(_: &Arguments<'_>) -> Value {
    Value::Num(std::f64::consts::PI)
}

pub(super) fn min(arguments: &Arguments<'_>) -> Value {
    extreme(arguments, false)
}

pub(super) fn max(arguments: &Arguments<'_>) -> Value {
    extreme(arguments, true)
}

/// The sum of all numbers among the values; null without one.
pub(super) fn sum(arguments: &Arguments<'_>) -> Value {
    match total(arguments) {
        (_, 0) => Value::Null,
        (sum, _) => Value::Num(sum.value()),
    }
}

/// The mean of all numbers among the values; null without one.
pub(super) fn avg(arguments: &Arguments<'_>) -> Value {
    match total(arguments) {
        (_, 0) => Value::Null,
        (sum, count) => Value::Num(sum.over(count)),
    }
}

fn total(arguments: &Arguments<'_>) -> (number::Sum, u64) {
    let (mut sum, mut count) = (number::Sum::default(), 0);
    for index in 0..arguments.len() {
        for value in arguments.value(index).each() {
            count += u64::from(sum.add(&value.text().unwrap_or_default()));
        }
    }
    (sum, count)
}

/// Bits of the integers that bitwise functions take, as Splunk documents them: 0 to 2^53 - 1.
const BITS: u64 = (1 << 53) - 1;

/// Returns an argument as an integer of 53 bits; `None` for another value.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is 0 to 2^53")]
#[expect(clippy::cast_precision_loss, reason = "2^53 - 1 is a double")]
fn bits(arguments: &Arguments<'_>, index: usize) -> Option<u64> {
    let number = arguments.number(index)?;
    let is_integer = number == number.trunc() && (0.0..=BITS as f64).contains(&number);
    is_integer.then_some(number as u64)
}

#[expect(clippy::cast_precision_loss, reason = "it has 53 bits")]
fn of_bits(bits: Option<u64>) -> Value {
    bits.map_or(Value::Null, |bits| Value::Num((bits & BITS) as f64))
}

fn fold_bits(arguments: &Arguments<'_>, join: fn(u64, u64) -> u64) -> Value {
    let all: Option<Vec<u64>> = (0..arguments.len()).map(|index| bits(arguments, index)).collect();
    of_bits(all.and_then(|all| all.into_iter().reduce(join)))
}

pub(super) fn bit_and(arguments: &Arguments<'_>) -> Value {
    fold_bits(arguments, |left, right| left & right)
}

pub(super) fn bit_or(arguments: &Arguments<'_>) -> Value {
    fold_bits(arguments, |left, right| left | right)
}

pub(super) fn bit_xor(arguments: &Arguments<'_>) -> Value {
    fold_bits(arguments, |left, right| left ^ right)
}

/// The complement within a mask, 53 bits by default.
pub(super) fn bit_not(arguments: &Arguments<'_>) -> Value {
    let mask = if arguments.len() == 2 { bits(arguments, 1) } else { Some(BITS) };
    of_bits(bits(arguments, 0).zip(mask).map(|(own, mask)| !own & mask))
}

pub(super) fn bit_shift_left(arguments: &Arguments<'_>) -> Value {
    shift(arguments, u64::checked_shl)
}

pub(super) fn bit_shift_right(arguments: &Arguments<'_>) -> Value {
    shift(arguments, u64::checked_shr)
}

/// Shifts by the second argument within a mask, 53 bits by default. Bits shifted out are lost.
fn shift(arguments: &Arguments<'_>, shift: fn(u64, u32) -> Option<u64>) -> Value {
    let mask = if arguments.len() == 3 { bits(arguments, 2) } else { Some(BITS) };
    let by = bits(arguments, 1).map(|by| u32::try_from(by).unwrap_or(u32::MAX));
    let all = bits(arguments, 0).zip(by).zip(mask);
    of_bits(all.map(|((own, by), mask)| shift(own, by).unwrap_or(0) & mask))
}

/// Returns the least or the greatest of all values of all arguments.
fn extreme(arguments: &Arguments<'_>, greatest: bool) -> Value {
    let mut best = Value::Null;
    for index in 0..arguments.len() {
        for value in arguments.value(index).each() {
            let better = best.is_null()
                || (order(value, &best) == std::cmp::Ordering::Greater) == greatest
                    && order(value, &best) != std::cmp::Ordering::Equal;
            if better {
                best = value.clone();
            }
        }
    }
    best
}

/// Rounds half away from zero, to 0 digits by default. The decimal digits that the number prints with are rounded, so
/// that 1.005 becomes 1.01 although no double equals 1.005.
pub(super) fn round(arguments: &Arguments<'_>) -> Value {
    let digits = if arguments.len() == 2 { arguments.integer(1) } else { Some(0) };
    let (Some(number), Some(digits)) = (arguments.number(0), digits) else { return Value::Null };
    let Ok(digits) = usize::try_from(digits) else {
        let scale = 10_f64.powi(i32::try_from(-digits.max(-300)).unwrap_or(0));
        return finite((number / scale).round() * scale);
    };
    if digits >= 15 {
        return finite(number);
    }
    let exponent = format!("{}e{digits}", number::format(number));
    let scaled = number::parse(&exponent).unwrap_or(number);
    if scaled.abs() >= 1e15 {
        return finite(number);
    }
    let rounded = format!("{}e-{digits}", number::format(scaled.round()));
    number::parse(&rounded).map_or(Value::Null, finite)
}

#[cfg(test)]
mod tests {
    use crate::search::eval::functions::tests::assert_values;

    #[test]
    fn bits_are_those_of_53_bit_integers() {
        assert_values(&[
            ("bit_and(12, 10)", "8"),
            ("bit_or(12, 3, 16)", "31"),
            ("bit_xor(12, 10)", "6"),
            ("bit_not(0)", "9007199254740991"),
            ("bit_not(5, 7)", "2"),
            ("bit_shift_left(1, 4)", "16"),
            ("bit_shift_left(1, 53)", "0"),
            ("bit_shift_right(17, 4)", "1"),
            ("bit_shift_right(17, 99)", "0"),
            ("bit_and(-1, 1)", "∅"),
            ("bit_and(1.5, 1)", "∅"),
            ("bit_or(nope, 1)", "∅"),
        ]);
    }

    #[test]
    fn sums_and_means_are_of_the_numbers() {
        assert_values(&[
            ("sum(1, bytes, \"x\", 0.5)", "11.5"),
            ("sum(nope)", "∅"),
            ("avg(1, 2, bytes, nope)", "4.33333333333333"),
            ("sum(split(\"1,2,3\", \",\"))", "6"),
            ("ipmask(\"255.255.0.0\", ip)", "10.1.0.0"),
            ("ipmask(\"x\", ip)", "∅"),
        ]);
    }

    #[test]
    fn numbers_round_half_away_from_zero() {
        assert_values(&[
            ("round(2.5)", "3"),
            ("round(-2.5)", "-3"),
            ("round(1.005, 2)", "1.01"),
            ("round(15.75, 1)", "15.8"),
            ("round(1234, -2)", "1200"),
            ("round(1.5, 20)", "1.5"),
            ("round(\"a\")", "∅"),
            ("round(1, nope)", "∅"),
        ]);
    }

    #[test]
    fn functions_outside_their_domain_are_null() {
        assert_values(&[
            ("abs(-4)", "4"),
            ("ceil(1.2)", "2"),
            ("ceiling(-1.2)", "-1"),
            ("floor(-1.2)", "-2"),
            ("sqrt(9)", "3"),
            ("sqrt(-1)", "∅"),
            ("pow(2, 10)", "1024"),
            ("pow(10, 400)", "∅"),
            ("exp(0)", "1"),
            ("ln(1)", "0"),
            ("ln(0)", "∅"),
            ("log(100)", "2"),
            ("log(8, 2)", "3"),
            ("log(8, 1)", "∅"),
            ("pi()", "3.14159265358979"),
            ("exact(0.1)", "0.1"),
            ("abs(text)", "∅"),
        ]);
    }

    #[test]
    fn extremes_order_numbers_before_text() {
        assert_values(&[
            ("min(3, 1, 2)", "1"),
            ("max(3, 1, 2)", "3"),
            ("min(10, 9)", "9"),
            ("max(1, \"a\")", "a"),
            ("max(tags, \"A\")", "b"),
            ("min(nope, 5)", "5"),
            ("min(nope)", "∅"),
        ]);
    }
}
