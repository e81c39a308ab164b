//! Parses the map below `correlation`: everything but the rules that it refers to.

use crate::rule::sigma::counting::{count_bound, timespan};
use crate::rule::sigma::error::SigmaError;
use crate::rule::yaml::YamlNode;
use crate::search::{Comparison, CorrelationKind, CountBound};

/// A correlation whose rules are still references.
pub(super) struct CorrelationSpec {
    pub(super) kind: CorrelationKind,
    pub(super) bounds: Vec<CountBound>,
    pub(super) seconds: u64,
    pub(super) by: Vec<String>,
    /// References to rules, by id, name or title.
    pub(super) rules: Vec<String>,
}

impl CorrelationSpec {
    /// # Errors
    ///
    /// A missing or malformed key, or an unknown type.
    pub(super) fn parse(correlation: &YamlNode) -> Result<Self, SigmaError> {
        let rules = correlation.texts_of("rules");
        if rules.is_empty() {
            return Err(SigmaError::new("a correlation needs rules", correlation.at));
        }
        let (kind, bounds) = kind_and_bounds(correlation, rules.len())?;
        let timespan_node = correlation.get("timespan").or_else(|| correlation.get("timeframe"));
        let Some(seconds) = timespan_node.and_then(YamlNode::text).and_then(timespan) else {
            let reason = "a correlation needs a timespan such as 30s, 5m, 1h or 7d";
            return Err(SigmaError::new(reason, timespan_node.unwrap_or(correlation).at));
        };
        Ok(Self { kind, bounds, seconds, by: correlation.texts_of("group-by"), rules })
    }
}

/// Returns the field of a rule's events that a group's name is an alias of, or the name itself.
pub(super) fn aliased_field(correlation: &YamlNode, group: &str, rule: &str) -> String {
    let aliases = correlation.get("aliases").and_then(|aliases| aliases.get(group));
    aliases.and_then(|fields| fields.text_of(rule)).unwrap_or(group).to_owned()
}

fn kind_and_bounds(
    correlation: &YamlNode,
    rules: usize,
) -> Result<(CorrelationKind, Vec<CountBound>), SigmaError> {
    let fail = |reason: String| SigmaError::new(reason, correlation.at);
    let condition = correlation.get("condition");
    let bounds = count_bounds(condition)?;
    let fields = condition.map(|condition| condition.texts_of("field")).unwrap_or_default();
    let (kind, bounds) = match correlation.text_of("type").unwrap_or_default() {
        "event_count" => (CorrelationKind::Events, bounds),
        "value_count" if fields.is_empty() => {
            return Err(fail("value_count needs a field in its condition".into()));
        }
        "value_count" => (CorrelationKind::Values(fields), bounds),
        word @ ("temporal" | "temporal_ordered") => {
            let all = CountBound::Order(Comparison::GreaterOrEqual, rules as u64);
            let bounds = if bounds.is_empty() { vec![all] } else { bounds };
            let ordered = word == "temporal_ordered";
            // An order is complete or it is none, so only the number of all rules can be asked for.
            let holds = |count: usize| bounds.iter().all(|bound| bound.holds(count));
            if ordered && (0..=rules).any(|count| holds(count) != (count == rules)) {
                let reason = format!(
                    "temporal_ordered matches all of its rules: its condition can only be gte: {rules}"
                );
                return Err(SigmaError::new(reason, condition.unwrap_or(correlation).at));
            }
            (CorrelationKind::Rules { ordered }, bounds)
        }
        other => {
            return Err(fail(format!(
                "the correlation type “{other}” is not supported: write event_count, value_count, temporal or temporal_ordered"
            )));
        }
    };
    if bounds.is_empty() {
        return Err(fail("the condition needs gt, gte, lt, lte or eq with a number".into()));
    }
    Ok((kind, bounds))
}

fn count_bounds(condition: Option<&YamlNode>) -> Result<Vec<CountBound>, SigmaError> {
    let Some(condition) = condition else { return Ok(Vec::new()) };
    if condition.text().is_some() {
        let reason = "the condition of a correlation is a map such as gte: 10";
        return Err(SigmaError::new(reason, condition.at));
    }
    let mut bounds = Vec::new();
    for entry in condition.entries().iter().filter(|entry| entry.key != "field") {
        let number = entry.node.text().and_then(|text| text.parse().ok());
        match number.and_then(|number| count_bound(&entry.key, number)) {
            Some(bound) => bounds.push(bound),
            None => {
                let reason =
                    format!("“{}” must be gt, gte, lt, lte or eq with a number", entry.key);
                return Err(SigmaError::new(reason, entry.at));
            }
        }
    }
    Ok(bounds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::yaml::parse_all;

    fn parse(text: &str) -> Result<CorrelationSpec, SigmaError> {
        CorrelationSpec::parse(&parse_all(text).next().unwrap().unwrap())
    }

    #[test]
    fn a_correlation() {
        let text = "type: event_count\nrules: a\ngroup-by: [c]\ntimespan: 5m\ncondition: {gte: 3, lt: 9}\n";
        let spec = parse(text).unwrap_or_else(|error| panic!("{}", error.reason));
        assert_eq!((spec.kind, spec.seconds), (CorrelationKind::Events, 300));
        assert_eq!((spec.rules, spec.by), (vec!["a".to_owned()], vec!["c".to_owned()]));
        assert_eq!(
            spec.bounds,
            [
                CountBound::Order(Comparison::GreaterOrEqual, 3),
                CountBound::Order(Comparison::Less, 9)
            ]
        );
    }

    #[test]
    fn temporal_needs_all_rules_by_default() {
        let spec = parse("type: temporal\nrules: [a, b]\ntimespan: 1h\n").ok().unwrap();
        assert_eq!(spec.kind, CorrelationKind::Rules { ordered: false });
        assert_eq!(spec.bounds, [CountBound::Order(Comparison::GreaterOrEqual, 2)]);
    }

    #[test]
    fn errors_have_the_position_of_their_key() {
        for (text, line) in [
            ("type: event_count\nrules: a\ncondition: 3\ntimespan: 5m\n", 3),
            ("type: event_count\nrules: a\ncondition: {gte: 1}\ntimespan: soon\n", 4),
            ("type: event_count\nrules: a\ntimespan: 5m\ncondition:\n  gte: many\n", 5),
        ] {
            assert_eq!(parse(text).err().unwrap().at.line, line, "{text}");
        }
    }
}
