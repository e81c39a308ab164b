//! [`RuleFilter`]: the rule set as the filter of script blocks.

use super::negative_cache::NegativeCache;
use super::obfuscation::{is_obfuscated, views_as_blocks};
use super::prefilter::RulePrefilter;
use crate::literal::Required;
use crate::ordered::OrderedSet;
use crate::reassemble::{BlockFilter, ScriptBlock};
use crate::rule::RuleSet;
use crate::script;
use crate::search::{Assumptions, Search};
use crate::sort;
use crate::text::Raw;
use crate::time::Time;
use std::cell::RefCell;

/// The running rules of a rule set, behind one prefilter over all of them.
pub(crate) struct RuleFilter {
    rule_set: RuleSet,
    prefilter: RulePrefilter,
    /// Index in the rule set of each running rule, by its number in the prefilter.
    running: Vec<u32>,
    views: bool,
    /// Some running rule reads `_raw`.
    reads_raw: bool,
    since: Option<Time>,
    until: Option<Time>,
    /// By number in the prefilter.
    counts: RefCell<Vec<EvaluationCount>>,
    negative_cache: RefCell<NegativeCache>,
}

/// The choices of a session that decide which blocks match.
pub(crate) struct FilterOptions<'a> {
    /// Ids of rules that do not run.
    pub disabled: &'a OrderedSet<String>,
    /// The views of obfuscated texts are searched too.
    pub views: bool,
    /// Blocks logged before this time match no rule.
    pub since: Option<Time>,
    /// Blocks logged at or after this time match no rule.
    pub until: Option<Time>,
}

/// How often the search of a rule ran. A block counts each time it is evaluated, so the numbers depend on how the logs
/// were divided between sessions: no report contains them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EvaluationCount {
    /// Texts that passed the prefilter and were evaluated.
    pub evaluated: u64,
    /// Texts of these that matched.
    pub matched: u64,
}

impl RuleFilter {
    /// Compiles the prefilter of all rules that are enabled, can run and are about events 4104.
    pub(crate) fn new(rule_set: RuleSet, options: &FilterOptions<'_>) -> Self {
        let searches = (0_u32..)
            .zip(&rule_set.rules)
            .filter(|(_, rule)| !options.disabled.contains(&rule.id))
            .filter_map(|(index, rule)| Some((index, rule.search.as_ref().ok()?)))
            // A search for other events would only make every block a candidate.
            .filter(|(_, search)| {
                let nothing = |_: &str| false;
                let assumptions =
                    Assumptions { has_usual_logs: false, ..Assumptions::without(&nothing) };
                search.obstacles(assumptions).is_none()
            });
        let (running, required): (Vec<u32>, Vec<Required>) =
            searches.map(|(index, search)| (index, search.required())).unzip();
        let search = |index: &u32| rule_set.rules.get(*index as usize)?.search.as_ref().ok();
        Self {
            reads_raw: running.iter().filter_map(search).any(|search| search.reads("_raw")),
            prefilter: RulePrefilter::new(&required),
            counts: RefCell::new(vec![EvaluationCount::default(); running.len()]),
            negative_cache: RefCell::default(),
            rule_set,
            running,
            views: options.views,
            since: options.since,
            until: options.until,
        }
    }

    /// All rules, those that do not run too.
    pub(crate) fn rule_set(&self) -> &RuleSet {
        &self.rule_set
    }

    /// Whether some running rule reads `_raw`, the record as the source has it.
    pub(crate) fn reads_raw(&self) -> bool {
        self.reads_raw
    }

    /// The count of each running rule, with the rule's index in the rule set.
    pub(crate) fn counts(&self) -> Vec<(u32, EvaluationCount)> {
        self.running.iter().copied().zip(self.counts.borrow().iter().copied()).collect()
    }

    /// Replaces the counts by the sums of the counts of two sessions with the same rules.
    pub(crate) fn set_counts(
        &self,
        both: impl Iterator<Item = (EvaluationCount, EvaluationCount)>,
    ) {
        let sum = |(a, b): (EvaluationCount, EvaluationCount)| EvaluationCount {
            evaluated: a.evaluated + b.evaluated,
            matched: a.matched + b.matched,
        };
        self.counts.replace(both.map(sum).collect());
    }

    /// Sets all counts to zero.
    pub(crate) fn reset_counts(&self) {
        self.counts.borrow_mut().fill(EvaluationCount::default());
    }
}

impl BlockFilter for RuleFilter {
    /// Tests the text as its source encodes it: a rule's literals, or a sign that a view may have them.
    fn may_match(&self, text: Raw<'_>) -> bool {
        // Without a running rule no view can match.
        self.prefilter.any(text)
            || (self.views && !self.running.is_empty() && script::is_obfuscated(text))
    }

    /// Evaluates the rules that pass the prefilter on the block, and then on its views.
    fn matching_rules(&self, block: &ScriptBlock) -> Vec<u32> {
        let mut matching = Vec::new();
        if self.is_in_time_range(block) {
            self.evaluate(block, &mut matching);
            if self.views && is_obfuscated(block) {
                self.evaluate_views(block, &mut matching);
            }
            sort::sort(&mut matching);
        }
        matching
    }

    fn score(&self, rule: u32) -> i64 {
        let rule = self.rule_set.rules.get(rule as usize);
        rule.map_or(0, |rule| rule.score().hundredths())
    }
}

impl RuleFilter {
    fn is_in_time_range(&self, block: &ScriptBlock) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        // A block without a time may lie in the range. The report counts such records. A forged part with another time
        // must not take the block out of the range.
        let is_within = |time: Option<Time>| {
            time.is_none_or(|time| {
                self.since.is_none_or(|since| time >= since)
                    && self.until.is_none_or(|until| time < until)
            })
        };
        let copies = block.parts.iter().flat_map(|part| &part.copies);
        is_within(block.event.time) || copies.map(|copy| copy.time).any(is_within)
    }

    /// Adds the rules that match a block and are not in `matching` yet. Returns whether any rule passed the prefilter.
    fn evaluate(&self, block: &ScriptBlock, matching: &mut Vec<u32>) -> bool {
        let mut candidates = Vec::new();
        self.prefilter.candidates(Raw::from(&*block.text), &mut candidates);
        let mut counts = self.counts.borrow_mut();
        for candidate in &candidates {
            let number = *candidate as usize;
            let Some((&rule, count)) = self.running.get(number).zip(counts.get_mut(number)) else {
                continue;
            };
            if matching.contains(&rule) {
                continue;
            }
            let matches = self.search(rule).is_some_and(|search| search.holds(block));
            count.evaluated += 1;
            count.matched += u64::from(matches);
            if matches {
                matching.push(rule);
            }
        }
        !candidates.is_empty()
    }

    /// Adds the rules that match a view of an obfuscated block. A text none of whose views passes the prefilter is
    /// remembered.
    fn evaluate_views(&self, block: &ScriptBlock, matching: &mut Vec<u32>) {
        if self.negative_cache.borrow().contains(&block.text) {
            return;
        }
        let mut any_candidate = false;
        for (_, view) in views_as_blocks(block) {
            any_candidate |= self.evaluate(&view, matching);
        }
        if !any_candidate {
            self.negative_cache.borrow_mut().insert(&block.text);
        }
    }

    fn search(&self, rule: u32) -> Option<&Search> {
        self.rule_set.rules.get(rule as usize)?.search.as_ref().ok()
    }
}
