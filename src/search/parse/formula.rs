//! Reads the formulas of `eval` and `where`.

use super::cursor::{Cursor, Escapes, Parsed, is_word};
use super::filter;
use crate::regex::{Regex, RegexFlags};
use crate::search::error::{Fault, nearest};
use crate::search::eval_expr::{EvalExpr, Operator};
use crate::search::functions::{self, Function};
use crate::search::number;

/// Reads a condition, as `where` takes it.
pub(super) fn condition(cursor: &mut Cursor<'_>) -> Parsed<EvalExpr> {
    cursor.skip_space();
    let start = cursor.at();
    let formula = any(cursor)?;
    must_be_condition(&formula, start)?;
    Ok(formula)
}

/// Reads a value, as `eval` assigns it.
pub(super) fn value(cursor: &mut Cursor<'_>) -> Parsed<EvalExpr> {
    cursor.skip_space();
    let start = cursor.at();
    let formula = any(cursor)?;
    if formula.is_condition() {
        return Err(Fault::new(start, "a field cannot be true or false")
            .help("write if(…, 1, 0), or tostring(…)"));
    }
    Ok(formula)
}

/// Reads any formula.
pub(super) fn any(cursor: &mut Cursor<'_>) -> Parsed<EvalExpr> {
    cursor.begin_formula();
    formula(cursor)
}

fn formula(cursor: &mut Cursor<'_>) -> Parsed<EvalExpr> {
    binary(cursor, 0)
}

/// The operators from the loosest; NOT stands between the third level and the fourth.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("XOR", Operator::Xor)],
    &[("OR", Operator::Or)],
    &[("AND", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("!=", Operator::Unequal),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("=", Operator::Equal),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("LIKE", Operator::Like),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract), (".", Operator::Concatenate)],
    &[("*", Operator::Multiply), ("/", Operator::Divide), ("%", Operator::Remainder)],
];
const NEGATION: usize = 3;

fn binary(cursor: &mut Cursor<'_>, level: usize) -> Parsed<EvalExpr> {
    let Some(operators) = LEVELS.get(level) else { return unary(cursor) };
    if level == NEGATION && negates(cursor) {
        cursor.enter()?;
        cursor.eat_word("NOT");
        cursor.skip_space();
        let start = cursor.at();
        let inner = binary(cursor, level)?;
        must_be_condition(&inner, start)?;
        cursor.leave();
        return Ok(EvalExpr::Not(Box::new(inner)));
    }
    cursor.skip_space();
    let mut start = cursor.at();
    let base = cursor.links();
    let mut left = binary(cursor, level + 1)?;
    if let [(_, chained @ (Operator::And | Operator::Or))] = operators {
        return chain(cursor, level, *chained, (start, base), left);
    }
    loop {
        if level == NEGATION
            && let Some(listed) = membership(cursor, &left)?
        {
            left = listed;
            cursor.link()?;
            continue;
        }
        let Some(operator) = operator(cursor, operators) else { break };
        if level < NEGATION {
            must_be_condition(&left, start)?;
        }
        cursor.skip_space();
        start = cursor.at();
        let right = binary(cursor, level + 1)?;
        if level < NEGATION {
            must_be_condition(&right, start)?;
        }
        left = EvalExpr::Binary(operator, Box::new(left), Box::new(right));
        cursor.link()?;
    }
    Ok(left)
}

/// A chain of AND or of OR. How it is bracketed changes nothing, so it becomes a tree that is as flat as
/// can be.
fn chain(
    cursor: &mut Cursor<'_>,
    level: usize,
    chained: Operator,
    (mut start, base): (usize, usize),
    first: EvalExpr,
) -> Parsed<EvalExpr> {
    let operators = LEVELS.get(level).copied().unwrap_or_default();
    let mut parts = vec![first];
    while operator(cursor, operators).is_some() {
        if let ([first], place) = (parts.as_slice(), start) {
            must_be_condition(first, place)?;
        }
        cursor.skip_space();
        start = cursor.at();
        let next = cursor.beside(base, |cursor| binary(cursor, level + 1))?;
        must_be_condition(&next, start)?;
        parts.push(next);
    }
    Ok(balanced(chained, parts))
}

/// The parts in their order, as a tree of little depth.
pub(in crate::search) fn balanced(operator: Operator, mut parts: Vec<EvalExpr>) -> EvalExpr {
    if parts.len() < 2 {
        return parts.pop().unwrap_or(EvalExpr::Number(0.0));
    }
    let right = parts.split_off(parts.len() / 2);
    let (left, right) = (balanced(operator, parts), balanced(operator, right));
    EvalExpr::Binary(operator, Box::new(left), Box::new(right))
}

