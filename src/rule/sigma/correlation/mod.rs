//! Sigma's correlation rules: events of one or several rules within a timespan.

mod parse;
mod resolver;
#[cfg(test)]
mod tests;

use self::resolver::CorrelationResolver;
use super::counting::correlation_search;
use super::document::SigmaDocument;
use super::draft::{DraftRule, Role};
use super::error::SigmaError;
use super::left_out::{Compiled, OtherLogRules, left_out, left_out_problem};
use super::metadata;
use super::search_builder::SearchBuilder;
use crate::error::Problem;
use crate::limits::SIGMA_BYTES;
use crate::rule::model::Rule;
use crate::rule::options::LevelScores;

/// Compiles correlation documents to rules.
///
/// A correlation may build on rules and on other correlations. Those make no rows of their own, and are left out here or
/// flagged as parts, unless the correlation says `generate: true`. If it cannot run, the rules that only serve it do not
/// run alone instead: they say so.
pub(super) fn compile(
    documents: &[&SigmaDocument],
    drafts: &mut [DraftRule],
    others: &OtherLogRules<'_>,
    builder: &SearchBuilder<'_>,
    levels: &LevelScores,
    problems: &mut Vec<Problem>,
) -> Compiled {
    let mut resolver = CorrelationResolver::new(documents, drafts, others);
    resolver.resolve_all();
    let roles = resolver.roles();
    let mut compiled = Compiled { rules: Vec::new(), left_out: Vec::new() };
    let mut budget = SIGMA_BYTES;
    for (index, (document, role)) in documents.iter().zip(roles.correlations).enumerate() {
        let mut rule = metadata::rule(document, levels);
        let result = match role {
            Role::Part => continue,
            Role::Alone => resolver.correlation(index),
            Role::PartOfRefused(reason) => Err(SigmaError::new(reason, document.node.at)),
            Role::PartOfLeftOut { log, reason } => {
                let at = document.node.at;
                Err(SigmaError { other_log: Some(log), ..SigmaError::new(reason, at) })
            }
        };
        rule.search = match result {
            Ok(correlation) => {
                for part in resolver.rules_of(index) {
                    add_part(&mut rule, &part.rule, &mut budget);
                }
                correlation_search(&rule.title, correlation, builder)
            }
            Err(SigmaError { other_log: Some(log), reason, .. }) => {
                problems.push(left_out_problem(&rule, &reason));
                compiled.left_out.push(left_out(&rule, log));
                continue;
            }
            Err(error) => Err(error.into()),
        };
        compiled.rules.push(rule);
    }
    for (draft, role) in drafts.iter_mut().zip(roles.drafts) {
        draft.role = role;
    }
    compiled
}

/// Adds the text and techniques of a rule that a correlation builds on. Texts are left out once the budget of bytes for
/// all correlations is used.
fn add_part(rule: &mut Rule, part: &Rule, budget: &mut usize) {
    if let Some(rest) = budget.checked_sub(part.title.len() + part.text.len()) {
        *budget = rest;
        rule.text.push_str(&format!("\n# {}\n{}", part.title, part.text));
    }
    for attack in &part.attack {
        if !rule.attack.contains(attack) {
            rule.attack.push(attack.clone());
        }
    }
}
