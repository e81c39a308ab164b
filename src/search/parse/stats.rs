//! `stats`: aggregates and by-fields.

use super::cursor::{Cursor, Parsed};
use super::error::{SyntaxError, nearest};
use super::expression;
use super::options::{alias, count, field, option, option_name, some_fields, switch, value};
use crate::limits::{SEARCH_ITEMS, STREAM_WINDOW};
use crate::search::ast::eval_expr::EvalExpr;
use crate::search::ast::stats::{Aggregate, AggregateInput, Aggregation, Stats, StreamStats};

/// Parses the options of `streamstats`.
pub(super) fn stream_stats(cursor: &mut Cursor<'_>) -> Parsed<StreamStats> {
    let mut own = StreamStats {
        stats: Stats { aggregates: Vec::new(), by: Vec::new(), delimiter: None },
        current: true,
        window: 0,
        global: true,
        reset_on_change: false,
        reset_before: None,
        reset_after: None,
    };
    own.stats = parsed(cursor, &mut |cursor| stream_option(cursor, &mut own))?;
    if own.stats.has_wildcards() {
        return Err(cursor.expected("a field without a wildcard"));
    }
    Ok(own)
}

/// Takes an option of `streamstats`; returns whether there was one.
fn stream_option(cursor: &mut Cursor<'_>, own: &mut StreamStats) -> Parsed<bool> {
    cursor.skip_space();
    let start = cursor.at();
    if let Some(current) = switch(cursor, "current")? {
        own.current = current;
    } else if let Some(global) = switch(cursor, "global")? {
        own.global = global;
    } else if let Some(window) = count(cursor, "window")? {
        if window > STREAM_WINDOW {
            return Err(SyntaxError::new(start, format!("window= takes at most {STREAM_WINDOW}")));
        }
        own.window = window;
    } else if let Some(on) = switch(cursor, "reset_on_change")? {
        own.reset_on_change = on;
    } else if let Some(expr) = reset(cursor, "reset_before")? {
        own.reset_before = Some(expr);
    } else if let Some(expr) = reset(cursor, "reset_after")? {
        own.reset_after = Some(expr);
    } else if option_name(cursor) == Some("time_window") {
        return Err(SyntaxError::new(start, "time_window= cannot run here")
            .help("write window= with a number of rows"));
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// Parses an option with a condition in parentheses, which may be in quotes, if it is next.
fn reset(cursor: &mut Cursor<'_>, name: &str) -> Parsed<Option<EvalExpr>> {
    if option_name(cursor) != Some(name) {
        return Ok(None);
    }
    cursor.eat_word(name);
    cursor.skip_space();
    cursor.eat("=");
    cursor.skip_space();
    let start = cursor.at();
    if cursor.peek() == Some('(') {
        return expression::parenthesized(cursor).map(Some);
    }
    let text = value(cursor)?;
    let mut inner = Cursor::new(&text);
    let parsed = expression::condition(&mut inner);
    let expr = parsed.map_err(|error| SyntaxError { offset: start, ..error })?;
    match inner.rest().trim().is_empty() {
        true => Ok(Some(expr)),
        false => Err(SyntaxError::new(start, format!("{name}= takes a condition in parentheses"))),
    }
}

/// Parses the options of `stats` or `eventstats`.
pub(super) fn stats(cursor: &mut Cursor<'_>) -> Parsed<Stats> {
    parsed(cursor, &mut |_| Ok(false))
}

/// Parses aggregates and by-fields. `own_option` takes an option of one command alone.
fn parsed(
    cursor: &mut Cursor<'_>,
    own_option: &mut dyn FnMut(&mut Cursor<'_>) -> Parsed<bool>,
) -> Parsed<Stats> {
    let mut aggregates: Vec<Aggregate> = Vec::new();
    let (mut by, mut delimiter) = (Vec::new(), None);
    loop {
        cursor.take_while(|char| char.is_whitespace() || char == ',');
        if cursor.is_at_end() {
            break;
        }
        if cursor.eat_word("by") {
            by = some_fields(cursor, &["dedup_splitvals"])?;
            while !cursor.is_at_end() && is_off(cursor, "dedup_splitvals")? {}
            break;
        }
        if let Some(text) = option(cursor, "delim")? {
            delimiter = Some(text);
            continue;
        }
        if own_option(cursor)? {
            continue;
        }
        // How Splunk distributes the work changes no value.
        if count(cursor, "partitions")?.is_some()
            || is_off(cursor, "allnum")?
            || is_off(cursor, "dedup_splitvals")?
        {
            continue;
        }
        let start = cursor.at();
        let next = aggregate(cursor)?;
        if aggregates.iter().any(|known| known.name == next.name) {
            return Err(SyntaxError::new(start, format!("two columns are named `{}`", next.name))
                .help("name one of them with as"));
        }
        if aggregates.len() >= SEARCH_ITEMS {
            return Err(SyntaxError::too_many(start, "`stats` takes", "functions"));
        }
        aggregates.push(next);
    }
    if aggregates.is_empty() {
        return Err(cursor.expected("a function such as count"));
    }
    Ok(Stats { aggregates, by: unique(by), delimiter })
}

/// Takes an option that has an effect only if it is true, which is an error.
fn is_off(cursor: &mut Cursor<'_>, name: &str) -> Parsed<bool> {
    cursor.skip_space();
    let start = cursor.at();
    match switch(cursor, name)? {
        Some(true) => Err(SyntaxError::new(start, format!("{name}=true cannot run here"))),
        found => Ok(found.is_some()),
    }
}

/// Removes repeated names.
fn unique(names: Vec<String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for name in names {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// Parses an aggregate, such as `count`, `dc(field)` or `sum(eval(…)) as name`.
fn aggregate(cursor: &mut Cursor<'_>) -> Parsed<Aggregate> {
    cursor.skip_space();
    let start = cursor.at();
    let word = cursor.take_while(|char| super::cursor::is_word(char) || char == '.');
    if word.is_empty() {
        return Err(cursor.expected("a function such as count"));
    }
    let Some(function) = Aggregation::find(&word.to_ascii_lowercase()) else {
        let error = SyntaxError::new(start, format!("there is no function `{word}` in stats here"));
        return Err(match nearest(word, &Aggregation::names()) {
            Some(near) => error.help(format!("did you mean {near}?")),
            None => error,
        });
    };
    let after_word = cursor.at();
    cursor.skip_space();
    let input = if cursor.eat("(") {
        let input = argument(cursor, start)?;
        cursor.skip_space();
        if !cursor.eat(")") {
            return Err(SyntaxError::new(start, "this parenthesis is never closed"));
        }
        input
    } else {
        cursor.go_to(after_word);
        None
    };
    if input.is_none() && function != Aggregation::Count {
        return Err(SyntaxError::new(start, format!("{word} needs a field: {word}(field)")));
    }
    // As Splunk names the column: without the quotes and white space around the name of the field.
    let default = match &input {
        Some(AggregateInput::Field(name)) => format!("{word}({name})"),
        Some(AggregateInput::Expr(_)) => cursor.since(start).trim().to_owned(),
        None => "count".to_owned(),
    };
    let aggregate = Aggregate { function, input, name: alias(cursor)?.unwrap_or(default) };
    check_wildcards(&aggregate, start)?;
    Ok(aggregate)
}

/// Parses the argument of an aggregate function; `None` for `()`.
fn argument(cursor: &mut Cursor<'_>, start: usize) -> Parsed<Option<AggregateInput>> {
    cursor.skip_space();
    if cursor.rest().starts_with(')') {
        return Ok(None);
    }
    let before = cursor.at();
    if cursor.eat_word("eval") {
        cursor.skip_space();
        if cursor.eat("(") {
            let expr = expression::any(cursor)?;
            cursor.skip_space();
            if !cursor.eat(")") {
                return Err(SyntaxError::new(start, "this parenthesis is never closed"));
            }
            return Ok(Some(AggregateInput::Expr(expr)));
        }
        cursor.go_to(before);
    }
    field(cursor).map(|name| Some(AggregateInput::Field(name)))
}

/// Checks that a field with a wildcard, which expands to several columns, has a name with one too.
fn check_wildcards(aggregate: &Aggregate, start: usize) -> Parsed<()> {
    let stars = |name: &str| name.matches('*').count();
    let in_field = match &aggregate.input {
        Some(AggregateInput::Field(name)) => stars(name),
        _ => 0,
    };
    if in_field > 1 || stars(&aggregate.name) != in_field {
        return Err(SyntaxError::new(
            start,
            "a field has at most one `*` here, and so has its new name",
        )
        .help("write values(a*) as b*"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::search::parse::tests::assert_commands;

    #[test]
    fn aggregates_and_by_fields_parse() {
        assert_commands(&[
            ("stats count", "stats count"),
            ("stats count as n BY a, b a", "stats count AS n BY a b"),
            ("stats dc(a) distinct_count(b)", "stats dc(a) dc(b) AS \"distinct_count(b)\""),
            ("stats sum(\"a b\") as s", "stats sum(\"a b\") AS s"),
            ("stats values(a*) as b*", "stats values(a*) AS b*"),
            ("stats count(eval(a=1)) as n", "stats count(eval(a = 1)) AS n"),
            ("stats perc95(a) as p", "stats perc95(a) AS p"),
            ("eventstats count as n by a", "eventstats count AS n BY a"),
            ("streamstats count", "streamstats count"),
            (
                "streamstats current=f window=3 sum(a) as s by b",
                "streamstats current=false window=3 global=true sum(a) AS s BY b",
            ),
            (
                "streamstats reset_on_change=t reset_before=(a>1) reset_after=\"(b==\\\"x\\\")\" count by a",
                "streamstats reset_on_change=true reset_before=\"(a > 1)\" reset_after=\"(b = \\\"x\\\")\" count BY a",
            ),
            ("stats partitions=4 count allnum=f", "stats count"),
            ("stats count by a dedup_splitvals=f", "stats count BY a"),
            ("stats delim=\", \" list(a)", "stats delim=\", \" list(a)"),
            ("STATS COUNT", "stats count"),
        ]);
    }

    #[test]
    fn errors_have_their_place() {
        assert_commands(&[
            ("stats", "6: expected a function such as count, found the end"),
            ("stats by a", "11: expected a function such as count, found the end"),
            ("stats cuont", "7: there is no function `cuont` in stats here"),
            ("stats sum", "7: sum needs a field: sum(field)"),
            ("stats sum(a", "7: this parenthesis is never closed"),
            ("stats count count", "13: two columns are named `count`"),
            ("stats count by", "15: expected a field's name, found the end"),
            (
                "stats values(a*) as b",
                "7: a field has at most one `*` here, and so has its new name",
            ),
            ("streamstats time_window=5m count", "13: time_window= cannot run here"),
            ("streamstats window=99999 count", "13: window= takes at most 10000"),
            ("streamstats", "12: expected a function such as count, found the end"),
            (
                "streamstats values(*) as *",
                "27: expected a field without a wildcard, found the end",
            ),
            ("stats count allnum=t", "13: allnum=true cannot run here"),
            ("stats count by a dedup_splitvals=t", "18: dedup_splitvals=true cannot run here"),
            ("stats perc101(a)", "7: there is no function `perc101` in stats here"),
        ]);
    }
}
