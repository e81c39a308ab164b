//! `sort`, `dedup`, `head` and `tail`, the commands that depend on the order of the rows.

use super::cursor::{Cursor, Parsed, is_word};
use super::error::SyntaxError;
use super::options::{count, field, switch};
use crate::search::ast::command::{Command, SortKey, SortKeyKind};

/// Number of rows that `sort` keeps by default, as in Splunk.
const DEFAULT_SORT_LIMIT: usize = 10_000;

/// Parses the options of `sort`.
pub(super) fn sort(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.skip_space();
    let start = cursor.at();
    let mut limit = DEFAULT_SORT_LIMIT;
    let digits = cursor.take_while(|char| char.is_ascii_digit());
    if !digits.is_empty() && cursor.peek().is_none_or(char::is_whitespace) {
        limit = digits.parse().unwrap_or(DEFAULT_SORT_LIMIT);
    } else {
        cursor.go_to(start);
        if let Some(found) = count(cursor, "limit")? {
            limit = found;
        }
    }
    let keys = sort_keys(cursor)?;
    Ok(Command::Sort { limit, keys })
}

/// Parses the sort keys, up to the end of the command.
fn sort_keys(cursor: &mut Cursor<'_>) -> Parsed<Vec<SortKey>> {
    let mut keys = Vec::new();
    let mut descending = false;
    loop {
        cursor.take_while(|char| char.is_whitespace() || char == ',');
        if cursor.is_at_end() {
            break;
        }
        if !keys.is_empty() && eat_descending(cursor) {
            keys.iter_mut().for_each(|key: &mut SortKey| key.descending = !key.descending);
            break;
        }
        // A sign that is separate from its field applies to all following fields.
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
            ("auto", Some('(')) => Some(SortKeyKind::Auto),
            ("str", Some('(')) => Some(SortKeyKind::Text),
            ("num", Some('(')) => Some(SortKeyKind::Number),
            ("ip", Some('(')) => Some(SortKeyKind::Address),
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
            cursor.go_to(before);
            field(cursor)?
        };
        keys.push(SortKey {
            field: name,
            descending: key_descending,
            kind: kind.unwrap_or(SortKeyKind::Auto),
        });
    }
    match keys.is_empty() {
        true => Err(cursor.expected("a field's name")),
        false => Ok(keys),
    }
}

/// Takes `desc` or `d` at the end of the command, which reverses the order of every key.
fn eat_descending(cursor: &mut Cursor<'_>) -> bool {
    let start = cursor.at();
    if (cursor.eat_word("desc") || cursor.eat_word("d")) && cursor.is_at_end() {
        return true;
    }
    cursor.go_to(start);
    false
}

/// Parses the options of `dedup`.
pub(super) fn dedup(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.skip_space();
    let start = cursor.at();
    let digits = cursor.take_while(|char| char.is_ascii_digit());
    let mut keep = 1;
    match (digits.parse::<usize>(), cursor.peek()) {
        (Ok(0), _) => return Err(SyntaxError::new(start, "dedup keeps at least 1")),
        (Ok(count), Some(char)) if char.is_whitespace() => keep = count,
        _ => cursor.go_to(start),
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
            sort_by = sort_keys(cursor)?;
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

/// Parses the number of rows that `head` or `tail` keeps, 10 by default.
pub(super) fn row_count(cursor: &mut Cursor<'_>, name: &str) -> Parsed<usize> {
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

#[cfg(test)]
mod tests {
    use crate::search::parse::tests::assert_commands;

    #[test]
    fn sort_keys_have_a_direction_and_a_kind() {
        assert_commands(&[
            ("sort a", "sort 10000 +a"),
            ("sort 5 -a, b", "sort 5 -a, +b"),
            ("sort limit=0 +a", "sort 0 +a"),
            // A separate sign applies to all following fields.
            ("sort - a b +c", "sort 10000 -a, -b, +c"),
            ("sort a, -b desc", "sort 10000 -a, +b"),
            ("sort a d", "sort 10000 -a"),
            ("sort num(a) -str(b) ip(c) auto(e)", "sort 10000 +num(a), -str(b), +ip(c), +e"),
            ("sort 5x", "sort 10000 +5x"),
            ("sort str", "sort 10000 +str"),
        ]);
    }

    #[test]
    fn dedup_head_and_tail_parse() {
        assert_commands(&[
            ("dedup a b", "dedup 1 a b"),
            ("dedup 3 a, b keepempty=t", "dedup 3 a b keepempty=true"),
            (
                "dedup a keepevents=true consecutive=1 sortby -b +c",
                "dedup 1 a keepevents=true consecutive=true sortby -b +c",
            ),
            ("head", "head 10"),
            ("head 3", "head 3"),
            ("tail limit=2", "tail 2"),
        ]);
    }

    #[test]
    fn errors_have_their_place() {
        assert_commands(&[
            ("sort", "5: expected a field's name, found the end"),
            ("sort num(a", "11: expected `)`, found the end"),
            ("sort limit=x a", "6: limit= takes a whole number, found `x`"),
            ("dedup 0 a", "7: dedup keeps at least 1"),
            ("dedup", "6: expected a field's name, found the end"),
            ("dedup a keepempty=x", "9: keepempty= takes true or false, found `x`"),
            ("head x", "6: expected a number of rows, found `x`"),
        ]);
    }
}
