//! [`Correlation`]: events of one or several rules close to each other, as Sigma's correlation rules ask.

use crate::search::condition::{Comparison, Condition};

/// Groups events by fields and makes a row of each stretch of time in which enough of them stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Correlation {
    /// What is counted.
    pub kind: CorrelationKind,
    /// What counts.
    pub rules: Vec<CorrelatedRule>,
    /// The columns that events are grouped by.
    pub by: Vec<String>,
    /// How far apart the first and the last event may be, in seconds; no bound where there is none.
    pub seconds: Option<u64>,
    /// What the count must be; all of these.
    pub bounds: Vec<CountBound>,
}

/// One rule of a correlation.
#[derive(Clone, Debug, PartialEq)]
pub struct CorrelatedRule {
    /// Its name, for the row.
    pub name: String,
    /// Which events are its own.
    pub filter: Condition,
    /// If it is a correlation itself: its rows count as events, each at the time of its last one.
    pub inner: Option<Box<Correlation>>,
    /// The event's field for each column of [`Correlation::by`].
    pub by: Vec<String>,
}

/// What a correlation counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorrelationKind {
    /// The events.
    Events,
    /// The different values of these fields, taken together.
    Values(Vec<String>),
    /// The different rules.
    Rules {
        /// Their events must come in the order of the rules, and all must come.
        ordered: bool,
    },
}

/// What a count must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountBound {
    /// It stands in this order to the number.
    Order(Comparison, u64),
    /// It is the number.
    Equal(u64),
    /// It is another number.
    Other(u64),
}

impl CountBound {
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
    /// Whether a count is what it must be.
    pub(crate) fn is_met(&self, count: usize) -> bool {
        self.bounds.iter().all(|bound| bound.holds(count))
    }

    /// How many rules it is made of, and how many correlations lie within each other.
    pub fn size(&self) -> (usize, usize) {
        let inner = self.rules.iter().filter_map(|rule| rule.inner.as_ref());
        inner.map(|inner| inner.size()).fold((self.rules.len(), 1), |(rules, depth), inner| {
            (rules + inner.0, depth.max(inner.1 + 1))
        })
    }

    /// The columns of its rows.
    pub(crate) fn columns(&self) -> Vec<String> {
        let own = ["count", "firstTime", "lastTime", "rules", "Computer"];
        let own = own.iter().filter(|name| !self.by.iter().any(|by| by == *name));
        self.by.iter().cloned().chain(own.map(ToString::to_string)).collect()
    }
}
