//! [`Accumulator`]: the state of one aggregate in one group of `stats`.

use crate::limits;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::search::ast::stats::Aggregation;
use crate::search::eval::operators::order;
use crate::search::values::number::{Decimal, Sum};
use crate::search::values::value::Value;
use crate::sort;
use crate::time::Time;
use std::cmp::Ordering;
use std::sync::Arc;

/// The state of an aggregate. Values are added row by row.
#[derive(Debug)]
pub(super) enum Accumulator {
    Count(u64),
    Distinct(OrderedSet<Arc<str>>),
    Extreme { best: Value, wanted: Ordering },
    Sum { sum: Sum, count: u64, mean: bool },
    Numbers { numbers: Vec<f64>, function: Aggregation },
    Mode(OrderedMap<Arc<str>, u64>),
    Values { values: OrderedSet<Arc<str>>, bytes: usize, truncated: bool },
    List { values: Vec<Value>, bytes: usize, truncated: bool },
    First(Value),
    Last(Value),
    AtTime { best: Option<(Time, Value)>, latest: bool, returns_time: bool },
}

impl Accumulator {
    pub(super) fn new(function: Aggregation) -> Self {
        match function {
            Aggregation::Count => Self::Count(0),
            Aggregation::Distinct => Self::Distinct(OrderedSet::new()),
            Aggregation::Min => Self::Extreme { best: Value::Null, wanted: Ordering::Less },
            Aggregation::Max => Self::Extreme { best: Value::Null, wanted: Ordering::Greater },
            Aggregation::Sum => Self::Sum { sum: Sum::default(), count: 0, mean: false },
            Aggregation::Mean => Self::Sum { sum: Sum::default(), count: 0, mean: true },
            Aggregation::Mode => Self::Mode(OrderedMap::new()),
            Aggregation::Values => {
                Self::Values { values: OrderedSet::new(), bytes: 0, truncated: false }
            }
            Aggregation::List => Self::List { values: Vec::new(), bytes: 0, truncated: false },
            Aggregation::First => Self::First(Value::Null),
            Aggregation::Last => Self::Last(Value::Null),
            Aggregation::Earliest => {
                Self::AtTime { best: None, latest: false, returns_time: false }
            }
            Aggregation::Latest => Self::AtTime { best: None, latest: true, returns_time: false },
            Aggregation::EarliestTime => {
                Self::AtTime { best: None, latest: false, returns_time: true }
            }
            Aggregation::LatestTime => {
                Self::AtTime { best: None, latest: true, returns_time: true }
            }
            Aggregation::Range
            | Aggregation::SumOfSquares
            | Aggregation::Median
            | Aggregation::Percentile(_)
            | Aggregation::Deviation
            | Aggregation::PopulationDeviation
            | Aggregation::Variance
            | Aggregation::PopulationVariance => Self::Numbers { numbers: Vec::new(), function },
        }
    }

    /// Counts a row.
    pub(super) fn count(&mut self) {
        if let Self::Count(count) = self {
            *count += 1;
        }
    }

    /// Adds a value of a row with a time.
    pub(super) fn add(&mut self, value: &Value, time: Option<Time>) {
        match self {
            Self::Count(count) => *count += 1,
            Self::Distinct(values) => {
                values.insert(value.shared());
            }
            Self::Extreme { best, wanted } => {
                if best.is_null() || total_order(value, best) == *wanted {
                    *best = value.clone();
                }
            }
            Self::Sum { sum, count, .. } => {
                if sum.add(&value.shared()) {
                    *count += 1;
                }
            }
            Self::Numbers { numbers, .. } => numbers.extend(value.number()),
            Self::Mode(counts) => *counts.entry(value.shared()).or_default() += 1,
            Self::Values { values, bytes, truncated } => {
                let value = value.shared();
                let length = value.len();
                if values.insert(value) {
                    *bytes += length;
                }
                // Evicts the last by code points, so that the result does not depend on the order of the rows.
                while *bytes > limits::CELL_BYTES && values.len() > 1 {
                    *bytes -= values.pop_last().map_or(0, |value| value.len());
                    *truncated = true;
                }
            }
            Self::List { values, bytes, truncated } => {
                if values.len() < limits::LIST_VALUES {
                    *truncated |= *bytes > 0 && *bytes + value.bytes() > limits::CELL_BYTES;
                    if !*truncated {
                        *bytes += value.bytes();
                        values.push(value.clone());
                    }
                }
            }
            Self::First(first) => {
                if first.is_null() {
                    *first = value.clone();
                }
            }
            Self::Last(last) => *last = value.clone(),
            Self::AtTime { best, latest, .. } => {
                let Some(time) = time else { return };
                // Events come latest first, so of equal times the first is the latest.
                let better = best.as_ref().is_none_or(|(best, _)| {
                    let ordering =
                        (time.seconds(), time.nanos()).cmp(&(best.seconds(), best.nanos()));
                    if *latest { ordering.is_gt() } else { ordering.is_le() }
                });
                if better {
                    *best = Some((time, value.clone()));
                }
            }
        }
    }

    /// Whether values were left out because the cell would have exceeded [`limits::CELL_BYTES`].
    pub(super) fn is_truncated(&self) -> bool {
        matches!(self, Self::Values { truncated: true, .. } | Self::List { truncated: true, .. })
    }

