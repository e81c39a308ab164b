//! String literals: parsing and writing.

use super::lexer::words::{is_double_quote, is_single_quote};
use std::borrow::Cow;

/// Returns the value of a string token, and whether the token spells it without obfuscating escapes. `None` for a section
/// of a string with variables, or a string without an end.
pub(in crate::script) fn parse(token: &str) -> Option<(Cow<'_, str>, bool)> {
    let inner = |is_quote: fn(char) -> bool| {
        let inner = token.strip_prefix(is_quote)?.strip_suffix(is_quote)?;
        Some(inner)
    };
    if let Some(text) = here(token, is_single_quote) {
        return Some((Cow::Borrowed(text), true));
    }
    if let Some(text) = here(token, is_double_quote) {
        return Some((Cow::Owned(unescape_section(text, true)), true));
    }
    if let Some(text) = inner(is_single_quote) {
        return Some((undouble(text, is_single_quote)?, true));
    }
    let text = inner(is_double_quote)?;
    if !text.contains('`') && !text.contains(is_double_quote) {
        return Some((Cow::Borrowed(text), true));
    }
    unescape(text)
}

/// Appends a string as a literal in single quotes.
pub(in crate::script) fn write(value: &str, out: &mut String) {
    out.push('\'');
    for char in value.chars() {
        out.push(char);
        if is_single_quote(char) {
            out.push(char);
        }
    }
    out.push('\'');
}

/// Returns the text of a here-string with these quotes.
fn here(token: &str, is_quote: fn(char) -> bool) -> Option<&str> {
    let text = token.strip_prefix('@')?.strip_prefix(is_quote)?.trim_start_matches([' ', '\t']);
    let text = text.strip_prefix("\r\n").or(text.strip_prefix('\n'))?;
    let text = text.strip_suffix('@')?.strip_suffix(is_quote)?;
    text.strip_suffix("\r\n").or(text.strip_suffix('\n'))
}

/// Replaces two quotes by one; `None` for a single quote, which would end the string.
fn undouble(text: &str, is_quote: fn(char) -> bool) -> Option<Cow<'_, str>> {
    if !text.contains(is_quote) {
        return Some(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if is_quote(char) {
            chars.next().filter(|next| is_quote(*next))?;
        }
        out.push(char);
    }
    Some(Cow::Owned(out))
}

/// Unescapes the text between double quotes. It is plain if only line ends and quotation marks are escaped.
fn unescape(text: &str) -> Option<(Cow<'_, str>, bool)> {
    let mut is_plain = true;
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '`' => {
                let escaped = chars.next()?;
                is_plain &= !escaped.is_alphanumeric() || matches!(escaped, 'n' | 'r' | 't' | '0');
                out.push(unescape_char(escaped));
            }
            _ if is_double_quote(char) => {
                chars.next().filter(|next| is_double_quote(*next))?;
                out.push(char);
            }
            _ => out.push(char),
        }
    }
    Some((Cow::Owned(out), is_plain))
}

/// Unescapes a section of a string with variables. In a here-string, quotes are not doubled.
pub(in crate::script) fn unescape_section(text: &str, here: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '`' => out.extend(chars.next().map(unescape_char)),
            _ if is_double_quote(char) && !here => {
                chars.next_if(|next| is_double_quote(*next));
                out.push(char);
            }
            _ => out.push(char),
        }
    }
    out
}

fn unescape_char(escaped: char) -> char {
    match escaped {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'e' => '\u{1B}',
        'f' => '\u{C}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{B}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_have_the_value_that_powershell_reads() {
        for (token, text, plain) in [
            ("'it''s'", "it's", true),
            ("‘a’", "a", true),
            (r#""a""b""#, "a\"b", true),
            ("\"a`nb\"", "a\nb", true),
            ("\"Down`Load\"", "DownLoad", false),
            ("@'\na'b\n'@", "a'b", true),
        ] {
            assert_eq!(parse(token), Some((text.into(), plain)), "{token}");
        }
        for token in ["'open", "\"open ", " tail\"", "\"", "'", "\"a\"\"", "\"a`\"", "'a'b'"] {
            assert_eq!(parse(token), None, "{token}");
        }
    }

    #[test]
    fn quotes_are_doubled() {
        let mut out = String::new();
        write("it's", &mut out);
        assert_eq!(out, "'it''s'");
    }
}
