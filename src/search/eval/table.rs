//! [`ResultTable`], the result of a run, and [`RunContext`], its inputs beside the script blocks.

use crate::error::Problem;
use crate::search::values::value::Value;
use crate::time::Time;

/// Inputs of a run beside the script blocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunContext {
    /// Time of the newest event, from which relative times count.
    pub now: Option<Time>,
}

/// The table that a search returns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResultTable {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows in the order of the search.
    pub rows: Vec<TableRow>,
    /// Number of script blocks that passed the filter.
    pub matched: u64,
    /// Number of rows that `stats` left out because a by-field was absent.
    pub dropped: u64,
    /// Names of the absent by-fields, sorted.
    pub dropped_fields: Vec<String>,
    /// What the run left out or truncated.
    pub problems: Vec<Problem>,
}

/// A row of a [`ResultTable`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableRow {
    /// One value for each column.
    pub cells: Vec<Value>,
    /// Indexes of the script blocks that the row was made from, sorted.
    pub blocks: Vec<usize>,
    /// Name of the filter macro that would remove the row.
    pub suppressed_by: Option<String>,
}
