//! [`Rules`]: the rule set as the judge of script blocks.

use super::Config;
use crate::detect::Matcher;
use crate::reassemble::{Judge, ScriptBlock};
use crate::rule::RuleSet;
use crate::search::{Required, Search};
use crate::text::Raw;
use crate::time::Time;

/// The searches that run, behind the one matcher that says for which of them a text is worth a look.
pub(super) struct Rules {
    pub(super) set: RuleSet,
    matcher: Matcher,
    /// By the matcher's number: the index of the rule.
    running: Vec<u32>,
    since: Option<Time>,
    until: Option<Time>,
}

impl Rules {
    pub(super) fn of(set: RuleSet, config: &Config) -> Self {
        let searches = (0_u32..)
            .zip(&set.rules)
            .filter(|(_, rule)| !config.disabled.contains(&rule.id))
            .filter_map(|(index, rule)| Some((index, rule.search.as_ref().ok()?)));
        let (running, clauses): (Vec<u32>, Vec<Option<Vec<String>>>) = searches
            .map(|(index, search)| match search.required() {
                Required::Any(literals) => (index, Some(literals)),
                Required::Nothing => (index, None),
            })
            .unzip();
        let matcher = Matcher::new(&clauses);
        Self { set, matcher, running, since: config.since, until: config.until }
    }

    fn search(&self, rule: u32) -> Option<&Search> {
        self.set.rules.get(rule as usize)?.search.as_ref().ok()
    }

    fn in_range(&self, block: &ScriptBlock) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        block.event.time.is_some_and(|time| {
            self.since.is_none_or(|since| time >= since)
                && self.until.is_none_or(|until| time < until)
        })
    }
}

impl Judge for Rules {
    fn may_want(&self, text: Raw<'_>) -> bool {
        self.matcher.any(text)
    }

    fn wants(&self, block: &ScriptBlock) -> Vec<u32> {
        if !self.in_range(block) {
            return Vec::new();
        }
        let mut candidates = Vec::new();
        self.matcher.candidates(Raw::from(block.text.as_str()), &mut candidates);
        candidates
            .into_iter()
            .filter_map(|candidate| self.running.get(candidate as usize).copied())
            .filter(|rule| self.search(*rule).is_some_and(|search| search.holds(block)))
            .collect()
    }
}
