//! String literals: what they say, and how to write it.

use crate::script::lexer::words::{is_double_quote, is_single_quote};
use std::borrow::Cow;

/// What a string token says, and whether it says it plainly; none where it is a piece of a string with
/// variables in it, or has no end.
pub(super) fn value(token: &str) -> Option<(Cow<'_, str>, bool)> {
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

/// Writes a string as a literal in single quotes.
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

/// The text of a here-string in single quotes.
fn here(token: &str) -> Option<&str> {
    let text =
        token.strip_prefix('@')?.strip_prefix(is_single_quote)?.trim_start_matches([' ', '\t']);
    let text = text.strip_prefix("\r\n").or(text.strip_prefix('\n'))?;
    let text = text.strip_suffix('@')?.strip_suffix(is_single_quote)?;
    text.strip_suffix("\r\n").or(text.strip_suffix('\n'))
}

/// Two quotes are one; one alone would end the string.
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

/// The text between double quotes. It is plain if only line ends and quotes are escaped in it.
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
    fn literals_say_what_powershell_reads() {
        for (token, text, plain) in [
            ("'it''s'", "it's", true),
            ("‘a’", "a", true),
            (r#""a""b""#, "a\"b", true),
            ("\"a`nb\"", "a\nb", true),
            ("\"Down`Load\"", "DownLoad", false),
            ("@'\na'b\n'@", "a'b", true),
        ] {
            assert_eq!(value(token), Some((text.into(), plain)), "{token}");
        }
        for piece in ["'open", "\"open ", " tail\"", "\"", "'", "\"a\"\"", "\"a`\"", "'a'b'"] {
            assert_eq!(value(piece), None, "{piece}");
        }
    }

    #[test]
    fn quotes_are_doubled() {
        let mut out = String::new();
        write("it's", &mut out);
        assert_eq!(out, "'it''s'");
    }
}
