//! Invariants of every built-in detection.

use super::*;
use crate::event::is_always_present;
use crate::rule::knowledge_objects::Definitions;
use crate::rule::model::{RuleKind, RuleType};
use crate::rule::yaml::YamlDocument;
use crate::rule::{RuleOptions, RuleSet, load};
use crate::search::{Assumptions, Library, ResultTable, RunContext, Search};
use std::collections::BTreeSet;

fn set() -> RuleSet {
    load(&[], &RuleOptions::default())
}

/// Returns the texts of the files of the folder, sorted by file name.
fn files() -> Vec<String> {
    let mut paths: Vec<_> = std::fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");

/// Whether two nodes have the same values. A prepared one has no positions.
fn is_same(one: &YamlNode, other: &YamlNode) -> bool {
    use YamlValue::{List, Map, Null, Scalar};
    one.weight() == other.weight()
        && match (&one.value, &other.value) {
            (Null, Null) => true,
            (Scalar { text, plain }, Scalar { text: text2, plain: plain2 }) => {
                (text, plain) == (text2, plain2)
            }
            (List(one), List(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(a, b)| is_same(a, b))
            }
            (Map(one), Map(other)) => {
                one.len() == other.len()
                    && one
                        .iter()
                        .zip(other)
                        .all(|(a, b)| a.key == b.key && is_same(&a.node, &b.node))
            }
            _ => false,
        }
}

#[test]
fn every_file_of_the_folder_is_prepared_as_it_is_written() {
    let (files, prepared) = (files(), detections());
    assert_eq!(files.len(), prepared.len());
    for (index, (text, Builtin { node, .. })) in files.iter().zip(&prepared).enumerate() {
        let samples = samples(index);
        let document = text.strip_suffix(samples).unwrap();
        let expected = YamlDocument { text: document, line: 1 }.parse().unwrap().unwrap();
        assert!(is_same(node, &expected), "{document}");
        assert!(samples.starts_with("scriptscope:\n"), "{samples}");
    }
}

/// Returns the line of `rules/prepared.txt` for a search, as `build.rs` reads it; `None` for a search that cannot be
/// prepared.
fn prepared_line(text: &str, library: &Library) -> Option<String> {
    fn write(required: &Required, to: &mut String) {
        let (kind, parts) = match required {
            Required::Nothing => panic!("a part without a literal"),
            Required::Literal(text) => return to.push_str(&format!("={}:{text}", text.len())),
            Required::All(parts) => ('&', parts),
            Required::Any(parts) => ('|', parts),
        };
        to.push_str(&format!("{kind}{}:", parts.len()));
        parts.iter().for_each(|part| write(part, to));
    }
    let (search, notes) = Search::parse_with_notes(text, library).ok()?;
    let may_lack = |name: &str| !is_always_present(name);
    let SearchCost { literals, patterns, every_block } = search.cost();
    let columns = search.columns();
    let has_plain_names = columns.iter().all(|name| !name.contains([',', ' ', '\n']));
    let is_simple = notes.is_empty()
        && !every_block
        && has_plain_names
        && !search.reads("_raw")
        && !text.contains("lookup")
        && search.run(&[], &RunContext::default())
            == (ResultTable { columns: columns.clone(), ..ResultTable::default() })
        && search.obstacles(Assumptions::without(&may_lack)).is_none();
    let mut required = String::new();
    write(&search.required(), &mut required);
    let step = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, step);
    (is_simple && !required.contains('\n'))
        .then(|| format!("{hash:016x} {literals} {patterns} {} {required}", columns.join(",")))
}

/// Searches are parsed when they are first used. What a session must know of them before is in a file, which this test
/// writes with UPDATE_GOLDEN=1.
#[test]
fn prepared_searches_are_current() {
    let (library, _) = Definitions::builtin().library();
    let mut lines: Vec<String> =
        set().rules.iter().filter_map(|rule| prepared_line(&rule.text, &library)).collect();
    lines.sort();
    let current = lines.join("\n") + "\n";
    let path = [FOLDER, "/prepared.txt"].concat();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        return std::fs::write(path, current).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert!(
        written == current,
        "rules/prepared.txt is not of these rules: UPDATE_GOLDEN=1 cargo test --lib prepared_searches"
    );
    let prepared = detections().iter().filter(|own| own.facts.is_some()).count();
    assert_eq!(prepared, lines.len());
    assert!(prepared + 3 >= detections().len(), "{prepared} searches are prepared");
    for rule in &set().rules {
        let parsed = Search::parse(&rule.text, &library).unwrap();
        let prepared = rule.search.as_ref().unwrap();
        assert_eq!(prepared.required(), parsed.required(), "{}", rule.title);
        assert_eq!(prepared.columns(), parsed.columns(), "{}", rule.title);
        assert_eq!(prepared.cost(), parsed.cost(), "{}", rule.title);
        assert_eq!(*prepared, parsed, "{}", rule.title);
    }
}

