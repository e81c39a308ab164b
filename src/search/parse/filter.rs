//! Reads what `search` is given: NOT before OR before AND, which juxtaposition also is.

use super::cursor::{Cursor, Escapes, Parsed};
use crate::search::cidr::Cidr;
use crate::search::condition::{Comparison, Condition, Predicate};
use crate::search::error::Fault;
use crate::search::number::Decimal;
use crate::search::timespan::{TimeBound, TimeRange};
use crate::search::wildcard::Wildcard;

/// Reads to the end of the command.
pub(super) fn filter(cursor: &mut Cursor<'_>) -> Parsed<Condition> {
    let expr = conjunction(cursor)?;
    match cursor.rest().trim_start().chars().next() {
        Some(')') => {
            cursor.skip_space();
            Err(cursor.fault("this parenthesis was never opened"))
        }
        _ => Ok(expr.unwrap_or(Condition::All(Vec::new()))),
    }
}

/// `None`: only conditions that always hold, such as `index=…`, or nothing at all.
fn conjunction(cursor: &mut Cursor<'_>) -> Parsed<Option<Condition>> {
    let mut parts = Vec::new();
    let mut follows = false;
    while !at_close(cursor) {
        cursor.skip_space();
        let start = cursor.at();
        if follows && operator(cursor, "AND") && at_close(cursor) {
            return Err(Fault::new(start, "AND stands between two conditions"));
        }
        for word in ["AND", "OR"] {
            let start = cursor.at();
            if operator(cursor, word) {
                return Err(Fault::new(start, format!("{word} stands between two conditions")));
            }
        }
        follows = true;
        if let Some(part) = disjunction(cursor)? {
            parts.push(part);
        }
    }
    Ok(match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(Condition::All(parts)),
    })
}

fn disjunction(cursor: &mut Cursor<'_>) -> Parsed<Option<Condition>> {
    let mut parts = vec![negation(cursor)?];
    while operator(cursor, "OR") {
        if at_close(cursor) {
            return Err(cursor.expected("a condition after OR"));
        }
        parts.push(negation(cursor)?);
    }
    Ok(match parts.len() {
        1 => parts.pop().flatten(),
        // What always holds makes the whole hold.
        _ => parts.into_iter().collect::<Option<Vec<_>>>().map(Condition::Any),
    })
}

fn negation(cursor: &mut Cursor<'_>) -> Parsed<Option<Condition>> {
    if !operator(cursor, "NOT") {
        return primary(cursor);
    }
    if at_close(cursor) {
        return Err(cursor.expected("a condition after NOT"));
    }
    cursor.enter()?;
    let inner = negation(cursor)?;
    cursor.leave();
    Ok(inner.map(|inner| Condition::Not(Box::new(inner))))
}

fn primary(cursor: &mut Cursor<'_>) -> Parsed<Option<Condition>> {
    cursor.skip_space();
    match cursor.peek() {
        Some('(') => cursor.in_parentheses(conjunction, |_, start| {
            Fault::new(start, "this parenthesis is never closed")
        }),
        Some('[') => Err(cursor.subsearch()),
        Some(',') => {
            // Stray commas between conditions are passed over, as in lists.
            cursor.next();
            Ok(None)
        }
        _ => condition(cursor),
    }
}

/// `field=value`, `field IN (…)`, or a word or phrase.
fn condition(cursor: &mut Cursor<'_>) -> Parsed<Option<Condition>> {
    let start = cursor.at();
    let quoted = cursor.peek() == Some('"');
    let word = if quoted { cursor.quoted('"', Escapes::Quotes)? } else { bare(cursor, Bare::Name) };
    if word.is_empty() && !quoted {
        return Err(cursor.expected("a condition"));
    }
    if let Some(comparison) = relation(cursor) {
        return compared(cursor, start, word, comparison);
    }
    let after = cursor.at();
    if operator(cursor, "IN") {
        if cursor.rest().trim_start().starts_with('(') {
            return listed(cursor, word);
        }
        // A word like any other.
        cursor.go(after);
    }
    if !quoted && cursor.peek() == Some('(') && matches!(word.as_str(), "CASE" | "TERM") {
        return Err(Fault::new(start, format!("{word}() cannot run here"))
            .help("write the text in quotes: it matches in any case, as a whole term"));
    }
    let text = if quoted {
        word
    } else {
        // A bare word takes more characters than a field's name.
        cursor.go(start);
        bare(cursor, Bare::Value)
    };
    Ok(Some(Condition::Keyword(Predicate::Term(Wildcard::splunk(&text)))))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Equal,
    Unequal,
    Order(Comparison),
}

fn relation(cursor: &mut Cursor<'_>) -> Option<Relation> {
    let start = cursor.at();
    cursor.skip_space();
    for (symbol, relation) in [
        ("!=", Relation::Unequal),
        ("<=", Relation::Order(Comparison::LessOrEqual)),
        (">=", Relation::Order(Comparison::GreaterOrEqual)),
        ("<", Relation::Order(Comparison::Less)),
        (">", Relation::Order(Comparison::Greater)),
        ("==", Relation::Equal),
        ("=", Relation::Equal),
    ] {
        if cursor.eat(symbol) {
            return Some(relation);
        }
    }
    cursor.go(start);
    None
}

