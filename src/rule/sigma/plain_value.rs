//! The meaning of plain scalars by YAML 1.1, which Sigma's own tools use: numbers, truth values and text.

/// A value's meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PlainValue {
    Text,
    /// A number in decimal digits.
    Number(String),
    /// Something that a rule's author hardly meant, in words.
    Other(&'static str),
}

impl PlainValue {
    /// Returns the meaning of a scalar. One that is not `plain` is quoted: it is text.
    pub(super) fn of(value: &str, plain: bool) -> Self {
        let unsigned = value.strip_prefix(['-', '+']).unwrap_or(value);
        if !plain {
            return Self::Text;
        }
        if ["yes", "no", "on", "off"].iter().any(|word| is_any_case(value, word)) {
            return Self::Other("a truth value");
        }
        if !unsigned.starts_with(|char: char| char.is_ascii_digit() || char == '.') {
            return Self::Text;
        }
        let digits: String = unsigned.chars().filter(|char| *char != '_').collect();
        let in_radix = |prefix: &str, radix: u32| {
            u64::from_str_radix(digits.strip_prefix(prefix)?, radix).ok()
        };
        let is_octal = digits.len() > 1 && digits.starts_with('0') && !digits.contains('.');
        let magnitude = if let Some(number) = in_radix("0x", 16).or_else(|| in_radix("0b", 2)) {
            number.to_string()
        } else if is_octal {
            match in_radix("0", 8) {
                Some(number) => number.to_string(),
                None => return Self::Text,
            }
        } else if is_decimal(&digits) {
            digits
        } else if is_sexagesimal(&digits) {
            return Self::Other("a number to the base of 60");
        } else {
            return Self::Text;
        };
        Self::Number(if value.starts_with('-') { format!("-{magnitude}") } else { magnitude })
    }
}

/// Returns whether a text is a word in lower case, in upper case or with an initial capital.
fn is_any_case(text: &str, word: &str) -> bool {
    let capital = |char: char| char.is_ascii_uppercase();
    let upper = text.chars().filter(|char| capital(*char)).count();
    text.eq_ignore_ascii_case(word)
        && (upper == 0 || upper == text.len() || (upper == 1 && text.starts_with(capital)))
}

/// Returns whether a text has digits with at most one point.
fn is_decimal(text: &str) -> bool {
    let (integer, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(integer) && all_digits(fraction) && !(integer.is_empty() && fraction.is_empty())
}

/// Returns whether a text is a number such as `12:30:45`.
fn is_sexagesimal(text: &str) -> bool {
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let rest: Vec<&str> = parts.collect();
    is_digits(first)
        && !first.starts_with('0')
        && !rest.is_empty()
        && rest
            .iter()
            .all(|part| is_digits(part) && part.parse::<u32>().is_ok_and(|number| number < 60))
}

#[cfg(test)]
mod tests {
    use super::PlainValue;

    #[test]
    fn scalars_as_yaml_1_1_reads_them() {
        let number = |text: &str| PlainValue::Number(text.to_owned());
        for (value, expected) in [
            ("4104", number("4104")),
            ("-5", number("-5")),
            ("+5", number("5")),
            ("1_000", number("1000")),
            ("0x1008", number("4104")),
            ("010", number("8")),
            ("0b101", number("5")),
            ("0", number("0")),
            ("1.50", number("1.50")),
            (".5", number(".5")),
            ("08", PlainValue::Text),
            ("1e3", PlainValue::Text),
            ("0x", PlainValue::Text),
            ("1.2.3", PlainValue::Text),
            ("-", PlainValue::Text),
            (".", PlainValue::Text),
            ("-Force", PlainValue::Text),
            ("true", PlainValue::Text),
            ("yEs", PlainValue::Text),
            ("Yes", PlainValue::Other("a truth value")),
            ("OFF", PlainValue::Other("a truth value")),
            ("12:30", PlainValue::Other("a number to the base of 60")),
            ("12:60", PlainValue::Text),
            ("a:b", PlainValue::Text),
        ] {
            assert_eq!(PlainValue::of(value, true), expected, "{value}");
            assert_eq!(PlainValue::of(value, false), PlainValue::Text, "{value}");
        }
    }
}
