//! The EVTX reader against an independent one, the `evtx` crate.

mod damage;
mod gather;
mod oracle;
