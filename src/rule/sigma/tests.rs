//! Cases from the Sigma specification: detections, with events that they match and do not match.

mod bounds;
mod conditions;
mod documents;
mod filters;
mod metadata;
mod values;

use crate::event::Event;
use crate::reassemble::ScriptBlock;
use crate::rule::{Rule, RuleFile, RuleKind, RuleOptions, RuleSet, Score, load};
use crate::text::Text;
use crate::time::Time;

fn set(text: &str) -> RuleSet {
    let files = [RuleFile::new("rule.yml", text.as_bytes())];
    let options = RuleOptions {
        builtin: false,
        macros: vec![("Admins".into(), "adm_*, root".into())],
        ..RuleOptions::default()
    };
    load(&files, &options)
}

/// The source of a rule with these lines as its detection.
fn rule_text(detection: &str) -> String {
    let lines: String = detection.lines().map(|line| format!("  {line}\n")).collect();
    format!(
        "title: A rule\nid: 11111111-1111-1111-1111-111111111111\nlogsource:\n  product: windows\n  category: ps_script\ndetection:\n{lines}level: high\n"
    )
}

fn rule(detection: &str) -> Rule {
    let mut set = set(&rule_text(detection));
    assert_eq!(set.rules.len(), 1, "{detection}\n{:?}", set.problems);
    set.rules.remove(0)
}

/// A rule with one selection.
fn selection(item: &str) -> Rule {
    rule(&format!("selection:\n  {}\ncondition: selection", item.replace('\n', "\n  ")))
}

fn block(text: &str) -> ScriptBlock {
    let event = Event {
        text: Text::from(text),
        computer: Some("DC01".into()),
        time: Time::new(1_577_836_800, 0, 0),
        path: Some(r"C:\scripts\a.ps1".into()),
        fields: [
            ("address", "10.1.2.3"),
            ("size", "42"),
            ("name", "dc01"),
            ("when", "2020-03-05T23:15:00Z"),
            ("empty", ""),
            ("many", "many"),
        ]
        .into_iter()
        .collect(),
        ..Event::default()
    };
    ScriptBlock::from_event(event, 0)
}

#[track_caller]
fn holds(rule: &Rule, text: &str) -> bool {
    match &rule.search {
        Ok(search) => search.holds(&block(text)),
        Err(error) => panic!("{}", error.reason),
    }
}

/// The reason why a rule is unsupported.
#[track_caller]
fn reason(rule: &Rule) -> String {
    rule.search.as_ref().err().map(|error| error.reason.clone()).unwrap()
}

/// Asserts that a detection item matches some texts and does not match others.
#[track_caller]
fn case(item: &str, yes: &[&str], no: &[&str]) {
    let rule = selection(item);
    for text in yes {
        assert!(holds(&rule, text), "{item} must match {text:?}");
    }
    for text in no {
        assert!(!holds(&rule, text), "{item} must not match {text:?}");
    }
}
