//! `top` and `rare`.

use super::cursor::{Cursor, Parsed};
use super::error::SyntaxError;
use super::options::{count, field, option, option_name, switch};
use crate::search::ast::top::Top;

/// Number of rows by default, as in Splunk.
const DEFAULT_LIMIT: usize = 10;

/// Parses the options of `top`, or of `rare`.
pub(super) fn top(cursor: &mut Cursor<'_>, rare: bool) -> Parsed<Top> {
    let mut top = Top {
        rare,
        limit: DEFAULT_LIMIT,
        fields: Vec::new(),
        by: Vec::new(),
        count: None,
        percent: None,
        other: None,
    };
    let (mut count_field, mut percent_field) = ("count".to_owned(), "percent".to_owned());
    let (mut shows_count, mut shows_percent, mut has_other) = (true, true, false);
    let (mut other, mut is_by) = ("OTHER".to_owned(), false);
    cursor.skip_space();
    let start = cursor.at();
    let digits = cursor.take_while(|char| char.is_ascii_digit());
    match (digits.parse(), cursor.peek()) {
        (Ok(limit), Some(char)) if char.is_whitespace() => top.limit = limit,
        _ => cursor.go_to(start),
    }
    loop {
        cursor.take_while(|char| char.is_whitespace() || char == ',');
        let at = cursor.at();
        if cursor.is_at_end() {
            break;
        } else if let Some(limit) = count(cursor, "limit")? {
            top.limit = limit;
        } else if let Some(name) = option(cursor, "countfield")? {
            count_field = name;
        } else if let Some(name) = option(cursor, "percentfield")? {
            percent_field = name;
        } else if let Some(text) = option(cursor, "otherstr")? {
            other = text;
        } else if let Some(on) = switch(cursor, "showcount")? {
            shows_count = on;
        } else if let Some(on) = switch(cursor, "showperc")? {
            shows_percent = on;
        } else if let Some(on) = switch(cursor, "useother")? {
            has_other = on;
        } else if let Some(unknown) = option_name(cursor) {
            let name = if rare { "rare" } else { "top" };
            return Err(SyntaxError::new(at, format!("{name} has no option `{unknown}` here")));
        } else if !is_by && !top.fields.is_empty() && cursor.eat_word("by") {
            is_by = true;
        } else {
            let names = if is_by { &mut top.by } else { &mut top.fields };
            names.push(field(cursor)?);
        }
    }
    if top.fields.is_empty() || (is_by && top.by.is_empty()) {
        return Err(cursor.expected("a field's name"));
    }
    top.count = shows_count.then_some(count_field);
    top.percent = shows_percent.then_some(percent_field);
    top.other = has_other.then_some(other);
    let columns = top.columns();
    let twice = columns
        .iter()
        .enumerate()
        .find(|(index, name)| columns.iter().take(*index).any(|own| own == *name));
    match twice {
        Some((_, name)) => Err(SyntaxError::new(start, format!("two columns are named `{name}`"))),
        None => Ok(top),
    }
}

#[cfg(test)]
mod tests {
    use crate::search::parse::tests::assert_commands;

    #[test]
    fn options_parse_in_any_place() {
        assert_commands(&[
            ("top a", "top limit=10 a"),
            ("top 3 a, b by c d", "top limit=3 a b BY c d"),
            ("rare a limit=0 by b", "rare limit=0 a BY b"),
            ("top a showcount=f percentfield=p", "top limit=10 showcount=false percentfield=p a"),
            (
                "top useother=t otherstr=\"the rest\" a showperc=f countfield=n",
                "top limit=10 countfield=n showperc=false useother=true otherstr=\"the rest\" a",
            ),
        ]);
    }

    #[test]
    fn errors_have_their_place() {
        assert_commands(&[
            ("top", "4: expected a field's name, found the end"),
            ("top a by", "9: expected a field's name, found the end"),
            ("top maxvals=3 a", "5: top has no option `maxvals` here"),
            ("rare limit=x a", "6: limit= takes a whole number, found `x`"),
            ("top count", "5: two columns are named `count`"),
        ]);
    }
}
