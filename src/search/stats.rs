//! What `stats` computes.

use crate::event::canonical;
use crate::search::eval_expr::EvalExpr;
use crate::search::number;
use crate::search::run::renamed;
use std::collections::BTreeSet;

/// `stats`: one row for each combination of the by-fields' values.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    /// What is computed, in the order of the columns.
    pub aggregates: Vec<Aggregate>,
    /// The by-fields.
    pub by: Vec<String>,
}

/// One column that `stats` computes.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// What is computed.
    pub function: Aggregation,
    /// Of what; for `count`, nothing: the events.
    pub input: Option<AggregateInput>,
    /// The column's name.
    pub name: String,
}

/// What is aggregated.
#[derive(Clone, Debug, PartialEq)]
pub enum AggregateInput {
    /// A field.
    Field(String),
    /// A formula: `eval(…)`. A condition counts where it is true.
    Formula(EvalExpr),
}

/// A function of `stats`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aggregation {
    /// How many events or values.
    Count,
    /// How many different values.
    Distinct,
    /// The least value: numbers before texts.
    Min,
    /// The greatest value.
    Max,
    /// The greatest number less the least.
    Range,
    /// The sum of the numbers, exactly.
    Sum,
    /// The sum of their squares.
    SumOfSquares,
    /// Their mean.
    Mean,
    /// The middle one, of an even count the higher.
    Median,
    /// The most common value, of several the first by its characters.
    Mode,
    /// The nearest-rank percentile.
    Percentile(f64),
    /// The standard deviation of a sample.
    Deviation,
    /// The standard deviation of all.
    PopulationDeviation,
    /// The variance of a sample.
    Variance,
    /// The variance of all.
    PopulationVariance,
    /// All different values, sorted by their characters.
    Values,
    /// The first values in the order of the events.
    List,
    /// The first value in the order of the events.
    First,
    /// The last value in the order of the events.
    Last,
    /// The value of the earliest event.
    Earliest,
    /// The value of the latest event.
    Latest,
    /// When the earliest value was seen.
    EarliestTime,
    /// When the latest value was seen.
    LatestTime,
}

impl Stats {
    /// The table's columns; those that a wildcard stands for are known only when the rows are.
    pub fn columns(&self) -> Vec<String> {
        let closed = self.aggregates.iter().filter(|aggregate| !aggregate.is_open());
        let names = closed.map(|aggregate| &aggregate.name);
        self.by.iter().chain(names).cloned().collect()
    }

    /// Whether a wildcard stands for fields.
    pub(crate) fn is_open(&self) -> bool {
        self.aggregates.iter().any(Aggregate::is_open)
    }

    /// With the fields that its wildcards stand for, of these. By-fields and fields that Splunk keeps for itself
    /// are not among them.
    pub(crate) fn closed(&self, fields: &BTreeSet<String>) -> Self {
        let mut aggregates: Vec<Aggregate> = Vec::new();
        for aggregate in &self.aggregates {
            let known = |name: &str, all: &[Aggregate]| {
                all.iter().chain(&self.aggregates).any(|other| other.name == name)
            };
            let Some(AggregateInput::Field(pattern)) =
                aggregate.input.as_ref().filter(|_| aggregate.is_open())
            else {
                aggregates.push(aggregate.clone());
                continue;
            };
            for field in fields.iter().filter(|field| !field.starts_with('_')) {
                let by = self.by.iter().any(|by| canonical(by) == canonical(field));
                let name = renamed(field, pattern, &aggregate.name);
                if let Some(name) = name.filter(|name| !by && !known(name, &aggregates)) {
                    aggregates.push(Aggregate::new(aggregate.function, field, &name));
                }
            }
        }
        Self { aggregates, by: self.by.clone() }
    }

    pub(crate) fn each_field<'a>(&'a self, found: &mut dyn FnMut(&'a str)) {
        for aggregate in &self.aggregates {
            match &aggregate.input {
                Some(AggregateInput::Field(name)) => found(name),
                Some(AggregateInput::Formula(formula)) => formula.each_field(found),
                None => {}
            }
        }
        self.by.iter().for_each(|name| found(name));
    }
}

impl Aggregate {
    fn is_open(&self) -> bool {
        matches!(&self.input, Some(AggregateInput::Field(name)) if name.contains('*'))
    }

    /// `count`, of events.
    pub fn count() -> Self {
        Self { function: Aggregation::Count, input: None, name: "count".into() }
    }

    /// A function of a field.
    pub fn new(function: Aggregation, field: &str, name: &str) -> Self {
        Self { function, input: Some(AggregateInput::Field(field.into())), name: name.into() }
    }
}

impl Aggregation {
    /// The function of this name, in lower case.
    pub(crate) fn find(name: &str) -> Option<Self> {
        if let Some((_, function)) = NAMES.iter().find(|(known, _)| *known == name) {
            return Some(*function);
        }
        ["exactperc", "upperperc", "perc", "p"].iter().find_map(|prefix| {
            let percent = name.strip_prefix(prefix).and_then(number::parse)?;
            (0.0..=100.0).contains(&percent).then_some(Self::Percentile(percent))
        })
    }

    /// What it is called in a search.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Percentile(percent) => format!("perc{}", number::show(percent)),
            other => NAMES
                .iter()
                .find(|(_, function)| *function == other)
                .map(|(name, _)| (*name).to_owned())
                .unwrap_or_default(),
        }
    }

    pub(crate) fn names() -> Vec<&'static str> {
        NAMES.iter().map(|(name, _)| *name).collect()
    }
}

const NAMES: &[(&str, Aggregation)] = &[
    ("count", Aggregation::Count),
    ("c", Aggregation::Count),
    ("dc", Aggregation::Distinct),
    ("distinct_count", Aggregation::Distinct),
    ("estdc", Aggregation::Distinct),
    ("min", Aggregation::Min),
    ("max", Aggregation::Max),
    ("range", Aggregation::Range),
    ("sum", Aggregation::Sum),
    ("sumsq", Aggregation::SumOfSquares),
    ("avg", Aggregation::Mean),
    ("mean", Aggregation::Mean),
    ("median", Aggregation::Median),
    ("mode", Aggregation::Mode),
    ("stdev", Aggregation::Deviation),
    ("stdevp", Aggregation::PopulationDeviation),
    ("var", Aggregation::Variance),
    ("varp", Aggregation::PopulationVariance),
    ("values", Aggregation::Values),
    ("list", Aggregation::List),
    ("first", Aggregation::First),
    ("last", Aggregation::Last),
    ("earliest", Aggregation::Earliest),
    ("latest", Aggregation::Latest),
    ("earliest_time", Aggregation::EarliestTime),
    ("latest_time", Aggregation::LatestTime),
];
