//! One partial result whose bytes are checked in: the same natively and in wasm, where `pkg-tests/partial.test.mjs` reads
//! the same files.
//!
//! After a change of the format on purpose, increase the version in `src/session/partial.rs`, bring `docs/partial.md` up
//! to date and write the files again: `UPDATE_GOLDEN=1 cargo test --test main golden`.

use super::report as checked_report;
use scriptscope::report;
use scriptscope::{Failure, Options, Session};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// The golden options, logs and hashes.
fn golden() -> Value {
    serde_json::from_slice(&fs::read(fixture("partial/golden.json")).unwrap()).unwrap()
}

fn session(golden: &Value) -> Session {
    let options: Options = serde_json::from_value(golden["options"].clone()).unwrap();
    Session::new(options).unwrap()
}

/// A session that has read the golden logs.
fn with_logs(golden: &Value) -> Session {
    let mut session = session(golden);
    for (number, log) in (0..).zip(golden["logs"].as_array().unwrap()) {
        let name = log.as_str().unwrap();
        session.begin_range(name, number, 0, None, false).unwrap();
        session.push(&fs::read(fixture(name)).unwrap()).unwrap();
        session.end().unwrap();
    }
    session.begin("lost.evtx").unwrap();
    session.fail(Failure::ReadFailed, "the disk is gone").unwrap();
    session
}

#[test]
fn hashes_ids_and_bytes_are_the_golden_ones() {
    let mut golden = golden();
    let session = with_logs(&golden);
    let partial = session.partial().unwrap();
    let ids: Vec<String> = session.rules().into_iter().map(|rule| rule.id).collect();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        golden["ruleSet"] = json!(session.rule_set_hash());
        golden["ruleIds"] = json!(ids);
        let text = serde_json::to_string_pretty(&golden).unwrap() + "\n";
        fs::write(fixture("partial/golden.json"), text).unwrap();
        fs::write(fixture("partial/partial.bin"), &partial).unwrap();
    }
    assert_eq!(golden["ruleSet"], session.rule_set_hash());
    assert_eq!(golden["ruleIds"], json!(ids));
    let expected = fs::read(fixture("partial/partial.bin")).unwrap();
    let first = partial.iter().zip(&expected).position(|(own, golden)| own != golden);
    assert_eq!(first, None, "the first byte that differs");
    assert_eq!(partial.len(), expected.len());
}

#[test]
fn the_golden_partial_gives_the_report_of_its_logs() {
    let golden = golden();
    let mut merged = session(&golden);
    merged.merge(&fs::read(fixture("partial/partial.bin")).unwrap()).unwrap();
    let made = checked_report(&mut merged);
    for rule in &made.rules {
        assert!(rule.rows > 0, "{rule:?}");
    }
    assert_eq!(report::json(&made), report::json(&with_logs(&golden).report()));
}

#[test]
fn another_version_is_refused_by_name() {
    let golden = golden();
    let partial = fs::read(fixture("partial/partial.bin")).unwrap();
    let header = "scriptscope partial 12";
    assert_eq!(usize::from(partial[0]), header.len());
    assert_eq!(&partial[1..=header.len()], header.as_bytes());
    let mut other = partial.clone();
    other[header.len()] = b'7';
    let error = session(&golden).merge(&other).unwrap_err().to_string();
    assert!(error.starts_with("partial result: it has format version 17, and"), "{error}");
    let error = session(&golden).merge(b"PK\x03\x04").unwrap_err().to_string();
    assert_eq!(error, "partial result: the bytes do not begin like one");
}
