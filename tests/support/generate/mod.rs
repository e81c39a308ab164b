//! The log generator as a module of the tests; `main.rs` is the same as a program.

#![allow(dead_code, clippy::string_slice)]

mod binxml;
pub(crate) mod damage;
pub(crate) mod dice;
pub(crate) mod evtx;
mod incident;
pub(crate) mod record;
mod script;
pub(crate) mod story;
pub(crate) mod text;
