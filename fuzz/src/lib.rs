//! What each fuzz target does with its bytes, and what must hold whatever they are.
//!
//! The crate's tests include this file too, and replay `seeds` and `regressions`: to keep what a fuzzer
//! found, put its file into `regressions/<target>/`.

use scriptscope::detect::Matcher;
use scriptscope::error::Problem;
use scriptscope::event::Event;
use scriptscope::reassemble::ScriptBlock;
use scriptscope::rule::{RuleFile, RuleOptions, load};
use scriptscope::script::{lex, views};
use scriptscope::search::{Context, Library, Required, Search};
use scriptscope::session::{Config, Session};
use scriptscope::source::{Decoder, Other, Sighting, Sink, Source, SourceOptions};
use scriptscope::text::{Raw, Text, folded};
use xxhash_rust::xxh3::xxh3_64;

/// A target: takes any bytes, and panics where something does not hold.
pub type Target = fn(&[u8]);

/// Every target by name.
pub const TARGETS: &[(&str, Target)] = &[
    ("matcher", matcher),
    ("partial", partial),
    ("rules", rules),
    ("script", script),
    ("search", search),
    ("session", session),
    ("source", source),
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

/// The matcher: literals, each ended by a byte 0xFF, then a text in UTF-16. It never misses one.
pub fn matcher(data: &[u8]) {
    let mut pieces: Vec<&[u8]> = data.split(|byte| *byte == 0xFF).take(1_000).collect();
    let bytes = pieces.pop().unwrap_or_default();
    let literal = |piece: &[u8]| Required::Literal(String::from_utf8_lossy(piece).into_owned());
    // By themselves, and in pairs.
    let mut rules: Vec<Required> = pieces.iter().map(|piece| literal(piece)).collect();
    rules.extend(
        pieces
            .windows(2)
            .map(|pair| Required::All(pair.iter().map(|piece| literal(piece)).collect())),
    );
    let matcher = Matcher::new(&rules);
    let text = folded(&Raw::Utf16(bytes).to_lossy());
    let copy = Text::from(Raw::Utf16(bytes));
    for raw in [Raw::Utf16(bytes), copy.as_raw()] {
        let mut found = Vec::new();
        matcher.candidates(raw, &mut found);
        assert_eq!(matcher.any(raw), !found.is_empty());
        for (index, rule) in (0..).zip(&rules) {
            let holds = rule.holds(&|literal| text.contains(&folded(literal)));
            assert!(!holds || found.contains(&index), "missed {rule:?}");
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
        let set = load(&[RuleFile { name, bytes: data }], &options);
        set.rules.iter().filter_map(|rule| rule.search.as_ref().ok()).for_each(run);
    }
}

fn run(search: &Search) {
    let blocks: Vec<ScriptBlock> =
        ["", "Enable-PSRemoting -Force", "$x = 'a' + \"ä\"\r\nInvoke-Expression $x"]
            .into_iter()
            .map(|text| ScriptBlock::of(Event { text: Text::from(text), ..Event::default() }, 0))
            .collect();
    for block in &blocks {
        if search.holds(block) {
            let (text, required) = (folded(&block.text), search.required());
            assert!(required.holds(&|literal| text.contains(literal)), "{required:?} in {text:?}");
        }
        for span in search.spans(block) {
            assert!(block.text.get(span.clone()).is_some(), "{span:?}");
        }
    }
    let blocks: Vec<&ScriptBlock> = blocks.iter().collect();
    let table = search.run(&blocks, &Context::default());
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
    fn script(&mut self, seen: &Sighting<'_>) {
        self.0.push(format!("{:?} {:?}", seen.place, seen.whole.event()));
    }

    fn other(&mut self, seen: &Other<'_>) {
        self.0.push(format!("{:?} {:?}", seen.id, seen.time));
    }

    fn problem(&mut self, problem: Problem) {
        self.0.push(format!("{problem:?}"));
    }
}

/// One rule is enough, and loads at once.
const RULE: &[u8] = include_bytes!("../../rules/enable_powershell_remoting.yml");

/// The whole of it: the same report however the bytes are cut, and by way of a partial result.
pub fn session(data: &[u8]) {
    let new = || {
        let rules = vec![("rule.yml".to_owned(), RULE.to_vec())];
        Session::new(Config { rules, builtin: false, ..Config::default() })
    };
    let read = |pieces: &[&[u8]]| {
        let mut session = new();
        session.begin("log").unwrap();
        pieces.iter().for_each(|piece| session.push(piece).unwrap());
        session.end().unwrap();
        session
    };
    let mut whole = read(&[data]);
    let report = whole.report();
    assert_eq!(report, read(&cut(data)).report());
    let mut merged = new();
    merged.merge(&whole.partial().unwrap()).unwrap();
    assert_eq!(report, merged.report());
}

/// A partial result that nobody made: refused or taken, and the report can be made of it.
pub fn partial(data: &[u8]) {
    let mut session = Session::new(Config { builtin: false, ..Config::default() });
    if session.merge(data).is_ok() {
        session.report();
    }
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
