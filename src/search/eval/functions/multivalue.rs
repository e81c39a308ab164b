//! Multivalue functions.

use super::arguments::Arguments;
use crate::limits;
use crate::search::ast::eval_expr::EvalExpr;
use crate::search::eval::row::Row;
use crate::search::values::number;
use crate::search::values::timespan::RelativeTime;
use crate::search::values::value::{self, Value};
use crate::time::Time;

pub(super) fn join(arguments: &Arguments<'_>) -> Value {
    match (arguments.value(0), arguments.text(1)) {
        (Value::Null, _) | (_, None) => Value::Null,
        (value, Some(delimiter)) => value::join(value.each(), &delimiter).into(),
    }
}

pub(super) fn append(arguments: &Arguments<'_>) -> Value {
    let mut all = Vec::new();
    for index in 0..arguments.len() {
        all.extend(arguments.value(index).each().iter().cloned());
        all.truncate(limits::FIELD_VALUES);
    }
    Value::multi(all)
}

#[expect(clippy::cast_precision_loss, reason = "no list is that long")]
pub(super) fn count(arguments: &Arguments<'_>) -> Value {
    match arguments.value(0) {
        Value::Null => Value::Null,
        value => Value::Num(value.each().len() as f64),
    }
}

/// The first of each group of values with equal text, in their order.
pub(super) fn dedup(arguments: &Arguments<'_>) -> Value {
    let mut all: Vec<Value> = Vec::new();
    let mut seen = crate::ordered::OrderedSet::new();
    for value in arguments.value(0).each() {
        if seen.insert(value.text().unwrap_or_default().into_owned()) {
            all.push(value.clone());
        }
    }
    Value::multi(all)
}

/// Sorts the values as text.
pub(super) fn sort(arguments: &Arguments<'_>) -> Value {
    let mut all = arguments.value(0).each().to_vec();
    crate::sort::sort_by(&mut all, |left, right| left.text().cmp(&right.text()));
    Value::multi(all)
}

pub(super) fn split(arguments: &Arguments<'_>) -> Value {
    let (Some(text), Some(delimiter)) = (arguments.text(0), arguments.text(1)) else {
        return Value::Null;
    };
    if delimiter.is_empty() {
        let chars = text.chars().take(limits::FIELD_VALUES);
        return Value::multi(chars.map(|char| Value::from(char.to_string())).collect());
    }
    Value::multi(text.split(&delimiter).take(limits::FIELD_VALUES).map(Value::from).collect())
}

/// The value at an index, which counts from 0, or from the end if negative; with a third argument, all values up to
/// and including that index.
pub(super) fn index(arguments: &Arguments<'_>) -> Value {
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

pub(super) fn zip(arguments: &Arguments<'_>) -> Value {
    let (left, right) = (arguments.value(0), arguments.value(1));
    let between = if arguments.len() == 3 { arguments.text(2) } else { Some(",".into()) };
    let Some(between) = between else { return Value::Null };
    let pairs = left.each().iter().zip(right.each()).map(|(left, right)| {
        let (left, right) = (left.text().unwrap_or_default(), right.text().unwrap_or_default());
        Value::from(format!("{left}{between}{right}"))
    });
    Value::multi(pairs.collect())
}

pub(super) fn range(arguments: &Arguments<'_>) -> Value {
    let step = match arguments.text(2) {
        // The step may be a time span such as 1d.
        Some(text) => number::parse(&text).or_else(|| span_seconds(&text)),
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
    let in_range =
        numbers.take_while(|number| if step > 0.0 { *number < end } else { *number > end });
    Value::multi(in_range.take(limits::FIELD_VALUES).map(Value::Num).collect())
}

/// Returns the seconds of a time span, counted from 1970 where its length depends on the calendar.
fn span_seconds(text: &str) -> Option<f64> {
    let end = RelativeTime::parse(&format!("+{text}"))?.from(Time::new(0, 0, 0)?)?;
    number::parse(&end.to_epoch_string())
}

pub(super) fn find(arguments: &Arguments<'_>) -> Value {
    let Some(EvalExpr::Regex(regex)) = arguments.get(1) else { return Value::Null };
    let value = arguments.value(0);
    let found = value
        .each()
        .iter()
        .position(|value| value.text().is_some_and(|text| regex.is_match(&text)));
    #[expect(clippy::cast_precision_loss, reason = "no list is that long")]
    found.map_or(Value::Null, |index| Value::Num(index as f64))
}

/// The values of the one field that the condition names for which the condition is true.
pub(super) fn filter(arguments: &Arguments<'_>) -> Value {
    let Some((condition, name)) =
        arguments.get(0).and_then(|condition| Some((condition, condition.only_field()?)))
    else {
        return Value::Null;
    };
    let value = arguments.row.value(name);
    let matching = value
        .each()
        .iter()
        .filter(|value| condition.is_true(&SingleValueRow { name, value, row: arguments.row }));
    Value::multi(matching.cloned().collect())
}

/// The second argument, evaluated for each value of the field that is the first.
pub(super) fn map(arguments: &Arguments<'_>) -> Value {
    let (Some(EvalExpr::Field(name)), Some(expr)) = (arguments.get(0), arguments.get(1)) else {
        return Value::Null;
    };
    let value = arguments.row.value(name);
    let mut all = Vec::new();
    for value in value.each() {
        let mapped = expr.value(&SingleValueRow { name, value, row: arguments.row });
        all.extend(mapped.each().iter().cloned());
        all.truncate(limits::FIELD_VALUES);
    }
    Value::multi(all)
}

/// A row in which one field has only one of its values.
struct SingleValueRow<'a> {
    name: &'a str,
    value: &'a Value,
    row: &'a dyn Row,
}

impl Row for SingleValueRow<'_> {
    fn any(&self, field: &str, test: &mut dyn FnMut(&str) -> bool) -> bool {
        if field == self.name {
            return self.value.text().is_some_and(|text| test(&text));
        }
        self.row.any(field, test)
    }

    fn any_value(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        self.row.any_value(test)
    }

    fn time(&self) -> Option<Time> {
        self.row.time()
    }

    fn value(&self, field: &str) -> Value {
        if field == self.name { self.value.clone() } else { self.row.value(field) }
    }

    fn now(&self) -> Option<Time> {
        self.row.now()
    }
}

