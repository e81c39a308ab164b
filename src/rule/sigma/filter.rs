//! Sigma filters: conditions added to other rules.

use super::document::SigmaDocument;
use super::draft::DraftRule;
use super::error::SigmaError;
use super::log_source::LogSource;
use super::resolve::detection_condition;
use super::value::Placeholders;
use super::weight::weight;
use crate::limits::SIGMA_FILTER_PREDICATES;
use crate::rule::yaml::YamlValue;

/// Bytes of a filter's source that count as one predicate: the source is copied to each rule.
const BYTES_PER_PREDICATE: usize = 64;

/// Adds a filter's condition to each rule that it names, or to all rules of its log source if it says `any`. `budget` is
/// the weight that filters may still add to all rules.
///
/// # Errors
///
/// The filter's detection is malformed, it names no rules, or the budget is exhausted.
pub(super) fn apply(
    document: &SigmaDocument,
    drafts: &mut [DraftRule],
    placeholders: Placeholders<'_>,
    budget: &mut usize,
) -> Result<(), SigmaError> {
    let Some(filter) = document.node.get("filter") else { return Ok(()) };
    let (condition, _) = detection_condition(filter, placeholders)?;
    let weight = weight(&condition) + document.text.len() / BYTES_PER_PREDICATE;
    let title = document.node.text_of("title").unwrap_or("a Sigma filter");
    let names_rules = filter
        .get("rules")
        .is_some_and(|rules| matches!(rules.value, YamlValue::Scalar { .. } | YamlValue::List(_)));
    if !names_rules {
        let reason = "a filter needs rules: a list of ids, names or titles, or any";
        return Err(SigmaError::new(reason, filter.at));
    }
    let names = filter.texts_of("rules");
    let any = names.is_empty() || names.iter().any(|name| name.eq_ignore_ascii_case("any"));
    let source = LogSource::read(&document.node);
    for draft in drafts {
        let applies = match any {
            true => source.covers(&draft.source),
            false => names.iter().any(|name| draft.is_named(name)),
        };
        if !applies {
            continue;
        }
        *budget = budget.checked_sub(weight).ok_or_else(|| {
            let reason = format!(
                "all filters together add more than {SIGMA_FILTER_PREDICATES} predicates to rules"
            );
            SigmaError::new(reason, filter.at)
        })?;
        draft.filters.push((title.to_owned(), condition.clone()));
        draft.rule.text.push_str("\n# filter\n");
        draft.rule.text.push_str(&document.text);
    }
    Ok(())
}
