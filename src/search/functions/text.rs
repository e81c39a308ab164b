//! Texts.

use super::{Arguments, Function, value_of};
use crate::limits;
use crate::regex::Regex;
use crate::search::eval_expr::EvalExpr;
use crate::search::number;
use crate::search::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    value_of("lower", 1, 1, |arguments| match arguments.get(0) {
        Some(EvalExpr::Field(name)) => arguments.fields.lower(name),
        _ => arguments.value(0).lower(),
    }),
    value_of("upper", 1, 1, |arguments| arguments.each_text(0, |text| text.to_uppercase().into())),
    #[expect(clippy::cast_precision_loss, reason = "no text is that long")]
    value_of("len", 1, 1, |arguments| {
        arguments.each_text(0, |text| Value::Num(text.chars().count() as f64))
    }),
    value_of("substr", 2, 3, substr),
    value_of("replace", 3, 3, replace),
    value_of("trim", 1, 2, |arguments| trim(arguments, true, true)),
    value_of("ltrim", 1, 2, |arguments| trim(arguments, true, false)),
    value_of("rtrim", 1, 2, |arguments| trim(arguments, false, true)),
    value_of("urldecode", 1, 1, |arguments| {
        arguments.each_text(0, |text| url_decoded(text).into())
    }),
    value_of("tostring", 1, 2, to_string),
    value_of("tonumber", 1, 2, to_number),
];

/// Characters from `start`, counted from 1 or, if negative, from the end.
fn substr(arguments: &Arguments<'_>) -> Value {
    let Some(start) = arguments.integer(1) else { return Value::Null };
    let length = match arguments.len() {
        3 => match arguments.integer(2) {
            Some(length) => usize::try_from(length).unwrap_or(0),
            None => return Value::Null,
        },
        _ => usize::MAX,
    };
    arguments.each_text(0, |text| {
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

fn replace(arguments: &Arguments<'_>) -> Value {
    let (Some(EvalExpr::Regex(regex)), Some(with)) = (arguments.get(1), arguments.text(2)) else {
        return Value::Null;
    };
    arguments.each_text(0, |text| match replaced(text, regex, &with, None) {
        Some(text) => text.into(),
        None => Value::Null,
    })
}

/// The text with every match (or only the one of this number) replaced; `\1` in the new text is the first
/// group. `None` where the result would be too long.
pub(crate) fn replaced(
    text: &str,
    regex: &Regex,
    with: &str,
    only: Option<usize>,
) -> Option<String> {
    let mut result = String::new();
    let (mut end, mut count) = (0, 0);
    let mut fits = true;
    regex.for_each_match(text, &mut |whole, groups| {
        count += 1;
        if only.is_some_and(|only| count < only) {
            return true;
        }
        result.push_str(text.get(end..whole.start).unwrap_or_default());
        let mut chars = with.chars().peekable();
        while let Some(char) = chars.next() {
            let digit = chars.peek().and_then(|next| next.to_digit(10)).filter(|_| char == '\\');
            match (char, digit) {
                (_, Some(digit)) => {
                    chars.next();
                    let range = match (digit as usize).checked_sub(1) {
                        Some(group) => groups.get(group).cloned().flatten(),
                        None => Some(whole.clone()),
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
        end = whole.end;
        fits = result.len() <= limits::TEXT_BYTES;
        fits && only.is_none()
    });
    result.push_str(text.get(end..).unwrap_or_default());
    fits.then_some(result)
}

fn trim(arguments: &Arguments<'_>, left: bool, right: bool) -> Value {
    let chars = match arguments.len() {
        2 => match arguments.text(1) {
            Some(chars) => chars,
            None => return Value::Null,
        },
        _ => " \t".to_owned(),
    };
    arguments.each_text(0, |text| {
        let text = if left { text.trim_start_matches(|c| chars.contains(c)) } else { text };
        let text = if right { text.trim_end_matches(|c| chars.contains(c)) } else { text };
        text.into()
    })
}

/// `%41` becomes `A`; what is not so written stays.
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

fn to_string(arguments: &Arguments<'_>) -> Value {
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
    let rounded = number::show((number * 100.0).round() / 100.0);
    let (whole, fraction) = rounded.split_once('.').unwrap_or((&rounded, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
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
    let whole = number.trunc() as i64;
    format!("{}0x{:X}", if whole < 0 { "-" } else { "" }, whole.unsigned_abs())
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

fn to_number(arguments: &Arguments<'_>) -> Value {
    let base = match arguments.len() {
        2 => arguments.integer(1).and_then(|base| u32::try_from(base).ok()),
        _ => Some(10),
    };
    match base {
        Some(10) => {
            arguments.each_text(0, |text| number::parse(text).map_or(Value::Null, Value::Num))
        }
        #[expect(clippy::cast_precision_loss, reason = "a number has the precision of a double")]
        Some(base @ 2..=36) => arguments.each_text(0, |text| {
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
