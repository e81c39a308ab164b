//! The loop that analysts live in: rules and allow-lists looked at, tried and kept without reading the logs again.

use super::Session;
use crate::error::Error;
use crate::report::{self, AllowEntry, AllowList, AllowListFormat, Preview, Proposal, RuleCheck};
use crate::rule::{RuleFile, validate};
use crate::script;
use serde::Serialize;

/// What a rule was spent on so far. Unlike a report's numbers these depend on how the logs were divided: a block that
/// was looked at again counts again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleCost {
    /// The rule.
    pub id: String,
    /// Script blocks that its literals let through, and on which its search was evaluated.
    pub looked: u64,
    /// Those for which it held.
    pub held: u64,
}

/// A script's text, or one that is hidden in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TextView {
    /// `plain`, `layer 1`, `layer 1 plain` …
    pub view: String,
    /// What it says.
    pub text: String,
}

impl Session {
    /// Replaces the allow-list. Reports that are made from now on keep to it; nothing is read again, and
    /// partial results are not touched by it.
    pub fn set_allow_list(&mut self, entries: Vec<AllowEntry>) -> Result<(), Error> {
        self.allow = AllowList::new(entries)?;
        Ok(())
    }

    /// The entries that can be made from a result: by its computer, user, script, path or text.
    pub fn proposals(&mut self, result: &str) -> Vec<Proposal> {
        report::proposals(&self.inputs(), result)
    }

    /// What an entry would hide. Nothing is changed.
    pub fn preview(&mut self, entry: AllowEntry) -> Result<Preview, Error> {
        report::preview(&self.inputs(), entry)
    }

    /// The allow-list in a form that another tool or session reads.
    pub fn export_allow_list(&self, format: AllowListFormat) -> String {
        self.allow.export(format, self.rules.rule_set())
    }

    /// What each rule that runs was spent on.
    pub fn costs(&self) -> Vec<RuleCost> {
        let cost = |(rule, spent): (u32, crate::detect::EvaluationCount)| {
            let id = self.rules.rule_set().rules.get(rule as usize)?.id.clone();
            Some(RuleCost { id, looked: spent.evaluated, held: spent.matched })
        };
        self.rules.counts().into_iter().filter_map(cost).collect()
    }

    /// Loads one rule file beside the session's macros and lookup tables, for an editor. The session itself
    /// goes on with the rules it has.
    pub fn check_rule(&self, file: &RuleFile) -> RuleCheck {
        RuleCheck::from(&validate(file, self.rules.rule_set(), &self.config.rule_options()))
    }

    /// The texts that are hidden in a script block's text, the outermost first.
    pub fn views(&mut self, id: &str) -> Vec<TextView> {
        let text = self.text(id, None).unwrap_or_default();
        let views = script::views(&text).into_iter();
        views.map(|view| TextView { view: view.name, text: view.text }).collect()
    }

    /// The text of a script block that results name, or of one of its views.
    pub fn text(&mut self, id: &str, view: Option<&str>) -> Option<String> {
        let text = self.block(id)?.text;
        let Some(name) = view.filter(|name| *name != "original") else {
            return Some(text.as_ref().to_owned());
        };
        script::views(&text).into_iter().find(|view| view.name == name).map(|view| view.text)
    }
}
