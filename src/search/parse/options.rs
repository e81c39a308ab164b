//! Parts that most commands share: field names, lists of them, and options such as `limit=5`.

use super::cursor::{Cursor, Escapes, Parsed, is_word};

/// Parses the name of a field, which may be quoted and have wildcards.
pub(super) fn field(cursor: &mut Cursor<'_>) -> Parsed<String> {
    cursor.skip_space();
    match cursor.peek() {
        Some(quote @ ('"' | '\'')) => cursor.quoted(quote, Escapes::Quotes),
        Some('[') => Err(cursor.subsearch()),
        _ => {
            let ends = |char: char| {
                char.is_whitespace()
                    || matches!(char, ',' | '|' | '(' | ')' | '=' | '"' | '`' | '!')
            };
            let name = cursor.take_while(|char| !ends(char));
            match name.is_empty() {
                true => Err(cursor.expected("a field's name")),
                false => Ok(name.to_owned()),
            }
        }
    }
}

/// Parses field names, with or without commas, up to the end of the command or one of the words `until`.
pub(super) fn fields(cursor: &mut Cursor<'_>, until: &[&str]) -> Parsed<Vec<String>> {
    let mut names = Vec::new();
    loop {
        cursor.take_while(|char| char.is_whitespace() || char == ',');
        let word = cursor.peek_word();
        if cursor.is_at_end() || until.iter().any(|end| end.eq_ignore_ascii_case(word)) {
            return Ok(names);
        }
        names.push(field(cursor)?);
    }
}

/// Parses at least one field name, as [`fields`].
pub(super) fn some_fields(cursor: &mut Cursor<'_>, until: &[&str]) -> Parsed<Vec<String>> {
    let names = fields(cursor, until)?;
    match names.is_empty() {
        true => Err(cursor.expected("a field's name")),
        false => Ok(names),
    }
}

/// Parses the option `name=value`, if it is next.
pub(super) fn option(cursor: &mut Cursor<'_>, name: &str) -> Parsed<Option<String>> {
    let start = cursor.at();
    if !cursor.eat_word(name) {
        return Ok(None);
    }
    cursor.skip_space();
    if !cursor.eat("=") {
        cursor.go_to(start);
        return Ok(None);
    }
    cursor.skip_space();
    value(cursor).map(Some)
}

/// Parses a value, which may be quoted.
pub(super) fn value(cursor: &mut Cursor<'_>) -> Parsed<String> {
    cursor.skip_space();
    match cursor.peek() {
        Some('"') => cursor.quoted('"', Escapes::QuotesAndWhitespace),
        _ => {
            let value =
                cursor.take_while(|char| !char.is_whitespace() && !matches!(char, '|' | ','));
            match value.is_empty() {
                true => Err(cursor.expected("a value")),
                false => Ok(value.to_owned()),
            }
        }
    }
}

/// Parses an option with an integer, if it is next.
pub(super) fn count(cursor: &mut Cursor<'_>, name: &str) -> Parsed<Option<usize>> {
    let start = cursor.at();
    let Some(value) = option(cursor, name)? else { return Ok(None) };
    match value.parse() {
        Ok(count) => Ok(Some(count)),
        Err(_) => {
            cursor.go_to(start);
            Err(cursor.error(format!("{name}= takes a whole number, found `{value}`")))
        }
    }
}

/// Parses an option with a Boolean, if it is next.
pub(super) fn switch(cursor: &mut Cursor<'_>, name: &str) -> Parsed<Option<bool>> {
    let start = cursor.at();
    let Some(value) = option(cursor, name)? else { return Ok(None) };
    match value.to_ascii_lowercase().as_str() {
        "t" | "true" | "1" | "yes" => Ok(Some(true)),
        "f" | "false" | "0" | "no" => Ok(Some(false)),
        _ => {
            cursor.go_to(start);
            Err(cursor.error(format!("{name}= takes true or false, found `{value}`")))
        }
    }
}

/// Parses `as` and a new name, if they are next.
pub(super) fn alias(cursor: &mut Cursor<'_>) -> Parsed<Option<String>> {
    match cursor.eat_word("as") {
        true => field(cursor).map(Some),
        false => Ok(None),
    }
}

/// Returns the next word if `=` follows it.
pub(super) fn option_name<'a>(cursor: &Cursor<'a>) -> Option<&'a str> {
    let rest = cursor.rest().trim_start();
    let name = rest.get(..rest.len() - rest.trim_start_matches(is_word).len())?;
    let after = rest.get(name.len()..)?.trim_start();
    (!name.is_empty() && after.starts_with('=')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_options_parse() {
        assert_eq!(field(&mut Cursor::new(" a.b{} c")).unwrap(), "a.b{}");
        assert_eq!(field(&mut Cursor::new("\"a b\"")).unwrap(), "a b");
        assert_eq!(fields(&mut Cursor::new("a, b c by d"), &["BY"]).unwrap(), ["a", "b", "c"]);
        assert_eq!(option(&mut Cursor::new("limit = \"5 6\""), "limit").unwrap().unwrap(), "5 6");
        assert_eq!(option(&mut Cursor::new("limit 5"), "limit").unwrap(), None);
        assert_eq!(switch(&mut Cursor::new("row=No"), "row").unwrap(), Some(false));
        assert_eq!(alias(&mut Cursor::new("AS x")).unwrap().as_deref(), Some("x"));
        assert_eq!(option_name(&Cursor::new(" a =1")), Some("a"));
        assert_eq!(option_name(&Cursor::new("a 1")), None);
    }
}
