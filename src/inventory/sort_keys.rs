//! Sort keys, rows in an order, and groups of rows in an order.

use super::rows::{BlockSort, ScriptQuery};

/// Sort key, second sort key, and index of what is sorted: one sort is compiled for all orders.
pub(super) type SortKey = (u64, u64, u32);

/// Sorts in ascending order. The standard sort: there may be millions.
pub(super) fn sort_keys(keys: &mut [SortKey]) {
    keys.sort_unstable();
}

/// Indexes of rows in an order.
#[derive(Debug)]
pub(super) struct SortedRows {
    pub(super) sort: BlockSort,
    pub(super) order: Vec<u32>,
}

/// The scripts that a query asked for, in their order.
#[derive(Debug)]
pub(super) struct SortedScripts {
    /// The query without its page.
    pub(super) query: ScriptQuery,
    pub(super) scripts: Vec<Script>,
}

/// A group of rows of one text or shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Script {
    /// Index of the first row in the order of time.
    pub(super) first: u32,
    /// Index of the last row with a time.
    pub(super) last: u32,
    /// Index of the row with the highest score.
    pub(super) sample: u32,
    /// Its score, if a rule matches it, in hundredths.
    pub(super) score: Option<i64>,
    pub(super) blocks: u32,
    pub(super) computers: u32,
    pub(super) users: u32,
    pub(super) days: u32,
    /// Number of different texts.
    pub(super) texts: u32,
}
