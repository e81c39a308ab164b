//! Zip archives. The central directory is read here, entry by entry, so that a million members stay bounded and no
//! member is hidden by another of the same name. Unencrypted members are inflated here; the `zip` crate decrypts.

mod directory;
mod member;
mod names;
mod rebuild;
mod single;

pub(crate) use directory::{Directory, LIST_DAMAGED};
pub(crate) use member::with_content;
