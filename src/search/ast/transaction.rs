//! [`Transaction`]: the `transaction` command.

use crate::search::ast::condition::Condition;

/// The `transaction` command: joins rows with equal values of the fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Transaction {
    /// The fields.
    pub fields: Vec<String>,
    /// Greatest distance in seconds of the first row and the last.
    pub max_span: Option<u64>,
    /// Greatest distance in seconds of two consecutive rows.
    pub max_pause: Option<u64>,
    /// Greatest number of rows; 0 for any.
    pub max_events: usize,
    /// Selects the row that a transaction starts with.
    pub starts_with: Option<Condition>,
    /// Selects the row that a transaction ends with.
    pub ends_with: Option<Condition>,
}

impl Transaction {
    /// Columns that the command adds.
    pub(crate) const COLUMNS: [&'static str; 3] = ["duration", "eventcount", "closed_txn"];
}
