//! What must stand in the text of every block that a search can hold for.

use crate::literal::Required;
use crate::search::condition::{Expr, Test};

/// What the search needs of a text.
pub(super) fn required(expr: &Expr) -> Required {
    needs(expr).bounded()
}

pub(crate) fn needs(expr: &Expr) -> Required {
    match expr {
        Expr::All(parts) => Required::all(parts.iter().map(needs)),
        Expr::Any(parts) => Required::any(parts.iter().map(needs)),
        Expr::Field { name, test } if crate::event::canonical(name) == "ScriptBlockText" => {
            needs_of(test)
        }
        Expr::Where(formula) => formula.required(),
        Expr::Field { .. } | Expr::Keyword(_) | Expr::Not(_) | Expr::Time(_) => Required::Nothing,
    }
}

/// What every value that passes the test needs.
pub(crate) fn needs_of(test: &Test) -> Required {
    match test {
        Test::Matches(pattern) => Required::all(pattern.literals().map(Required::from_literal)),
        Test::Regex(regex) => regex.required().clone(),
        Test::OneOf(tests) => Required::any(tests.iter().map(needs_of)),
        _ => Required::Nothing,
    }
}
