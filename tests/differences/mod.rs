//! Differential tests: the published rules over real events, evaluated by this engine and by second implementations that
//! share no code with it, a simple Sigma evaluator and a simple evaluator of Splunk's base searches.
//!
//! `tests/differences.tsv` lists every known difference: rule, event, reason. Skipped without the corpus.

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

/// The known differences with their reasons.
const KNOWN: &str = include_str!("../differences.tsv");

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

/// Reads every event of the corpus. Its name, which is the same in every run, is its file and index.
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

/// A field's value, as logged and in lower case.
pub(crate) struct FieldText {
    text: String,
    lower: String,
}

/// Gives a second implementation the fields of an event, by any of their names.
pub(crate) type FieldLookup<'a> = &'a dyn Fn(&str) -> Option<Rc<FieldText>>;

/// An event with its name, and a cache of its fields.
struct Case {
    name: String,
    block: ScriptBlock,
    fields: RefCell<HashMap<String, Option<Rc<FieldText>>>>,
}

impl Case {
    fn field(&self, name: &str) -> Option<Rc<FieldText>> {
        let read = || {
            let text = self.block.field(name)?.into_owned();
            Some(Rc::new(FieldText { lower: glob::lower(&text), text }))
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

/// Evaluates every rule on every event both ways. Returns the number of matches, and the differences as rule, event and
/// which implementation matches.
fn differences(
    set: &RuleSet,
    cases: &[Case],
    second: &dyn Fn(&str, &str, FieldLookup<'_>) -> Option<bool>,
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
                found.insert(format!("{}\t-\tnot supported by the second implementation", rule.id));
                break;
            };
            // Only the base search is compared: the part before the first pipe, or a Sigma rule's condition.
            let base = scriptscope::internal::search::Search::from_parts(
                search.base().clone(),
                Vec::new(),
            );
            let ours = base.holds(block);
            hits += usize::from(ours);
            if ours != theirs {
                let who = if ours { "matched here only" } else { "matched there only" };
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

/// Asserts that the differences are exactly the known ones.
fn assert_in_table(kind: RuleKind, found: &BTreeSet<String>, rules: &RuleSet) {
    let known: BTreeSet<(&str, &str)> = KNOWN
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut columns = line.split('\t');
            let (rule, event, reason) = (columns.next()?, columns.next()?, columns.next()?);
            assert!(!reason.trim().is_empty(), "a difference without a reason: {line}");
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
    let stale: Vec<_> = known.difference(&found_now).collect();
    assert!(stale.is_empty(), "{kind}: listed but no longer different: {stale:?}");
}

#[test]
fn sigma_rules_match_as_in_a_second_implementation() {
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
    let second = |file: &str, _: &str, field: FieldLookup<'_>| {
        let (_, node) = documents.iter().find(|(name, _)| name == file)?;
        sigma::holds(node, field)
    };
    let (hits, found) = differences(&set, &cases, &second);
    assert!(set.rules.len() >= 90 && cases.len() >= 300 && hits > 20, "{hits}");
    assert_in_table(RuleKind::Sigma, &found, &set);
}

#[test]
fn base_searches_match_as_in_a_second_implementation() {
    let Some(corpus) = corpus() else { return };
    let set = rules(&files(&corpus.join("rules/splunk")));
    let cases = cases(&corpus);
    let second = |_: &str, text: &str, field: FieldLookup<'_>| splunk::holds(text, field);
    let (hits, found) = differences(&set, &cases, &second);
    assert!(set.rules.len() >= 50 && cases.len() >= 300 && hits > 100, "{hits}");
    assert_in_table(RuleKind::Splunk, &found, &set);
}
