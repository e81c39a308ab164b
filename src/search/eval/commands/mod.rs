//! Runs the commands of a search over the rows that its filter selects.

mod accumulator;
mod addtotals;
mod bin;
pub(super) mod block_row;
mod convert;
mod correlate;
mod lookup;
mod notes;
mod pipeline;
mod pipeline_row;
mod row_by_row;
mod row_statistics;
pub(super) mod row_with_block;
mod sort_dedup;
mod spath;
mod stats;
mod top;
mod transaction;

pub(in crate::search) use pipeline::run;
