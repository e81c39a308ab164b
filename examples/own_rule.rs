//! Runs one Sigma or Splunk rule file over a log and prints the scripts that it matches.
//!
//! ```text
//! cargo run --release --example own_rule -- my_rule.yml samples/intrusion.xml
//! ```

use scriptscope::{Options, RuleFile, Session};
use std::error::Error;
use std::fs;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (rule, log) = arguments.next().zip(arguments.next()).ok_or("usage: own_rule RULE LOG")?;

    let file = RuleFile::new(&rule, fs::read(&rule)?);
    let options = Options::default().with_builtin(false).with_rules([file]);
    let mut session = Session::new(options)?;
    session.begin(&log)?;
    session.push(&fs::read(&log)?)?;
    session.end()?;

    let report = session.report();
    for rule in &report.rules {
        match &rule.refused {
            None => println!("{}: {} script blocks match", rule.title, rule.matched),
            Some(refused) => println!("{} cannot run: {}", rule.title, refused.reason),
        }
    }
    for block in &report.script_blocks {
        let computer = block.computer.as_deref().unwrap_or("unknown computer");
        println!("\n{computer}, {}:\n{}", block.time.as_deref().unwrap_or("no time"), block.text);
    }
    Ok(())
}
