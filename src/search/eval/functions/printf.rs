//! `printf`: formats values as C's function does.

use super::arguments::Arguments;
use crate::limits;
use crate::search::values::value::Value;

/// One conversion of a format, such as `%-5.2f`.
#[derive(Default)]
struct Spec {
    left: bool,
    sign: Option<char>,
    alternate: bool,
    zeros: bool,
    commas: bool,
    width: usize,
    precision: Option<usize>,
}

/// Formats the arguments after the first. Null if the format is not valid, or if an argument is missing or not of the
/// conversion's type.
pub(super) fn printf(arguments: &Arguments<'_>) -> Value {
    let Some(format) = arguments.text(0) else { return Value::Null };
    formatted(&format, arguments).map_or(Value::Null, Value::from)
}

fn formatted(format: &str, arguments: &Arguments<'_>) -> Option<String> {
    let mut next = 0;
    let mut argument = || {
        next += 1;
        (next < arguments.len()).then_some(next)
    };
    let mut text = String::new();
    let mut rest = format;
    while let Some((head, tail)) = rest.split_once('%') {
        text.push_str(head);
        if let Some(after) = tail.strip_prefix('%') {
            text.push('%');
            rest = after;
            continue;
        }
        let (spec, kind, after) = spec(tail, &mut || arguments.integer(argument()?))?;
        let index = argument()?;
        let body = match kind {
            's' => {
                let own = arguments.text(index)?;
                own.chars().take(spec.precision.unwrap_or(usize::MAX)).collect()
            }
            'c' => arguments.text(index)?.chars().take(1).collect(),
            'd' | 'i' => spec.integer(arguments.number(index)?)?,
            'u' | 'o' | 'x' | 'X' => spec.unsigned(arguments.number(index)?, kind)?,
            'f' | 'F' | 'e' | 'E' | 'g' | 'G' => spec.float(arguments.number(index)?, kind),
            _ => return None,
        };
        let numeric = !matches!(kind, 's' | 'c');
        text.push_str(&spec.padded(body, numeric));
        if text.len() > limits::TEXT_BYTES {
            return None;
        }
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// Parses a conversion after its `%`. `star` returns the argument for a `*`.
fn spec<'a>(text: &'a str, star: &mut dyn FnMut() -> Option<i64>) -> Option<(Spec, char, &'a str)> {
    let mut spec = Spec::default();
    let mut rest = text;
    while let Some(flag) = rest.chars().next().filter(|char| "-+ #0'".contains(*char)) {
        match flag {
            '-' => spec.left = true,
            '+' => spec.sign = Some('+'),
            ' ' => spec.sign = spec.sign.or(Some(' ')),
            '#' => spec.alternate = true,
            '0' => spec.zeros = true,
            _ => spec.commas = true,
        }
        rest = rest.get(1..)?;
    }
    let mut number = |rest: &mut &'a str| -> Option<i64> {
        if let Some(after) = rest.strip_prefix('*') {
            *rest = after;
            return star();
        }
        let after = rest.trim_start_matches(|char: char| char.is_ascii_digit());
        let digits = rest.get(..rest.len() - after.len())?;
        *rest = after;
        if digits.is_empty() { Some(0) } else { digits.parse().ok() }
    };
    let width = number(&mut rest)?;
    spec.left |= width < 0;
    spec.width = usize::try_from(width.unsigned_abs()).ok()?;
    if let Some(after) = rest.strip_prefix('.') {
        rest = after;
        // A negative precision counts as none.
        spec.precision = usize::try_from(number(&mut rest)?).ok();
    }
    let most = spec.width.max(spec.precision.unwrap_or(0));
    let kind = rest.chars().next().filter(|_| most <= limits::PRINTF_WIDTH)?;
    Some((spec, kind, rest.get(kind.len_utf8()..)?))
}

/// Greatest integer that every smaller one is a double of.
const MAX_INTEGER: f64 = 9_007_199_254_740_992.0;

