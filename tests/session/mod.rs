//! The whole pipeline: bytes in, report out.

mod bounds;
mod detection;
mod exports;
mod fields;
mod golden;
mod grouping;
mod hostile;
mod indicators;
mod invariants;
mod inventory;
mod orders;
mod pack;
mod parts;
mod rates;
mod risk;
mod splits;
mod statuses;
mod tuning;
mod variants;
mod views;

use scriptscope::report::{Report, json};
use scriptscope::{Options, RuleFile, Session};
use std::fs;
use std::path::{Path, PathBuf};

/// A rule that matches every script block, so that a report has everything that was read.
pub(crate) const EVERYTHING: &str = "name: Everything\nid: 00000000-0000-4000-8000-000000000001\n\
    version: 1\ndate: '2026-01-01'\nauthor: scriptscope\ntype: Hunting\nstatus: production\n\
    data_source:\n  - Powershell Script Block Logging 4104\n\
    description: Matches every script block.\n\
    search: '`powershell` EventCode=4104 | table _time Computer ScriptBlockText'\n\
    tags:\n  asset_type: Endpoint\n";

/// The built-in rules and [`EVERYTHING`].
pub(crate) fn options() -> Options {
    Options::default().with_rules([RuleFile::new("everything.yml", EVERYTHING)])
}

/// The checked report on named inputs, each pushed in one piece.
pub(crate) fn analyze(inputs: &[(&str, &[u8])], options: Options) -> Report {
    let mut session = Session::new(options).unwrap();
    for (name, bytes) in inputs {
        read(&mut session, name, [*bytes]);
    }
    report(&mut session)
}

pub(crate) fn read<'a>(
    session: &mut Session,
    name: &str,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) {
    session.begin(name).unwrap();
    for piece in pieces {
        session.push(piece).unwrap();
    }
    session.end().unwrap();
}

/// The session's report, checked for its invariants.
pub(crate) fn report(session: &mut Session) -> Report {
    let report = session.report();
    invariants::check(&serde_json::from_str(&json(&report)).unwrap());
    report
}

/// Every log of the fixtures: its path below their folder, and its bytes.
pub(crate) fn fixtures() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut logs = Vec::new();
    for format in ["evtx", "xml", "json", "classic", "csv"] {
        let mut files: Vec<PathBuf> =
            fs::read_dir(root.join(format)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            // Beside an EVTX file is a JSON file of its contents.
            let facts = format == "evtx" && file.extension().is_none_or(|own| own != "evtx");
            if !facts {
                let name = file.strip_prefix(&root).unwrap().display().to_string();
                logs.push((name, fs::read(&file).unwrap()));
            }
        }
    }
    assert!(logs.len() > 40, "the fixtures are missing");
    logs
}
