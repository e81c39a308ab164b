//! [`ReportInputs`]: the state of a session that a report is made from.

use super::allow::AllowList;
use super::source_stats::SourceStats;
use crate::detect::{FieldCensus, KeptViews};
use crate::error::Problem;
use crate::event::UserNames;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::reassemble::{BlockFacts, MatchedBlock, Mode, Tally};
use crate::risk::RiskOptions;
use crate::rule::{Assets, RuleSet};
use std::sync::Arc;

/// Everything that a report is made from.
pub(crate) struct ReportInputs<'a> {
    /// The unit that rules search.
    pub mode: Mode,
    /// The rules.
    pub rules: &'a RuleSet,
    /// Ids of rules that do not run.
    pub disabled: &'a OrderedSet<String>,
    /// Which of the fields that rules require the events have.
    pub fields: &'a FieldCensus,
    /// Every source, in the order in which they were begun.
    pub sources: &'a [SourceStats],
    /// Counts of blocks, by source.
    pub tallies: Vec<Tally>,
    /// The blocks that rules match.
    pub matched: Vec<Arc<MatchedBlock>>,
    /// Numbers of further blocks that rules match and that are not kept, by what is remembered of them.
    pub not_kept: OrderedMap<Arc<BlockFacts>, u64>,
    /// Problems of joining blocks.
    pub problems: Vec<Problem>,
    /// Names of accounts that other events than script blocks give.
    pub user_names: &'a UserNames,
    /// Machines and identities.
    pub assets: &'a Assets,
    /// The windows and thresholds of risk.
    pub risk: RiskOptions,
    /// Results below this score, in hundredths, are left out.
    pub min_score: i64,
    /// Views that rules match.
    pub kept_views: KeptViews,
    /// The allow-list.
    pub allow: &'a AllowList,
}
