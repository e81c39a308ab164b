//! [`Options`]: what a caller may choose.

use super::deserialize;
use crate::case::Case;
use crate::error::Error;
use crate::reassemble::Mode;
use crate::report::{self, AllowEntry};
use crate::rule::RuleFile;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;

/// The choices a session is made with. [`Session::new`](super::Session::new) checks them.
///
/// ```
/// use scriptscope::{Mode, Options, Session};
///
/// let mut options = Options::default().with_mode(Mode::Event).with_computer("FS03");
/// options.min_score = Some(50.0);
/// assert!(Session::new(options).is_ok());
///
/// let error = Session::new(Options::default().with_since("yesterday")).err();
/// assert_eq!(
///     error.unwrap().to_string(),
///     "option since: \"yesterday\" is not a time such as 2026-08-08 or 2026-08-08T06:13:52Z",
/// );
/// ```
///
/// JavaScript's options and JSON are read by serde: names are in camelCase, a name that is no option is an error.
///
/// ```
/// use scriptscope::{Mode, Options};
///
/// let options: Options = serde_json::from_str(r#"{"mode": "event", "minScore": 50}"#).unwrap();
/// assert_eq!(options, Options::default().with_mode(Mode::Event).with_min_score(50.0));
/// assert!(serde_json::from_str::<Options>(r#"{"mod": "event"}"#).is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Options {
    /// Rule, macro, lookup and story files, in any order.
    #[serde(deserialize_with = "deserialize::rule_files", skip_serializing)]
    pub rules: Vec<RuleFile>,
    /// Macros, `NAME` or `NAME(argument, …)`, with their definitions. They replace those of files.
    #[serde(deserialize_with = "deserialize::macros", serialize_with = "macros_as_map")]
    pub macros: Vec<(String, String)>,
    /// Whether the built-in detections run. Default: yes.
    pub builtin: bool,
    /// Ids of rules that do not run.
    pub disabled: Vec<String>,
    /// The unit that rules search. Default: script blocks.
    pub mode: Mode,
    /// The computer of events that name none.
    pub computer: Option<String>,
    /// The offset of times written without a zone: `+hh:mm`, `-hh:mm` or `Z`. Default: UTC.
    pub utc_offset: Option<String>,
    /// The encoding of text that does not show its own: `windows-1252`, `ibm850`, ….
    pub encoding: Option<String>,
    /// Only script blocks logged at or after this ISO 8601 time, and those without a time.
    pub since: Option<String>,
    /// Only script blocks logged before this ISO 8601 time, and those without a time.
    pub until: Option<String>,
    /// Only results with at least this score.
    pub min_score: Option<f64>,
    /// Whether the report has each source's SHA-256. Default: no.
    pub sha256: bool,
    /// Whether rules also search the deobfuscated views of a script. Default: yes in [`Mode::Block`], no in
    /// [`Mode::Event`], which finds what a Splunk search finds.
    pub views: Option<bool>,
    /// Whether every script block is remembered, matched or not, to be listed: 64 bytes each. Default: no.
    pub inventory: bool,
    /// Whether the inventory lists only script blocks that a rule may match, such as those that a query may find: reading
    /// takes a fraction of the time. [`BlockList::total`](crate::inventory::BlockList::total) counts the others too.
    /// Default: no. Without effect if indicators of every script block are collected.
    #[serde(skip)]
    pub candidates_only: bool,
    /// Whether indicators of every script block are collected, not only of those that rules match. It needs the inventory,
    /// and each distinct text is read once more. Default: no.
    pub indicators: bool,
    /// Expected results: they stay in the report and make no risk.
    /// [`Session::set_allow_list`](super::Session::set_allow_list) replaces them later.
    #[serde(deserialize_with = "deserialize::allow_list", skip_serializing)]
    pub allow_list: Vec<AllowEntry>,
    /// Lists of assets and identities, as CSV with the columns of Splunk Enterprise Security: `nt_host`, `dns`, `ip`, `mac`,
    /// `priority`, `category`; `identity`, `email`, `first`, `last`. The names of a row are one risk object, and what happens
    /// on a critical machine or a domain controller counts twice. [`Session::set_assets`](super::Session::set_assets)
    /// replaces them later.
    #[serde(deserialize_with = "deserialize::asset_files", skip_serializing)]
    pub assets: Vec<RuleFile>,
    /// Hours of the windows of the distinct score and of the risk threshold. Default: 24.
    pub risk_window: Option<f64>,
    /// The sum of scores in such a window above which a risk object is a finding. Default: 100.
    pub risk_threshold: Option<f64>,
    /// Hours of the windows of the tactic threshold. Default: 168.
    pub tactic_window: Option<f64>,
    /// The number of tactics in such a window from which a risk object is a finding. Default: 3.
    pub tactic_threshold: Option<u32>,
    /// The number of rules that these tactics must come from. Default: 4.
    pub tactic_rules: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            macros: Vec::new(),
            builtin: true,
            disabled: Vec::new(),
            mode: Mode::Block,
            computer: None,
            utc_offset: None,
            encoding: None,
            since: None,
            until: None,
            min_score: None,
            sha256: false,
            views: None,
            inventory: false,
            candidates_only: false,
            indicators: false,
            allow_list: Vec::new(),
            assets: Vec::new(),
            risk_window: None,
            risk_threshold: None,
            tactic_window: None,
            tactic_threshold: None,
            tactic_rules: None,
        }
    }
}

