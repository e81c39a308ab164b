//! A case: what analysts decided about the results of some logs, as one file.
//!
//! ```text
//! {"format":"scriptscope.case","version":1,
//!  "tool", "name", "notes":[{by, note}],
//!  "sources":[{name, bytes, sha256}],           the logs, compared when a case is opened with logs
//!  "options":{…}, "rules":[{name, text}],       a session that reads them as before
//!  "allow":[…],                                 the allow-list of this case
//!  "marks":{"result:<id>":{verdict, note, by, star, expected, toReport, order, others:[{verdict, note, by}]}}}
//! ```
//!
//! `docs/case.md` describes the file. Cases merge in any order ([`Case::merge`]).

mod document;
mod error;
mod json;
mod merge;
mod model;
mod options;
mod parse;
mod sources;
mod write;

pub use document::DocumentFormat;
pub(crate) use document::Listed;
pub use error::CaseError;
pub use merge::Merged;
pub use model::{Case, CaseNote, CaseRule, CaseSource, Mark, MarkKey, MarkKind, Opinion, Verdict};
pub(crate) use sources::{add_to, not_read_again};