    /// Returns the approximate number of values that [`result`](Self::result) reads.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Numbers { numbers, .. } => 1 + numbers.len(),
            Self::Mode(counts) => 1 + counts.len(),
            Self::Values { values, .. } => 1 + values.len(),
            Self::List { values, .. } => 1 + values.len(),
            _ => 1,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "no log has 2^53 events")]
    /// Returns the result of the values so far.
    pub(super) fn result(&self) -> Value {
        match self {
            Self::Count(count) => Value::Num(*count as f64),
            Self::Distinct(values) => Value::Num(values.len() as f64),
            Self::Extreme { best, .. } | Self::First(best) | Self::Last(best) => best.clone(),
            Self::Sum { count: 0, .. } => Value::Null,
            Self::Sum { sum, count, mean } => {
                Value::Num(if *mean { sum.over(*count) } else { sum.value() })
            }
            Self::Numbers { numbers, function } => statistic(numbers.clone(), *function),
            Self::Mode(counts) => {
                let best =
                    counts.iter().reduce(|best, next| if next.1 > best.1 { next } else { best });
                best.map_or(Value::Null, |(value, _)| Value::Str(Arc::clone(value)))
            }
            Self::Values { values, .. } => {
                Value::multi(values.iter().cloned().map(Value::Str).collect())
            }
            Self::List { values, .. } => Value::multi(values.clone()),
            Self::AtTime { best, returns_time, .. } => match best {
                Some((time, _)) if *returns_time => Value::Time(*time),
                Some((_, value)) => value.clone(),
                None => Value::Null,
            },
        }
    }
}

/// Orders numbers before text, so that the least value does not depend on the order of the rows. `operators::order` is
/// not transitive across numbers and text.
pub(super) fn total_order(left: &Value, right: &Value) -> Ordering {
    let is_text = |value: &Value| match value {
        Value::Str(text) => Decimal::parse(text).is_none(),
        _ => false,
    };
    is_text(left).cmp(&is_text(right)).then_with(|| order(left, right))
}

/// Computes a statistic. The numbers are sorted first, so that floating-point sums do not depend on the order of the
/// rows.
#[expect(clippy::cast_precision_loss, reason = "no log has 2^53 events")]
fn statistic(mut numbers: Vec<f64>, function: Aggregation) -> Value {
    sort::sort_by(&mut numbers, f64::total_cmp);
    let count = numbers.len() as f64;
    let (Some(least), Some(greatest)) = (numbers.first(), numbers.last()) else {
        return Value::Null;
    };
    let mean = numbers.iter().sum::<f64>() / count;
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    let sample = if numbers.len() > 1 { squares / (count - 1.0) } else { 0.0 };
    Value::Num(match function {
        Aggregation::Range => greatest - least,
        Aggregation::SumOfSquares => numbers.iter().map(|number| number * number).sum(),
        Aggregation::Deviation => sample.sqrt(),
        Aggregation::Variance => sample,
        Aggregation::PopulationDeviation => (squares / count).sqrt(),
        Aggregation::PopulationVariance => squares / count,
        Aggregation::Percentile(percent) => nearest_rank(&numbers, percent),
        _ => nearest_rank(&numbers, 50.0),
    })
}

#[expect(clippy::cast_precision_loss, reason = "no log has 2^53 events")]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to the count")]
/// Returns the percentile by Splunk's nearest rank (`perc_method` in `limits.conf`): the number at the index
/// `percent / 100 * count`, rounded down.
fn nearest_rank(sorted: &[f64], percent: f64) -> f64 {
    let index = (percent / 100.0 * sorted.len() as f64 + 1e-9).floor() as usize;
    sorted.get(index).or(sorted.last()).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_aggregate_their_values() {
        let values = ["3", "1", "2", "2", "x"];
        for (function, expected) in [
            (Aggregation::Count, "5"),
            (Aggregation::Distinct, "4"),
            (Aggregation::Min, "1"),
            (Aggregation::Max, "x"),
            (Aggregation::Range, "2"),
            (Aggregation::Sum, "8"),
            (Aggregation::SumOfSquares, "18"),
            (Aggregation::Mean, "2"),
            (Aggregation::Median, "2"),
            (Aggregation::Mode, "2"),
            (Aggregation::Percentile(0.0), "1"),
            (Aggregation::Percentile(50.0), "2"),
            (Aggregation::Percentile(74.0), "2"),
            (Aggregation::Percentile(75.0), "3"),
            (Aggregation::Percentile(100.0), "3"),
            (Aggregation::Deviation, "0.816496580927726"),
            (Aggregation::PopulationDeviation, "0.707106781186548"),
            (Aggregation::Variance, "0.666666666666667"),
            (Aggregation::PopulationVariance, "0.5"),
            (Aggregation::Values, "1\n2\n3\nx"),
            (Aggregation::List, "3\n1\n2\n2\nx"),
            (Aggregation::First, "3"),
            (Aggregation::Last, "x"),
            (Aggregation::Earliest, "x"),
            (Aggregation::Latest, "3"),
            (Aggregation::EarliestTime, "96"),
            (Aggregation::LatestTime, "100"),
        ] {
            let mut accumulator = Accumulator::new(function);
            for (value, seconds) in values.iter().zip([100, 99, 98, 97, 96]) {
                accumulator.add(&Value::from(*value), Time::new(seconds, 0, 0));
            }
            assert_eq!(accumulator.result().text().as_deref(), Some(expected), "{function:?}");
            let empty = Accumulator::new(function).result();
            let counts = matches!(function, Aggregation::Count | Aggregation::Distinct);
            assert_eq!(empty.is_null(), !counts, "{function:?}");
        }
    }
}