fn compared(
    cursor: &mut Cursor<'_>,
    start: usize,
    name: String,
    relation: Relation,
) -> Parsed<Option<Condition>> {
    let value = value(cursor, Bare::Value)?;
    match name.as_str() {
        "earliest" | "latest" | "starttime" | "endtime" if relation == Relation::Equal => {
            let bound = TimeBound::parse(&value).ok_or_else(|| {
                Fault::new(start, format!("`{value}` is not a time")).help(
                    "write seconds since 1970, month/day/year:hour:minute:second, or a relative \
                     time such as -24h@h",
                )
            })?;
            let earliest = matches!(name.as_str(), "earliest" | "starttime");
            return Ok(Some(Condition::Time(TimeRange {
                earliest: earliest.then(|| bound.clone()),
                latest: (!earliest).then_some(bound),
            })));
        }
        // Where the events came from is decided by whoever gave the logs.
        "index" | "sourcetype" => return Ok(None),
        _ => {}
    }
    let predicate = match relation {
        Relation::Equal => predicate(&value),
        Relation::Unequal => Predicate::Not(Box::new(predicate(&value))),
        Relation::Order(comparison) => Predicate::Compare(comparison, value),
    };
    Ok(Some(Condition::Field { name, predicate }))
}

fn listed(cursor: &mut Cursor<'_>, name: String) -> Parsed<Option<Condition>> {
    cursor.skip_space();
    let start = cursor.at();
    if !cursor.eat("(") {
        return Err(cursor.expected("a list in parentheses after IN"));
    }
    let mut predicates = Vec::new();
    loop {
        cursor.take_while(|char| char.is_whitespace() || char == ',');
        match cursor.peek() {
            None | Some('|') => return Err(Fault::new(start, "this list is never closed")),
            Some(')') => break,
            Some(_) => predicates.push(predicate(&value(cursor, Bare::Item)?)),
        }
    }
    cursor.next();
    if predicates.is_empty() {
        return Err(Fault::new(start, "this list is empty"));
    }
    if matches!(name.as_str(), "index" | "sourcetype") {
        return Ok(None);
    }
    let predicate = match predicates.len() {
        1 => predicates.pop().unwrap_or(Predicate::Present),
        _ => Predicate::OneOf(predicates),
    };
    Ok(Some(Condition::Field { name, predicate }))
}

fn value(cursor: &mut Cursor<'_>, kind: Bare) -> Parsed<String> {
    cursor.skip_space();
    let value = match cursor.peek() {
        Some('"') => return cursor.quoted('"', Escapes::Quotes),
        Some('[') => return Err(cursor.subsearch()),
        _ => bare(cursor, kind),
    };
    match value.is_empty() {
        true => Err(cursor.expected("a value")),
        false => Ok(value),
    }
}

/// What `field=value` asks: a number if it is one, an address in a network, a pattern.
fn predicate(value: &str) -> Predicate {
    if Decimal::parse(value).is_some() {
        return Predicate::Number(value.to_owned());
    }
    if let Some(cidr) = value.contains('/').then(|| Cidr::parse(value)).flatten() {
        return Predicate::Cidr(cidr);
    }
    let pattern = Wildcard::splunk(value);
    if pattern.is_anything() { Predicate::Present } else { Predicate::Matches(pattern) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bare {
    Name,
    Value,
    Item,
}

/// A word without quotes, its escapes decoded.
fn bare(cursor: &mut Cursor<'_>, kind: Bare) -> String {
    let mut text = String::new();
    while let Some(char) = cursor.peek() {
        let ends = match char {
            '(' | ')' | '|' | '"' => true,
            '=' | '<' | '>' => kind == Bare::Name,
            '!' => kind == Bare::Name && cursor.rest().starts_with("!="),
            // A comma ends an item of a list, and a word it is the last of.
            ',' => {
                kind != Bare::Value
                    || cursor.rest().chars().nth(1).is_none_or(|c| c.is_whitespace() || c == ')')
            }
            _ => char.is_whitespace(),
        };
        if ends {
            break;
        }
        cursor.next();
        match cursor.peek().and_then(|next| Escapes::Quotes.decode(next, '"')) {
            Some(decoded) if char == '\\' => {
                cursor.next();
                text.push(decoded);
            }
            _ => text.push(char),
        }
    }
    text
}

/// An operator in upper case, standing alone.
fn operator(cursor: &mut Cursor<'_>, word: &str) -> bool {
    let start = cursor.at();
    cursor.skip_space();
    let found = cursor.eat(word)
        && cursor.peek().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '"' | ')' | '|'));
    if !found {
        cursor.go(start);
    }
    found
}

fn at_close(cursor: &Cursor<'_>) -> bool {
    matches!(cursor.rest().trim_start().chars().next(), None | Some('|' | ')'))
}
