//! `-f`: composite formats.

use super::value::Value;

/// Fills in the placeholders of a format; `None` if it is malformed, has a form that is not known, or becomes longer than
/// `most` bytes.
pub(super) fn fill_in(format: &str, values: &[Value], most: usize) -> Option<String> {
    let mut out = String::with_capacity(format.len());
    let mut rest = format;
    while let Some(at) = rest.find(['{', '}']) {
        let (text, from) = rest.split_at_checked(at)?;
        out.push_str(text);
        if let Some(after) = from.strip_prefix("{{").or(from.strip_prefix("}}")) {
            out.push_str(from.get(..1)?);
            rest = after;
            continue;
        }
        let (placeholder, after) = from.strip_prefix('{')?.split_once('}')?;
        let (head, form) = placeholder.split_once(':').unwrap_or((placeholder, ""));
        let (index, width) = head.split_once(',').unwrap_or((head, "0"));
        let value = values.get(index.trim().parse::<usize>().ok()?)?;
        let text = formatted(value, form)?;
        let width = width.trim().parse::<i32>().ok()?;
        let fill = (width.unsigned_abs() as usize).saturating_sub(text.encode_utf16().count());
        if out.len().saturating_add(text.len()).saturating_add(fill) > most {
            return None;
        }
        let spaces = " ".repeat(fill);
        if width < 0 {
            out.push_str(&text);
            out.push_str(&spaces);
        } else {
            out.push_str(&spaces);
            out.push_str(&text);
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

/// Formats one value. A string has no formats of its own.
fn formatted(value: &Value, form: &str) -> Option<String> {
    let number = match value {
        Value::Int(number) => number,
        // Other forms round.
        Value::Real(_) if !matches!(form, "" | "r" | "R" | "g" | "G") => return None,
        value => return value.to_text(),
    };
    let (kind, digits) = form.split_at_checked(form.chars().next().map_or(0, char::len_utf8))?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit())
        || !kind.bytes().all(|byte| byte.is_ascii_alphabetic())
    {
        return custom(*number, form);
    }
    let given = match digits {
        "" => None,
        digits => Some(digits.parse::<usize>().ok().filter(|digits| *digits < 100)?),
    };
    let sign = if *number < 0 { "-" } else { "" };
    let size = number.unsigned_abs();
    let least = given.unwrap_or(0);
    // Numbers have two decimals unless the format says how many; whole numbers have zeros there.
    let decimals =
        |count: usize| if count == 0 { String::new() } else { format!(".{}", "0".repeat(count)) };
    Some(match kind {
        "" => number.to_string(),
        // The bits of a negative number of 32 bits are those of 32 bits.
        "x" | "X" => {
            let bits = match i32::try_from(*number) {
                Ok(short) => u64::from(short.cast_unsigned()),
                Err(_) => number.cast_unsigned(),
            };
            if kind == "x" { format!("{bits:0least$x}") } else { format!("{bits:0least$X}") }
        }
        "d" | "D" => format!("{sign}{size:0least$}"),
        "n" | "N" => format!("{sign}{}{}", grouped(size), decimals(given.unwrap_or(2))),
        "f" | "F" => format!("{sign}{size}{}", decimals(given.unwrap_or(2))),
        "p" | "P" => {
            format!("{sign}{}{} %", grouped(size.checked_mul(100)?), decimals(given.unwrap_or(2)))
        }
        "c" | "C" => {
            let amount = format!("${}{}", grouped(size), decimals(given.unwrap_or(2)));
            if *number < 0 { format!("({amount})") } else { amount }
        }
        "e" | "E" => {
            let count = given.unwrap_or(6);
            let digits = size.to_string();
            let (first, rest) = digits.split_at_checked(1)?;
            // Fewer digits would have to be rounded.
            if rest.trim_end_matches('0').len() > count {
                return None;
            }
            let rest: String = rest.chars().chain(std::iter::repeat('0')).take(count).collect();
            let point = if count == 0 { "" } else { "." };
            format!("{sign}{first}{point}{rest}{kind}+{:03}", digits.len() - 1)
        }
        "g" | "G" if given.is_none() => number.to_string(),
        _ => return None,
    })
}

/// Writes a number with commas between its thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Fills in a format of zeros and number signs, with a point, and commas for those between thousands: a zero is a digit, a
/// number sign one if there is one.
fn custom(number: i64, form: &str) -> Option<String> {
    let is_place = |char: char| matches!(char, '0' | '#');
    let start = form.find(is_place)?;
    let end = form.rfind(is_place)? + 1;
    let (head, places, tail) = (form.get(..start)?, form.get(start..end)?, form.get(end..)?);
    let (places, fraction) = places.split_once('.').unwrap_or((places, ""));
    let is_grouped = places.contains(',') && !places.ends_with(',');
    let places = if is_grouped { places.replace(',', "") } else { places.to_owned() };
    let zeros = "0".repeat(fraction.rfind('0').map_or(0, |at| at + 1));
    let point = if zeros.is_empty() { "" } else { "." };
    let is_literal = |text: &str| {
        text.chars().all(|char| char.is_ascii_alphabetic() || char == ' ' || char == '-')
    };
    let is_form = places.chars().all(is_place) && fraction.chars().all(is_place);
    if !is_form || !is_literal(head) || !is_literal(tail) {
        return None;
    }
    let least = places.find('0').map_or(0, |at| places.len() - at);
    let size = number.unsigned_abs();
    let digits = match size {
        0 if least == 0 => String::new(),
        size if is_grouped && size.to_string().len() >= least => grouped(size),
        _ if is_grouped => return None,
        size => format!("{size:0least$}"),
    };
    let sign = if number < 0 { "-" } else { "" };
    Some(format!("{sign}{head}{digits}{point}{zeros}{tail}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_filled_within_a_bound() {
        let values = [Value::text("a"), Value::text("bc"), Value::Int(255)];
        for (format, filled) in [
            ("{1}{0}", Some("bca")),
            ("{{{ 0 }}}", Some("{a}")),
            ("no placeholder", Some("no placeholder")),
            ("{0,5}|{0,-3}|", Some("    a|a  |")),
            ("{2:X}{2:x4}{2:D5}", Some("FF00ff00255")),
            ("{0:N2}", Some("a")),
            ("{2:N2}|{2:n0}", Some("255.00|255")),
            ("{2:F1}|{2:P0}|{2:G}", Some("255.0|25,500 %|255")),
            ("{2:00000}|{2:#}|{2:0000#}", Some("00255|255|00255")),
            ("{2:R}", None),
            ("{2:0.0}|{2:#,##0.0#}|{2:0.##}", Some("255.0|255.0|255")),
            ("{2:C}|{2:c0}|{2:E2}|{2:e}", Some("$255.00|$255|2.55E+002|2.550000e+002")),
            ("{2:E1}", None),
            ("{2:0..0}", None),
            ("{3}", None),
            ("{0", None),
            ("}", None),
        ] {
            assert_eq!(fill_in(format, &values, 100).as_deref(), filled, "{format}");
        }
        assert_eq!(fill_in("{1}{1}", &values, 3), None);
        let numbers =
            [Value::Int(-1), Value::Int(-(1 << 40)), Value::Int(0), Value::Int(1_234_567)];
        let filled = fill_in("{0:X} {1:x} {2:#}{3:N0} {0:D3} {0:00}", &numbers, 100);
        assert_eq!(filled.as_deref(), Some("FFFFFFFF ffffff0000000000 1,234,567 -001 -01"));
    }
}