/// `NOT` before something that it can negate, rather than a field of that name.
fn negates(cursor: &Cursor<'_>) -> bool {
    if !cursor.peek_word().eq_ignore_ascii_case("NOT") {
        return false;
    }
    let after = cursor.rest().trim_start().get(3..).unwrap_or_default().trim_start();
    after.starts_with(|c: char| is_word(c) || matches!(c, '(' | '"' | '\'' | '-'))
        && !["AND ", "OR ", "XOR ", "LIKE ", "IN "]
            .iter()
            .any(|word| after.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word)))
}

/// ` IN (…)` or ` NOT IN (…)` after a value.
fn membership(cursor: &mut Cursor<'_>, left: &EvalExpr) -> Parsed<Option<EvalExpr>> {
    let start = cursor.at();
    let negated = cursor.eat_word("NOT");
    if !cursor.eat_word("IN") || !cursor.rest().trim_start().starts_with('(') {
        cursor.go(start);
        return Ok(None);
    }
    cursor.skip_space();
    cursor.next();
    let mut arguments = vec![left.clone()];
    arguments.extend(list(cursor, start)?);
    let function = Function::find("in").filter(|_| arguments.len() > 1);
    let function = function.ok_or_else(|| Fault::new(start, "this list is empty"))?;
    let call = EvalExpr::Call(function, arguments);
    Ok(Some(if negated { EvalExpr::Not(Box::new(call)) } else { call }))
}

fn operator(cursor: &mut Cursor<'_>, operators: &[(&str, Operator)]) -> Option<Operator> {
    for (symbol, operator) in operators {
        if symbol.starts_with(char::is_alphabetic) {
            if cursor.eat_word(symbol) {
                return Some(*operator);
            }
            continue;
        }
        let start = cursor.at();
        cursor.skip_space();
        if cursor.eat(symbol) {
            return Some(*operator);
        }
        cursor.go(start);
    }
    None
}

fn unary(cursor: &mut Cursor<'_>) -> Parsed<EvalExpr> {
    cursor.skip_space();
    if cursor.eat("-") {
        cursor.enter()?;
        let inner = unary(cursor)?;
        cursor.leave();
        return Ok(match inner {
            EvalExpr::Number(number) => EvalExpr::Number(-number),
            inner => EvalExpr::Negate(Box::new(inner)),
        });
    }
    cursor.eat("+");
    primary(cursor)
}

fn primary(cursor: &mut Cursor<'_>) -> Parsed<EvalExpr> {
    cursor.skip_space();
    let start = cursor.at();
    match cursor.peek() {
        Some('(') => cursor.in_parentheses(formula, close),
        Some('"') => cursor.quoted('"', Escapes::White).map(EvalExpr::Text),
        Some('\'') => cursor.quoted('\'', Escapes::Quotes).map(EvalExpr::Field),
        Some(char) if char.is_ascii_digit() || char == '.' => number(cursor),
        Some(char) if is_word(char) => {
            let word = cursor.take_while(is_word);
            if cursor.rest().trim_start().starts_with('(') {
                cursor.skip_space();
                return call(cursor, word, start);
            }
            Ok(EvalExpr::Field(word.to_owned()))
        }
        Some('[') => Err(cursor.subsearch()),
        _ => Err(cursor.expected("a value")),
    }
}

fn close(cursor: &Cursor<'_>, start: usize) -> Fault {
    match cursor.is_at_end() {
        true => Fault::new(start, "this parenthesis is never closed"),
        false => cursor.expected("an operator or `)`"),
    }
}

fn number(cursor: &mut Cursor<'_>) -> Parsed<EvalExpr> {
    let start = cursor.at();
    cursor.take_while(|c| c.is_ascii_digit());
    let point = cursor.at();
    if cursor.eat(".") && cursor.take_while(|c| c.is_ascii_digit()).is_empty() {
        // The point was the operator.
        cursor.go(point);
    }
    if cursor.peek().is_some_and(is_word) {
        // A field whose name begins with digits.
        cursor.go(start);
        return Ok(EvalExpr::Field(cursor.take_while(is_word).to_owned()));
    }
    match number::parse(cursor.since(start)) {
        Some(number) => Ok(EvalExpr::Number(number)),
        None => {
            cursor.go(start);
            Err(cursor.expected("a value"))
        }
    }
}

/// The arguments after an opening parenthesis, and the closing one.
fn list(cursor: &mut Cursor<'_>, start: usize) -> Parsed<Vec<EvalExpr>> {
    let mut arguments = Vec::new();
    cursor.skip_space();
    if cursor.eat(")") {
        return Ok(arguments);
    }
    cursor.enter()?;
    let base = cursor.links();
    loop {
        arguments.push(cursor.beside(base, formula)?);
        cursor.skip_space();
        if cursor.eat(")") {
            break;
        }
        if !cursor.eat(",") {
            return Err(close(cursor, start));
        }
    }
    cursor.leave();
    Ok(arguments)
}

