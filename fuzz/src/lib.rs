//! The fuzz targets. Each takes arbitrary bytes and panics if an invariant does not hold.
//!
//! The crate's tests include this file and replay `seeds` and `regressions`. To add an input that a fuzzer found, copy its
//! file to `regressions/<target>/`.

use scriptscope::internal::Event;
use scriptscope::internal::Problem;
use scriptscope::internal::ScriptBlock;
use scriptscope::internal::detect::RulePrefilter;
use scriptscope::internal::rule::{RuleOptions, load};
use scriptscope::internal::script::{lex, views};
use scriptscope::internal::search::{Library, Required, RunContext, Search};
use scriptscope::internal::source::{
    Decoder, OtherRecord, ScriptRecord, Sink, Source, SourceOptions,
};
use scriptscope::internal::text::{Raw, Text, fold_case};
use scriptscope::report::{self, AllowListFormat, Report};
use scriptscope::{AllowEntry, Options, RuleFile, Session};
use std::sync::OnceLock;
use xxhash_rust::xxh3::xxh3_64;

/// A fuzz target.
pub type Target = fn(&[u8]);

/// Every target by name.
pub const TARGETS: &[(&str, Target)] = &[
    ("allow", allow),
    ("partial", partial),
    ("prefilter", prefilter),
    ("rules", rules),
    ("script", script),
    ("search", search),
    ("session", session),
    ("source", source),
    ("unpack", unpack),
];

/// Lexer and views: tokens cover the text but for white space, and a view's map leads to ranges of the text.
pub fn script(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut at = 0;
    for token in lex(&text) {
        assert!(at <= token.start && token.start < token.end, "{token:?} after {at}");
        assert!(text.get(token.start..token.end).is_some(), "{token:?}");
        assert!(text[at..token.start].trim().is_empty(), "text without a token before {token:?}");
        at = token.end;
    }
    assert!(text[at..].trim().is_empty(), "text without a token after {at}");
    for view in views(&text) {
        for (start, char) in view.text.char_indices().take(10_000) {
            let range = view.map.original(start..start + char.len_utf8());
            assert!(text.get(range.clone()).is_some(), "{range:?} for {start} of {}", view.name);
        }
    }
}

/// Scripts that unpack base64. The first byte selects the script, the others are the packed bytes.
pub fn unpack(data: &[u8]) {
    const SCRIPTS: [&str; 3] = [
        "[Text.Encoding]::Unicode.GetString([Convert]::FromBase64String('{}'))",
        "powershell -enc {}",
        "[IO.Compression.DeflateStream]::new([IO.MemoryStream][Convert]::FromBase64String('{}'), \
         [IO.Compression.CompressionMode]::Decompress)",
    ];
    let Some((index, packed)) = data.split_first() else { return };
    script(SCRIPTS[usize::from(*index) % SCRIPTS.len()].replace("{}", &base64(packed)).as_bytes());
}

fn base64(data: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(data.len() / 3 * 4 + 4);
    for group in data.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | usize::from(*group.get(at).unwrap_or(&0)));
        (0..=group.len()).for_each(|at| text.push(char::from(LETTERS[bits >> (18 - 6 * at) & 63])));
        (group.len()..3).for_each(|_| text.push('='));
    }
    text
}

/// The rule prefilter, on literals that each end with a byte 0xFF, and then a text in UTF-16: a rule whose literals are in
/// the text is a candidate.
pub fn prefilter(data: &[u8]) {
    let mut pieces: Vec<&[u8]> = data.split(|byte| *byte == 0xFF).take(1_000).collect();
    let bytes = pieces.pop().unwrap_or_default();
    let literal = |piece: &[u8]| Required::Literal(String::from_utf8_lossy(piece).into_owned());
    // Each literal by itself, and successive pairs.
    let mut rules: Vec<Required> = pieces.iter().map(|piece| literal(piece)).collect();
    rules.extend(
        pieces
            .windows(2)
            .map(|pair| Required::All(pair.iter().map(|piece| literal(piece)).collect())),
    );
    let prefilter = RulePrefilter::new(&rules);
    let text = fold_case(&Raw::Utf16(bytes).to_lossy());
    let copy = Text::from(Raw::Utf16(bytes));
    for raw in [Raw::Utf16(bytes), copy.as_raw()] {
        let mut candidates = Vec::new();
        prefilter.candidates(raw, &mut candidates);
        assert_eq!(prefilter.any(raw), !candidates.is_empty());
        for (index, rule) in (0..).zip(&rules) {
            let is_met = rule.is_met(&|literal| text.contains(&fold_case(literal)));
            assert!(!is_met || candidates.contains(&index), "missed {rule:?}");
        }
    }
}

