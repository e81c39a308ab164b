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
//! holds this true. [`session::Session`] is the façade over all of it.
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

pub mod error;
mod fingerprint;
pub mod float;
pub mod limits;
mod memory;
mod simd;
pub mod sort;
mod static_map;
pub mod text;
pub mod time;

pub mod event;
pub mod source;
pub mod wire;

pub mod reassemble;
pub mod script;

mod literal;
mod regex;
pub mod search;

pub mod rule;

pub mod detect;

pub mod risk;

pub mod report;
pub mod session;

#[cfg(target_family = "wasm")]
mod js;
