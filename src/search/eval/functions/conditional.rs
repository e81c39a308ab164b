//! Comparison and conditional functions.

use super::arguments::Arguments;
use crate::search::ast::eval_expr::{EvalExpr, Operator};
use crate::search::eval::conditions::is_regex_match;
use crate::search::eval::operators::compare;
use crate::search::values::cidr::Cidr;
use crate::search::values::value::Value;

pub(super) fn choose_if<'a>(arguments: &Arguments<'a>) -> Option<&'a EvalExpr> {
    let holds = arguments.get(0)?.is_true(arguments.row);
    arguments.get(if holds { 1 } else { 2 })
}

/// The value after the first condition that is true.
pub(super) fn choose_case<'a>(arguments: &Arguments<'a>) -> Option<&'a EvalExpr> {
    choose_pair(arguments, true)
}

/// The value after the first condition that is false.
pub(super) fn choose_validate<'a>(arguments: &Arguments<'a>) -> Option<&'a EvalExpr> {
    choose_pair(arguments, false)
}

fn choose_pair<'a>(arguments: &Arguments<'a>, truth: bool) -> Option<&'a EvalExpr> {
    let mut rest = arguments.exprs;
    while let [condition, value, tail @ ..] = rest {
        if condition.truth(arguments.row) == Some(truth) {
            return Some(value);
        }
        rest = tail;
    }
    None
}

/// The first argument that is not null.
pub(super) fn choose_coalesce<'a>(arguments: &Arguments<'a>) -> Option<&'a EvalExpr> {
    arguments.exprs.iter().find(|expr| !expr.value(arguments.row).is_null())
}

pub(super) fn matches(arguments: &Arguments<'_>) -> Option<bool> {
    let Some(EvalExpr::Regex(regex)) = arguments.get(1) else { return None };
    let row = arguments.row;
    arguments.get(0)?.any(row, &mut |text| is_regex_match(regex, text, row))
}

pub(super) fn like(arguments: &Arguments<'_>) -> Option<bool> {
    compare(Operator::Like, &arguments.spellings(0), &arguments.value(1))
}

pub(super) fn cidr_match(arguments: &Arguments<'_>) -> Option<bool> {
    let network = Cidr::parse(&arguments.text(0)?)?;
    arguments.get(1)?.any(arguments.row, &mut |address| network.contains(address))
}

