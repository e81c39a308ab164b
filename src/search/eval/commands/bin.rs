//! `bin`: replaces numbers and times by their bins.

use super::pipeline_row::PipelineRow;
use crate::search::ast::bin::{Bin, BinSpan};
use crate::search::values::number;
use crate::search::values::value::Value;

/// Applies `bin` to a row. A value that is neither a number nor a time is kept.
pub(super) fn bin(row: &mut PipelineRow<'_>, own: &Bin) {
    let value = row.get(&own.field);
    let binned = value.each().iter().map(|value| bin_of(value, &own.span).unwrap_or(value.clone()));
    let binned = Value::multi(binned.collect());
    row.set(own.output.as_deref().unwrap_or(&own.field), binned);
}

fn bin_of(value: &Value, span: &BinSpan) -> Option<Value> {
    match span {
        BinSpan::Time(span) => Some(Value::Time(span.start(value.time()?)?)),
        BinSpan::Number(size) => {
            let size = f64::from(*size);
            let start = (value.number()? / size).floor() * size;
            let text = |number: f64| number::format(if number == 0.0 { 0.0 } else { number });
            Some(format!("{}-{}", text(start), text(start + size)).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::values::timespan::TimeSpan;

    #[test]
    fn values_become_their_bins() {
        let time = |text| BinSpan::Time(TimeSpan::parse(text).unwrap());
        for (value, span, expected) in [
            ("1583205166.25", time("1h"), Some("1583204400")),
            ("1583205166.25", time("100ms"), Some("1583205166.2")),
            ("-1", time("1m"), Some("-60")),
            ("1583205166", time("1mon"), Some("1583020800")),
            ("x", time("1h"), None),
            ("15", BinSpan::Number(10), Some("10-20")),
            ("20", BinSpan::Number(10), Some("20-30")),
            ("-5.5", BinSpan::Number(10), Some("-10-0")),
            ("x", BinSpan::Number(10), None),
        ] {
            let found = bin_of(&value.into(), &span);
            let found = found.as_ref().and_then(Value::text);
            assert_eq!(found.as_deref(), expected, "{value} {span:?}");
        }
    }
}
