//! Sigma's correlation rules: events of one or several rules within a timespan.

mod document_names;
mod parse;
mod resolver;
#[cfg(test)]
mod tests;

use self::resolver::CorrelationResolver;
use super::counting::correlation_search;
use super::document::SigmaDocument;
use super::draft::DraftRule;
use super::metadata;
use super::search_builder::SearchBuilder;
use crate::limits::SIGMA_BYTES;
use crate::rule::model::Rule;
use crate::rule::options::LevelScores;

/// Compiles correlation documents to rules.
///
/// A correlation may build on rules and on other correlations. Those make no rows of their own, and are left out here or
/// flagged as parts, unless the correlation says `generate: true`.
pub(super) fn compile(
    documents: &[&SigmaDocument],
    drafts: &mut [DraftRule],
    builder: &SearchBuilder<'_>,
    levels: &LevelScores,
) -> Vec<Rule> {
    let mut resolver = CorrelationResolver::new(documents, drafts);
    resolver.resolve_all();
    let mut rules = Vec::new();
    let mut budget = SIGMA_BYTES;
    for (index, document) in documents.iter().enumerate() {
        if resolver.is_part(index) {
            continue;
        }
        let mut rule = metadata::rule(document, levels);
        rule.search = match resolver.correlation(index) {
            Ok(correlation) => {
                for part in resolver.rules_of(index) {
                    add_part(&mut rule, &part.rule, &mut budget);
                }
                correlation_search(&rule.title, correlation, builder)
            }
            Err(error) => Err(error.into()),
        };
        rules.push(rule);
    }
    rules
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
