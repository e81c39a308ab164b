//! Native input for scriptscope: files, folders, archives and streams, read on all cores into one
//! [`Session`](scriptscope::Session).
//!
//! ```text
//! Input ─▶ Resource ─▶ Task ─▶ worker: unpack ─▶ Session ─▶ partial result ─▶ merge ─▶ Scan
//!          (a file)    (or a   (a thread)                                     (the calling
//!                       range)                                                 thread)
//! ```
//!
//! The report is byte for byte that of the JavaScript library, for any number of threads: the bounds of archives
//! ([`limits`]), the names of sources and the texts of problems are those of `npm/`. The engine decides where a large
//! log may be divided ([`scriptscope::Cutter`]).
//!
//! A panic of the engine is a bug that costs one attempt. The session that panicked is dropped, and everything it read
//! since its last partial result is read again. The input that caused the panic is read last, alone. If it panics
//! again, the report says that the input was given up.

#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

mod failure;
mod files;
mod inflate;
mod input;
pub mod limits;
mod pool;
mod progress;
mod ranges;
mod reading;
mod rules;
mod share;
mod source_names;
mod tasks;
mod unpack;
mod worker;
mod zip;

pub use failure::{InputFailure, cause};
pub use input::{Input, ListedFile, ReadSeek, Stream, list_files};
pub use pool::{Panic, Scan, ScanError, Scanner};
pub use progress::{Cancel, Progress};
pub use ranges::{SourceRange, read_blocks, read_ranges};
pub use reading::SourceRead;
pub use rules::{RuleFileError, read_linked_rules, read_rules};
pub use share::Share;
