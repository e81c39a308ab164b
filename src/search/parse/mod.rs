//! Parses the text of a search.
//!
//! ```text
//! text ─ macros ─▶ expanded text ─ pipeline ─┬─ condition ─▶ Condition
//!                                            └─ command ───▶ Command …
//!                                                 ├─ expression (eval, where)
//!                                                 ├─ bin, regex_command, row_order, stats, top, transaction
//!                                                 └─ options
//! ```
//!
//! Macros are expanded first, because the definition of a macro may be any part of a search. Errors are mapped back to
//! the text as it was written.

mod bin;
mod command;
mod condition;
mod cursor;
pub(crate) mod error;
mod expression;
pub(crate) mod library;
mod macros;
mod options;
mod pipeline;
mod regex_command;
mod row_order;
mod stats;
mod top;
mod transaction;

pub(super) use pipeline::{ParsedSearch, parse, parse_condition};

#[cfg(test)]
mod tests;
