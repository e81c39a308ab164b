//! `scriptscope test`: tests rules on their own samples, on the data sets that they name, and on logs with expected
//! numbers of matches.

use super::data_sets::{Checkout, is_of_other_log};
use super::{FAILED, FOUND, NOTHING_FOUND};
use crate::accepted::TEST;
use crate::args::TestArgs;
use crate::choice::OutputFormat;
use crate::config::effective;
use crate::console::{Console, say};
use crate::diagnostics::{Diagnostic, Level, github, path_of, sarif};
use crate::engine;
use crate::failed::Failed;
use crate::interrupt;
use crate::junit::junit;
use crate::logs;
use crate::settings::Settings;
use crate::terminal::{Painter, Style, json_line, plural, visible};
use scriptscope::report::{DataTest, Report, Rule, RuleSource, RuleStatus, SampleRun};
use scriptscope::{Options, Session};
use scriptscope_scan::{Input, Scanner, cause};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Upper bound on the lines of a script in a difference.
const TEXT_LINES: usize = 12;

pub(crate) fn test(mut args: TestArgs) -> Result<u8, Failed> {
    let Some(mut settings) = effective(args.common, &TEST)? else { return Ok(NOTHING_FOUND) };
    let format = TEST.format(&settings)?;
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
    let checkout = args.data.map(Checkout::new).transpose()?;
    let console = Console::new(&settings);
    let options = engine::options(&settings)?;
    let mut logs = logs::read(&console, &settings, options.clone(), &files)?;
    let report = logs.session.outline().report;
    let mut results = run(&logs.session, &report, !files.is_empty(), expected.as_ref());
    run_data(&mut results, &logs.session, &report, &settings, &options, checkout.as_ref())?;
    let text = match format {
        OutputFormat::Junit => junit(&results.cases),
        OutputFormat::Json => json(&results),
        OutputFormat::Sarif => sarif(&diagnostics(&results, &settings.rules)),
        OutputFormat::Github => github(&diagnostics(&results, &settings.rules)),
        _ => table(&results, console.out),
    };
    console.write(text.as_bytes())?;
    if [OutputFormat::Sarif, OutputFormat::Github].contains(&format) {
        console.note(&format!("scriptscope: {}", results.sum()));
    }
    let status = results.status();
    Ok(logs.status(&console, &settings, &report, status))
}

/// Test case with its outcome.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct TestCase {
    /// The rule's file; `None` for a built-in rule.
    pub(crate) file: Option<String>,
    /// The rule's title.
    pub(crate) rule: String,
    pub(crate) id: String,
    pub(crate) name: String,
    /// Position in the file, from 1.
    pub(crate) line: Option<u32>,
    pub(crate) column: Option<u32>,
    /// Difference, line by line: expected lines start with `-`, found lines with `+`.
    pub(crate) failure: Option<Vec<String>>,
    /// Reason why it was not tested.
    pub(crate) skipped: Option<String>,
    /// Kind of case, in kebab case.
    #[serde(skip)]
    pub(crate) code: &'static str,
    /// Whether data that it needs is missing.
    #[serde(skip)]
    pub(crate) lacks_data: bool,
}

struct Results {
    cases: Vec<TestCase>,
    rules: usize,
    /// Titles of rules of which nothing was tested.
    untested: Vec<String>,
    /// Number of script blocks in the logs that each rule matched, if logs were read.
    matched: Option<BTreeMap<String, u64>>,
}

type Expected = BTreeMap<String, u64>;

impl Results {
    fn failed(&self) -> usize {
        self.cases.iter().filter(|case| case.failure.is_some()).count()
    }

    fn skipped(&self) -> usize {
        self.cases.iter().filter(|case| case.skipped.is_some()).count()
    }

    fn passed(&self) -> usize {
        self.cases.len() - self.failed() - self.skipped()
    }

    fn sum(&self) -> String {
        let rules = plural(self.rules as u64, "rule");
        let mut sum = format!("{rules}, {} passed, {} failed", self.passed(), self.failed());
        if self.skipped() > 0 {
            sum.push_str(&format!(", {} not tested", self.skipped()));
        }
        sum
    }