/// The search language: a search that parses runs, and matches only texts with its required literals.
pub fn search(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Search::parse(&text, &Library::default()) {
        Ok(search) => run(&search),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Rule files: the bytes are loaded as a file of each kind, and the rules run.
pub fn rules(data: &[u8]) {
    for name in ["rule.yml", "macros.conf", "lookup.csv"] {
        let options = RuleOptions { builtin: false, ..RuleOptions::default() };
        let set = load(&[RuleFile::new(name, data)], &options);
        set.rules.iter().filter_map(|rule| rule.search.as_ref().ok()).for_each(run);
        // A rule that runs also runs after export.
        for rule in set.rules.iter().filter(|rule| rule.search.is_ok()).take(10) {
            for (name, exported) in [("rule.yml", rule.to_yaml()), ("rule.yml", rule.to_sigma())] {
                let Ok(text) = exported else { continue };
                let reloaded = load(&[RuleFile::new(name, text.as_bytes())], &options);
                assert!(reloaded.rules.iter().any(|rule| rule.search.is_ok()), "{text}");
            }
            let _ = rule.to_spl();
        }
    }
}

/// The condition of an allow-list entry, over a session with results: an error, or reports and exports work.
pub fn allow(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut session = session_with_rule();
    read_log(&mut session);
    let rows = session.report().totals.results;
    assert!(rows > 0);
    let entry = |rule: Option<&str>| {
        let entry = AllowEntry::new("expected", text.clone());
        rule.map_or(entry.clone(), |rule| entry.with_rule(rule))
    };
    if session.preview(entry(None)).is_err() {
        assert!(session.set_allow_list(vec![entry(None)]).is_err());
        return;
    }
    for rule in [None, Some("no such rule")] {
        session.set_allow_list(vec![entry(rule)]).unwrap();
        assert_eq!(session.report().totals.results, rows, "hidden results are counted");
        for format in [AllowListFormat::Json, AllowListFormat::Macro, AllowListFormat::Sigma] {
            session.export_allow_list(format);
        }
    }
}

fn run(search: &Search) {
    let blocks: Vec<ScriptBlock> =
        ["", "Enable-PSRemoting -Force", "$x = 'a' + \"ä\"\r\nInvoke-Expression $x"]
            .into_iter()
            .map(|text| {
                ScriptBlock::from_event(Event { text: Text::from(text), ..Event::default() }, 0)
            })
            .collect();
    for block in &blocks {
        if search.holds(block) {
            let (text, required) = (fold_case(&block.text), search.required());
            assert!(required.is_met(&|literal| text.contains(literal)), "{required:?} in {text:?}");
        }
        for span in search.highlights(block) {
            assert!(block.text.get(span.clone()).is_some(), "{span:?}");
        }
    }
    let blocks: Vec<&ScriptBlock> = blocks.iter().collect();
    let table = search.run(&blocks, &RunContext::default());
    assert!(table.rows.iter().all(|row| row.cells.len() == table.columns.len()));
}

/// Decoders of all formats: the events and problems do not depend on how the bytes are split.
pub fn source(data: &[u8]) {
    let read = |pieces: &[&[u8]]| {
        let mut source = Source::new(SourceOptions::default());
        let mut log = EventLog::default();
        pieces.iter().for_each(|piece| source.push(piece, &mut log));
        source.end(&mut log);
        log.0
    };
    assert_eq!(read(&[data]), read(&split(data)));
}

/// Writes down everything that a source passes on, in order.
#[derive(Default)]
struct EventLog(Vec<String>);

impl Sink for EventLog {
    fn script(&mut self, record: &ScriptRecord<'_>) {
        // The fields read in place are those of the full event.
        let event = record.full.event();
        let lossy = |raw: Option<Raw<'_>>| raw.map(|raw| raw.to_lossy());
        assert_eq!(
            (event.place, event.time, event.level),
            (record.place, record.time, record.level)
        );
        assert_eq!((event.number, event.total), (record.number, record.total));
        assert_eq!(event.computer, lossy(record.computer));
        assert_eq!(event.script_block_id, lossy(record.script_block_id));
        assert_eq!(event.text.to_lossy(), record.text_until_nul().to_lossy());
        self.0.push(format!("{:?} {event:?}", record.place));
    }

    fn other(&mut self, record: &OtherRecord<'_>) {
        self.0.push(format!("{:?} {:?}", record.id, record.time));
    }

    fn problem(&mut self, problem: Problem) {
        self.0.push(format!("{problem:?}"));
    }
}

/// The only rule of the sessions, so that they are created fast.
const RULE: &[u8] = include_bytes!("../../rules/enable_powershell_remoting.yml");

/// A log with a script that the rule matches.
const LOG: &[u8] = include_bytes!("../../tests/fixtures/xml/lines.xml");

fn session_with_rule() -> Session {
    let options =
        Options::default().with_builtin(false).with_rules([RuleFile::new("rule.yml", RULE)]);
    Session::new(options).unwrap()
}

/// A session: the report does not depend on how the bytes are split, on partials drained in between, or on reading ranges.
pub fn session(data: &[u8]) {
    let mut session = session_with_rule();
    session.begin("log").unwrap();
    session.push(data).unwrap();
    session.end().unwrap();
    let report = session.report();

    let mut drained = session_with_rule();
    let mut partials = Vec::new();
    drained.begin("log").unwrap();
    for piece in split(data) {
        drained.push(piece).unwrap();
        partials.push(drained.drain(Some(1)).unwrap());
    }
    drained.end().unwrap();
    partials.push(drained.partial().unwrap());
    assert_eq!(report, merged(&partials));

    let bounds = chunk_bounds(data);
    if bounds.len() > 2 {
        let mut partials = Vec::new();
        for range in bounds.windows(2) {
            let mut reader = session_with_rule();
            let has_checksums = scriptscope::has_checksums(data);
            reader
                .begin_range("log", 1, range[0] as u64, Some(data.len() as u64), has_checksums)
                .unwrap();
            reader.push(&data[range[0]..range[1]]).unwrap();
            reader.end().unwrap();
            partials.push(reader.partial().unwrap());
        }
        assert_eq!(report, merged(&partials));
    }

    for block in &report.script_blocks {
        assert!(session.block(&block.id).is_some());
        session.views(&block.id);
    }
    for result in report.results.iter().take(3) {
        session.proposals(&result.id);
    }
    assert!(!report::json(&report).is_empty());
    report::ndjson(&report);
    report::csv(&report);
    session.outline();
}

/// Merges partials, the last one first, and returns the report.
fn merged(partials: &[Vec<u8>]) -> Report {
    let mut session = session_with_rule();
    partials.iter().rev().for_each(|partial| session.merge(partial).unwrap());
    session.report()
}

/// Returns the bounds of ranges of an EVTX file, its beginning and end included: the aligned offsets after the first chunk
/// at which a chunk begins, as in `npm/ranges.js`. Empty for other files.
pub fn chunk_bounds(data: &[u8]) -> Vec<usize> {
    let is_chunk = |at: &usize| {
        let chunk = data.get(*at..).unwrap_or_default();
        chunk.starts_with(b"ElfChnk\0") && chunk.get(40..44) == Some(&[128, 0, 0, 0])
    };
    if !data.starts_with(b"ElfFile\0") {
        return Vec::new();
    }
    let mut bounds: Vec<usize> =
        (4_096 + 65_536..data.len()).step_by(65_536).filter(is_chunk).collect();
    bounds.insert(0, 0);
    bounds.push(data.len());
    bounds
}

/// A valid partial, and the length of its header.
static VALID_PARTIAL: OnceLock<(Vec<u8>, usize)> = OnceLock::new();

/// Malformed partials: merging one is an error, or the merged session's report and partial work.
pub fn partial(data: &[u8]) {
    merge_malformed(data);
    let (valid, header) = VALID_PARTIAL.get_or_init(|| {
        let mut session = session_with_rule();
        let empty = session.partial().unwrap();
        read_log(&mut session);
        let valid = session.partial().unwrap();
        // Both have the same header: the rule set and options.
        let header = valid.iter().zip(&empty).take_while(|(one, other)| one == other).count();
        (valid, header)
    });
    let (mut changed, header) = (valid.clone(), *header);
    merge_malformed(&[&changed[..header], data].concat());
    // Each three bytes change one byte of a valid partial: offset and value.
    for change in data.chunks_exact(3).take(64) {
        let offset = usize::from(u16::from_le_bytes([change[0], change[1]]));
        let offset = offset % (changed.len() - header);
        changed[header + offset] = change[2];
    }
    merge_malformed(&changed);
}

fn merge_malformed(bytes: &[u8]) {
    let mut session = session_with_rule();
    if session.merge(bytes).is_ok() {
        session.report();
        session_with_rule().merge(&session.partial().unwrap()).unwrap();
    }
}

fn read_log(session: &mut Session) {
    session.begin("log").unwrap();
    session.push(LOG).unwrap();
    session.end().unwrap();
}

/// Splits the bytes into at most 17 pieces, at offsets that depend on the bytes alone.
fn split(data: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = data;
    let mut number = xxh3_64(data);
    while !rest.is_empty() && pieces.len() < 16 {
        number = number.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1);
        let (piece, after) = rest.split_at((number >> 32) as usize % (rest.len() + 1));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}
