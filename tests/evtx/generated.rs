//! Generated logs: both readers find every record written, damaged or not, however the bytes are pushed.

use crate::evtx::gather::{Gathered, Line, fields, our_fields, ours, theirs};
use crate::session::{analyze, options};
use crate::support::generate::damage;
use crate::support::generate::dice::Dice;
use crate::support::generate::evtx::{Style, Writer};
use crate::support::generate::record::{Record, Value};
use crate::support::generate::story::{Options, Story};
use proptest::prelude::*;
use scriptscope::internal::source::evtx::SourceRange;
use scriptscope::internal::source::{Decoder, Source, SourceOptions};
use std::collections::BTreeMap;

/// Generates a log of at least this many records.
fn log(seed: u64, count: usize) -> (Vec<u8>, Vec<Record>) {
    let options = Options { seed, others: 0.3, core: 0.2, median: 3_000.0, ..Options::default() };
    let mut story = Story::new(options);
    let mut dice = Dice::new(seed);
    let mut writer = Writer::new();
    let mut records = Vec::new();
    while records.len() < count || !story.is_between_blocks() {
        let record = story.next();
        writer.push(&record, *dice.pick(&[Style::Values, Style::Literal, Style::Plain]));
        records.push(record);
    }
    (writer.finish(), records)
}

/// Returns what both readers must give for a record.
fn line(record: &Record) -> Line {
    (Some(record.id.into()), record.time_text(), record.computer.clone())
}

/// Returns the fields that a reader must give for a script block record, without empty ones.
fn expected(record: &Record, is_plain: bool) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::from([
        ("Name".to_owned(), record.provider.name.to_owned()),
        ("Version".to_owned(), record.version.to_string()),
        ("Level".to_owned(), record.level.to_string()),
        ("Task".to_owned(), record.task.to_string()),
        ("Opcode".to_owned(), record.opcode.to_string()),
        ("Keywords".to_owned(), format!("{:#x}", record.keywords)),
        ("SystemTime".to_owned(), record.time_text()),
        ("EventRecordID".to_owned(), record.record.to_string()),
        ("ProcessID".to_owned(), record.process.to_string()),
        ("ThreadID".to_owned(), record.thread.to_string()),
        ("Channel".to_owned(), record.provider.channel.to_owned()),
        ("Computer".to_owned(), record.computer.clone()),
    ]);
    if let Some(guid) = record.provider.guid {
        fields.insert("Guid".to_owned(), format!("{{{guid}}}"));
    }
    if let (Some(activity), false) = (&record.activity, is_plain) {
        let text = crate::support::generate::record::guid_text(activity);
        fields.insert("ActivityID".to_owned(), text);
    }
    if let Some(sid) = record.sid() {
        fields.insert("UserID".to_owned(), sid);
    }
    for (name, value) in &record.data {
        fields.insert((*name).to_owned(), value.shown());
    }
    fields.retain(|_, value| !value.is_empty());
    fields
}

#[test]
fn both_readers_find_every_record_written() {
    for seed in 1..4 {
        let (bytes, records) = log(seed, 150);
        let ours = ours([bytes.as_slice()]);
        assert_eq!(ours.problems, []);
        let theirs = theirs(&bytes);
        assert_eq!((ours.lines.len(), theirs.len()), (records.len(), records.len()));

        let mut scripts = ours.scripts.iter();
        for (record, theirs) in records.iter().zip(&theirs) {
            assert_eq!(theirs.line, line(record));
            if record.is_script() {
                let ours = our_fields(scripts.next().unwrap());
                let is_plain = !ours.contains_key("ActivityID");
                assert_eq!(ours, expected(record, is_plain));
                // The other reader and JSON cannot represent a lone surrogate.
                if record.data("ScriptBlockText").is_some_and(has_no_lone_surrogate) {
                    assert_eq!(fields(&theirs.json), ours);
                }
            }
        }
        assert_eq!(scripts.next(), None);
        let lines: Vec<_> = theirs.into_iter().map(|record| record.line).collect();
        assert_eq!(ours.lines, lines);
    }
}

fn has_no_lone_surrogate(value: &Value) -> bool {
    match value {
        Value::Text(units) => String::from_utf16(units).is_ok(),
        Value::Number(_) => true,
    }
}

#[test]
fn damage_costs_only_the_records_that_it_touches() {
    for seed in 1..4 {
        let (whole, records) = log(seed, 120);
        for kind in damage::KINDS {
            let mut bytes = whole.clone();
            let done = damage::apply(kind, &mut bytes, &mut Dice::new(seed)).unwrap();
            let found = ours([bytes.as_slice()]);
            let lost = records.len() - found.lines.len().min(records.len());
            let allowed = match *kind {
                "bits" => 40,
                "cut" | "lone-chunk" => records.len(),
                "record-magic" | "record-size" | "size-copy" | "zero-size" => 0,
                "missing-bytes" => 6,
                "garbage" => 1,
                "last-chunk-missing" => records.len() - theirs(&bytes).len(),
                _ => 0,
            };
            assert!(lost <= allowed, "{done}: {lost} lost {:#?}", found.problems);
            let mut once: BTreeMap<_, i64> = BTreeMap::new();
            records.iter().for_each(|record| *once.entry(line(record)).or_default() += 1);
            found.lines.iter().for_each(|line| *once.entry(line.clone()).or_default() -= 1);
            let is_too_many = once.values().any(|count| *count < 0);
            assert!(!is_too_many || ["bits", "doubled"].contains(kind), "{done}: twice");
            assert!(
                lost == 0 || !found.problems.is_empty(),
                "{done}: records lost without a problem"
            );
            let lines: Vec<_> = theirs(&bytes).into_iter().map(|record| record.line).collect();
            if *kind != "bits" {
                let mut rest = found.lines.iter();
                for line in &lines {
                    assert!(rest.any(|found| found == line), "{done}: {line:?}");
                }
            }
        }
    }
}

