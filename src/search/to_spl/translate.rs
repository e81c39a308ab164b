//! Conditions that `search` cannot say, as formulas of `where`. A test of an absent field is false there
//! too, never null, so that its negation is true.

use super::condition;
use crate::regex::{Regex, RegexFlags};
use crate::search::condition::{Condition, FieldRelation, Predicate};
use crate::search::eval_expr::{EvalExpr, Operator};
use crate::search::functions::Function;
use crate::search::parse::balanced;
use crate::search::wildcard::{Wildcard, WildcardPiece};

pub(super) fn formula(expr: &Condition) -> Result<EvalExpr, String> {
    if !matches!(expr, Condition::Where(_)) && condition(expr).is_some() {
        return call("searchmatch", vec![EvalExpr::Search(Box::new(expr.clone()))]);
    }
    Ok(match expr {
        Condition::All(parts) => balanced(Operator::And, all(parts)?),
        Condition::Any(parts) => balanced(Operator::Or, all(parts)?),
        Condition::Not(inner) => EvalExpr::Not(Box::new(formula(inner)?)),
        Condition::Field { name, predicate: asked } => predicate(name, asked)?,
        Condition::Keyword(asked) => predicate("_raw", asked)?,
        // True, neither false nor null.
        Condition::Where(formula) => {
            call("coalesce", vec![formula.clone(), call("false", vec![])?])?
        }
        Condition::Time(_) => return Err("SPL cannot say this time range".into()),
    })
}

fn all(parts: &[Condition]) -> Result<Vec<EvalExpr>, String> {
    parts.iter().map(formula).collect()
}

fn predicate(name: &str, asked: &Predicate) -> Result<EvalExpr, String> {
    let field = || EvalExpr::Field(name.to_owned());
    let whole_test = Condition::field(name, asked.clone());
    if condition(&whole_test).is_some() {
        return formula(&whole_test);
    }
    match asked {
        Predicate::OneOf(predicates) => {
            let parts: Result<Vec<EvalExpr>, String> = predicates
                .iter()
                .map(|asked| formula(&Condition::field(name, asked.clone())))
                .collect();
            Ok(balanced(Operator::Or, parts?))
        }
        Predicate::Not(inner) => {
            let differs =
                EvalExpr::Not(Box::new(formula(&Condition::field(name, (**inner).clone()))?));
            present(name, differs)
        }
        Predicate::Regex(regex) => present(name, matched(field(), regex.clone())?),
        Predicate::Matches(pattern) => present(name, matched(field(), whole(pattern)?)?),
        Predicate::FieldRef { field: other, relation, case_sensitive } => {
            let same = same(field(), EvalExpr::Field(other.clone()), *relation, *case_sensitive)?;
            let both = present(other, same)?;
            present(name, both)
        }
        _ => Err(format!("SPL cannot say what is asked of `{name}`")),
    }
}

/// The field has a value, and the formula is true.
fn present(name: &str, formula: EvalExpr) -> Result<EvalExpr, String> {
    let present = call("isnotnull", vec![EvalExpr::Field(name.to_owned())])?;
    Ok(balanced(Operator::And, vec![present, formula]))
}

fn matched(of: EvalExpr, regex: Regex) -> Result<EvalExpr, String> {
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
    call("match", vec![of, EvalExpr::Regex(regex)])
}

/// A regular expression for the whole of a value.
fn whole(pattern: &Wildcard) -> Result<Regex, String> {
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

fn same(
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
        let [value, other] = [value, other.clone()].map(as_text).map(Box::new);
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

/// A value with a sign before it: what looks like a number would otherwise be compared as one.
fn as_text(value: EvalExpr) -> EvalExpr {
    let sign = EvalExpr::Text("=".into());
    EvalExpr::Binary(Operator::Concatenate, Box::new(sign), Box::new(value))
}

fn call(name: &str, arguments: Vec<EvalExpr>) -> Result<EvalExpr, String> {
    match Function::find(name) {
        Some(function) => Ok(EvalExpr::Call(function, arguments)),
        None => Err(format!("there is no function {name}")),
    }
}
