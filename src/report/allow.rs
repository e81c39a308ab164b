//! [`AllowList`]: what is expected, and so makes no risk.
//!
//! An allow-list is looked at when a report is made, never while logs are read: it can change without reading them again, and it
//! is no part of the rule set. What it hides stays in the report under the name of the entry that hides it.

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
    /// What results that it hides are marked with.
    pub name: String,
    /// The id of the rule whose results it hides; `None` for all rules.
    pub rule: Option<String>,
    /// A condition, as `search` takes it, over a result's row and the script blocks behind it.
    pub search: String,
    /// It is in use.
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

/// An entry whose condition can be asked.
#[derive(Clone, Debug)]
pub(super) struct ParsedEntry {
    pub(super) entry: AllowEntry,
    pub(super) condition: Condition,
}

/// Entries in the order in which they are asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowList {
    pub(super) entries: Vec<ParsedEntry>,
}

impl AllowList {
    /// Reads the entries' conditions. The error names the entry, the place and the cause.
    pub(crate) fn new(entries: Vec<AllowEntry>) -> Result<Self, Error> {
        if entries.len() > limits::ALLOW_ENTRIES {
            let message = format!("more than {} entries", limits::ALLOW_ENTRIES);
            return Err(Error::Option { name: "allowList", message });
        }
        let mut list = Self::default();
        for entry in entries {
            if list.entries.iter().any(|other| other.entry.name == entry.name) {
                let message = format!("two entries are called {:?}", entry.name);
                return Err(Error::Option { name: "allowList", message });
            }
            list.entries.push(ParsedEntry::new(entry)?);
        }
        Ok(list)
    }

    /// The entries.
    pub(super) fn entries(&self) -> impl Iterator<Item = &AllowEntry> {
        self.entries.iter().map(|allowed| &allowed.entry)
    }

    /// Those in use.
    pub(super) fn in_use(&self) -> impl Iterator<Item = &ParsedEntry> {
        self.entries.iter().filter(|allowed| allowed.entry.enabled)
    }
}

impl ParsedEntry {
    pub(super) fn new(entry: AllowEntry) -> Result<Self, Error> {
        let wrong = |what: &str| Error::Option { name: "allowList", message: what.to_owned() };
        if entry.name.trim().is_empty() {
            return Err(wrong("an entry has no name"));
        }
        if entry.search.trim().is_empty() {
            return Err(wrong(&format!(
                "{:?} has no condition: it would hide everything",
                entry.name
            )));
        }
        let read = Search::parse_condition(&entry.search, &Library::new());
        let condition = read.map_err(|error| Error::Expression {
            what: format!("allow-list entry {:?}", entry.name),
            line: error.line,
            column: error.column,
            message: error.to_string(),
        })?;
        Ok(Self { entry, condition })
    }

    pub(super) fn is_for(&self, rule: &str) -> bool {
        self.entry.rule.as_deref().is_none_or(|own| own == rule)
    }

    pub(super) fn holds(&self, behind: &RowWithBlock<'_>) -> bool {
        self.condition.holds(behind)
    }
}

/// What hides a row: the entries in use, and one that is only tried.
pub(super) struct Suppression<'a> {
    list: Vec<&'a ParsedEntry>,
    trial: Option<&'a ParsedEntry>,
}

impl<'a> Suppression<'a> {
    pub(super) fn of(list: &'a AllowList) -> Self {
        Self { list: list.in_use().collect(), trial: None }
    }

    /// The list as it would be without the entry that is tried, and that entry.
    pub(super) fn trying(list: &'a AllowList, trial: &'a ParsedEntry) -> Self {
        let others = list.in_use().filter(|other| other.entry.name != trial.entry.name);
        Self { list: others.collect(), trial: Some(trial) }
    }

    /// The name of the first entry that hides a row of this rule.
    pub(super) fn of_row(
        &self,
        rule: &str,
        hides: &dyn Fn(&ParsedEntry) -> bool,
    ) -> Option<String> {
        let first = self.list.iter().find(|entry| entry.is_for(rule) && hides(entry));
        first.map(|entry| entry.entry.name.clone())
    }

    pub(super) fn on_trial(&self, rule: &str, hides: &dyn Fn(&ParsedEntry) -> bool) -> bool {
        self.trial.is_some_and(|entry| entry.is_for(rule) && hides(entry))
    }
}
