//! The EVTX reader against an independent one, the `evtx` crate.

mod damage;
mod fixtures;
mod gather;
mod generated;
mod oracle;
