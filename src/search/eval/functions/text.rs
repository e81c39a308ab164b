//! Text functions, and conversions from and to text.

use super::arguments::Arguments;
use crate::limits;
use crate::regex::Regex;
use crate::search::ast::eval_expr::EvalExpr;
use crate::search::values::number;
use crate::search::values::value::Value;
use std::net::Ipv4Addr;

/// A field is lowered by its row, which may cache the result: one published search lowers the script twenty times.
pub(super) fn lower(arguments: &Arguments<'_>) -> Value {
    match arguments.get(0) {
        Some(EvalExpr::Field(name)) => arguments.row.lower(name),
        _ => arguments.value(0).lower(),
    }
}

pub(super) fn upper(arguments: &Arguments<'_>) -> Value {
    arguments.map_text(0, |text| text.to_uppercase().into())
}

/// Length in characters.
#[expect(clippy::cast_precision_loss, reason = "no text is that long")]
pub(super) fn len(arguments: &Arguments<'_>) -> Value {
    arguments.map_text(0, |text| Value::Num(text.chars().count() as f64))
}

pub(super) fn trim(arguments: &Arguments<'_>) -> Value {
    trim_ends(arguments, true, true)
}

pub(super) fn ltrim(arguments: &Arguments<'_>) -> Value {
    trim_ends(arguments, true, false)
}

pub(super) fn rtrim(arguments: &Arguments<'_>) -> Value {
    trim_ends(arguments, false, true)
}

pub(super) fn url_decode(arguments: &Arguments<'_>) -> Value {
    arguments.map_text(0, |text| url_decoded(text).into())
}

/// The network address of an IPv4 address: both in dotted form.
pub(super) fn ip_mask(arguments: &Arguments<'_>) -> Value {
    let mask = arguments.text(0).and_then(|text| text.parse::<Ipv4Addr>().ok());
    let Some(mask) = mask else { return Value::Null };
    arguments.map_text(1, |text| match text.trim().parse::<Ipv4Addr>() {
        Ok(address) => Ipv4Addr::from(u32::from(address) & u32::from(mask)).to_string().into(),
        Err(_) => Value::Null,
    })
}

/// Characters from a position, which counts from 1, or from the end if negative.
pub(super) fn substr(arguments: &Arguments<'_>) -> Value {
    let Some(start) = arguments.integer(1) else { return Value::Null };
    let length = match arguments.len() {
        3 => match arguments.integer(2) {
            Some(length) => usize::try_from(length).unwrap_or(0),
            None => return Value::Null,
        },
        _ => usize::MAX,
    };
    arguments.map_text(0, |text| {
        let skipped = match usize::try_from(start) {
            Ok(start) => start.saturating_sub(1),
            Err(_) => {
                let back = usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX);
                text.chars().count().saturating_sub(back)
            }
        };
        text.chars().skip(skipped).take(length).collect::<String>().into()
    })
}

pub(super) fn replace(arguments: &Arguments<'_>) -> Value {
    let (Some(EvalExpr::Regex(regex)), Some(replacement)) = (arguments.get(1), arguments.text(2))
    else {
        return Value::Null;
    };
    arguments.map_text(0, |text| match replace_matches(text, regex, &replacement, None) {
        Some(text) => text.into(),
        None => Value::Null,
    })
}

/// Replaces every match, or only the match number `only` (from 1). `\1` in `replacement` is the first group.
/// Returns `None` if the result would exceed [`limits::TEXT_BYTES`].
pub(crate) fn replace_matches(
    text: &str,
    regex: &Regex,
    replacement: &str,
    only: Option<usize>,
) -> Option<String> {
    let mut result = String::new();
    let (mut end, mut count) = (0, 0);
    let mut fits = true;
    regex.for_each_match(text, &mut |matched, groups| {
        count += 1;
        if only.is_some_and(|only| count < only) {
            return true;
        }
        result.push_str(text.get(end..matched.start).unwrap_or_default());
        let mut chars = replacement.chars().peekable();
        while let Some(char) = chars.next() {
            let digit = chars.peek().and_then(|next| next.to_digit(10)).filter(|_| char == '\\');
            match (char, digit) {
                (_, Some(digit)) => {
                    chars.next();
                    let range = match (digit as usize).checked_sub(1) {
                        Some(group) => groups.get(group).cloned().flatten(),
                        None => Some(matched.clone()),
                    };
                    let group = range.and_then(|range| text.get(range));
                    result.push_str(group.unwrap_or_default());
                }
                ('\\', None) if chars.peek() == Some(&'\\') => {
                    chars.next();
                    result.push('\\');
                }
                _ => result.push(char),
            }
        }
        end = matched.end;
        fits = result.len() <= limits::TEXT_BYTES;
        fits && only.is_none()
    });
    result.push_str(text.get(end..).unwrap_or_default());
    fits.then_some(result)
}

fn trim_ends(arguments: &Arguments<'_>, left: bool, right: bool) -> Value {
    let chars = match arguments.len() {
        2 => match arguments.text(1) {
            Some(chars) => chars,
            None => return Value::Null,
        },
        _ => " \t".to_owned(),
    };
    arguments.map_text(0, |text| {
        let text = if left { text.trim_start_matches(|c| chars.contains(c)) } else { text };
        let text = if right { text.trim_end_matches(|c| chars.contains(c)) } else { text };
        text.into()
    })
}

