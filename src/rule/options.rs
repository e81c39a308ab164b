//! The input of [`load`](super::load): rule files and options.

use super::score::Score;

/// A file of rules, macros, lookups or stories, as dropped on the page or passed by the caller.
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
    /// Its path or base name. Problems name it, and searches refer to a lookup table by its base name.
    pub name: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

impl RuleFile {
    /// Creates a file from its name and contents.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }
}

/// Options of [`load`](super::load).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleOptions {
    /// Whether to load the built-in detections too.
    pub builtin: bool,
    /// Macros as `NAME` or `NAME(argument, …)` and their definitions. They override the macros of files. The
    /// allow-list of a rule is the macro `<rule name>_filter`.
    pub macros: Vec<(String, String)>,
    /// The risk score of each Sigma level.
    pub levels: LevelScores,
}

impl Default for RuleOptions {
    fn default() -> Self {
        Self { builtin: true, macros: Vec::new(), levels: LevelScores::default() }
    }
}

/// The risk score of each Sigma level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are Sigma's own words")]
pub struct LevelScores {
    pub informational: Score,
    pub low: Score,
    pub medium: Score,
    pub high: Score,
    pub critical: Score,
}

impl LevelScores {
    /// Returns the score of a level in lower case. A rule without a known level counts as medium.
    pub(super) fn score(&self, level: Option<&str>) -> Score {
        match level {
            Some("informational") => self.informational,
            Some("low") => self.low,
            Some("high") => self.high,
            Some("critical") => self.critical,
            _ => self.medium,
        }
    }
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