/// Whether the first argument equals one of the others; null if it equals none and one of them is null.
pub(super) fn is_in(arguments: &Arguments<'_>) -> Option<bool> {
    let value = arguments.spellings(0);
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

pub(super) fn search_match(arguments: &Arguments<'_>) -> Option<bool> {
    arguments.get(0)?.truth(arguments.row)
}

pub(super) fn is_null(arguments: &Arguments<'_>) -> Option<bool> {
    Some(arguments.value(0).is_null())
}

pub(super) fn is_not_null(arguments: &Arguments<'_>) -> Option<bool> {
    Some(!arguments.value(0).is_null())
}

pub(super) fn is_num(arguments: &Arguments<'_>) -> Option<bool> {
    Some(arguments.number(0).is_some())
}

pub(super) fn is_int(arguments: &Arguments<'_>) -> Option<bool> {
    Some(arguments.number(0).is_some_and(|number| number == number.trunc()))
}

pub(super) fn is_str(arguments: &Arguments<'_>) -> Option<bool> {
    let value = arguments.value(0);
    Some(!value.is_null() && value.number().is_none())
}

pub(super) fn is_bool(arguments: &Arguments<'_>) -> Option<bool> {
    Some(arguments.get(0).is_some_and(EvalExpr::is_condition))
}

/// Null if both arguments are equal, otherwise the first.
pub(super) fn null_if(arguments: &Arguments<'_>) -> Value {
    let (left, right) = (arguments.value(0), arguments.value(1));
    if compare(Operator::Equal, &left, &right) == Some(true) { Value::Null } else { left }
}

pub(super) fn type_of(arguments: &Arguments<'_>) -> Value {
    let value = arguments.value(0);
    match (&value, value.number()) {
        (Value::Str(_), _) if arguments.get(0).is_some_and(EvalExpr::is_condition) => {
            "Boolean".into()
        }
        (Value::Null, _) => "Invalid".into(),
        (_, Some(_)) => "Number".into(),
        _ => "String".into(),
    }
}

#[cfg(test)]
mod tests {
    use crate::search::eval::functions::tests::assert_values;

    #[test]
    fn branches_are_chosen_by_their_conditions() {
        assert_values(&[
            ("if(1=1, \"yes\", \"no\")", "yes"),
            ("if(1=2, \"yes\", \"no\")", "no"),
            ("if(nope=1, \"yes\", \"no\")", "no"),
            ("case(1=2, \"a\", 1=1, \"b\", 1=1, \"c\")", "b"),
            ("case(1=2, \"a\")", "∅"),
            ("case(nope=1, \"a\", true(), \"b\")", "b"),
            ("validate(1=1, \"one\", 1=2, \"two\")", "two"),
            ("validate(nope=1, \"one\")", "∅"),
            ("coalesce(nope, null(), 3)", "3"),
            ("coalesce(empty, 3)", ""),
            ("coalesce(nope)", "∅"),
        ]);
    }

    #[test]
    fn conditions_match_the_value() {
        assert_values(&[
            ("if(match(text, \"Mimi\"), 1, 0)", "1"),
            ("if(match(text, \"mimi\"), 1, 0)", "0"),
            ("if(match(text, \"(?i)mimi\"), 1, 0)", "1"),
            ("if(match(tags, \"^b$\"), 1, 0)", "1"),
            ("if(NOT match(nope, \"a\"), 1, 0)", "0"),
            ("if(like(text, \"Invoke%\"), 1, 0)", "1"),
            ("if(like(text, \"invoke%\"), 1, 0)", "0"),
            ("if(like(\"abc\", \"a_c\"), 1, 0)", "1"),
            ("if(cidrmatch(\"10.0.0.0/8\", ip), 1, 0)", "1"),
            ("if(cidrmatch(\"192.168.0.0/16\", ip), 1, 0)", "0"),
            ("if(cidrmatch(\"fe80::/10\", \"fe80::1\"), 1, 0)", "1"),
            ("if(in(bytes, 9, 10), 1, 0)", "1"),
            ("if(bytes IN (9, 11), 1, 0)", "0"),
            ("if(NOT in(bytes, 9, nope), 1, 0)", "0"),
            ("if(searchmatch(\"*mimikatz*\"), 1, 0)", "1"),
            ("if(searchmatch(\"tags=c\"), 1, 0)", "0"),
        ]);
    }

    #[test]
    fn types_are_distinguished() {
        assert_values(&[
            ("if(isnull(nope), 1, 0)", "1"),
            ("if(isnotnull(bytes), 1, 0)", "1"),
            ("if(isnum(bytes), 1, 0)", "1"),
            ("if(isnum(text), 1, 0)", "0"),
            ("if(isint(1.5), 1, 0)", "0"),
            ("if(isint(\"3\"), 1, 0)", "1"),
            ("if(isstr(\"a\"), 1, 0)", "1"),
            ("if(isstr(nope), 1, 0)", "0"),
            ("if(isbool(1=1), 1, 0)", "1"),
            ("if(isbool(\"true\"), 1, 0)", "0"),
            ("nullif(\"a\", \"a\")", "∅"),
            ("nullif(\"a\", \"b\")", "a"),
            ("null()", "∅"),
            ("typeof(\"a\")", "String"),
            ("typeof(1)", "Number"),
            ("typeof(nope)", "Invalid"),
            ("typeof(1=1)", "Boolean"),
            ("if(false() OR true(), 1, 0)", "1"),
        ]);
    }
}
