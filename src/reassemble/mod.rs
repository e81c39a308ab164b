//! Parts to script blocks.
//!
//! Windows cuts a long script into parts and logs each as a record of its own; a word cut by a part's end
//! stands in none of them. In [`Mode::Block`] the parts are joined and what is searched is the script. In
//! [`Mode::Event`] each record stands by itself, as in a Splunk search.
//!
//! Whatever the order in which parts and copies arrive, and in whichever piece of a divided job, the same
//! blocks come out: see [`Store`].

mod block;
mod budget;
mod digest;
mod held;
mod key;
mod partial;
mod parts;
mod store;
mod table;

pub(crate) use block::Copy;
pub(crate) use block::Part;
pub use block::ScriptBlock;
pub(crate) use block::by_number;
pub(crate) use budget::Wanted;
pub(crate) use held::{Judge, Kept};
pub use store::Mode;
pub(crate) use store::{Store, Tally};
