//! A list of fields as a row: the arguments of a macro.

use crate::search::ast::eval_expr::EvalExpr;
use crate::search::eval::row::Row;
use crate::search::values::value::Value;
use crate::time::Time;

/// Evaluates an expression on a row of these fields. It has no event and no time.
pub(in crate::search) fn evaluate(expr: &EvalExpr, fields: &[(String, String)]) -> Value {
    expr.value(&FieldList(fields))
}

struct FieldList<'a>(&'a [(String, String)]);

impl FieldList<'_> {
    fn get(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, value)| value.as_str())
    }
}

impl Row for FieldList<'_> {
    fn any(&self, field: &str, test: &mut dyn FnMut(&str) -> bool) -> bool {
        self.get(field).is_some_and(test)
    }

    fn any_value(&self, test: &mut dyn FnMut(&str) -> bool) -> bool {
        self.0.iter().any(|(_, value)| test(value))
    }

    fn time(&self) -> Option<Time> {
        None
    }

    fn value(&self, field: &str) -> Value {
        self.get(field).map_or(Value::Null, Value::from)
    }

    fn now(&self) -> Option<Time> {
        None
    }
}