    /// Returns the exit status. Standard error says why, if tests could not be run.
    fn status(&self) -> u8 {
        let lacking = self.cases.iter().filter(|case| case.lacks_data).count();
        if lacking > 0 {
            say(&format!("{} not run: data sets are missing", plural(lacking as u64, "test")));
            return FAILED;
        }
        match (self.failed(), self.passed()) {
            (0, 0) => {
                say("nothing was tested");
                FAILED
            }
            (0, _) => NOTHING_FOUND,
            _ => FOUND,
        }
    }
}

fn run(session: &Session, report: &Report, on_logs: bool, expected: Option<&Expected>) -> Results {
    let mut cases = Vec::new();
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
            name: "is read".to_owned(),
            line: problem.line,
            column: problem.column,
            failure: Some(vec![format!("+{place} {}", problem.message)]),
            code: "rule-not-read",
            ..TestCase::default()
        });
    }
    for rule in &report.rules {
        let Some(source) = session.rule(&rule.id) else { continue };
        let case = case_of(&rule.title, &rule.id, &source);
        if let Some(refused) = &rule.refused {
            let place = place(refused.line, refused.column, " at line ");
            let words = refused.reason.split('\n').map(|words| format!("  {words}"));
            let lines = ["- runs".to_owned(), format!("+ refused{place}")].into_iter().chain(words);
            cases.push(TestCase {
                name: "runs".to_owned(),
                failure: Some(lines.collect()),
                line: refused.line.or(case.line),
                column: refused.column,
                code: "rule-refused",
                ..case
            });
            continue;
        }
        if !is_testable(rule) {
            let reason = rule.status_reason.clone().unwrap_or_default();
            cases.push(TestCase {
                name: "runs".to_owned(),
                failure: Some(vec!["- runs".to_owned(), format!("+ cannot match: {reason}")]),
                code: "rule-cannot-match",
                ..case
            });
            continue;
        }
        cases.push(TestCase { name: "runs".to_owned(), ..case.clone() });
        cases.extend(source.samples.iter().map(|sample| TestCase {
            name: sample_name(sample),
            failure: difference(sample),
            line: source.file.is_some().then_some(sample.line),
            code: "sample-failed",
            ..case.clone()
        }));
        if let Some(wanted) =
            expected.and_then(|expected| expected.get(&rule.id)).filter(|_| on_logs)
        {
            let failure = vec![
                format!("- {} matched", plural(*wanted, "script block")),
                format!("+ {} matched", plural(rule.matched, "script block")),
            ];
            cases.push(TestCase {
                name: "finds in the logs what is expected".to_owned(),
                failure: Some(failure).filter(|_| *wanted != rule.matched),
                code: "expectation-failed",
                ..case
            });
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
            rule: id.clone(),
            id: id.clone(),
            name: "is loaded".to_owned(),
            failure: Some(failure),
            code: "expectation-failed",
            ..TestCase::default()
        });
    }
    let matched = report.rules.iter().map(|rule| (rule.id.clone(), rule.matched)).collect();
    Results {
        cases,
        rules: report.rules.len(),
        untested: Vec::new(),
        matched: on_logs.then_some(matched),
    }
}

fn is_testable(rule: &Rule) -> bool {
    rule.refused.is_none() && rule.status != RuleStatus::CannotMatch
}

/// Returns a case of a rule, still without a name.
fn case_of(title: &str, id: &str, source: &RuleSource) -> TestCase {
    TestCase {
        file: source.file.clone(),
        rule: if title.is_empty() { id.to_owned() } else { title.to_owned() },
        id: id.to_owned(),
        line: source.file.is_some().then_some(source.line),
        ..TestCase::default()
    }
}

