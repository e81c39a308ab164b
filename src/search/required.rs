//! What must stand in the text of every block that a search can hold for.

use crate::literal::Required;
use crate::search::condition::{Condition, Predicate};

/// What the search needs of a text.
pub(super) fn required(expr: &Condition) -> Required {
    needs(expr).bounded()
}

pub(crate) fn needs(expr: &Condition) -> Required {
    match expr {
        Condition::All(parts) => Required::all(parts.iter().map(needs)),
        Condition::Any(parts) => Required::any(parts.iter().map(needs)),
        Condition::Field { name, predicate }
            if crate::event::canonical(name) == "ScriptBlockText" =>
        {
            needs_of(predicate)
        }
        Condition::Where(formula) => formula.required(),
        Condition::Field { .. }
        | Condition::Keyword(_)
        | Condition::Not(_)
        | Condition::Time(_) => Required::Nothing,
    }
}

/// What every value that passes the test needs.
pub(crate) fn needs_of(predicate: &Predicate) -> Required {
    match predicate {
        Predicate::Matches(pattern) => {
            Required::all(pattern.literals().map(Required::from_literal))
        }
        Predicate::Regex(regex) => regex.required().clone(),
        Predicate::OneOf(predicates) => Required::any(predicates.iter().map(needs_of)),
        _ => Required::Nothing,
    }
}
