//! Events written as text.

pub(super) mod classic;
pub(super) mod format_list;
mod framer;
mod kind;
pub(super) mod snare;
pub(super) mod syslog;
pub(super) mod wevtutil;

pub(super) use framer::TextFramer;
pub(super) use kind::read;
