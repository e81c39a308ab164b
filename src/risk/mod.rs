//! Risk: from rows to risk events, from risk events to risk objects, and findings over them.
//!
//! ```text
//! row of a rule ─ events ─▶ RowRisk ─ objects ─▶ RankedObject ─ findings ─▶ ObjectFinding
//!                 (one a risk field       (sum of its          (windows over the thresholds
//!                  and value)              contributions)       of the correlation rules)
//! ```
//!
//! The score of an object is the sum of its contributions in exact hundredths, so every sum can be broken down into its
//! parts, and the order of addition does not matter.

mod events;
mod findings;
mod message;
mod objects;
mod row;
mod tactics;
#[cfg(test)]
mod test_support;
mod well_known_sids;
mod window;

pub(crate) use events::{RowRisk, row_risks};
pub(crate) use findings::{ObjectFinding, correlate};
pub(crate) use objects::{Contribution, RankedObject, rank_objects};
pub(crate) use tactics::rule_tactics;
