//! Loading of whole rule sets: which files and rules are loaded, skipped or unsupported, and the problems reported.

use super::*;
use crate::error::Severity;
use crate::rule::model::RuleKind;

const DETECTION: &str = "name: Find It
id: 11111111-1111-1111-1111-111111111111
version: 1
type: TTP
search: '`powershell` EventCode=4104 ScriptBlockText=\"*find-it*\" | stats count by Computer ScriptBlockText | `find_it_filter`'
tags: {risk_score: 10, observable: [{name: Computer, type: Hostname, role: [Victim]}]}
";

fn set_with(options: RuleOptions, files: &[(&str, &str)]) -> RuleSet {
    let files: Vec<_> =
        files.iter().map(|(name, text)| RuleFile::new(*name, text.as_bytes())).collect();
    load(&files, &RuleOptions { builtin: false, ..options })
}

fn set(files: &[(&str, &str)]) -> RuleSet {
    set_with(RuleOptions::default(), files)
}

fn codes(set: &RuleSet) -> Vec<&str> {
    set.problems.iter().map(|problem| problem.code.as_ref()).collect()
}

#[test]
fn a_malformed_file_does_not_affect_the_others() {
    let set = set(&[
        ("bad.yml", "name: x\n  search: y\n"),
        ("good.yml", DETECTION),
        ("half.yml", "a: [\n---\ntitle: t\n"),
    ]);
    assert_eq!(set.rules.len(), 1);
    let malformed: Vec<_> = set.problems.iter().filter(|p| p.code == "rule-file-broken").collect();
    assert_eq!(malformed.len(), 2, "{malformed:?}");
    assert_eq!(malformed[0].file.as_deref(), Some("bad.yml"));
    assert_eq!(malformed[0].line, Some(2));
    assert_eq!(malformed[0].severity, Severity::Error);
}

#[test]
fn files_in_other_encodings() {
    let utf16 = |order: fn(u16) -> [u8; 2], mark: &str| -> Vec<u8> {
        format!("{mark}{DETECTION}").encode_utf16().flat_map(order).collect()
    };
    let options = RuleOptions { builtin: false, ..RuleOptions::default() };
    for bytes in [
        utf16(u16::to_le_bytes, "\u{FEFF}"),
        utf16(u16::to_be_bytes, "\u{FEFF}"),
        utf16(u16::to_le_bytes, ""),
        utf16(u16::to_be_bytes, ""),
        format!("\u{FEFF}{DETECTION}").into_bytes(),
        DETECTION.replace('\n', "\r\n").into_bytes(),
        DETECTION.replace('\n', "\r").into_bytes(),
    ] {
        let set = load(&[RuleFile::new("a.yml", bytes)], &options);
        assert!(set.problems.is_empty(), "{:?}", set.problems);
        assert!(set.rules[0].matches_text("x find-it"));
    }
    let mut windows_1252 = DETECTION.replace("Find It", "Find # It").into_bytes();
    windows_1252[11] = 0x96;
    let set = load(&[RuleFile::new("a.yml", windows_1252)], &options);
    assert_eq!(codes(&set), ["rule-file-encoding"]);
    assert_eq!((set.problems[0].line, set.problems[0].column), (Some(1), Some(12)));
    assert_eq!(set.rules[0].title, "Find \u{FFFD} It");
}

#[test]
fn rules_about_other_events_and_other_files_are_counted() {
    let set = set(&[
        ("a.yml", DETECTION),
        ("b.yml", "name: Other\nsearch: '| tstats count from datamodel=Endpoint.Processes'\n"),
        ("c.yml", "name: A source\nsource: x\n"),
        ("README.md", "# Rules"),
        ("list.csv", "a,b\n1,2\n"),
        ("story.yml", "name: S\nnarrative: long\ndescription: short\n"),
    ]);
    assert_eq!(codes(&set), ["rule-files-skipped", "rules-skipped"]);
    assert!(set.problems[0].message.starts_with("2 skipped"), "{}", set.problems[0].message);
    assert_eq!(set.stories[0].name, "S");
    assert!(set.problems.iter().all(|problem| problem.severity == Severity::Info));
}

#[test]
fn an_unsupported_rule_stays_in_the_set_with_its_reason() {
    let text = DETECTION.replace("| stats", "| join Computer | stats");
    let set = set(&[("a.yml", &text)]);
    let unsupported = set.rules[0].search.as_ref().unwrap_err();
    assert!(unsupported.reason.contains("join"), "{}", unsupported.reason);
    assert!(unsupported.line.is_some() && unsupported.column.is_some());
    assert_eq!(codes(&set), ["rule-refused"]);
    assert_eq!(set.problems[0].rule.as_deref(), Some("11111111-1111-1111-1111-111111111111"));
    assert!(!set.rules[0].matches_text("find-it"));
}

#[test]
fn an_unknown_macro_is_named() {
    let set = set(&[("a.yml", &DETECTION.replace("`powershell`", "`our_logs`"))]);
    assert!(set.rules[0].search.as_ref().unwrap_err().reason.contains("our_logs"));
}

