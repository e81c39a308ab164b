//! Searches written back as SPL.
//!
//! What was read as SPL is written so that it reads the same again. What a Sigma rule asks and `search`
//! cannot say becomes a `where` that comes to the same.

mod command;
mod formula;
mod translate;

use crate::search::Search;
use crate::search::condition::{Expr, Test};
use crate::search::eval_expr::{Formula, Operator};
use crate::search::parse::balanced;
use crate::search::wildcard::{Pattern, Piece};

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
pub(super) fn condition(expr: &Expr) -> Option<String> {
    match expr {
        Expr::All(parts) => {
            let parts: Option<Vec<String>> = parts.iter().map(part_of_all).collect();
            parts.map(|parts| parts.join(" "))
        }
        Expr::Any(parts) if parts.is_empty() => Some("NOT *".into()),
        Expr::Any(parts) => {
            let parts: Option<Vec<String>> = parts.iter().map(single).collect();
            parts.map(|parts| parts.join(" OR "))
        }
        other => single(other),
    }
}

/// What `search` can say before the first pipe, and a formula for what it cannot.
fn split(base: &Expr) -> Result<(String, Option<Formula>), String> {
    let parts = match base {
        Expr::All(parts) => parts.as_slice(),
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
fn part_of_all(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Any(parts) if !parts.is_empty() => condition(expr).map(|text| format!("({text})")),
        other => single(other),
    }
}

fn single(expr: &Expr) -> Option<String> {
    match expr {
        Expr::All(parts) if parts.is_empty() => Some("(* OR NOT *)".into()),
        Expr::All(_) => condition(expr).map(|text| format!("({text})")),
        Expr::Any(parts) if parts.is_empty() => Some("(NOT *)".into()),
        Expr::Any(_) => condition(expr).map(|text| format!("({text})")),
        Expr::Not(inner) => single(inner).map(|text| format!("NOT {text}")),
        Expr::Field { name, test } => field_test(&name_text(name), test),
        Expr::Keyword(Test::Term(pattern)) => wildcard_text(pattern).map(|text| quoted(&text)),
        // Anywhere in a value is a term that begins and ends with `*`.
        Expr::Keyword(Test::Matches(pattern)) => match pattern.pieces() {
            [Piece::Any, .., Piece::Any] => wildcard_text(pattern).map(|text| quoted(&text)),
            _ => None,
        },
        Expr::Time(range) => {
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
        Expr::Keyword(_) | Expr::Where(_) => None,
    }
}

fn field_test(name: &str, test: &Test) -> Option<String> {
    match test {
        Test::OneOf(tests) if !tests.is_empty() => {
            let values: Option<Vec<String>> = tests.iter().map(value).collect();
            values.map(|values| format!("{name} IN ({})", values.join(", ")))
        }
        Test::Differs(test) => value(test).map(|value| format!("{name}!={value}")),
        Test::Order(comparison, other) => {
            Some(format!("{name}{}{}", comparison.symbol(), quoted(other)))
        }
        test => value(test).map(|value| format!("{name}={value}")),
    }
}

/// A value of `field=value`.
fn value(test: &Test) -> Option<String> {
    match test {
        Test::Present => Some("*".into()),
        Test::Number(number) => Some(number.clone()),
        Test::Cidr(cidr) => Some(quoted(&cidr.to_string())),
        Test::Matches(pattern) => wildcard_text(pattern).map(|text| quoted(&text)),
        _ => None,
    }
}

/// The pattern with its wildcards; `search` knows no `?`, no case and no escape for `*`.
fn wildcard_text(pattern: &Pattern) -> Option<String> {
    if pattern.is_cased() {
        return None;
    }
    let pieces = pattern.pieces().iter().map(|piece| match piece {
        Piece::Any => Some("*"),
        Piece::Text(text) if !text.contains('*') => Some(text.as_str()),
        Piece::Text(_) | Piece::One => None,
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
