//! Sigma's rules, correlation rules and filters, compiled to the same searches that Splunk's rules become.
//!
//! ```text
//! SigmaDocument ─┬─ detection ──▶ DraftRule ◀─ adds its condition ─ filter
//!                │                  │  └────── search_builder ───────────────▶ Rule
//!                └─ correlation ────┴─ counting: events of the rules it names ▶ Rule
//! ```
//!
//! A rule that only serves correlation rules makes no rows of its own.

mod condition;
mod correlation;
mod counting;
mod detection;
mod document;
mod draft;
mod error;
mod filter;
mod log_source;
mod metadata;
mod modifier;
mod plain_value;
mod resolve;
mod search_builder;
#[cfg(test)]
mod tests;
mod value;
mod value_context;
mod weight;

pub(crate) use document::{Action, SigmaDocument, action, ignores_global, is_sigma};

use self::document::SigmaDocumentKind;
use self::draft::DraftRule;
use self::search_builder::SearchBuilder;
use self::value::Placeholders;
use super::model::Rule;
use super::options::LevelScores;
use crate::error::Problem;
use crate::limits::SIGMA_FILTER_PREDICATES;
use crate::search::Library;

/// Compiles all documents to rules. A document that cannot be compiled becomes an unsupported rule, and a filter a
/// problem.
pub(crate) fn compile(
    documents: Vec<SigmaDocument>,
    library: &Library,
    placeholders: Placeholders<'_>,
    levels: &LevelScores,
    problems: &mut Vec<Problem>,
) -> Vec<Rule> {
    let of_kind = |kind: SigmaDocumentKind| documents.iter().filter(move |own| own.kind == kind);
    let mut drafts: Vec<_> = of_kind(SigmaDocumentKind::Detection)
        .map(|document| DraftRule::read(document, placeholders, levels))
        .collect();
    let rules = documents.iter().filter(|own| own.kind != SigmaDocumentKind::Filter);
    problems.extend(rules.flat_map(metadata::problems));
    let mut budget = SIGMA_FILTER_PREDICATES;
    for document in of_kind(SigmaDocumentKind::Filter) {
        if let Err(error) = filter::apply(document, &mut drafts, placeholders, &mut budget) {
            let message = format!("the filter is not applied: {}", error.reason);
            let problem = Problem::error("filter-refused", message).file(&document.file);
            problems.push(problem.line(error.at.line, error.at.column));
        }
    }
    let correlations: Vec<&SigmaDocument> = of_kind(SigmaDocumentKind::Correlation).collect();
    let builder = SearchBuilder::new(library);
    let correlations = correlation::compile(&correlations, &mut drafts, &builder, levels);
    let mut rules: Vec<Rule> = drafts
        .into_iter()
        .filter(|draft| !draft.is_part)
        .map(|draft| draft.finish(&builder))
        .collect();
    rules.extend(correlations);
    rules
}
