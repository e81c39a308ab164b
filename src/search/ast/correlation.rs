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
    /// Bounds of the count, all of which must hold.
    pub bounds: Vec<CountBound>,
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
}

/// The quantity that a correlation counts.
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
}

/// A bound of a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountBound {
    /// The count compares to the number.
    Order(Comparison, u64),
    /// The count equals the number.
    Equal(u64),
    /// The count differs from the number.
    Other(u64),
}

impl CountBound {
    /// Whether `count` satisfies the bound.
    pub(crate) fn holds(self, count: usize) -> bool {
        let count = count as u64;
        match self {
            Self::Order(comparison, number) => comparison.holds(count.cmp(&number)),
            Self::Equal(number) => count == number,
            Self::Other(number) => count != number,
        }
    }
}

impl Correlation {
    /// Whether `count` satisfies all bounds.
    pub(crate) fn is_met(&self, count: usize) -> bool {
        self.bounds.iter().all(|bound| bound.holds(count))
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
        let own = ["count", "firstTime", "lastTime", "rules", "Computer"];
        let own = own.iter().filter(|name| !self.by.iter().any(|by| by == *name));
        self.by.iter().cloned().chain(own.map(ToString::to_string)).collect()
    }
}
