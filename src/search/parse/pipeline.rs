//! A search: a condition and commands after pipes.

use super::command::{COMMANDS, command};
use super::condition::condition;
use super::cursor::{Cursor, Parsed};
use super::error::{SearchError, SyntaxError};
use super::library::ParseContext;
use super::macros::ExpandedSearch;
use crate::limits;
use crate::search::ast::command::Command;
use crate::search::ast::condition::Condition;

/// The parts of a search.
pub(in crate::search) struct ParsedSearch {
    /// The condition before the first pipe.
    pub(in crate::search) base: Condition,
    pub(in crate::search) commands: Vec<Command>,
    /// What a reader should know of a search that runs, such as commands without an effect here.
    pub(in crate::search) notes: Vec<SearchError>,
}

/// Parses a search.
pub(in crate::search) fn parse(
    text: &str,
    context: ParseContext<'_>,
) -> Result<ParsedSearch, SearchError> {
    let expanded = expand(text, context)?;
    let locate = |error| SearchError::new(text, expanded.locate(error));
    let mut cursor = Cursor::new(&expanded.text);
    let (base, piped) = pipeline(&mut cursor, context).map_err(locate)?;
    let notes = cursor.take_notes().into_iter().map(locate).collect();
    let mut commands = Vec::new();
    for (name, origin) in &expanded.filters {
        let command = filter_macro(name, context, true)
            .map_err(|error| SearchError::new(text, SyntaxError { offset: *origin, ..error }))?;
        commands.push(command);
    }
    commands.extend(piped);
    Ok(ParsedSearch { base, commands, notes })
}

/// Parses a condition without commands.
pub(in crate::search) fn parse_condition(
    text: &str,
    context: ParseContext<'_>,
) -> Result<Condition, SearchError> {
    let expanded = expand(text, context)?;
    let locate = |error| SearchError::new(text, expanded.locate(error));
    let mut cursor = Cursor::new(&expanded.text);
    let parsed = condition(&mut cursor).map_err(locate)?;
    match cursor.is_at_end() && cursor.rest().trim().is_empty() {
        true => Ok(parsed),
        false => Err(locate(cursor.expected("the end of the condition"))),
    }
}

fn expand(text: &str, context: ParseContext<'_>) -> Result<ExpandedSearch, SearchError> {
    ExpandedSearch::new(text, context).map_err(|error| SearchError::new(text, error))
}

fn pipeline(
    cursor: &mut Cursor<'_>,
    context: ParseContext<'_>,
) -> Parsed<(Condition, Vec<Command>)> {
    let base = match cursor.rest().trim_start().starts_with('|') {
        true => Condition::All(Vec::new()),
        false => {
            skip_leading_search(cursor);
            condition(cursor)?
        }
    };
    let commands = commands(cursor, context)?;
    Ok((base, commands))
}

/// Parses commands, each after a pipe. A macro with an empty definition leaves two adjacent pipes, which are accepted.
fn commands(cursor: &mut Cursor<'_>, context: ParseContext<'_>) -> Parsed<Vec<Command>> {
    let mut commands = Vec::new();
    loop {
        cursor.skip_space();
        if cursor.peek().is_none() {
            return Ok(commands);
        }
        if !cursor.eat("|") {
            return Err(cursor.expected("`|` or the end"));
        }
        cursor.skip_space();
        match cursor.peek() {
            None => return Ok(commands),
            Some('|') => {}
            Some('`') => commands.push(filter_call(cursor, context)?),
            Some(_) => commands.push(command(cursor, context)?),
        }
        if commands.len() > limits::SEARCH_ITEMS {
            return Err(SyntaxError::too_many(cursor.at(), "a search has", "commands"));
        }
    }
}

/// Skips the word `search` before the first condition, unless it is the name of a field that is compared.
fn skip_leading_search(cursor: &mut Cursor<'_>) {
    let rest = cursor.rest().trim_start();
    let (word, after) = rest.split_at_checked("search".len()).unwrap_or_default();
    if word.eq_ignore_ascii_case("search")
        && after.starts_with(char::is_whitespace)
        && !after.trim_start().starts_with(['=', '!', '<', '>'])
    {
        cursor.eat_word("search");
    }
}

/// Parses a filter macro in backquotes.
fn filter_call(cursor: &mut Cursor<'_>, context: ParseContext<'_>) -> Parsed<Command> {
    let start = cursor.at();
    cursor.next();
    let name = cursor.take_while(|char| char != '`');
    cursor.next();
    filter_macro(name, context, false).map_err(|error| SyntaxError { offset: start, ..error })
}

