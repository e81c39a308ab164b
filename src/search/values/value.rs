//! [`Value`]: the value of a field.

use crate::search::values::number;
use crate::search::values::timespan::parse_epoch;
use crate::time::Time;
use std::borrow::Cow;
use std::sync::Arc;

/// The value of a field. Values of events are text, except `_time`; functions also return numbers.
///
/// ```
/// use scriptscope::internal::search::Value;
///
/// let value = Value::multi(vec!["a".into(), Value::Null, 2.0.into()]);
/// assert_eq!(value, Value::Multi(vec!["a".into(), 2.0.into()]));
/// assert_eq!(value.text().as_deref(), Some("a\n2"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// No value.
    #[default]
    Null,
    /// Text.
    Str(Arc<str>),
    /// A computed number.
    Num(f64),
    /// A point in time with the digits of its source. As text or number, its seconds since 1970.
    Time(Time),
    /// Two or more values, none of them null or [`Multi`](Self::Multi).
    Multi(Vec<Value>),
}

impl Value {
    /// Combines values without the nulls among them: none gives null, a single one itself.
    pub fn multi(mut values: Vec<Self>) -> Self {
        values.retain(|value| !value.is_null());
        match values.len() {
            0 => Self::Null,
            1 => values.pop().unwrap_or_default(),
            _ => Self::Multi(values),
        }
    }

    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns the single values.
    pub fn each(&self) -> &[Self] {
        match self {
            Self::Null => &[],
            Self::Multi(values) => values,
            single => std::slice::from_ref(single),
        }
    }

    /// Returns the value as text; several values are separated by newlines. `None` for null.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Null => None,
            Self::Str(text) => Some(Cow::Borrowed(text)),
            Self::Num(number) => Some(Cow::Owned(number::format(*number))),
            Self::Time(time) => Some(Cow::Owned(time.to_epoch_string())),
            Self::Multi(values) => Some(Cow::Owned(join(values, "\n"))),
        }
    }

    /// Returns [`text`](Self::text), shared with the value if it is text; empty for null.
    pub(crate) fn shared(&self) -> Arc<str> {
        match self {
            Self::Str(text) => Arc::clone(text),
            other => other.text().unwrap_or_default().as_ref().into(),
        }
    }

    /// Returns every value in lower case, as text.
    pub(crate) fn lower(&self) -> Self {
        let lower = |value: &Self| {
            let text = value.text().unwrap_or_default();
            // Most scripts are ASCII, which lowers much faster.
            Self::from(if text.is_ascii() {
                text.to_ascii_lowercase()
            } else {
                text.to_lowercase()
            })
        };
        Self::multi(self.each().iter().map(lower).collect())
    }

    /// Returns a single value as a number; `None` if it is not one.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Num(number) => Some(*number),
            Self::Str(text) => number::parse(text),
            Self::Time(time) => number::parse(&time.to_epoch_string()),
            Self::Null | Self::Multi(_) => None,
        }
    }

    /// Returns a single value as a point in time: seconds since 1970 with up to nine fraction digits.
    pub(crate) fn time(&self) -> Option<Time> {
        match self {
            Self::Time(time) => Some(*time),
            Self::Null | Self::Multi(_) => None,
            Self::Num(number) => time_of_number(*number),
            Self::Str(text) => parse_epoch(text.trim()),
        }
    }

    /// Returns the truth value: whether the text is `true` in any case; `None` for null.
    pub(crate) fn truth(&self) -> Option<bool> {
        self.text().map(|text| text.eq_ignore_ascii_case("true"))
    }

    /// Whether any single value, as text, satisfies `test`.
    pub(crate) fn any(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        self.each().iter().any(|value| value.text().is_some_and(|text| test(&text)))
    }

    /// Returns the approximate number of bytes that the value holds, for limits.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Str(text) => text.len(),
            Self::Multi(values) => values.iter().map(Self::bytes).sum(),
            Self::Null | Self::Num(_) | Self::Time(_) => std::mem::size_of::<Self>(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(text.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Num(number)
    }
}

impl From<Time> for Value {
    fn from(time: Time) -> Self {
        Self::Time(time)
    }
}

/// Converts seconds since 1970 to a time of microseconds, the precision of a double, without trailing zeros.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is 0 to 10^6")]
fn time_of_number(number: f64) -> Option<Time> {
    let floor = number.floor();
    let (mut seconds, mut micros) = (floor as i64, ((number - floor) * 1e6).round() as u32);
    if micros == 1_000_000 {
        (seconds, micros) = (seconds.checked_add(1)?, 0);
    }
    let (mut digits, mut shown) = (6, micros);
    while digits > 0 && shown.is_multiple_of(10) {
        (digits, shown) = (digits - 1, shown / 10);
    }
    Time::new(seconds, micros * 1_000, digits)
}

/// Joins the texts of several values with a delimiter.
pub(crate) fn join(values: &[Value], delimiter: &str) -> String {
    let mut text = String::new();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            text.push_str(delimiter);
        }
        text.push_str(&value.text().unwrap_or_default());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_values_never_nest_and_hold_no_null() {
        assert_eq!(Value::multi(vec![]), Value::Null);
        assert_eq!(Value::multi(vec![Value::Null, "a".into()]), "a".into());
        let two = Value::multi(vec!["a".into(), 2.0.into()]);
        assert_eq!(two.text().as_deref(), Some("a\n2"));
        assert_eq!(two.each().len(), 2);
    }

    #[test]
    fn numbers_and_texts_are_times_since_1970() {
        let time = |value: Value| value.time().map(|time| time.to_string());
        for (value, expected) in [
            (Value::from(1_583_205_166.25), Some("2020-03-03T03:12:46.25Z")),
            (Value::from(-0.5), Some("1969-12-31T23:59:59.5Z")),
            (Value::from(0.999_999_9), Some("1970-01-01T00:00:01Z")),
            (Value::from(" 1583205166 "), Some("2020-03-03T03:12:46Z")),
            (Value::from("2020-03-03"), None),
            (Value::Null, None),
        ] {
            assert_eq!(time(value).as_deref(), expected);
        }
    }
}
