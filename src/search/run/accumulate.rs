//! One column of one group of `stats`, growing event by event.

use crate::limits;
use crate::search::eval_expr::order;
use crate::search::functions::time;
use crate::search::number::{Decimal, Sum};
use crate::search::stats::Aggregation;
use crate::search::value::Value;
use crate::sort;
use crate::time::Time;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What has been seen of one column.
#[derive(Debug)]
pub(super) enum Accumulator {
    Count(u64),
    Distinct(BTreeSet<Arc<str>>),
    Extreme { best: Value, wanted: Ordering },
    Sum { sum: Sum, count: u64, mean: bool },
    Numbers { numbers: Vec<f64>, function: Aggregation },
    Mode(BTreeMap<Arc<str>, u64>),
    Values { values: BTreeSet<Arc<str>>, bytes: usize, cut: bool },
    List { values: Vec<Value>, bytes: usize, cut: bool },
    First(Value),
    Last(Value),
    AtTime { best: Option<(Time, Value)>, latest: bool, time: bool },
}

impl Accumulator {
    pub(super) fn new(function: Aggregation) -> Self {
        match function {
            Aggregation::Count => Self::Count(0),
            Aggregation::Distinct => Self::Distinct(BTreeSet::new()),
            Aggregation::Min => Self::Extreme { best: Value::Null, wanted: Ordering::Less },
            Aggregation::Max => Self::Extreme { best: Value::Null, wanted: Ordering::Greater },
            Aggregation::Sum => Self::Sum { sum: Sum::default(), count: 0, mean: false },
            Aggregation::Mean => Self::Sum { sum: Sum::default(), count: 0, mean: true },
            Aggregation::Mode => Self::Mode(BTreeMap::new()),
            Aggregation::Values => Self::Values { values: BTreeSet::new(), bytes: 0, cut: false },
            Aggregation::List => Self::List { values: Vec::new(), bytes: 0, cut: false },
            Aggregation::First => Self::First(Value::Null),
            Aggregation::Last => Self::Last(Value::Null),
            Aggregation::Earliest => Self::AtTime { best: None, latest: false, time: false },
            Aggregation::Latest => Self::AtTime { best: None, latest: true, time: false },
            Aggregation::EarliestTime => Self::AtTime { best: None, latest: false, time: true },
            Aggregation::LatestTime => Self::AtTime { best: None, latest: true, time: true },
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

    /// Counts an event as such.
    pub(super) fn count(&mut self) {
        if let Self::Count(count) = self {
            *count += 1;
        }
    }

    /// Takes one value of an event, which was seen at a time.
    pub(super) fn add(&mut self, value: &Value, seen: Option<Time>) {
        match self {
            Self::Count(count) => *count += 1,
            Self::Distinct(values) => {
                values.insert(value.shared());
            }
            Self::Extreme { best, wanted } => {
                if best.is_null() || rank(value, best) == *wanted {
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
            Self::Values { values, bytes, cut } => {
                let value = value.shared();
                *bytes += value.len();
                if let Some(same) = values.replace(value) {
                    *bytes -= same.len();
                }
                // What is kept is the first by its characters, whatever came first.
                while *bytes > limits::CELL_BYTES && values.len() > 1 {
                    *bytes -= values.pop_last().map_or(0, |value| value.len());
                    *cut = true;
                }
            }
            Self::List { values, bytes, cut } => {
                if values.len() < limits::LIST_VALUES {
                    *cut |= *bytes > 0 && *bytes + value.bytes() > limits::CELL_BYTES;
                    if !*cut {
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
                let Some(seen) = seen else { return };
                // Events come latest first: of equal times the first is the latest.
                let better = best.as_ref().is_none_or(|(time, _)| {
                    let ordering =
                        (seen.seconds(), seen.nanos()).cmp(&(time.seconds(), time.nanos()));
                    if *latest { ordering.is_gt() } else { ordering.is_le() }
                });
                if better {
                    *best = Some((seen, value.clone()));
                }
            }
        }
    }

    /// Values were left out because the cell would have become too long.
    pub(super) fn is_cut(&self) -> bool {
        matches!(self, Self::Values { cut: true, .. } | Self::List { cut: true, .. })
    }

    #[expect(clippy::cast_precision_loss, reason = "no log has 2^53 events")]
    pub(super) fn finish(self) -> Value {
        match self {
            Self::Count(count) => Value::Num(count as f64),
            Self::Distinct(values) => Value::Num(values.len() as f64),
            Self::Extreme { best, .. } | Self::First(best) | Self::Last(best) => best,
            Self::Sum { count: 0, .. } => Value::Null,
            Self::Sum { sum, count, mean } => {
                Value::Num(if mean { sum.over(count) } else { sum.value() })
            }
            Self::Numbers { numbers, function } => of_numbers(numbers, function),
            Self::Mode(counts) => {
                let best = counts.into_iter().reduce(
                    |best, next| {
                        if next.1 > best.1 { next } else { best }
                    },
                );
                best.map_or(Value::Null, |(value, _)| Value::Str(value))
            }
            Self::Values { values, .. } => {
                Value::multi(values.into_iter().map(Value::Str).collect())
            }
            Self::List { values, .. } => Value::multi(values),
            Self::AtTime { best, time, .. } => match best {
                Some((seen, _)) if time => Value::Time(seen),
                Some((_, value)) => value,
                None => Value::Null,
            },
        }
    }
}

/// Numbers before texts, so that what is least does not depend on what came first.
pub(super) fn rank(left: &Value, right: &Value) -> Ordering {
    let is_text = |value: &Value| match value {
        Value::Str(text) => Decimal::parse(text).is_none(),
        _ => false,
    };
    // Of equal numbers the one with the fewer digits, and then the first by its characters.
    is_text(left).cmp(&is_text(right)).then_with(|| order(left, right))
}

/// Sorted first, so that sums do not depend on the order of the events.
#[expect(clippy::cast_precision_loss, reason = "no log has 2^53 events")]
fn of_numbers(mut numbers: Vec<f64>, function: Aggregation) -> Value {
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
        _ => numbers.get(numbers.len() / 2).copied().unwrap_or(*greatest),
    })
}

#[expect(clippy::cast_precision_loss, reason = "no log has 2^53 events")]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to the count")]
fn nearest_rank(sorted: &[f64], percent: f64) -> f64 {
    let rank = (percent / 100.0 * sorted.len() as f64 - 1e-9).ceil().max(1.0) as usize;
    sorted.get(rank - 1).or(sorted.last()).copied().unwrap_or(0.0)
}

/// The time that events are sorted by.
pub(super) fn seen(value: &Value) -> Option<Time> {
    time(value)
}
