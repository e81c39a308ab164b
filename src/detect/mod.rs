//! Which rules match a script block.
//!
//! The block store asks the [`RuleFilter`] about every record, and again about every block that is joined from several:
//!
//! ```text
//! record ─▶ may_match(text)                        no: the text is dropped
//!           ├ TextVerdicts knows the text? else:
//!           ├ RulePrefilter: literals of any rule?
//!           └ script::is_obfuscated: a view could have them
//! block  ─▶ matching_rules(block)                  none: the block is dropped
//!           ├ since / until
//!           ├ TextCache knows the text? else: the prefilter's candidates for it, and for its views if it is obfuscated
//!           └ evaluate: the searches of the candidates, without the tests for literals that the scan has not found
//! ```
//!
//! [`FieldCensus`] notes which of the fields that rules require occur in the events.
//!
//! Views as blocks are made in `obfuscation`, for the report too. `KeptViews` hands it those that rules match.

mod field_census;
mod kept_views;
mod last_text;
mod obfuscation;
mod possible_literals;
mod prefilter;
mod requirement;
mod rule_filter;
mod text_cache;
mod text_verdicts;

pub(crate) use field_census::{FieldCensus, Reach};
pub(crate) use kept_views::KeptViews;
pub(crate) use obfuscation::TextViews;
pub use prefilter::RulePrefilter;
pub(crate) use rule_filter::{EvaluationCount, FilterOptions, RuleFilter};
