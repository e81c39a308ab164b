//! Reads the table of cases that the JavaScript reader must also pass: `tests/fixtures/archives/cases.json`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use scriptscope::{Options, Report};
use scriptscope_scan::{Input, Scanner};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;

#[derive(Deserialize)]
struct Case {
    case: String,
    name: Option<String>,
    bytes: Option<String>,
    files: Option<BTreeMap<String, String>>,
    passwords: Vec<String>,
    /// Number of bytes before damage that a reader may lose.
    slack: u64,
    sources: Vec<(String, u64)>,
    problems: Vec<(String, String, String)>,
}

const CODES: [&str; 4] = ["read-failed", "archive-damaged", "archive-password", "archive-limit"];

fn problems(report: &Report) -> Vec<(String, String, String)> {
    let known = report.problems.iter().filter(|problem| CODES.contains(&problem.code.as_str()));
    known
        .map(|problem| {
            let source = problem.source.clone().unwrap_or_default();
            (source, problem.code.clone(), problem.message.clone())
        })
        .collect()
}

#[test]
fn archives_are_read_as_in_javascript() {
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/archives/cases.json");
    let cases: Vec<Case> = serde_json::from_slice(&fs::read(table).unwrap()).unwrap();
    assert!(cases.len() >= 40);
    for case in cases {
        let folder = tempfile::tempdir().unwrap();
        let decoded = |text: &str| STANDARD.decode(text).unwrap();
        let input = if let Some(files) = &case.files {
            for (path, content) in files {
                let path = folder.path().join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, decoded(content)).unwrap();
            }
            Input::Path(folder.path().to_owned())
        } else {
            let bytes = decoded(case.bytes.as_ref().unwrap()).into();
            Input::Bytes { name: case.name.clone().unwrap(), bytes }
        };
        let scanner = Scanner::new()
            .options(Options::default().with_builtin(false))
            .passwords(case.passwords.clone());
        let report = scanner.scan(&[input]).unwrap().session.report();
        let found: Vec<_> =
            report.sources.iter().map(|source| (source.name.clone(), source.bytes)).collect();
        let title = &case.case;
        assert_eq!(problems(&report), case.problems, "{title}");
        if case.slack == 0 {
            assert_eq!(found, case.sources, "{title}");
        } else {
            assert_eq!(found.len(), case.sources.len(), "{title}");
            for ((name, bytes), (expected, least)) in found.iter().zip(&case.sources) {
                assert_eq!(name, expected, "{title}");
                assert!(bytes.abs_diff(*least) <= case.slack, "{title}: {bytes} of {least}");
            }
        }
    }
}