impl Options {
    /// Adds rule, macro, lookup or story files.
    #[must_use]
    pub fn with_rules(mut self, files: impl IntoIterator<Item = RuleFile>) -> Self {
        self.rules.extend(files);
        self
    }

    /// Adds a macro, which replaces one of its name in a file.
    #[must_use]
    pub fn with_macro(mut self, name: impl Into<String>, definition: impl Into<String>) -> Self {
        self.macros.push((name.into(), definition.into()));
        self
    }

    /// Sets whether the built-in detections run.
    #[must_use]
    pub fn with_builtin(mut self, builtin: bool) -> Self {
        self.builtin = builtin;
        self
    }

    /// Adds the id of a rule that does not run.
    #[must_use]
    pub fn with_disabled(mut self, id: impl Into<String>) -> Self {
        self.disabled.push(id.into());
        self
    }

    /// Sets the unit that rules search.
    #[must_use]
    pub fn with_mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Sets the computer of events that name none.
    #[must_use]
    pub fn with_computer(mut self, name: impl Into<String>) -> Self {
        self.computer = Some(name.into());
        self
    }

    /// Sets the offset of times written without a zone, such as `+02:00`.
    #[must_use]
    pub fn with_utc_offset(mut self, offset: impl Into<String>) -> Self {
        self.utc_offset = Some(offset.into());
        self
    }

    /// Sets the encoding of text that does not show its own, such as `windows-1252`.
    #[must_use]
    pub fn with_encoding(mut self, label: impl Into<String>) -> Self {
        self.encoding = Some(label.into());
        self
    }

    /// Leaves out script blocks logged before this ISO 8601 time.
    #[must_use]
    pub fn with_since(mut self, time: impl Into<String>) -> Self {
        self.since = Some(time.into());
        self
    }

    /// Leaves out script blocks logged at or after this ISO 8601 time.
    #[must_use]
    pub fn with_until(mut self, time: impl Into<String>) -> Self {
        self.until = Some(time.into());
        self
    }

    /// Leaves out results below this score.
    #[must_use]
    pub fn with_min_score(mut self, score: f64) -> Self {
        self.min_score = Some(score);
        self
    }

    /// Sets whether the report has each source's SHA-256.
    #[must_use]
    pub fn with_sha256(mut self, sha256: bool) -> Self {
        self.sha256 = sha256;
        self
    }

