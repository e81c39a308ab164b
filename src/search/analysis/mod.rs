//! What can be said of a search without running it: the literals that it requires, its columns, its cost, and whether
//! it depends on the time of the run.

pub(crate) mod columns;
pub(crate) mod cost;
pub(crate) mod required;
mod time_dependence;
