//! JSON: documents one per line or not, in arrays, in lists of outer objects, or in tables.
//!
//! Written by hand rather than on a general parser for two reasons. A part of a script may begin or end inside a
//! surrogate pair (`"\ud83d"` alone), which Rust strings cannot hold. And most of a document only has to be skipped.
//!
//! `framer` finds the end of a document, `reader` reads its values, `names` finds names that occur twice, `shape` knows
//! the objects that tools put around them, `objects` finds the objects inside,
//! `strings` knows events in strings, `tables` reads rows and columns.

mod framer;
mod names;
mod objects;
mod reader;
mod shape;
mod strings;
mod tables;

pub(super) use framer::{JsonFramer, LIST_START_BYTES, last_documents};
pub(super) use objects::{inner_objects, without_objects};
pub(super) use reader::{read, read_row, read_unframed};
pub(super) use strings::begins_event;
pub(super) use tables::{column_names, may_be_events, transpose};
