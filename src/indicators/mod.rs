//! Indicators in script texts: addresses, hashes, places on disk and in the registry, for blocking and for reports.
//!
//! ```text
//! text, its views ─▶ TextIndicators ─▶ IndicatorSet ─▶ the report's IndicatorList
//!                    (scan, one pass)   (of many texts)   (rows, counts of those left out)
//! ```
//!
//! A value that nobody would block is not lost: it is left out of the rows and counted by its [`LeftOut`] reason.
//! Time and memory are linear in the text. Every recogniser begins at a word, reads at most
//! [`limits::INDICATOR_BYTES`](crate::limits::INDICATOR_BYTES) beyond it, and scanning goes on after what it took.
//!
//! | file | subject |
//! | --- | --- |
//! | `kind` | kinds of indicators, and reasons to leave one out |
//! | `scan` | the pass over a text |
//! | `address` | IPv4 and IPv6 addresses |
//! | `host` | names of hosts, top-level domains |
//! | `url` | URLs and e-mail addresses |
//! | `path` | file paths, registry keys, named pipes |
//! | `agent` | user agents |
//! | `views` | a text together with its views |
//! | `index` | the indicators of every text that was read |
//! | `set` | the indicators of many texts |
//! | `defang` | values in a form that no program follows |
//! | `called` | commands and types that a script calls |

mod address;
mod agent;
mod called;
mod defang;
mod host;
mod index;
mod kind;
mod path;
mod scan;
mod set;
mod url;
mod views;

pub use called::{CalledNames, called_names};
pub(crate) use defang::defang;
pub(crate) use index::TextIndex;
pub use kind::{IndicatorKind, LeftOut};
pub(crate) use set::{Entry, IndicatorPlace, IndicatorSet, hash};
pub(crate) use views::{TextIndicators, reader_views};
