//! Tuning: allow-lists and rules tried, measured and replaced without reading the logs again.

use super::state::Session;
use crate::detect::EvaluationCount;
use crate::error::Error;
use crate::inventory::Listing;
use crate::report::{self, AllowEntry, AllowList, AllowListFormat, Preview, Proposal, RuleCheck};
use crate::rule::{RuleFile, validate};
use serde::Serialize;

/// How often a rule's search was evaluated. A block that is evaluated again counts again, so these numbers depend on how
/// the logs were divided between sessions, and no report has them.
///
/// ```
/// use scriptscope::{Options, Session};
///
/// let session = Session::new(Options::default()).unwrap();
/// assert!(session.costs().iter().all(|cost| cost.held <= cost.looked));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RuleCost {
    /// The rule.
    pub id: String,
    /// Script blocks that passed the prefilter and were evaluated.
    pub looked: u64,
    /// Script blocks of these that matched.
    pub held: u64,
}

impl Session {
    /// Replaces the allow-list for later reports. Nothing is read again, and partial results do not contain it.
    ///
    /// ```
    /// use scriptscope::{AllowEntry, Options, Session};
    ///
    /// let mut session = Session::new(Options::default()).unwrap();
    /// session.set_allow_list(vec![AllowEntry::new("lab", "Computer=LAB*")]).unwrap();
    /// let error = session.set_allow_list(vec![AllowEntry::new("lab", "(Computer=LAB*")]).unwrap_err();
    /// assert!(error.to_string().starts_with("allow-list entry \"lab\": "));
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Option`] for an entry without a name or condition, two entries of one name, or too many entries;
    /// [`Error::Expression`] for a condition that cannot be parsed. The list then stays as it was.
    pub fn set_allow_list(&mut self, entries: Vec<AllowEntry>) -> Result<(), Error> {
        self.allow = AllowList::new(entries)?;
        Ok(())
    }

    /// Replaces the lists of assets and identities for later reports. Nothing is read again, and partial results do not
    /// contain them. A list that cannot be used is a problem of the report.
    ///
    /// ```
    /// use scriptscope::{Options, RuleFile, Session};
    ///
    /// let mut session = Session::new(Options::default()).unwrap();
    /// session.set_assets(&[RuleFile::new("assets.csv", "nt_host,dns,priority\nDC01,dc01.corp.example,critical\n")]);
    /// assert!(session.report().problems.is_empty());
    /// ```
    pub fn set_assets(&mut self, files: &[RuleFile]) {
        self.assets = self.rules.rule_set().assets.clone().with_files(files);
        // What was filtered by computers and users was filtered by other names.
        self.filtered = None;
        self.listing.iter_mut().for_each(Listing::forget_scripts);
    }

    /// Returns the entries that would hide a result: by its computer, user, script, path or text. None for an unknown id.
    pub fn proposals(&mut self, result: &str) -> Vec<Proposal> {
        report::proposals(&self.inputs(), result)
    }

    /// Returns what an entry would hide beside the allow-list in use. Nothing is changed.
    ///
    /// # Errors
    ///
    /// Those of [`Session::set_allow_list`] for one entry.
    pub fn preview(&mut self, entry: AllowEntry) -> Result<Preview, Error> {
        report::preview(&self.inputs(), entry)
    }

    /// Returns the allow-list in a form that another session or tool reads.
    pub fn export_allow_list(&self, format: AllowListFormat) -> String {
        self.allow.export(format, self.rules.rule_set())
    }

    /// Returns the cost of each rule that runs, in the order of [`Session::rules`].
    pub fn costs(&self) -> Vec<RuleCost> {
        let cost = |(rule, count): (u32, EvaluationCount)| {
            let id = self.rules.rule_set().rules.get(rule as usize)?.id.clone();
            Some(RuleCost { id, looked: count.evaluated, held: count.matched })
        };
        self.rules.counts().into_iter().filter_map(cost).collect()
    }

    /// Loads one rule file beside the session's macros and lookup tables, as an editor needs it. The session's own rules
    /// do not change.
    ///
    /// ```
    /// use scriptscope::{Options, RuleFile, Session};
    ///
    /// let session = Session::new(Options::default()).unwrap();
    /// let file = RuleFile::new("mine.yml", "name: Mine\nsearch: '`powershell` | nonsense'\n");
    /// let check = session.check_rule(&file);
    /// assert_eq!((check.problems[0].line, check.problems[0].column), (Some(2), Some(25)));
    /// ```
    pub fn check_rule(&self, file: &RuleFile) -> RuleCheck {
        let rules = self.rules.rule_set();
        RuleCheck::from(&validate(file, rules, &self.config.rule_options()))
    }
}