#[test]
fn bytes_missing_from_free_space_cost_no_record() {
    let (whole, records) = log(5, 120);
    let second = 4_096 + 65_536;
    for lost in 1..12 {
        assert!(whole[second - 16..second].iter().all(|byte| *byte == 0));
        let bytes = [&whole[..second - lost], &whole[second..]].concat();
        for size in [bytes.len(), second, 3, second - lost, 70_000] {
            let found = ours(bytes.chunks(size));
            assert_eq!(found.lines.len(), records.len(), "{lost} lost: {:#?}", found.problems);
            assert_eq!(found.problems.len(), 1, "{lost} lost: {:#?}", found.problems);
        }
    }
}

#[test]
fn a_file_cut_anywhere_gives_the_records_before_the_cut() {
    let (whole, records) = log(11, 8);
    let theirs = theirs(&whole);
    let mut before = 0;
    for end in (0..=whole.len()).step_by(512) {
        let bytes = &whole[..end];
        let found = ours([bytes]);
        // Complete chunks give the records that the other reader finds in them, the cut chunk those before the cut.
        let chunks_end = 4_096 + end.saturating_sub(4_096) / 65_536 * 65_536;
        let theirs = theirs.iter().filter(|record| record.offset < chunks_end as u64).count();
        assert!(found.lines.len() >= theirs.max(before), "cut at {end}");
        for (found, record) in found.lines.iter().zip(&records) {
            assert_eq!(*found, line(record), "cut at {end}");
        }
        let is_reported = !found.problems.is_empty();
        assert!(is_reported || end == 0 || found.lines.len() == records.len(), "cut at {end}");
        before = found.lines.len();
    }
    assert_eq!(before, records.len());
}

#[test]
fn a_doubled_chunk_changes_no_result() {
    let (whole, _) = log(6, 120);
    let mut bytes = whole.clone();
    damage::apply("doubled", &mut bytes, &mut Dice::new(2)).unwrap();
    let report = |bytes: &[u8]| analyze(&[("log", bytes)], options());
    let (once, twice) = (report(&whole), report(&bytes));
    assert!(once.totals.results > 0);
    assert!(twice.totals.events > once.totals.events);
    assert_eq!(twice.totals.script_blocks, once.totals.script_blocks);
    assert_eq!(twice.totals.results, once.totals.results);
    assert_eq!(twice.risk_objects, once.risk_objects);
}

fn same(one: &Gathered, other: &Gathered) -> bool {
    one.lines == other.lines && one.scripts == other.scripts && one.problems == other.problems
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_split_of_the_bytes_gives_the_same_records(
        seed in 0_u64..4,
        kind in 0..=damage::KINDS.len(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let (mut bytes, _) = log(seed, 60);
        if let Some(kind) = damage::KINDS.get(kind) {
            damage::apply(kind, &mut bytes, &mut Dice::new(seed));
        }
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|ends| &bytes[ends[0]..ends[1]]);
        prop_assert!(same(&ours(pieces), &ours([bytes.as_slice()])));
    }
}

#[test]
fn single_bytes_give_the_same_records() {
    let (whole, _) = log(9, 10);
    for kind in ["zero-chunks", "chunk-magic", "leading-garbage", "cut"] {
        let mut bytes = whole.clone();
        damage::apply(kind, &mut bytes, &mut Dice::new(3));
        assert!(same(&ours(bytes.chunks(1)), &ours([bytes.as_slice()])));
    }
}

#[test]
fn a_range_that_ends_within_a_chunk_knows_that_another_follows() {
    let (bytes, _) = log(5, 150);
    let (cut, size) = (4_096 + 60_000, Some(bytes.len() as u64));
    for (size, words) in [(size, "another chunk begins there"), (None, "the source ends there")] {
        let mut gathered = Gathered::default();
        let mut source = Source::with_range(SourceOptions::default(), SourceRange::First { size });
        source.push(&bytes[..cut], &mut gathered);
        source.end(&mut gathered);
        assert!(gathered.problems.iter().any(|one| one.message.contains(words)), "{words}");
    }
}

#[test]
fn ranges_give_together_the_records_of_the_source() {
    let (mut bytes, _) = log(5, 150);
    damage::apply("zero-chunks", &mut bytes, &mut Dice::new(1));
    let whole = ours([bytes.as_slice()]);
    let mut lines = Vec::new();
    let mut offset = 0;
    let (first, rest) = bytes.split_at(4_096 + 65_536);
    for (index, part) in [first].into_iter().chain(rest.chunks(2 * 65_536)).enumerate() {
        let kind = if index == 0 {
            SourceRange::First { size: None }
        } else {
            SourceRange::Later {
                begin: offset as u64,
                size: Some(bytes.len() as u64),
                has_checksums: scriptscope::has_checksums(&bytes),
            }
        };
        let mut gathered = Gathered::default();
        let mut source = Source::with_range(SourceOptions::default(), kind);
        source.push(part, &mut gathered);
        source.end(&mut gathered);
        assert_eq!(gathered.problems, [], "range from {offset}");
        lines.extend(gathered.lines);
        offset += part.len();
    }
    assert_eq!(lines, whole.lines);
}
