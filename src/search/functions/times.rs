//! Times.

use super::{Arguments, Function, value_of};
use crate::search::calendar;
use crate::search::timespan::{Relative, epoch};
use crate::search::value::Value;
use crate::time::Time;

pub(super) const FUNCTIONS: &[Function] = &[
    value_of("strftime", 2, 2, |arguments| match (time(&arguments.value(0)), arguments.text(1)) {
        (Some(time), Some(format)) => calendar::format(time, &format).into(),
        _ => Value::Null,
    }),
    value_of("strptime", 2, 2, |arguments| match (arguments.text(0), arguments.text(1)) {
        (Some(text), Some(format)) => {
            calendar::parse(&text, &format).map_or(Value::Null, Value::Time)
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
    value_of("now", 0, 0, now),
    value_of("time", 0, 0, now),
];

/// The newest event's time: a log is read long after it was written.
fn now(arguments: &Arguments<'_>) -> Value {
    arguments.fields.now().map_or(Value::Null, Value::Time)
}

/// The time that a value is in seconds since 1970.
pub(crate) fn time(value: &Value) -> Option<Time> {
    match value {
        Value::Time(time) => Some(*time),
        Value::Null | Value::Multi(_) => None,
        other => epoch(other.text()?.trim()),
    }
}
