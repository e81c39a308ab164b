//! What characters and words are to PowerShell. Like PowerShell, it takes typographic dashes and quotes
//! for the plain ones.

use crate::static_map::StaticMap;

/// What a keyword asks to come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A condition in parentheses.
    Condition,
    /// A block in braces.
    Block,
    /// Another statement, which may be a command.
    Statement,
    /// The name of a function.
    Function,
    /// The name of a class or enumeration.
    Type,
    /// A list of parameters in parentheses, after which a statement may begin.
    Parameters,
    /// A plain word: a label, a namespace.
    Word,
}

/// What a word asks for if it is a keyword.
pub(super) fn keyword(word: &str) -> Option<Next> {
    KEYWORDS.get_ignore_ascii_case(word.as_bytes())
}

/// The keywords of the language, by what follows them.
static KEYWORDS: StaticMap<Next, 128> = StaticMap::new(&[
    (b"elseif", Next::Condition),
    (b"for", Next::Condition),
    (b"foreach", Next::Condition),
    (b"if", Next::Condition),
    (b"switch", Next::Condition),
    (b"until", Next::Condition),
    (b"while", Next::Condition),
    (b"begin", Next::Block),
    (b"catch", Next::Block),
    (b"clean", Next::Block),
    (b"data", Next::Block),
    (b"default", Next::Block),
    (b"do", Next::Block),
    (b"dynamicparam", Next::Block),
    (b"else", Next::Block),
    (b"end", Next::Block),
    (b"finally", Next::Block),
    (b"inlinescript", Next::Block),
    (b"parallel", Next::Block),
    (b"process", Next::Block),
    (b"sequence", Next::Block),
    (b"trap", Next::Block),
    (b"try", Next::Block),
    (b"exit", Next::Statement),
    (b"hidden", Next::Statement),
    (b"in", Next::Statement),
    (b"return", Next::Statement),
    (b"static", Next::Statement),
    (b"throw", Next::Statement),
    (b"configuration", Next::Function),
    (b"filter", Next::Function),
    (b"function", Next::Function),
    (b"workflow", Next::Function),
    (b"class", Next::Type),
    (b"enum", Next::Type),
    (b"param", Next::Parameters),
    (b"break", Next::Word),
    (b"continue", Next::Word),
    (b"using", Next::Word),
]);

/// Keywords that may stand where a value just ended, as in `} while` or `$x in`.
pub(super) fn continues(word: &str) -> bool {
    ["catch", "else", "elseif", "finally", "in", "until", "while"]
        .iter()
        .any(|keyword| keyword.eq_ignore_ascii_case(word))
}

/// Operators written as words that may stand before their operand.
pub(super) fn is_unary(word: &str) -> bool {
    ["bnot", "csplit", "isplit", "join", "not", "split"]
        .iter()
        .any(|operator| operator.eq_ignore_ascii_case(word))
}

pub(in crate::script) fn is_newline(char: char) -> bool {
    matches!(char, '\n' | '\r')
}

pub(super) fn is_dash(char: char) -> bool {
    matches!(char, '-' | '\u{2013}'..='\u{2015}')
}

pub(in crate::script) fn is_single_quote(char: char) -> bool {
    matches!(char, '\'' | '\u{2018}'..='\u{201B}')
}

pub(in crate::script) fn is_double_quote(char: char) -> bool {
    matches!(char, '"' | '\u{201C}'..='\u{201E}')
}

/// Ends a word whatever it is.
pub(super) fn ends_word(char: char) -> bool {
    char.is_whitespace()
        || matches!(char, '(' | ')' | '{' | '}' | ',' | ';' | '|' | '&' | '<' | '>')
        || is_single_quote(char)
        || is_double_quote(char)
}

/// May stand in a name: of a variable, a member, a hash table's key.
pub(super) fn in_name(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// Length of the variable that a text begins with, `$` or `@` included; none where there is no variable.
pub(super) fn variable_len(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(['$', '@'])?;
    let dollar = text.starts_with('$');
    let mut chars = rest.char_indices().peekable();
    match chars.peek()?.1 {
        '{' if dollar => return Some(1 + braced_len(rest)),
        '$' | '^' | '?' if dollar => return Some(2),
        char if in_name(char) || (char == ':' && dollar) => (),
        _ => return None,
    }
    let mut end = 0;
    while let Some((at, char)) = chars.next() {
        let scope = char == ':' && chars.peek().is_some_and(|(_, next)| in_name(*next));
        let question = char == '?' && dollar;
        if !in_name(char) && !scope && !question {
            break;
        }
        end = at + char.len_utf8();
    }
    (end > 0).then_some(1 + end)
}

/// Length of `{…}`: to the brace that closes it, or to the end.
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

/// Length of the number that a text begins with: decimal, real, hexadecimal or binary, with its type's
/// and its multiplier's letters. None where the word is no number after all (`7z`).
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
        Some(next) if in_name(next) => None,
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
    fn variables_end_where_powershell_ends_them() {
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
    fn numbers_with_their_letters() {
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
