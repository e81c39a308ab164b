//! The EVTX reader compared with an independent one, the `evtx` crate.

mod damage;
mod fixtures;
mod gather;
mod generated;
mod oracle;
mod tamper;
