//! Finding literals in texts: one, or many at once.

mod finder;
mod required;
mod set;

pub(crate) use finder::Needle;
pub use required::Required;
pub(crate) use set::Needles;
