//! `scriptscope test`: tests rules on their own samples, and on logs with expected numbers of matches.

use super::{FOUND, NOTHING_FOUND};
use crate::args::TestArgs;
use crate::config::effective;
use crate::console::Console;
use crate::engine;
use crate::failed::Failed;
use crate::junit::junit;
use crate::logs;
use crate::settings::OutputFormat;
use crate::terminal::{Painter, Style, json_line, plural, visible};
use scriptscope::Session;
use scriptscope::report::{Report, RuleStatus, SampleRun};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Upper bound on the lines of a script in a difference.
const TEXT_LINES: usize = 12;

pub(crate) fn test(mut args: TestArgs) -> Result<u8, Failed> {
    let Some(mut settings) = effective(args.common)? else { return Ok(NOTHING_FOUND) };
    let printed = [OutputFormat::Table, OutputFormat::Json, OutputFormat::Junit];
    let format = engine::format(&settings, "`scriptscope test`", &printed)?;
    if !args.words.is_empty() {
        settings.rules.insert(0, args.words.remove(0));
    } else if settings.rules.is_empty() {
        return Err(Failed::Usage("no rules: `scriptscope test RULES [LOGS]`".to_owned()));
    }
    let files = args.words;
    if args.expect.is_some() && files.is_empty() {
        return Err(Failed::Usage("--expect: name the logs to match it in".to_owned()));
    }
    settings.no_builtin = true;
    let expected = args.expect.as_deref().map(expected_at).transpose()?;
    let console = Console::new(&settings);
    let mut logs = logs::read(&console, &settings, engine::options(&settings)?, &files)?;
    let report = logs.session.outline().report;
    let results = run(&logs.session, &report, !files.is_empty(), expected.as_ref());
    let text = match format {
        OutputFormat::Junit => junit(&results.cases),
        OutputFormat::Json => json(&results),
        _ => table(&results, console.out),
    };
    console.write(text.as_bytes())?;
    let has_failed = results.cases.iter().any(|case| case.failure.is_some());
    let status = if has_failed { FOUND } else { NOTHING_FOUND };
    Ok(logs.status(&console, &settings, &report, status))
}

/// Test case with its outcome.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct TestCase {
    /// The rule's file; `None` for a built-in rule.
    pub(crate) file: Option<String>,
    /// The rule's title.
    pub(crate) rule: String,
    pub(crate) id: String,
    pub(crate) name: String,
    /// Difference, line by line: expected lines start with `-`, found lines with `+`.
    pub(crate) failure: Option<Vec<String>>,
}

struct Results {
    cases: Vec<TestCase>,
    rules: usize,
    /// Titles of rules without samples.
    untested: Vec<String>,
    /// Number of script blocks in the logs that each rule matched, if logs were read.
    matched: Option<BTreeMap<String, u64>>,
}

type Expected = BTreeMap<String, u64>;

fn run(session: &Session, report: &Report, on_logs: bool, expected: Option<&Expected>) -> Results {
    let (mut cases, mut untested) = (Vec::new(), Vec::new());
    let broken = report
        .problems
        .iter()
        .filter(|problem| problem.severity == "error" && problem.rule.is_none());
    for problem in broken {
        let place = place(problem.line, problem.column, " line ");
        let file = problem.source.clone();
        cases.push(TestCase {
            rule: file.clone().unwrap_or_default(),
            file,
            id: String::new(),
            name: "is read".to_owned(),
            failure: Some(vec![format!("+{place} {}", problem.message)]),
        });
    }
    for rule in &report.rules {
        let Some(source) = session.rule(&rule.id) else { continue };
        let title = if rule.title.is_empty() { &rule.id } else { &rule.title };
        let case = |name: String, failure| TestCase {
            file: source.file.clone(),
            rule: title.clone(),
            id: rule.id.clone(),
            name,
            failure,
        };
        let refused = rule.refused.as_ref().map(|refused| {
            let place = place(refused.line, refused.column, " at line ");
            let words = refused.reason.split('\n').map(|words| format!("  {words}"));
            ["- runs".to_owned(), format!("+ refused{place}")].into_iter().chain(words).collect()
        });
        let unable = (rule.status == RuleStatus::CannotMatch).then(|| {
            let reason = rule.status_reason.clone().unwrap_or_default();
            vec!["- runs".to_owned(), format!("+ cannot match: {reason}")]
        });
        let failure = refused.or(unable);
        let runs = failure.is_none();
        cases.push(case("runs".to_owned(), failure));
        if !runs {
            continue;
        }
        if source.samples.is_empty() {
            untested.push(title.clone());
        }
        cases.extend(
            source.samples.iter().map(|sample| case(sample_name(sample), difference(sample))),
        );
        if let Some(wanted) =
            expected.and_then(|expected| expected.get(&rule.id)).filter(|_| on_logs)
        {
            let failure = vec![
                format!("- {} matched", plural(*wanted, "script block")),
                format!("+ {} matched", plural(rule.matched, "script block")),
            ];
            let failure = Some(failure).filter(|_| *wanted != rule.matched);
            cases.push(case("finds in the logs what is expected".to_owned(), failure));
        }
    }
    for (id, wanted) in expected.into_iter().flatten() {
        if report.rules.iter().any(|rule| rule.id == *id) {
            continue;
        }
        let failure = vec![
            format!("- {} matched", plural(*wanted, "script block")),
            "+ no rule has this id".to_owned(),
        ];
        cases.push(TestCase {
            file: None,
            rule: id.clone(),
            id: id.clone(),
            name: "is loaded".to_owned(),
            failure: Some(failure),
        });
    }
    let matched = report.rules.iter().map(|rule| (rule.id.clone(), rule.matched)).collect();
    Results { cases, rules: report.rules.len(), untested, matched: on_logs.then_some(matched) }
}

