//! Formats of events as text: `classic` (Splunk), `format_list` (PowerShell), `snare`, `wevtutil` and `pwsh`, and
//! the headers of `syslog`.
//!
//! `kind` decides which of them an event has; `framer` finds its end.

pub(super) mod classic;
pub(super) mod format_list;
mod framer;
mod kind;
mod octal;
pub(super) mod pwsh;
pub(super) mod snare;
pub(super) mod syslog;
pub(super) mod wevtutil;

pub(super) use framer::TextFramer;
pub(super) use kind::read;
