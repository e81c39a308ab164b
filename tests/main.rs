//! Tests of the crate from outside, one module a part, in one binary so that it links once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    missing_docs
)]

mod differences;
mod evtx;
mod layering;
mod regex;
mod regressions;
mod search;
mod session;
mod source;
mod support;