#[cfg(test)]
mod tests {
    use crate::search::eval::functions::tests::assert_values;

    #[test]
    fn lists_are_made_and_counted() {
        assert_values(&[
            ("split(\"a,b,c\", \",\")", "[a; b; c]"),
            ("split(\"abc\", \"\")", "[a; b; c]"),
            ("split(\"a\", \",\")", "a"),
            ("split(nope, \",\")", "∅"),
            ("mvcount(tags)", "2"),
            ("mvcount(bytes)", "1"),
            ("mvcount(nope)", "∅"),
            ("mvappend(\"a\", nope, tags)", "[a; a; b]"),
            ("mvappend(nope, null())", "∅"),
            ("mvjoin(tags, \" - \")", "a - b"),
            ("mvjoin(nope, \",\")", "∅"),
            ("mvzip(tags, split(\"1,2,3\", \",\"))", "[a,1; b,2]"),
            ("mvzip(tags, tags, \":\")", "[a:a; b:b]"),
        ]);
    }

    #[test]
    fn indexes_count_from_0_or_from_the_end() {
        let list = "split(\"a,b,c\", \",\")";
        for (arguments, expected) in [
            ("0", "a"),
            ("-1", "c"),
            ("0, 1", "[a; b]"),
            ("1, -1", "[b; c]"),
            ("2, 9", "c"),
            ("5", "∅"),
            ("-9", "∅"),
            ("nope", "∅"),
        ] {
            assert_values(&[(&format!("mvindex({list}, {arguments})"), expected)]);
        }
    }

    #[test]
    fn ranges_end_before_their_end() {
        assert_values(&[
            ("mvrange(1, 4)", "[1; 2; 3]"),
            ("mvrange(1, 8, 3)", "[1; 4; 7]"),
            ("mvrange(3, 0, -1)", "[3; 2; 1]"),
            ("mvrange(0, 180000, \"1d\")", "[0; 86400; 172800]"),
            ("mvrange(1, 1)", "∅"),
            ("mvrange(1, 2, 0)", "∅"),
            ("mvrange(1, 2, \"x\")", "∅"),
        ]);
    }

    #[test]
    fn values_are_selected_and_mapped() {
        assert_values(&[
            ("mvfilter(match(tags, \"^a\"))", "a"),
            ("mvfilter(tags!=\"a\")", "b"),
            ("mvfilter(match(nope, \"a\"))", "∅"),
            ("mvmap(tags, tags.\"!\")", "[a!; b!]"),
            ("mvmap(tags, bytes)", "[10; 10]"),
            ("mvfind(tags, \"b\")", "1"),
            ("mvfind(tags, \"c\")", "∅"),
            ("mvdedup(split(\"a,b,a\", \",\"))", "[a; b]"),
            ("mvsort(split(\"b,10,9,a\", \",\"))", "[10; 9; a; b]"),
        ]);
    }
}
