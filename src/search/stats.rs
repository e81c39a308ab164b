//! What `stats` computes.

use crate::search::formula::Formula;

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
    pub of: Option<Of>,
    /// The column's name.
    pub name: String,
}

/// What is aggregated.
#[derive(Clone, Debug, PartialEq)]
pub enum Of {
    /// A field.
    Field(String),
    /// A formula: `eval(…)`. A condition counts where it is true.
    Formula(Formula),
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
    /// The table's columns.
    pub fn columns(&self) -> Vec<String> {
        let names = self.aggregates.iter().map(|aggregate| &aggregate.name);
        self.by.iter().chain(names).cloned().collect()
    }

    pub(crate) fn each_field<'a>(&'a self, found: &mut dyn FnMut(&'a str)) {
        for aggregate in &self.aggregates {
            match &aggregate.of {
                Some(Of::Field(name)) => found(name),
                Some(Of::Formula(formula)) => formula.each_field(found),
                None => {}
            }
        }
        self.by.iter().for_each(|name| found(name));
    }
}

impl Aggregate {
    /// `count`, of events.
    pub fn count() -> Self {
        Self { function: Aggregation::Count, of: None, name: "count".into() }
    }

    /// A function of a field.
    pub fn of(function: Aggregation, field: &str, name: &str) -> Self {
        Self { function, of: Some(Of::Field(field.into())), name: name.into() }
    }
}

impl Aggregation {
    /// The function of this name, in lower case.
    pub(crate) fn find(name: &str) -> Option<Self> {
        if let Some((_, function)) = NAMES.iter().find(|(known, _)| *known == name) {
            return Some(*function);
        }
        ["exactperc", "upperperc", "perc", "p"].iter().find_map(|prefix| {
            let percent: f64 = name.strip_prefix(prefix)?.parse().ok()?;
            (0.0..=100.0).contains(&percent).then_some(Self::Percentile(percent))
        })
    }

    /// What it is called in a search.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Percentile(percent) => format!("perc{percent}"),
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
