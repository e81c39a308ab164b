//! The values of conditions and expressions, as obstacles name them.

use super::possible::MOST_OBSTACLES;
use crate::search::ast::condition::Predicate;
use crate::search::ast::eval_expr::EvalExpr;
use crate::search::values::value::Value;
use crate::search::values::wildcard::{Wildcard, WildcardPiece};

/// Collects the values that satisfy a predicate, as far as it lists them.
pub(super) fn accepted(predicate: &Predicate, values: &mut Vec<String>) {
    match predicate {
        Predicate::Matches(wildcard) | Predicate::Term(wildcard) => values.push(shown(wildcard)),
        Predicate::Number(number) => values.push(number.clone()),
        Predicate::Regex(regex) => values.push(regex.source().to_owned()),
        Predicate::Compare(comparison, value) => {
            values.push(format!("{} {value}", comparison.symbol()));
        }
        Predicate::OneOf(predicates) => {
            predicates.iter().take(MOST_OBSTACLES).for_each(|one| accepted(one, values));
        }
        _ => {}
    }
}

pub(super) fn shown(wildcard: &Wildcard) -> String {
    let piece = |piece: &WildcardPiece| match piece {
        WildcardPiece::Text(text) => text.clone(),
        WildcardPiece::Any => "*".to_owned(),
        WildcardPiece::One => "?".to_owned(),
    };
    wildcard.pieces().iter().map(piece).collect()
}

/// Collects the literals of an expression.
pub(super) fn literals(expr: &EvalExpr, values: &mut Vec<String>) {
    match expr {
        EvalExpr::Text(text) => values.push(text.clone()),
        EvalExpr::Number(_) => values.extend(Value::text(&number(expr)).map(|text| text.into())),
        EvalExpr::Regex(regex) => values.push(regex.source().to_owned()),
        EvalExpr::Not(inner) | EvalExpr::Negate(inner) => literals(inner, values),
        EvalExpr::Binary(_, left, right) => {
            literals(left, values);
            literals(right, values);
        }
        EvalExpr::Call(_, arguments) => {
            arguments.iter().for_each(|argument| literals(argument, values));
        }
        EvalExpr::Field(_) | EvalExpr::Search(_) => {}
    }
}

pub(super) fn number(expr: &EvalExpr) -> Value {
    match expr {
        EvalExpr::Number(number) => Value::Num(*number),
        _ => Value::Null,
    }
}
