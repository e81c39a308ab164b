//! A sliding window over contributions, with its sums kept up to date.

use super::contribution::Contribution;
use crate::rule::Score;
use std::collections::HashMap;

/// The sums over the contributions in a window. Adding and removing one takes time in its own size only.
#[derive(Default)]
pub(super) struct SlidingWindow<'a> {
    hundredths: i64,
    /// The number of contributions of each tactic.
    tactics: HashMap<&'a str, usize>,
    /// The number of contributions of each rule.
    rules: HashMap<&'a str, usize>,
}

impl<'a> SlidingWindow<'a> {
    /// Returns the sum of the scores.
    pub(super) fn score(&self) -> Score {
        Score::from_hundredths(self.hundredths)
    }

    /// Returns the number of different tactics.
    pub(super) fn tactics(&self) -> usize {
        self.tactics.len()
    }

    /// Returns the number of different rules.
    pub(super) fn rules(&self) -> usize {
        self.rules.len()
    }

    pub(super) fn add(&mut self, contribution: &'a Contribution<'_>) {
        self.hundredths += contribution.score().hundredths();
        *self.rules.entry(contribution.rule).or_default() += 1;
        for tactic in contribution.tactics {
            *self.tactics.entry(tactic).or_default() += 1;
        }
    }

    /// Removes a contribution that was added.
    pub(super) fn remove(&mut self, contribution: &'a Contribution<'_>) {
        self.hundredths -= contribution.score().hundredths();
        decrement(&mut self.rules, contribution.rule);
        for tactic in contribution.tactics {
            decrement(&mut self.tactics, tactic);
        }
    }
}

fn decrement<'a>(counts: &mut HashMap<&'a str, usize>, key: &'a str) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}
