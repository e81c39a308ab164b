//! Conditions as `search` takes them.

use super::quote::{field_name, quoted};
use crate::search::ast::condition::{Condition, Predicate};
use crate::search::values::timespan::TimeBound;
use crate::search::values::wildcard::{Wildcard, WildcardPiece};

/// Writes a condition; `None` if `search` cannot express it.
pub(super) fn write_condition(condition: &Condition) -> Option<String> {
    match condition {
        Condition::All(parts) => {
            let parts: Option<Vec<String>> = parts.iter().map(write_conjunct).collect();
            parts.map(|parts| parts.join(" "))
        }
        Condition::Any(parts) if parts.is_empty() => Some("NOT *".into()),
        Condition::Any(parts) => {
            let parts: Option<Vec<String>> = parts.iter().map(write_primary).collect();
            parts.map(|parts| parts.join(" OR "))
        }
        other => write_primary(other),
    }
}

/// Writes a part of a conjunction. OR binds tighter than AND, but readers expect parentheses around it.
pub(super) fn write_conjunct(condition: &Condition) -> Option<String> {
    match condition {
        Condition::Any(parts) if !parts.is_empty() => {
            write_condition(condition).map(|text| format!("({text})"))
        }
        other => write_primary(other),
    }
}

/// Writes a condition that binds as tightly as a comparison.
fn write_primary(condition: &Condition) -> Option<String> {
    match condition {
        Condition::All(parts) if parts.is_empty() => Some("(* OR NOT *)".into()),
        Condition::All(_) => write_condition(condition).map(|text| format!("({text})")),
        Condition::Any(parts) if parts.is_empty() => Some("(NOT *)".into()),
        Condition::Any(_) => write_condition(condition).map(|text| format!("({text})")),
        Condition::Not(inner) => write_primary(inner).map(|text| format!("NOT {text}")),
        Condition::Field { name, predicate } => write_predicate(&field_name(name), predicate),
        Condition::Keyword(Predicate::Term(pattern)) => {
            wildcard_text(pattern).map(|text| quoted(&text))
        }
        // A substring of a value is a term that begins and ends with `*`.
        Condition::Keyword(Predicate::Matches(pattern)) => match pattern.pieces() {
            [WildcardPiece::Any, .., WildcardPiece::Any] => {
                wildcard_text(pattern).map(|text| quoted(&text))
            }
            _ => None,
        },
        Condition::Time(range) => {
            let bound = |name: &str, bound: &Option<_>| {
                bound.as_ref().map(|bound: &TimeBound| format!("{name}=\"{bound}\""))
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

/// Writes a predicate of a field.
fn write_predicate(name: &str, predicate: &Predicate) -> Option<String> {
    match predicate {
        Predicate::OneOf(predicates) if !predicates.is_empty() => {
            let values: Option<Vec<String>> = predicates.iter().map(write_value).collect();
            values.map(|values| format!("{name} IN ({})", values.join(", ")))
        }
        Predicate::Not(predicate) => write_value(predicate).map(|value| format!("{name}!={value}")),
        Predicate::Compare(comparison, other) | Predicate::NumberOrder(comparison, other) => {
            Some(format!("{name}{}{}", comparison.symbol(), quoted(other)))
        }
        predicate => write_value(predicate).map(|value| format!("{name}={value}")),
    }
}

/// Writes the value of `field=value`.
fn write_value(predicate: &Predicate) -> Option<String> {
    match predicate {
        Predicate::Present | Predicate::Exists => Some("*".into()),
        Predicate::Number(number) => Some(number.clone()),
        Predicate::Cidr(cidr) => Some(quoted(&cidr.to_string())),
        Predicate::Matches(pattern) => wildcard_text(pattern).map(|text| quoted(&text)),
        _ => None,
    }
}

/// Writes a pattern; `None` if it is case-sensitive or has `?` or a literal `*`, which `search` cannot express.
fn wildcard_text(wildcard: &Wildcard) -> Option<String> {
    if wildcard.is_case_sensitive() {
        return None;
    }
    let pieces = wildcard.pieces().iter().map(|piece| match piece {
        WildcardPiece::Any => Some("*"),
        WildcardPiece::Text(text) if !text.contains('*') => Some(text.as_str()),
        WildcardPiece::Text(_) | WildcardPiece::One => None,
    });
    pieces.collect()
}
