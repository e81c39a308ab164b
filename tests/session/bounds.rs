//! Limits: what exceeds them is counted and reported, and what they keep is independent of order.

use super::{EVERYTHING, detection::event, read, report};
use scriptscope::case::{Case, DocumentFormat};
use scriptscope::internal::limits;
use scriptscope::report::{ExportFormat, ExportOptions, Report, json};
use scriptscope::{Options, RuleFile, Session};

/// The report on these script blocks, read in this order, with one result for each.
fn results_of(records: impl Iterator<Item = u32>) -> Report {
    report(&mut session_of(EVERYTHING, records))
}

fn session_of(rule: &str, records: impl Iterator<Item = u32>) -> Session {
    let options =
        Options::default().with_builtin(false).with_rules([RuleFile::new("everything.yml", rule)]);
    let mut session = Session::new(options).unwrap();
    let log: String = records
        .map(|record| {
            let id = format!("block-{record}");
            event(
                record,
                "2026-08-08T06:13:52Z",
                "FS03",
                &id,
                (1, 1),
                &format!("Get-Item {record}"),
            )
        })
        .collect();
    read(&mut session, "log.xml", [log.as_bytes()]);
    session
}

#[test]
fn exports_and_reports_count_results_past_the_limit() {
    let all = limits::RESULTS as u32 + 7;
    let rule = format!("{EVERYTHING}  mitre_attack_id: [T1059.001]\n");
    let mut session = session_of(&rule, 0..all);
    let mut export = |format| {
        let mut bytes = Vec::new();
        session.export(format, &ExportOptions::default(), &mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let layer = export(ExportFormat::Navigator);
    assert!(layer.contains(&format!("\"score\":{all}")), "{layer}");
    assert!(export(ExportFormat::ScriptsZip).contains("\"notIncluded\":7"));
    let page = session.case_report(&Case::default(), DocumentFormat::Markdown).text;
    assert!(page.contains("There are 20,007 results"), "{}", &page[..2_000]);
    assert!(page.contains("7 not listed"));
}

#[test]
fn results_past_the_limit_are_counted_and_the_same_ones_listed() {
    let all = limits::RESULTS as u32 + 50;
    let forward = results_of(0..all);
    assert_eq!(forward.results.len(), limits::RESULTS);
    assert_eq!(forward.totals.results, u64::from(all));
    assert_eq!(forward.totals.results_kept, limits::RESULTS as u64);
    assert_eq!(forward.script_blocks.len(), limits::RESULTS);
    let said = forward.problems.iter().filter(|problem| problem.code == "results-not-kept");
    assert_eq!(said.count(), 1);

    let ids = |report: &Report| {
        let mut ids: Vec<_> = report.results.iter().map(|row| row.id.clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&results_of((0..all).rev())), ids(&forward));
    // At the limit nothing is reported.
    let just = results_of(0..limits::RESULTS as u32);
    assert!(!json(&just).contains("results-not-kept"));
}

#[test]
fn which_names_and_problems_are_kept_is_independent_of_order() {
    let names = limits::NAMES_PER_SOURCE as u32;
    // Computers and ids come in descending order, with damaged events between them.
    let lines: Vec<String> = (0..2 * names)
        .rev()
        .map(|index| {
            let computer = format!("HOST{index:05}");
            let event = event(index, "2026-08-08T06:13:52Z", &computer, "a", (1, 1), "Get-Item");
            event.replace("4104", &(10_000 + index).to_string()) + "<Event xmlns='x'><System>\n"
        })
        .collect();
    let (first, rest) = lines.split_at(700);
    let (first, rest) = (first.concat(), rest.concat());
    let new = || Session::new(Options::default()).unwrap();
    let mut whole = new();
    read(&mut whole, "log.xml", [(first.clone() + &rest).as_bytes()]);
    let whole = report(&mut whole);
    let source = &whole.sources[0];
    assert_eq!(source.computers.len(), limits::NAMES_PER_SOURCE);
    assert_eq!(source.computers[0], "HOST00000");
    assert!(whole.problems.len() >= limits::PROBLEMS_PER_SOURCE);

    let mut merged = new();
    for (offset, range) in [(first.len() as u64, &rest), (0, &first)] {
        let mut reader = new();
        reader.begin_range("log.xml", 1, offset, None, false).unwrap();
        reader.push(range.as_bytes()).unwrap();
        reader.end().unwrap();
        merged.merge(&reader.partial().unwrap()).unwrap();
    }
    assert_eq!(json(&report(&mut merged)), json(&whole));
}