/// Adds a case for each test of a rule on data sets, and marks the rules of which nothing is tested.
fn run_data(
    results: &mut Results,
    session: &Session,
    report: &Report,
    settings: &Settings,
    options: &Options,
    checkout: Option<&Checkout>,
) -> Result<(), Failed> {
    // Rules that name the same data are run on it together.
    let mut runs: BTreeMap<Vec<PathBuf>, Vec<TestCase>> = BTreeMap::new();
    let mut cases = Vec::new();
    for rule in report.rules.iter().filter(|rule| is_testable(rule)) {
        let Some(source) = session.rule(&rule.id) else { continue };
        let Some(checkout) = checkout else { continue };
        let case = case_of(&rule.title, &rule.id, &source);
        for test in &source.data_tests {
            let case = TestCase { line: Some(test.line), code: "data-failed", ..case.clone() };
            match data_of(checkout, test, &case, &mut cases) {
                paths if paths.is_empty() => {}
                paths => {
                    let names: Vec<_> = paths.iter().map(|path| file_name(path)).collect();
                    let name = format!("{}: finds {}", test_name(test), names.join(", "));
                    runs.entry(paths).or_default().push(TestCase { name, ..case });
                }
            }
        }
    }
    for (paths, tested) in runs {
        cases.extend(run_on(&paths, tested, settings, options)?);
    }
    // Cases of one rule follow each other.
    for case in cases {
        let after = results.cases.iter().rposition(|other| other.id == case.id);
        let place = after.map_or(results.cases.len(), |place| place + 1);
        results.cases.insert(place, case);
    }
    for rule in report.rules.iter().filter(|rule| is_testable(rule)) {
        let mut own = results.cases.iter().filter(|case| case.id == rule.id);
        let is_tested = own.any(|case| case.name != "runs" && case.skipped.is_none());
        let runs = results.cases.iter_mut().find(|case| case.id == rule.id && case.name == "runs");
        let Some(case) = runs.filter(|_| !is_tested) else { continue };
        let has_data = session.rule(&rule.id).is_some_and(|source| !source.data_tests.is_empty());
        let reason = match (has_data, checkout.is_some()) {
            (false, _) => "it has no samples",
            (true, false) => "it has no samples, and its data sets need --data DIR",
            (true, true) => "it has no samples, and none of its data sets could be used",
        };
        case.skipped = Some(reason.to_owned());
        case.code = "not-tested";
        results.untested.push(case.rule.clone());
    }
    Ok(())
}

/// Returns the files of a test. Adds a case that was not run for each set that is left out; a missing set leaves out the
/// whole test, because its sets are searched together.
fn data_of(
    checkout: &Checkout,
    test: &DataTest,
    case: &TestCase,
    cases: &mut Vec<TestCase>,
) -> Vec<PathBuf> {
    let (mut paths, mut missing) = (Vec::new(), Vec::new());
    for set in &test.data {
        if let Some(log) = is_of_other_log(set.source.as_deref(), set.sourcetype.as_deref()) {
            cases.push(TestCase {
                name: format!("{}: {}", test_name(test), file_name(Path::new(&set.data))),
                skipped: Some(format!("left out: {log} is not PowerShell's log")),
                code: "not-tested",
                ..case.clone()
            });
            continue;
        }
        match checkout.find(&set.data) {
            Ok(path) => paths.push(path),
            Err(reason) => missing.push(reason),
        }
    }
    if !missing.is_empty() {
        cases.push(TestCase {
            name: test_name(test).to_owned(),
            skipped: Some(missing.join("; ")),
            code: "not-tested",
            lacks_data: true,
            ..case.clone()
        });
        paths.clear();
    }
    paths
}

