//! Whether an expression can be true, and whether it is the same for every row.

use super::fields::{Fields, Knowledge};
use super::possible::{Possible, all_of, any_of, merge};
use super::shown::literals;
use crate::search::ast::condition::Predicate;
use crate::search::ast::eval_expr::{EvalExpr, Operator};
use crate::search::ast::function::FunctionId;
use crate::search::eval::obstacle::Obstacle;
use crate::search::eval::row::Row;
use crate::search::values::value::Value;
use crate::search::values::wildcard::Wildcard;
use crate::time::Time;

impl Fields<'_> {
    /// Whether the truth value of an expression can be `wanted`; null is neither.
    pub(super) fn truth(&self, expr: &EvalExpr, wanted: bool) -> Possible {
        match expr {
            EvalExpr::Not(inner) => return self.truth(inner, !wanted),
            EvalExpr::Search(condition) => return self.condition(condition, wanted),
            EvalExpr::Binary(operator @ (Operator::And | Operator::Or), left, right) => {
                let both = [self.truth(left, wanted), self.truth(right, wanted)].into_iter();
                let needs_both = (*operator == Operator::And) == wanted;
                return if needs_both { all_of(both) } else { any_of(both) };
            }
            EvalExpr::Call(function, arguments) => match (function.id, arguments.as_slice()) {
                (FunctionId::SearchMatch, [inner]) => return self.truth(inner, wanted),
                (FunctionId::IsNotNull, [inner]) if wanted => {
                    return self.null(inner).map_or(Ok(()), Err);
                }
                (FunctionId::IsNull, [inner]) if !wanted => {
                    return self.null(inner).map_or(Ok(()), Err);
                }
                _ => {}
            },
            _ => {}
        }
        if let Some(obstacles) = self.null(expr) {
            return Err(obstacles);
        }
        match (self.constant_truth(expr), expr) {
            (Some(truth), _) if truth == Some(wanted) => Ok(()),
            (Some(_), _) => Err(self.of_expr(expr)),
            (None, EvalExpr::Binary(Operator::Equal, left, right)) if wanted => {
                match (&**left, &**right) {
                    (EvalExpr::Field(name), EvalExpr::Text(text))
                    | (EvalExpr::Text(text), EvalExpr::Field(name)) => {
                        let predicate = Predicate::Matches(Wildcard::literal(text, true));
                        self.field(name, &predicate, true)
                    }
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// Returns the truth value of an expression that is the same for every row.
    pub(super) fn constant_truth(&self, expr: &EvalExpr) -> Option<Option<bool>> {
        self.is_constant(expr).then(|| expr.truth(&ConstantRow(self)))
    }

    pub(super) fn is_constant(&self, expr: &EvalExpr) -> bool {
        match expr {
            EvalExpr::Text(_) | EvalExpr::Number(_) | EvalExpr::Regex(_) => true,
            EvalExpr::Field(name) => self.get(name) != Knowledge::Any,
            EvalExpr::Search(_) => false,
            EvalExpr::Not(inner) | EvalExpr::Negate(inner) => self.is_constant(inner),
            EvalExpr::Binary(_, left, right) => self.is_constant(left) && self.is_constant(right),
            EvalExpr::Call(function, arguments) => {
                !function.depends_on_now() && arguments.iter().all(|own| self.is_constant(own))
            }
        }
    }

    /// Returns why the expression is null for every row, if that follows from its fields.
    pub(super) fn null(&self, expr: &EvalExpr) -> Option<Vec<Obstacle>> {
        match expr {
            EvalExpr::Field(name) => self.null_field(name),
            EvalExpr::Negate(inner) | EvalExpr::Not(inner) => self.null(inner),
            EvalExpr::Binary(Operator::And | Operator::Or, ..) => None,
            EvalExpr::Binary(_, left, right) => self.null(left).or_else(|| self.null(right)),
            EvalExpr::Call(function, arguments) => match function.id {
                FunctionId::Coalesce => {
                    let mut all = Vec::new();
                    for argument in arguments {
                        merge(&mut all, self.null(argument)?);
                    }
                    (!all.is_empty()).then_some(all)
                }
                FunctionId::CidrMatch => arguments.iter().find_map(|own| self.null(own)),
                id if is_null_of_null(id) => arguments.first().and_then(|own| self.null(own)),
                _ => None,
            },
            EvalExpr::Text(_) | EvalExpr::Number(_) | EvalExpr::Regex(_) | EvalExpr::Search(_) => {
                None
            }
        }
    }

    /// Returns the obstacles in an expression that is the same for every row.
    pub(super) fn of_expr(&self, expr: &EvalExpr) -> Vec<Obstacle> {
        let mut values = Vec::new();
        literals(expr, &mut values);
        let mut obstacles = Vec::new();
        expr.each_field(&mut |name| {
            let field = name.to_owned();
            let own = match self.get(name) {
                Knowledge::Fixed(value) => {
                    let others = values.iter().filter(|other| *other != value).cloned();
                    vec![Obstacle::Value { field, values: others.collect() }]
                }
                Knowledge::Null(own) | Knowledge::Constant(_, own) => own,
                Knowledge::Any => Vec::new(),
            };
            merge(&mut obstacles, own);
        });
        if obstacles.is_empty() { vec![Obstacle::Contradiction] } else { obstacles }
    }
}

/// Whether the function is null if its first argument is.
pub(super) fn is_null_of_null(id: FunctionId) -> bool {
    matches!(
        id,
        FunctionId::In
            | FunctionId::Abs
            | FunctionId::Ceil
            | FunctionId::Floor
            | FunctionId::Len
            | FunctionId::Like
            | FunctionId::Lower
            | FunctionId::LTrim
            | FunctionId::Match
            | FunctionId::Md5
            | FunctionId::MvIndex
            | FunctionId::Replace
            | FunctionId::Round
            | FunctionId::RTrim
            | FunctionId::Sha1
            | FunctionId::Sha256
            | FunctionId::Sha512
            | FunctionId::Split
            | FunctionId::Strftime
            | FunctionId::Strptime
            | FunctionId::Substr
            | FunctionId::ToNumber
            | FunctionId::ToString
            | FunctionId::Trim
            | FunctionId::Upper
            | FunctionId::UrlDecode
    )
}

/// A row of the fields whose value is known.
pub(super) struct ConstantRow<'a>(pub(super) &'a Fields<'a>);

impl Row for ConstantRow<'_> {
    fn any(&self, field: &str, test: &mut dyn FnMut(&str) -> bool) -> bool {
        match self.0.get(field) {
            Knowledge::Fixed(value) => test(value),
            Knowledge::Constant(value, _) => value.any(test),
            Knowledge::Null(_) | Knowledge::Any => false,
        }
    }

    fn any_value(&self, _: &mut dyn FnMut(&str) -> bool) -> bool {
        false
    }

    fn time(&self) -> Option<Time> {
        None
    }

    fn value(&self, field: &str) -> Value {
        match self.0.get(field) {
            Knowledge::Fixed(value) => value.into(),
            Knowledge::Constant(value, _) => value,
            Knowledge::Null(_) | Knowledge::Any => Value::Null,
        }
    }

    fn now(&self) -> Option<Time> {
        None
    }
}
