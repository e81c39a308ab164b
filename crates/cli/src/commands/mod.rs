//! Commands, from their arguments to the exit status.

mod analyze;
mod blocks;
mod case;
mod data_sets;
mod follow;
mod iocs;
mod merge;
mod partial;
mod report;
mod risk;
mod rules;
mod scripts;
mod search;
mod test;
mod unwrap;

pub(crate) use analyze::analyze;
pub(crate) use blocks::blocks;
pub(crate) use case::case;
pub(crate) use iocs::iocs;
pub(crate) use merge::merge;
pub(crate) use partial::partial;
pub(crate) use report::report;
pub(crate) use risk::risk;
pub(crate) use rules::rules;
pub(crate) use scripts::scripts;
pub(crate) use search::search;
pub(crate) use test::{TestCase, test};
pub(crate) use unwrap::unwrap;

/// Exit status if nothing was found, or every test passed.
pub(crate) const NOTHING_FOUND: u8 = 0;
/// Exit status if something was found, or a test failed.
pub(crate) const FOUND: u8 = 1;
/// Exit status if the options are wrong, an input could not be read at all, or the output cannot be written.
pub(crate) const FAILED: u8 = 2;
