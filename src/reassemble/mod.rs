//! Joins the records of a script block into one script, and keeps only blocks that can still matter.
//!
//! Windows cuts a long script into parts and logs each part as a record of its own. A word cut at a part's end is in
//! none of the records. In [`Mode::Block`] the parts are joined and the rules search the joined script. In
//! [`Mode::Event`] every record is a block of its own, as in a Splunk search.
//!
//! # The life of a block
//!
//! ```text
//!                                   matches a rule            over the budget
//! record ──▶ resident: incomplete ────────────────▶ resident ────────────────▶ evicted: only its rules are counted
//!               │        ▲      │                   (matched)
//!               │        │      │ matches no rule          more bytes than UNMATCHED_BLOCK_BYTES
//!               └────────┘      └─────────────────▶ resident ────────────────▶ evicted: only its digest is kept
//!               other parts                         (unmatched)                      │
//!                    ▲                                                               │
//!                    └───────────────────────────────────────────────────────────────┘
//!                              a longer text of a part arrives: it was cut before
//! ```
//!
//! A block is *closed* when all its parts are present, or when incomplete blocks together exceed
//! [`limits::INCOMPLETE_BLOCK_BYTES`](crate::limits::INCOMPLETE_BLOCK_BYTES) and it is the oldest of them. The rules
//! then decide whether it is matched. A block of one part that no rule matches, which is nearly every block of a log,
//! is evicted at once: memory does not grow with the input.
//!
//! # Order does not matter
//!
//! The same blocks come out for any order in which parts and copies arrive, and for any division of a log between sessions
//! whose [partials](BlockStore::merge) are merged. Every choice (which of two texts under one id, which of two records
//! with one text, which matched blocks fit the budget) therefore depends on contents alone.

mod add;
mod block;
mod budget;
mod digest;
mod evict;
mod evicted;
mod filter;
mod key;
mod matched;
mod merge;
mod mode;
mod partial;
mod parts;
mod queues;
mod resident;
mod store;
mod table;
mod tally;
#[cfg(test)]
mod testing;

pub use block::ScriptBlock;
pub(crate) use block::{BlockPart, PartCopy, record_id_order};
pub use filter::{BlockFilter, MatchedBlock};
pub use matched::MatchedBlocks;
pub use mode::Mode;
pub use store::BlockStore;
pub use tally::Tally;
