//! What each fuzz target does with its bytes, and what must hold whatever they are.
//!
//! The crate's tests include this file too, and replay `seeds` and `regressions`: to keep what a fuzzer
//! found, put its file into `regressions/<target>/`.

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

/// A target: takes any bytes, and panics where something does not hold.
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

/// The lexer and the views: tokens cover the text, and every place of a view leads to a place of the text.
pub fn script(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut at = 0;
    for token in lex(&text) {
        assert!(at <= token.start && token.start < token.end, "{token:?} after {at}");
        assert!(text.get(token.start..token.end).is_some(), "{token:?}");
        assert!(text[at..token.start].trim().is_empty(), "left out before {token:?}");
        at = token.end;
    }
    assert!(text[at..].trim().is_empty(), "left out after {at}");
    for view in views(&text) {
        for (start, char) in view.text.char_indices().take(10_000) {
            let place = view.map.original(start..start + char.len_utf8());
            assert!(text.get(place.clone()).is_some(), "{place:?} behind {start} of {}", view.name);
        }
    }
}

/// What a script carries in base64 and unpacks: the first byte says how, the rest is what it carries.
pub fn unpack(data: &[u8]) {
    const WAYS: [&str; 3] = [
        "[Text.Encoding]::Unicode.GetString([Convert]::FromBase64String('{}'))",
        "powershell -enc {}",
        "[IO.Compression.DeflateStream]::new([IO.MemoryStream][Convert]::FromBase64String('{}'), \
         [IO.Compression.CompressionMode]::Decompress)",
    ];
    let Some((way, packed)) = data.split_first() else { return };
    script(WAYS[usize::from(*way) % WAYS.len()].replace("{}", &base64(packed)).as_bytes());
}

fn base64(data: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(data.len() / 3 * 4 + 4);
    for three in data.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | usize::from(*three.get(at).unwrap_or(&0)));
        (0..=three.len()).for_each(|at| text.push(char::from(LETTERS[bits >> (18 - 6 * at) & 63])));
        (three.len()..3).for_each(|_| text.push('='));
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

