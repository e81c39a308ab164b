//! Risk: from rows to risk events, from risk events to risk objects, and findings over them.
//!
//! ```text
//! row of a rule ─ events ─▶ RowRisk ─ objects ─▶ RankedObject ─ findings ─▶ ObjectFinding
//!                 (one a risk field       (its contributions,     (windows over the thresholds
//!                  and value, and          their sum, and the      of the correlation rules)
//!                  one a user)             distinct score)
//! ```
//!
//! The score of an object is the sum of its contributions in exact hundredths, so every sum can be broken down into its
//! parts, and the order of addition does not matter. Objects are ranked by their distinct score: the largest value, over
//! all windows of a day, of the sum of each rule's highest score.
//!
//! # Example
//!
//! Two critical rules match the same script, so its computer has 2 × 90 points: a finding, as 180 is more than 100.
//!
//! ```
//! use scriptscope::{Options, RuleFile, Session};
//!
//! let rule = |name: &str, word: &str| {
//!     let text = format!(
//!         "title: {name}\nlogsource: {{category: ps_script}}\nlevel: critical\n\
//!          detection:\n  s: {{ScriptBlockText|contains: {word}}}\n  condition: s\n"
//!     );
//!     RuleFile::new(format!("{name}.yml"), text)
//! };
//! let rules = [rule("A", "mimikatz"), rule("B", "lsass")];
//! let mut session = Session::new(Options::default().with_builtin(false).with_rules(rules))?;
//! session.begin("log.xml")?;
//! session.push(
//!     b"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>
//!     <Provider Name='Microsoft-Windows-PowerShell'/><EventID>4104</EventID>
//!     <TimeCreated SystemTime='2026-08-08T06:13:52.083Z'/><Computer>FS03</Computer></System><EventData>
//!     <Data Name='MessageNumber'>1</Data><Data Name='MessageTotal'>1</Data>
//!     <Data Name='ScriptBlockText'>mimikatz lsass</Data>
//!     <Data Name='ScriptBlockId'>6f1c2d3e-0000-4000-8000-000000000001</Data></EventData></Event>",
//! )?;
//! session.end()?;
//! let report = session.report();
//! assert_eq!(report.risk_objects[0].score.0, 18_000, "in hundredths");
//! assert_eq!(report.findings[0].object, "FS03");
//! assert_eq!(report.findings[0].severity, "medium");
//! # Ok::<(), scriptscope::Error>(())
//! ```

mod contribution;
mod distinct;
mod events;
mod findings;
mod message;
mod objects;
mod options;
mod row;
mod tactics;
#[cfg(test)]
mod test_support;
mod users;
mod window;

pub(crate) use contribution::Contribution;
pub(crate) use events::{RowRisk, row_risks};
pub(crate) use findings::{Findings, ObjectFinding, correlate};
pub(crate) use objects::{RankedObject, RiskContext, rank_objects};
pub(crate) use options::RiskOptions;
pub(crate) use tactics::rule_tactics;
pub(crate) use users::{BlockOrigin, UserObject};
