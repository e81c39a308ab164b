//! The inventory: every script block that was read, matched or not, in 64 bytes for each record.
//!
//! ```text
//! record ─▶ Entry ─▶ Inventory ─ merge ─▶ Inventory ─ matched blocks, sources ─▶ Listing ─▶ rows, neighbours, lanes
//!           (64 B)   (each once, names                                           (blocks, in
//!                     interned)                                                   time order)
//! ```
//!
//! An entry knows where its record is, so that a text is read again from its source when it is asked for
//! ([`ReadRange`]), and never kept here. The list is the same for any order of the records and any division of the input.

mod ask;
mod block_indicators;
mod context;
mod context_list;
mod context_store;
mod entry;
mod filter;
mod find;
mod list;
mod names;
mod packed_time;
mod read_plan;
mod rows;
mod scripts;
mod sort_keys;
mod sorting;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use context::may_be_context;
pub(crate) use list::{ListInputs, ListNames, Listing, first_line};
pub use rows::{
    BlockFilter, BlockList, BlockQuery, BlockRow, BlockSort, ContextEvent, ContextList,
    ContextQuery, Histogram, HistogramQuery, Lane, LaneKind, LevelCounts, Neighbours, ReadRange,
    Sameness, ScriptList, ScriptQuery, ScriptRow, ScriptSort,
};
pub(crate) use store::Inventory;
