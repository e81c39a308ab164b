//! The functions of `eval` and `where`.

mod conditional;
mod crypto;
mod datetime;
mod math;
mod multivalue;
mod text;

use crate::search::condition::Row;
use crate::search::eval_expr::EvalExpr;
use crate::search::value::Value;
use crate::time::Time;

pub(crate) use conditional::conditions;
pub(crate) use datetime::time;
pub(crate) use multivalue::only_field;
pub(crate) use text::replaced;

/// A function: its name, how many arguments it takes, and whether it is a condition.
#[derive(Debug)]
pub struct Function {
    /// Its name, in lower case.
    pub name: &'static str,
    /// The fewest arguments.
    pub least: usize,
    /// The most arguments.
    pub most: usize,
    /// What it makes.
    kind: Kind,
    /// How it is computed.
    compute: Compute,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Value,
    Condition,
    /// What its arguments make, such as `if`.
    Either,
}

#[derive(Clone, Copy, Debug)]
enum Compute {
    /// True, false or null.
    Truth(fn(&Arguments<'_>) -> Option<bool>),
    Value(fn(&Arguments<'_>) -> Value),
    /// Depends on when the search is run: none but these are told.
    AtTime(fn(&Arguments<'_>, Option<Time>) -> Value),
    /// The argument that decides: `if`, `case` and the like.
    Choice(for<'a> fn(&Arguments<'a>) -> Option<&'a EvalExpr>),
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Function {
    /// The function of this name, in any case.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        let name = name.to_ascii_lowercase();
        TABLES.iter().copied().flatten().find(|function| function.name == name)
    }

    /// All names, for suggestions.
    pub(crate) fn names() -> Vec<&'static str> {
        TABLES.iter().copied().flatten().map(|function| function.name).collect()
    }

    /// Whether what it makes depends on when the search is run.
    pub(crate) fn depends_on_now(&self) -> bool {
        matches!(self.compute, Compute::AtTime(_))
    }

    pub(crate) fn is_condition(&self, arguments: &[EvalExpr]) -> bool {
        match self.kind {
            Kind::Value => false,
            Kind::Condition => true,
            Kind::Either => conditional::branches(self.name, arguments).any(EvalExpr::is_condition),
        }
    }
}

const TABLES: &[&[Function]] = &[
    conditional::FUNCTIONS,
    text::FUNCTIONS,
    multivalue::FUNCTIONS,
    math::FUNCTIONS,
    datetime::FUNCTIONS,
    crypto::FUNCTIONS,
];

const fn condition(
    name: &'static str,
    least: usize,
    most: usize,
    compute: fn(&Arguments<'_>) -> Option<bool>,
) -> Function {
    Function { name, least, most, kind: Kind::Condition, compute: Compute::Truth(compute) }
}

const fn value_of(
    name: &'static str,
    least: usize,
    most: usize,
    compute: fn(&Arguments<'_>) -> Value,
) -> Function {
    Function { name, least, most, kind: Kind::Value, compute: Compute::Value(compute) }
}

const fn value_at(
    name: &'static str,
    least: usize,
    most: usize,
    compute: fn(&Arguments<'_>, Option<Time>) -> Value,
) -> Function {
    Function { name, least, most, kind: Kind::Value, compute: Compute::AtTime(compute) }
}

/// What a call is given.
struct Arguments<'a> {
    formulas: &'a [EvalExpr],
    fields: &'a dyn Row,
}

impl<'a> Arguments<'a> {
    fn get(&self, index: usize) -> Option<&'a EvalExpr> {
        self.formulas.get(index)
    }

    fn value(&self, index: usize) -> Value {
        self.get(index).map_or(Value::Null, |formula| formula.value(self.fields))
    }

    fn text(&self, index: usize) -> Option<String> {
        self.value(index).text().map(std::borrow::Cow::into_owned)
    }

    fn number(&self, index: usize) -> Option<f64> {
        self.value(index).number()
    }

    /// A whole number; fractions are cut off.
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and no list is that long")]
    fn integer(&self, index: usize) -> Option<i64> {
        self.number(index).map(|number| number.trunc() as i64)
    }

    /// A new value for each value of an argument.
    fn each_text(&self, index: usize, change: impl Fn(&str) -> Value) -> Value {
        let value = self.value(index);
        let changed = value.each().iter().map(|value| match value.text() {
            Some(text) => change(&text),
            None => Value::Null,
        });
        Value::multi(changed.collect())
    }

    fn len(&self) -> usize {
        self.formulas.len()
    }
}

pub(crate) fn truth(function: &Function, formulas: &[EvalExpr], fields: &dyn Row) -> Option<bool> {
    let arguments = Arguments { formulas, fields };
    let made = match function.compute {
        Compute::Truth(compute) => return compute(&arguments),
        Compute::Choice(choose) => return choose(&arguments)?.truth(fields),
        Compute::Value(compute) => compute(&arguments),
        Compute::AtTime(compute) => compute(&arguments, fields.now()),
    };
    match made {
        Value::Null => None,
        value => Some(value.text().is_some_and(|text| text.eq_ignore_ascii_case("true"))),
    }
}

pub(crate) fn value(function: &Function, formulas: &[EvalExpr], fields: &dyn Row) -> Value {
    let arguments = Arguments { formulas, fields };
    match function.compute {
        Compute::Value(compute) => compute(&arguments),
        Compute::AtTime(compute) => compute(&arguments, fields.now()),
        Compute::Choice(choose) => {
            choose(&arguments).map_or(Value::Null, |formula| formula.value(fields))
        }
        Compute::Truth(compute) => match compute(&arguments) {
            Some(true) => "True".into(),
            Some(false) => "False".into(),
            None => Value::Null,
        },
    }
}
