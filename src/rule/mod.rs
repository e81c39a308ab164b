//! Rule files to [`Rule`]s: Splunk's detection YAML, Sigma's, saved searches, and what they need (macros,
//! lookups, stories).
//!
//! [`load`] takes every file of a folder or an archive, in any order, and gives the same [`RuleSet`]: what
//! is not about script blocks is skipped and counted, what is broken is a [`Problem`] with its place, and a
//! rule that this engine cannot run is kept as refused, so that it is seen; all the others run.

mod assets;
mod attack;
mod builtin;
mod conf;
#[cfg(test)]
mod corpus;
mod export;
mod knowledge_objects;
mod loader;
mod sample;
mod score;
mod sigma;
mod source_position;
mod splunk;
mod validate;
mod yaml;

pub(crate) use assets::Assets;
pub(crate) use attack::Attack;
pub(crate) use export::{allow_list_to_macro, allow_list_to_sigma};
pub use loader::load;
pub(crate) use sample::Samples;
pub(crate) use score::Score;
pub(crate) use validate::validate;

use crate::error::Problem;
use crate::search::Search;
use std::fmt;

/// A file of rules, macros, lookups or stories, as it was dropped or passed.
///
/// ```
/// use scriptscope::{Options, RuleFile};
///
/// let macros = RuleFile::new("macros.conf", "[known_hosts_filter]\ndefinition = search NOT Computer=DC01");
/// let options = Options::default().with_rules([macros]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleFile {
    /// Its path or base name, for problems, and for lookups, which are known by their file's name.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl RuleFile {
    /// A file of this name with these bytes.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }
}

/// What to load beside the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleOptions {
    /// The built-in detections too.
    pub builtin: bool,
    /// Macros as `NAME` or `NAME(argument, …)` and their definitions; they override those of files. An
    /// allow-list is the macro `<rule name>_filter`.
    pub macros: Vec<(String, String)>,
    /// What Sigma's levels are worth.
    pub levels: LevelScores,
}

impl Default for RuleOptions {
    fn default() -> Self {
        Self { builtin: true, macros: Vec::new(), levels: LevelScores::default() }
    }
}

/// The risk score of each of Sigma's levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are Sigma's own words")]
pub struct LevelScores {
    pub informational: Score,
    pub low: Score,
    pub medium: Score,
    pub high: Score,
    pub critical: Score,
}

impl Default for LevelScores {
    fn default() -> Self {
        Self {
            informational: Score::ZERO,
            low: Score::points(15),
            medium: Score::points(35),
            high: Score::points(60),
            critical: Score::points(90),
        }
    }
}

/// The rules that were loaded, and what there was to say about their files.
pub struct RuleSet {
    /// By id.
    pub rules: Vec<Rule>,
    /// Analytic stories, by name.
    pub stories: Vec<Story>,
    /// Which names are one machine.
    pub assets: Assets,
    /// By file and place.
    pub problems: Vec<Problem>,
    /// The macros and tables of the files, for a rule that is looked at beside them.
    pub(crate) definitions: knowledge_objects::Definitions,
    /// SHA-256 in hex over all that decides results: rules, macros, lookups. The order of files is not
    /// part of it.
    pub hash: String,
}

/// A detection.
pub struct Rule {
    /// Its UUID; of a rule that has none, a hash of what it says.
    pub id: String,
    /// Its name.
    pub title: String,
    /// Whose form it has.
    pub kind: RuleKind,
    /// Splunk's word for what its results are.
    pub rule_type: Option<RuleType>,
    /// Sigma's word for how much it matters.
    pub level: Option<String>,
    /// What it finds.
    pub description: Option<String>,
    /// What else may look like it.
    pub false_positives: Option<String>,
    /// Addresses to read on.
    pub references: Vec<String>,
    /// The techniques it detects.
    pub attack: Vec<Attack>,
    /// The analytic stories it belongs to.
    pub stories: Vec<String>,
    /// What a result means, with `$field$` for the row's values.
    pub message: Option<String>,
    /// Which fields of a row name something at risk.
    pub risk_objects: Vec<RiskField>,
    /// Which fields of a row name what threatens it.
    pub threat_objects: Vec<ThreatField>,
    /// The search as written; for Sigma, its detection written as a search.
    pub text: String,
    /// What runs, or why it cannot.
    pub search: Result<Search, Unsupported>,
    /// Texts that it must and must not find.
    pub samples: Samples,
    /// Everything else worth showing, in words: author, version, date, how to implement, data sets.
    pub facts: Vec<(&'static str, String)>,
    /// The file it came from; `None` for a built-in one.
    pub file: Option<String>,
    /// The line of the file its document begins on.
    pub line: u32,
}

/// Whose form a rule has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleKind {
    /// Shipped with scriptscope.
    Builtin,
    /// Splunk's security_content, or a saved search.
    Splunk,
    /// Sigma.
    Sigma,
}

/// What a rule's results are in Splunk's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleType {
    /// Tactics, techniques, procedures: malicious as it stands.
    Ttp,
    /// Unusual, and worth risk.
    Anomaly,
    /// For hunters: rows, but no risk.
    Hunting,
    /// Over the results of others.
    Correlation,
}

/// A field whose value is at risk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RiskField {
    /// The column's name.
    pub field: String,
    /// What its value names.
    pub kind: ObjectType,
    /// The risk that a row puts on it.
    pub score: Score,
    /// What a result means for it, where that is not the rule's own message.
    pub message: Option<String>,
}

/// What a risk object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectType {
    /// A machine.
    System,
    /// An account.
    User,
    /// Anything else.
    Other,
}

/// A field whose value is a threat: an address, a process, a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreatField {
    /// The column's name.
    pub field: String,
    /// What its value is, in the rule's own word.
    pub kind: String,
}

/// Why a rule cannot run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// In words, with what to write instead where that is known.
    pub reason: String,
    /// 1-based line of the file; of a search that stands in none, of its text.
    pub line: Option<u32>,
    /// 1-based column in characters.
    pub column: Option<u32>,
}

/// A script that a rule must, or must not, find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// What it shows.
    pub name: String,
    /// The script.
    pub text: String,
    /// Whether the rule finds it.
    pub matches: bool,
}

/// A group of detections for one threat.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Story {
    /// Its name, as rules give it.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
}

impl Rule {
    /// The risk that a row makes: the largest score of its risk objects, none for hunting.
    pub fn score(&self) -> Score {
        if self.makes_risk() {
            self.risk_objects.iter().map(|object| object.score).max().unwrap_or_default()
        } else {
            Score::ZERO
        }
    }

    /// Whether its rows make risk and count as findings.
    pub fn makes_risk(&self) -> bool {
        self.rule_type != Some(RuleType::Hunting)
    }
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

#[cfg(test)]
mod tests;
