//! Tactics of rules, and sorted sets of names.

use crate::rule::Rule;
use crate::sort;
use std::collections::HashSet;

/// Returns the tactics of a rule, each once, sorted.
pub(crate) fn rule_tactics(rule: &Rule) -> Vec<String> {
    sorted_set(rule.attack.iter().flat_map(|attack| &attack.tactics))
}

/// Returns names sorted, each once.
pub(super) fn sorted_set<'a, T: AsRef<str> + ?Sized + 'a>(
    names: impl IntoIterator<Item = &'a T>,
) -> Vec<String> {
    let unique: HashSet<&str> = names.into_iter().map(AsRef::as_ref).collect();
    let mut all: Vec<&str> = unique.into_iter().collect();
    sort::sort(&mut all);
    all.into_iter().map(str::to_owned).collect()
}
