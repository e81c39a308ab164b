//! The published rules over real events, by this engine and by second implementations that share nothing with it:
//! a plain Sigma evaluator and a plain reader of Splunk's base searches. Whatever differs stands in
//! `tests/differences.tsv` with its reason: rule, event, reason. Skipped where the corpus is absent.

mod glob;
mod sigma;
mod splunk;
mod yaml;

use scriptscope::internal::Event;
use scriptscope::internal::ScriptBlock;
use scriptscope::internal::rule::{RuleKind, RuleOptions, RuleSet, load};
use scriptscope::internal::source::{
    Decoder, OtherRecord, ScriptRecord, Sink, Source, SourceOptions,
};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What is known to differ, and why.
const TABLE: &str = include_str!("../differences.tsv");

fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let found = std::env::var_os("SCRIPTSCOPE_CORPUS").map_or(beside, PathBuf::from);
    if found.is_dir() {
        return Some(found);
    }
    println!("skipped: no corpus at {}", found.display());
    None
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    all
}

/// The events of one log.
#[derive(Default)]
struct Events(Vec<Event>);

impl Sink for Events {
    fn script(&mut self, seen: &ScriptRecord<'_>) {
        self.0.push(seen.full.event());
    }

    fn other(&mut self, _: &OtherRecord<'_>) {}

    fn problem(&mut self, _: scriptscope::internal::Problem) {}
}

/// Every event of the corpus, each with a name that holds from run to run: its file and its place in it.
fn cases(corpus: &Path) -> Vec<Case> {
    let mut all = Vec::new();
    for folder in ["evtx", "xml", "json", "classic"] {
        for (name, bytes) in files(&corpus.join(folder)) {
            let mut source = Source::new(SourceOptions::default());
            let mut events = Events::default();
            source.push(&bytes, &mut events);
            source.end(&mut events);
            let file = name.rsplit('/').next().unwrap_or_default();
            for (number, event) in events.0.into_iter().enumerate() {
                let name = format!("{file}#{number}");
                let block = ScriptBlock::from_event(event, 0);
                all.push(Case { name, block, fields: RefCell::default() });
            }
        }
    }
    all
}

/// A field's value, as it stands and in small letters.
pub(crate) struct Text {
    text: String,
    lower: String,
}

/// What a second implementation looks at: every field under every name that it may be asked by.
pub(crate) type Field<'a> = &'a dyn Fn(&str) -> Option<Rc<Text>>;

/// An event with its name, and its fields as far as they were asked for.
struct Case {
    name: String,
    block: ScriptBlock,
    fields: RefCell<HashMap<String, Option<Rc<Text>>>>,
}

impl Case {
    fn field(&self, name: &str) -> Option<Rc<Text>> {
        let read = || {
            let text = self.block.field(name)?.into_owned();
            Some(Rc::new(Text { lower: glob::lower(&text), text }))
        };
        self.fields.borrow_mut().entry(name.to_owned()).or_insert_with(read).clone()
    }
}

fn rules(files: &[(String, Vec<u8>)]) -> RuleSet {
    let files: Vec<_> = files
        .iter()
        .map(|(name, bytes)| scriptscope::RuleFile::new(name, bytes.as_slice()))
        .collect();
    load(&files, &RuleOptions { builtin: false, ..RuleOptions::default() })
}

/// Differences as `rule, event` with who finds it.
fn differences(
    set: &RuleSet,
    cases: &[Case],
    second: &dyn Fn(&str, &str, Field<'_>) -> Option<bool>,
) -> (usize, BTreeSet<String>) {
    let mut found = BTreeSet::new();
    let mut hits = 0;
    for rule in &set.rules {
        let search = rule.search.as_ref().unwrap();
        let file = rule.file.as_deref().unwrap();
        for case in cases {
            let (name, block) = (&case.name, &case.block);
            let field = |name: &str| case.field(name);
            let Some(theirs) = second(file, &rule.text, &field) else {
                found.insert(format!("{}\t-\tnot read by the second implementation", rule.id));
                break;
            };
            // The base alone: what stands before the first pipe, or a Sigma rule's condition.
            let base = scriptscope::internal::search::Search::from_parts(
                search.base().clone(),
                Vec::new(),
            );
            let ours = base.holds(block);
            hits += usize::from(ours);
            if ours != theirs {
                let who = if ours { "found here only" } else { "found there only" };
                found.insert(format!("{}\t{name}\t{who}", rule.id));
            }
        }
    }
    println!(
        "{} rules, {} events, {hits} hits, {} differences",
        set.rules.len(),
        cases.len(),
        found.len()
    );
    (hits, found)
}

/// Every difference is in the table, and nothing else is.
fn assert_in_table(kind: RuleKind, found: &BTreeSet<String>, rules: &RuleSet) {
    let known: BTreeSet<(&str, &str)> = TABLE
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut columns = line.split('\t');
            let (rule, event, reason) = (columns.next()?, columns.next()?, columns.next()?);
            assert!(!reason.trim().is_empty(), "a difference without its reason: {line}");
            Some((rule, event))
        })
        .filter(|(rule, _)| rules.rules.iter().any(|own| own.id == *rule))
        .collect();
    let found_now: BTreeSet<(&str, &str)> = found
        .iter()
        .filter_map(|line| {
            let mut columns = line.split('\t');
            Some((columns.next()?, columns.next()?))
        })
        .collect();
    let new: Vec<&String> = found
        .iter()
        .filter(|line| {
            !known.iter().any(|(rule, event)| line.starts_with(&format!("{rule}\t{event}\t")))
        })
        .collect();
    assert!(new.is_empty(), "{kind}: {} differences without a reason:\n{new:#?}", new.len());
    let gone: Vec<_> = known.difference(&found_now).collect();
    assert!(gone.is_empty(), "{kind}: no longer different: {gone:?}");
}

#[test]
fn sigma_rules_hit_what_a_plain_evaluator_hits() {
    let Some(corpus) = corpus() else { return };
    let files = files(&corpus.join("rules/sigma"));
    let set = rules(&files);
    let cases = cases(&corpus);
    let documents: Vec<(String, yaml::Node)> = files
        .iter()
        .filter_map(|(name, bytes)| {
            Some((name.clone(), yaml::read(std::str::from_utf8(bytes).ok()?)?))
        })
        .collect();
    let second = |file: &str, _: &str, field: Field<'_>| {
        let (_, node) = documents.iter().find(|(name, _)| name == file)?;
        sigma::holds(node, field)
    };
    let (hits, found) = differences(&set, &cases, &second);
    assert!(set.rules.len() >= 90 && cases.len() >= 300 && hits > 20, "{hits}");
    assert_in_table(RuleKind::Sigma, &found, &set);
}

#[test]
fn base_searches_keep_what_a_plain_reader_keeps() {
    let Some(corpus) = corpus() else { return };
    let set = rules(&files(&corpus.join("rules/splunk")));
    let cases = cases(&corpus);
    let second = |_: &str, text: &str, field: Field<'_>| splunk::holds(text, field);
    let (hits, found) = differences(&set, &cases, &second);
    assert!(set.rules.len() >= 50 && cases.len() >= 300 && hits > 100, "{hits}");
    assert_in_table(RuleKind::Splunk, &found, &set);
}
