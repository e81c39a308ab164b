//! Expressions of `eval` and `where`, by recursive descent over the levels of precedence.

use super::condition;
use super::cursor::{Cursor, Escapes, Parsed, is_word};
use super::error::{SyntaxError, arguments_text, nearest};
use crate::regex::{Regex, RegexFlags};
use crate::search::ast::eval_expr::{EvalExpr, Operator};
use crate::search::ast::function::{Function, FunctionId};
use crate::search::values::number;

/// Parses a condition, as `where` takes it.
pub(super) fn condition(cursor: &mut Cursor<'_>) -> Parsed<EvalExpr> {
    cursor.skip_space();
    let start = cursor.at();
    let expr = any(cursor)?;
    must_be_condition(&expr, start)?;
    Ok(expr)
}

/// Parses a condition in parentheses, of which the opening one is next.
pub(super) fn parenthesized(cursor: &mut Cursor<'_>) -> Parsed<EvalExpr> {
    cursor.in_parentheses(condition, close)
}

/// Parses a value, as `eval` assigns it.
pub(super) fn value(cursor: &mut Cursor<'_>) -> Parsed<EvalExpr> {
    cursor.skip_space();
    let start = cursor.at();
    let expr = any(cursor)?;
    if expr.is_condition() {
        return Err(SyntaxError::new(start, "a field cannot be true or false")
            .help("write if(…, 1, 0), or tostring(…)"));
    }
    Ok(expr)
}

/// Parses any expression.
pub(super) fn any(cursor: &mut Cursor<'_>) -> Parsed<EvalExpr> {
    cursor.begin_expr();
    expr(cursor)
}

fn expr(cursor: &mut Cursor<'_>) -> Parsed<EvalExpr> {
    binary(cursor, 0)
}

/// The operators by level, loosest first. NOT is between the third level and the fourth.
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

/// Parses operands of the next level joined by the operators of `level`.
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

/// Parses the rest of a chain of AND or of OR. Both are associative, so it becomes a balanced tree, which long chains
/// do not make deep.
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
        let next = cursor.sibling(base, |cursor| binary(cursor, level + 1))?;
        must_be_condition(&next, start)?;
        parts.push(next);
    }
    Ok(EvalExpr::balanced(chained, parts))
}

/// Whether `NOT` is next and an operand follows, so that it is not a field of that name.
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

/// Parses `IN (…)` or `NOT IN (…)` after a value, if it is next.
fn membership(cursor: &mut Cursor<'_>, left: &EvalExpr) -> Parsed<Option<EvalExpr>> {
    let start = cursor.at();
    let negated = cursor.eat_word("NOT");
    if !cursor.eat_word("IN") || !cursor.rest().trim_start().starts_with('(') {
        cursor.go_to(start);
        return Ok(None);
    }
    cursor.skip_space();
    cursor.next();
    let mut arguments = vec![left.clone()];
    arguments.extend(list(cursor, start)?);
    let function = Function::find("in").filter(|_| arguments.len() > 1);
    let function = function.ok_or_else(|| SyntaxError::new(start, "this list is empty"))?;
    let call = EvalExpr::Call(function, arguments);
    Ok(Some(if negated { EvalExpr::Not(Box::new(call)) } else { call }))
}

/// Takes one of the operators.
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
        cursor.go_to(start);
    }
    None
}

/// Parses an operand with any number of signs before it.
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

