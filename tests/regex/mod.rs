//! rust-lang/regex's test data, run by this crate's expressions.
//!
//! Patterns are read as PCRE reads them, so some cases differ. `differences.tsv` lists each with its reason: the name, the
//! outcome (`refused`, `accepted` or `differs`), the reason. The test fails if the list is not exact.

use regex_test::{
    Captures, CompiledRegex, MatchKind, RegexTest, RegexTests, SearchKind, Span, TestResult,
    TestRunner, anyhow,
};
use scriptscope::internal::regex::{Regex, RegexFlags};
use std::collections::BTreeMap;
use std::ops::Range;
use std::panic;
use std::path::Path;

const DIFFERENCES: &str = include_str!("differences.tsv");

/// Least number of cases, so that a filter that skips too many is noticed.
const MIN_CASES: usize = 540;

#[test]
fn every_difference_to_the_regex_crate_is_listed() {
    let mut found = BTreeMap::new();
    let mut cases = 0;
    for test in tests().iter().filter(|test| is_supported(test)) {
        cases += 1;
        if let Some(outcome) = difference(test) {
            found.insert(test.full_name().to_owned(), outcome);
        }
    }
    assert!(cases >= MIN_CASES, "only {cases} cases");

    let mut listed = BTreeMap::new();
    for line in DIFFERENCES.lines().skip(1) {
        let [name, outcome, reason] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("not three columns: {line}");
        };
        assert!(!reason.is_empty(), "{name} has no reason");
        assert!(listed.insert(name.to_owned(), outcome).is_none(), "{name} is listed twice");
    }
    let is_new = |(name, outcome): &(&String, &Outcome)| listed.get(*name) != Some(&outcome.name());
    let new: Vec<String> = found
        .iter()
        .filter(is_new)
        .map(|(name, outcome)| format!("{name}\t{}\t{}", outcome.name(), outcome.detail()))
        .collect();
    assert!(new.is_empty(), "not in differences.tsv:\n{}", new.join("\n"));
    let stale: Vec<&String> = listed.keys().filter(|name| !found.contains_key(*name)).collect();
    assert!(stale.is_empty(), "in differences.tsv without being different: {stale:#?}");
}

/// How a case differs.
enum Outcome {
    Refused(String),
    Accepted,
    Differs(String),
}

impl Outcome {
    fn name(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Accepted => "accepted",
            Self::Differs(_) => "differs",
        }
    }

    fn detail(&self) -> &str {
        match self {
            Self::Refused(detail) | Self::Differs(detail) => detail,
            Self::Accepted => "",
        }
    }
}

fn tests() -> RegexTests {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regex/testdata");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut tests = RegexTests::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|it| it == "toml")) {
        tests.load(file).unwrap();
    }
    tests
}

/// Whether a case needs only what [`Regex`] offers: one pattern, leftmost-first matches anywhere in a whole text of UTF-8.
fn is_supported(test: &RegexTest) -> bool {
    let bounds = test.bounds();
    test.regexes().len() == 1
        && !test.anchored()
        && test.match_kind() == MatchKind::LeftmostFirst
        && test.search_kind() == SearchKind::Leftmost
        && test.line_terminator() == b'\n'
        && test.utf8()
        && (bounds.start, bounds.end) == (0, test.haystack().len())
        && std::str::from_utf8(test.haystack()).is_ok()
}

/// Runs a case by the runner of `regex-test`, which compares matches and groups.
fn difference(test: &RegexTest) -> Option<Outcome> {
    let flags = RegexFlags { caseless: test.case_insensitive(), ..RegexFlags::default() };
    let regex = match Regex::new(&test.regexes()[0], flags) {
        Ok(_) if !test.compiles() => return Some(Outcome::Accepted),
        Err(_) if !test.compiles() => return None,
        Err(error) => return Some(Outcome::Refused(error.to_string())),
        Ok(regex) => regex,
    };
    let mut runner = TestRunner::new().unwrap();
    runner.test(test, |_| {
        let regex = regex.clone();
        Ok::<_, anyhow::Error>(CompiledRegex::compiled(move |test| all_captures(&regex, test)))
    });
    let result = panic::catch_unwind(panic::AssertUnwindSafe(|| runner.assert()));
    let message = result.err()?.downcast::<String>().map_or_else(|_| String::new(), |text| *text);
    Some(Outcome::Differs(message.replace(['\n', '\t'], " ")))
}

fn all_captures(regex: &Regex, test: &RegexTest) -> TestResult {
    let text = std::str::from_utf8(test.haystack()).unwrap();
    let limit = test.match_limit().unwrap_or(usize::MAX);
    let span = |range: Range<usize>| Span { start: range.start, end: range.end };
    let mut all = Vec::new();
    regex.for_each_match(text, &mut |range, groups| {
        if all.len() < limit {
            let spans = std::iter::once(Some(range)).chain(groups);
            all.push(Captures::new(0, spans.map(|range| range.map(span))).unwrap());
        }
        all.len() < limit
    });
    if regex.is_match(text) == all.is_empty() {
        return TestResult::fail("is_match disagrees with the matches");
    }
    TestResult::captures(all)
}