/// The search language: whatever can be read runs, and needs the literals that it says it needs.
pub fn search(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Search::parse(&text, &Library::default()) {
        Ok(search) => run(&search),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Rule files: the bytes are a file of each kind, and what loads runs.
pub fn rules(data: &[u8]) {
    for name in ["rule.yml", "macros.conf", "lookup.csv"] {
        let options = RuleOptions { builtin: false, ..RuleOptions::default() };
        let set = load(&[RuleFile::new(name, data)], &options);
        set.rules.iter().filter_map(|rule| rule.search.as_ref().ok()).for_each(run);
        // A rule that runs runs again when it was exported.
        for rule in set.rules.iter().filter(|rule| rule.search.is_ok()).take(10) {
            for (name, exported) in [("rule.yml", rule.to_yaml()), ("rule.yml", rule.to_sigma())] {
                let Ok(text) = exported else { continue };
                let again = load(&[RuleFile::new(name, text.as_bytes())], &options);
                assert!(again.rules.iter().any(|rule| rule.search.is_ok()), "{text}");
            }
            let _ = rule.to_spl();
        }
    }
}

/// An allow-list's condition over a session with results: refused, or its report, previews and exports can be made.
pub fn allow(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut session = ruled();
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

/// Decoders of every format: the same events and problems however the bytes are cut.
pub fn source(data: &[u8]) {
    let read = |pieces: &[&[u8]]| {
        let mut source = Source::new(SourceOptions::default());
        let mut seen = Seen::default();
        pieces.iter().for_each(|piece| source.push(piece, &mut seen));
        source.end(&mut seen);
        seen.0
    };
    assert_eq!(read(&[data]), read(&cut(data)));
}

/// Everything that a source says, in order.
#[derive(Default)]
struct Seen(Vec<String>);

impl Sink for Seen {
    fn script(&mut self, seen: &ScriptRecord<'_>) {
        // What is looked at in place is what the whole event says.
        let event = seen.full.event();
        let lossy = |raw: Option<Raw<'_>>| raw.map(|raw| raw.to_lossy());
        assert_eq!((event.place, event.time, event.level), (seen.place, seen.time, seen.level));
        assert_eq!((event.number, event.total), (seen.number, seen.total));
        assert_eq!(event.computer, lossy(seen.computer));
        assert_eq!(event.script_block_id, lossy(seen.script_block_id));
        assert_eq!(event.text.to_lossy(), seen.text_until_nul().to_lossy());
        self.0.push(format!("{:?} {event:?}", seen.place));
    }

    fn other(&mut self, seen: &OtherRecord<'_>) {
        self.0.push(format!("{:?} {:?}", seen.id, seen.time));
    }

    fn problem(&mut self, problem: Problem) {
        self.0.push(format!("{problem:?}"));
    }
}

/// One rule is enough, and loads at once.
const RULE: &[u8] = include_bytes!("../../rules/enable_powershell_remoting.yml");

/// A script that the rule finds.
const LOG: &[u8] = include_bytes!("../../tests/fixtures/xml/lines.xml");

fn ruled() -> Session {
    let options =
        Options::default().with_builtin(false).with_rules([RuleFile::new("rule.yml", RULE)]);
    Session::new(options).unwrap()
}

/// The whole of it: the same report however the bytes are cut, given away in the middle, and read in ranges.
pub fn session(data: &[u8]) {
    let mut session = ruled();
    session.begin("log").unwrap();
    session.push(data).unwrap();
    session.end().unwrap();
    let report = session.report();

    let mut drained = ruled();
    let mut partials = Vec::new();
    drained.begin("log").unwrap();
    for piece in cut(data) {
        drained.push(piece).unwrap();
        partials.push(drained.drain(Some(1)).unwrap());
    }
    drained.end().unwrap();
    partials.push(drained.partial().unwrap());
    assert_eq!(report, merged(&partials));

    let cuts = chunk_cuts(data);
    if cuts.len() > 2 {
        let mut partials = Vec::new();
        for ends in cuts.windows(2) {
            let mut reader = ruled();
            reader.begin_range("log", 1, ends[0] as u64, Some(data.len() as u64)).unwrap();
            reader.push(&data[ends[0]..ends[1]]).unwrap();
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

/// The report of partial results, the last one first.
fn merged(partials: &[Vec<u8>]) -> Report {
    let mut session = ruled();
    partials.iter().rev().for_each(|partial| session.merge(partial).unwrap());
    session.report()
}

/// Where an event log is cut, its beginning and its end included: where chunks begin that stand where they should, as
/// in `npm/ranges.js`. None of what is no event log.
pub fn chunk_cuts(data: &[u8]) -> Vec<usize> {
    let starts = |at: &usize| {
        let chunk = data.get(*at..).unwrap_or_default();
        chunk.starts_with(b"ElfChnk\0") && chunk.get(40..44) == Some(&[128, 0, 0, 0])
    };
    if !data.starts_with(b"ElfFile\0") {
        return Vec::new();
    }
    let mut cuts: Vec<usize> =
        (4_096 + 65_536..data.len()).step_by(65_536).filter(starts).collect();
    cuts.insert(0, 0);
    cuts.push(data.len());
    cuts
}

/// A partial result that a session made, and how long its header is.
static MADE: OnceLock<(Vec<u8>, usize)> = OnceLock::new();

/// A partial result that nobody made: refused, or a report can be made of it and what it becomes is taken.
pub fn partial(data: &[u8]) {
    take(data);
    let (real, header) = MADE.get_or_init(|| {
        let mut session = ruled();
        let nothing = session.partial().unwrap();
        read_log(&mut session);
        let real = session.partial().unwrap();
        // Up to where the two differ stands what says which rules and options they were made with.
        let header = real.iter().zip(&nothing).take_while(|(one, other)| one == other).count();
        (real, header)
    });
    let (mut real, header) = (real.clone(), *header);
    take(&[&real[..header], data].concat());
    // The bytes as changes to a real one: place and value.
    for change in data.chunks_exact(3).take(64) {
        let place = usize::from(u16::from_le_bytes([change[0], change[1]])) % (real.len() - header);
        real[header + place] = change[2];
    }
    take(&real);
}

fn take(bytes: &[u8]) {
    let mut session = ruled();
    if session.merge(bytes).is_ok() {
        session.report();
        ruled().merge(&session.partial().unwrap()).unwrap();
    }
}

fn read_log(session: &mut Session) {
    session.begin("log").unwrap();
    session.push(LOG).unwrap();
    session.end().unwrap();
}

/// The bytes in a few pieces, cut at places that depend on the bytes alone.
fn cut(data: &[u8]) -> Vec<&[u8]> {
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
