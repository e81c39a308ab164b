//! The built-in detections over the logs of a corpus, if there is one: their matches are those of the table in
//! `docs/detections.md`, which also explains the harmless ones.

use super::read;
use scriptscope::report::Report;
use scriptscope::{Options, Session};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const TABLE: &str = include_str!("../../docs/detections.md");

#[test]
fn the_table_of_matches_is_up_to_date() {
    let Some(corpus) = corpus() else { return };
    let mut session = Session::new(Options::default()).unwrap();
    for (name, bytes) in logs(&corpus) {
        read(&mut session, &name, [bytes.as_slice()]);
    }
    let made = table(&session.report());
    let written: Vec<&str> =
        TABLE.lines().filter(|line| line.starts_with("| PowerShell")).collect();
    let numbers = |line: &str| line.rsplit_once(" |").map(|(line, _)| first_cells(line));
    let written: Vec<_> = written.into_iter().filter_map(numbers).collect();
    assert_eq!(written, made, "\n{}\n", made.join("\n"));
    let totals = &session.report().totals;
    let said = format!("{} script blocks", totals.script_blocks);
    assert!(TABLE.contains(&said), "{said}");
}

/// The cells before the last, which are compared.
fn first_cells(line: &str) -> String {
    line.rsplit_once(" | ").map_or(line, |(cells, _)| cells).to_owned()
}

/// A row for each rule that matches: the number of distinct texts that it matches as logged, and in a view only.
fn table(report: &Report) -> Vec<String> {
    let titles: BTreeMap<&str, &str> =
        report.rules.iter().map(|rule| (rule.id.as_str(), rule.title.as_str())).collect();
    let mut found: BTreeMap<&str, [BTreeSet<&str>; 2]> = BTreeMap::new();
    for row in &report.results {
        for block in &row.blocks {
            let text = &*report.block(&block.id).unwrap().text;
            let in_view = block.spans.iter().any(|spans| spans.view != "original");
            found.entry(titles[row.rule_id.as_str()]).or_default()[usize::from(in_view)]
                .insert(text);
        }
    }
    let line = |(title, [in_text, in_view]): (&&str, &[BTreeSet<&str>; 2])| {
        format!("| {title} | {} | {}", in_text.len(), in_view.len())
    };
    found.iter().map(line).collect()
}

fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let corpus = std::env::var_os("SCRIPTSCOPE_CORPUS").map_or(beside, PathBuf::from);
    if !corpus.is_dir() {
        println!("skipped: no corpus at {}", corpus.display());
        return None;
    }
    Some(corpus)
}

/// Every log of the corpus that is not an archive.
fn logs(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut logs = Vec::new();
    let mut folders: Vec<PathBuf> =
        ["evtx", "json", "xml", "classic"].map(|format| folder.join(format)).into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            let extension = path.extension().and_then(|own| own.to_str()).unwrap_or_default();
            if path.is_dir() {
                folders.push(path);
            } else if ["evtx", "ndjson", "json", "xml", "log"].contains(&extension) {
                logs.push((path.display().to_string(), std::fs::read(&path).unwrap()));
            }
        }
    }
    assert!(logs.len() > 50, "the corpus lacks logs");
    logs
}
