//! The operators of `eval` and `where` on values.

use crate::limits;
use crate::search::ast::condition::Comparison;
use crate::search::ast::eval_expr::Operator;
use crate::search::values::number::Decimal;
use crate::search::values::value::Value;
use crate::search::values::wildcard::Wildcard;
use std::cmp::Ordering;

/// Compares two values; `None` if either is null. Of several values, any pair may satisfy the comparison.
pub(crate) fn compare(operator: Operator, left: &Value, right: &Value) -> Option<bool> {
    if left.is_null() || right.is_null() {
        return None;
    }
    if operator == Operator::Like {
        let pattern = Wildcard::from_like(&right.text()?);
        return Some(left.any(&mut |text| pattern.matches(text)));
    }
    let holds = |ordering: Ordering| match operator {
        Operator::Unequal => ordering.is_ne(),
        Operator::Less => Comparison::Less.holds(ordering),
        Operator::LessOrEqual => Comparison::LessOrEqual.holds(ordering),
        Operator::Greater => Comparison::Greater.holds(ordering),
        Operator::GreaterOrEqual => Comparison::GreaterOrEqual.holds(ordering),
        _ => ordering.is_eq(),
    };
    Some(left.each().iter().any(|left| right.each().iter().any(|right| holds(order(left, right)))))
}

/// Orders two values numerically if both are numbers, otherwise as text by code points.
pub(crate) fn order(left: &Value, right: &Value) -> Ordering {
    if let (Value::Time(left), Value::Time(right)) = (left, right) {
        return (left.seconds(), left.nanos()).cmp(&(right.seconds(), right.nanos()));
    }
    let (left_text, right_text) =
        (left.text().unwrap_or_default(), right.text().unwrap_or_default());
    match (Decimal::parse(&left_text), Decimal::parse(&right_text)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => match (left.number(), right.number()) {
            (Some(left), Some(right)) => left.total_cmp(&right),
            _ => left_text.cmp(&right_text),
        },
    }
}

/// Applies an arithmetic operator or a concatenation. Arithmetic on text is null, except `+` of two texts.
pub(super) fn calculate(operator: Operator, left: &Value, right: &Value) -> Value {
    if operator == Operator::Concatenate {
        return concatenate(left, right);
    }
    match (left.number(), right.number()) {
        (Some(left), Some(right)) => finite(match operator {
            Operator::Add => left + right,
            Operator::Subtract => left - right,
            Operator::Multiply => left * right,
            Operator::Divide => left / right,
            _ => left % right,
        }),
        (None, None) if operator == Operator::Add => concatenate(left, right),
        _ => Value::Null,
    }
}

/// Concatenates each value of one side with the other side; null if both sides have several values.
fn concatenate(left: &Value, right: &Value) -> Value {
    if let (Value::Multi(_), Value::Multi(_)) = (left, right) {
        return Value::Null;
    }
    // The assignment refuses a result longer than a field may be; stopping at twice that bounds memory before it.
    let mut budget = 2 * limits::TEXT_BYTES;
    let mut pairs = Vec::new();
    for head in left.each() {
        for tail in right.each() {
            let (head, tail) = (head.text().unwrap_or_default(), tail.text().unwrap_or_default());
            match budget.checked_sub(head.len() + tail.len()) {
                Some(rest) => budget = rest,
                None => return Value::Null,
            }
            pairs.push(Value::from(format!("{head}{tail}")));
        }
    }
    Value::multi(pairs)
}

/// Returns the number, or null for an infinity or NaN, such as after a division by zero.
pub(crate) fn finite(number: f64) -> Value {
    if number.is_finite() { Value::Num(number) } else { Value::Null }
}
