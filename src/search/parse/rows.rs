//! Reads the commands that look at the rows' order.

use super::cursor::{Cursor, Parsed, is_word};
use super::options::{count, field, switch};
use crate::search::command::{Command, SortKey, SortKind};
use crate::search::error::Fault;

/// How many rows Splunk sorts unless it is told.
const SORTED: usize = 10_000;

pub(super) fn sort(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.skip_space();
    let start = cursor.at();
    let mut limit = SORTED;
    let digits = cursor.take_while(|char| char.is_ascii_digit());
    if !digits.is_empty() && cursor.peek().is_none_or(char::is_whitespace) {
        limit = digits.parse().unwrap_or(SORTED);
    } else {
        cursor.go(start);
        if let Some(found) = count(cursor, "limit")? {
            limit = found;
        }
    }
    let keys = keys(cursor)?;
    Ok(Command::Sort { limit, keys })
}

/// The fields to sort by, up to the end of the command.
fn keys(cursor: &mut Cursor<'_>) -> Parsed<Vec<SortKey>> {
    let mut keys = Vec::new();
    let mut descending = false;
    loop {
        cursor.take_while(|char| char.is_whitespace() || char == ',');
        if cursor.is_at_end() {
            break;
        }
        if !keys.is_empty() && reversed(cursor) {
            keys.iter_mut().for_each(|key: &mut SortKey| key.descending = !key.descending);
            break;
        }
        // A sign apart from its field holds for this one and all that follow.
        let sign = cursor.eat("-");
        let plus = !sign && cursor.eat("+");
        if (sign || plus) && cursor.peek().is_some_and(char::is_whitespace) {
            descending = sign;
            continue;
        }
        let key_descending = if sign || plus { sign } else { descending };
        let before = cursor.at();
        let word = cursor.take_while(is_word);
        let kind = match (word, cursor.peek()) {
            ("auto", Some('(')) => Some(SortKind::Auto),
            ("str", Some('(')) => Some(SortKind::Text),
            ("num", Some('(')) => Some(SortKind::Number),
            ("ip", Some('(')) => Some(SortKind::Address),
            _ => None,
        };
        let name = if kind.is_some() {
            cursor.next();
            let name = field(cursor)?;
            cursor.skip_space();
            if !cursor.eat(")") {
                return Err(cursor.expected("`)`"));
            }
            name
        } else {
            cursor.go(before);
            field(cursor)?
        };
        keys.push(SortKey {
            field: name,
            descending: key_descending,
            kind: kind.unwrap_or(SortKind::Auto),
        });
    }
    match keys.is_empty() {
        true => Err(cursor.expected("a field's name")),
        false => Ok(keys),
    }
}

/// `desc` or `d` at the end turns the whole order around.
fn reversed(cursor: &mut Cursor<'_>) -> bool {
    let start = cursor.at();
    if (cursor.eat_word("desc") || cursor.eat_word("d")) && cursor.is_at_end() {
        return true;
    }
    cursor.go(start);
    false
}

pub(super) fn dedup(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.skip_space();
    let start = cursor.at();
    let digits = cursor.take_while(|char| char.is_ascii_digit());
    let mut keep = 1;
    match (digits.parse::<usize>(), cursor.peek()) {
        (Ok(0), _) => return Err(Fault::new(start, "dedup keeps at least 1")),
        (Ok(count), Some(char)) if char.is_whitespace() => keep = count,
        _ => cursor.go(start),
    }
    let (mut keep_events, mut keep_empty, mut consecutive) = (false, false, false);
    let (mut names, mut sort_by) = (Vec::new(), Vec::new());
    loop {
        cursor.take_while(|char| char.is_whitespace() || char == ',');
        if cursor.is_at_end() {
            break;
        }
        if let Some(found) = switch(cursor, "keepevents")? {
            keep_events = found;
        } else if let Some(found) = switch(cursor, "keepempty")? {
            keep_empty = found;
        } else if let Some(found) = switch(cursor, "consecutive")? {
            consecutive = found;
        } else if !names.is_empty() && cursor.eat_word("sortby") {
            sort_by = self::keys(cursor)?;
        } else {
            names.push(field(cursor)?);
        }
    }
    match names.is_empty() {
        true => Err(cursor.expected("a field's name")),
        false => {
            let fields = names;
            Ok(Command::Dedup { keep, fields, keep_empty, keep_events, consecutive, sort_by })
        }
    }
}

/// How many rows `head` and `tail` keep.
pub(super) fn count_of(cursor: &mut Cursor<'_>, name: &str) -> Parsed<usize> {
    if let Some(found) = count(cursor, "limit")? {
        return Ok(found);
    }
    cursor.skip_space();
    let digits = cursor.take_while(|char| char.is_ascii_digit());
    match digits.parse() {
        Ok(found) => Ok(found),
        Err(_) if cursor.is_at_end() => Ok(10),
        Err(_) => Err(cursor.expected("a number of rows").help(format!("write | {name} 10"))),
    }
}
