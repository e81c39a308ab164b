//! Searches written back as SPL.
//!
//! What was read as SPL is written so that it reads the same again. What a Sigma rule asks and `search`
//! cannot say becomes a `where` that comes to the same.

mod command;
mod formula;
mod translate;

use crate::search::Search;
use crate::search::condition::{Condition, Predicate};
use crate::search::eval_expr::{EvalExpr, Operator};
use crate::search::parse::balanced;
use crate::search::wildcard::{Wildcard, WildcardPiece};

/// The search as SPL; an error names what SPL cannot say.
pub(super) fn search(search: &Search) -> Result<String, String> {
    let (base, rest) = split(search.base())?;
    let mut text = base;
    let mut pipe = |command: &str| {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str("| ");
        text.push_str(command);
    };
    if let Some(formula) = rest {
        pipe(&format!("where {}", formula::text(&formula)?));
    }
    for command in search.commands() {
        pipe(&command::text(command)?);
    }
    Ok(text)
}

/// A condition as `search` takes it; `None` where it cannot say it.
pub(super) fn condition(expr: &Condition) -> Option<String> {
    match expr {
        Condition::All(parts) => {
            let parts: Option<Vec<String>> = parts.iter().map(part_of_all).collect();
            parts.map(|parts| parts.join(" "))
        }
        Condition::Any(parts) if parts.is_empty() => Some("NOT *".into()),
        Condition::Any(parts) => {
            let parts: Option<Vec<String>> = parts.iter().map(single).collect();
            parts.map(|parts| parts.join(" OR "))
        }
        other => single(other),
    }
}

/// What `search` can say before the first pipe, and a formula for what it cannot.
fn split(base: &Condition) -> Result<(String, Option<EvalExpr>), String> {
    let parts = match base {
        Condition::All(parts) => parts.as_slice(),
        single => std::slice::from_ref(single),
    };
    let (mut said, mut unsaid) = (Vec::new(), Vec::new());
    for part in parts {
        let text = if parts.len() == 1 { condition(part) } else { part_of_all(part) };
        match text {
            Some(text) => said.push(text),
            None => unsaid.push(translate::formula(part)?),
        }
    }
    let formula = (!unsaid.is_empty()).then(|| balanced(Operator::And, unsaid));
    Ok((said.join(" "), formula))
}

/// OR binds tighter than AND, but readers expect parentheses around it.
fn part_of_all(expr: &Condition) -> Option<String> {
    match expr {
        Condition::Any(parts) if !parts.is_empty() => {
            condition(expr).map(|text| format!("({text})"))
        }
        other => single(other),
    }
}

fn single(expr: &Condition) -> Option<String> {
    match expr {
        Condition::All(parts) if parts.is_empty() => Some("(* OR NOT *)".into()),
        Condition::All(_) => condition(expr).map(|text| format!("({text})")),
        Condition::Any(parts) if parts.is_empty() => Some("(NOT *)".into()),
        Condition::Any(_) => condition(expr).map(|text| format!("({text})")),
        Condition::Not(inner) => single(inner).map(|text| format!("NOT {text}")),
        Condition::Field { name, predicate } => field_test(&name_text(name), predicate),
        Condition::Keyword(Predicate::Term(pattern)) => {
            wildcard_text(pattern).map(|text| quoted(&text))
        }
        // Anywhere in a value is a term that begins and ends with `*`.
        Condition::Keyword(Predicate::Matches(pattern)) => match pattern.pieces() {
            [WildcardPiece::Any, .., WildcardPiece::Any] => {
                wildcard_text(pattern).map(|text| quoted(&text))
            }
            _ => None,
        },
        Condition::Time(range) => {
            let bound = |name: &str, bound: &Option<_>| {
                bound.as_ref().map(|bound: &crate::search::TimeBound| format!("{name}=\"{bound}\""))
            };
            let bounds = [bound("earliest", &range.earliest), bound("latest", &range.latest)];
            let bounds: Vec<String> = bounds.into_iter().flatten().collect();
            match bounds.len() {
                0 => Some("index=*".into()),
                1 => bounds.into_iter().next(),
                _ => Some(format!("({})", bounds.join(" "))),
            }
        }
        Condition::Keyword(_) | Condition::Where(_) => None,
    }
}

fn field_test(name: &str, predicate: &Predicate) -> Option<String> {
    match predicate {
        Predicate::OneOf(predicates) if !predicates.is_empty() => {
            let values: Option<Vec<String>> = predicates.iter().map(value).collect();
            values.map(|values| format!("{name} IN ({})", values.join(", ")))
        }
        Predicate::Not(predicate) => value(predicate).map(|value| format!("{name}!={value}")),
        Predicate::Compare(comparison, other) => {
            Some(format!("{name}{}{}", comparison.symbol(), quoted(other)))
        }
        predicate => value(predicate).map(|value| format!("{name}={value}")),
    }
}

/// A value of `field=value`.
fn value(predicate: &Predicate) -> Option<String> {
    match predicate {
        Predicate::Present => Some("*".into()),
        Predicate::Number(number) => Some(number.clone()),
        Predicate::Cidr(cidr) => Some(quoted(&cidr.to_string())),
        Predicate::Matches(pattern) => wildcard_text(pattern).map(|text| quoted(&text)),
        _ => None,
    }
}

/// The pattern with its wildcards; `search` knows no `?`, no case and no escape for `*`.
fn wildcard_text(pattern: &Wildcard) -> Option<String> {
    if pattern.is_case_sensitive() {
        return None;
    }
    let pieces = pattern.pieces().iter().map(|piece| match piece {
        WildcardPiece::Any => Some("*"),
        WildcardPiece::Text(text) if !text.contains('*') => Some(text.as_str()),
        WildcardPiece::Text(_) | WildcardPiece::One => None,
    });
    pieces.collect()
}

/// In double quotes, as `search` reads them.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A field's name, in quotes where it needs them.
fn name_text(name: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || "_.:{}*@#$%/".contains(char);
    let operator =
        matches!(name, "AND" | "OR" | "NOT" | "IN" | "CASE" | "TERM" | "as" | "AS" | "by" | "BY");
    if !name.is_empty() && !operator && name.chars().all(plain) {
        return name.to_owned();
    }
    quoted(name)
}
