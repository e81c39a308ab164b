//! Reads one log file with the built-in detections and prints its results.
//!
//! ```text
//! cargo run --release --example scan_file -- samples/intrusion.xml
//! ```

use scriptscope::{Options, Session};
use std::error::Error;
use std::fs::File;
use std::io::Read;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: scan_file LOG")?;
    let mut session = Session::new(Options::default())?;

    // The format is recognised by the bytes, and the bytes may be cut anywhere.
    let mut file = File::open(&path)?;
    let mut buffer = vec![0; 1 << 20];
    session.begin(&path)?;
    loop {
        let count = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
        session.push(bytes)?;
    }
    session.end()?;

    let report = session.report();
    for problem in &report.problems {
        eprintln!("{}: {}", problem.severity, problem.message);
    }
    for row in &report.results {
        let rule = report.rules.iter().find(|rule| rule.id == row.rule_id);
        let title = rule.map_or("", |rule| rule.title.as_str());
        let time = row.first_time.as_deref().unwrap_or("no time");
        println!("{time}  {title}: {}", row.message.as_deref().unwrap_or_default());
    }
    for object in &report.risk_objects {
        let score = object.score.0 as f64 / 100.0;
        println!("{score:>8}  {}", object.object);
    }
    Ok(())
}
