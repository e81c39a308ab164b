//! [`Arguments`]: the arguments of a call, evaluated on demand.

use crate::search::ast::eval_expr::EvalExpr;
use crate::search::eval::row::Row;
use crate::search::values::value::Value;

/// The argument expressions of a call and the row that they are evaluated on.
pub(super) struct Arguments<'a> {
    pub(super) exprs: &'a [EvalExpr],
    pub(super) row: &'a dyn Row,
}

impl<'a> Arguments<'a> {
    /// Returns the number of arguments.
    pub(super) fn len(&self) -> usize {
        self.exprs.len()
    }

    /// Returns an argument unevaluated.
    pub(super) fn get(&self, index: usize) -> Option<&'a EvalExpr> {
        self.exprs.get(index)
    }

    /// Returns the value of an argument; null where there is no such argument.
    pub(super) fn value(&self, index: usize) -> Value {
        self.get(index).map_or(Value::Null, |expr| expr.value(self.row))
    }

    /// Returns the value of an argument with its further spellings, for a comparison.
    pub(super) fn spellings(&self, index: usize) -> Value {
        self.get(index).map_or(Value::Null, |expr| expr.spellings(self.row))
    }

    /// Returns an argument as text.
    pub(super) fn text(&self, index: usize) -> Option<String> {
        self.value(index).text().map(std::borrow::Cow::into_owned)
    }

    /// Returns an argument as a number.
    pub(super) fn number(&self, index: usize) -> Option<f64> {
        self.value(index).number()
    }

    /// Returns an argument as an integer, its fraction truncated.
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and no list is that long")]
    pub(super) fn integer(&self, index: usize) -> Option<i64> {
        self.number(index).map(|number| number.trunc() as i64)
    }

    /// Applies `change` to each value of an argument.
    pub(super) fn map_text(&self, index: usize, change: impl Fn(&str) -> Value) -> Value {
        let value = self.value(index);
        let changed = value.each().iter().map(|value| match value.text() {
            Some(text) => change(&text),
            None => Value::Null,
        });
        Value::multi(changed.collect())
    }
}
