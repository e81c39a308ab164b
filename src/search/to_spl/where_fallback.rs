//! Conditions that `search` cannot express, as expressions of `where`. A predicate of an absent field becomes false,
//! not null, so that its negation is true.

use super::condition::write_condition;
use crate::regex::{Regex, RegexFlags};
use crate::search::ast::condition::{Condition, FieldRelation, Predicate};
use crate::search::ast::eval_expr::{EvalExpr, Operator};
use crate::search::ast::function::Function;
use crate::search::values::wildcard::{Wildcard, WildcardPiece};

/// Converts a condition to an expression that is true for the same rows; an error names what SPL cannot express.
pub(super) fn to_expr(condition: &Condition) -> Result<EvalExpr, String> {
    if !matches!(condition, Condition::Where(_)) && write_condition(condition).is_some() {
        return call("searchmatch", vec![EvalExpr::Search(Box::new(condition.clone()))]);
    }
    Ok(match condition {
        Condition::All(parts) => EvalExpr::balanced(Operator::And, all(parts)?),
        Condition::Any(parts) => EvalExpr::balanced(Operator::Or, all(parts)?),
        Condition::Not(inner) => EvalExpr::Not(Box::new(to_expr(inner)?)),
        Condition::Field { name, predicate } => predicate_to_expr(name, predicate)?,
        Condition::Keyword(predicate) => predicate_to_expr("_raw", predicate)?,
        // False instead of null.
        Condition::Where(expr) => call("coalesce", vec![expr.clone(), call("false", vec![])?])?,
        Condition::Time(_) => return Err("SPL cannot express this time range".into()),
    })
}

fn all(parts: &[Condition]) -> Result<Vec<EvalExpr>, String> {
    parts.iter().map(to_expr).collect()
}

fn predicate_to_expr(name: &str, predicate: &Predicate) -> Result<EvalExpr, String> {
    let field = || EvalExpr::Field(name.to_owned());
    let condition = Condition::field(name, predicate.clone());
    if write_condition(&condition).is_some() {
        return to_expr(&condition);
    }
    match predicate {
        Predicate::OneOf(predicates) => {
            let parts: Result<Vec<EvalExpr>, String> = predicates
                .iter()
                .map(|predicate| to_expr(&Condition::field(name, predicate.clone())))
                .collect();
            Ok(EvalExpr::balanced(Operator::Or, parts?))
        }
        Predicate::Not(inner) => {
            let differs =
                EvalExpr::Not(Box::new(to_expr(&Condition::field(name, (**inner).clone()))?));
            present(name, differs)
        }
        Predicate::Regex(regex) => present(name, match_call(field(), regex.clone())?),
        Predicate::Matches(pattern) => present(name, match_call(field(), to_regex(pattern)?)?),
        Predicate::FieldRef { field: other, relation, case_sensitive } => {
            let same = relate(field(), EvalExpr::Field(other.clone()), *relation, *case_sensitive)?;
            let both = present(other, same)?;
            present(name, both)
        }
        _ => Err(format!("SPL cannot express this predicate of `{name}`")),
    }
}

/// Returns the expression that the field has a value and `expr` is true.
fn present(name: &str, expr: EvalExpr) -> Result<EvalExpr, String> {
    let present = call("isnotnull", vec![EvalExpr::Field(name.to_owned())])?;
    Ok(EvalExpr::balanced(Operator::And, vec![present, expr]))
}

/// Returns a call of `match`, with the flags written into the regular expression.
fn match_call(input: EvalExpr, regex: Regex) -> Result<EvalExpr, String> {
    let flags = regex.flags();
    let letters: String = [(flags.caseless, 'i'), (flags.multi_line, 'm'), (flags.dot_all, 's')]
        .iter()
        .filter_map(|(on, letter)| on.then_some(*letter))
        .collect();
    let regex = match letters.is_empty() {
        true => regex,
        false => Regex::new(&format!("(?{letters}){}", regex.source()), RegexFlags::default())
            .map_err(|error| error.to_string())?,
    };
    call("match", vec![input, EvalExpr::Regex(regex)])
}

/// Returns a regular expression that matches the same values as the pattern.
fn to_regex(pattern: &Wildcard) -> Result<Regex, String> {
    let mut source = String::from(if pattern.is_case_sensitive() { "(?s)\\A" } else { "(?is)\\A" });
    for piece in pattern.pieces() {
        match piece {
            WildcardPiece::Any => source.push_str(".*"),
            WildcardPiece::One => source.push('.'),
            WildcardPiece::Text(text) => {
                for char in text.chars() {
                    if !char.is_alphanumeric() && char.is_ascii() && !char.is_control() {
                        source.push('\\');
                    }
                    source.push(char);
                }
            }
        }
    }
    source.push_str("\\z");
    Regex::new(&source, RegexFlags::default()).map_err(|error| error.to_string())
}

/// Returns the comparison of two fields' values.
fn relate(
    value: EvalExpr,
    other: EvalExpr,
    place: FieldRelation,
    cased: bool,
) -> Result<EvalExpr, String> {
    let (value, other) = match cased {
        true => (value, other),
        false => (call("lower", vec![value])?, call("lower", vec![other])?),
    };
    let length = call("len", vec![other.clone()])?;
    let equal = |value| {
        let [value, other] = [value, other.clone()].map(prefixed).map(Box::new);
        EvalExpr::Binary(Operator::Equal, value, other)
    };
    Ok(match place {
        FieldRelation::Equals => equal(value),
        FieldRelation::StartsWith => {
            equal(call("substr", vec![value, EvalExpr::Number(1.0), length])?)
        }
        FieldRelation::EndsWith => {
            equal(call("substr", vec![value, EvalExpr::Negate(Box::new(length))])?)
        }
        FieldRelation::Contains => {
            let parts = call("mvcount", vec![call("split", vec![value, other])?])?;
            EvalExpr::Binary(Operator::Greater, Box::new(parts), Box::new(EvalExpr::Number(1.0)))
        }
    })
}

/// Prefixes a value with a sign, so that numbers are compared as text.
fn prefixed(value: EvalExpr) -> EvalExpr {
    let sign = EvalExpr::Text("=".into());
    EvalExpr::Binary(Operator::Concatenate, Box::new(sign), Box::new(value))
}

fn call(name: &str, arguments: Vec<EvalExpr>) -> Result<EvalExpr, String> {
    match Function::find(name) {
        Some(function) => Ok(EvalExpr::Call(function, arguments)),
        None => Err(format!("there is no function {name}")),
    }
}
