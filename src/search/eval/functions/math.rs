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
