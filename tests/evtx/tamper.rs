//! Evidence of tampering: what was changed, hidden or left behind in a log is said, and read where it can be.

use crate::evtx::gather::{Gathered, ours};
use crate::session::options;
use crate::support::generate::dice::Dice;
use crate::support::generate::evtx::{Style, Writer};
use crate::support::generate::story::{Options, Story};
use scriptscope::Session;
use scriptscope::internal::Recovery;
use scriptscope::inventory::ContextQuery;
use std::collections::BTreeSet;

const HEADER: usize = 4_096;
const CHUNK: usize = 65_536;

/// A log with one chunk that holds this many records, or more.
fn log(count: usize) -> Vec<u8> {
    let options = Options { seed: 5, others: 0.2, median: 300.0, ..Options::default() };
    let mut story = Story::new(options);
    let mut writer = Writer::new();
    for _ in 0..count {
        writer.push(&story.next(), Style::Values);
    }
    writer.finish()
}

/// The offsets of the records of the first chunk.
fn records(log: &[u8]) -> Vec<usize> {
    let mut at = HEADER + 512;
    let mut found = Vec::new();
    while log[at..].starts_with(b"**\0\0") {
        found.push(at);
        at += u32::from_le_bytes(*log[at + 4..].first_chunk().unwrap()) as usize;
    }
    found
}

fn texts(gathered: &Gathered) -> BTreeSet<(Option<String>, String)> {
    let scripts = gathered.scripts.iter();
    scripts.map(|event| (event.record.clone(), event.text.to_lossy().into_owned())).collect()
}

fn codes(gathered: &Gathered) -> Vec<&str> {
    gathered.problems.iter().map(|problem| problem.code.as_ref()).collect()
}

/// A dirty log whose first chunk's header counts ten records, the offsets of all records of that chunk, and what the log
/// gave before.
fn log_with_old_header() -> (Vec<u8>, Vec<usize>, Gathered) {
    let mut log = log(40);
    let expected = ours([log.as_slice()]);
    let places = records(&log);
    let (last, end) = (places[9], places[10]);
    log[120] = 1;
    let id = log[last + 8..last + 16].to_vec();
    log[HEADER + 32..HEADER + 40].copy_from_slice(&id);
    log[HEADER + 44..HEADER + 48].copy_from_slice(&((last - HEADER) as u32).to_le_bytes());
    log[HEADER + 48..HEADER + 52].copy_from_slice(&((end - HEADER) as u32).to_le_bytes());
    (log, places, expected)
}

#[test]
fn no_flipped_bit_changes_a_text_unsaid() {
    let intact = log(60);
    let expected = ours([intact.as_slice()]);
    assert_eq!(codes(&expected), [] as [&str; 0]);
    let expected = texts(&expected);
    let mut dice = Dice::new(9);
    for _ in 0..150 {
        let mut log = intact.clone();
        let at = HEADER + dice.below(log.len() - HEADER);
        log[at] ^= 1 << dice.below(8);
        let found = ours([log.as_slice()]);
        assert!(texts(&found) == expected || !found.problems.is_empty(), "byte {at}");
    }
}

#[test]
fn a_dirty_log_is_not_summed_and_a_wrong_file_header_is_said() {
    let mut log = log(40);
    let at = records(&log)[3] + 300;
    log[at] ^= 1;
    assert!(codes(&ours([log.as_slice()])).contains(&"evtx-checksum"));
    for flags in [1, 4] {
        log[120] = flags;
        assert!(!codes(&ours([log.as_slice()])).contains(&"evtx-checksum"));
    }
    log[120] = 0;
    log[10] ^= 1;
    assert!(codes(&ours([log.as_slice()])).contains(&"evtx-file-header"));
}

#[test]
fn ranges_know_whether_chunks_have_checksums() {
    let mut log = log(800);
    assert!(log.len() > HEADER + 4 * CHUNK);
    let at = HEADER + 3 * CHUNK + 2_000;
    log[at] ^= 1;
    let mut whole = Session::new(options()).unwrap();
    whole.begin_range("log", 1, 0, Some(log.len() as u64), false).unwrap();
    whole.push(&log).unwrap();
    whole.end().unwrap();
    let mut merged = Session::new(options()).unwrap();
    let cut = HEADER + 2 * CHUNK;
    for range in [cut..log.len(), 0..cut] {
        let mut worker = Session::new(options()).unwrap();
        let has_checksums = scriptscope::has_checksums(&log);
        let (offset, size) = (range.start as u64, Some(log.len() as u64));
        worker.begin_range("log", 1, offset, size, has_checksums).unwrap();
        worker.push(&log[range]).unwrap();
        worker.end().unwrap();
        merged.merge(&worker.partial().unwrap()).unwrap();
    }
    let (whole, merged) = (whole.report(), merged.report());
    assert_eq!(whole.problems, merged.problems);
    assert!(whole.problems.iter().any(|problem| problem.code == "evtx-checksum"));
}

#[test]
fn records_past_a_stale_header_are_read_whatever_their_times() {
    let (mut log, places, expected) = log_with_old_header();
    // The clock was set back.
    log[places[20] + 16..places[20] + 24].fill(1);
    let found = ours([log.as_slice()]);
    assert_eq!(texts(&found), texts(&expected));
    assert!(codes(&found).contains(&"evtx-stale-header"));
    for event in &found.scripts {
        let is_counted = !(places[10]..HEADER + CHUNK).contains(&(event.place.offset as usize));
        let expected = if is_counted { Recovery::None } else { Recovery::PastEnd };
        assert_eq!(event.place.recovery, expected, "{:?}", event.record);
    }
}

#[test]
fn scripts_in_unused_space_are_recovered() {
    let (mut log, places, expected) = log_with_old_header();
    // Numbers that do not continue those before: the records are left from a former use of the chunk.
    for place in &places[10..] {
        log[place + 9] ^= 0x40;
    }
    let found = ours([log.as_slice()]);
    assert_eq!(texts(&found), texts(&expected));
    assert_eq!(codes(&found), ["evtx-recovered"]);
    let recovered =
        found.scripts.iter().filter(|event| event.place.recovery == Recovery::Unused).count();
    assert!(recovered > 5, "{recovered}");

    let read = |log: &[u8]| {
        let mut session = Session::new(options().with_inventory(true)).unwrap();
        session.begin("log").unwrap();
        session.push(log).unwrap();
        session.end().unwrap();
        session
    };
    let mut session = read(&log);
    let report = session.report();
    assert_eq!(report.sources[0].recovered as usize, recovered);
    assert_eq!(report.sources[0].events as usize, found.scripts.len());

    // The events beside them are listed too.
    let beside = |session: &mut Session| {
        let list = session.context_events(&ContextQuery::default()).unwrap();
        list.rows.into_iter().map(|event| (event.event_id, event.time)).collect::<Vec<_>>()
    };
    let listed = beside(&mut session);
    assert_eq!(listed, beside(&mut read(&self::log(40))));
    assert!(listed.len() > 3, "{listed:?}");
}

#[test]
fn a_script_without_its_text_is_a_problem() {
    let mut log = log(40);
    log[120] = 1;
    let name: Vec<u8> = "ScriptBlockText".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let places: Vec<usize> =
        (0..log.len() - name.len()).filter(|at| log[*at..].starts_with(&name)).collect();
    for at in places {
        log[at] ^= 1;
    }
    let found = ours([log.as_slice()]);
    assert!(found.scripts.iter().all(|event| event.text.is_empty()));
    let missing = codes(&found).iter().filter(|code| **code == "no-script-text").count();
    assert_eq!(missing, found.scripts.len());
}
