//! Parses the map below `correlation`: everything but the rules that it refers to.

use crate::rule::sigma::condition::{self, SigmaCondition};
use crate::rule::sigma::counting::{bound, timespan};
use crate::rule::sigma::error::{SigmaError, excerpt};
use crate::rule::yaml::{YamlEntry, YamlNode};
use crate::search::{
    Bound, Comparison, CorrelationKind, MILLION, Measure, Quantity, RuleExpr, millionths, nearest,
};

/// The keys below `correlation`. Others are refused, because a misspelt `group-by` would be another correlation.
const KEYS: [&str; 8] =
    ["aliases", "condition", "generate", "group-by", "rules", "timeframe", "timespan", "type"];

/// A correlation whose rules are still references.
pub(super) struct CorrelationSpec {
    pub(super) kind: CorrelationKind,
    pub(super) bounds: Vec<Bound>,
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
        let is_known = |entry: &&YamlEntry| KEYS.contains(&entry.key.as_str());
        if let Some(entry) = correlation.entries().iter().find(|entry| !is_known(entry)) {
            let hint = nearest(&entry.key, &KEYS).map(|name| format!(": did you mean {name}?"));
            let (key, hint) = (excerpt(&entry.key), hint.unwrap_or_default());
            return Err(SigmaError::new(
                format!("the key {key} is not known in a correlation{hint}"),
                entry.at,
            ));
        }
        let mut rules = correlation.texts_of("rules");
        let expr = match correlation.get("condition") {
            Some(condition) => expression(condition, &mut rules)?,
            None => None,
        };
        if rules.is_empty() {
            return Err(SigmaError::new("a correlation needs rules", correlation.at));
        }
        let (kind, bounds) = match expr {
            Some(expr) => (presence(correlation, expr)?, Vec::new()),
            None => kind_and_bounds(correlation, rules.len())?,
        };
        let timespan_node = correlation.get("timespan").or_else(|| correlation.get("timeframe"));
        let Some(seconds) = timespan_node.and_then(YamlNode::text).and_then(timespan) else {
            let reason = "a correlation needs a timespan such as 30s, 5m, 1h or 7d";
            return Err(SigmaError::new(reason, timespan_node.unwrap_or(correlation).at));
        };
        Ok(Self { kind, bounds, seconds, by: correlation.texts_of("group-by"), rules })
    }
}

/// Returns the field of a rule's events that a name is an alias of, or the name itself.
pub(super) fn aliased_field(correlation: &YamlNode, name: &str, rule: &str) -> String {
    let aliases = correlation.get("aliases").and_then(|aliases| aliases.get(name));
    aliases.and_then(|fields| fields.text_of(rule)).unwrap_or(name).to_owned()
}

/// Parses a condition over the names of rules, such as `a and not b`. Names that `rules` lacks are added to it. `None` if
/// the condition is a map.
fn expression(
    condition: &YamlNode,
    rules: &mut Vec<String>,
) -> Result<Option<RuleExpr>, SigmaError> {
    let Some(text) = condition.text() else { return Ok(None) };
    let fail = |reason: String| SigmaError::new(format!("the condition: {reason}"), condition.at);
    let (parsed, aggregation) = condition::parse(text).map_err(fail)?;
    if aggregation.is_some() {
        return Err(fail("an aggregation is no part of a correlation".into()));
    }
    let expr = rule_expr(&parsed, rules).map_err(fail)?;
    if expr.holds(&|_| false) {
        return Err(fail("it holds without any event: name a rule that must match".into()));
    }
    Ok(Some(expr))
}

fn rule_expr(condition: &SigmaCondition, rules: &mut Vec<String>) -> Result<RuleExpr, String> {
    let mut all = |parts: &[SigmaCondition]| -> Result<Vec<RuleExpr>, String> {
        parts.iter().map(|part| rule_expr(part, rules)).collect()
    };
    Ok(match condition {
        SigmaCondition::And(parts) => RuleExpr::All(all(parts)?),
        SigmaCondition::Or(parts) => RuleExpr::Any(all(parts)?),
        SigmaCondition::Not(part) => RuleExpr::Not(Box::new(rule_expr(part, rules)?)),
        SigmaCondition::Name(name) if name.parse::<f64>().is_ok() => {
            return Err("it is a map such as gte: 10, or names rules".into());
        }
        SigmaCondition::Name(name) => {
            let index = rules.iter().position(|rule| rule == name).unwrap_or(rules.len());
            if index == rules.len() {
                rules.push(name.clone());
            }
            RuleExpr::Rule(index)
        }
        SigmaCondition::Quantified { .. } => {
            return Err("“of” is not known in correlations: name the rules".into());
        }
    })
}

fn presence(correlation: &YamlNode, expr: RuleExpr) -> Result<CorrelationKind, SigmaError> {
    match correlation.text_of("type").unwrap_or_default() {
        "temporal" | "temporal_extended" => Ok(CorrelationKind::Presence(expr)),
        other => {
            let reason = format!(
                "the condition of {} is a map such as gte: 10: only that of temporal may name rules",
                excerpt(other)
            );
            Err(SigmaError::new(reason, correlation.get("condition").unwrap_or(correlation).at))
        }
    }
}

