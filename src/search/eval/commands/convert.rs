//! `convert`: converts values.

use super::pipeline_row::PipelineRow;
use crate::search::ast::command::{Conversion, ConversionKind};
use crate::search::eval::row::Row;
use crate::search::values::calendar;
use crate::search::values::number;
use crate::search::values::value::Value;
use crate::time::Time;

/// Applies a conversion. Fields that `is_excluded` accepts are skipped by a wildcard.
pub(super) fn convert(
    row: &mut PipelineRow<'_>,
    conversion: &Conversion,
    format: &str,
    is_excluded: &dyn Fn(&str) -> bool,
) {
    if !conversion.field.contains('*') {
        return convert_field(row, conversion, &conversion.field, format);
    }
    for name in row.expand_names(std::slice::from_ref(&conversion.field)) {
        if !is_excluded(&name) {
            convert_field(row, conversion, &name, format);
        }
    }
}

fn convert_field(row: &mut PipelineRow<'_>, conversion: &Conversion, name: &str, format: &str) {
    let value = match row.get(name) {
        Value::Multi(values) => {
            let each = values.iter();
            let converted = each.map(|value| converted(value, conversion.kind, format, row.now()));
            Value::multi(converted.collect())
        }
        Value::Null => Value::Null,
        single => converted(&single, conversion.kind, format, row.now()),
    };
    row.set(conversion.output.as_deref().unwrap_or(name), value);
}

/// Returns a single value converted.
fn converted(value: &Value, kind: ConversionKind, format: &str, now: Option<Time>) -> Value {
    let text = || value.text().unwrap_or_default();
    let number = |text: &str| number::parse(text).map_or(Value::Null, Value::Num);
    match kind {
        ConversionKind::None => value.clone(),
        ConversionKind::Ctime => {
            value.time().map_or_else(|| value.clone(), |time| calendar::format(time, format).into())
        }
        ConversionKind::Mktime => {
            calendar::parse(&text(), format, now).map_or(Value::Null, Value::Time)
        }
        ConversionKind::Num => number(&text().replace(',', "")),
        ConversionKind::Auto => match number(&text().replace(',', "")) {
            Value::Null => value.clone(),
            number => number,
        },
        ConversionKind::RmComma => text().replace(',', "").into(),
        ConversionKind::RmUnit => {
            let number_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+');
            number(text().split(|c| !number_part(c)).next().unwrap_or_default())
        }
        ConversionKind::Dur2Sec => duration(&text()).map_or(Value::Null, Value::Num),
        ConversionKind::Memk => {
            let (digits, factor) = match text().trim().to_ascii_lowercase() {
                lower if lower.ends_with('m') => (lower.trim_end_matches('m').to_owned(), 1_024.0),
                lower if lower.ends_with('g') => {
                    (lower.trim_end_matches('g').to_owned(), 1_048_576.0)
                }
                lower => (lower.trim_end_matches('k').to_owned(), 1.0),
            };
            number::parse(&digits).map_or(Value::Null, |number| Value::Num(number * factor))
        }
    }
}

/// Returns the seconds of `[D+]HH:MM:SS`.
fn duration(text: &str) -> Option<f64> {
    let (days, clock) = text.split_once('+').unwrap_or(("0", text));
    let parts: Vec<f64> = clock.split(':').map(number::parse).collect::<Option<_>>()?;
    match parts.as_slice() {
        [hours, minutes, seconds] => {
            Some(number::parse(days)? * 86_400.0 + hours * 3_600.0 + minutes * 60.0 + seconds)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_converted() {
        let now = Time::parse("2024-05-31T13:00:08Z").map(|(time, _)| time);
        for (kind, value, expected) in [
            (ConversionKind::Ctime, "1583205166", Some("2020-03-03 03:12:46")),
            (ConversionKind::Ctime, "x", Some("x")),
            (ConversionKind::Mktime, "2020-03-03 03:12:46", Some("1583205166")),
            (ConversionKind::Mktime, "x", None),
            (ConversionKind::Num, "1,234", Some("1234")),
            (ConversionKind::Num, "x", None),
            (ConversionKind::Auto, "1,234", Some("1234")),
            (ConversionKind::Auto, "x", Some("x")),
            (ConversionKind::None, "1,234", Some("1,234")),
            (ConversionKind::RmComma, "1,2,x", Some("12x")),
            (ConversionKind::RmUnit, "12.5KB", Some("12.5")),
            (ConversionKind::RmUnit, "KB", None),
            (ConversionKind::Dur2Sec, "1+01:01:01", Some("90061")),
            (ConversionKind::Dur2Sec, "01:01", None),
            (ConversionKind::Memk, "2m", Some("2048")),
            (ConversionKind::Memk, "1g", Some("1048576")),
            (ConversionKind::Memk, "512k", Some("512")),
            (ConversionKind::Memk, "512", Some("512")),
        ] {
            let converted = converted(&value.into(), kind, "%F %T", now);
            assert_eq!(converted.text().as_deref(), expected, "{kind:?} {value}");
        }
    }
}
