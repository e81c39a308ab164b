//! Exported rules, loaded again, match the same scripts.

use super::*;
use crate::rule::{RuleFile, RuleOptions, RuleSet, load};

fn set(text: &str) -> RuleSet {
    let files = [RuleFile::new("x.yml", text.as_bytes())];
    load(&files, &RuleOptions { builtin: false, ..RuleOptions::default() })
}

fn one(text: &str) -> Rule {
    let mut set = set(text);
    assert_eq!(set.rules.len(), 1, "{text}\n{:?}", set.problems);
    let rule = set.rules.remove(0);
    assert!(rule.search.is_ok(), "{text}\n{:?}", rule.search.as_ref().err());
    rule
}

/// The samples of all built-in rules.
fn texts(set: &RuleSet) -> Vec<&str> {
    set.rules
        .iter()
        .flat_map(|rule| rule.samples.iter().map(|sample| sample.text.as_str()))
        .collect()
}

#[test]
fn built_in_rules_are_the_same_after_export_to_yaml() {
    let set = load(&[], &RuleOptions::default());
    for rule in &set.rules {
        let again = one(&rule.to_yaml().unwrap());
        assert_eq!(again.id, rule.id);
        assert_eq!(again.text, rule.text);
        let samples = |rule: &Rule| -> Vec<_> {
            let own = rule.samples.iter();
            own.map(|own| (own.name.clone(), own.text.clone(), own.matches)).collect()
        };
        assert_eq!(samples(&again), samples(rule), "{}", rule.title);
        assert_eq!(again.risk_objects, rule.risk_objects);
        assert_eq!(again.attack, rule.attack);
        assert_eq!(again.message, rule.message);
        assert_eq!(again.stories, rule.stories);
        assert_eq!(again.description, rule.description);
        assert!(again.failing_samples().is_empty());
    }
}

#[test]
fn built_in_rules_match_the_same_as_sigma() {
    let set = load(&[], &RuleOptions::default());
    let texts = texts(&set);
    for rule in &set.rules {
        let text = rule.to_sigma().unwrap_or_else(|reason| panic!("{}: {reason}", rule.title));
        let again = one(&text);
        let back = one(&format!(
            "name: {0}\nid: x\nsearch: {1}\n",
            "a",
            super::yaml_writer::scalar(&again.to_spl().unwrap(), 0)
        ));
        for text in &texts {
            let found = rule.matches_text(text);
            assert_eq!(found, again.matches_text(text), "{} as Sigma: {text}", rule.title);
            assert_eq!(found, back.matches_text(text), "{} there and back: {text}", rule.title);
        }
    }
}

#[test]
fn sigma_rules_match_the_same_as_a_search() {
    let texts = [
        "",
        "ab",
        "AB",
        "xaby",
        "a*b",
        "aXb",
        "ab\n",
        "a\nb",
        "4104",
        "cmd /c x",
        "cmd -c x",
        "YwBtAGQA",
        "a1",
        "A1",
        "C:\\a\\b",
        "\"quoted\"",
        "x y",
        "tab\there",
    ];
    for item in [
        "ScriptBlockText: ab",
        "ScriptBlockText: 'a?b'",
        "ScriptBlockText: 'a\\*b'",
        "ScriptBlockText|cased: ab",
        "ScriptBlockText|contains: 'a*b'",
        "ScriptBlockText|contains: '\"quoted\"'",
        "ScriptBlockText|contains: 'C:\\a\\'",
        "ScriptBlockText|endswith: \"\\there\"",
        "ScriptBlockText|contains|all: [a, b]",
        "ScriptBlockText|re: 'a\\d'",
        "ScriptBlockText|re|i: 'a\\d'",
        "ScriptBlockText|re|s: 'a.b'",
        "ScriptBlockText|windash|contains: ' -c'",
        "ScriptBlockText|wide|base64offset|contains: cmd",
        "ScriptBlockText: [ab, 'a?b', null]",
        "ScriptBlockText|exists: true",
        "ScriptBlockText|neq: ab",
        "ScriptBlockText: 4104",
        "UserID|fieldref: ScriptBlockId",
        "EventRecordID|lt: 5",
        "UserID|cidr: 10.0.0.0/8",
        "Path: null",
    ] {
        for condition in ["s", "not s"] {
            let rule = one(&format!(
                "title: T\nid: a\nlogsource: {{product: windows, category: ps_script}}\ndetection:\n  s:\n    {item}\n  condition: {condition}\n"
            ));
            let spl = rule.to_spl().unwrap();
            let search =
                one(&format!("name: N\nid: b\nsearch: {}\n", super::yaml_writer::scalar(&spl, 0)));
            let sigma = rule.to_sigma().unwrap();
            let again = one(&sigma);
            for text in texts {
                let found = rule.matches_text(text);
                assert_eq!(found, search.matches_text(text), "{item} {condition} {text:?}\n{spl}");
                assert_eq!(found, again.matches_text(text), "{item} {condition} {text:?}\n{sigma}");
            }
        }
    }
}

