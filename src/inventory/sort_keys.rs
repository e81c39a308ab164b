//! Sort keys, and rows in an order.

use super::rows::BlockSort;

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
