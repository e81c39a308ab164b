//! [`EvalExpr`]: what `eval` computes and `where` asks. An absent field is null, and a comparison with
//! null is neither true nor false.

use crate::limits;
use crate::literal::Required;
use crate::regex::Regex;
use crate::search::condition::{Comparison, Condition, Predicate, Row};
use crate::search::functions::{self, Function};
use crate::search::number::Decimal;
use crate::search::required;
use crate::search::value::Value;
use crate::search::wildcard::{Wildcard, WildcardPiece};
use std::cmp::Ordering;

/// A formula of `eval` or `where`.
#[derive(Clone, Debug, PartialEq)]
pub enum EvalExpr {
    /// A text in quotes.
    Text(String),
    /// A number.
    Number(f64),
    /// A field's value.
    Field(String),
    /// A regular expression, where a function takes one.
    Regex(Regex),
    /// A condition of `search`, where `searchmatch` takes one.
    Search(Box<Condition>),
    /// `NOT`.
    Not(Box<EvalExpr>),
    /// `-`.
    Negate(Box<EvalExpr>),
    /// One operator between two formulas.
    Binary(Operator, Box<EvalExpr>, Box<EvalExpr>),
    /// A function and what it is given.
    Call(&'static Function, Vec<EvalExpr>),
}

/// An operator between two formulas, the loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    /// One of both, not both.
    Xor,
    /// At least one of both.
    Or,
    /// Both.
    And,
    /// `=` or `==`.
    Equal,
    /// `!=`.
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `LIKE`: `%` stands for any characters, `_` for one.
    Like,
    /// `+`: a sum, or two texts as one.
    Add,
    /// `-`
    Subtract,
    /// `.`: two values as one text.
    Concatenate,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

impl Operator {
    /// Whether it makes a condition.
    pub(crate) fn is_condition(self) -> bool {
        self <= Self::Like
    }
}

impl EvalExpr {
    /// Whether it is true or false rather than a value.
    pub(crate) fn is_condition(&self) -> bool {
        match self {
            Self::Not(_) | Self::Search(_) => true,
            Self::Binary(operator, ..) => operator.is_condition(),
            Self::Call(function, arguments) => function.is_condition(arguments),
            Self::Text(_) | Self::Number(_) | Self::Field(_) | Self::Regex(_) | Self::Negate(_) => {
                false
            }
        }
    }

    /// True; neither false nor null.
    pub(crate) fn is_true(&self, fields: &dyn Row) -> bool {
        self.truth(fields) == Some(true)
    }

    /// True, false or null.
    pub(crate) fn truth(&self, fields: &dyn Row) -> Option<bool> {
        match self {
            Self::Not(inner) => inner.truth(fields).map(|truth| !truth),
            Self::Search(expr) => Some(expr.holds(fields)),
            Self::Binary(Operator::And, left, right) => match left.truth(fields) {
                Some(false) => Some(false),
                left => match (left, right.truth(fields)) {
                    (_, Some(false)) => Some(false),
                    (Some(true), right) => right,
                    _ => None,
                },
            },
            Self::Binary(Operator::Or, left, right) => match left.truth(fields) {
                Some(true) => Some(true),
                left => match (left, right.truth(fields)) {
                    (_, Some(true)) => Some(true),
                    (Some(false), right) => right,
                    _ => None,
                },
            },
            Self::Binary(Operator::Xor, left, right) => {
                Some(left.truth(fields)? != right.truth(fields)?)
            }
            Self::Binary(operator, left, right) if operator.is_condition() => {
                compare(*operator, &left.value(fields), &right.value(fields))
            }
            Self::Call(function, arguments) => functions::truth(function, arguments, fields),
            other => match other.value(fields) {
                Value::Null => None,
                value => Some(value.text().is_some_and(|text| text.eq_ignore_ascii_case("true"))),
            },
        }
    }

