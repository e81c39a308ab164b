//! Sigma filters: conditions added to other rules.

use super::document::SigmaDocument;
use super::draft::DraftRule;
use super::error::{SigmaError, excerpt};
use super::left_out::OtherLogRules;
use super::log_source::LogSource;
use super::resolve::detection_condition;
use super::value::Placeholders;
use super::weight::weight;
use crate::error::Problem;
use crate::limits::SIGMA_FILTER_PREDICATES;
use crate::rule::yaml::{Position, YamlValue};

/// Bytes of a filter's source that count as one predicate: the source is copied to each rule.
const BYTES_PER_PREDICATE: usize = 64;

/// Adds a filter's condition to each rule that it names, or to all rules of its log source if it says `any`. `budget` is
/// the weight that filters may still add to all rules. A filter that is malformed, or that refers to rules that are not
/// loaded, becomes a problem.
pub(super) fn apply(
    document: &SigmaDocument,
    drafts: &mut [DraftRule],
    others: &OtherLogRules<'_>,
    placeholders: Placeholders<'_>,
    budget: &mut usize,
    problems: &mut Vec<Problem>,
) {
    let title = document.node.text_of("title").unwrap_or("a Sigma filter");
    let mut report = |problem: Problem, at: Position| {
        problems.push(problem.file(&document.file).line(at.line, at.column));
    };
    let applied = match try_apply(document, title, drafts, placeholders, budget) {
        Ok(applied) => applied,
        Err(error) => {
            let message = format!("the filter is not applied: {}", error.reason);
            return report(Problem::error("filter-refused", message), error.at);
        }
    };
    let at = applied.at;
    if applied.unknown.is_empty() && applied.count == 0 {
        let message = format!("the filter {title} applies to no rule that is loaded");
        return report(Problem::info("filter-unused", message), at);
    }
    let rest =
        if applied.count == 0 { "and is left out" } else { "and applies to the others only" };
    let (other, missing): (Vec<&String>, Vec<&String>) =
        applied.unknown.iter().partition(|name| others.log_of(name).is_some());
    if !missing.is_empty() {
        let names = list(missing.into_iter().map(|name| excerpt(name)));
        let message = format!(
            "the filter {title} names rules that are not loaded ({names}), {rest}: add their files"
        );
        report(Problem::warning("filter-unknown-rule", message), at);
    }
    if !other.is_empty() {
        let names =
            list(other.into_iter().map(|name| {
                format!("{}: {}", excerpt(name), others.log_of(name).unwrap_or_default())
            }));
        let message = format!(
            "the filter {title} names rules about other logs than script blocks ({names}), {rest}"
        );
        report(Problem::info("filter-left-out", message), at);
    }
}

/// Names that a message lists.
const LISTED: usize = 8;

fn list(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.take(LISTED + 1).collect();
    if names.len() > LISTED {
        names.truncate(LISTED);
        names.push("…".into());
    }
    names.join(", ")
}

/// What a filter was applied to.
struct Applied {
    /// The number of rules.
    count: usize,
    /// References that name no loaded rule.
    unknown: Vec<String>,
    /// The position of its references.
    at: Position,
}

/// # Errors
///
/// The filter's detection is malformed, it names no rules, or the budget is exhausted.
fn try_apply(
    document: &SigmaDocument,
    title: &str,
    drafts: &mut [DraftRule],
    placeholders: Placeholders<'_>,
    budget: &mut usize,
) -> Result<Applied, SigmaError> {
    let node = &document.node;
    let Some(filter) = node.get("filter") else {
        return Err(SigmaError::new("it has no filter", node.at));
    };
    if let Some(repeated) = node.repeated_key() {
        return Err(SigmaError::new(format!("the key {} is repeated", repeated.key), repeated.at));
    }
    let (condition, _) = detection_condition(filter, placeholders)?;
    let weight = weight(&condition) + document.text.len() / BYTES_PER_PREDICATE;
    let rules = filter
        .get("rules")
        .filter(|rules| matches!(rules.value, YamlValue::Scalar { .. } | YamlValue::List(_)));
    let Some(rules) = rules else {
        let reason = "a filter needs rules: a list of ids, names or titles, or any";
        return Err(SigmaError::new(reason, filter.at));
    };
    let names = rules.texts();
    let any = names.is_empty() || names.iter().any(|name| name.eq_ignore_ascii_case("any"));
    let source = LogSource::read(node);
    let mut count = 0;
    let mut is_known = vec![any; names.len()];
    for draft in drafts {
        let mut applies = any && source.covers(&draft.source);
        for (name, is_known) in names.iter().zip(&mut is_known).filter(|_| !any) {
            let is_named = draft.is_named(name);
            *is_known |= is_named;
            applies |= is_named;
        }
        if !applies {
            continue;
        }
        *budget = budget.checked_sub(weight).ok_or_else(|| {
            let reason = format!(
                "all filters together add more than {SIGMA_FILTER_PREDICATES} predicates to rules"
            );
            SigmaError::new(reason, filter.at)
        })?;
        count += 1;
        draft.filters.push((title.to_owned(), condition.clone()));
        draft.rule.text.push_str("\n# filter\n");
        draft.rule.text.push_str(&document.text);
    }
    let unknown = names.into_iter().zip(is_known).filter(|(_, is_known)| !is_known);
    Ok(Applied { count, unknown: unknown.map(|(name, _)| name).collect(), at: rules.at })
}
