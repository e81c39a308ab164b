//! [`Stats`]: the `stats` command and its aggregate functions.

use crate::event::canonical;
use crate::ordered::OrderedSet;
use crate::search::ast::eval_expr::EvalExpr;
use crate::search::values::number;
use crate::search::values::wildcard::rename;

/// The `stats` command: returns one row for each combination of the by-fields' values.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    /// The aggregates in the order of their columns.
    pub aggregates: Vec<Aggregate>,
    /// The by-fields.
    pub by: Vec<String>,
    /// The text between several values where `nomv` joins them, if it is not a newline.
    pub delimiter: Option<String>,
}

/// The `streamstats` command: assigns to each row aggregates of the rows up to it.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamStats {
    /// The aggregates and by-fields.
    pub stats: Stats,
    /// Whether a row's own values count.
    pub current: bool,
    /// Number of rows that count; 0 for all.
    pub window: usize,
    /// Whether the window is of all rows, not of those of a group.
    pub global: bool,
    /// Whether other values of the by-fields than those of the row before forget all rows.
    pub reset_on_change: bool,
    /// Forgets all rows before a row for which it is true.
    pub reset_before: Option<EvalExpr>,
    /// Forgets all rows after a row for which it is true.
    pub reset_after: Option<EvalExpr>,
}

/// An aggregate: one column that `stats` computes.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// The function.
    pub function: Aggregation,
    /// The input of the function; `None` for `count` of events.
    pub input: Option<AggregateInput>,
    /// Name of the column.
    pub name: String,
}

/// The input of an aggregate function.
#[derive(Clone, Debug, PartialEq)]
pub enum AggregateInput {
    /// A field.
    Field(String),
    /// An expression: `eval(…)`. A condition counts where it is true.
    Expr(EvalExpr),
}

/// An aggregate function of `stats`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aggregation {
    /// Number of events or values.
    Count,
    /// Number of distinct values.
    Distinct,
    /// Least value; numbers come before text.
    Min,
    /// Greatest value.
    Max,
    /// Difference of the greatest and the least number.
    Range,
    /// Exact sum of the numbers.
    Sum,
    /// Sum of the squares.
    SumOfSquares,
    /// Arithmetic mean.
    Mean,
    /// Median; of an even count, the higher of the middle two.
    Median,
    /// Most frequent value; of several, the first by code points.
    Mode,
    /// Percentile by nearest rank, 0 to 100. The 50th is the median.
    Percentile(f64),
    /// Sample standard deviation.
    Deviation,
    /// Population standard deviation.
    PopulationDeviation,
    /// Sample variance.
    Variance,
    /// Population variance.
    PopulationVariance,
    /// Distinct values, sorted by code points.
    Values,
    /// First values in the order of the events.
    List,
    /// First value in the order of the events.
    First,
    /// Last value in the order of the events.
    Last,
    /// Value of the earliest event.
    Earliest,
    /// Value of the latest event.
    Latest,
    /// Time of the earliest event with a value.
    EarliestTime,
    /// Time of the latest event with a value.
    LatestTime,
}

impl Stats {
    /// Returns the columns, except those that a wildcard expands to: they depend on the rows.
    pub fn columns(&self) -> Vec<String> {
        let fixed = self.aggregates.iter().filter(|aggregate| !aggregate.has_wildcard());
        let names = fixed.map(|aggregate| &aggregate.name);
        self.by.iter().chain(names).cloned().collect()
    }

    /// Whether an input has a wildcard.
    pub(crate) fn has_wildcards(&self) -> bool {
        self.aggregates.iter().any(Aggregate::has_wildcard)
    }

