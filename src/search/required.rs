//! Literals of which one must stand in the text of every block that a search can hold for.

use crate::order;
use crate::search::expr::{Expr, Test};
use crate::search::find::frequency;
use crate::text::folded;

/// What a search needs to find in a script's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Required {
    /// At least one of these, folded, stands in the folded `ScriptBlockText` of every block that holds.
    Any(Vec<String>),
    /// Nothing is known: every block must be looked at.
    Nothing,
}

/// Literals in one clause. A lookup file of malicious words has some hundreds.
const LITERALS: usize = 4_096;

/// Shorter literals stand in nearly every script.
const LENGTH: usize = 3;

impl Required {
    pub(crate) fn of(expr: &Expr) -> Self {
        match clause(expr) {
            Some(mut literals)
                if literals.len() <= LITERALS
                    && literals.iter().all(|text| text.chars().count() >= LENGTH) =>
            {
                order::sort(&mut literals);
                literals.dedup();
                Self::Any(minimal(literals))
            }
            _ => Self::Nothing,
        }
    }
}

/// The better of two clauses: the one that fewer texts will pass.
pub(crate) fn better(left: Option<Vec<String>>, right: Option<Vec<String>>) -> Option<Vec<String>> {
    match (left, right) {
        (Some(left), Some(right)) => Some(if worth(&right) > worth(&left) { right } else { left }),
        (left, right) => left.or(right),
    }
}

pub(crate) fn clause(expr: &Expr) -> Option<Vec<String>> {
    match expr {
        Expr::All(parts) => parts.iter().map(clause).fold(None, better),
        Expr::Any(parts) => union(parts.iter().map(clause)),
        Expr::Field { name, test } if crate::event::canonical(name) == "ScriptBlockText" => {
            literals(test)
        }
        Expr::Where(formula) => formula.required(),
        Expr::Field { .. } | Expr::Keyword(_) | Expr::Not(_) | Expr::Time(_) => None,
    }
}

/// One of these stands in every value that passes the test.
pub(crate) fn literals(test: &Test) -> Option<Vec<String>> {
    match test {
        Test::Matches(pattern) => {
            pattern.literals().map(|text| Some(vec![folded(text)])).fold(None, better)
        }
        Test::Regex(regex) => regex.required().map(<[String]>::to_vec),
        Test::OneOf(tests) => union(tests.iter().map(literals)),
        _ => None,
    }
}

fn union(clauses: impl Iterator<Item = Option<Vec<String>>>) -> Option<Vec<String>> {
    let mut all = Vec::new();
    for clause in clauses {
        all.extend(clause?);
    }
    Some(all).filter(|all| !all.is_empty())
}

/// A literal that holds another one adds nothing.
fn minimal(literals: Vec<String>) -> Vec<String> {
    // Beyond this many it costs more than it saves.
    if literals.len() > 512 {
        return literals;
    }
    literals
        .iter()
        .filter(|text| {
            !literals.iter().any(|other| other != *text && text.contains(other.as_str()))
        })
        .cloned()
        .collect()
}

/// How many texts a clause keeps out, in bits, by its weakest literal; many literals let more through.
fn worth(clause: &[String]) -> u32 {
    let weakest = clause.iter().map(|text| bits(text)).min().unwrap_or(0);
    weakest.saturating_sub(4 * clause.len().checked_ilog2().unwrap_or(0))
}

/// Four times the bits that a literal's bytes carry, common ones carrying few.
fn bits(text: &str) -> u32 {
    text.bytes().map(|byte| 8 + u32::from(70_u8.saturating_sub(frequency(byte))) / 4).sum()
}
