//! `transaction`.

use super::cursor::{Cursor, Escapes, Parsed};
use super::error::SyntaxError;
use super::options::{field, option, option_name, switch};
use super::{condition, expression};
use crate::search::ast::condition::Condition;
use crate::search::ast::transaction::Transaction;
use crate::search::values::timespan::TimeSpan;

/// Number of rows of a transaction by default, as in Splunk.
const DEFAULT_EVENTS: usize = 1_000;

/// Parses the options of `transaction`.
pub(super) fn transaction(cursor: &mut Cursor<'_>) -> Parsed<Transaction> {
    let mut own = Transaction {
        fields: Vec::new(),
        max_span: None,
        max_pause: None,
        max_events: DEFAULT_EVENTS,
        starts_with: None,
        ends_with: None,
    };
    let mut is_bounded = false;
    loop {
        cursor.take_while(|char| char.is_whitespace() || char == ',');
        let at = cursor.at();
        let refused = |text: String| Err(SyntaxError::new(at, text));
        if cursor.is_at_end() {
            break;
        } else if let Some(text) = option(cursor, "maxspan")? {
            own.max_span = seconds(&text, at)?;
            is_bounded = true;
        } else if let Some(text) = option(cursor, "maxpause")? {
            own.max_pause = seconds(&text, at)?;
            is_bounded = true;
        } else if let Some(text) = option(cursor, "maxevents")? {
            let Ok(count) = text.parse::<i64>() else {
                return refused(format!("maxevents= takes a whole number, found `{text}`"));
            };
            own.max_events = usize::try_from(count).unwrap_or(0);
            is_bounded = true;
        } else if is_next(cursor, "startswith") {
            own.starts_with = Some(filter(cursor)?);
            is_bounded = true;
        } else if is_next(cursor, "endswith") {
            own.ends_with = Some(filter(cursor)?);
            is_bounded = true;
        } else if let Some(connected) = switch(cursor, "connected")? {
            if !connected {
                return refused("connected=false cannot run here".into());
            }
        } else if let Some(name) = ["keepevicted", "keeporphans", "mvlist", "unifyends"]
            .into_iter()
            .find(|name| option_name(cursor) == Some(name))
        {
            if switch(cursor, name)? == Some(true) {
                return refused(format!("{name}=true cannot run here"));
            }
        } else if let Some(unknown) = option_name(cursor) {
            return refused(format!("transaction has no option `{unknown}` here"));
        } else {
            own.fields.push(field(cursor)?);
        }
    }
    if own.fields.is_empty() && !is_bounded {
        return Err(cursor.expected("a field's name"));
    }
    Ok(own)
}

/// Returns the seconds of a span such as `5m`; `None` for a negative number, which means no limit.
fn seconds(text: &str, at: usize) -> Parsed<Option<u64>> {
    if text.starts_with('-') {
        return Ok(None);
    }
    let found = TimeSpan::parse(text).and_then(|span| span.seconds());
    match found {
        Some(seconds) => Ok(Some(seconds)),
        None => Err(SyntaxError::new(at, format!("the span `{text}` cannot run here"))
            .help("write a whole number of s, m, h or d")),
    }
}

/// Takes the name of an option and its `=`, if they are next.
fn is_next(cursor: &mut Cursor<'_>, name: &str) -> bool {
    if option_name(cursor) != Some(name) {
        return false;
    }
    cursor.eat_word(name);
    cursor.skip_space();
    cursor.eat("=")
}

/// Parses the filter of `startswith=` or `endswith=`: a search in quotes or parentheses, or `eval(expression)`.
fn filter(cursor: &mut Cursor<'_>) -> Parsed<Condition> {
    cursor.skip_space();
    let start = cursor.at();
    match cursor.peek() {
        Some('"') => {
            let text = cursor.quoted('"', Escapes::Quotes)?;
            let mut inner = Cursor::new(&text);
            let parsed = condition::condition(&mut inner);
            let parsed = parsed.map_err(|error| SyntaxError { offset: start, ..error })?;
            match inner.rest().trim().is_empty() && parsed != Condition::All(Vec::new()) {
                true => Ok(parsed),
                false => {
                    Err(SyntaxError::new(start, "the filter must be a search without commands"))
                }
            }
        }
        Some('(') => condition::parenthesized(cursor),
        _ => {
            if cursor.eat_word("eval") && cursor.peek() == Some('(') {
                return expression::parenthesized(cursor).map(Condition::Where);
            }
            cursor.go_to(start);
            Err(cursor.expected("a search in quotes, or eval(…)"))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::search::parse::tests::assert_commands;

    #[test]
    fn constraints_parse() {
        assert_commands(&[
            ("transaction a", "transaction a maxevents=1000"),
            (
                "transaction a, b maxspan=5m maxpause=30s maxevents=-1 mvlist=f",
                "transaction a b maxspan=300s maxpause=30s maxevents=-1",
            ),
            (
                "transaction a startswith=\"x=1\" endswith=eval(len(b) > 2)",
                "transaction a maxevents=1000 startswith=\"x=1\" endswith=eval(len(b) > 2)",
            ),
            (
                "transaction startswith=(x=a OR login) maxevents=5",
                "transaction maxevents=5 startswith=\"x=\\\"a\\\" OR \\\"login\\\"\"",
            ),
        ]);
    }

    #[test]
    fn what_is_not_exact_is_an_error() {
        assert_commands(&[
            ("transaction", "12: expected a field's name, found the end"),
            ("transaction a keepevicted=true", "15: keepevicted=true cannot run here"),
            ("transaction a connected=f", "15: connected=false cannot run here"),
            ("transaction a name=x", "15: transaction has no option `name` here"),
            ("transaction a maxspan=1mon", "15: the span `1mon` cannot run here"),
            ("transaction a maxevents=x", "15: maxevents= takes a whole number, found `x`"),
            (
                "transaction a startswith=x",
                "26: expected a search in quotes, or eval(…), found `x`",
            ),
            (
                "transaction a startswith=\"x | y\"",
                "26: the filter must be a search without commands",
            ),
        ]);
    }
}
