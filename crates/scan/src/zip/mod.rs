//! Zip archives: the list of members is read here, entry by entry, so that each of a million is bounded and none is hidden
//! by another of its name; members in the clear are inflated here, and the `zip` crate decrypts.

mod directory;
mod member;
mod names;
mod single;

pub(crate) use directory::Directory;
pub(crate) use member::with_content;
