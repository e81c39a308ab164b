//! Reads each log file in a thread of its own, merges the threads' partials, and prints the computers and users at risk.
//!
//! ```text
//! cargo run --release --example merge_partials -- samples/intrusion.xml other.evtx
//! ```

use scriptscope::{Error, Failure, Options, Session};
use std::fs;
use std::thread;

/// Reads a file in a session of its own and returns its partial.
fn read(path: &str) -> Result<Vec<u8>, Error> {
    let mut session = Session::new(Options::default())?;
    session.begin(path)?;
    match fs::read(path) {
        Ok(bytes) => {
            session.push(&bytes)?;
            session.end()?;
        }
        // The report then lists the file with this problem.
        Err(error) => session.fail(Failure::ReadFailed, &error.to_string())?,
    }
    session.partial()
}

fn main() -> Result<(), Error> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let workers: Vec<_> =
        paths.into_iter().map(|path| thread::spawn(move || read(&path))).collect();

    // The report does not depend on the order of the partials.
    let mut session = Session::new(Options::default())?;
    for worker in workers {
        match worker.join() {
            Ok(partial) => session.merge(&partial?)?,
            Err(_) => eprintln!("a thread panicked: its file is missing in the report"),
        }
    }

    let report = session.report();
    println!("{} script blocks in {} files", report.totals.script_blocks, report.totals.sources);
    for object in &report.risk_objects {
        let score = object.score.0 as f64 / 100.0;
        println!("{score:>8}  {}  {}", object.kind, object.object);
    }
    Ok(())
}
