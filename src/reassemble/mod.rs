//! Parts to script blocks.
//!
//! Windows cuts a long script into parts and logs each as a record of its own; a word cut by a part's end
//! stands in none of them. In [`Mode::Block`] the parts are joined and what is searched is the script. In
//! [`Mode::Event`] each record stands by itself, as in a Splunk search.
//!
//! Whatever the order in which parts and copies arrive, and in whichever piece of a divided job, the same
//! blocks come out: see [`BlockStore`].

mod block;
mod budget;
mod digest;
mod key;
mod mode;
mod partial;
mod parts;
mod resident;
mod store;
mod table;

pub(crate) use block::BlockPart;
pub(crate) use block::PartCopy;
pub use block::ScriptBlock;
pub(crate) use block::record_id_order;
pub(crate) use budget::MatchedBlocks;
pub use mode::Mode;
pub(crate) use resident::{BlockFilter, MatchedBlock};
pub(crate) use store::{BlockStore, Tally};
