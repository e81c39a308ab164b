//! Date and time functions.

use super::arguments::Arguments;
use crate::search::values::calendar;
use crate::search::values::timespan::RelativeTime;
use crate::search::values::value::Value;
use crate::time::Time;

pub(super) fn strftime(arguments: &Arguments<'_>) -> Value {
    match (arguments.value(0).time(), arguments.text(1)) {
        (Some(time), Some(format)) => calendar::format(time, &format).into(),
        _ => Value::Null,
    }
}

/// Completes a date without a year from `now`.
pub(super) fn strptime(arguments: &Arguments<'_>, now: Option<Time>) -> Value {
    match (arguments.text(0), arguments.text(1)) {
        (Some(text), Some(format)) => {
            calendar::parse(&text, &format, now).map_or(Value::Null, Value::Time)
        }
        _ => Value::Null,
    }
}

pub(super) fn relative_time(arguments: &Arguments<'_>) -> Value {
    let relative = arguments.text(1).and_then(|text| RelativeTime::parse(&text));
    match (arguments.value(0).time(), relative) {
        (Some(time), Some(relative)) => relative.from(time).map_or(Value::Null, Value::Time),
        _ => Value::Null,
    }
}

pub(super) fn now(_: &Arguments<'_>, now: Option<Time>) -> Value {
    now.map_or(Value::Null, Value::Time)
}

#[cfg(test)]
mod tests {
    use crate::search::eval::functions::tests::assert_values;

    #[test]
    fn times_are_seconds_since_1970_in_utc() {
        assert_values(&[
            ("strftime(1583205166, \"%F %T\")", "2020-03-03 03:12:46"),
            ("strftime(1583205166.25, \"%T.%3N\")", "03:12:46.250"),
            ("strftime(\"x\", \"%F\")", "∅"),
            ("strptime(\"2020-03-03 03:12:46\", \"%F %T\")", "1583205166"),
            ("strptime(\"2020-03-03\", \"%d/%m/%Y\")", "∅"),
            ("strptime(\"Mar 3 03:12:46\", \"%b %d %T\")", "1709435566"),
            ("relative_time(1583205166, \"-1d@d\")", "1583107200"),
            ("relative_time(1583205166, \"+1h\")", "1583208766"),
            ("relative_time(1583205166, \"soon\")", "∅"),
        ]);
    }

    #[test]
    fn now_is_the_time_of_the_newest_event() {
        assert_values(&[
            ("now()", "1717160408"),
            ("time()", "1717160408"),
            ("relative_time(now(), \"@d\")", "1717113600"),
        ]);
    }
}
