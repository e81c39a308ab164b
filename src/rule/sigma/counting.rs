//! Searches that count events within a timespan: thresholds, timespans and the search itself.

use super::condition::CountAggregation;
use super::search_builder::SearchBuilder;
use crate::rule::model::Unsupported;
use crate::search::{
    Bound, Command, Comparison, Condition, CorrelatedRule, Correlation, CorrelationKind, MILLION,
    Search,
};

/// Parses a timespan such as `30s`, `5m`, `1h`, `7d` or `1w` to seconds. `1M` and `1y` are a mean month and year. `None`
/// for anything else, and for zero.
pub(super) fn timespan(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        "M" => 2_629_746,
        "y" => 31_556_952,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(seconds).filter(|seconds| *seconds > 0)
}

/// Returns the bound that a comparison word and a number in millionths say. `None` for an unknown word.
pub(super) fn bound(word: &str, number: i128) -> Option<Bound> {
    Some(match word {
        "lt" => Bound::Order(Comparison::Less, number),
        "lte" => Bound::Order(Comparison::LessOrEqual, number),
        "gt" => Bound::Order(Comparison::Greater, number),
        "gte" => Bound::Order(Comparison::GreaterOrEqual, number),
        "eq" => Bound::Equal(number),
        "neq" => Bound::Other(number),
        _ => return None,
    })
}

/// Builds the search of a correlation over the events of its rules.
pub(super) fn correlation_search(
    title: &str,
    correlation: Correlation,
    builder: &SearchBuilder<'_>,
) -> Result<Search, Unsupported> {
    let filters = correlation.rules.iter().map(|rule| rule.filter.clone()).collect();
    builder.build(title, Condition::Any(filters), [Command::Correlate(correlation)])
}

/// Builds the search of an old counting condition: `selection | count(field) by group > number`.
pub(super) fn counting_search(
    title: &str,
    filter: Condition,
    aggregation: &CountAggregation,
    timeframe: Option<u64>,
    builder: &SearchBuilder<'_>,
) -> Result<Search, Unsupported> {
    let by: Vec<String> = aggregation.by.iter().cloned().collect();
    let kind = match &aggregation.field {
        Some(field) => CorrelationKind::Values(vec![field.clone()]),
        None => CorrelationKind::Events,
    };
    let (name, fields) = (title.to_owned(), kind.fields().to_vec());
    let rule = CorrelatedRule { name, filter, inner: None, by: by.clone(), fields };
    let correlation = Correlation {
        kind,
        rules: vec![rule],
        by,
        seconds: timeframe,
        bounds: bound(aggregation.comparison, i128::from(aggregation.number) * MILLION)
            .into_iter()
            .collect(),
    };
    correlation_search(title, correlation, builder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timespans_in_all_units() {
        for (text, seconds) in [
            ("30s", 30),
            ("5m", 300),
            ("2h", 7_200),
            ("1d", 86_400),
            ("1w", 604_800),
            ("1M", 2_629_746),
            ("1y", 31_556_952),
        ] {
            assert_eq!(timespan(text), Some(seconds), "{text}");
        }
        for text in ["", "5", "m", "0s", "-5m", "1.5h", "5x", "99999999999999999999s"] {
            assert_eq!(timespan(text), None, "{text}");
        }
    }
}
