//! Reads Windows PowerShell Script Block Logging (event 4104), runs detections over it and scores risk, on the reader's
//! own machine.
//!
//! # What a log is
//!
//! With Script Block Logging switched on, Windows logs the text of every script that PowerShell compiles as event 4104.
//! A script of 20,000 UTF-16 units or more is logged in parts, one record each:
//!
//! ```text
//! record 811  ScriptBlockId 6f1c…  MessageNumber 1  MessageTotal 3  ScriptBlockText "function Get-Th"
//! record 812  ScriptBlockId 6f1c…  MessageNumber 2  MessageTotal 3  ScriptBlockText "ing { Enable-PSRemo"
//! record 813  ScriptBlockId 6f1c…  MessageNumber 3  MessageTotal 3  ScriptBlockText "ting }"
//! ```
//!
//! scriptscope joins the parts, so a rule finds `Enable-PSRemoting` although no record holds the word. Logs come as EVTX
//! files, event XML, JSON of many collectors, CSV, and text. The format is recognised by the bytes, never by the name.
//!
//! # A first program
//!
//! ```
//! use scriptscope::{Options, Session};
//!
//! let log = r#"<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>
//!     <Provider Name="Microsoft-Windows-PowerShell"/><EventID>4104</EventID>
//!     <TimeCreated SystemTime="2026-08-08T06:13:52.083Z"/><Computer>FS03.corp.example</Computer></System>
//!     <EventData><Data Name="MessageNumber">1</Data><Data Name="MessageTotal">1</Data>
//!     <Data Name="ScriptBlockText">Enable-PSRemoting -Force</Data>
//!     <Data Name="ScriptBlockId">6f1c2d3e-0000-4000-8000-000000000001</Data></EventData></Event>"#;
//!
//! let mut session = Session::new(Options::default())?;
//! session.begin("powershell.xml")?;
//! session.push(log.as_bytes())?;
//! session.end()?;
//!
//! let report = session.report();
//! let object = &report.risk_objects[0];
//! assert_eq!((object.object.as_str(), object.score.points()), ("FS03.corp.example", 25.0));
//! # Ok::<(), scriptscope::Error>(())
//! ```
//!
//! # Sessions and partials
//!
//! A [`Session`] reads sources one after the other. Bytes may be cut anywhere, and the order of sources does not change
//! the report. [`Session::report`] may be called at any time, also in the middle of a source.
//!
//! Several sessions can share the work: each reads other files, or other ranges of a large file, and gives its state as a
//! partial. A session with the same rules and options merges partials in any order and makes the same report, byte for
//! byte, whether they come from another thread, process or machine, native or wasm:
//!
//! ```
//! use scriptscope::{Options, Session};
//!
//! let read = |name: &str| -> Result<Vec<u8>, scriptscope::Error> {
//!     let mut session = Session::new(Options::default())?;
//!     session.begin(name)?;
//!     session.push(br#"{"EventID": 4688, "Computer": "FS03"}"#)?;
//!     session.end()?;
//!     session.partial()
//! };
//! let mut all = Session::new(Options::default())?;
//! all.merge(&read("a.json")?)?;
//! all.merge(&read("b.json")?)?;
//! assert_eq!(all.report().totals.records, 2);
//! # Ok::<(), scriptscope::Error>(())
//! ```
//!
//! # Rules
//!
//! Built-in detections run by default. [`Options::rules`] takes files of Splunk's security_content, saved searches and
//! Sigma, unmodified, with their macros and lookups. A rule about other events is counted; one that cannot
//! run is in [`Report::rules`] with the reason and the position, and all others run:
//!
//! ```
//! use scriptscope::{Options, RuleFile, Session};
//!
//! let file = RuleFile::new("remoting.yml", "\
//! title: Remoting enabled
//! logsource: { product: windows, category: ps_script }
//! detection: { words: { ScriptBlockText|contains: Enable-PSRemoting }, condition: words }
//! level: high
//! ");
//! let mut session = Session::new(Options::default().with_builtin(false).with_rules([file]))?;
//! assert_eq!(session.report().rules[0].title, "Remoting enabled");
//! # Ok::<(), scriptscope::Error>(())
//! ```
//!
//! # The language
//!
//! Rules are searches in the part of SPL that published 4104 detections use; Sigma rules become the same conditions. The
//! language is described in `docs/search.md`, what is read of a rule file in `docs/rules.md`.
//!
//! # Limits and threats
//!
//! Log text is written by attackers, and rule files by strangers. For any bytes: no panic; memory that is bounded beside
//! the results kept, each bound a named constant with its reason; no silent loss, but a [`Problem`] with source, place and
//! cause; regular expressions in linear time only. Nothing here reads files or uses the network.
//!
//! # Inside
//!
//! ```text
//! bytes ─▶ source ─▶ record ─▶ reassemble ─▶ script block ─▶ detect ─▶ search ─▶ row ─▶ risk ─▶ report
//!          (frame,             (parts of one  (views)         (which rules      (the rule's   (who is     (contract,
//!           decode)             block joined)                  may match it)     whole search)  at risk)    exporters)
//! ```
//!
//! A module imports only from modules to its left, and a test holds it to that. ARCHITECTURE.md has the map and the way of
//! one record from byte to report.

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
mod ordered;
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

