//! `regex` and `rex`, the commands with a regular expression.

use super::cursor::{Cursor, Parsed};
use super::error::SyntaxError;
use super::options::{count, field, option, value};
use crate::regex::{Regex, RegexFlags};
use crate::search::ast::command::{Command, SedEdit};

/// Compiles a regular expression that is at offset `at`.
pub(super) fn compile(text: &str, at: usize) -> Parsed<Regex> {
    Regex::shared(text, RegexFlags::default())
        .map_err(|error| SyntaxError::new(at, format!("regular expression: {error}")))
}

/// Parses a regular expression.
fn pattern(cursor: &mut Cursor<'_>) -> Parsed<Regex> {
    cursor.skip_space();
    let at = cursor.at();
    let text = value(cursor)?;
    compile(&text, at)
}

/// Parses the options of `regex`.
pub(super) fn regex(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    cursor.skip_space();
    let (mut name, mut negated) = ("_raw".to_owned(), false);
    if cursor.peek() != Some('"') {
        name = field(cursor)?;
        cursor.skip_space();
        negated = cursor.eat("!");
        if !cursor.eat("=") {
            return Err(cursor.expected("`=` or `!=` after the field's name"));
        }
    }
    Ok(Command::Regex { field: name, regex: pattern(cursor)?, negated })
}

/// Parses the options of `rex`.
pub(super) fn rex(cursor: &mut Cursor<'_>) -> Parsed<Command> {
    let (mut name, mut max_match, mut offset_field, mut sed) = ("_raw".to_owned(), 1, None, false);
    let mut regex: Option<(String, usize)> = None;
    while !cursor.is_at_end() {
        cursor.skip_space();
        let at = cursor.at();
        if let Some(found) = option(cursor, "field")? {
            name = found;
        } else if let Some(found) = count(cursor, "max_match")? {
            max_match = found;
        } else if let Some(found) = option(cursor, "offset_field")? {
            offset_field = Some(found);
        } else if let Some(mode) = option(cursor, "mode")? {
            if mode != "sed" {
                return Err(SyntaxError::new(at, format!("rex has the mode sed, found `{mode}`")));
            }
            sed = true;
        } else if regex.is_none() {
            regex = Some((value(cursor)?, at));
        } else {
            return Err(cursor.expected("the end of `rex`"));
        }
    }
    let Some((text, at)) = regex else {
        return Err(cursor.expected("a regular expression in quotes"));
    };
    if sed {
        for (name, given) in
            [("max_match", max_match != 1), ("offset_field", offset_field.is_some())]
        {
            if given {
                return Err(SyntaxError::new(at, format!("rex mode=sed has no option {name}="))
                    .help("write the flag g, or a number for one match: s/a/b/2"));
            }
        }
        let edit = sed_edit(&text, at)?;
        return Ok(Command::Sed { field: name, script: text, edit });
    }
    let regex = compile(&text, at)?;
    match regex.names().iter().any(Option::is_some) {
        true => Ok(Command::Rex { field: name, regex, max_match, offset_field }),
        false => Err(SyntaxError::new(at, "the regular expression names no field")
            .help("name a group: (?<field>…)")),
    }
}

/// Parses a sed script, `s/regex/text/g` or `y/abc/xyz/` with any delimiter.
fn sed_edit(script: &str, at: usize) -> Parsed<SedEdit> {
    let bad = || SyntaxError::new(at, "a sed script is s/regex/text/g or y/letters/letters/");
    let mut chars = script.trim().chars();
    let (kind, delimiter) = (chars.next().ok_or_else(bad)?, chars.next().ok_or_else(bad)?);
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for char in chars {
        let last = parts.last_mut().ok_or_else(bad)?;
        if char == delimiter && !escaped {
            parts.push(String::new());
            continue;
        }
        if escaped && char != delimiter {
            last.push('\\');
        }
        escaped = char == '\\' && !escaped;
        if !escaped {
            last.push(char);
        }
    }
    let [from, to, flags] = parts.as_slice() else { return Err(bad()) };
    match kind {
        's' => {
            let which = flags.replace(['g', 'i'], "");
            let only = match (flags.contains('g'), which.as_str()) {
                (true, "") => None,
                (false, "") => Some(1),
                (false, which) => {
                    Some(which.parse().ok().filter(|only| *only > 0).ok_or_else(bad)?)
                }
                (true, _) => return Err(bad()),
            };
            let flags = RegexFlags { caseless: flags.contains('i'), ..RegexFlags::default() };
            let regex = Regex::new(from, flags)
                .map_err(|error| SyntaxError::new(at, format!("regular expression: {error}")))?;
            Ok(SedEdit::Replace { regex, replacement: to.clone(), only })
        }
        'y' if from.chars().count() == to.chars().count() => {
            Ok(SedEdit::Transliterate(from.chars().zip(to.chars()).collect()))
        }
        _ => Err(bad()),
    }
}

#[cfg(test)]
mod tests {
    use crate::search::parse::tests::assert_commands;

    #[test]
    fn regex_and_rex_parse() {
        assert_commands(&[
            (r#"regex "a+""#, r#"regex _raw="a+""#),
            (r#"regex x!="a\s""#, r#"regex x!="a\\s""#),
            (r#"rex "(?<y>a)""#, r#"rex field=_raw "(?<y>a)""#),
            (
                r#"rex field=x max_match=0 offset_field=o "(?<y>a)""#,
                r#"rex field=x max_match=0 offset_field=o "(?<y>a)""#,
            ),
            (r#"rex mode=sed "s/a/b/g""#, r#"rex field=_raw mode=sed "s/a/b/g""#),
            (r#"rex mode=sed "s#a#b#2""#, r##"rex field=_raw mode=sed "s#a#b#2""##),
            (r#"rex mode=sed "y/ab/cd/""#, r#"rex field=_raw mode=sed "y/ab/cd/""#),
        ]);
    }

    #[test]
    fn errors_have_their_place() {
        let sed = "a sed script is s/regex/text/g or y/letters/letters/";
        assert_commands(&[
            ("regex x", "8: expected `=` or `!=` after the field's name, found the end"),
            ("regex x=", "9: expected a value, found the end"),
            ("rex", "4: expected a regular expression in quotes, found the end"),
            ("rex \"abc\"", "5: the regular expression names no field"),
            ("rex \"(?<x>a)\" \"b\"", "15: expected the end of `rex`, found `\"`"),
            ("rex mode=awk \"s/a/b/\"", "5: rex has the mode sed, found `awk`"),
            ("rex mode=sed max_match=3 \"s/a/b/\"", "26: rex mode=sed has no option max_match="),
            ("rex mode=sed \"a/b\"", &format!("14: {sed}")),
            ("rex mode=sed \"y/ab/c/\"", &format!("14: {sed}")),
            ("rex mode=sed \"s/a/b/0\"", &format!("14: {sed}")),
            ("rex max_match=x \"(?<y>a)\"", "5: max_match= takes a whole number, found `x`"),
        ]);
    }
}
