//! Joins the records of a script block into one script, and keeps only blocks that can still matter.
//!
//! Windows cuts a long script into parts and logs each part as a record of its own. A word cut at a part's end is in
//! none of the records. In [`Mode::Block`] the parts are joined and the rules search the joined script. In
//! [`Mode::Event`] every record is a block of its own, as in a Splunk search.
//!
//! # The life of a record
//!
//! ```text
//!             ┌─ a block in one part ────── a rule matches ──▶ texts ──────────────┐
//! record ─────┤                                                                    │ over the budget
//!    │        └─ a block in several ──▶ resident: open ──▶ closed ── matches ──────┼──────────▶ only its rules
//!    │                                                        │                    ▼             are counted
//!    ▼                                                        └─ none: evicted   report
//! digests: numbers of blocks, and which have different texts
//! ```
//!
//! A block is *closed* when all its parts are present, or when incomplete blocks together exceed
//! [`limits::INCOMPLETE_BLOCK_BYTES`](crate::limits::INCOMPLETE_BLOCK_BYTES) and it is the oldest of them. The rules
//! then decide whether it is matched. A block of one part that no rule matches, which is nearly every block of a log,
//! leaves only a digest: memory does not grow with the input.
//!
//! # No record hides another
//!
//! Whoever runs a script can also write a record with its id. Every distinct text of a block is therefore searched: of a
//! block in one part each text, of one in several parts each [combination](variants) of their texts. Digests only count:
//! a record whose digest is known is searched like any other. A text that is kept is known by its block's names and by the
//! text itself.
//!
//! # Order does not matter
//!
//! The same blocks come out for any order in which parts and copies arrive, and for any division of a log between sessions
//! whose [partials](BlockStore::merge) are merged. Every choice (which of two records with one text, which matched blocks
//! fit the budget, which blocks are counted) therefore depends on contents alone. One does not: which incomplete blocks
//! are closed early. That is reported, with their names.

mod add;
mod block;
mod bounds;
mod budget;
mod conflicts;
mod digest;
mod digests;
mod evaluated;
mod evict;
mod filter;
mod key;
mod matched;
mod matched_texts;
mod merge;
mod mode;
mod names;
mod not_kept;
mod partial;
mod parts;
mod queues;
mod resident;
mod store;
mod tally;
#[cfg(test)]
mod testing;
mod variants;

pub(crate) use block::{BlockPart, Hidden, PartCopy, record_id_order};
pub use block::{BlockVariant, ScriptBlock};
pub use conflicts::Conflict;
pub(crate) use filter::MissedViews;
pub use filter::{BlockFilter, MatchedBlock};
pub use matched::MatchedBlocks;
pub(crate) use merge::TakenBlocks;
pub use mode::Mode;
pub use names::BlockNames;
pub(crate) use names::MissedViewNames;
pub use not_kept::BlockFacts;
pub use store::BlockStore;
pub use tally::Tally;
