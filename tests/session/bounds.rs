//! Limits: what exceeds them is counted and reported, and what they keep is independent of order.

use super::{EVERYTHING, detection::event, read, report};
use scriptscope::case::{Case, DocumentFormat};
use scriptscope::internal::limits;
use scriptscope::report::{ExportFormat, ExportOptions, Report, json};
use scriptscope::{Options, RuleFile, Session};

/// A session with one rule, which every script block matches.
fn session() -> Session {
    let rule = format!("{EVERYTHING}  mitre_attack_id: [T1059.001]\n");
    let rule = RuleFile::new("everything.yml", rule);
    Session::new(Options::default().with_builtin(false).with_rules([rule])).unwrap()
}

/// Reads these script blocks, in this order, with one result for each.
fn read_records(session: &mut Session, name: &str, records: impl Iterator<Item = u32>) {
    let time = "2026-08-08T06:13:52Z";
    let block = |record| {
        let (id, text) = (format!("block-{record}"), format!("Get-Item {record}"));
        event(record, time, "FS03", &id, (1, 1), &text)
    };
    let log: String = records.map(block).collect();
    read(session, name, [log.as_bytes()]);
}

#[test]
fn results_past_the_limit_are_counted_and_the_same_ones_listed() {
    let all = limits::RESULTS as u32 + 7;
    let mut forward = session();
    read_records(&mut forward, "a.xml", 0..all - 7);
    let just = forward.report();
    assert_eq!(just.results.len(), limits::RESULTS);
    let problems: Vec<_> = just.problems.iter().map(|problem| problem.code.as_str()).collect();
    assert!(!problems.contains(&"results-not-kept"), "{problems:?}");
    read_records(&mut forward, "b.xml", all - 7..all);
    let listed = report(&mut forward);
    assert_eq!(listed.results.len(), limits::RESULTS);
    assert_eq!(listed.totals.results, u64::from(all));
    assert_eq!(listed.totals.results_kept, limits::RESULTS as u64);
    assert_eq!(listed.script_blocks.len(), limits::RESULTS);
    let said = listed.problems.iter().filter(|problem| problem.code == "results-not-kept");
    assert_eq!(said.count(), 1);

    let mut backward = session();
    read_records(&mut backward, "b.xml", (0..all).rev());
    let ids = |report: &Report| {
        let mut ids: Vec<_> = report.results.iter().map(|row| row.id.clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&backward.report()), ids(&listed));

    let mut export = |format| {
        let mut bytes = Vec::new();
        backward.export(format, &ExportOptions::default(), &mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let layer = export(ExportFormat::Navigator);
    assert!(layer.contains(&format!("\"score\":{all}")), "{layer}");
    assert!(export(ExportFormat::ScriptsZip).contains("\"notIncluded\":7"));
    let page = backward.case_report(&Case::default(), DocumentFormat::Markdown).text;
    assert!(page.contains("There are 20,007 results"), "{}", &page[..2_000]);
    assert!(page.contains("7 not listed"));
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
