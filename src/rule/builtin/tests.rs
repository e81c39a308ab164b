//! Invariants of every built-in detection.

use super::*;
use crate::rule::model::{RuleKind, RuleType};
use crate::rule::{RuleOptions, RuleSet, load};
use std::collections::BTreeSet;

fn set() -> RuleSet {
    load(&[], &RuleOptions::default())
}

#[test]
fn the_pack_holds_every_file_of_the_folder() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let texts: Vec<String> =
        paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    assert_eq!(files(), texts);
}

#[test]
fn no_search_term_is_readable_in_the_program() {
    let words: BTreeSet<Vec<u8>> = files()
        .iter()
        .flat_map(|text| text.as_bytes().windows(6).map(<[u8]>::to_ascii_lowercase))
        .filter(|word| word.iter().all(u8::is_ascii_alphabetic))
        .collect();
    for packed in PACKED.windows(6) {
        assert!(!words.contains(&packed.to_ascii_lowercase()));
    }
}

#[test]
fn every_rule_loads_and_is_complete() {
    let set = set();
    assert_eq!(set.problems, []);
    assert_eq!(set.rules.len(), files().len());
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
    use crate::search::Required;
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
