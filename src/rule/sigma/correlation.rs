//! Sigma's correlation rules: several events of other rules within a time.

use super::condition::Aggregation;
use super::{Document, Draft};
use crate::rule::{Levels, Refusal, Rule};
use crate::search::{Expr, Library, Search};

/// Reads `30s`, `5m`, `1h` or `7d` as seconds.
pub(super) fn timespan(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(seconds)
}

pub(super) fn read(
    document: &Document,
    _rules: &mut [Draft],
    _library: &Library,
    levels: &Levels,
) -> Option<Rule> {
    let mut rule = super::head(document, levels);
    rule.search = Err(pending());
    Some(rule)
}

pub(super) fn counted(
    _title: &str,
    _expr: Expr,
    _aggregation: &Aggregation,
    _timeframe: Option<u64>,
    _library: &Library,
) -> Result<Search, Refusal> {
    Err(pending())
}

fn pending() -> Refusal {
    Refusal { reason: "correlations are not run yet".into(), line: None, column: None }
}