    /// What it comes to; a condition comes to `True` or `False`.
    pub(crate) fn value(&self, fields: &dyn Row) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Number(number) => Value::Num(*number),
            Self::Field(name) => fields.value(name),
            Self::Regex(regex) => regex.source().into(),
            Self::Negate(inner) => {
                inner.value(fields).number().map_or(Value::Null, |number| Value::Num(-number))
            }
            Self::Binary(operator, left, right) if !operator.is_condition() => {
                calculate(*operator, &left.value(fields), &right.value(fields))
            }
            Self::Call(function, arguments) if !function.is_condition(arguments) => {
                functions::value(function, arguments, fields)
            }
            condition => match condition.truth(fields) {
                Some(true) => "True".into(),
                Some(false) => "False".into(),
                None => Value::Null,
            },
        }
    }

    /// Whether any value of it passes; null where there is none. A field's values are lent, not copied.
    pub(crate) fn any(
        &self,
        fields: &dyn Row,
        predicate: &mut dyn FnMut(&str) -> bool,
    ) -> Option<bool> {
        if let Self::Field(name) = self {
            let mut seen = false;
            let passed = fields.any(name, &mut |value| {
                seen = true;
                predicate(value)
            });
            return seen.then_some(passed);
        }
        match self.value(fields) {
            Value::Null => None,
            value => Some(
                value.each().iter().any(|value| value.text().is_some_and(|text| predicate(&text))),
            ),
        }
    }

    /// Calls with every field that it names.
    pub(crate) fn each_field<'a>(&'a self, found: &mut dyn FnMut(&'a str)) {
        match self {
            Self::Field(name) => found(name),
            Self::Not(inner) | Self::Negate(inner) => inner.each_field(found),
            Self::Binary(_, left, right) => {
                left.each_field(found);
                right.each_field(found);
            }
            Self::Call(_, arguments) => {
                arguments.iter().for_each(|argument| argument.each_field(found));
            }
            Self::Search(expr) => expr.each_field(found),
            Self::Text(_) | Self::Number(_) | Self::Regex(_) => {}
        }
    }

    /// Whether it depends on when the search is run.
    pub(crate) fn depends_on_now(&self) -> bool {
        match self {
            Self::Not(inner) | Self::Negate(inner) => inner.depends_on_now(),
            Self::Binary(_, left, right) => left.depends_on_now() || right.depends_on_now(),
            Self::Call(function, arguments) => {
                function.depends_on_now() || arguments.iter().any(Self::depends_on_now)
            }
            Self::Search(expr) => expr.depends_on_now(),
            Self::Text(_) | Self::Number(_) | Self::Field(_) | Self::Regex(_) => false,
        }
    }

    /// What stands in the script's text wherever it is true.
    pub(crate) fn required(&self) -> Required {
        match self {
            Self::Search(expr) => required::needs(expr),
            Self::Binary(Operator::And, left, right) => {
                Required::all([left.required(), right.required()])
            }
            Self::Binary(Operator::Or, left, right) => {
                Required::any([left.required(), right.required()])
            }
            Self::Binary(Operator::Equal, left, right) => match (&**left, &**right) {
                (of, Self::Text(text)) | (Self::Text(text), of) if of.is_script() => {
                    Required::from_literal(text)
                }
                _ => Required::Nothing,
            },
            Self::Binary(Operator::Like, of, pattern) => like_required(of, pattern),
            Self::Call(function, arguments) => match (function.name, arguments.as_slice()) {
                ("match", [of, Self::Regex(regex)]) if of.is_script() => regex.required().clone(),
                ("like", [of, pattern]) => like_required(of, pattern),
                ("searchmatch", [inner]) => inner.required(),
                _ => Required::Nothing,
            },
            _ => Required::Nothing,
        }
    }

    /// The script's text, as it stands or in one case.
    fn is_script(&self) -> bool {
        match self {
            Self::Field(name) => crate::event::canonical(name) == "ScriptBlockText",
            Self::Call(function, arguments) => {
                matches!(function.name, "lower" | "upper")
                    && arguments.first().is_some_and(Self::is_script)
            }
            _ => false,
        }
    }
}

fn like_required(of: &EvalExpr, pattern: &EvalExpr) -> Required {
    match pattern {
        EvalExpr::Text(pattern) if of.is_script() => {
            required::needs_of(&Predicate::Matches(like_pattern(pattern)))
        }
        _ => Required::Nothing,
    }
}

/// The pattern of `like`, in which case counts.
pub(crate) fn like_pattern(text: &str) -> Wildcard {
    let mut pieces = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        pieces.push(match char {
            '%' => WildcardPiece::Any,
            '_' => WildcardPiece::One,
            '\\' if matches!(chars.peek(), Some('%' | '_' | '\\')) => {
                WildcardPiece::Text(chars.next().into_iter().collect())
            }
            other => WildcardPiece::Text(other.to_string()),
        });
    }
    Wildcard::new(pieces, true)
}

/// A comparison; of several values any may pass.
pub(crate) fn compare(operator: Operator, left: &Value, right: &Value) -> Option<bool> {
    if left.is_null() || right.is_null() {
        return None;
    }
    if operator == Operator::Like {
        let pattern = like_pattern(&right.text()?);
        return Some(
            left.each().iter().any(|value| value.text().is_some_and(|text| pattern.matches(&text))),
        );
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

/// As numbers if both are, else as texts by their characters.
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

fn calculate(operator: Operator, left: &Value, right: &Value) -> Value {
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

/// Of several values, each.
fn concatenate(left: &Value, right: &Value) -> Value {
    if let (Value::Multi(_), Value::Multi(_)) = (left, right) {
        return Value::Null;
    }
    // What is more than a field may hold is refused where it is assigned, and no more is built before.
    let mut left_over = 2 * limits::TEXT_BYTES;
    let mut pairs = Vec::new();
    for head in left.each() {
        for tail in right.each() {
            let (head, tail) = (head.text().unwrap_or_default(), tail.text().unwrap_or_default());
            match left_over.checked_sub(head.len() + tail.len()) {
                Some(rest) => left_over = rest,
                None => return Value::Null,
            }
            pairs.push(Value::from(format!("{head}{tail}")));
        }
    }
    Value::multi(pairs)
}

/// A number that is one: dividing by zero, for example, gives null.
pub(crate) fn finite(number: f64) -> Value {
    if number.is_finite() { Value::Num(number) } else { Value::Null }
}
