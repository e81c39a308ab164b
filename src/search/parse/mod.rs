//! Text to search.

mod command;
mod cursor;
mod expand;
mod filter;
mod formula;
mod options;
mod patterns;
mod rows;
mod stats;

pub(super) use formula::balanced;

use crate::limits;
use crate::search::command::Command;
use crate::search::condition::Condition;
use crate::search::error::{Fault, SearchError};
use crate::search::library::Library;
use cursor::{Cursor, Parsed};
use expand::Expanded;

/// A search in its parts: the condition before the first pipe, and the commands.
pub(super) fn parse(
    text: &str,
    library: &Library,
) -> Result<(Condition, Vec<Command>), SearchError> {
    let expanded = Expanded::new(text, library).map_err(|fault| SearchError::new(text, fault))?;
    let place = |fault| SearchError::new(text, expanded.original(fault));
    let (base, rest) = pipeline(&expanded.text, library).map_err(place)?;
    let mut commands = Vec::new();
    for (name, origin) in &expanded.filters {
        let command = filter_macro(name, library, true)
            .map_err(|fault| SearchError::new(text, Fault { offset: *origin, ..fault }))?;
        commands.push(command);
    }
    commands.extend(rest);
    Ok((base, commands))
}

/// A condition alone, as `search` takes it.
pub(super) fn condition(text: &str, library: &Library) -> Result<Condition, SearchError> {
    let expanded = Expanded::new(text, library).map_err(|fault| SearchError::new(text, fault))?;
    let place = |fault| SearchError::new(text, expanded.original(fault));
    let mut cursor = Cursor::new(&expanded.text);
    let expr = filter::filter(&mut cursor).map_err(place)?;
    match cursor.is_at_end() && cursor.rest().trim().is_empty() {
        true => Ok(expr),
        false => Err(place(cursor.expected("the end of the condition"))),
    }
}

fn pipeline(text: &str, library: &Library) -> Parsed<(Condition, Vec<Command>)> {
    let mut cursor = Cursor::new(text);
    let base = match cursor.rest().trim_start().starts_with('|') {
        true => Condition::All(Vec::new()),
        false => {
            leading_search(&mut cursor);
            filter::filter(&mut cursor)?
        }
    };
    let commands = commands(&mut cursor, library)?;
    Ok((base, commands))
}

/// The commands, each after a pipe. A macro that stands for nothing leaves nothing between two.
fn commands(cursor: &mut Cursor<'_>, library: &Library) -> Parsed<Vec<Command>> {
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
            Some('`') => commands.push(filter_call(cursor, library)?),
            Some(_) => commands.push(command::command(cursor, library)?),
        }
        if commands.len() > limits::SEARCH_ITEMS {
            return Err(too_many(cursor.at(), "a search has", "commands"));
        }
    }
}

/// More than is worked through for a row.
fn too_many(offset: usize, who: &str, what: &str) -> Fault {
    Fault::new(offset, format!("{who} at most {} {what}", limits::SEARCH_ITEMS))
}

/// The word `search` before the first condition says nothing more.
fn leading_search(cursor: &mut Cursor<'_>) {
    let rest = cursor.rest().trim_start();
    let (word, after) = rest.split_at_checked("search".len()).unwrap_or_default();
    if word.eq_ignore_ascii_case("search")
        && after.starts_with(char::is_whitespace)
        && !after.trim_start().starts_with(['=', '!', '<', '>'])
    {
        cursor.eat_word("search");
    }
}

/// A filter macro in backquotes.
fn filter_call(cursor: &mut Cursor<'_>, library: &Library) -> Parsed<Command> {
    let start = cursor.at();
    cursor.next();
    let name = cursor.take_while(|char| char != '`');
    cursor.next();
    filter_macro(name, library, false).map_err(|fault| Fault { offset: start, ..fault })
}

/// What a filter macro stands for: commands, or a condition alone.
fn filter_macro(name: &str, library: &Library, among_conditions: bool) -> Parsed<Command> {
    let definition = library.find_macro(name, 0).map_or("", |found| found.definition.as_str());
    let within = |fault: Fault| Fault {
        message: format!("in the macro `{name}`: {}", fault.message),
        ..fault
    };
    let expanded = Expanded::new(definition, library).map_err(within)?;
    let text = expanded.text.trim();
    let first: &str = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    let rest = text.get(first.len()..).unwrap_or_default();
    let compared = rest.trim_start().starts_with(['=', '!', '<', '>', ':']);
    let known = command::NAMES.iter().any(|name| name.eq_ignore_ascii_case(first));
    // What begins with a small letter and is no comparison would be a command in Splunk: said, not looked for.
    let unknown = rest.is_empty() || rest.starts_with(char::is_whitespace);
    let unknown = unknown && !rest.trim_start().starts_with("IN");
    let unknown = unknown && first.starts_with(|c: char| c.is_ascii_lowercase());
    let is_command = !compared && (known || unknown);
    let commands = if text.is_empty() {
        Vec::new()
    } else if is_command && !among_conditions {
        commands(&mut Cursor::new(&format!("| {text}")), library).map_err(within)?
    } else {
        let (expr, mut rest) = pipeline(text, library).map_err(within)?;
        rest.insert(0, Command::Search(expr));
        rest
    };
    match commands.iter().all(Command::is_row_by_row) {
        true => Ok(Command::Filter { name: name.to_owned(), commands }),
        false => Err(within(Fault::new(
            0,
            "a filter macro can only hold commands that look at each row by itself",
        ))),
    }
}