fn test_name(test: &DataTest) -> &str {
    if test.name.is_empty() { "a test without a name" } else { &test.name }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Runs the rules on files, and returns the outcome of each test: it passes if its rule has a result.
fn run_on(
    paths: &[PathBuf],
    tests: Vec<TestCase>,
    settings: &Settings,
    options: &Options,
) -> Result<Vec<TestCase>, Failed> {
    let mut options = options.clone();
    (options.min_score, options.since, options.until) = (None, None, None);
    let inputs: Vec<_> = paths.iter().cloned().map(Input::Path).collect();
    let scanner = Scanner::new()
        .options(options)
        .passwords(settings.password.clone())
        .jobs(settings.jobs)
        .cancel(interrupt::watch());
    let mut scan = scanner.scan(&inputs)?;
    if scan.is_cancelled {
        return Err(Failed::Interrupted);
    }
    let report = scan.session.outline().report;
    let unread: Vec<_> = scan.inputs.iter().flatten().filter(|source| source.failed).collect();
    let outcome = |test: TestCase| {
        if let Some(source) = unread.first() {
            let skipped = Some(format!("{}: cannot be read", source.name));
            return TestCase { skipped, code: "not-tested", lacks_data: true, ..test };
        }
        let rule = report.rules.iter().find(|rule| rule.id == test.id);
        let results = rule.map_or(0, |rule| rule.rows.saturating_sub(rule.suppressed));
        if results > 0 {
            return test;
        }
        let blocks = plural(report.totals.script_blocks, "script block");
        let mut lines = vec![
            "- at least one result".to_owned(),
            format!("+ none, of {blocks} in {}", plural(report.totals.events, "event")),
        ];
        if let Some(dropped) = rule.map(|rule| rule.dropped).filter(|dropped| *dropped > 0) {
            let matches = plural(dropped, "match");
            lines.push(format!("  {matches} without a row, for lack of a field to group by"));
        }
        let errors = report.problems.iter().filter(|problem| {
            problem.rule.as_ref() == Some(&test.id)
                || (problem.severity == "error" && problem.offset.is_some())
        });
        lines.extend(errors.take(3).map(|problem| format!("  {}", problem.message)));
        TestCase { failure: Some(lines), ..test }
    };
    Ok(tests.into_iter().map(outcome).collect())
}

/// Returns the failed cases and those not tested.
fn diagnostics(results: &Results, rules: &[PathBuf]) -> Vec<Diagnostic> {
    let diagnostic = |case: &TestCase| {
        let (level, message) = match (&case.failure, &case.skipped) {
            (Some(lines), _) => (Level::Error, format!("{}\n{}", case.name, lines.join("\n"))),
            (None, Some(reason)) => (Level::Note, format!("not tested: {reason}")),
            (None, None) => return None,
        };
        Some(Diagnostic {
            level,
            code: case.code.to_owned(),
            title: case.rule.clone(),
            message,
            file: case.file.as_deref().map(|name| path_of(name, rules)),
            line: case.line,
            column: case.column,
        })
    };
    results.cases.iter().filter_map(diagnostic).collect()
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
    let text = fs::read(path).map_err(|error| wrong(cause(&error)))?;
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
    for (reason, rules) in untested(results) {
        let words = format!("not tested: {reason}: {}", rules.join(", "));
        lines.push(painter.paint(Style::Yellow, &words));
    }
    if results.rules == 0 {
        lines.push(painter.paint(Style::Yellow, "No rule was loaded."));
    }
    lines.push(results.sum());
    lines.push(String::new());
    lines.join("\n")
}

/// Returns the reasons why cases were not run, with their rules.
fn untested(results: &Results) -> BTreeMap<String, Vec<String>> {
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in &results.cases {
        if let Some(reason) = &case.skipped {
            let rules = reasons.entry(visible(reason).into_owned()).or_default();
            rules.push(visible(&case.rule).into_owned());
        }
    }
    reasons
}

#[derive(Serialize)]
struct Printed<'a> {
    rules: usize,
    passed: usize,
    failed: usize,
    skipped: usize,
    untested: &'a [String],
    matched: &'a Option<Expected>,
    cases: &'a [TestCase],
}

fn json(results: &Results) -> String {
    json_line(&Printed {
        rules: results.rules,
        passed: results.passed(),
        failed: results.failed(),
        skipped: results.skipped(),
        untested: &results.untested,
        matched: &results.matched,
        cases: &results.cases,
    })
}