    /// Sets whether rules also search the deobfuscated views of a script.
    #[must_use]
    pub fn with_views(mut self, views: bool) -> Self {
        self.views = Some(views);
        self
    }

    /// Sets whether every script block is remembered, to be listed.
    #[must_use]
    pub fn with_inventory(mut self, inventory: bool) -> Self {
        self.inventory = inventory;
        self
    }

    /// Sets whether the inventory lists only script blocks that a rule may match.
    #[must_use]
    pub fn with_candidates_only(mut self, candidates_only: bool) -> Self {
        self.candidates_only = candidates_only;
        self
    }

    /// Sets whether indicators of every script block are collected.
    #[must_use]
    pub fn with_indicators(mut self, indicators: bool) -> Self {
        self.indicators = indicators;
        self
    }

    /// Adds lists of assets and identities.
    #[must_use]
    pub fn with_assets(mut self, files: impl IntoIterator<Item = RuleFile>) -> Self {
        self.assets.extend(files);
        self
    }

    /// Sets the hours of the windows of the distinct score and of the risk threshold.
    #[must_use]
    pub fn with_risk_window(mut self, hours: f64) -> Self {
        self.risk_window = Some(hours);
        self
    }

    /// Sets the sum of scores in a window above which a risk object is a finding.
    #[must_use]
    pub fn with_risk_threshold(mut self, score: f64) -> Self {
        self.risk_threshold = Some(score);
        self
    }

    /// Sets the hours of the windows of the tactic threshold.
    #[must_use]
    pub fn with_tactic_window(mut self, hours: f64) -> Self {
        self.tactic_window = Some(hours);
        self
    }

    /// Sets the numbers of tactics, and of rules that they come from, from which a risk object is a finding.
    #[must_use]
    pub fn with_tactic_threshold(mut self, tactics: u32, rules: u32) -> Self {
        (self.tactic_threshold, self.tactic_rules) = (Some(tactics), Some(rules));
        self
    }

    /// Adds entries to the allow-list.
    #[must_use]
    pub fn with_allow_list(mut self, entries: impl IntoIterator<Item = AllowEntry>) -> Self {
        self.allow_list.extend(entries);
        self
    }

    /// Returns the options that a case was made with, with its rules and its allow-list.
    ///
    /// ```
    /// use scriptscope::case::Case;
    /// use scriptscope::Options;
    ///
    /// let mut case = Case::default();
    /// case.options = Options::default().with_min_score(50.0).for_case();
    /// assert_eq!(Options::of_case(&case).unwrap(), Options::default().with_min_score(50.0));
    /// case.options.insert("mod".to_owned(), "1".to_owned());
    /// assert!(Options::of_case(&case).unwrap_err().to_string().contains("unknown field `mod`"));
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Option`] for an option that the case has and a session does not, and for a value of another type.
    pub fn of_case(case: &Case) -> Result<Self, Error> {
        let options = serde_json::from_str::<Self>(&case.session_options());
        options.map_err(|error| {
            // The position is that in a text that nobody has seen.
            let message = error.to_string();
            let message =
                message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message);
            Error::Option { name: "case", message: message.to_owned() }
        })
    }

    /// Returns the options that differ from the defaults, by their names in JavaScript, each value as JSON: without rules
    /// and allow-list, which a case has beside them, and without `sha256`, which every case has.
    pub fn for_case(&self) -> BTreeMap<String, String> {
        let members = |options: &Self| match serde_json::to_value(options) {
            Ok(serde_json::Value::Object(members)) => members,
            _ => serde_json::Map::new(),
        };
        let defaults = members(&Self::default());
        let changed = members(self)
            .into_iter()
            .filter(|(name, value)| name != "sha256" && defaults.get(name) != Some(value));
        changed.map(|(name, value)| (name, report::to_json(&value))).collect()
    }
}

fn macros_as_map<S: Serializer>(macros: &[(String, String)], to: S) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(Some(macros.len()))?;
    for (name, definition) in macros {
        map.serialize_entry(name, definition)?;
    }
    map.end()
}
