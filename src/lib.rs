//! scriptscope reads Windows PowerShell Script Block Logging (event 4104), runs detections over it and
//! scores risk, entirely on the reader's own machine.
//!
//! # The pipeline
//!
//! ```text
//! bytes ─▶ source ─▶ Event ─▶ reassemble ─▶ ScriptBlock ─▶ detect ─▶ search ─▶ risk ─▶ report
//! ```
//!
//! It reads left to right and nothing points back: a module names only what stands before it, and a test
//! holds this true. [`Session`] is the façade over all of it.
//!
//! # The nouns
//!
//! * A [source](source) is one input: a file, a stream, an archive's member. Its bytes are pushed in pieces of any size.
//! * An [`event::Event`] is one 4104 record; a [`reassemble::ScriptBlock`] is one script, joined from its records.
//! * A [`rule::Rule`] is a detection: a search with what it means for risk.
//! * A result is a row of a rule's table, with the script blocks behind it.
//! * A risk object is a machine, user or other thing that results count against.
//!
//! # Threat model
//!
//! Log text is written by attackers, rule files by strangers. Whatever the bytes: no panic, no unbounded
//! memory beside the results kept ([`limits`] names every bound), no silent loss ([`error::Problem`]), linear-time patterns only.

#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::unreachable
    )
)]

mod error;
mod fingerprint;
mod float;
mod limits;
mod memory;
mod simd;
mod sort;
mod static_map;
mod text;
mod time;

mod literal;
mod regex;

mod event;
mod source;
mod wire;

mod reassemble;
mod script;

mod search;

mod rule;

mod detect;

mod risk;

pub mod report;
mod session;

#[cfg(target_family = "wasm")]
mod js;

pub use error::Error;
pub use reassemble::Mode;
pub use report::{AllowEntry, Format, Problem, Report};
pub use rule::RuleFile;
pub use session::{Counts, Failure, Options, RuleCost, Session, TextView};

/// For this project's own tests, fuzzers and benchmarks. No promise is made about any of it.
#[doc(hidden)]
pub mod internal {
    pub use crate::error::Problem;
    pub use crate::event::Event;
    pub use crate::reassemble::ScriptBlock;
    pub use crate::time::Time;
    pub mod limits {
        pub use crate::limits::{NAMES_PER_SOURCE, PROBLEMS_PER_SOURCE, RESULTS};
    }
    pub mod detect {
        pub use crate::detect::RulePrefilter;
    }
    pub mod rule {
        pub use crate::rule::{RuleKind, RuleOptions, RuleSet, load};
    }
    pub mod script {
        pub use crate::script::{is_obfuscated, lex, views};
    }
    pub mod search {
        pub use crate::search::{
            Context, Expr, Library, Lookup, LookupDefinition, MatchType, Pattern, Piece, Place,
            Regex, RegexFlags, Required, Search, Table, Test, Value,
        };
    }
    pub mod source {
        pub use crate::source::{
            Decoder, Encoding, Format, OtherRecord, ScriptRecord, Sink, Source, SourceOptions,
            read_again,
        };
        pub mod evtx {
            pub use crate::source::evtx::{Decoder, SourceRange, read_again};
        }
    }
    pub mod text {
        pub use crate::text::{Raw, Text, fold_case, fold_char};
    }
}