#[test]
fn macros_of_files_and_of_options() {
    let macro_file = ("m.yml", "name: powershell\ndefinition: Computer=ELSEWHERE\n");
    let rules = set(&[("a.yml", DETECTION), macro_file]);
    assert!(
        !rules.rules[0].matches_text("find-it"),
        "the file's definition wins over the built-in"
    );
    let options = RuleOptions {
        macros: vec![("powershell".into(), "Computer=SAMPLE".into())],
        ..RuleOptions::default()
    };
    let rules = set_with(options, &[("a.yml", DETECTION), macro_file]);
    assert!(rules.rules[0].matches_text("find-it"), "the option's definition wins over both");
}

#[test]
fn an_allow_list_macro_hides_rows() {
    let options = RuleOptions {
        macros: vec![("find_it_filter".into(), "search NOT Computer=SAMPLE".into())],
        ..RuleOptions::default()
    };
    let rules = set_with(options, &[("a.yml", DETECTION)]);
    assert!(!rules.rules[0].matches_text("find-it"));
    let text = "title: Find It\nlogsource: {product: windows, category: ps_script}\ndetection:\n  a:\n    ScriptBlockText|contains: find-it\n  condition: a\n";
    let rules = set(&[
        ("a.yml", text),
        ("m.yml", "name: find_it_filter\ndefinition: search NOT Computer=SAMPLE\n"),
    ]);
    assert!(!rules.rules[0].matches_text("find-it"), "Sigma rules have a filter macro too");
    assert!(set(&[("a.yml", text)]).rules[0].matches_text("find-it"));
}

#[test]
fn of_two_rules_with_one_id_the_higher_version_is_used() {
    let second = DETECTION.replace("version: 1", "version: 2").replace("find-it*", "other*");
    for files in
        [[("a.yml", DETECTION), ("b.yml", &second)], [("b.yml", &second), ("a.yml", DETECTION)]]
    {
        let set = set(&files);
        assert_eq!(set.rules.len(), 1);
        assert!(set.rules[0].matches_text("other"));
        assert_eq!(codes(&set), ["rule-twice"]);
        assert_eq!(set.problems[0].severity, Severity::Warning);
    }
    let same = set(&[("a.yml", DETECTION), ("b.yml", DETECTION)]);
    assert_eq!(same.problems[0].severity, Severity::Info);
}

#[test]
fn a_file_replaces_the_built_in_rule_of_its_id() {
    let text = DETECTION
        .replace("11111111-1111-1111-1111-111111111111", "40e3b299-19a5-4460-96e9-e1467f714f8e");
    let files = [RuleFile::new("a.yml", text.as_bytes())];
    let set = load(&files, &RuleOptions::default());
    let rule = set.rules.iter().find(|rule| rule.id.starts_with("40e3b299")).unwrap();
    assert_eq!(rule.kind, RuleKind::Splunk);
    assert_eq!(codes(&set), ["rule-twice"]);
}

#[test]
fn the_hash_covers_everything_that_decides_results() {
    let hash = |files: &[(&str, &str)]| set(files).hash().to_owned();
    let base = hash(&[("a.yml", DETECTION), ("t.csv", "a\n1\n")]);
    assert_eq!(base.len(), 64);
    assert_eq!(base, hash(&[("t.csv", "a\n1\n"), ("renamed.yml", DETECTION)]));
    for other in [
        hash(&[("a.yml", &DETECTION.replace("find-it*", "find*")), ("t.csv", "a\n1\n")]),
        hash(&[
            ("a.yml", &DETECTION.replace("risk_score: 10", "risk_score: 11")),
            ("t.csv", "a\n1\n"),
        ]),
        hash(&[("a.yml", DETECTION), ("t.csv", "a\n2\n")]),
        hash(&[("a.yml", DETECTION), ("t.csv", "a\n1\n"), ("m.yml", "name: m\ndefinition: x\n")]),
    ] {
        assert_ne!(base, other);
    }
}

#[test]
fn rules_without_an_id_get_one_from_their_contents() {
    let text = DETECTION.replace("id: 11111111-1111-1111-1111-111111111111\n", "");
    let set = set(&[("a.yml", &text), ("b.yml", &text.replace("Find It", "Find Them"))]);
    assert_eq!(set.rules.len(), 2);
    assert!(set.rules.iter().all(|rule| rule.id.len() == 36));
}

#[test]
fn searches_use_lookups_of_files() {
    let text = DETECTION.replace(
        "| stats count",
        "| lookup words word AS ScriptBlockText OUTPUT kind | search kind=bad | stats count",
    );
    let table = ("words.csv", "word,kind\n*find-it*,bad\n");
    let definition = (
        "words.yml",
        "name: words\nlookup_type: csv\nmatch_type: WILDCARD(word)\ncase_sensitive_match: false\n",
    );
    let with = set(&[("a.yml", &text), table, definition]);
    assert!(with.rules[0].search.is_ok(), "{:?}", with.problems);
    assert!(with.rules[0].matches_text("x FIND-IT"));
    let without = set(&[("a.yml", &text), definition]);
    assert!(without.rules[0].search.as_ref().unwrap_err().reason.contains("words"));
    assert!(codes(&without).contains(&"lookup-without-table"));
}

