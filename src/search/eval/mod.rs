//! Runs searches: evaluates conditions and expressions on rows, and pipes rows through commands.
//!
//! ```text
//! script blocks ─▶ BlockRow ─ filter ─▶ PipelineRow ─ commands ─▶ ResultTable
//! ```
//!
//! Conditions and expressions see a row through the trait [`row::Row`], so that the same evaluator serves script
//! blocks, rows in the pipeline and finished rows.

mod commands;
mod conditions;
mod expressions;
mod field_list;
mod functions;
mod highlights;
pub(crate) mod obstacle;
mod operators;
mod predicate_list;
pub(crate) mod row;
mod satisfiable;
mod spellings;
pub(crate) mod table;

pub(crate) use commands::block_row::BlockRow;
pub(crate) use commands::row_with_block::RowWithBlock;
pub(super) use commands::run;
pub(super) use field_list::evaluate;
pub(super) use highlights::highlights;
pub(super) use satisfiable::obstacles;
pub(crate) use satisfiable::{Assumptions, is_usual};
