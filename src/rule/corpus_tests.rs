//! Loads the published rules of a corpus. Skipped without the corpus.

use super::model::{Rule, RuleKind};
use super::{RuleFile, RuleOptions, RuleSet, Score, load};
use crate::event::usual_names;
use crate::search::{Assumptions, describe};
use crate::source::is_usual_name;
use std::path::{Path, PathBuf};

/// Returns a folder of the corpus, which is at `SCRIPTSCOPE_CORPUS` or beside the repository.
fn corpus_folder(name: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let found = std::env::var_os("SCRIPTSCOPE_CORPUS").map_or(beside, PathBuf::from);
    let found = found.join(name);
    if !found.is_dir() {
        println!("skipped: no corpus at {}", found.display());
        return None;
    }
    Some(found)
}

fn corpus() -> Option<PathBuf> {
    corpus_folder("rules")
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    all
}

fn loaded(files: &[(String, Vec<u8>)]) -> RuleSet {
    let files: Vec<_> =
        files.iter().map(|(name, bytes)| RuleFile::new(name, bytes.as_slice())).collect();
    load(&files, &RuleOptions { builtin: false, ..RuleOptions::default() })
}

fn unsupported(set: &RuleSet) -> Vec<String> {
    let reason = |rule: &Rule| {
        rule.search.as_ref().err().map(|error| format!("{}: {}", rule.title, error.reason))
    };
    set.rules.iter().filter_map(reason).collect()
}

#[test]
fn every_published_splunk_detection_loads() {
    let Some(corpus) = corpus() else { return };
    let files = files(&corpus.join("splunk"));
    let set = loaded(&files);
    let detections = files.iter().filter(|(name, _)| name.contains("/detections/")).count();
    assert_eq!(set.rules.len(), detections);
    assert_eq!(unsupported(&set), [""; 0]);
    assert!(set.rules.iter().all(|rule| rule.kind == RuleKind::Splunk && !rule.attack.is_empty()));
    assert!(
        set.rules.iter().filter(|rule| rule.makes_risk()).all(|rule| !rule.risk_objects.is_empty())
    );
    assert!(!set.stories.is_empty());
}

#[test]
fn every_published_sigma_rule_loads() {
    let Some(corpus) = corpus() else { return };
    let files = files(&corpus.join("sigma"));
    let set = loaded(&files);
    let rules = files.iter().filter(|(name, _)| name.ends_with(".yml")).count();
    assert_eq!(unsupported(&set), [""; 0]);
    assert_eq!(set.rules.len(), rules, "{:#?}", set.problems);
    assert!(set.rules.iter().all(|rule| rule.kind == RuleKind::Sigma && rule.level.is_some()));
    assert!(set.rules.iter().all(|rule| rule.text.starts_with("detection:")));
}

/// Returns the rules that require another event or an unusual field, with the reason.
fn unreachable(set: &RuleSet) -> Vec<String> {
    let is_unusual = |name: &str| !usual_names().any(|usual| usual == name) && !is_usual_name(name);
    let reason = |rule: &Rule| {
        let obstacles = rule.search.as_ref().ok()?.obstacles(Assumptions::without(&is_unusual))?;
        Some(format!("{}: {}", rule.title, describe(&obstacles, false)))
    };
    set.rules.iter().filter_map(reason).collect()
}

#[test]
fn every_rule_can_match() {
    assert_eq!(unreachable(&load(&[], &RuleOptions::default())), [""; 0]);
    let Some(corpus) = corpus() else { return };
    assert_eq!(unreachable(&loaded(&files(&corpus))), [""; 0]);
}

#[test]
fn the_order_of_files_does_not_matter() {
    let Some(corpus) = corpus() else { return };
    let mut files = files(&corpus);
    let forward = loaded(&files);
    files.reverse();
    let backward = loaded(&files);
    assert_eq!(forward.hash(), backward.hash());
    assert_eq!(forward.problems, backward.problems);
    let ids = |set: &RuleSet| set.rules.iter().map(|rule| rule.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&forward), ids(&backward));
}

/// Runs the detections that score on recorded attack sessions, most of which is the noise of module loading. Every listed
/// match is a script of the attack.
#[test]
fn the_built_in_pack_is_quiet_on_ordinary_texts() {
    let Some(folder) = corpus_folder("json/otrf-security-datasets/ndjson-4104-only") else {
        return;
    };
    let mut texts = std::collections::BTreeSet::new();
    for (_, bytes) in files(&folder) {
        for line in String::from_utf8_lossy(&bytes).lines() {
            let event: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
            texts.extend(event["ScriptBlockText"].as_str().map(String::from));
        }
    }
    let set = load(&[], &RuleOptions::default());
    let found = |rule: &Rule| texts.iter().filter(|text| rule.matches_text(text)).count();
    let mut counts: Vec<(&str, usize)> = set
        .rules
        .iter()
        .filter(|rule| rule.score() > Score::ZERO)
        .map(|rule| (rule.title.as_str(), found(rule)))
        .filter(|(_, count)| *count > 0)
        .collect();
    counts.sort_unstable();
    assert_eq!(counts, MATCHES);
}

/// Number of distinct texts that each rule matches.
const MATCHES: &[(&str, usize)] = &[
    ("PowerShell AMSI Tampering", 5),
    ("PowerShell Asks For Commands", 5),
    ("PowerShell Compressed Payload", 1),
    ("PowerShell Connection To An Address", 1),
    ("PowerShell Decodes Base64 And Runs It", 10),
    ("PowerShell Decrypts And Runs", 5),
    ("PowerShell Directory Replication", 3),
    ("PowerShell Encoded Command", 1),
    ("PowerShell Event Log Disabled", 2),
    ("PowerShell Function Named After An Attack", 3),
    ("PowerShell Hidden Window", 1),
    ("PowerShell Logging Tampering", 5),
    ("PowerShell Offensive Framework Functions", 7),
    ("PowerShell Reflective Loading", 1),
    ("PowerShell Script Describes An Attack", 7),
    ("PowerShell Starts Script Hosts", 1),
];