/// Parses the definition of a filter macro: commands, or a condition that commands may follow. Among conditions it
/// starts with a condition.
fn filter_macro(name: &str, context: ParseContext<'_>, among_conditions: bool) -> Parsed<Command> {
    let definition =
        context.library.find_macro(name, 0).map_or("", |found| found.definition.as_str());
    let in_macro = |error: SyntaxError| error.in_macro(name);
    let expanded = ExpandedSearch::new(definition, context).map_err(in_macro)?;
    let text = expanded.text.trim();
    let commands = if text.is_empty() {
        Vec::new()
    } else if !among_conditions && starts_with_command(text) {
        commands(&mut Cursor::new(&format!("| {text}")), context).map_err(in_macro)?
    } else {
        let (condition, mut piped) = pipeline(&mut Cursor::new(text), context).map_err(in_macro)?;
        piped.insert(0, Command::Search(condition));
        piped
    };
    match commands.iter().all(Command::is_row_by_row) {
        true => Ok(Command::Filter { name: name.to_owned(), commands }),
        false => {
            let message = "a filter macro can only hold commands that look at each row by itself";
            Err(in_macro(SyntaxError::new(0, message)))
        }
    }
}

/// Whether a definition starts with a command. A word in lower case that is not compared is taken as a command even if
/// it is unknown, so that a misspelled command is an error, not a search for the word.
fn starts_with_command(text: &str) -> bool {
    let first = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let rest = text.get(first.len()..).unwrap_or_default();
    let is_compared = rest.trim_start().starts_with(['=', '!', '<', '>', ':']);
    let is_known = COMMANDS.iter().any(|name| name.eq_ignore_ascii_case(first));
    let is_alone = rest.is_empty() || rest.starts_with(char::is_whitespace);
    let is_unknown_command = is_alone
        && !rest.trim_start().starts_with("IN")
        && first.starts_with(|c: char| c.is_ascii_lowercase());
    !is_compared && (is_known || is_unknown_command)
}

#[cfg(test)]
mod tests {
    use crate::search::parse::library::Library;
    use crate::search::query::Search;

    fn library() -> Library {
        let mut library = Library::new();
        for (name, definition) in [
            ("empty_filter", ""),
            ("command_filter", "search NOT Computer=WS7"),
            ("condition_filter", "Computer=WS7 OR user IN (a)"),
            ("compared_filter", "search=1"),
            ("two_filter", "eval x=1 | where x=1"),
            ("unknown_filter", "join a"),
            ("grouping_filter", "stats count"),
        ] {
            library.define(name, Vec::new(), definition.into());
        }
        library
    }

    /// The search as it is written back, or the column and message of its error.
    fn parsed(text: &str) -> String {
        match Search::parse(text, &library()) {
            Ok(search) => search.to_spl().unwrap(),
            Err(error) => format!("{}: {}", error.column, error.message),
        }
    }

    #[test]
    fn pipelines_parse() {
        for (text, expected) in [
            ("a=1", "a=1"),
            ("search a=1", "a=1"),
            ("search = 1", "search=1"),
            ("| head 1", "| head 1"),
            ("a=1 | | head 1 |", "a=1 | head 1"),
            ("a=1 | HEAD 1", "a=1 | head 1"),
            ("a=1) | head 1", "4: this parenthesis was never opened"),
        ] {
            assert_eq!(parsed(text), expected, "{text}");
        }
    }

    #[test]
    fn filter_macros_are_commands_of_their_own() {
        for (text, expected) in [
            ("a=1 | `nope_filter`", "a=1 | `nope_filter`"),
            ("a=1 | `command_filter`", "a=1 | `command_filter`"),
            // Among conditions, the filter applies to what they select.
            ("a=1 `command_filter` | head 1", "a=1 | `command_filter` | head 1"),
            ("a=1 | `condition_filter`", "a=1 | `condition_filter`"),
            ("a=1 | `compared_filter`", "a=1 | `compared_filter`"),
            ("a=1 | `two_filter`", "a=1 | `two_filter`"),
            ("a=1 | `empty_filter`", "a=1 | `empty_filter`"),
            (
                "a=1 | `unknown_filter`",
                "7: in the macro `unknown_filter`: the command `join` cannot run here",
            ),
            (
                "a=1 | `grouping_filter`",
                "7: in the macro `grouping_filter`: a filter macro can only hold commands that look at each row by \
                 itself",
            ),
        ] {
            assert_eq!(parsed(text), expected, "{text}");
        }
    }

    #[test]
    fn a_condition_alone_has_no_commands() {
        let parsed = |text| Search::parse_condition(text, &library());
        assert!(parsed("a=1 OR b=2").is_ok());
        let error = parsed("a=1 | head 1").unwrap_err();
        assert_eq!(
            (error.column, &*error.message),
            (5, "expected the end of the condition, found `|`")
        );
    }
}
