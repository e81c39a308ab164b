//! The published rules, where a corpus of them is at hand: all load, and whole folders load whatever else
//! is in them.

use super::{Kind, RuleFile, RuleOptions, RuleSet, load};
use std::path::{Path, PathBuf};

/// The corpus, named by an environment variable or beside the repository.
fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let found = std::env::var_os("SCRIPTSCOPE_CORPUS").map_or(beside, PathBuf::from);
    let found = found.join("rules");
    if !found.is_dir() {
        println!("skipped: no corpus of rules at {}", found.display());
        return None;
    }
    Some(found)
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
    let files: Vec<_> = files.iter().map(|(name, bytes)| RuleFile { name, bytes }).collect();
    load(&files, &RuleOptions { builtin: false, ..RuleOptions::default() })
}

fn refusals(set: &RuleSet) -> Vec<String> {
    let reason = |rule: &super::Rule| {
        rule.search.as_ref().err().map(|refusal| format!("{}: {}", rule.title, refusal.reason))
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
    assert_eq!(refusals(&set), [""; 0]);
    assert!(set.rules.iter().all(|rule| rule.kind == Kind::Splunk && !rule.attack.is_empty()));
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
    assert_eq!(refusals(&set), [""; 0]);
    assert_eq!(set.rules.len(), rules, "{:#?}", set.problems);
    assert!(set.rules.iter().all(|rule| rule.kind == Kind::Sigma && rule.level.is_some()));
    assert!(set.rules.iter().all(|rule| rule.text.starts_with("detection:")));
}

#[test]
fn the_order_of_files_does_not_matter() {
    let Some(corpus) = corpus() else { return };
    let mut files = files(&corpus);
    let forward = loaded(&files);
    files.reverse();
    let backward = loaded(&files);
    assert_eq!(forward.hash, backward.hash);
    assert_eq!(forward.problems, backward.problems);
    let ids = |set: &RuleSet| set.rules.iter().map(|rule| rule.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&forward), ids(&backward));
}
