//! What each command does, from its words to its exit status.

mod analyze;
mod follow;
mod merge;
mod partial;
mod rules;
mod test;
mod unwrap;

pub(crate) use analyze::analyze;
pub(crate) use merge::merge;
pub(crate) use partial::partial;
pub(crate) use rules::rules;
pub(crate) use test::{TestCase, test};
pub(crate) use unwrap::unwrap;

/// Nothing was found, or every test passed.
pub(crate) const NOTHING_FOUND: u8 = 0;
/// Something was found, or a test failed.
pub(crate) const FOUND: u8 = 1;
/// The options are wrong, or an input could not be read at all.
pub(crate) const FAILED: u8 = 2;
