//! Times as the report has them.

use crate::time::Time;

/// Returns a time in ISO 8601, in UTC, with the digits of the log.
pub(super) fn format_time(time: Option<Time>) -> Option<String> {
    time.map(|time| time.to_string())
}
