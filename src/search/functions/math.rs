//! Numbers.

use super::multivalue::extreme;
use super::{Arguments, Function, value_of};
use crate::search::eval_expr::finite;
use crate::search::number;
use crate::search::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    value_of("round", 1, 2, round),
    value_of("abs", 1, 1, |arguments| of(arguments, f64::abs)),
    value_of("ceil", 1, 1, |arguments| of(arguments, f64::ceil)),
    value_of("ceiling", 1, 1, |arguments| of(arguments, f64::ceil)),
    value_of("floor", 1, 1, |arguments| of(arguments, f64::floor)),
    value_of("sqrt", 1, 1, |arguments| of(arguments, f64::sqrt)),
    value_of("exp", 1, 1, |arguments| of(arguments, f64::exp)),
    value_of("ln", 1, 1, |arguments| of(arguments, f64::ln)),
    value_of("log", 1, 2, |arguments| {
        let base = if arguments.len() == 2 { arguments.number(1) } else { Some(10.0) };
        match (arguments.number(0), base) {
            (Some(number), Some(10.0)) => finite(number.log10()),
            (Some(number), Some(base)) => finite(number.ln() / base.ln()),
            _ => Value::Null,
        }
    }),
    value_of("pow", 2, 2, |arguments| match (arguments.number(0), arguments.number(1)) {
        (Some(base), Some(exponent)) => finite(base.powf(exponent)),
        _ => Value::Null,
    }),
    value_of("exact", 1, 1, |arguments| arguments.value(0)),
    value_of("pi", 0, 0, |_| Value::Num(std::f64::consts::PI)),
    value_of("min", 1, usize::MAX, |arguments| extreme(arguments, false)),
    value_of("max", 1, usize::MAX, |arguments| extreme(arguments, true)),
];

fn of(arguments: &Arguments<'_>, compute: fn(f64) -> f64) -> Value {
    arguments.number(0).map_or(Value::Null, |number| finite(compute(number)))
}

/// Half away from zero. The digits asked for are those that the number is written with, so that 1.005
/// becomes 1.01 though no double is 1.005.
fn round(arguments: &Arguments<'_>) -> Value {
    let digits = if arguments.len() == 2 { arguments.integer(1) } else { Some(0) };
    let (Some(number), Some(digits)) = (arguments.number(0), digits) else { return Value::Null };
    let Ok(digits) = usize::try_from(digits) else {
        let scale = 10_f64.powi(i32::try_from(-digits.max(-300)).unwrap_or(0));
        return finite((number / scale).round() * scale);
    };
    if digits >= 15 {
        return finite(number);
    }
    let exponent = format!("{}e{digits}", number::show(number));
    let scaled = number::parse(&exponent).unwrap_or(number);
    if scaled.abs() >= 1e15 {
        return finite(number);
    }
    let rounded = format!("{}e-{digits}", number::show(scaled.round()));
    number::parse(&rounded).map_or(Value::Null, finite)
}
