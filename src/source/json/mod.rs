//! JSON: one document a line or not, in arrays or behind each other.
//!
//! Read by hand rather than through a general parser for two reasons: a script part may begin or end
//! within a surrogate pair (`"\ud83d"` alone), which strings of Rust cannot hold; and most of a document
//! need only be passed over.

mod framer;
mod reader;
mod shape;
mod tables;

pub(super) use framer::{JsonFramer, LIST_START_BYTES};
pub(super) use reader::{read, read_row, read_unframed};
pub(super) use tables::{column_names, may_be_events, transpose};
