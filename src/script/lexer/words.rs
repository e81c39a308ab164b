//! Character classes, keywords, variables and numbers of PowerShell. As in PowerShell, typographic dashes and quotes
//! count as the plain ones.

use crate::static_map::StaticMap;

/// What follows a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeywordFollow {
    /// A condition in parentheses.
    Condition,
    /// A block in braces.
    Block,
    /// Another statement, which may be a command.
    Statement,
    /// The name of a function.
    Function,
    /// The name of a class.
    Type,
    /// The name of an enumeration, then its members in braces.
    Enumeration,
    /// A list of parameters in parentheses, after which a statement may begin.
    Parameters,
    /// A plain word: a label, a namespace.
    Word,
}

/// Returns what follows a word if it is a keyword.
pub(super) fn keyword(word: &str) -> Option<KeywordFollow> {
    KEYWORDS.get_ignore_ascii_case(word.as_bytes())
}

/// The keywords, in lower case.
static KEYWORDS: StaticMap<KeywordFollow, 128> = StaticMap::new(&[
    (b"elseif", KeywordFollow::Condition),
    (b"for", KeywordFollow::Condition),
    (b"foreach", KeywordFollow::Condition),
    (b"if", KeywordFollow::Condition),
    (b"switch", KeywordFollow::Condition),
    (b"until", KeywordFollow::Condition),
    (b"while", KeywordFollow::Condition),
    (b"begin", KeywordFollow::Block),
    (b"catch", KeywordFollow::Block),
    (b"clean", KeywordFollow::Block),
    (b"data", KeywordFollow::Block),
    (b"default", KeywordFollow::Block),
    (b"do", KeywordFollow::Block),
    (b"dynamicparam", KeywordFollow::Block),
    (b"else", KeywordFollow::Block),
    (b"end", KeywordFollow::Block),
    (b"finally", KeywordFollow::Block),
    (b"inlinescript", KeywordFollow::Block),
    (b"parallel", KeywordFollow::Block),
    (b"process", KeywordFollow::Block),
    (b"sequence", KeywordFollow::Block),
    (b"trap", KeywordFollow::Block),
    (b"try", KeywordFollow::Block),
    (b"exit", KeywordFollow::Statement),
    (b"hidden", KeywordFollow::Statement),
    (b"in", KeywordFollow::Statement),
    (b"return", KeywordFollow::Statement),
    (b"static", KeywordFollow::Statement),
    (b"throw", KeywordFollow::Statement),
    (b"configuration", KeywordFollow::Function),
    (b"filter", KeywordFollow::Function),
    (b"function", KeywordFollow::Function),
    (b"workflow", KeywordFollow::Function),
    (b"class", KeywordFollow::Type),
    (b"enum", KeywordFollow::Enumeration),
    (b"param", KeywordFollow::Parameters),
    (b"break", KeywordFollow::Word),
    (b"continue", KeywordFollow::Word),
    (b"using", KeywordFollow::Word),
]);

/// Returns whether a word is a keyword.
pub(in crate::script) fn is_keyword(word: &str) -> bool {
    keyword(word).is_some()
}

/// Returns whether a word is a keyword that may follow a value, as in `} while` or `$x in`.
pub(super) fn may_follow_value(word: &str) -> bool {
    ["catch", "else", "elseif", "finally", "in", "until", "while"]
        .iter()
        .any(|keyword| keyword.eq_ignore_ascii_case(word))
}

/// Returns whether a word is the name of an operator that may precede its operand.
pub(super) fn is_prefix_operator(word: &str) -> bool {
    ["bnot", "csplit", "isplit", "join", "not", "split"]
        .iter()
        .any(|operator| operator.eq_ignore_ascii_case(word))
}

pub(in crate::script) fn is_newline(char: char) -> bool {
    matches!(char, '\n' | '\r')
}

pub(in crate::script) fn is_dash(char: char) -> bool {
    matches!(char, '-' | '\u{2013}'..='\u{2015}')
}

pub(in crate::script) fn is_single_quote(char: char) -> bool {
    matches!(char, '\'' | '\u{2018}'..='\u{201B}')
}

pub(in crate::script) fn is_double_quote(char: char) -> bool {
    matches!(char, '"' | '\u{201C}'..='\u{201E}')
}

/// Returns whether a character ends every word.
pub(in crate::script) fn ends_word(char: char) -> bool {
    char.is_whitespace()
        || matches!(char, '(' | ')' | '{' | '}' | ',' | ';' | '|' | '&' | '<' | '>')
        || is_single_quote(char)
        || is_double_quote(char)
}

