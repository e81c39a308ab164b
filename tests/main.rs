//! Integration tests, in one binary so that it is linked once.

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
mod script;
mod search;
mod session;
mod source;
mod support;
