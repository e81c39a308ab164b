//! String literals: parsing and writing.

use crate::script::lexer::words::{is_double_quote, is_single_quote};
use std::borrow::Cow;

/// Returns the value of a string token, and whether the token spells it without obfuscating escapes. `None` for a section
/// of a string with variables, or a string without an end.
pub(super) fn parse(token: &str) -> Option<(Cow<'_, str>, bool)> {
    let inner = |is_quote: fn(char) -> bool| {
        let inner = token.strip_prefix(is_quote)?.strip_suffix(is_quote)?;
        Some(inner)
    };
    if let Some(text) = here(token) {
        return Some((Cow::Borrowed(text), true));
    }
    if let Some(text) = inner(is_single_quote) {
        return Some((undouble(text, is_single_quote)?, true));
    }
    let text = inner(is_double_quote)?;
    if !text.contains(['`', '$']) && !text.contains(is_double_quote) {
        return Some((Cow::Borrowed(text), true));
    }
    unescape(text)
}

/// Appends a string as a literal in single quotes.
pub(super) fn write(value: &str, out: &mut String) {
    out.push('\'');
    for char in value.chars() {
        out.push(char);
        if is_single_quote(char) {
            out.push(char);
        }
    }
    out.push('\'');
}

/// Returns the text of a here-string in single quotes.
fn here(token: &str) -> Option<&str> {
    let text =
        token.strip_prefix('@')?.strip_prefix(is_single_quote)?.trim_start_matches([' ', '\t']);
    let text = text.strip_prefix("\r\n").or(text.strip_prefix('\n'))?;
    let text = text.strip_suffix('@')?.strip_suffix(is_single_quote)?;
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
    let mut plain = true;
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '`' => {
                let escaped = chars.next()?;
                plain &= !escaped.is_alphanumeric() || matches!(escaped, 'n' | 'r' | 't' | '0');
                out.push(match escaped {
                    '0' => '\0',
                    'a' => '\u{7}',
                    'b' => '\u{8}',
                    'f' => '\u{C}',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'v' => '\u{B}',
                    other => other,
                });
            }
            _ if is_double_quote(char) => {
                chars.next().filter(|next| is_double_quote(*next))?;
                out.push(char);
            }
            _ => out.push(char),
        }
    }
    Some((Cow::Owned(out), plain))
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
