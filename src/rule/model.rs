//! The rule itself: [`Rule`] and the types of its fields.

use super::attack::AttackTechnique;
use super::sample::Samples;
use super::score::Score;
use crate::search::{Search, SearchError};
use serde::Serialize;
use std::fmt;

/// A detection: a search, and what its results mean for risk.
pub struct Rule {
    /// Its UUID in lower case. A rule that declares none gets a hash of its contents in the shape of a UUID.
    pub id: String,
    /// Its name.
    pub title: String,
    /// The format that it was written in.
    pub kind: RuleKind,
    /// Splunk's classification of its results.
    pub rule_type: Option<RuleType>,
    /// Sigma's level: `informational`, `low`, `medium`, `high` or `critical`.
    pub level: Option<String>,
    /// The behaviour that it detects.
    pub description: Option<String>,
    /// Known benign causes of a match.
    pub false_positives: Option<String>,
    /// URLs of further reading.
    pub references: Vec<String>,
    /// The techniques that it detects.
    pub attack: Vec<AttackTechnique>,
    /// The analytic stories that it belongs to.
    pub stories: Vec<String>,
    /// The message of a result. `$field$` is replaced with the row's value.
    pub message: Option<String>,
    /// The fields of a row whose values are at risk.
    pub risk_objects: Vec<RiskField>,
    /// The fields of a row whose values are threats.
    pub threat_objects: Vec<ThreatField>,
    /// The search as written. For Sigma, the YAML of its detection, correlation and filters.
    pub text: String,
    /// The search to run, or the reason why it cannot run.
    pub search: Result<Search, Unsupported>,
    /// Words in comments of a script do not count.
    pub ignores_comments: bool,
    /// Scripts that it must and must not match.
    pub samples: Samples,
    /// Data sets that it must match, as Splunk's files name them.
    pub data_tests: Vec<DataTest>,
    /// Other metadata as label and text: author, version, date, how to implement, data sets.
    pub metadata: Vec<(&'static str, String)>,
    /// The file that it was read from. `None` for a built-in rule.
    pub file: Option<String>,
    /// The 1-based line of the file on which its document begins.
    pub line: u32,
}

impl Rule {
    /// Returns the risk of one row: the largest score of the risk objects, zero for a hunting rule.
    pub fn score(&self) -> Score {
        if self.makes_risk() {
            self.risk_objects.iter().map(|object| object.score).max().unwrap_or_default()
        } else {
            Score::ZERO
        }
    }

    /// Returns whether rows of this rule make risk. Hunting rules make none.
    pub fn makes_risk(&self) -> bool {
        self.rule_type != Some(RuleType::Hunting)
    }
}

/// A test of a Splunk detection: data sets of which its search must return at least one result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DataTest {
    /// Its name.
    pub name: String,
    /// The 1-based line of the file on which it begins.
    pub line: u32,
    /// The data sets, searched together.
    pub data: Vec<DataSet>,
}

/// A data set of a test. It is never fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DataSet {
    /// Its URL or path.
    pub data: String,
    /// The source that its events have in Splunk.
    pub source: Option<String>,
    /// The sourcetype that its events have in Splunk.
    pub sourcetype: Option<String>,
}

/// The format that a rule was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleKind {
    /// Shipped with scriptscope.
    Builtin,
    /// Splunk's security_content, or a saved search.
    Splunk,
    /// Sigma.
    Sigma,
}

/// Splunk's classification of a rule's results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleType {
    /// Tactics, techniques and procedures: malicious by itself.
    Ttp,
    /// Unusual, and worth risk.
    Anomaly,
    /// For threat hunters: rows without risk.
    Hunting,
    /// Over the results of other rules.
    Correlation,
}

/// A field whose value is at risk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskField {
    /// The column's name.
    pub field: String,
    /// The type of the object that the value names.
    pub kind: ObjectType,
    /// The risk that one row adds to the object.
    pub score: Score,
    /// The message for this object, where it differs from the rule's.
    pub message: Option<String>,
}

/// The type of a risk object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectType {
    /// A computer.
    System,
    /// An account.
    User,
    /// Anything else.
    Other,
}

/// A field whose value is a threat, such as an address, a process or a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreatField {
    /// The column's name.
    pub field: String,
    /// The type of the threat as the rule names it, such as `ip_address`.
    pub kind: String,
}

/// Why a rule cannot run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// The reason in words, with a replacement where one is known.
    pub reason: String,
    /// 1-based line of the rule file, or of the search text for a search that is in no file.
    pub line: Option<u32>,
    /// 1-based column in characters.
    pub column: Option<u32>,
}

impl Unsupported {
    /// Returns the placeholder for a search that is not parsed yet.
    pub(crate) fn pending() -> Self {
        Self { reason: String::new(), line: None, column: None }
    }
}

impl From<SearchError> for Unsupported {
    fn from(error: SearchError) -> Self {
        Self { reason: error.to_string(), line: Some(error.line), column: Some(error.column) }
    }
}

/// A rule of a file that is about other events than script blocks, so that it was left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOutRule {
    /// Kind of log that it is about, such as `windows/process_creation`.
    pub log: String,
    /// The file.
    pub file: String,
    /// The 1-based line of the file on which its document begins.
    pub line: u32,
    /// Its name.
    pub title: String,
    /// The id that it declares.
    pub id: Option<String>,
    /// The format that it was written in.
    pub kind: RuleKind,
}

/// The place of a word in a rule's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WordPlace {
    /// The word: a field or a value.
    pub(crate) word: String,
    /// 1-based line.
    pub(crate) line: u32,
    /// 1-based column in characters.
    pub(crate) column: u32,
}

/// A group of detections for one threat.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Story {
    /// Its name, by which rules refer to it.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
}

impl fmt::Display for RuleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Builtin => "builtin",
            Self::Splunk => "splunk",
            Self::Sigma => "sigma",
        })
    }
}

impl fmt::Display for RuleType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ttp => "TTP",
            Self::Anomaly => "Anomaly",
            Self::Hunting => "Hunting",
            Self::Correlation => "Correlation",
        })
    }
}

impl fmt::Display for ObjectType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "system",
            Self::User => "user",
            Self::Other => "other",
        })
    }
}