fn kind_and_bounds(
    correlation: &YamlNode,
    rules: usize,
) -> Result<(CorrelationKind, Vec<Bound>), SigmaError> {
    let fail = |reason: String| SigmaError::new(reason, correlation.at);
    let condition = correlation.get("condition");
    let bounds = bounds(condition)?;
    let fields = condition.map(|condition| condition.texts_of("field")).unwrap_or_default();
    let kind = correlation.text_of("type").unwrap_or_default();
    let (kind, bounds) = match kind {
        "event_count" => (CorrelationKind::Events, bounds),
        "value_count" if fields.is_empty() => {
            return Err(fail("value_count needs a field in its condition".into()));
        }
        "value_count" => (CorrelationKind::Values(fields), bounds),
        "value_sum" | "value_avg" | "value_percentile" | "value_median" => {
            let [field] = fields.as_slice() else {
                return Err(fail(format!("{kind} needs one field in its condition")));
            };
            let measure = measure(kind, condition.unwrap_or(correlation))?;
            (CorrelationKind::Numbers { field: field.clone(), measure }, bounds)
        }
        "temporal_extended" => {
            return Err(fail("temporal_extended needs a condition over the names of rules".into()));
        }
        "temporal" | "temporal_ordered" => {
            let all = i128::try_from(rules).unwrap_or(i128::MAX).saturating_mul(MILLION);
            let all = Bound::Order(Comparison::GreaterOrEqual, all);
            let bounds = if bounds.is_empty() { vec![all] } else { bounds };
            let ordered = kind == "temporal_ordered";
            // An order is complete or it is none, so only the number of all rules can be asked for.
            let holds =
                |count: usize| bounds.iter().all(|bound| bound.holds(Quantity::count(count)));
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
                "the correlation type “{}” is not known: write event_count, value_count, value_sum, value_avg, value_percentile, temporal or temporal_ordered",
                excerpt(other)
            )));
        }
    };
    if bounds.is_empty() {
        return Err(fail("the condition needs gt, gte, lt, lte, eq or neq with a number".into()));
    }
    Ok((kind, bounds))
}

/// Returns the measure of a correlation type. A percentile is given in the condition.
fn measure(kind: &str, condition: &YamlNode) -> Result<Measure, SigmaError> {
    Ok(match kind {
        "value_sum" => Measure::Sum,
        "value_avg" => Measure::Average,
        "value_median" => Measure::Percentile(50),
        _ => {
            let percent = condition.text_of("percentile").and_then(|text| text.parse().ok());
            match percent.filter(|percent| *percent <= 100) {
                Some(percent) => Measure::Percentile(percent),
                None => {
                    let reason = "value_percentile needs a percentile from 0 to 100 in its condition, such as percentile: 95";
                    return Err(SigmaError::new(
                        reason,
                        condition.get("percentile").unwrap_or(condition).at,
                    ));
                }
            }
        }
    })
}

fn bounds(condition: Option<&YamlNode>) -> Result<Vec<Bound>, SigmaError> {
    let entries = condition.map(YamlNode::entries).unwrap_or_default();
    let mut bounds = Vec::new();
    for entry in
        entries.iter().filter(|entry| !["field", "percentile"].contains(&entry.key.as_str()))
    {
        let number = entry.node.text().and_then(millionths);
        match number.and_then(|number| bound(&entry.key, number)) {
            Some(bound) => bounds.push(bound),
            None => {
                let reason =
                    format!("“{}” must be gt, gte, lt, lte, eq or neq with a number", entry.key);
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
                Bound::Order(Comparison::GreaterOrEqual, 3 * MILLION),
                Bound::Order(Comparison::Less, 9 * MILLION)
            ]
        );
    }

    #[test]
    fn temporal_needs_all_rules_by_default() {
        let spec = parse("type: temporal\nrules: [a, b]\ntimespan: 1h\n").ok().unwrap();
        assert_eq!(spec.kind, CorrelationKind::Rules { ordered: false });
        assert_eq!(spec.bounds, [Bound::Order(Comparison::GreaterOrEqual, 2 * MILLION)]);
    }

    #[test]
    fn errors_have_the_position_of_their_key() {
        for (text, line) in [
            ("type: event_count\nrules: a\ncondition: 3\ntimespan: 5m\n", 3),
            ("type: event_count\nrules: a\ncondition: {gte: 1}\ntimespan: soon\n", 4),
            ("type: event_count\nrules: a\ntimespan: 5m\ncondition:\n  gte: many\n", 5),
            ("type: event_count\nrules: a\ngroup_by: [Computer]\ntimespan: 5m\n", 3),
        ] {
            assert_eq!(parse(text).err().unwrap().at.line, line, "{text}");
        }
    }
}
