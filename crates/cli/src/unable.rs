//! The message if no rule can match: "nothing found" would then say nothing about the logs.

use crate::terminal::plural;
use scriptscope::report::{Rule, RuleStatus};
use std::collections::BTreeMap;

/// Returns why no rule can match; `None` if one can. `left_out`: rules about other logs, by kind of log.
pub(crate) fn unable(rules: &[Rule], left_out: &BTreeMap<String, u64>) -> Option<String> {
    if rules.iter().any(|rule| rule.status == RuleStatus::Ran) {
        return None;
    }
    let number =
        |status: RuleStatus| rules.iter().filter(|rule| rule.status == status).count() as u64;
    let counts = [
        (number(RuleStatus::CannotMatch), "cannot match"),
        (number(RuleStatus::Refused), "refused"),
        (number(RuleStatus::Disabled), "switched off"),
        (left_out.values().sum(), "about other logs"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> =
        counts.map(|(count, words)| format!("{} {words}", plural(*count, "rule"))).collect();
    let counts = if counts.is_empty() { "none is loaded".to_owned() } else { counts.join(", ") };
    Some(format!("no rule can match, so nothing was searched for: {counts}"))
}
