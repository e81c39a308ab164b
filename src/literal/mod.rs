//! Finding literals in texts: one, or many at once.

mod ascii_core;
mod finder;
mod frequency;
mod grams;
mod pair;
mod required;
mod set;

pub(crate) use ascii_core::AsciiCore;
pub(crate) use finder::LiteralFinder;
pub(crate) use grams::{GRAM_SHORTEST, GramScratch, Grams, commonness};
pub(crate) use pair::Pair;
pub use required::Required;
pub(crate) use set::LiteralSet;
