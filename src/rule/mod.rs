//! Rule files to [`Rule`]s: Splunk's detection YAML, Sigma's, saved searches, and the macros, lookups and
//! stories that they refer to.
//!
//! [`load`] takes all files of a folder or an archive and returns the same [`RuleSet`] for any order of them. A rule
//! about other events is left out and listed. A broken file becomes a [`Problem`](crate::error::Problem) with its
//! position. A rule that this engine cannot run stays in the set as [`Unsupported`], with the reason; the others run.
//!
//! ```text
//! file ─▶ file_text ─▶ yaml ─▶ splunk ──────────────▶ Rule (search is text) ─┐
//!              │        └────▶ sigma ─▶ Draft ◀─ filters, correlations ──────┤
//!              └─────▶ conf ─▶ Rule (search is text) ────────────────────────┼─▶ RuleSet
//!         macros, lookups, tables ─▶ knowledge_objects ─▶ search::Library ───┘
//! ```
//!
//! Searches are parsed only after all files are read, because a macro or lookup may be in any of them.
//!
//! # Example
//!
//! ```
//! use scriptscope::RuleFile;
//! use scriptscope::internal::rule::{RuleOptions, load};
//!
//! let rule = "title: Remoting
//! logsource: {product: windows, category: ps_script}
//! detection:
//!   selection:
//!     ScriptBlockText|contains: Enable-PSRemoting
//!   condition: selection
//! level: medium
//! ";
//! let files = [RuleFile::new("remoting.yml", rule)];
//! let set = load(&files, &RuleOptions { builtin: false, ..RuleOptions::default() });
//! assert!(set.problems.is_empty());
//! assert!(set.rules[0].matches_text("Enable-PSRemoting -Force"));
//! assert_eq!(set.rules[0].score().to_string(), "35");
//! ```

mod assets;
mod attack;
mod builtin;
mod conf;
#[cfg(test)]
mod corpus_tests;
mod export;
mod file_text;
mod hash;
mod knowledge_objects;
mod loader;
mod log_kind;
mod lookup_table;
mod model;
mod options;
mod rule_set;
mod sample;
mod score;
mod self_test;
mod sigma;
mod source_position;
mod splunk;
mod validate;
mod yaml;

pub(crate) use assets::Assets;
pub(crate) use attack::attack_name;
pub(crate) use export::{allow_list_to_macro, allow_list_to_sigma};
pub use loader::load;
pub(crate) use loader::load_shared;
#[cfg(test)]
pub(crate) use model::RiskField;
pub use model::{DataSet, DataTest, RuleKind};
pub(crate) use model::{LeftOutRule, ObjectType, Rule};
pub use options::{RuleFile, RuleOptions};
pub use rule_set::RuleSet;
pub(crate) use score::Score;
pub(crate) use validate::validate;
