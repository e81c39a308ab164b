//! Rules whose condition may still change: filters add to it, correlations build on it.

use super::condition::CountAggregation;
use super::counting::{counting_search, timespan};
use super::document::SigmaDocument;
use super::error::SigmaError;
use super::log_source::LogSource;
use super::metadata;
use super::resolve::detection_condition;
use super::search_builder::SearchBuilder;
use super::value::Placeholders;
use super::weight::weight;
use crate::rule::model::{Rule, Unsupported};
use crate::rule::options::LevelScores;
use crate::rule::yaml::YamlNode;
use crate::search::{Aggregate, AggregateInput, Aggregation, Command, Condition, Search, Stats};

/// A rule before its search is built.
pub(super) struct DraftRule {
    pub(super) rule: Rule,
    /// Its `name`, by which correlation rules and filters refer to it beside its id and title.
    pub(super) name: Option<String>,
    pub(super) source: LogSource,
    condition: Result<Condition, SigmaError>,
    /// The conditions of filters, with the filters' titles.
    pub(super) filters: Vec<(String, Condition)>,
    /// The old counting aggregation, with its timeframe in seconds.
    aggregation: Option<(CountAggregation, Option<u64>)>,
    pub(super) role: Role,
}

/// What becomes of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It makes rows of its own.
    Alone,
    /// It only serves correlation rules.
    Part,
    /// It only serves a correlation rule that cannot run, for this reason.
    PartOfRefused(String),
    /// It only serves a correlation rule that builds on rules about another kind of log.
    PartOfLeftOut { log: String, reason: String },
}

impl DraftRule {
    /// Reads a rule. An error in its detection is stored.
    pub(super) fn read(
        document: &SigmaDocument,
        placeholders: Placeholders<'_>,
        levels: &LevelScores,
    ) -> Self {
        let node = &document.node;
        let (condition, aggregation) = match read_detection(node, placeholders) {
            Ok((condition, aggregation)) => (Ok(condition), aggregation),
            Err(error) => (Err(error), None),
        };
        Self {
            rule: metadata::rule(document, levels),
            name: node.text_of("name").map(String::from),
            source: LogSource::read(node),
            condition,
            filters: Vec::new(),
            aggregation,
            role: Role::Alone,
        }
    }

    /// Returns the condition with those of all filters: the events that count for a correlation rule.
    ///
    /// # Errors
    ///
    /// The error of its detection.
    pub(super) fn filtered_condition(&self) -> Result<Condition, SigmaError> {
        let filters = self.filters.iter().map(|(_, condition)| condition.clone());
        let own = self.condition.clone()?;
        Ok(if self.filters.is_empty() {
            own
        } else {
            Condition::All(std::iter::once(own).chain(filters).collect())
        })
    }

    /// Returns the weight of its filtered condition.
    pub(super) fn weight(&self) -> usize {
        let filters = self.filters.iter().map(|(_, condition)| weight(condition));
        self.condition.as_ref().map_or(0, weight) + filters.sum::<usize>()
    }

    /// Returns whether a reference names this rule, by id in any case, name or title.
    pub(super) fn is_named(&self, reference: &str) -> bool {
        self.rule.id.eq_ignore_ascii_case(reference)
            || self.name.as_deref() == Some(reference)
            || self.rule.title == reference
    }

    /// Builds the search.
    pub(super) fn finish(mut self, builder: &SearchBuilder<'_>) -> Rule {
        let title = self.rule.title.clone();
        self.rule.search = match &self.aggregation {
            None => match self.condition {
                Ok(condition) => search(&title, condition, self.filters, builder),
                Err(error) => Err(error.into()),
            },
            Some((aggregation, timeframe)) => match self.filtered_condition() {
                Ok(condition) => {
                    counting_search(&title, condition, aggregation, *timeframe, builder)
                }
                Err(error) => Err(error.into()),
            },
        };
        self.rule
    }
}

/// A detection's condition, and its counting aggregation with the timeframe in seconds.
type ReadDetection = (Condition, Option<(CountAggregation, Option<u64>)>);

fn read_detection(
    node: &YamlNode,
    placeholders: Placeholders<'_>,
) -> Result<ReadDetection, SigmaError> {
    if let Some(repeated) = node.repeated_key() {
        let reason = format!("the key {} is repeated", repeated.key);
        return Err(SigmaError::new(reason, repeated.at));
    }
    let Some(detection) = node.get("detection") else {
        return Err(SigmaError::new("the rule has no detection", node.at));
    };
    let (condition, aggregation) = detection_condition(detection, placeholders)?;
    let Some(aggregation) = aggregation else { return Ok((condition, None)) };
    let timeframe = detection.get("timeframe");
    let seconds = timeframe.and_then(YamlNode::text).and_then(timespan);
    match timeframe {
        Some(timeframe) if seconds.is_none() => {
            let reason = "a timeframe is a number with s, m, h or d, such as 5m";
            Err(SigmaError::new(reason, timeframe.at))
        }
        _ => Ok((condition, Some((aggregation, seconds)))),
    }
}

/// Builds the search of a rule: rows as those of the first built-in detection, and a filter command for each filter,
/// so that the rows it removes can be counted and shown.
fn search(
    title: &str,
    condition: Condition,
    filters: Vec<(String, Condition)>,
    builder: &SearchBuilder<'_>,
) -> Result<Search, Unsupported> {
    let time = |function, name: &str| Aggregate {
        function,
        input: Some(AggregateInput::Field("_time".into())),
        name: name.into(),
    };
    let stats = Stats {
        aggregates: vec![
            Aggregate { function: Aggregation::Count, input: None, name: "count".into() },
            time(Aggregation::Min, "firstTime"),
            time(Aggregation::Max, "lastTime"),
        ],
        by: ["Computer", "EventID", "ScriptBlockText"].map(String::from).into(),
        delimiter: None,
    };
    let filters = filters.into_iter().map(|(name, condition)| Command::Filter {
        name,
        commands: vec![Command::Search(condition)],
    });
    builder.build(title, condition, filters.chain([Command::Stats(stats)]))
}