#[test]
fn a_macro_of_the_user_replaces_that_of_a_prepared_search() {
    let title = "PowerShell Enable PowerShell Remoting";
    let search = |macros: &[(String, String)]| {
        let options = RuleOptions { macros: macros.to_vec(), ..RuleOptions::default() };
        let set = load(&[], &options);
        let rule = set.rules.into_iter().find(|rule| rule.title == title).unwrap();
        rule.search.unwrap()
    };
    let name = "powershell_enable_powershell_remoting_filter";
    let filtered = search(&[(name.to_owned(), "search Computer!=x".to_owned())]);
    assert_ne!(filtered, search(&[]));
}

#[test]
fn no_search_term_is_readable_in_the_program() {
    let words: BTreeSet<Vec<u8>> = files()
        .iter()
        .flat_map(|text| text.as_bytes().windows(6).map(<[u8]>::to_ascii_lowercase))
        .filter(|word| word.iter().all(u8::is_ascii_alphabetic))
        .collect();
    for packed in [RULES, SAMPLES_OF_RULES].iter().flat_map(|own| own.windows(6)) {
        assert!(!words.contains(&packed.to_ascii_lowercase()));
    }
}

#[test]
fn every_rule_loads_and_is_complete() {
    let set = set();
    assert_eq!(set.problems, []);
    assert_eq!(set.rules.len(), detections().len());
    assert!(set.rules.len() >= 60);
    for rule in &set.rules {
        let title = &rule.title;
        assert_eq!(rule.kind, RuleKind::Builtin, "{title}");
        assert!(rule.search.is_ok(), "{title}: {:?}", rule.search.as_ref().err());
        assert!(rule.rule_type.is_some() && rule.description.is_some(), "{title}");
        assert!(rule.false_positives.is_some() && !rule.references.is_empty(), "{title}");
        assert!(!rule.attack.is_empty() && !rule.stories.is_empty(), "{title}");
        assert!(rule.attack.iter().all(|attack| !attack.tactics.is_empty()), "{title}");
        let hunting = rule.rule_type == Some(RuleType::Hunting);
        assert_eq!(hunting, rule.risk_objects.is_empty(), "{title}");
        assert_eq!(hunting, rule.message.is_none(), "{title}");
        let kinds: BTreeSet<bool> = rule.samples.iter().map(|sample| sample.matches).collect();
        assert_eq!(kinds.len(), 2, "{title}: samples of both kinds");
    }
    let titles: BTreeSet<_> = set.rules.iter().map(|rule| &rule.title).collect();
    assert_eq!(titles.len(), set.rules.len());
}

#[test]
fn every_sample_is_classified_correctly() {
    let mut wrong = Vec::new();
    for rule in &set().rules {
        for sample in rule.failing_samples() {
            let word = if sample.matches { "misses" } else { "falsely matches" };
            wrong.push(format!("{} {word} {}", rule.title, sample.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_rule_has_a_prefilter() {
    for rule in &set().rules {
        let Ok(search) = &rule.search else { continue };
        assert_ne!(search.required(), Required::Nothing, "{} scans every block", rule.title);
    }
}

#[test]
fn the_remoting_detection_is_as_published() {
    let set = set();
    let rule =
        set.rules.iter().find(|rule| rule.id == "40e3b299-19a5-4460-96e9-e1467f714f8e").unwrap();
    assert_eq!(rule.rule_type, Some(RuleType::Anomaly));
    assert_eq!(rule.score().to_string(), "25");
    assert_eq!(
        rule.message.as_deref(),
        Some("PowerShell was identified running a Invoke-PSremoting on $Computer$.")
    );
    assert_eq!(rule.attack.len(), 2);
    assert!(rule.attack.iter().all(|attack| attack.tactics == ["Execution"]));
    let columns = rule.search.as_ref().unwrap().columns();
    assert_eq!(
        columns,
        ["Computer", "EventCode", "ScriptBlockText", "count", "firstTime", "lastTime"]
    );
}
