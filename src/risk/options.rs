//! [`RiskOptions`]: the windows and thresholds of risk.

use crate::rule::Score;

/// The windows and thresholds of risk. The defaults are those of Splunk Enterprise Security's two risk notables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RiskOptions {
    /// The length of the windows of the distinct score and of the risk threshold, in seconds.
    pub(crate) window: i64,
    /// The sum of scores in a window above which an object is a finding.
    pub(crate) threshold: Score,
    /// The length of the windows of the tactic threshold, in seconds.
    pub(crate) tactic_window: i64,
    /// The number of tactics in a window from which an object is a finding.
    pub(crate) tactics: usize,
    /// The number of rules that these tactics must come from.
    pub(crate) tactic_rules: usize,
}

const HOUR: i64 = 60 * 60;

impl Default for RiskOptions {
    fn default() -> Self {
        Self {
            window: 24 * HOUR,
            threshold: Score::points(100),
            tactic_window: 7 * 24 * HOUR,
            tactics: 3,
            tactic_rules: 4,
        }
    }
}
