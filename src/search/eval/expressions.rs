//! Evaluation of [`EvalExpr`] in three-valued logic: true, false and null (`None`).

use crate::search::ast::eval_expr::{EvalExpr, Operator};
use crate::search::eval::functions;
use crate::search::eval::operators::{calculate, compare};
use crate::search::eval::row::Row;
use crate::search::eval::spellings::has_spellings;
use crate::search::values::value::Value;

impl EvalExpr {
    /// Whether the expression is true; false and null are not.
    pub(crate) fn is_true(&self, row: &dyn Row) -> bool {
        self.truth(row) == Some(true)
    }

    /// Returns the truth value, `None` for null.
    pub(crate) fn truth(&self, row: &dyn Row) -> Option<bool> {
        match self {
            Self::Not(inner) => inner.truth(row).map(|truth| !truth),
            Self::Search(condition) => Some(condition.holds(row)),
            Self::Binary(Operator::And, left, right) => match left.truth(row) {
                Some(false) => Some(false),
                left => match (left, right.truth(row)) {
                    (_, Some(false)) => Some(false),
                    (Some(true), right) => right,
                    _ => None,
                },
            },
            Self::Binary(Operator::Or, left, right) => match left.truth(row) {
                Some(true) => Some(true),
                left => match (left, right.truth(row)) {
                    (_, Some(true)) => Some(true),
                    (Some(false), right) => right,
                    _ => None,
                },
            },
            Self::Binary(Operator::Xor, left, right) => Some(left.truth(row)? != right.truth(row)?),
            // A value in several spellings differs only if all of them do.
            Self::Binary(Operator::Unequal, left, right)
                if left.has_spellings() || right.has_spellings() =>
            {
                let (left, right) = (left.spellings(row), right.spellings(row));
                compare(Operator::Equal, &left, &right).map(|is_equal| !is_equal)
            }
            Self::Binary(operator, left, right) if operator.is_condition() => {
                compare(*operator, &left.spellings(row), &right.spellings(row))
            }
            Self::Call(function, arguments) => functions::truth(function, arguments, row),
            other => other.value(row).truth(),
        }
    }

    /// Returns the value; a condition gives the string `True` or `False`.
    pub(crate) fn value(&self, row: &dyn Row) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Number(number) => Value::Num(*number),
            Self::Field(name) => row.value(name),
            Self::Regex(regex) => regex.source().into(),
            Self::Negate(inner) => {
                inner.value(row).number().map_or(Value::Null, |number| Value::Num(-number))
            }
            Self::Binary(operator, left, right) if !operator.is_condition() => {
                calculate(*operator, &left.value(row), &right.value(row))
            }
            Self::Call(function, arguments) if !self.is_condition() => {
                functions::value(function, arguments, row)
            }
            condition => match condition.truth(row) {
                Some(true) => "True".into(),
                Some(false) => "False".into(),
                None => Value::Null,
            },
        }
    }

    /// Returns the value with its further spellings, for a comparison.
    pub(crate) fn spellings(&self, row: &dyn Row) -> Value {
        match self {
            Self::Field(name) if has_spellings(name) => {
                let mut all = Vec::new();
                row.any(name, &mut |value| {
                    all.push(Value::from(value));
                    false
                });
                Value::multi(all)
            }
            other => other.value(row),
        }
    }

    fn has_spellings(&self) -> bool {
        matches!(self, Self::Field(name) if has_spellings(name))
    }

    /// Whether any value of the expression satisfies `test`; `None` if it is null. The values of a field are lent, not
    /// copied.
    pub(crate) fn any(&self, row: &dyn Row, test: &mut dyn FnMut(&str) -> bool) -> Option<bool> {
        if let Self::Field(name) = self {
            let mut is_present = false;
            let is_satisfied = row.any(name, &mut |value| {
                is_present = true;
                test(value)
            });
            return is_present.then_some(is_satisfied);
        }
        match self.value(row) {
            Value::Null => None,
            value => Some(value.any(test)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::search::eval::functions::tests::assert_values;

    #[test]
    fn operators_bind_as_splunk_documents_them() {
        assert_values(&[
            ("1+2*3", "7"),
            ("(1+2)*3", "9"),
            ("7/2", "3.5"),
            ("7%4", "3"),
            ("-3+1", "-2"),
            ("2-1-1", "0"),
            ("1/0", "∅"),
            ("\"a\".1", "a1"),
            ("1 . 2", "12"),
            ("\"1\"+\"2\"", "3"),
            ("\"a\"+\"b\"", "ab"),
            ("\"a\"+1", "∅"),
            ("tags.\"x\"", "[ax; bx]"),
        ]);
    }

    #[test]
    fn null_spreads_as_in_three_valued_logic() {
        assert_values(&[
            ("if(nope=1, 1, 0)", "0"),
            ("if(NOT nope=1, 1, 0)", "0"),
            ("if(nope=1 OR 1=1, 1, 0)", "1"),
            ("if(nope=1 AND 1=2, 1, 0)", "0"),
            ("if(NOT (nope=1 AND 1=2), 1, 0)", "1"),
            ("if(NOT (nope=1 OR 1=2), 1, 0)", "0"),
            ("if(nope=1 XOR 1=1, 1, 0)", "0"),
            ("nope.\"x\"", "∅"),
            ("nope+1", "∅"),
            ("-nope", "∅"),
        ]);
    }

    #[test]
    fn comparisons_are_numeric_for_numbers_and_cased_for_text() {
        assert_values(&[
            ("if(\"10\"<\"9\", 1, 0)", "0"),
            ("if(\"a10\"<\"a9\", 1, 0)", "1"),
            ("if(\"abc\"=\"ABC\", 1, 0)", "0"),
            ("if(bytes=\"10.0\", 1, 0)", "1"),
            ("if(tags=\"b\", 1, 0)", "1"),
            ("if(\"abc\" LIKE \"a_c\", 1, 0)", "1"),
            ("if(\"a%c\" LIKE \"a\\%c\", 1, 0)", "1"),
            ("tostring(1=1)", "True"),
            ("tostring(nope=1)", "∅"),
        ]);
    }
}
