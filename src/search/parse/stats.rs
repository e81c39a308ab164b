//! Reads what `stats` is given.

use super::cursor::{Cursor, Parsed};
use super::formula;
use super::options::{alias, field, some_fields, unknown_option, value};
use crate::limits::SEARCH_ITEMS;
use crate::search::error::{Fault, nearest};
use crate::search::stats::{Aggregate, AggregateInput, Aggregation, Stats};

pub(super) fn stats(cursor: &mut Cursor<'_>) -> Parsed<Stats> {
    let mut aggregates: Vec<Aggregate> = Vec::new();
    let mut by = Vec::new();
    loop {
        cursor.take_while(|char| char.is_whitespace() || char == ',');
        if cursor.is_at_end() {
            break;
        }
        if cursor.eat_word("by") {
            by = some_fields(cursor, &[])?;
            break;
        }
        if let Some(name) = unknown_option(cursor) {
            // These say how Splunk spreads the work or prints a list.
            if matches!(name, "partitions" | "allnum" | "delim" | "dedup_splitvals") {
                cursor.eat_word(name);
                cursor.skip_space();
                cursor.next();
                value(cursor)?;
                continue;
            }
        }
        let start = cursor.at();
        let next = aggregate(cursor)?;
        if aggregates.iter().any(|known| known.name == next.name) {
            return Err(Fault::new(start, format!("two columns are named `{}`", next.name))
                .help("name one of them with as"));
        }
        if aggregates.len() >= SEARCH_ITEMS {
            return Err(super::too_many(start, "`stats` takes", "functions"));
        }
        aggregates.push(next);
    }
    if aggregates.is_empty() {
        return Err(cursor.expected("a function such as count"));
    }
    Ok(Stats { aggregates, by: unique(by) })
}

fn unique(names: Vec<String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for name in names {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

fn aggregate(cursor: &mut Cursor<'_>) -> Parsed<Aggregate> {
    cursor.skip_space();
    let start = cursor.at();
    let word = cursor.take_while(|char| super::cursor::is_word(char) || char == '.');
    if word.is_empty() {
        return Err(cursor.expected("a function such as count"));
    }
    let Some(function) = Aggregation::find(&word.to_ascii_lowercase()) else {
        let fault = Fault::new(start, format!("there is no function `{word}` in stats here"));
        return Err(match nearest(word, &Aggregation::names()) {
            Some(near) => fault.help(format!("did you mean {near}?")),
            None => fault,
        });
    };
    let after_word = cursor.at();
    cursor.skip_space();
    let of = if cursor.eat("(") {
        let of = argument(cursor, start)?;
        cursor.skip_space();
        if !cursor.eat(")") {
            return Err(Fault::new(start, "this parenthesis is never closed"));
        }
        of
    } else {
        cursor.go(after_word);
        None
    };
    if of.is_none() && function != Aggregation::Count {
        return Err(Fault::new(start, format!("{word} needs a field: {word}(field)")));
    }
    // As Splunk names it: without the quotes and the white space that a field's name was written with.
    let default = match &of {
        Some(AggregateInput::Field(name)) => format!("{word}({name})"),
        Some(AggregateInput::Formula(_)) => cursor.since(start).trim().to_owned(),
        None => "count".to_owned(),
    };
    let aggregate = Aggregate { function, input: of, name: alias(cursor)?.unwrap_or(default) };
    check_wildcards(&aggregate, start)?;
    Ok(aggregate)
}

fn argument(cursor: &mut Cursor<'_>, start: usize) -> Parsed<Option<AggregateInput>> {
    cursor.skip_space();
    if cursor.rest().starts_with(')') {
        return Ok(None);
    }
    let before = cursor.at();
    if cursor.eat_word("eval") {
        cursor.skip_space();
        if cursor.eat("(") {
            let formula = formula::any(cursor)?;
            cursor.skip_space();
            if !cursor.eat(")") {
                return Err(Fault::new(start, "this parenthesis is never closed"));
            }
            return Ok(Some(AggregateInput::Formula(formula)));
        }
        cursor.go(before);
    }
    field(cursor).map(|name| Some(AggregateInput::Field(name)))
}

/// A wildcard stands for many columns, so that their name must have one too.
fn check_wildcards(aggregate: &Aggregate, start: usize) -> Parsed<()> {
    let stars = |name: &str| name.matches('*').count();
    let asked = match &aggregate.input {
        Some(AggregateInput::Field(name)) => stars(name),
        _ => 0,
    };
    if asked > 1 || stars(&aggregate.name) != asked {
        return Err(Fault::new(start, "a field has at most one `*` here, and so has its new name")
            .help("write values(a*) as b*"));
    }
    Ok(())
}