fn place(line: Option<u32>, column: Option<u32>, before: &str) -> String {
    match (line, column) {
        (Some(line), Some(column)) => format!("{before}{line}:{column}"),
        (Some(line), None) => format!("{before}{line}"),
        _ => String::new(),
    }
}

fn sample_name(sample: &SampleRun) -> String {
    let name = if sample.name.is_empty() { "a sample without a name" } else { &sample.name };
    format!("{}: {name}", if sample.expected { "finds" } else { "passes over" })
}

fn difference(sample: &SampleRun) -> Option<Vec<String>> {
    if sample.expected == sample.found {
        return None;
    }
    let word = |is_found| if is_found { "found" } else { "not found" };
    let mut lines =
        vec![format!("- {}", word(sample.expected)), format!("+ {}", word(sample.found))];
    let text = sample.text.replace("\r\n", "\n").replace('\r', "\n");
    let all: Vec<_> = text.split('\n').collect();
    lines.extend(all.iter().take(TEXT_LINES).map(|line| format!("  | {line}")));
    if let Some(more) = all.len().checked_sub(TEXT_LINES).filter(|more| *more > 0) {
        lines.push(format!("  | and {} more", plural(more as u64, "line")));
    }
    Some(lines)
}

/// Reads a JSON object with the number of script blocks that each rule matches, keyed by rule id. The output of `test
/// --format json`, which contains such an object, is accepted too.
fn expected_at(path: &Path) -> Result<Expected, Failed> {
    let wrong = |what: String| Failed::Usage(format!("--expect {}: {what}", path.display()));
    let text = fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let mut value: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
    if let Some(matched) = value.get_mut("matched") {
        value = matched.take();
    }
    serde_json::from_value(value)
        .map_err(|_| wrong("expected an object of numbers by rule id".to_owned()))
}

fn table(results: &Results, painter: Painter) -> String {
    let mut lines = Vec::new();
    let failed: Vec<_> = results.cases.iter().filter(|case| case.failure.is_some()).collect();
    for case in &failed {
        let fail = painter.paint(Style::Red, "FAIL");
        let rule = painter.paint(Style::Bold, &visible(&case.rule));
        lines.push(format!("{fail}  {rule}  {}", visible(&case.name)));
        let mut origin = visible(case.file.as_deref().unwrap_or("built in")).into_owned();
        if !case.id.is_empty() {
            origin = format!("{origin}, {}", visible(&case.id));
        }
        lines.push(painter.paint(Style::Dim, &format!("      {origin}")));
        for line in case.failure.iter().flatten() {
            let line = visible(line);
            lines.push(format!(
                "      {}",
                match line.as_bytes().first() {
                    Some(b'-') => painter.paint(Style::Red, &line),
                    Some(b'+') => painter.paint(Style::Cyan, &line),
                    _ => line.into_owned(),
                }
            ));
        }
    }
    if !results.untested.is_empty() {
        let names: Vec<_> = results.untested.iter().map(|name| visible(name)).collect();
        let count = plural(results.untested.len() as u64, "rule");
        let words = format!("{count} without samples: {}", names.join(", "));
        lines.push(painter.paint(Style::Yellow, &words));
    }
    if results.rules == 0 {
        lines.push(painter.paint(Style::Yellow, "No rule was loaded."));
    }
    let passed = results.cases.len() - failed.len();
    let rules = plural(results.rules as u64, "rule");
    lines.push(format!("{rules}, {passed} passed, {} failed", failed.len()));
    lines.push(String::new());
    lines.join("\n")
}

#[derive(Serialize)]
struct Printed<'a> {
    rules: usize,
    passed: usize,
    failed: usize,
    untested: &'a [String],
    matched: &'a Option<Expected>,
    cases: &'a [TestCase],
}

fn json(results: &Results) -> String {
    let Results { cases, rules, untested, matched } = results;
    let failed = cases.iter().filter(|case| case.failure.is_some()).count();
    let passed = cases.len() - failed;
    let printed = Printed { rules: *rules, passed, failed, untested, matched, cases };
    json_line(&printed)
}
