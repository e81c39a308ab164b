//! Compares the logs of a case with those that were read.

use super::model::{Case, CaseSource};
use crate::report::{self, Problem, Report};
use crate::sort;
use std::collections::{HashMap, HashSet};

impl Case {
    /// Returns what is wrong with the logs that were read for this case: those that are missing, changed, renamed or new.
    /// Hashes are compared where both have one.
    pub fn check_sources(&self, report: &Report) -> Vec<Problem> {
        let mut read: HashMap<&str, Vec<&report::Source>> = HashMap::new();
        let mut by_hash: HashMap<&str, &report::Source> = HashMap::new();
        for source in &report.sources {
            read.entry(&source.name).or_default().push(source);
            by_hash.extend(source.sha256.as_deref().map(|sha256| (sha256, source)));
        }
        let mut known: HashSet<&str> =
            self.sources.iter().map(|source| source.name.as_str()).collect();
        let mut problems = Vec::new();
        for source in &self.sources {
            let same_name = read.get(source.name.as_str()).map_or(&[][..], Vec::as_slice);
            if same_name.iter().any(|other| is_same(source, other)) {
                continue;
            }
            let renamed = source.sha256.as_deref().and_then(|sha256| by_hash.get(sha256));
            problems.push(match (same_name.first(), renamed) {
                (_, Some(other)) => {
                    known.insert(&other.name);
                    let message =
                        format!("the case has this log under another name: {:?}", source.name);
                    problem(&CaseSource::of(other), "info", "case-source-renamed", message)
                }
                (Some(other), None) => {
                    problem(source, "error", "case-source-changed", changed(source, other))
                }
                (None, None) => {
                    let message = "the case was made with this log, and it was not read: add it";
                    problem(source, "error", "case-source-missing", message.to_owned())
                }
            });
        }
        for source in report.sources.iter().filter(|_| !self.sources.is_empty()) {
            if !known.contains(source.name.as_str()) {
                let message = "this log is not of the case: it was added since";
                let source = CaseSource::of(source);
                problems.push(problem(&source, "info", "case-source-new", message.to_owned()));
            }
        }
        problems
    }

    /// Adds [`Case::check_sources`] to the problems of a report.
    pub fn add_problems(&self, report: &mut Report) {
        let problems = self.check_sources(report);
        add_to(report, problems);
    }

    /// Replaces the logs of the case by those of a report.
    pub fn set_sources(&mut self, report: &Report) {
        self.sources = report.sources.iter().map(CaseSource::of).collect();
        self.sort();
    }
}

/// Adds problems of logs to a report.
pub(crate) fn add_to(report: &mut Report, problems: Vec<Problem>) {
    report.totals.problems += problems.len() as u64;
    for problem in &problems {
        let name = problem.source.as_ref();
        if let Some(source) = report.sources.iter_mut().find(|own| Some(&own.name) == name) {
            source.problems += 1;
        }
    }
    report.problems.extend(problems);
    sort::sort(&mut report.problems);
}

/// Returns the problem of a marked script block without its text.
pub(crate) fn not_read_again(id: &str, source: &str) -> Problem {
    let source = CaseSource { name: source.to_owned(), bytes: 0, sha256: None };
    let message = format!(
        "the text of the marked script block {id} was not read again, so the report lacks it: give the log as a file that \
         has not changed"
    );
    problem(&source, "warning", "text-not-read-again", message)
}

impl CaseSource {
    fn of(source: &report::Source) -> Self {
        Self { name: source.name.clone(), bytes: source.bytes, sha256: source.sha256.clone() }
    }
}

fn is_same(known: &CaseSource, read: &report::Source) -> bool {
    let is_other = known.sha256.is_some() && read.sha256.is_some() && known.sha256 != read.sha256;
    known.bytes == read.bytes && !is_other
}

fn changed(known: &CaseSource, read: &report::Source) -> String {
    if known.bytes != read.bytes {
        let (was, is) = (known.bytes, read.bytes);
        return format!(
            "the log has changed since the case was saved: it had {was} bytes and has {is}"
        );
    }
    "the log has changed since the case was saved: its SHA-256 is another".to_owned()
}

fn problem(source: &CaseSource, severity: &'static str, code: &str, message: String) -> Problem {
    Problem {
        source: Some(source.name.clone()),
        rule: None,
        severity,
        code: code.to_owned(),
        message,
        offset: None,
        line: None,
        column: None,
        record: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Options, Session};

    fn report(logs: &[(&str, &str)]) -> Report {
        let mut session = Session::new(Options::default().with_sha256(true)).unwrap();
        for (name, text) in logs {
            session.begin(name).unwrap();
            session.push(text.as_bytes()).unwrap();
            session.end().unwrap();
        }
        session.report()
    }

    #[test]
    fn missing_changed_renamed_and_new_logs_are_said() {
        let mut case = Case::default();
        case.set_sources(&report(&[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4"), ("e", "55")]));
        let mut read = report(&[("a", "1"), ("b", "x"), ("other", "3"), ("new", "5"), ("e", "5")]);
        let (before, listed) = (read.totals.problems, read.problems.len());
        case.add_problems(&mut read);
        let mut found: Vec<(&str, &str)> = read
            .problems
            .iter()
            .filter_map(|problem| {
                Some((problem.source.as_deref()?, problem.code.strip_prefix("case-source-")?))
            })
            .collect();
        found.sort_unstable();
        let expected = [
            ("b", "changed"),
            ("d", "missing"),
            ("e", "changed"),
            ("new", "new"),
            ("other", "renamed"),
        ];
        assert_eq!(found, expected);
        assert_eq!(read.totals.problems - before, 5);
        assert_eq!(read.problems.len() - listed, 5);
        assert!(Case::default().check_sources(&read).is_empty());
    }
}