/// Returns whether a character may be in the name of a variable, a member or a hash table's key.
pub(super) fn is_name_char(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// Returns the length of the variable at the beginning of a text, including its `$` or `@`.
pub(super) fn variable_len(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(['$', '@'])?;
    let dollar = text.starts_with('$');
    let mut chars = rest.char_indices().peekable();
    match chars.peek()?.1 {
        '{' if dollar => return Some(1 + braced_len(rest)),
        '$' | '^' | '?' if dollar => return Some(2),
        char if is_name_char(char) || (char == ':' && dollar) => (),
        _ => return None,
    }
    let is_ascii_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let name = rest.bytes().take_while(is_ascii_name).count();
    let next = rest.as_bytes().get(name);
    if name > 0 && next.is_none_or(|next| next.is_ascii() && !matches!(next, b':' | b'?')) {
        return Some(1 + name);
    }
    let mut end = 0;
    while let Some((at, char)) = chars.next() {
        let scope = char == ':'
            && chars
                .peek()
                .is_some_and(|(_, next)| is_name_char(*next) || (dollar && *next == '?'));
        let question = char == '?' && dollar;
        if !is_name_char(char) && !scope && !question {
            break;
        }
        end = at + char.len_utf8();
    }
    (end > 0).then_some(1 + end)
}

/// Returns the length of `{…}`, up to its closing brace or the end of the text.
fn braced_len(text: &str) -> usize {
    let mut escaped = false;
    for (at, char) in text.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '`' => escaped = true,
            '}' => return at + 1,
            _ => (),
        }
    }
    text.len()
}

/// Returns the length of the number at the beginning of a text: decimal, real, hexadecimal or binary, with the letters
/// of its type and its multiplier (`0x1Ful`, `10kb`). `None` if it is part of a word (`7z`).
pub(super) fn number_len(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let digits = |from: usize, is: fn(&u8) -> bool| {
        bytes.get(from..).unwrap_or_default().iter().take_while(|byte| is(byte)).count()
    };
    let mut end = match bytes {
        [b'0', b'x' | b'X', ..] => 2 + at_least_one(digits(2, u8::is_ascii_hexdigit))?,
        [b'0', b'b' | b'B', b'0' | b'1', ..] => 2 + digits(2, |byte| matches!(byte, b'0' | b'1')),
        _ => {
            let whole = digits(0, u8::is_ascii_digit);
            let fraction = match bytes.get(whole) {
                Some(b'.') => {
                    at_least_one(digits(whole + 1, u8::is_ascii_digit)).map_or(0, |len| len + 1)
                }
                _ => 0,
            };
            let mantissa = at_least_one(whole + fraction)?;
            let exponent = match bytes.get(mantissa..) {
                Some([b'e' | b'E', b'+' | b'-', ..]) => 2,
                Some([b'e' | b'E', ..]) => 1,
                _ => 0,
            };
            let power = digits(mantissa + exponent, u8::is_ascii_digit);
            if exponent > 0 && power > 0 { mantissa + exponent + power } else { mantissa }
        }
    };
    let letters = digits(end, u8::is_ascii_alphabetic);
    let suffix = text.get(end..end + letters)?.to_ascii_lowercase();
    let suffix = ["kb", "mb", "gb", "tb", "pb"]
        .iter()
        .find_map(|unit| suffix.strip_suffix(unit))
        .unwrap_or(&suffix);
    if !matches!(suffix, "" | "u" | "l" | "ul" | "s" | "us" | "y" | "uy" | "n" | "d") {
        return None;
    }
    end += letters;
    match text.get(end..)?.chars().next() {
        Some(next) if is_name_char(next) => None,
        _ => Some(end),
    }
}

fn at_least_one(count: usize) -> Option<usize> {
    (count > 0).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_end_as_in_powershell() {
        for (text, variable) in [
            ("$a.b", Some("$a")),
            ("$a::b", Some("$a")),
            ("$env:TEMP\\x", Some("$env:TEMP")),
            ("$a: b", Some("$a")),
            ("${a b`}c}d", Some("${a b`}c}")),
            ("${open", Some("${open")),
            ("$$x", Some("$$")),
            ("$?", Some("$?")),
            ("$:x", Some("$:x")),
            ("$global:?-1", Some("$global:?")),
            ("@splat", Some("@splat")),
            ("$größe-1", Some("$größe")),
            ("$", None),
            ("$(", None),
            ("$\\", None),
            ("$:", None),
            ("@{", None),
            ("@$", None),
        ] {
            assert_eq!(variable_len(text).map(|len| &text[..len]), variable, "{text}");
        }
    }

    #[test]
    fn numbers_include_their_suffixes() {
        for (text, number) in [
            ("0x1F)", Some("0x1F")),
            ("10kb+", Some("10kb")),
            ("1.5e3l", Some("1.5e3l")),
            ("1..5", Some("1")),
            (".5", Some(".5")),
            ("2e+8", Some("2e+8")),
            ("100ulgb", Some("100ulgb")),
            ("0b101", Some("0b101")),
            ("7z", None),
            ("0x", None),
            (".x", None),
            ("5_", None),
        ] {
            assert_eq!(number_len(text).map(|len| &text[..len]), number, "{text}");
        }
    }
}