    /// Returns the command with its wildcards expanded to the matching `fields`. By-fields and internal fields, which
    /// start with `_`, do not match.
    pub(crate) fn expand_wildcards(&self, fields: &OrderedSet<String>) -> Self {
        let mut aggregates: Vec<Aggregate> = Vec::new();
        for aggregate in &self.aggregates {
            let known = |name: &str, all: &[Aggregate]| {
                all.iter().chain(&self.aggregates).any(|other| other.name == name)
            };
            let Some(AggregateInput::Field(pattern)) =
                aggregate.input.as_ref().filter(|_| aggregate.has_wildcard())
            else {
                aggregates.push(aggregate.clone());
                continue;
            };
            for field in fields.iter().filter(|field| !field.starts_with('_')) {
                let by = self.by.iter().any(|by| canonical(by) == canonical(field));
                let name = rename(field, pattern, &aggregate.name);
                if let Some(name) = name.filter(|name| !by && !known(name, &aggregates)) {
                    aggregates.push(Aggregate::new(aggregate.function, field, &name));
                }
            }
        }
        Self { aggregates, by: self.by.clone(), delimiter: self.delimiter.clone() }
    }

    /// Calls `found` with every field that the command reads.
    pub(crate) fn each_field<'a>(&'a self, found: &mut dyn FnMut(&'a str)) {
        for aggregate in &self.aggregates {
            match &aggregate.input {
                Some(AggregateInput::Field(name)) => found(name),
                Some(AggregateInput::Expr(expr)) => expr.each_field(found),
                None => {}
            }
        }
        self.by.iter().for_each(|name| found(name));
    }
}

impl Aggregate {
    fn has_wildcard(&self) -> bool {
        matches!(&self.input, Some(AggregateInput::Field(name)) if name.contains('*'))
    }

    /// Returns the number of events, named `count`.
    pub fn count() -> Self {
        Self { function: Aggregation::Count, input: None, name: "count".into() }
    }

    /// Returns an aggregate of a field.
    pub fn new(function: Aggregation, field: &str, name: &str) -> Self {
        Self { function, input: Some(AggregateInput::Field(field.into())), name: name.into() }
    }
}

impl Aggregation {
    /// Returns the function of this name in lower case.
    pub(crate) fn find(name: &str) -> Option<Self> {
        if let Some((_, function)) = NAMES.iter().find(|(known, _)| *known == name) {
            return Some(*function);
        }
        ["exactperc", "upperperc", "perc", "p"].iter().find_map(|prefix| {
            let percent = name.strip_prefix(prefix).and_then(number::parse)?;
            (0.0..=100.0).contains(&percent).then_some(Self::Percentile(percent))
        })
    }

    /// Returns the name of the function, the first where it has several.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Percentile(percent) => format!("perc{}", number::format(percent)),
            other => NAMES
                .iter()
                .find(|(_, function)| *function == other)
                .map(|(name, _)| (*name).to_owned())
                .unwrap_or_default(),
        }
    }

    /// Returns every name, for suggestions.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_under_all_their_names() {
        for (name, function, written) in [
            ("count", Aggregation::Count, "count"),
            ("c", Aggregation::Count, "count"),
            ("distinct_count", Aggregation::Distinct, "dc"),
            ("mean", Aggregation::Mean, "avg"),
            ("perc95", Aggregation::Percentile(95.0), "perc95"),
            ("p99.9", Aggregation::Percentile(99.9), "perc99.9"),
            ("exactperc50", Aggregation::Percentile(50.0), "perc50"),
        ] {
            assert_eq!(Aggregation::find(name), Some(function), "{name}");
            assert_eq!(function.name(), written);
        }
        for unknown in ["", "p", "perc101", "perc-1", "percx", "COUNT"] {
            assert_eq!(Aggregation::find(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn wildcards_expand_to_fields_that_are_no_by_fields() {
        let values = Aggregate::new(Aggregation::Values, "a*", "all_a*");
        let stats = Stats { aggregates: vec![values], by: vec!["ab".into()], delimiter: None };
        assert!(stats.has_wildcards() && stats.columns() == ["ab"]);
        let fields = ["_a", "aa", "ab", "b"].map(String::from).into_iter().collect();
        assert_eq!(stats.expand_wildcards(&fields).columns(), ["ab", "all_aa"]);
    }
}