/// Parses a literal, a field, a call or parentheses.
fn primary(cursor: &mut Cursor<'_>) -> Parsed<EvalExpr> {
    cursor.skip_space();
    let start = cursor.at();
    match cursor.peek() {
        Some('(') => cursor.in_parentheses(expr, close),
        Some('"') => cursor.quoted('"', Escapes::QuotesAndWhitespace).map(EvalExpr::Text),
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

/// Returns the error for a missing closing parenthesis.
fn close(cursor: &Cursor<'_>, start: usize) -> SyntaxError {
    match cursor.is_at_end() {
        true => SyntaxError::new(start, "this parenthesis is never closed"),
        false => cursor.expected("an operator or `)`"),
    }
}

/// Parses a number, or a field whose name starts with a digit.
fn number(cursor: &mut Cursor<'_>) -> Parsed<EvalExpr> {
    let start = cursor.at();
    cursor.take_while(|c| c.is_ascii_digit());
    let point = cursor.at();
    if cursor.eat(".") && cursor.take_while(|c| c.is_ascii_digit()).is_empty() {
        // The point is the operator of concatenation.
        cursor.go_to(point);
    }
    if cursor.peek().is_some_and(is_word) {
        cursor.go_to(start);
        return Ok(EvalExpr::Field(cursor.take_while(is_word).to_owned()));
    }
    match number::parse(cursor.since(start)) {
        Some(number) => Ok(EvalExpr::Number(number)),
        None => {
            cursor.go_to(start);
            Err(cursor.expected("a value"))
        }
    }
}

/// Parses a list after its opening parenthesis, up to the closing one.
fn list(cursor: &mut Cursor<'_>, start: usize) -> Parsed<Vec<EvalExpr>> {
    let mut arguments = Vec::new();
    cursor.skip_space();
    if cursor.eat(")") {
        return Ok(arguments);
    }
    cursor.enter()?;
    let base = cursor.links();
    loop {
        arguments.push(cursor.sibling(base, expr)?);
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

/// Parses the call of a function after its name.
fn call(cursor: &mut Cursor<'_>, name: &str, start: usize) -> Parsed<EvalExpr> {
    let Some(function) = Function::find(name) else {
        let mut error = SyntaxError::new(start, format!("there is no function `{name}` here"));
        if let Some(near) = nearest(name, &Function::names()) {
            error = error.help(format!("did you mean {near}(…)?"));
        }
        return Err(error);
    };
    cursor.next();
    if function.id == FunctionId::SearchMatch {
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
        arguments.push(cursor.sibling(base, expr)?);
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
    check_arguments(function, &arguments, &places, start)?;
    compile_regex(function, &mut arguments, &places)?;
    Ok(EvalExpr::Call(function, arguments))
}

/// Checks the number and the kinds of the arguments.
fn check_arguments(
    function: &Function,
    arguments: &[EvalExpr],
    places: &[usize],
    start: usize,
) -> Parsed<()> {
    let name = function.name;
    let count = arguments.len();
    let pairs = function.pairs();
    let before = function.min_arguments % 2;
    if count < function.min_arguments
        || count > function.max_arguments
        || (pairs.is_some() && count % 2 != before)
    {
        let takes = match (function.min_arguments, function.max_arguments) {
            _ if pairs.is_some() => {
                let first = if before == 1 { "a value and " } else { "" };
                format!("{first}pairs of {}", pairs.unwrap_or_default())
            }
            (0, 0) => "nothing".to_owned(),
            (least, most) if least == most => arguments_text(least),
            (least, usize::MAX) => format!("at least {}", arguments_text(least)),
            (least, most) => format!("{least} to {most} arguments"),
        };
        return Err(SyntaxError::new(start, format!("{name}() takes {takes}, found {count}")));
    }
    for index in function.condition_arguments(count) {
        if let (Some(argument), Some(place)) = (arguments.get(index), places.get(index)) {
            must_be_condition(argument, *place)?;
        }
    }
    if let (FunctionId::MvFilter, [condition]) = (function.id, arguments) {
        must_be_condition(condition, start)?;
        if condition.only_field().is_none() {
            return Err(SyntaxError::new(start, "mvfilter() takes a condition on one field"));
        }
    }
    if let (FunctionId::MvMap, Some(first)) = (function.id, arguments.first())
        && !matches!(first, EvalExpr::Field(_))
    {
        return Err(SyntaxError::new(start, "mvmap() takes a field and an expression"));
    }
    Ok(())
}

/// Compiles the second argument of the functions that take a regular expression there.
fn compile_regex(function: &Function, arguments: &mut [EvalExpr], places: &[usize]) -> Parsed<()> {
    if !matches!(function.id, FunctionId::Match | FunctionId::Replace | FunctionId::MvFind) {
        return Ok(());
    }
    let (Some(argument), Some(place)) = (arguments.get_mut(1), places.get(1)) else {
        return Ok(());
    };
    let EvalExpr::Text(pattern) = argument else {
        return Err(SyntaxError::new(*place, "the regular expression must be a text in quotes"));
    };
    let regex = Regex::shared(pattern, RegexFlags::default())
        .map_err(|error| SyntaxError::new(*place, format!("regular expression: {error}")))?;
    *argument = EvalExpr::Regex(regex);
    Ok(())
}

/// Parses the argument of `searchmatch`, a condition in quotes.
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
    let expr =
        condition::condition(&mut inner).map_err(|error| SyntaxError { offset: place, ..error })?;
    cursor.leave();
    if !inner.rest().trim().is_empty() {
        return Err(SyntaxError::new(place, "searchmatch() takes a search without commands"));
    }
    cursor.skip_space();
    if !cursor.eat(")") {
        return Err(close(cursor, start));
    }
    Ok(EvalExpr::Call(function, vec![EvalExpr::Search(Box::new(expr))]))
}

/// Returns an error if the expression is not a condition.
fn must_be_condition(expr: &EvalExpr, place: usize) -> Parsed<()> {
    if expr.is_condition() {
        return Ok(());
    }
    let help = match expr {
        EvalExpr::Field(name) if matches!(name.as_str(), "true" | "false") => {
            format!("write {name}()")
        }
        EvalExpr::Field(name) => format!("write isnotnull({name}), or compare it with a value"),
        _ => "compare it with a value".to_owned(),
    };
    Err(SyntaxError::new(place, "expected a condition, found a value").help(help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::parse::library::Library;
    use crate::search::query::Search;

    /// The expression with parentheses around every operation.
    fn bracketed(expr: &EvalExpr) -> String {
        match expr {
            EvalExpr::Text(text) => format!("{text:?}"),
            EvalExpr::Number(number) => number.to_string(),
            EvalExpr::Field(name) => name.clone(),
            EvalExpr::Regex(regex) => format!("/{}/", regex.source()),
            EvalExpr::Search(_) => "search".into(),
            EvalExpr::Not(inner) => format!("(NOT {})", bracketed(inner)),
            EvalExpr::Negate(inner) => format!("(-{})", bracketed(inner)),
            EvalExpr::Binary(operator, left, right) => {
                format!("({} {operator:?} {})", bracketed(left), bracketed(right))
            }
            EvalExpr::Call(function, arguments) => {
                let arguments: Vec<String> = arguments.iter().map(bracketed).collect();
                format!("{}({})", function.name, arguments.join(", "))
            }
        }
    }

    #[test]
    fn operators_bind_by_their_level() {
        for (text, expected) in [
            ("1+2*3", "(1 Add (2 Multiply 3))"),
            ("1-2-3", "((1 Subtract 2) Subtract 3)"),
            ("(1+2)*3", "((1 Add 2) Multiply 3)"),
            ("-a*2", "((-a) Multiply 2)"),
            ("- -3", "3"),
            ("+3", "3"),
            ("1.5+1", "(1.5 Add 1)"),
            ("1 . 2", "(1 Concatenate 2)"),
            ("a.b", "(a Concatenate b)"),
            ("7up", "7up"),
            ("'a b'.\"c\\t\"", "(a b Concatenate \"c\\t\")"),
            ("LOWER(a)", "lower(a)"),
            ("match", "match"),
        ] {
            let parsed = value(&mut Cursor::new(text)).unwrap();
            assert_eq!(bracketed(&parsed), expected, "{text}");
        }
    }

    #[test]
    fn conditions_bind_by_their_level() {
        for (text, expected) in [
            ("a=1 AND b=2 OR c=3", "(((a Equal 1) And (b Equal 2)) Or (c Equal 3))"),
            ("a=1 OR b=2 AND c=3", "((a Equal 1) Or ((b Equal 2) And (c Equal 3)))"),
            ("NOT a=1 AND b=2", "((NOT (a Equal 1)) And (b Equal 2))"),
            ("a==1 xor b!=2", "((a Equal 1) Xor (b Unequal 2))"),
            ("a+1>=b", "((a Add 1) GreaterOrEqual b)"),
            ("a LIKE \"b%\"", "(a Like \"b%\")"),
            ("a IN (1, 2)", "in(a, 1, 2)"),
            ("a NOT IN (1)", "(NOT in(a, 1))"),
            ("match(a, \"b+\")", "match(a, /b+/)"),
            ("searchmatch(\"a=1\")", "searchmatch(search)"),
            // `NOT` before an operator is a field of that name.
            ("not=1", "(not Equal 1)"),
        ] {
            let parsed = condition(&mut Cursor::new(text)).unwrap();
            assert_eq!(bracketed(&parsed), expected, "{text}");
        }
    }

    #[test]
    fn errors_have_their_place() {
        for (text, offset, message) in [
            ("x=", 2, "expected a value, found the end"),
            ("x=1+", 4, "expected a value, found the end"),
            ("x=(1", 2, "this parenthesis is never closed"),
            ("x=(1 2)", 5, "expected an operator or `)`, found `2`"),
            ("x=nope(1)", 2, "there is no function `nope` here"),
            ("x=len()", 2, "len() takes 1 argument, found 0"),
            ("x=substr(a)", 2, "substr() takes 2 to 3 arguments, found 1"),
            ("x=max()", 2, "max() takes at least 1 argument, found 0"),
            ("x=pi(1)", 2, "pi() takes nothing, found 1"),
            ("x=case(a=1, 2, 3)", 2, "case() takes pairs of a condition and a value, found 3"),
            ("x=if(a, 1, 2)", 5, "expected a condition, found a value"),
            ("x=if(1=1 AND a, 1, 2)", 13, "expected a condition, found a value"),
            ("x=(a=1)", 2, "a field cannot be true or false"),
            ("x=if(match(a, b), 1, 2)", 14, "the regular expression must be a text in quotes"),
            ("x=mvfilter(a=b)", 2, "mvfilter() takes a condition on one field"),
            ("x=mvmap(1, 2)", 2, "mvmap() takes a field and an expression"),
            ("x=if(a IN (), 1, 2)", 6, "this list is empty"),
            ("x=if(searchmatch(a), 1, 2)", 17, "expected a search in quotes, found `a`"),
            ("{x}=1", 0, "a field named by another's value {…} cannot be set here"),
            ("x=[search a]", 2, "a subsearch […] cannot run here"),
        ] {
            let error = Search::parse(&format!("* | eval {text}"), &Library::new()).unwrap_err();
            assert_eq!((error.offset - 9, &*error.message), (offset, message), "{text}");
        }
    }
}
