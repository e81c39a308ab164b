//! Several values in one field.

use super::{Arguments, Compute, Function, Kind, value_of};
use crate::limits;
use crate::search::condition::Row;
use crate::search::eval_expr::{EvalExpr, order};
use crate::search::number;
use crate::search::timespan::Relative;
use crate::search::value::{Value, join};
use crate::sort;
use crate::time::Time;

pub(super) const FUNCTIONS: &[Function] = &[
    value_of("split", 2, 2, split),
    value_of("mvjoin", 2, 2, |arguments| match (arguments.value(0), arguments.text(1)) {
        (Value::Null, _) | (_, None) => Value::Null,
        (value, Some(between)) => join(value.each(), &between).into(),
    }),
    value_of("mvappend", 1, usize::MAX, |arguments| {
        let mut all = Vec::new();
        for index in 0..arguments.len() {
            all.extend(arguments.value(index).each().iter().cloned());
            all.truncate(limits::FIELD_VALUES);
        }
        Value::multi(all)
    }),
    #[expect(clippy::cast_precision_loss, reason = "no list is that long")]
    value_of("mvcount", 1, 1, |arguments| match arguments.value(0) {
        Value::Null => Value::Null,
        value => Value::Num(value.each().len() as f64),
    }),
    value_of("mvindex", 2, 3, index),
    value_of("mvdedup", 1, 1, |arguments| {
        let mut all: Vec<Value> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for value in arguments.value(0).each() {
            if seen.insert(value.text().unwrap_or_default().into_owned()) {
                all.push(value.clone());
            }
        }
        Value::multi(all)
    }),
    value_of("mvsort", 1, 1, |arguments| {
        let mut all = arguments.value(0).each().to_vec();
        sort::sort_by(&mut all, |left, right| left.text().cmp(&right.text()));
        Value::multi(all)
    }),
    value_of("mvzip", 2, 3, zip),
    value_of("mvrange", 2, 3, range),
    value_of("mvfind", 2, 2, find),
    Function {
        name: "mvfilter",
        least: 1,
        most: 1,
        kind: Kind::Value,
        compute: Compute::Value(filter),
    },
    value_of("mvmap", 2, 2, map),
];

fn split(arguments: &Arguments<'_>) -> Value {
    let (Some(text), Some(delimiter)) = (arguments.text(0), arguments.text(1)) else {
        return Value::Null;
    };
    if delimiter.is_empty() {
        let chars = text.chars().take(limits::FIELD_VALUES);
        return Value::multi(chars.map(|char| Value::from(char.to_string())).collect());
    }
    Value::multi(text.split(&delimiter).take(limits::FIELD_VALUES).map(Value::from).collect())
}

/// From 0, or from the end if negative; with a third argument, up to it and with it.
fn index(arguments: &Arguments<'_>) -> Value {
    let value = arguments.value(0);
    let values = value.each();
    let place = |index: i64| {
        let length = i64::try_from(values.len()).unwrap_or(i64::MAX);
        if index < 0 { index + length } else { index }
    };
    let Some(start) = arguments.integer(1).map(place) else { return Value::Null };
    let end = match arguments.len() {
        3 => match arguments.integer(2) {
            Some(end) => place(end),
            None => return Value::Null,
        },
        _ => start,
    };
    let (Ok(start), Ok(end)) = (usize::try_from(start), usize::try_from(end)) else {
        return Value::Null;
    };
    Value::multi(
        values.get(start..values.len().min(end.saturating_add(1))).unwrap_or_default().to_vec(),
    )
}

fn zip(arguments: &Arguments<'_>) -> Value {
    let (left, right) = (arguments.value(0), arguments.value(1));
    let between = if arguments.len() == 3 { arguments.text(2) } else { Some(",".into()) };
    let Some(between) = between else { return Value::Null };
    let pairs = left.each().iter().zip(right.each()).map(|(left, right)| {
        let (left, right) = (left.text().unwrap_or_default(), right.text().unwrap_or_default());
        Value::from(format!("{left}{between}{right}"))
    });
    Value::multi(pairs.collect())
}