/// Decodes `%41` to `A`; everything else stays.
fn url_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        let decoded = match (byte, tail) {
            (b'%', [high, low, after @ ..]) => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                match (digit(*high), digit(*low)) {
                    (Some(high), Some(low)) => {
                        rest = after;
                        u8::try_from(high * 16 + low).unwrap_or(*byte)
                    }
                    _ => *byte,
                }
            }
            _ => *byte,
        };
        bytes.push(decoded);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(super) fn to_string(arguments: &Arguments<'_>) -> Value {
    let value = arguments.value(0);
    let Some(text) = value.text() else { return Value::Null };
    let format = arguments.text(1);
    match (format.as_deref(), value.number()) {
        (Some("commas"), Some(number)) => commas(number).into(),
        (Some("hex"), Some(number)) => hexadecimal(number).into(),
        (Some("duration"), Some(number)) => duration(number).into(),
        _ => text.as_ref().into(),
    }
}

fn commas(number: f64) -> String {
    let rounded = number::format((number * 100.0).round() / 100.0);
    let (integer, fraction) = rounded.split_once('.').unwrap_or((&rounded, ""));
    let (sign, digits) = integer.strip_prefix('-').map_or(("", integer), |digits| ("-", digits));
    let mut text = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[expect(clippy::cast_possible_truncation, reason = "saturates")]
fn hexadecimal(number: f64) -> String {
    let integer = number.trunc() as i64;
    format!("{}0x{:X}", if integer < 0 { "-" } else { "" }, integer.unsigned_abs())
}

#[expect(clippy::cast_possible_truncation, reason = "saturates")]
fn duration(number: f64) -> String {
    let micros = (number.abs() * 1e6).round() as i64;
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let clock = format!("{:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60);
    let sign = if number < 0.0 { "-" } else { "" };
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    let days = if days == 0 { String::new() } else { format!("{days}+") };
    format!("{sign}{days}{clock}{fraction}")
}

pub(super) fn to_number(arguments: &Arguments<'_>) -> Value {
    let base = match arguments.len() {
        2 => arguments.integer(1).and_then(|base| u32::try_from(base).ok()),
        _ => Some(10),
    };
    match base {
        Some(10) => {
            arguments.map_text(0, |text| number::parse(text).map_or(Value::Null, Value::Num))
        }
        #[expect(clippy::cast_precision_loss, reason = "a number has the precision of a double")]
        Some(base @ 2..=36) => arguments.map_text(0, |text| {
            let digits = text.trim();
            let digits = match base {
                16 => digits.trim_start_matches("0x").trim_start_matches("0X"),
                _ => digits,
            };
            i64::from_str_radix(digits, base)
                .map_or(Value::Null, |number| Value::Num(number as f64))
        }),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use crate::search::eval::functions::tests::assert_values;

    #[test]
    fn text_is_changed_and_measured_in_characters() {
        assert_values(&[
            ("lower(\"ÄB\")", "äb"),
            ("lower(tags)", "[a; b]"),
            ("upper(tags)", "[A; B]"),
            ("len(\"Grüße\")", "5"),
            ("len(nope)", "∅"),
            ("substr(\"abcdef\", 2, 3)", "bcd"),
            ("substr(\"abcdef\", 3)", "cdef"),
            ("substr(\"abcdef\", -2)", "ef"),
            ("substr(\"abcdef\", -3, 2)", "de"),
            ("substr(\"abc\", 9)", ""),
            ("substr(\"abc\", 1, -1)", ""),
            ("trim(\"  a b\t\")", "a b"),
            ("trim(\"xxaxx\", \"x\")", "a"),
            ("ltrim(\"xxaxx\", \"x\")", "axx"),
            ("rtrim(\"xxaxx\", \"x\")", "xxa"),
            ("trim(\"a\", nope)", "∅"),
            ("urldecode(\"a%20b%2Fc+d%zz\")", "a b/c+d%zz"),
            ("urldecode(\"%C3%A4%\")", "ä%"),
        ]);
    }

    #[test]
    fn replacements_name_groups_by_number() {
        assert_values(&[
            (r#"replace("a1b22", "\d+", "-")"#, "a-b-"),
            (r#"replace("2024-05-31", "(\d+)-(\d+)-(\d+)", "\3.\2.\1")"#, "31.05.2024"),
            (r#"replace("ab", "(a)|(x)", "[\2]")"#, "[]b"),
            (r#"replace("ab", "b", "\0\0")"#, "abb"),
            (r#"replace("abc", "x", "y")"#, "abc"),
            (r#"replace(nope, "x", "y")"#, "∅"),
        ]);
    }

    #[test]
    fn numbers_convert_from_and_to_text() {
        assert_values(&[
            ("tostring(1234567.891, \"commas\")", "1,234,567.89"),
            ("tostring(-1000, \"commas\")", "-1,000"),
            ("tostring(255, \"hex\")", "0xFF"),
            ("tostring(-1, \"hex\")", "-0x1"),
            ("tostring(3661, \"duration\")", "01:01:01"),
            ("tostring(90061.5, \"duration\")", "1+01:01:01.500000"),
            ("tostring(-5, \"duration\")", "-00:00:05"),
            ("tostring(\"a\", \"hex\")", "a"),
            ("tostring(nope)", "∅"),
            ("tonumber(\" 7 \")", "7"),
            ("tonumber(\"1e3\")", "1000"),
            ("tonumber(\"0xFF\", 16)", "255"),
            ("tonumber(\"101\", 2)", "5"),
            ("tonumber(\"12\", 2)", "∅"),
            ("tonumber(\"1\", 99)", "∅"),
            ("tonumber(\"abc\")", "∅"),
        ]);
    }
}
