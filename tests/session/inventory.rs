//! Every script block is listed, and read again from its source.

use super::{EVERYTHING, fixtures, read};
use crate::support::generate::{evtx, story, text};
use scriptscope::inventory::{BlockQuery, BlockRow};
use scriptscope::{Mode, Options, RuleFile, Session};
use std::collections::BTreeMap;

fn options() -> Options {
    Options::default()
        .with_builtin(false)
        .with_rules([RuleFile::new("everything.yml", EVERYTHING)])
        .with_inventory(true)
}

/// A generated log of at least this many bytes.
fn log(format: &str, size: usize) -> Vec<u8> {
    let options = story::Options { cut_pairs: format == "evtx", ..story::Options::default() };
    let mut story = story::Story::new(options);
    if format == "evtx" {
        let mut writer = evtx::Writer::new();
        while writer.len() < size || !story.is_between_blocks() {
            writer.push(&story.next(), evtx::Style::Values);
        }
        return writer.finish();
    }
    let mut log = if format == "csv" { text::CSV_HEADER.to_owned() } else { String::new() };
    while log.len() < size || !story.is_between_blocks() {
        let record = story.next();
        log.push_str(&match format {
            "xml" => text::xml(&record),
            "ndjson" => text::ndjson(&record),
            _ => text::csv(&record),
        });
    }
    log.into_bytes()
}

fn rows(session: &mut Session) -> Vec<BlockRow> {
    session.list_blocks(&BlockQuery::default()).unwrap().rows
}

/// The bytes of a block's plan.
fn pieces(session: &mut Session, id: &str, bytes: &[u8]) -> Vec<Vec<u8>> {
    let plan = session.read_plan(id).unwrap().unwrap();
    let piece = |offset: u64, length: u64| {
        let from = bytes.get(offset as usize..).unwrap_or_default();
        from[..from.len().min(length as usize)].to_vec()
    };
    plan.iter().map(|range| piece(range.offset, range.length)).collect()
}

/// Returns the numbers of blocks, and of those that are read again from less than the source.
fn check(name: &str, bytes: &[u8], mode: Mode) -> (usize, usize) {
    let mut session = Session::new(options().with_mode(mode)).unwrap();
    read(&mut session, name, [bytes]);
    let report = session.report();
    let rows = rows(&mut session);
    let matched: BTreeMap<_, _> =
        report.script_blocks.iter().map(|block| (block.id.as_str(), block)).collect();
    assert!(rows.len() as u64 >= report.totals.script_blocks, "{name}");
    let mut nearby = 0;
    for row in &rows {
        let pieces = pieces(&mut session, &row.id, bytes);
        nearby += usize::from(pieces.iter().all(|piece| piece.len() < bytes.len()));
        let block = match session.read_block(&row.id, &pieces) {
            Ok(block) => block.unwrap(),
            Err(error) => panic!("{name}: {row:?}: {error}"),
        };
        assert_eq!(block.text.encode_utf16().count() as u64, row.length, "{name} {row:?}");
        if let Some(own) = matched.get(row.id.as_str()) {
            assert_eq!(own.text, block.text, "{name} {row:?}");
            assert_eq!((&own.time, &own.computer), (&row.time, &row.computer), "{name}");
            assert_eq!((&own.user, row.results), (&row.user, 1), "{name} {row:?}");
        }
    }
    let unknown = rows.iter().filter(|row| !matched.contains_key(row.id.as_str())).count();
    // Only a text that another one contains is no block of a report.
    assert!(unknown * 4 <= rows.len(), "{name}: {unknown} of {}", rows.len());
    (rows.len(), nearby)
}

#[test]
fn every_block_of_every_fixture_is_listed_and_read_again() {
    for (name, bytes) in fixtures() {
        check(&name, &bytes, Mode::Block);
        check(&name, &bytes, Mode::Event);
    }
}

#[test]
fn blocks_of_large_logs_are_read_again_from_a_few_bytes() {
    for format in ["evtx", "xml", "ndjson", "csv"] {
        let bytes = log(format, 1 << 18);
        let (blocks, nearby) = check(format, &bytes, Mode::Block);
        assert_eq!(blocks, nearby, "{format}");
    }
}

#[test]
fn bytes_of_another_block_are_refused() {
    let bytes = log("ndjson", 1 << 16);
    let mut session = Session::new(options()).unwrap();
    read(&mut session, "log.ndjson", [&*bytes]);
    let rows = rows(&mut session);
    let other = pieces(&mut session, &rows[1].id, &bytes);
    let error = session.read_block(&rows[0].id, &other).unwrap_err();
    assert!(error.to_string().contains("not those of the script block"), "{error}");
    assert_eq!(session.read_block(&"f".repeat(32), &other), Ok(None));
}

/// Logs of this machine, named in an environment variable.
#[test]
#[ignore = "reads the logs that SCRIPTSCOPE_LOGS names"]
fn every_block_of_named_logs_is_read_again() {
    let logs = std::env::var("SCRIPTSCOPE_LOGS").unwrap();
    for path in logs.split(':') {
        let bytes = std::fs::read(path).unwrap();
        println!("{path}: {:?}", check(path, &bytes, Mode::Block));
    }
}