mod indicators;

mod search;

mod rule;

mod detect;

mod risk;

pub mod report;

pub mod case;
pub mod inventory;

mod session;

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
mod js;

pub use error::Error;
pub use indicators::{CalledNames, IndicatorKind, LeftOut, called_names};
pub use reassemble::Mode;
pub use report::{AllowEntry, Format, Problem, Report};
pub use rule::RuleFile;
pub use session::{
    CaseReport, Counts, Failure, FormattedScript, Handover, Options, QueryRule, RuleCost,
    SearchQuery, Session, TextView, UnwrapStep, UnwrappedView, format_script, unwrap, views,
};
pub use source::{CutWindow, Cutter, cut_ranges, has_checksums, range_bytes};

/// For this project's own tests, fuzzers and benchmarks. No promise is made about any of it.
#[doc(hidden)]
pub mod internal {
    pub use crate::error::Problem;
    pub use crate::event::{Event, Recovery};
    pub use crate::reassemble::ScriptBlock;
    pub use crate::time::Time;
    pub mod limits {
        pub use crate::limits::{NAMES_PER_SOURCE, PROBLEMS_PER_SOURCE, RESULTS};
    }
    pub mod detect {
        pub use crate::detect::RulePrefilter;
    }
    pub mod literal {
        pub use crate::literal::Required;
    }
    pub mod regex {
        pub use crate::regex::{Regex, RegexError, RegexFlags};
    }
    pub mod reassemble {
        pub use crate::reassemble::{
            BlockFacts, BlockFilter, BlockNames, BlockStore, BlockVariant, Conflict, MatchedBlock,
            MatchedBlocks, Tally,
        };
    }
    pub mod rule {
        pub use crate::rule::{RuleKind, RuleOptions, RuleSet, load};
    }
    pub mod script {
        pub use crate::script::{is_obfuscated, lex, shape, views};
    }
    pub mod search {
        pub use crate::search::{
            Condition, FieldRelation, Library, Lookup, LookupDefinition, MatchType, Predicate,
            Regex, RegexFlags, Required, ResultTable, RunContext, Search, Value, Wildcard,
            WildcardPiece,
        };
    }
    pub mod source {
        pub use crate::source::{
            Decoder, Encoding, Format, OtherEvent, OtherRecord, ScriptRecord, Sink, Source,
            SourceOptions, read_again,
        };
        pub mod evtx {
            pub use crate::source::evtx::{EvtxDecoder, SourceRange, read_again};
        }
    }
    pub mod text {
        pub use crate::text::{Raw, Text, fold_case, fold_char};
    }
}
