//! What a field of a row holds.

use crate::search::number;
use crate::time::Time;
use std::borrow::Cow;
use std::sync::Arc;

/// What a field holds. Values of events are text (and `_time` a time); functions also make numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// No value.
    #[default]
    Null,
    /// Text.
    Str(Arc<str>),
    /// A number that was computed.
    Num(f64),
    /// A point in time with the digits of its source; counts as its seconds since 1970.
    Time(Time),
    /// Several values, none of them null or itself several.
    Multi(Vec<Value>),
}

impl Value {
    /// Several values as one: none is null, one is itself.
    pub fn multi(mut values: Vec<Self>) -> Self {
        values.retain(|value| !value.is_null());
        match values.len() {
            0 => Self::Null,
            1 => values.pop().unwrap_or_default(),
            _ => Self::Multi(values),
        }
    }

    /// No value at all.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The values in it: none, one or several.
    pub fn each(&self) -> &[Self] {
        match self {
            Self::Null => &[],
            Self::Multi(values) => values,
            single => std::slice::from_ref(single),
        }
    }

    /// The text that a single value prints as; several values stand one per line.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Null => None,
            Self::Str(text) => Some(Cow::Borrowed(text)),
            Self::Num(number) => Some(Cow::Owned(number::show(*number))),
            Self::Time(time) => Some(Cow::Owned(time.to_epoch_string())),
            Self::Multi(values) => Some(Cow::Owned(join(values, "\n"))),
        }
    }

    /// [`text`](Self::text), shared where the value holds it; empty where there is none.
    pub(crate) fn shared(&self) -> Arc<str> {
        match self {
            Self::Str(text) => Arc::clone(text),
            other => other.text().unwrap_or_default().as_ref().into(),
        }
    }

    /// Every value in lower case, as text.
    pub(crate) fn lower(&self) -> Self {
        let lower = |value: &Self| {
            let text = value.text().unwrap_or_default();
            // Most scripts are ASCII, for which there is a much faster way.
            Self::from(if text.is_ascii() {
                text.to_ascii_lowercase()
            } else {
                text.to_lowercase()
            })
        };
        Self::multi(self.each().iter().map(lower).collect())
    }

    /// The number that a single value is.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Num(number) => Some(*number),
            Self::Str(text) => number::parse(text),
            Self::Time(time) => number::parse(&time.to_epoch_string()),
            Self::Null | Self::Multi(_) => None,
        }
    }

    /// Bytes that it holds, roughly: what limits count.
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

/// The texts of several values with something between them.
pub(crate) fn join(values: &[Value], between: &str) -> String {
    let mut text = String::new();
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            text.push_str(between);
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
}
