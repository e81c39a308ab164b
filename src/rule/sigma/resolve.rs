//! Resolves the condition of a detection over its named selections.

use super::condition::{self, CountAggregation, SigmaCondition};
use super::detection::selection;
use super::error::{SigmaError, excerpt};
use super::value::Placeholders;
use super::value_context::ValueContext;
use super::weight::weight;
use crate::limits::SIGMA_VALUES;
use crate::rule::yaml::YamlNode;
use crate::search::Condition;

/// Compiles a detection, or the detection part of a filter, to a condition and the old counting aggregation after its
/// pipe. Of a list of conditions one has to hold.
pub(super) fn detection_condition(
    detection: &YamlNode,
    placeholders: Placeholders<'_>,
) -> Result<(Condition, Option<CountAggregation>), SigmaError> {
    let Some(node) = detection.get("condition") else {
        return Err(SigmaError::new("the detection has no condition", detection.at));
    };
    let fail = |reason: String| SigmaError::new(format!("the condition: {reason}"), node.at);
    let texts = node.texts();
    if let Some(other) = node.items().iter().find(|item| item.text().is_none()) {
        let reason = format!("the condition: its list contains {}, not text", other.type_name());
        return Err(SigmaError::new(reason, other.at));
    }
    let context = ValueContext::new(placeholders);
    let mut selections = Vec::new();
    for entry in detection.entries() {
        if !["condition", "timeframe", "rules"].contains(&entry.key.as_str()) {
            let condition = selection(&entry.node, &context)?;
            let weight = weight(&condition);
            selections.push(Selection { name: &entry.key, condition, weight });
        }
    }
    let mut resolver = ConditionResolver { selections: &selections, budget: SIGMA_VALUES };
    let mut conditions = Vec::with_capacity(texts.len());
    let mut aggregation = None;
    for text in &texts {
        let (parsed, counted) = condition::parse(text).map_err(fail)?;
        conditions.push(resolver.resolve(&parsed).map_err(fail)?);
        aggregation = aggregation.or(counted);
    }
    if aggregation.is_some() && conditions.len() > 1 {
        return Err(fail("an aggregation must be the only condition".into()));
    }
    match conditions.pop() {
        None => Err(fail("it is empty".into())),
        Some(single) if conditions.is_empty() => Ok((single, aggregation)),
        Some(last) => {
            conditions.push(last);
            Ok((Condition::Any(conditions), None))
        }
    }
}

/// A named selection of a detection.
struct Selection<'a> {
    name: &'a str,
    condition: Condition,
    weight: usize,
}

/// Replaces names by copies of their selections. A name may occur many times, so the weight of all copies is bounded.
struct ConditionResolver<'a> {
    selections: &'a [Selection<'a>],
    budget: usize,
}

impl ConditionResolver<'_> {
    fn resolve(&mut self, condition: &SigmaCondition) -> Result<Condition, String> {
        match condition {
            SigmaCondition::Name(name) => {
                let selection = self.selections.iter().find(|selection| selection.name == name);
                self.copy(selection.ok_or_else(|| format!("{} is not defined", excerpt(name)))?)
            }
            SigmaCondition::Quantified { all, pattern } => {
                let pattern = if pattern == "them" { "*" } else { pattern };
                let matching: Vec<_> = self
                    .selections
                    .iter()
                    .filter(|own| pattern.starts_with('_') || !own.name.starts_with('_'))
                    .filter(|own| condition::matches(pattern, own.name))
                    .map(|own| self.copy(own))
                    .collect::<Result<_, _>>()?;
                if matching.is_empty() {
                    return Err(format!("{} matches no name", excerpt(pattern)));
                }
                Ok(if *all { Condition::All(matching) } else { Condition::Any(matching) })
            }
            SigmaCondition::And(list) => self.resolve_all(list).map(Condition::All),
            SigmaCondition::Or(list) => self.resolve_all(list).map(Condition::Any),
            SigmaCondition::Not(inner) => Ok(Condition::Not(Box::new(self.resolve(inner)?))),
        }
    }

    fn resolve_all(&mut self, list: &[SigmaCondition]) -> Result<Vec<Condition>, String> {
        list.iter().map(|condition| self.resolve(condition)).collect()
    }

    fn copy(&mut self, selection: &Selection<'_>) -> Result<Condition, String> {
        self.budget = self.budget.checked_sub(selection.weight).ok_or_else(|| {
            format!("more than {SIGMA_VALUES} values with the names of selections written out")
        })?;
        Ok(selection.condition.clone())
    }
}