impl Spec {
    /// Formats a number without its fraction.
    fn integer(&self, number: f64) -> Option<String> {
        let number = number.trunc();
        (number.abs() <= MAX_INTEGER).then(|| {
            let digits = self.digits(format!("{:.0}", number.abs()));
            self.signed(number.is_sign_negative() && number != 0.0, &digits)
        })
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is 0 to 2^53")]
    fn unsigned(&self, number: f64, kind: char) -> Option<String> {
        let number = number.trunc();
        let number = (0.0..=MAX_INTEGER).contains(&number).then_some(number as u64)?;
        let (prefix, digits) = match kind {
            'o' => ("0", format!("{number:o}")),
            'x' => ("0x", format!("{number:x}")),
            'X' => ("0X", format!("{number:X}")),
            _ => ("", number.to_string()),
        };
        let prefix = if self.alternate && number > 0 { prefix } else { "" };
        Some(format!("{prefix}{}", self.digits(digits)))
    }

    fn float(&self, number: f64, kind: char) -> String {
        let size = number.abs();
        let precision = self.precision.unwrap_or(6);
        let text = match kind.to_ascii_lowercase() {
            'f' => format!("{size:.precision$}"),
            'e' => scientific(size, precision),
            _ => self.shortest(size, precision.max(1)),
        };
        let text = self.grouped(&text);
        let text = if kind.is_ascii_uppercase() { text.to_ascii_uppercase() } else { text };
        self.signed(number.is_sign_negative(), &text)
    }

    /// `%g`: without or with an exponent, whichever is shorter, and without trailing zeros.
    fn shortest(&self, size: f64, precision: usize) -> String {
        let text = scientific(size, precision - 1);
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i64 = exponent.parse().unwrap_or(0);
        let places = i64::try_from(precision).unwrap_or(i64::MAX) - 1 - exponent;
        let (digits, exponent) = match usize::try_from(places) {
            Ok(places) if exponent >= -4 => (format!("{size:.places$}"), String::new()),
            _ => (digits.to_owned(), text.get(digits.len()..).unwrap_or_default().to_owned()),
        };
        let digits = match digits.contains('.') && !self.alternate {
            true => digits.trim_end_matches('0').trim_end_matches('.'),
            false => &digits,
        };
        format!("{digits}{exponent}")
    }

    /// Adds leading zeros to the precision, and commas.
    fn digits(&self, digits: String) -> String {
        let width = self.precision.unwrap_or(0);
        self.grouped(&format!("{digits:0>width$}"))
    }

    /// Separates thousands of the integer part by commas.
    fn grouped(&self, number: &str) -> String {
        if !self.commas {
            return number.to_owned();
        }
        let end = number.find(|char: char| !char.is_ascii_digit()).unwrap_or(number.len());
        let (integer, rest) = number.split_at_checked(end).unwrap_or((number, ""));
        let mut text = String::new();
        for (index, digit) in integer.chars().enumerate() {
            if index > 0 && (integer.len() - index).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        text + rest
    }

    fn signed(&self, negative: bool, text: &str) -> String {
        match (negative, self.sign) {
            (true, _) => format!("-{text}"),
            (false, Some(sign)) => format!("{sign}{text}"),
            (false, None) => text.to_owned(),
        }
    }

    /// Extends a text to the width.
    fn padded(&self, text: String, numeric: bool) -> String {
        let missing = self.width.saturating_sub(text.chars().count());
        match (self.left, self.zeros && numeric) {
            (true, _) => text + &" ".repeat(missing),
            (false, false) => " ".repeat(missing) + &text,
            (false, true) => {
                let start =
                    ["0x", "0X", "-", "+", " "].into_iter().find(|own| text.starts_with(own));
                let start = start.unwrap_or_default();
                let digits = text.get(start.len()..).unwrap_or_default();
                format!("{start}{}{digits}", "0".repeat(missing))
            }
        }
    }
}

/// Formats a number with an exponent of at least two digits.
fn scientific(number: f64, precision: usize) -> String {
    let text = format!("{number:.precision$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

#[cfg(test)]
mod tests {
    use crate::search::eval::functions::tests::assert_values;

    #[test]
    fn conversions_are_those_of_c() {
        assert_values(&[
            ("printf(\"%d of %s\", 3, \"a\")", "3 of a"),
            ("printf(\"%5d|%-5d|%05d|%+d\", 42, 42, 42, 42)", "   42|42   |00042|+42"),
            ("printf(\"%d %i\", -3.9, \"7\")", "-3 7"),
            ("printf(\"%.2f %f %.0f\", 3.14159, 1, 2.5)", "3.14 1.000000 2"),
            ("printf(\"%'d %'.2f\", 1234567, 1234.5)", "1,234,567 1,234.50"),
            ("printf(\"%x %X %#x %o %u\", 255, 255, 255, 8, 7)", "ff FF 0xff 10 7"),
            (
                "printf(\"%08.3f|%-8s|%8s|%.2s\", -3.14159, \"ab\", \"ab\", \"abc\")",
                "-003.142|ab      |      ab|ab",
            ),
            (
                "printf(\"%e %.1E %g %g %g\", 12345, 0.00012, 0.0001, 1000000, 2.50)",
                "1.234500e+04 1.2E-04 0.0001 1e+06 2.5",
            ),
            ("printf(\"%*d|%.*f\", 4, 7, 1, 2.25)", "   7|2.2"),
            ("printf(\"%c%%\", \"xyz\")", "x%"),
            ("printf(\"none\")", "none"),
            ("printf(\"%d\")", "∅"),
            ("printf(\"%d\", \"x\")", "∅"),
            ("printf(\"%q\", 1)", "∅"),
            ("printf(\"%9999d\", 1)", "∅"),
            ("printf(nope, 1)", "∅"),
        ]);
    }
}
