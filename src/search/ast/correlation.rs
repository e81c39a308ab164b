//! [`Correlation`]: Sigma's correlation rules, which count events of one or several rules within a time span.

use crate::search::ast::condition::{Comparison, Condition};

/// Groups events by fields and returns a row for each period in which the count of events meets the bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Correlation {
    /// The quantity that is counted.
    pub kind: CorrelationKind,
    /// The rules whose events are counted.
    pub rules: Vec<CorrelatedRule>,
    /// The columns that events are grouped by.
    pub by: Vec<String>,
    /// Greatest distance in seconds of the first and the last event of a period; `None` for no limit.
    pub seconds: Option<u64>,
    /// Bounds of the count or measure, all of which must hold.
    pub bounds: Vec<Bound>,
}

/// A rule of a correlation.
#[derive(Clone, Debug, PartialEq)]
pub struct CorrelatedRule {
    /// Name of the rule, for the row.
    pub name: String,
    /// Selects the events of the rule.
    pub filter: Condition,
    /// The correlation that the rule is, if it is one: its rows count as events, each at the time of its last event.
    pub inner: Option<Box<Correlation>>,
    /// Field of the events for each column of [`Correlation::by`].
    pub by: Vec<String>,
    /// Fields of the events whose values are counted or measured.
    pub fields: Vec<String>,
}

/// The quantity that a correlation counts or measures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorrelationKind {
    /// Events (`event_count`).
    Events,
    /// Distinct combinations of the values of these fields (`value_count`).
    Values(Vec<String>),
    /// Distinct rules (`temporal`, `temporal_ordered`).
    Rules {
        /// Whether an event of every rule must occur, in the order of the rules.
        ordered: bool,
    },
    /// Rules whose presence satisfies an expression (`temporal` with a condition over the names of rules).
    Presence(RuleExpr),
    /// A measure of the numbers in a field (`value_sum`, `value_avg`, `value_percentile`). Events without a number in it
    /// do not count.
    Numbers {
        /// The field.
        field: String,
        /// The measure.
        measure: Measure,
    },
}

/// A measure of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Their sum.
    Sum,
    /// Their mean.
    Average,
    /// The percentile by nearest rank, from 0 to 100.
    Percentile(u8),
}

/// An expression over the presence of rules, by their index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleExpr {
    /// An event of the rule is present.
    Rule(usize),
    /// Every part holds.
    All(Vec<RuleExpr>),
    /// At least one part holds.
    Any(Vec<RuleExpr>),
    /// The part does not hold.
    Not(Box<RuleExpr>),
}

impl RuleExpr {
    /// Whether the expression holds if `is_present` says which rules are.
    pub(crate) fn holds(&self, is_present: &dyn Fn(usize) -> bool) -> bool {
        match self {
            Self::Rule(index) => is_present(*index),
            Self::All(parts) => parts.iter().all(|part| part.holds(is_present)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(is_present)),
            Self::Not(part) => !part.holds(is_present),
        }
    }
}

impl Measure {
    /// Returns the name of the measure, for its column.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sum => "value_sum",
            Self::Average => "value_avg",
            Self::Percentile(_) => "value_percentile",
        }
    }
}

/// A count, or a measure as a fraction: exact, so that it does not depend on the order of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quantity {
    /// In millionths.
    pub(crate) numerator: i128,
    pub(crate) denominator: i128,
}

impl Quantity {
    /// Creates the quantity of a count.
    pub(crate) fn count(count: usize) -> Self {
        let count = i128::try_from(count).unwrap_or(i128::MAX);
        Self { numerator: count.saturating_mul(MILLION), denominator: 1 }
    }
}

/// Millionths of one.
pub(crate) const MILLION: i128 = 1_000_000;

/// Parses a decimal number to millionths. `None` for other texts, and for numbers with more than 18 digits before the
/// point. Further digits after the point are cut.
pub(crate) fn millionths(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (integer, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let integer = if all_digits(integer) { integer.trim_start_matches('0') } else { return None };
    if digits.trim_matches('.').is_empty() || !all_digits(fraction) || integer.len() > 18 {
        return None;
    }
    let padded: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let magnitude: i128 = format!("0{integer}{padded}").parse().ok()?;
    Some(if negative { -magnitude } else { magnitude })
}

/// A bound of a count or measure, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The quantity compares to the number.
    Order(Comparison, i128),
    /// The quantity equals the number.
    Equal(i128),
    /// The quantity differs from the number.
    Other(i128),
}

impl Bound {
    /// Whether a quantity satisfies the bound.
    pub(crate) fn holds(self, quantity: Quantity) -> bool {
        let order =
            |number: i128| quantity.numerator.cmp(&number.saturating_mul(quantity.denominator));
        match self {
            Self::Order(comparison, number) => comparison.holds(order(number)),
            Self::Equal(number) => order(number).is_eq(),
            Self::Other(number) => order(number).is_ne(),
        }
    }
}

impl CorrelationKind {
    /// Returns the names of the fields whose values are counted or measured.
    pub(crate) fn fields(&self) -> &[String] {
        match self {
            Self::Values(fields) => fields,
            Self::Numbers { field, .. } => std::slice::from_ref(field),
            Self::Events | Self::Rules { .. } | Self::Presence(_) => &[],
        }
    }
}

impl Correlation {
    /// Whether a quantity satisfies all bounds.
    pub(crate) fn is_met(&self, quantity: Quantity) -> bool {
        self.bounds.iter().all(|bound| bound.holds(quantity))
    }

    /// Returns the number of rules, with those of inner correlations, and the depth of nesting.
    pub fn size(&self) -> (usize, usize) {
        let inner = self.rules.iter().filter_map(|rule| rule.inner.as_ref());
        inner.map(|inner| inner.size()).fold((self.rules.len(), 1), |(rules, depth), inner| {
            (rules + inner.0, depth.max(inner.1 + 1))
        })
    }

    /// Returns the columns of the rows.
    pub(crate) fn columns(&self) -> Vec<String> {
        let measure = match &self.kind {
            CorrelationKind::Numbers { measure, .. } => Some(measure.name()),
            _ => None,
        };
        let own =
            ["count", "firstTime", "lastTime", "rules", "Computer"].into_iter().chain(measure);
        let own = own.filter(|name| !self.by.iter().any(|by| by == name));
        self.by.iter().cloned().chain(own.map(ToString::to_string)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::millionths;

    #[test]
    fn numbers_in_millionths() {
        for (text, number) in [
            ("0", Some(0)),
            ("12", Some(12_000_000)),
            ("-1.5", Some(-1_500_000)),
            ("+.25", Some(250_000)),
            ("007.", Some(7_000_000)),
            ("0.1234567", Some(123_456)),
            ("999999999999999999", Some(999_999_999_999_999_999_000_000)),
            ("1000000000000000000", None),
            ("", None),
            (".", None),
            ("1e3", None),
            ("many", None),
        ] {
            assert_eq!(millionths(text), number, "{text}");
        }
    }
}
