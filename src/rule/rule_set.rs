//! [`RuleSet`]: the result of loading rule files.

use super::assets::Assets;
use super::knowledge_objects::Definitions;
use super::model::{Rule, Story};
use crate::error::Problem;

/// The loaded rules and the problems found in their files.
pub struct RuleSet {
    /// All rules, sorted by id. Each id occurs once.
    pub rules: Vec<Rule>,
    /// Analytic stories, sorted by name.
    pub stories: Vec<Story>,
    /// Names that belong to the same machine.
    pub assets: Assets,
    /// Problems, sorted by file and position.
    pub problems: Vec<Problem>,
    /// The macros and tables of the files, to validate another file against them.
    pub(crate) definitions: Definitions,
    /// SHA-256 in hex over everything that decides results: rules, macros, lookups. It does not depend on the
    /// order or the names of files, nor on the platform.
    pub hash: String,
}
