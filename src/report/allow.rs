//! [`AllowList`]: expected results, which make no risk.
//!
//! An allow-list is applied when a report is made, never while logs are read: it can change without reading them again, and
//! is not part of the rule set. A result that it hides stays in the report, with the name of the entry that hides it.

use crate::error::Error;
use crate::limits;
use crate::search::{Condition, Library, RowWithBlock, Search};
use serde::{Deserialize, Serialize};

/// An expectation: results that it hides stay in the report under its name and make no risk.
///
/// ```
/// use scriptscope::{AllowEntry, Options, Session};
///
/// let entry = AllowEntry::new("backup on FS03", "Computer=FS03 Path=*\\\\backup.ps1");
/// let session = Session::new(Options::default().with_allow_list([entry]));
/// assert!(session.is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AllowEntry {
    /// The name that hidden results carry as `suppressedBy`: different for each entry.
    pub name: String,
    /// Id of the rule whose results it hides; `None` for all rules.
    pub rule: Option<String>,
    /// A condition as Splunk's `search` takes it. Its fields are the row's columns and the fields of its script blocks.
    /// It hides a result if it holds for the row with every one of its blocks.
    pub search: String,
    /// Whether it is in use.
    #[serde(default = "enabled")]
    pub enabled: bool,
}

fn enabled() -> bool {
    true
}

impl AllowEntry {
    /// An entry in use, for the results of all rules. `search` is a condition as Splunk's `search` takes it.
    pub fn new(name: impl Into<String>, search: impl Into<String>) -> Self {
        Self { name: name.into(), rule: None, search: search.into(), enabled: true }
    }

    /// Limits the entry to the results of one rule.
    #[must_use]
    pub fn with_rule(mut self, id: impl Into<String>) -> Self {
        self.rule = Some(id.into());
        self
    }
}

/// An entry with its parsed condition.
#[derive(Clone, Debug)]
pub(super) struct ParsedEntry {
    pub(super) entry: AllowEntry,
    pub(super) condition: Condition,
}

/// The entries, in order: a result carries the name of the first that hides it.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowList {
    pub(super) entries: Vec<ParsedEntry>,
}

impl AllowList {
    /// Parses the entries' conditions. Errors name the entry, the place and the cause.
    pub(crate) fn new(entries: Vec<AllowEntry>) -> Result<Self, Error> {
        if entries.len() > limits::ALLOW_ENTRIES {
            let message = format!("it has more than {} entries", limits::ALLOW_ENTRIES);
            return Err(Error::Option { name: "allowList", message });
        }
        let mut list = Self::default();
        for entry in entries {
            if list.entries.iter().any(|other| other.entry.name == entry.name) {
                let message =
                    format!("two entries have the name {:?}: each needs its own", entry.name);
                return Err(Error::Option { name: "allowList", message });
            }
            list.entries.push(ParsedEntry::new(entry)?);
        }
        Ok(list)
    }

    /// All entries.
    pub(super) fn entries(&self) -> impl Iterator<Item = &AllowEntry> {
        self.entries.iter().map(|allowed| &allowed.entry)
    }

    /// The entries in use.
    pub(super) fn in_use(&self) -> impl Iterator<Item = &ParsedEntry> {
        self.entries.iter().filter(|allowed| allowed.entry.enabled)
    }
}

impl ParsedEntry {
    pub(super) fn new(entry: AllowEntry) -> Result<Self, Error> {
        let refused =
            |message: &str| Error::Option { name: "allowList", message: message.to_owned() };
        if entry.name.trim().is_empty() {
            return Err(refused("an entry has no name"));
        }
        if entry.search.trim().is_empty() {
            return Err(refused(&format!(
                "the entry {:?} has no condition: it would hide everything",
                entry.name
            )));
        }
        let parsed = Search::parse_condition(&entry.search, &Library::new());
        let condition = parsed.map_err(|error| Error::Expression {
            what: format!("allow-list entry {:?}", entry.name),
            line: error.line,
            column: error.column,
            message: error.to_string(),
        })?;
        Ok(Self { entry, condition })
    }

    pub(super) fn applies_to(&self, rule: &str) -> bool {
        self.entry.rule.as_deref().is_none_or(|own| own == rule)
    }

    /// Whether the condition holds for a row with one of its script blocks.
    pub(super) fn holds(&self, row: &RowWithBlock<'_>) -> bool {
        self.condition.holds(row)
    }
}

/// The entries that may hide a row: those in use, and one on trial, which hides nothing yet.
pub(super) struct Suppression<'a> {
    list: Vec<&'a ParsedEntry>,
    trial: Option<&'a ParsedEntry>,
}

impl<'a> Suppression<'a> {
    pub(super) fn new(list: &'a AllowList) -> Self {
        Self { list: list.in_use().collect(), trial: None }
    }

    /// The list with an entry on trial, which replaces the entry of its name.
    pub(super) fn with_trial(list: &'a AllowList, trial: &'a ParsedEntry) -> Self {
        let others = list.in_use().filter(|other| other.entry.name != trial.entry.name);
        Self { list: others.collect(), trial: Some(trial) }
    }

    /// Returns the name of the first entry that hides a row of this rule.
    pub(super) fn suppressed_by(
        &self,
        rule: &str,
        hides: &dyn Fn(&ParsedEntry) -> bool,
    ) -> Option<String> {
        let first = self.list.iter().find(|entry| entry.applies_to(rule) && hides(entry));
        first.map(|entry| entry.entry.name.clone())
    }

    /// Whether the entry on trial would hide a row of this rule.
    pub(super) fn trial_hides(&self, rule: &str, hides: &dyn Fn(&ParsedEntry) -> bool) -> bool {
        self.trial.is_some_and(|entry| entry.applies_to(rule) && hides(entry))
    }
}
