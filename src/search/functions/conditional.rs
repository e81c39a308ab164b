//! Choosing and asking.

use super::{Arguments, Compute, Function, Kind, condition, value_of};
use crate::search::cidr::Cidr;
use crate::search::eval_expr::{EvalExpr, Operator, compare};
use crate::search::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    either("if", 3, 3, choose_if),
    either("case", 2, usize::MAX, choose_case),
    either("validate", 2, usize::MAX, choose_invalid),
    either("coalesce", 1, usize::MAX, choose_present),
    condition("match", 2, 2, matches),
    condition("like", 2, 2, like),
    condition("cidrmatch", 2, 2, cidr),
    condition("in", 2, usize::MAX, is_in),
    condition("searchmatch", 1, 1, search),
    condition("isnull", 1, 1, |arguments| Some(arguments.value(0).is_null())),
    condition("isnotnull", 1, 1, |arguments| Some(!arguments.value(0).is_null())),
    condition("isnum", 1, 1, |arguments| Some(arguments.number(0).is_some())),
    condition("isint", 1, 1, |arguments| {
        Some(arguments.number(0).is_some_and(|number| number == number.trunc()))
    }),
    condition("isstr", 1, 1, |arguments| {
        Some(!arguments.value(0).is_null() && arguments.number(0).is_none())
    }),
    condition("true", 0, 0, |_| Some(true)),
    condition("false", 0, 0, |_| Some(false)),
    value_of("null", 0, 0, |_| Value::Null),
    value_of("nullif", 2, 2, |arguments| {
        let (left, right) = (arguments.value(0), arguments.value(1));
        if compare(Operator::Equal, &left, &right) == Some(true) { Value::Null } else { left }
    }),
    value_of("typeof", 1, 1, |arguments| match (arguments.value(0), arguments.number(0)) {
        (Value::Str(_), _) if arguments.get(0).is_some_and(EvalExpr::is_condition) => {
            "Boolean".into()
        }
        (Value::Null, _) => "Invalid".into(),
        (_, Some(_)) => "Number".into(),
        _ => "String".into(),
    }),
];

const fn either(
    name: &'static str,
    least: usize,
    most: usize,
    choose: for<'a> fn(&Arguments<'a>) -> Option<&'a EvalExpr>,
) -> Function {
    Function { name, least, most, kind: Kind::Either, compute: Compute::Choice(choose) }
}

/// The arguments that can become the result.
pub(super) fn branches<'a>(
    name: &str,
    arguments: &'a [EvalExpr],
) -> impl Iterator<Item = &'a EvalExpr> {
    let (first, step) = match name {
        "if" => (1, 1),
        "coalesce" => (0, 1),
        _ => (1, 2),
    };
    arguments.iter().skip(first).step_by(step)
}

/// The arguments that must be conditions.
pub(crate) fn conditions(name: &str, count: usize) -> impl Iterator<Item = usize> {
    let (end, step) = match name {
        "if" => (1, 1),
        "case" | "validate" => (count, 2),
        _ => (0, 1),
    };
    (0..end).step_by(step)
}

fn choose_if<'a>(arguments: &Arguments<'a>) -> Option<&'a EvalExpr> {
    let holds = arguments.get(0)?.is_true(arguments.fields);
    arguments.get(if holds { 1 } else { 2 })
}

fn choose_case<'a>(arguments: &Arguments<'a>) -> Option<&'a EvalExpr> {
    let mut rest = arguments.formulas;
    while let [test, value, tail @ ..] = rest {
        if test.is_true(arguments.fields) {
            return Some(value);
        }
        rest = tail;
    }
    None
}

fn choose_invalid<'a>(arguments: &Arguments<'a>) -> Option<&'a EvalExpr> {
    let mut rest = arguments.formulas;
    while let [test, value, tail @ ..] = rest {
        if test.truth(arguments.fields) == Some(false) {
            return Some(value);
        }
        rest = tail;
    }
    None
}

fn choose_present<'a>(arguments: &Arguments<'a>) -> Option<&'a EvalExpr> {
    arguments.formulas.iter().find(|formula| !formula.value(arguments.fields).is_null())
}

fn matches(arguments: &Arguments<'_>) -> Option<bool> {
    let Some(EvalExpr::Regex(regex)) = arguments.get(1) else { return None };
    arguments.get(0)?.any(arguments.fields, &mut |text| regex.is_match(text))
}

fn like(arguments: &Arguments<'_>) -> Option<bool> {
    compare(Operator::Like, &arguments.value(0), &arguments.value(1))
}

fn cidr(arguments: &Arguments<'_>) -> Option<bool> {
    let network = Cidr::parse(&arguments.text(0)?)?;
    arguments.get(1)?.any(arguments.fields, &mut |address| network.contains(address))
}

fn is_in(arguments: &Arguments<'_>) -> Option<bool> {
    let value = arguments.value(0);
    let mut result = Some(false);
    for index in 1..arguments.len() {
        match compare(Operator::Equal, &value, &arguments.value(index)) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => result = None,
        }
    }
    result
}

fn search(arguments: &Arguments<'_>) -> Option<bool> {
    arguments.get(0)?.truth(arguments.fields)
}
