//! Times.

use super::{Function, value_at, value_of};
use crate::search::calendar;
use crate::search::timespan::{Relative, epoch};
use crate::search::value::Value;
use crate::time::Time;

pub(super) const FUNCTIONS: &[Function] = &[
    value_of("strftime", 2, 2, |arguments| match (time(&arguments.value(0)), arguments.text(1)) {
        (Some(time), Some(format)) => calendar::format(time, &format).into(),
        _ => Value::Null,
    }),
    // Of a date without a year, the year is this one.
    value_at("strptime", 2, 2, |arguments, now| match (arguments.text(0), arguments.text(1)) {
        (Some(text), Some(format)) => {
            calendar::parse(&text, &format, now).map_or(Value::Null, Value::Time)
        }
        _ => Value::Null,
    }),
    value_of("relative_time", 2, 2, |arguments| {
        let relative = arguments.text(1).and_then(|text| Relative::parse(&text));
        match (time(&arguments.value(0)), relative) {
            (Some(time), Some(relative)) => relative.from(time).map_or(Value::Null, Value::Time),
            _ => Value::Null,
        }
    }),
    value_at("now", 0, 0, |_, now| now.map_or(Value::Null, Value::Time)),
    value_at("time", 0, 0, |_, now| now.map_or(Value::Null, Value::Time)),
];

/// To the microsecond, which is as far as a double goes; as text it has fewer digits.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is 0 to 10^6")]
fn of_number(number: f64) -> Option<Time> {
    let whole = number.floor();
    let (mut seconds, mut micros) = (whole as i64, ((number - whole) * 1e6).round() as u32);
    if micros == 1_000_000 {
        (seconds, micros) = (seconds.checked_add(1)?, 0);
    }
    let (mut digits, mut shown) = (6, micros);
    while digits > 0 && shown.is_multiple_of(10) {
        (digits, shown) = (digits - 1, shown / 10);
    }
    Time::new(seconds, micros * 1_000, digits)
}

/// The time that a value is in seconds since 1970.
pub(crate) fn time(value: &Value) -> Option<Time> {
    match value {
        Value::Time(time) => Some(*time),
        Value::Null | Value::Multi(_) => None,
        Value::Num(number) => of_number(*number),
        other => epoch(other.text()?.trim()),
    }
}
