//! Documents that are left out because they build on rules about other events than script blocks.

use super::document::OtherLogRule;
use super::document_names::{DocumentAliases, DocumentNames};
use crate::error::Problem;
use crate::rule::model::{LeftOutRule, Rule};

/// The rules that documents become.
pub(crate) struct Compiled {
    pub(crate) rules: Vec<Rule>,
    /// Correlations that build on rules about other events, and the rules that only serve them.
    pub(crate) left_out: Vec<LeftOutRule>,
}

/// Returns a rule as one that is left out.
pub(super) fn left_out(rule: &Rule, log: String) -> LeftOutRule {
    LeftOutRule {
        log,
        file: rule.file.clone().unwrap_or_default(),
        line: rule.line,
        title: rule.title.clone(),
        id: Some(rule.id.clone()).filter(|id| !id.is_empty()),
        kind: rule.kind,
    }
}

/// Returns the problem of a rule that is left out because of others.
pub(super) fn left_out_problem(rule: &Rule, reason: &str) -> Problem {
    let message = format!("{} is left out: {reason}", rule.title);
    let mut problem = Problem::info("rule-left-out", message);
    problem.file.clone_from(&rule.file);
    problem.line = Some(rule.line);
    problem
}

/// Rules about other events by their id, name and title.
pub(super) struct OtherLogRules<'a> {
    names: DocumentNames,
    rules: &'a [OtherLogRule],
}

impl<'a> OtherLogRules<'a> {
    pub(super) fn new(rules: &'a [OtherLogRule]) -> Self {
        let names = DocumentNames::new(rules.iter().map(|rule| DocumentAliases {
            id: rule.id.clone(),
            name: rule.name.clone(),
            title: rule.title.clone(),
        }));
        Self { names, rules }
    }

    /// Returns the kind of log of the rule that a reference names.
    pub(super) fn log_of(&self, reference: &str) -> Option<&'a str> {
        self.rules.get(self.names.find(reference)?).map(|rule| rule.log.as_str())
    }
}