#[test]
fn reasons_name_what_has_no_form() {
    let rule = one(
        "name: N\nid: a\nsearch: EventCode=4104 | where len(ScriptBlockText)>10 | stats count by Computer\n",
    );
    assert!(rule.to_sigma().unwrap_err().contains("`where` expression"));
    let rule = one("name: N\nid: a\nsearch: EventCode=4104 evil | stats count by Computer\n");
    assert!(rule.to_sigma().unwrap_err().contains("term"));
    let rule = one(
        "name: N\nid: a\nsearch: EventCode=4104 ScriptBlockText=a | stats count by Computer | where count > 5\n",
    );
    assert!(rule.to_sigma().is_err());
}

#[test]
fn allow_lists_as_a_sigma_filter_and_a_macro() {
    let filter = allow_list_to_sigma(
        "Admins",
        "search NOT (Computer=\"ADMIN*\" UserID=S-1-5-18)",
        &["A rule"],
    )
    .unwrap();
    let rule = "title: A rule\nid: a\nlogsource: {product: windows, category: ps_script}\ndetection:\n  s:\n    ScriptBlockText: a\n  condition: s\n";
    let all = filter.replace("ADMIN", "SAMP").replace("S-1-5-18", "S-1-5-21-1-2-3-1001");
    assert!(set(&format!("{rule}---\n{filter}")).rules[0].matches_text("a"));
    assert!(!set(&format!("{rule}---\n{all}")).rules[0].matches_text("a"));
    assert!(allow_list_to_sigma("x", "search (", &[]).is_err());
    let text = allow_list_to_macro("a_rule_filter", "search NOT Computer=SAMPLE");
    assert!(!set(&format!("{rule}---\n{text}")).rules[0].matches_text("a"));
}

#[test]
fn scalars_read_back_as_they_were() {
    for text in [
        "",
        "a",
        "true",
        "No",
        "12",
        "1.5",
        "-",
        "a: b",
        "- a",
        "it's",
        "a\nb",
        "a\n\n  b",
        "a\n",
        " a",
        "a ",
        "\ta",
        "a\r\nb",
        "\u{0}",
        "\u{7f}é😀",
        "#x",
        "a #x",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a`",
        "{a}",
        "[a]",
        "\"a\"",
        "a\\b",
        "|",
        ">",
        "?",
        "~",
        "null",
        "a\n b",
        "  a\nb",
        "é: ä",
        "a\u{85}b",
        "a\u{2028}b",
        "\u{FEFF}a",
    ] {
        let document = format!("k:\n  l: {}\n", super::yaml_writer::scalar(text, 2));
        let node = crate::rule::yaml::parse_all(&document).next().unwrap().unwrap();
        let value = node.get("k").and_then(|k| k.get("l")).and_then(|l| l.text().map(String::from));
        assert_eq!(value.as_deref(), Some(text), "{document}");
    }
}
