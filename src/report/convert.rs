//! Conversion of the pipeline's types to the report's.

use super::contract::{
    Attack, Cost, Finding, Number, Problem, Refused, RiskEvent, RiskObject, Rule, RuleStatus,
    ThreatObject,
};
use super::results::{ResultDraft, RuleTable};
use super::rule_status::RuleState;
use super::times::format_time;
use crate::detect::FieldCensus;
use crate::error::{self, Severity};
use crate::ordered::OrderedSet;
use crate::risk::{self, Contribution};
use crate::rule::{self, RuleSet};
use crate::search::{Search, SearchCost};
use std::collections::BTreeMap;

/// Converts the rules of a set without results, for a list of rules.
pub(crate) fn list_rules(
    rules: &RuleSet,
    disabled: &OrderedSet<String>,
    fields: &FieldCensus,
    events: u64,
) -> Vec<Rule> {
    let list = |rule: &rule::Rule| {
        let state = RuleState::new(rule, rules, !disabled.contains(&rule.id), fields, (0, events));
        convert_rule(rule, &state, &[], &[])
    };
    rules.rules.iter().map(list).collect()
}

/// Converts the rules about other logs, for a list of rules.
pub(crate) fn list_left_out(rules: &RuleSet) -> Vec<Rule> {
    rules.left_out.iter().map(convert_left_out).collect()
}

fn convert_left_out(rule: &rule::LeftOutRule) -> Rule {
    let reason = format!("{}:{} is about {}, not about event 4104", rule.file, rule.line, rule.log);
    Rule {
        id: rule.id.clone().unwrap_or_default(),
        title: rule.title.clone(),
        kind: rule.kind.to_string(),
        rule_type: None,
        level: None,
        enabled: false,
        status: RuleStatus::NotApplicable,
        status_reason: Some(reason),
        refused: None,
        columns: Vec::new(),
        matched: 0,
        matched_in_views: 0,
        rows: 0,
        dropped: 0,
        suppressed: 0,
        cost: Cost::from(SearchCost::default()),
        attack: Vec::new(),
        stories: Vec::new(),
        description: None,
        false_positives: None,
        references: Vec::new(),
    }
}

/// Converts a rule with its results. `tables` has the table over texts as logged, then the one over views; `rows` are the
/// rows of both, after the allow-list.
pub(super) fn convert_rule(
    rule: &rule::Rule,
    state: &RuleState,
    tables: &[RuleTable<'_>],
    rows: &[ResultDraft<'_>],
) -> Rule {
    let columns = rule.search.as_ref().map(Search::columns).unwrap_or_default();
    let matched = |place: usize| tables.get(place).map_or(0, |found| found.table.matched);
    let cost = rule.search.as_ref().map(Search::cost).unwrap_or_default();
    Rule {
        id: rule.id.clone(),
        title: rule.title.clone(),
        kind: rule.kind.to_string(),
        rule_type: rule.rule_type.map(|own| own.to_string()),
        level: rule.level.clone(),
        enabled: state.status == RuleStatus::Ran,
        status: state.status,
        status_reason: state.reason.clone(),
        refused: rule.search.as_ref().err().map(|refusal| Refused {
            reason: refusal.reason.clone(),
            line: refusal.line,
            column: refusal.column,
        }),
        columns,
        matched: matched(0),
        matched_in_views: matched(1),
        rows: rows.len() as u64,
        dropped: tables.iter().map(|found| found.table.dropped).sum(),
        suppressed: rows.iter().filter(|own| own.suppressed_by.is_some()).count() as u64,
        cost: Cost::from(cost),
        attack: rule
            .attack
            .iter()
            .map(|attack| Attack {
                technique: attack.technique.clone(),
                name: rule::attack_name(&attack.technique),
                tactics: attack.tactics.clone(),
            })
            .collect(),
        stories: rule.stories.clone(),
        description: rule.description.clone(),
        false_positives: rule.false_positives.clone(),
        references: rule.references.clone(),
    }
}

/// `not_kept`: for each rule the number of the object's blocks that are not kept.
pub(super) fn convert_object(
    object: &risk::RankedObject<'_>,
    not_kept: BTreeMap<String, u64>,
) -> RiskObject {
    RiskObject {
        object: object.object.clone(),
        name: object.name.clone(),
        kind: object.kind.to_string(),
        distinct_score: Number(object.distinct.score.hundredths()),
        distinct_first_time: format_time(object.distinct.times.map(|(first, _)| first)),
        distinct_last_time: format_time(object.distinct.times.map(|(_, last)| last)),
        score: Number(object.score.hundredths()),
        first_time: format_time(object.first),
        last_time: format_time(object.last),
        tactics: object.tactics.clone(),
        not_kept,
        events: object.contributions.iter().map(|own| convert_contribution(own, object)).collect(),
    }
}

fn convert_contribution(
    contribution: &Contribution<'_>,
    object: &risk::RankedObject<'_>,
) -> RiskEvent {
    RiskEvent {
        result_id: contribution.result.clone(),
        rule_id: contribution.rule.clone(),
        score: Number(contribution.score().hundredths()),
        factor: contribution.factor,
        factor_reason: object.factor_reason.map(str::to_owned),
        result_kept: true,
        time: format_time(contribution.event.time),
        message: contribution.event.message.clone(),
        threat_objects: contribution
            .event
            .threats
            .iter()
            .map(|threat| ThreatObject {
                field: threat.field.clone(),
                kind: threat.kind.clone(),
                value: threat.value.clone(),
            })
            .collect(),
    }
}

pub(super) fn convert_finding(finding: risk::ObjectFinding) -> Finding {
    Finding {
        rule: finding.rule.to_owned(),
        object: finding.object,
        kind: finding.kind.to_string(),
        score: Number(finding.score.hundredths()),
        severity: finding.severity.to_owned(),
        first_time: finding.first.to_string(),
        last_time: finding.last.to_string(),
        tactics: finding.tactics,
        results: finding.results,
    }
}

pub(super) fn convert_problem(problem: &error::Problem, source: Option<&str>) -> Problem {
    Problem {
        source: source.map(str::to_owned).or_else(|| problem.file.clone()),
        rule: problem.rule.clone(),
        severity: match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        },
        code: problem.code.to_string(),
        message: problem.message.clone(),
        offset: problem.offset,
        line: problem.line,
        column: problem.column,
        record: problem.record.clone(),
    }
}
