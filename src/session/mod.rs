//! [`Session`]: the façade. Bytes in, report out.
//!
//! ```text
//!  Options ─▶ Config ─┐
//!                     ▼
//!  begin/push/end ─▶ Session ─▶ report, block, text, views …        (query)
//!  (read, sink)       │   ▲
//!             partial ▼   │ merge                                   (partial)
//!                   bytes of another session with the same rules
//! ```
//!
//! [`state`] holds a session's state; the other files are its methods, a concern each. [`sink`] is the path from a
//! source's records to the block store, taken once a record.

mod case_report;
mod config;
mod deserialize;
mod failure;
mod indicators;
mod inventory;
mod marked_texts;
mod open_source;
mod options;
mod partial;
mod query;
mod read;
mod search_query;
mod sink;
mod state;
mod store_problems;
mod tuning;

pub use case_report::CaseReport;
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
pub(crate) use deserialize::{AllowEntries, AssetFiles, CheckedEntry};
pub use failure::Failure;
pub use options::Options;
pub use partial::Handover;
pub use query::{
    Counts, FormattedScript, TextView, UnwrapStep, UnwrappedView, format_script, unwrap, views,
};
pub use search_query::{QueryRule, SearchQuery};
pub use state::Session;
pub use tuning::RuleCost;