fn call(cursor: &mut Cursor<'_>, name: &str, start: usize) -> Parsed<EvalExpr> {
    let Some(function) = Function::find(name) else {
        let mut fault = Fault::new(start, format!("there is no function `{name}` here"));
        if let Some(near) = nearest(name, &Function::names()) {
            fault = fault.help(format!("did you mean {near}(…)?"));
        }
        return Err(fault);
    };
    cursor.next();
    if function.name == "searchmatch" {
        return search_match(cursor, function, start);
    }
    let mut places = Vec::new();
    let mut arguments = Vec::new();
    cursor.enter()?;
    cursor.skip_space();
    let base = cursor.links();
    while !cursor.eat(")") {
        cursor.skip_space();
        places.push(cursor.at());
        arguments.push(cursor.beside(base, formula)?);
        cursor.skip_space();
        if cursor.eat(",") {
            cursor.skip_space();
            if !cursor.rest().starts_with(')') {
                continue;
            }
            return Err(cursor.expected("a value"));
        }
        if !cursor.rest().starts_with(')') {
            return Err(close(cursor, start));
        }
    }
    cursor.leave();
    check(function, &arguments, &places, start)?;
    compile(function, &mut arguments, &places)?;
    Ok(EvalExpr::Call(function, arguments))
}

fn check(
    function: &Function,
    arguments: &[EvalExpr],
    places: &[usize],
    start: usize,
) -> Parsed<()> {
    let name = function.name;
    let count = arguments.len();
    let paired = matches!(name, "case" | "validate");
    if count < function.least || count > function.most || (paired && !count.is_multiple_of(2)) {
        let takes = match (function.least, function.most) {
            _ if paired => "pairs of a condition and a value".to_owned(),
            (0, 0) => "nothing".to_owned(),
            (least, most) if least == most => format!("{least} arguments"),
            (least, usize::MAX) => format!("at least {least} arguments"),
            (least, most) => format!("{least} to {most} arguments"),
        };
        return Err(Fault::new(start, format!("{name}() takes {takes}, found {count}")));
    }
    for index in functions::conditions(name, count) {
        if let (Some(argument), Some(place)) = (arguments.get(index), places.get(index)) {
            must_be_condition(argument, *place)?;
        }
    }
    if let ("mvfilter", [condition]) = (name, arguments) {
        must_be_condition(condition, start)?;
        if functions::only_field(condition).is_none() {
            return Err(Fault::new(start, "mvfilter() takes a condition on one field"));
        }
    }
    if let ("mvmap", Some(first)) = (name, arguments.first())
        && !matches!(first, EvalExpr::Field(_))
    {
        return Err(Fault::new(start, "mvmap() takes a field and a formula"));
    }
    Ok(())
}

/// Compiles the regular expression that a function takes as its second argument.
fn compile(function: &Function, arguments: &mut [EvalExpr], places: &[usize]) -> Parsed<()> {
    if !matches!(function.name, "match" | "replace" | "mvfind") {
        return Ok(());
    }
    let (Some(argument), Some(place)) = (arguments.get_mut(1), places.get(1)) else {
        return Ok(());
    };
    let EvalExpr::Text(pattern) = argument else {
        return Err(Fault::new(*place, "the regular expression must be a text in quotes"));
    };
    let regex = Regex::new(pattern, RegexFlags::default())
        .map_err(|error| Fault::new(*place, format!("regular expression: {error}")))?;
    *argument = EvalExpr::Regex(regex);
    Ok(())
}

fn search_match(
    cursor: &mut Cursor<'_>,
    function: &'static Function,
    start: usize,
) -> Parsed<EvalExpr> {
    cursor.skip_space();
    let place = cursor.at();
    if cursor.peek() != Some('"') {
        return Err(cursor.expected("a search in quotes"));
    }
    let text = cursor.quoted('"', Escapes::Quotes)?;
    let mut inner = Cursor::new(&text);
    cursor.enter()?;
    let expr = filter::filter(&mut inner).map_err(|fault| Fault { offset: place, ..fault })?;
    cursor.leave();
    if !inner.rest().trim().is_empty() {
        return Err(Fault::new(place, "searchmatch() takes a search without commands"));
    }
    cursor.skip_space();
    if !cursor.eat(")") {
        return Err(close(cursor, start));
    }
    Ok(EvalExpr::Call(function, vec![EvalExpr::Search(Box::new(expr))]))
}

fn must_be_condition(formula: &EvalExpr, place: usize) -> Parsed<()> {
    if formula.is_condition() {
        return Ok(());
    }
    let help = match formula {
        EvalExpr::Field(name) if matches!(name.as_str(), "true" | "false") => {
            format!("write {name}()")
        }
        EvalExpr::Field(name) => format!("write isnotnull({name}), or compare it with a value"),
        _ => "compare it with a value".to_owned(),
    };
    Err(Fault::new(place, "expected a condition, found a value").help(help))
}
