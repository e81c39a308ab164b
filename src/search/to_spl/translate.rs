//! Conditions that `search` cannot say, as formulas of `where`. A test of an absent field is false there
//! too, never null, so that its negation is true.

use super::condition;
use crate::regex::{Regex, RegexFlags};
use crate::search::condition::{Expr, Place, Test};
use crate::search::eval_expr::{Formula, Operator};
use crate::search::functions::Function;
use crate::search::parse::balanced;
use crate::search::wildcard::{Pattern, Piece};

pub(super) fn formula(expr: &Expr) -> Result<Formula, String> {
    if !matches!(expr, Expr::Where(_)) && condition(expr).is_some() {
        return call("searchmatch", vec![Formula::Search(Box::new(expr.clone()))]);
    }
    Ok(match expr {
        Expr::All(parts) => balanced(Operator::And, all(parts)?),
        Expr::Any(parts) => balanced(Operator::Or, all(parts)?),
        Expr::Not(inner) => Formula::Not(Box::new(formula(inner)?)),
        Expr::Field { name, test: asked } => test(name, asked)?,
        Expr::Keyword(asked) => test("_raw", asked)?,
        // True, neither false nor null.
        Expr::Where(formula) => call("coalesce", vec![formula.clone(), call("false", vec![])?])?,
        Expr::Time(_) => return Err("SPL cannot say this time range".into()),
    })
}

fn all(parts: &[Expr]) -> Result<Vec<Formula>, String> {
    parts.iter().map(formula).collect()
}

fn test(name: &str, asked: &Test) -> Result<Formula, String> {
    let field = || Formula::Field(name.to_owned());
    let whole_test = Expr::field(name, asked.clone());
    if condition(&whole_test).is_some() {
        return formula(&whole_test);
    }
    match asked {
        Test::OneOf(tests) => {
            let parts: Result<Vec<Formula>, String> =
                tests.iter().map(|asked| formula(&Expr::field(name, asked.clone()))).collect();
            Ok(balanced(Operator::Or, parts?))
        }
        Test::Differs(inner) => {
            let differs = Formula::Not(Box::new(formula(&Expr::field(name, (**inner).clone()))?));
            present(name, differs)
        }
        Test::Regex(regex) => present(name, matched(field(), regex.clone())?),
        Test::Matches(pattern) => present(name, matched(field(), whole(pattern)?)?),
        Test::SameAs { name: other, place, cased } => {
            let same = same(field(), Formula::Field(other.clone()), *place, *cased)?;
            let both = present(other, same)?;
            present(name, both)
        }
        _ => Err(format!("SPL cannot say what is asked of `{name}`")),
    }
}

/// The field has a value, and the formula is true.
fn present(name: &str, formula: Formula) -> Result<Formula, String> {
    let present = call("isnotnull", vec![Formula::Field(name.to_owned())])?;
    Ok(balanced(Operator::And, vec![present, formula]))
}

fn matched(of: Formula, regex: Regex) -> Result<Formula, String> {
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
    call("match", vec![of, Formula::Regex(regex)])
}

/// A regular expression for the whole of a value.
fn whole(pattern: &Pattern) -> Result<Regex, String> {
    let mut source = String::from(if pattern.is_cased() { "(?s)\\A" } else { "(?is)\\A" });
    for piece in pattern.pieces() {
        match piece {
            Piece::Any => source.push_str(".*"),
            Piece::One => source.push('.'),
            Piece::Text(text) => {
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

fn same(value: Formula, other: Formula, place: Place, cased: bool) -> Result<Formula, String> {
    let (value, other) = match cased {
        true => (value, other),
        false => (call("lower", vec![value])?, call("lower", vec![other])?),
    };
    let length = call("len", vec![other.clone()])?;
    let equal = |value| {
        let [value, other] = [value, other.clone()].map(as_text).map(Box::new);
        Formula::Binary(Operator::Equal, value, other)
    };
    Ok(match place {
        Place::Whole => equal(value),
        Place::Start => equal(call("substr", vec![value, Formula::Number(1.0), length])?),
        Place::End => equal(call("substr", vec![value, Formula::Negate(Box::new(length))])?),
        Place::Anywhere => {
            let parts = call("mvcount", vec![call("split", vec![value, other])?])?;
            Formula::Binary(Operator::Greater, Box::new(parts), Box::new(Formula::Number(1.0)))
        }
    })
}

/// A value with a sign before it: what looks like a number would otherwise be compared as one.
fn as_text(value: Formula) -> Formula {
    let sign = Formula::Text("=".into());
    Formula::Binary(Operator::Concatenate, Box::new(sign), Box::new(value))
}

fn call(name: &str, arguments: Vec<Formula>) -> Result<Formula, String> {
    match Function::find(name) {
        Some(function) => Ok(Formula::Call(function, arguments)),
        None => Err(format!("there is no function {name}")),
    }
}
