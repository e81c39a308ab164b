//! The generator of logs, which lives with the example of that name.

#![allow(dead_code, clippy::string_slice)]

#[path = "../../examples/generate/binxml.rs"]
mod binxml;
#[path = "../../examples/generate/damage.rs"]
pub(crate) mod damage;
#[path = "../../examples/generate/dice.rs"]
pub(crate) mod dice;
#[path = "../../examples/generate/evtx.rs"]
pub(crate) mod evtx;
#[path = "../../examples/generate/record.rs"]
pub(crate) mod record;
#[path = "../../examples/generate/script.rs"]
mod script;
#[path = "../../examples/generate/story.rs"]
pub(crate) mod story;