#[test]
fn arbitrary_bytes_load_no_rules() {
    let files = [
        RuleFile::new("a.yml", b"\xFF\xFE\x00\x01"),
        RuleFile::new("b.yml", [0; 1000]),
        RuleFile::new("c.csv", b""),
        RuleFile::new("d.conf", b"[x]\n=\n\\"),
        RuleFile::new("", b"- - - -"),
    ];
    let set = load(&files, &RuleOptions { builtin: false, ..RuleOptions::default() });
    assert!(set.rules.is_empty());
    let deep = "[".repeat(1 << 20);
    assert_eq!(codes(&super::tests::set(&[("e.yml", &deep)])), ["rule-file-broken"]);
}

#[test]
fn documents_of_a_file_are_bounded() {
    let many = "---\na: 1\n".repeat(crate::limits::YAML_DOCUMENTS + 1);
    let set = set(&[("a.yml", &many), ("b.yml", DETECTION)]);
    assert_eq!(set.rules.len(), 1);
    assert!(codes(&set).contains(&"rule-file-too-large"));
}

#[test]
fn utf_16_rule_files_are_read() {
    let bytes: Vec<u8> = "\u{FEFF}"
        .encode_utf16()
        .chain(DETECTION.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let files = [RuleFile::new("a.yml", bytes)];
    let set = load(&files, &RuleOptions { builtin: false, ..RuleOptions::default() });
    assert_eq!(set.rules.len(), 1);
}

/// One text of every supported form.
fn seeds() -> Vec<String> {
    let sigma = "title: T\nid: a\nlogsource: {product: windows, category: ps_script}\ndetection:\n  s:\n    ScriptBlockText|contains|all: [a, 'b*']\n    Path|re|i: 'x+'\n  condition: s and not 1 of f*\n  f1:\n    EventID: 4104\n";
    let correlation = "---\ntitle: C\ncorrelation:\n  type: temporal_ordered\n  rules: [T]\n  group-by: [Computer]\n  timespan: 5m\n";
    vec![
        DETECTION.to_owned(),
        sigma.to_owned(),
        format!("{sigma}{correlation}"),
        "[a]\nsearch = EventCode=4104 | stats count by Computer\naction.risk.param._risk = [{}]\n[m(1)]\ndefinition = x=$a$\nargs = a\n".to_owned(),
        "a,b\n1,\"2\n3\"\n".to_owned(),
    ]
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]

    /// With any part of a file removed or inserted, nothing panics and the order of files does not matter.
    #[test]
    fn any_bytes_load(
        seed in 0_usize..5,
        removed in (0_usize..400, 0_usize..40),
        inserted in (0_usize..400, "[\\PC\n\t]{0,6}|[-:\\[\\]{}&*!|>'\"%@`#,?\n ]{0,6}"),
        name in proptest::sample::select(vec!["x.yml", "x.conf", "x.csv", "x"]),
    ) {
        let mut text: Vec<char> = seeds()[seed].chars().collect();
        let start = removed.0.min(text.len());
        let end = (start + removed.1).min(text.len());
        text.drain(start..end);
        let at = inserted.0.min(text.len());
        text.splice(at..at, inserted.1.chars());
        let text: String = text.into_iter().collect();
        let forward = set(&[(name, &text), ("y.yml", DETECTION)]);
        let backward = set(&[("y.yml", DETECTION), (name, &text)]);
        proptest::prop_assert_eq!(forward.hash(), backward.hash());
        proptest::prop_assert_eq!(&forward.problems, &backward.problems);
        for rule in &forward.rules {
            let _ = (rule.matches_text("ab find-it xx"), rule.to_sigma(), rule.to_yaml());
        }
    }
}

#[test]
fn sessions_of_a_thread_share_the_built_in_detections() {
    let shared = |files: &[RuleFile]| load_shared(files, &RuleOptions::default());
    let (one, other) = (shared(&[]), shared(&[]));
    assert!(Arc::ptr_eq(&one, &other));
    assert_eq!(one.hash(), load(&[], &RuleOptions::default()).hash());
    let with_file = shared(&[RuleFile::new("a.txt", "")]);
    assert!(!Arc::ptr_eq(&one, &with_file));
    let without = RuleOptions { builtin: false, ..RuleOptions::default() };
    assert_eq!(load_shared(&[], &without).rules.len(), 0);
    let elsewhere = std::thread::spawn(|| load_shared(&[], &RuleOptions::default()));
    assert!(!Arc::ptr_eq(&one, &elsewhere.join().unwrap()));
}