fn range(arguments: &Arguments<'_>) -> Value {
    let step = match arguments.text(2) {
        // A span of time such as 1d, in seconds.
        Some(text) => number::parse(&text).or_else(|| span(&text)),
        None if arguments.len() == 3 => None,
        None => Some(1.0),
    };
    let (Some(start), Some(end), Some(step)) = (arguments.number(0), arguments.number(1), step)
    else {
        return Value::Null;
    };
    if step == 0.0 {
        return Value::Null;
    }
    let numbers = std::iter::successors(Some(start), |number| Some(number + step));
    let within =
        numbers.take_while(|number| if step > 0.0 { *number < end } else { *number > end });
    Value::multi(within.take(limits::FIELD_VALUES).map(Value::Num).collect())
}

/// The seconds of a span of time, as long as it is from 1970 on.
fn span(text: &str) -> Option<f64> {
    let end = Relative::parse(&format!("+{text}"))?.from(Time::new(0, 0, 0)?)?;
    number::parse(&end.to_epoch_string())
}

fn find(arguments: &Arguments<'_>) -> Value {
    let Some(EvalExpr::Regex(regex)) = arguments.get(1) else { return Value::Null };
    let value = arguments.value(0);
    let found = value
        .each()
        .iter()
        .position(|value| value.text().is_some_and(|text| regex.is_match(&text)));
    #[expect(clippy::cast_precision_loss, reason = "no list is that long")]
    found.map_or(Value::Null, |index| Value::Num(index as f64))
}

/// The values of the one field that a condition names, for which it is true.
fn filter(arguments: &Arguments<'_>) -> Value {
    let Some((condition, name)) =
        arguments.get(0).and_then(|condition| Some((condition, only_field(condition)?)))
    else {
        return Value::Null;
    };
    let value = arguments.fields.value(name);
    let kept = value
        .each()
        .iter()
        .filter(|value| condition.is_true(&One { name, value, fields: arguments.fields }));
    Value::multi(kept.cloned().collect())
}

/// The formula for each value of the field that the first argument is.
fn map(arguments: &Arguments<'_>) -> Value {
    let (Some(EvalExpr::Field(name)), Some(formula)) = (arguments.get(0), arguments.get(1)) else {
        return Value::Null;
    };
    let value = arguments.fields.value(name);
    let mut all = Vec::new();
    for value in value.each() {
        let mapped = formula.value(&One { name, value, fields: arguments.fields });
        all.extend(mapped.each().iter().cloned());
        all.truncate(limits::FIELD_VALUES);
    }
    Value::multi(all)
}

/// The one field that a formula names.
pub(crate) fn only_field(formula: &EvalExpr) -> Option<&str> {
    let mut names = Vec::new();
    formula.each_field(&mut |name| names.push(name));
    names.dedup();
    match names.as_slice() {
        [name] => Some(name),
        _ => None,
    }
}

/// A row in which one field has one of its values.
struct One<'a> {
    name: &'a str,
    value: &'a Value,
    fields: &'a dyn Row,
}

impl Row for One<'_> {
    fn any(&self, field: &str, test: &mut dyn FnMut(&str) -> bool) -> bool {
        if field == self.name {
            return self.value.text().is_some_and(|text| test(&text));
        }
        self.fields.any(field, test)
    }

    fn any_value(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        self.fields.any_value(test)
    }

    fn time(&self) -> Option<Time> {
        self.fields.time()
    }

    fn value(&self, field: &str) -> Value {
        if field == self.name { self.value.clone() } else { self.fields.value(field) }
    }

    fn now(&self) -> Option<Time> {
        self.fields.now()
    }
}

/// The least or the greatest of all arguments' values.
pub(super) fn extreme(arguments: &Arguments<'_>, greatest: bool) -> Value {
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
