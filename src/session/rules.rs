//! [`Rules`]: the rule set as the judge of script blocks.

use super::Config;
use super::negative_cache::Barren;
use crate::detect::Matcher;
use crate::reassemble::{BlockFilter, ScriptBlock};
use crate::report::{behind, is_disguised};
use crate::rule::RuleSet;
use crate::script;
use crate::search::{Required, Search};
use crate::sort;
use crate::text::Raw;
use crate::time::Time;
use std::cell::RefCell;

/// The searches that run, behind the one matcher that says for which of them a text is worth a look.
pub(super) struct Rules {
    pub(super) set: RuleSet,
    matcher: Matcher,
    /// By the matcher's number: the index of the rule.
    running: Vec<u32>,
    /// What is hidden in a text is searched too.
    views: bool,
    since: Option<Time>,
    until: Option<Time>,
    /// By the matcher's number: what each search was spent on.
    spent: RefCell<Vec<Spent>>,
    barren: RefCell<Barren>,
}

/// What a search was spent on: what its rule costs on the logs at hand. A block is counted each time it is looked at, so
/// these numbers depend on how the logs were divided, and stand in no report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spent {
    /// Blocks that its literals let through, and on which it was evaluated.
    pub(super) looked: u64,
    /// Those for which it held.
    pub(super) held: u64,
}

impl Rules {
    pub(super) fn of(set: RuleSet, config: &Config) -> Self {
        let searches = (0_u32..)
            .zip(&set.rules)
            .filter(|(_, rule)| !config.disabled.contains(&rule.id))
            .filter_map(|(index, rule)| Some((index, rule.search.as_ref().ok()?)));
        let (running, needs): (Vec<u32>, Vec<Required>) =
            searches.map(|(index, search)| (index, search.required())).unzip();
        let matcher = Matcher::new(&needs);
        let spent = RefCell::new(vec![Spent::default(); running.len()]);
        Self {
            set,
            matcher,
            running,
            views: config.views,
            since: config.since,
            until: config.until,
            spent,
            barren: RefCell::default(),
        }
    }

    /// What each running rule was spent on, by the index of the rule.
    pub(super) fn spent(&self) -> Vec<(u32, Spent)> {
        self.running.iter().copied().zip(self.spent.borrow().iter().copied()).collect()
    }

    /// Counts what two sessions with the same rules spent, instead of what this one has counted.
    pub(super) fn set_spent(&self, both: impl Iterator<Item = (Spent, Spent)>) {
        let sum =
            |(a, b): (Spent, Spent)| Spent { looked: a.looked + b.looked, held: a.held + b.held };
        self.spent.replace(both.map(sum).collect());
    }

    /// Begins to count anew.
    pub(super) fn forget_spent(&self) {
        self.spent.borrow_mut().fill(Spent::default());
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

impl BlockFilter for Rules {
    fn may_match(&self, text: Raw<'_>) -> bool {
        // Where no rule runs, what is behind a text is wanted by none.
        self.matcher.any(text)
            || (self.views && !self.running.is_empty() && script::is_obfuscated(text))
    }

    fn matching_rules(&self, block: &ScriptBlock) -> Vec<u32> {
        if !self.in_range(block) {
            return Vec::new();
        }
        let mut wanting = Vec::new();
        self.look(block, &mut wanting);
        if self.views && is_disguised(block) {
            self.look_behind(block, &mut wanting);
        }
        sort::sort(&mut wanting);
        wanting
    }
}

impl Rules {
    /// Adds the rules that want what a block says behind its text, and are not named yet.
    fn look_behind(&self, block: &ScriptBlock, wanting: &mut Vec<u32>) {
        if self.barren.borrow().has(&block.text) {
            return;
        }
        let mut is_barren = true;
        behind(block).for_each(|(_, behind)| is_barren &= !self.look(&behind, wanting));
        if is_barren {
            self.barren.borrow_mut().note(&block.text);
        }
    }

    /// Adds the rules that want a block and are not named yet. Whether its text is worth a look of any.
    fn look(&self, block: &ScriptBlock, wanting: &mut Vec<u32>) -> bool {
        let mut candidates = Vec::new();
        self.matcher.candidates(Raw::from(&*block.text), &mut candidates);
        let any = !candidates.is_empty();
        let mut spent = self.spent.borrow_mut();
        for candidate in candidates {
            let number = candidate as usize;
            let rule = self.running.get(number).copied();
            let Some((rule, spent)) = rule.zip(spent.get_mut(number)) else { continue };
            if wanting.contains(&rule) {
                continue;
            }
            let holds = self.search(rule).is_some_and(|search| search.holds(block));
            spent.looked += 1;
            spent.held += u64::from(holds);
            if holds {
                wanting.push(rule);
            }
        }
        any
    }
}
