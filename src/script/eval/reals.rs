//! Numbers with a fraction.

use crate::float;

/// Parses a number with a fraction or an exponent.
pub(in crate::script) fn parse_real(text: &str) -> Option<f64> {
    let text = text.trim();
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1.0, text),
        None => (1.0, text),
    };
    let (mantissa, power) = match text.split_once(['e', 'E']) {
        Some((mantissa, power)) => (mantissa, power.parse::<i16>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let power = i32::from(power) - i32::try_from(fraction.len()).ok()?;
    Some(sign * float::from_decimal(digits.trim_start_matches('0').as_bytes(), power))
}

/// Writes a double as Windows PowerShell does, with 15 digits.
pub(super) fn write_real(number: f64) -> Option<String> {
    let size = number.abs();
    if size == 0.0 {
        return Some("0".to_owned());
    }
    // Others are written with an exponent.
    if !(1e-5..1e15).contains(&size) {
        return None;
    }
    let (digits, first) = float::to_digits(size, 15);
    let text = float::place_point(digits.to_string().trim_end_matches('0'), first);
    Some(if number < 0.0 { format!("-{text}") } else { text })
}

/// Converts to a whole number: a half goes to the even neighbour.
pub(super) fn rounded(number: f64) -> Option<i64> {
    let number = number.round_ties_even();
    // Beyond, not every whole number is a double.
    (number.abs() < 9e15).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_fractions_are_read_and_written() {
        for (text, number) in [
            ("1.5", Some(1.5)),
            (".25", Some(0.25)),
            ("-2e3", Some(-2000.0)),
            ("1e-2", Some(0.01)),
            ("", None),
            (".", None),
            ("1.2.3", None),
            ("1ex", None),
        ] {
            assert_eq!(parse_real(text), number, "{text}");
        }
        for (number, text) in [
            (0.1 + 0.2, Some("0.3")),
            (-2.5, Some("-2.5")),
            (1e14, Some("100000000000000")),
            (0.0, Some("0")),
            (1e20, None),
        ] {
            assert_eq!(write_real(number).as_deref(), text);
        }
        assert_eq!([2.5, 3.5, -2.5, 1e300].map(rounded), [Some(2), Some(4), Some(-2), None]);
    }
}
