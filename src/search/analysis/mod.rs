//! What can be said of a search without running it: the literals that it requires, its columns, its cost, whether it
//! depends on the time of the run, and which of its conditions read only the script's text.

pub(crate) mod columns;
pub(crate) mod cost;
pub(crate) mod required;
mod text_dependence;
mod time_dependence;
