//! Which rules match a script block.

mod last_text;
mod negative_cache;
mod obfuscation;
mod prefilter;
mod requirement;
mod rule_filter;

pub(crate) use obfuscation::{is_obfuscated, views_as_blocks};
pub use prefilter::RulePrefilter;
pub(crate) use rule_filter::{EvaluationCount, FilterOptions, RuleFilter};
