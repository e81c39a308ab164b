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
mod document_names;
mod draft;
mod error;
mod filter;
mod left_out;
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

pub(crate) use document::{Action, OtherLogRule, SigmaDocument, action, ignores_global, is_sigma};

use self::document::SigmaDocumentKind;
use self::draft::{DraftRule, Role};
use self::left_out::{Compiled, OtherLogRules, left_out, left_out_problem};
use self::search_builder::SearchBuilder;
use self::value::Placeholders;
use super::model::{Rule, Unsupported};
use super::options::LevelScores;
use crate::error::Problem;
use crate::limits::SIGMA_FILTER_PREDICATES;
use crate::search::Library;

/// Compiles all documents to rules. A document that cannot be compiled becomes an unsupported rule, and a filter a
/// problem. `others` are rules about other events, to which documents may refer.
pub(crate) fn compile(
    documents: Vec<SigmaDocument>,
    others: &[OtherLogRule],
    library: &Library,
    placeholders: Placeholders<'_>,
    levels: &LevelScores,
    problems: &mut Vec<Problem>,
) -> Compiled {
    let of_kind = |kind: SigmaDocumentKind| documents.iter().filter(move |own| own.kind == kind);
    let mut drafts: Vec<_> = of_kind(SigmaDocumentKind::Detection)
        .map(|document| DraftRule::read(document, placeholders, levels))
        .collect();
    let rules = documents.iter().filter(|own| own.kind != SigmaDocumentKind::Filter);
    problems.extend(rules.flat_map(metadata::problems));
    let others = OtherLogRules::new(others);
    let mut budget = SIGMA_FILTER_PREDICATES;
    for document in of_kind(SigmaDocumentKind::Filter) {
        filter::apply(document, &mut drafts, &others, placeholders, &mut budget, problems);
    }
    let correlations: Vec<&SigmaDocument> = of_kind(SigmaDocumentKind::Correlation).collect();
    let builder = SearchBuilder::new(library);
    let mut compiled =
        correlation::compile(&correlations, &mut drafts, &others, &builder, levels, problems);
    for draft in drafts {
        match draft.role.clone() {
            Role::Alone => compiled.rules.push(draft.finish(&builder)),
            Role::Part => {}
            // A rule that cannot run itself is listed with its own reason.
            Role::PartOfRefused(_) if draft.filtered_condition().is_err() => {
                compiled.rules.push(draft.finish(&builder));
            }
            Role::PartOfRefused(reason) => {
                let rule = draft.rule;
                let unsupported = Unsupported { reason, line: Some(rule.line), column: None };
                compiled.rules.push(Rule { search: Err(unsupported), ..rule });
            }
            Role::PartOfLeftOut { log, reason } => {
                problems.push(left_out_problem(&draft.rule, &reason));
                compiled.left_out.push(left_out(&draft.rule, log));
            }
        }
    }
    compiled
}
