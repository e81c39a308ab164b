//! [`RuleSet`]: the result of loading rule files.

use super::assets::Assets;
use super::hash::rule_set_hash;
use super::knowledge_objects::Definitions;
use super::model::{LeftOutRule, Rule, Story, WordPlace};
use crate::error::Problem;
use crate::ordered::OrderedMap;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The loaded rules and the problems found in their files.
pub struct RuleSet {
    /// All rules, sorted by id. Each id occurs once.
    pub rules: Vec<Rule>,
    /// Analytic stories, sorted by name.
    pub stories: Vec<Story>,
    /// Rules about other events, sorted by kind of log, file and line.
    pub left_out: Vec<LeftOutRule>,
    /// Names of the files without a rule, macro, lookup or story, sorted.
    pub files_without_rules: Vec<String>,
    /// For each rule that may be unable to match, the places of the words that decide it, by the rule's id.
    pub(crate) places: OrderedMap<String, Vec<WordPlace>>,
    /// Names that belong to the same machine.
    pub assets: Assets,
    /// Problems, sorted by file and position.
    pub problems: Vec<Problem>,
    /// The macros and tables of the files, to validate another file against them.
    pub(crate) definitions: Definitions,
    /// Made when first asked for.
    pub(super) hash: OnceLock<String>,
}

impl RuleSet {
    /// Returns the SHA-256 in hex over everything that decides results: rules, macros, lookups. It does not depend on the
    /// order or the names of files, nor on the platform.
    pub fn hash(&self) -> &str {
        self.hash.get_or_init(|| rule_set_hash(&self.rules, &self.definitions))
    }

    /// Returns the number of rules that were left out, by kind of log.
    pub(crate) fn left_out_by_log(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for rule in &self.left_out {
            *counts.entry(rule.log.clone()).or_default() += 1;
        }
        counts
    }

    /// Returns the place in its file of the first of these words that decide whether a rule can match.
    pub(crate) fn place_of(&self, rule: &str, words: &[&str]) -> Option<&WordPlace> {
        let places = self.places.get(rule)?;
        words.iter().find_map(|word| places.iter().find(|place| place.word == *word))
    }
}
