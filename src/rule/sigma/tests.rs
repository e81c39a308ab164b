//! Cases from the Sigma specification: detections, with events that they match and do not match.

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
        fields: vec![
            ("address".into(), "10.1.2.3".into()),
            ("size".into(), "42".into()),
            ("name".into(), "dc01".into()),
            ("when".into(), "2020-03-05T23:15:00Z".into()),
            ("empty".into(), String::new()),
            ("many".into(), "many".into()),
        ],
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

#[test]
fn strings_ignore_case_and_have_wildcards() {
    case("ScriptBlockText: Get-Item", &["Get-Item", "GET-ITEM"], &["Get-Item ", "xGet-Item"]);
    case("ScriptBlockText: 'a?c*'", &["abc", "aXcdef\nx"], &["ac", "abbc"]);
    case(r"ScriptBlockText: 'a\*c'", &["a*c"], &["abc"]);
    case(r"ScriptBlockText: 'C:\a\\*'", &[r"C:\a\b"], &[r"C:\ab"]);
    case("ScriptBlockText: 4104", &["4104", "4104.0"], &["x4104"]);
    case("ScriptBlockText: ''", &[""], &["a"]);
    case("ScriptBlockText: null", &[""], &["a"]);
}

#[test]
fn contains_startswith_and_endswith() {
    case("ScriptBlockText|contains: b-c", &["ab-cd", "B-C"], &["bc"]);
    case("ScriptBlockText|startswith: ab", &["abc", "AB"], &["cab"]);
    case("ScriptBlockText|endswith: ab", &["cab", "AB"], &["abc"]);
    case("ScriptBlockText|contains: 'a*d'", &["xabcdx"], &["xda"]);
    case("ScriptBlockText|contains: 41", &["4104"], &["4"]);
}

#[test]
fn lists_are_alternatives_unless_all_is_given() {
    case("ScriptBlockText|contains:\n  - ab\n  - cd", &["ab", "cd"], &["ac"]);
    case("ScriptBlockText|contains|all:\n  - ab\n  - cd", &["cdab"], &["ab", "cd"]);
    case("ScriptBlockText|all|contains:\n  - ab\n  - cd", &["cdab"], &["ab"]);
    case("ScriptBlockText|contains:\n  - ab\n  - null", &["ab", ""], &["cd"]);
    case("ScriptBlockText|contains: ab\nComputer: dc01", &["ab"], &["cd"]);
    let maps = rule(
        "sel:\n  - ScriptBlockText: ab\n  - ScriptBlockText: cd\n    Computer: X\ncondition: sel",
    );
    assert!(holds(&maps, "ab") && !holds(&maps, "cd"));
}

#[test]
fn cased_is_case_sensitive() {
    case("ScriptBlockText|cased: Ab", &["Ab"], &["ab", "AB"]);
    case("ScriptBlockText|contains|cased: Ab", &["xAbx"], &["xabx"]);
}

#[test]
fn regular_expressions() {
    case("ScriptBlockText|re: 'a+b'", &["caab"], &["cAAB", "b"]);
    case("ScriptBlockText|re|i: 'a+b'", &["cAAB"], &["b"]);
    case("ScriptBlockText|re|m: '^b'", &["a\nb"], &["ab"]);
    case("ScriptBlockText|re: '^b'", &["b"], &["a\nb"]);
    case("ScriptBlockText|re|s: 'a.b'", &["a\nb"], &["ab"]);
    case("ScriptBlockText|re|i|s: 'a.b'", &["A\nB"], &["ab"]);
    case("ScriptBlockText|re:\n  - 'a\\d'\n  - 'b\\d'", &["a1", "b1"], &["c1"]);
    case("ScriptBlockText|all|re:\n  - 'a\\d'\n  - 'b\\d'", &["a1b1"], &["b1"]);
    assert!(reason(&selection("ScriptBlockText|re: '(?=a)b'")).contains("(?=a)b"));
    assert!(reason(&selection("ScriptBlockText|re: '(a'")).contains("regular expression"));
    assert!(reason(&selection("ScriptBlockText|i: 'a'")).contains("needs re"));
    assert!(reason(&selection("ScriptBlockText|contains|re: 'a'")).contains("first"));
}

#[test]
fn encodings() {
    case("ScriptBlockText|base64|contains: foobar", &["x Zm9vYmFy"], &["foobar"]);
    case(
        "ScriptBlockText|base64offset|contains: foobar",
        &["Zm9vYmFy", "IGZvb2Jhcg==", "ICBmb29iYXI="],
        &["foobar"],
    );
    case("ScriptBlockText|wide|base64|contains: cmd", &["YwBtAGQA"], &["Y21k"]);
    case("ScriptBlockText|utf16le|base64offset|contains: cmd", &["x YwBtAGQA"], &["Y21k"]);
    case("ScriptBlockText|utf16be|base64|contains: c", &["AGM="], &["YwA="]);
    case("ScriptBlockText|utf16|base64|contains: c", &["//5jAA=="], &["YwA="]);
    case("ScriptBlockText|wide|contains: ab", &["xa\0b\0"], &["ab"]);
    assert!(reason(&selection("ScriptBlockText|utf16|contains: a")).contains("base64"));
    assert!(reason(&selection("ScriptBlockText|base64: 'a*'")).contains("wildcard"));
}

#[test]
fn windash() {
    case(
        "ScriptBlockText|windash|contains: ' -enc'",
        &["a -enc", "a /enc", "a \u{2013}enc", "a \u{2015}enc"],
        &["a enc"],
    );
    case("ScriptBlockText|contains|windash: ' -enc'", &["a /enc b"], &["a enc"]);
    case("ScriptBlockText|contains|windash: ' \u{2013}enc'", &["a -enc b"], &["a enc"]);
}

#[test]
fn exists_and_null() {
    case("Path|exists: true", &["a"], &[]);
    case("Path|exists: false", &[], &["a"]);
    case("nothing|exists: false", &["a"], &[]);
    case("nothing|exists: true", &[], &["a"]);
    // Only the presence counts, not the value. An empty value matches no pattern.
    case("empty|exists: true", &["a"], &[]);
    case("empty|exists: false", &[], &["a"]);
    case("empty|exists|neq: true", &[], &["a"]);
    case("empty: ''", &["a"], &[]);
    case("empty: '*'", &[], &["a"]);
    case("UserID|exists: true", &[], &["a"]);
    case("dest|exists: true\nScriptBlockText|exists: true", &["", "a"], &[]);
    assert!(reason(&selection("Path|exists:\n  - true\n  - false")).contains("true or false"));
    assert!(reason(&rule("s:\n  '|exists': true\ncondition: s")).contains("needs a field"));
    case("nothing: null", &["a"], &[]);
    assert!(reason(&selection("Path|exists: perhaps")).contains("true or false"));
}

#[test]
fn plain_values_as_yaml_means_them() {
    for word in ["yes", "Off"] {
        let message = reason(&selection(&format!("ScriptBlockText|contains: {word}")));
        assert!(message.contains("truth value") && message.contains("quotes"), "{message}");
        case(&format!("ScriptBlockText|contains: '{word}'"), &[word], &["a"]);
    }
    case("ScriptBlockText: true", &["True"], &["1"]);
    case("ScriptBlockText: 1e3", &["1E3"], &["1000"]);
    case("ScriptBlockText: 010", &["8"], &["010x"]);
    case("ScriptBlockText|contains: 010", &["x010"], &["18"]);
    case("ScriptBlockText|endswith: 0x41", &["a 0X41"], &["65"]);
    assert!(holds(&rule("k: 0x41\ncondition: k"), "a 0x41 b"));
    assert!(reason(&selection("ScriptBlockText: 12:30")).contains("base of 60"));
}

#[test]
fn networks_numbers_and_field_references() {
    case("address|cidr: 10.0.0.0/8", &["a"], &[]);
    case("address|cidr:\n  - 192.168.0.0/16\n  - 'fe80::/10'", &[], &["a"]);
    case("size|gt: 41", &["a"], &[]);
    case("size|gte: 42", &["a"], &[]);
    case("size|lt: 42", &[], &["a"]);
    case("size|lte: 42", &["a"], &[]);
    for order in ["lt", "lte", "gt", "gte"] {
        case(&format!("many|{order}: 5"), &[], &["a"]);
        case(&format!("when|{order}: 5"), &[], &["a"]);
        case(&format!("nothing|{order}: 5"), &[], &["a"]);
        case(&format!("many|{order}|neq: 5"), &["a"], &[]);
    }
    case("size|gt: 0x29", &["a"], &[]);
    case("size|gt: -1.5", &["a"], &[]);
    case("size|gt: '41'", &["a"], &[]);
    case("size: 0x2A", &["a"], &[]);
    case("size: '0x2A'", &[], &["a"]);
    case("size|neq: 42", &[], &["a"]);
    case("size|neq: 43", &["a"], &[]);
    case("size: 42.0", &["a"], &[]);
    case("ScriptBlockText|neq: ab", &["x"], &["AB"]);
    case("ScriptBlockText|contains|neq:\n  - ab\n  - cd", &["x"], &["xab", "xcd"]);
    case("name|fieldref: Computer", &["a"], &[]);
    case("name|fieldref: Path", &[], &["a"]);
    case("name|fieldref|cased: Computer", &[], &["a"]);
    case("Path|fieldref|neq: name", &["a"], &[]);
    case("Path|fieldref|endswith: ScriptBlockText", &["a.ps1"], &["b"]);
    case("Path|endswith|fieldref: ScriptBlockText", &["A.PS1"], &["scripts"]);
    case("Path|startswith|fieldref: ScriptBlockText", &["c:\\scripts"], &["scripts"]);
    case("Path|contains|fieldref: ScriptBlockText", &["SCRIPTS"], &["b"]);
    case("Path|contains|fieldref|cased: ScriptBlockText", &["scripts"], &["SCRIPTS"]);
    case("Path|cased|contains|fieldref: ScriptBlockText", &["scripts"], &["SCRIPTS"]);
    assert!(reason(&selection("Path|windash|fieldref: name")).contains("windash"));
    assert!(reason(&selection("Path|base64|fieldref: name")).contains("base64"));
    assert!(reason(&selection("Path|fieldref|base64: name")).contains("base64"));
    case("Path|fieldref|contains: ScriptBlockText", &["scripts"], &["b"]);
    assert!(reason(&selection("address|cidr: nowhere")).contains("network"));
    assert!(reason(&selection("size|gt: many")).contains("number"));
}

#[test]
fn parts_of_times() {
    case("when|hour: 23", &["a"], &[]);
    case("when|minute: 15", &["a"], &[]);
    case("when|day: 5", &["a"], &[]);
    case("when|week: 10", &["a"], &[]);
    case("when|month: 3", &["a"], &[]);
    case("when|year: 2020", &["a"], &[]);
    case("when|hour:\n  - 1\n  - 2", &[], &["a"]);
    case("when|hour|gte: 22", &["a"], &[]);
    case("when|hour|lt: 24", &["a"], &[]);
    case("when|gt|hour: 22", &["a"], &[]);
}

#[test]
fn placeholders() {
    case("ScriptBlockText|expand: '%Admins%'", &["adm_x", "ROOT"], &["x"]);
    case("ScriptBlockText|expand|contains: 'user %Admins%'", &["x user root y"], &["root"]);
    case("ScriptBlockText: '%Admins%'", &["%Admins%"], &["root"]);
    assert!(reason(&selection("ScriptBlockText|expand: '%Nobody%'")).contains("%Nobody%"));
    // The specification's example, and its neighbours.
    case(r"ScriptBlockText|expand: '\%plain%Admins%'", &["%plainroot"], &["%plain%Admins%"]);
    case(r"ScriptBlockText|contains|expand: '\%temp\%'", &["del %TEMP%\\x"], &["temp"]);
    case(r"ScriptBlockText|expand|contains: '%Admins%\%%Admins%'", &["root%adm_1"], &["root"]);
    case(r"ScriptBlockText|expand: '100%'", &["100%"], &["100"]);
    case("ScriptBlockText|expand:\n  - '%Admins%'\n  - other", &["root", "other"], &["x"]);
    case(r"ScriptBlockText: '\%temp\%'", &[r"\%temp\%"], &["%temp%"]);
    assert!(reason(&selection("ScriptBlockText|base64|expand: '%Admins%'")).contains("expand"));
    // In a regular expression the values are part of it.
    case("ScriptBlockText|re|expand: 'x%Admins%$'", &["a xroot", "xadm__"], &["xadm_1", "root"]);
    case("ScriptBlockText|re|i|expand: '^%Admins%$'", &["ROOT"], &["%Admins%"]);
    case(r"ScriptBlockText|re|expand: '\%Admins\%'", &["a%Admins%"], &["root"]);
    assert!(reason(&selection("ScriptBlockText|re|expand: '%Nobody%'")).contains("%Nobody%"));
    assert!(reason(&selection("ScriptBlockText|expand|re: '%Admins%'")).contains("re must be"));
}

#[test]
fn keywords_match_anywhere_in_the_event() {
    let any = rule("keywords:\n  - evil\n  - 'j*q'\ncondition: keywords");
    assert!(holds(&any, "an EVIL text") && holds(&any, "xjbq."));
    assert!(!holds(&any, "nothing of it"));
    assert!(holds(&rule("keywords:\n  - scripts\ncondition: keywords"), "in its path"));
    let all = rule("keywords:\n  '|all':\n    - ab\n    - cd\ncondition: keywords");
    assert!(holds(&all, "cd ab") && !holds(&all, "ab"));
    let expression = rule("keywords:\n  '|re':\n    - 'a\\d'\ncondition: keywords");
    assert!(holds(&expression, "a1") && !holds(&expression, "ax"));
    assert!(holds(&rule("word: evil\ncondition: word"), "evil"));
}

#[test]
fn conditions() {
    let parts = "sel_a:\n  ScriptBlockText|contains: a\nsel_b:\n  ScriptBlockText|contains: b\nfilter_x:\n  ScriptBlockText|contains: x\n_hidden:\n  ScriptBlockText|contains: h\n";
    for (condition, yes, no) in [
        ("1 of sel_*", "a", "h"),
        ("all of sel_*", "ab", "a"),
        ("all of them", "abx", "ab"),
        ("1 of them", "x", "h"),
        ("sel_a and not 1 of filter_*", "a", "ax"),
        ("sel_a or sel_b and filter_x", "a", "b"),
        ("(sel_a or sel_b) and filter_x", "ax", "a"),
        ("not sel_a", "b", "a"),
        ("_hidden", "h", "a"),
        ("[sel_a, sel_b]", "b", "x"),
    ] {
        let rule = rule(&format!("{parts}condition: {condition}"));
        assert!(holds(&rule, yes), "{condition}");
        assert!(!holds(&rule, no), "{condition}");
    }
    for condition in ["nothing", "1 of nothing_*", "sel_a and", "sel_a | near sel_b", "''"] {
        assert!(reason(&rule(&format!("{parts}condition: {condition}"))).contains("condition"));
    }
}

#[test]
fn empty_detections_are_unsupported() {
    for detection in [
        "s: {}\ncondition: s",
        "s: []\ncondition: s",
        "s:\n  - {}\ncondition: s",
        "s: {}\nother:\n  ScriptBlockText: a\ncondition: other",
        "s:\n  ScriptBlockText: []\ncondition: s",
        "s:\n  ScriptBlockText: a\ncondition: []",
    ] {
        reason(&rule(detection));
    }
    let nested = rule("s:\n  ScriptBlockText: a\ncondition: [s, [s]]").search.unwrap_err();
    assert!(nested.reason.contains("its list contains a list"), "{}", nested.reason);
    assert_eq!((nested.line, nested.column), (Some(9), Some(18)));
}

#[test]
fn conflicting_modifiers_are_unsupported() {
    for (item, word) in [
        ("size|lt|contains: 5", "contains does not go with lt"),
        ("size|contains|gt: 5", "contains does not go with gt"),
        ("size|gt|lt: 5", "only once"),
        ("when|hour|contains: 5", "contains does not go with hour"),
        ("when|hour|minute: 5", "only once"),
        ("when|hour: 25", "an hour is from 0 to 23"),
        ("when|hour: [13, 24]", "an hour is from 0 to 23"),
        ("when|hour: 13.5", "an hour is from 0 to 23"),
        ("when|hour|gt: 23", "an hour is from 0 to 23"),
        ("when|lt|hour: 0", "an hour is from 0 to 23"),
        ("when|minute: 60", "a minute is from 0 to 59"),
        ("when|minute: -1", "a minute is from 0 to 59"),
        ("when|day: 0", "a day is from 1 to 31"),
        ("when|week: 54", "a week is from 1 to 53"),
        ("when|month: 13", "a month is from 1 to 12"),
        ("when|year: 24", "a year is from 1601 to 9999"),
        ("when|: 5", "write a modifier after each |"),
        ("when|Contains: 5", "did you mean contains?"),
        ("when|start_with: 5", "did you mean startswith?"),
        ("address|contains|cidr: 10.0.0.0/8", "contains does not go with cidr"),
        ("address|cidr|gt: 5", "needs a number|does not go with"),
        ("size|gt: null", "gt needs a value"),
        ("name|fieldref: null", "fieldref needs a value"),
        ("ScriptBlockText|re: null", "re needs a value"),
        ("Path|exists|contains: true", "no other modifier but neq"),
    ] {
        let reason = reason(&selection(item));
        assert!(word.split('|').any(|word| reason.contains(word)), "{item}: {reason}");
    }
    case("Path|exists|neq: true", &[], &["a"]);
    case("Path|exists: yes", &["a"], &[]);
    case("size|gt|all:\n  - 5\n  - 41", &["a"], &[]);
    case("ScriptBlockText: !!str 5", &["5"], &["05"]);
}

#[test]
fn errors_have_their_position() {
    let rule = rule("selection:\n  ScriptBlockText|contians: a\ncondition: selection");
    let error = rule.search.unwrap_err();
    assert!(error.reason.contains("contians"), "{}", error.reason);
    assert_eq!((error.line, error.column), (Some(8), Some(31)));
    let repeated = set(&rule_text("a:\n  b: 1\n  b: 2\ncondition: a")).rules.remove(0);
    assert!(repeated.search.unwrap_err().reason.contains("repeated"));
}

#[test]
fn metadata() {
    let text = rule_text("selection:\n  ScriptBlockText: a\ncondition: selection")
        + "tags:\n  - attack.execution\n  - attack.t1059.001\n  - attack.g0016\n  - cve.2021-44228\nfalsepositives:\n  - Administrators\n  - Others\nreferences:\n  - https://example.test\n";
    let rule = set(&text).rules.remove(0);
    assert_eq!(rule.kind, RuleKind::Sigma);
    assert_eq!(rule.score(), Score::points(60));
    assert_eq!(rule.attack[0].technique, "T1059.001");
    assert_eq!(rule.attack[0].tactics, ["Execution"]);
    assert_eq!(rule.false_positives.as_deref(), Some("Administrators\nOthers"));
    assert!(rule.text.starts_with("detection:\n  selection:"));
    assert!(rule.metadata.contains(&("tags", "attack.g0016, cve.2021-44228".into())));
    let columns = rule.search.unwrap().columns();
    assert_eq!(
        columns,
        ["Computer", "EventID", "ScriptBlockText", "count", "firstTime", "lastTime"]
    );
}

#[test]
fn samples_are_read() {
    let own = rule_text("selection:\n  ScriptBlockText|contains: a\ncondition: selection");
    let samples = "scriptscope:\n  samples:\n  - text: xa\n  - match: no\n    text: b\n  - match: false\n    text: a\n  - name: no text\n  - match: perhaps\n    text: a\n";
    let read = set(&format!("{own}{samples}"));
    let rule = &read.rules[0];
    let expected: Vec<_> = rule.samples.iter().map(|sample| sample.matches).collect();
    assert_eq!(expected, [true, false, false]);
    let failing_samples: Vec<_> =
        rule.failing_samples().iter().map(|sample| sample.text.as_str()).collect();
    assert_eq!(failing_samples, ["a"]);
    let broken: Vec<_> = read
        .problems
        .iter()
        .map(|problem| (problem.code.as_ref(), problem.line.unwrap()))
        .collect();
    assert_eq!(broken, [("sample-broken", 18), ("sample-broken", 19)]);
}

#[test]
fn other_log_sources_are_counted() {
    let rule = rule_text("selection:\n  ScriptBlockText: a\ncondition: selection");
    let set = |from: &str, to: &str| set(&rule.replace(from, to));
    let other = set("category: ps_script", "category: process_creation");
    assert!(other.rules.is_empty());
    assert_eq!(other.problems[0].code, "rules-skipped");
    assert!(set("product: windows", "product: linux").rules.is_empty());
    assert_eq!(set("category: ps_script", "service: powershell").rules.len(), 1);
    let other = rule
        .replace("category: ps_script", "service: powershell")
        .replace("ScriptBlockText", "Payload");
    assert!(super::tests::set(&other).rules.is_empty());
    let any = rule.replace("category: ps_script", "category: [ps_module, ps_script]");
    assert_eq!(super::tests::set(&any).rules.len(), 1);
}

#[test]
fn unusual_metadata_is_reported() {
    let text = rule_text("selection:\n  ScriptBlockText|wide|contains: a\ncondition: selection");
    let found = |text: &str| -> Vec<(String, u32)> {
        let problems = set(text).problems;
        problems.into_iter().map(|own| (own.code.into_owned(), own.line.unwrap())).collect()
    };
    let one = |code: &str, line| [(code.to_owned(), line)];
    assert_eq!(found(&text), one("rule-encoding", 8));
    let text = text.replace("wide|contains", "wide|base64offset|contains");
    assert!(found(&text).is_empty());
    assert_eq!(found(&text.replace("level: high", "level: sever")), one("rule-level", 10));
    assert_eq!(found(&text.replace("level: high", "level: [high]")), one("rule-level", 10));
    assert!(found(&text.replace("level: high", "level: HIGH")).is_empty());
    assert!(found(&text.replace("level: high", "")).is_empty());
    assert_eq!(found(&text.replace("A rule", "''")), one("rule-untitled", 1));
    assert_eq!(found(&text.replace("title: A rule", "status: test")), one("rule-untitled", 1));
    let untitled = set(&text.replace("A rule", "' '")).rules.remove(0);
    assert_eq!(untitled.title, "Untitled rule 11111111-1111-1111-1111-111111111111");
    assert_eq!(set(&text.replace("high", "sever")).rules[0].score(), Score::points(35));
}

#[test]
fn documents_are_merged_over_a_global_one() {
    let text = "action: global\ntitle: Both\nlogsource:\n  category: ps_script\n  product: windows\nlevel: low\n---\nid: 11111111-0000-0000-0000-000000000001\ndetection:\n  a:\n    ScriptBlockText: a\n  condition: a\n---\nid: 11111111-0000-0000-0000-000000000002\ntitle: Second\ndetection:\n  b:\n    ScriptBlockText: b\n  condition: b\n";
    let set = set(text);
    let titles: Vec<_> = set.rules.iter().map(|rule| rule.title.as_str()).collect();
    assert_eq!(titles, ["Both", "Second"]);
    assert_eq!(set.rules[1].score(), Score::points(15));
    assert!(holds(&set.rules[1], "b"));
}

#[test]
fn reset_and_repeat_actions() {
    let own = |id: u32, text: &str| {
        format!(
            "id: 11111111-0000-0000-0000-00000000000{id}\ndetection:\n  a:\n    ScriptBlockText: {text}\n  condition: a\n"
        )
    };
    let global = "action: global\ntitle: G\nlogsource:\n  category: ps_script\n---\n";
    let reset = set(&format!("{global}{}---\naction: reset\n---\n{}", own(1, "a"), own(2, "b")));
    assert_eq!(reset.rules.len(), 1, "the second has no log source");
    let repeated = set(&format!("{global}{}---\naction: repeat\n{}", own(1, "a"), own(2, "b")));
    assert_eq!(repeated.rules.len(), 2);
    assert!(repeated.rules[1].matches_text("b") && !repeated.rules[1].matches_text("a"));
    // Correlations and filters ignore a global document, although it has parts of a detection.
    let global = "action: global\ntitle: G\nlogsource:\n  category: ps_script\ndetection:\n  condition: a\n---\nname: g\n";
    let correlation = "---\ntitle: C\ncorrelation:\n  type: event_count\n  rules: [g]\n  timespan: 5m\n  condition: {gte: 1}\n";
    let counted = set(&format!("{global}{}{correlation}", own(1, "a")));
    let titles: Vec<_> = counted.rules.iter().map(|rule| rule.title.as_str()).collect();
    assert_eq!(titles, ["C"]);
    assert!(counted.rules[0].matches_text("a"));
}

#[test]
fn merged_documents_are_bounded() {
    let keys: String = (0..50_000).map(|n| format!("k{n}:\n")).collect();
    let text = format!("action: global\n{keys}{}", "---\ntitle: x\n".repeat(49_000));
    let found = set(&text);
    assert_eq!(found.problems[0].code, "rule-file-too-large", "{:?}", found.problems);
}

#[test]
fn filters_apply_to_their_log_source() {
    let rule = rule_text("selection:\n  ScriptBlockText|contains: a\ncondition: selection");
    let service = rule.replace("category: ps_script", "service: powershell");
    let filter = |source: &str, rules: &str| {
        format!(
            "---\ntitle: F\nlogsource: {{{source}}}\nfilter:\n{rules}  sel:\n    ScriptBlockText|contains: x\n  condition: not sel\n"
        )
    };
    let any = "  rules: any\n";
    for (source, rules, removes, removes_from_service) in [
        ("product: windows, category: ps_script", any, true, false),
        ("category: ps_script", any, true, false),
        ("product: windows", any, true, true),
        ("service: powershell", any, false, true),
        ("product: windows, category: process_creation", any, false, false),
        ("product: linux", any, false, false),
        ("category: ps_script", "  rules: A rule\n", true, true),
        ("category: ps_script", "", false, false),
    ] {
        for (rule, removes) in [(&rule, removes), (&service, removes_from_service)] {
            let set = set(&format!("{rule}{}", filter(source, rules)));
            assert_eq!(!set.rules[0].matches_text("ax"), removes, "{source} {rules}\n{rule}");
        }
    }
    let none = set(&format!("{rule}{}", filter("category: ps_script", "")));
    assert_eq!(none.problems[0].code, "filter-refused");
}

#[test]
fn filters_apply_to_the_rules_they_name() {
    let rule = rule_text("selection:\n  ScriptBlockText|contains: a\ncondition: selection");
    let filter = |rules: &str| {
        format!(
            "{rule}---\ntitle: F\nlogsource:\n  category: ps_script\n  product: windows\nfilter:\n  rules: {rules}\n  sel:\n    ScriptBlockText|contains: x\n  condition: not sel\n"
        )
    };
    for rules in ["any", "[11111111-1111-1111-1111-111111111111]", "[A rule]"] {
        let set = set(&filter(rules));
        assert_eq!(set.rules.len(), 1);
        assert!(set.rules[0].matches_text("a") && !set.rules[0].matches_text("ax"), "{rules}");
        // The rows that it removes remain in the table, with its title.
        let block = block("ax");
        let search = set.rules[0].search.as_ref().unwrap();
        assert!(search.holds(&block));
        let table = search.run(&[&block], &crate::search::RunContext::default());
        assert_eq!(table.rows.len(), 1);
        assert_eq!(table.rows[0].suppressed_by.as_deref(), Some("F"));
        let spl = search.to_spl().unwrap();
        assert!(spl.contains("| search NOT (ScriptBlockText=\"*x*\") | stats"), "{spl}");
    }
    let unknown = |rules: &str| -> Vec<(String, String)> {
        let other = "---\ntitle: Other\nname: other\nlogsource: {service: security, product: windows}\ndetection: {s: {EventID: 1}, condition: s}\n";
        let set = set(&format!("{}{other}", filter(rules)));
        assert_eq!(set.rules.len(), 1);
        let problems = set.problems.into_iter().filter(|problem| problem.code != "rules-skipped");
        problems.map(|problem| (problem.code.into_owned(), problem.message)).collect()
    };
    for (rules, code, word) in [
        ("[another]", "filter-unknown-rule", "(another), and is left out"),
        ("another", "filter-unknown-rule", "(another), and is left out"),
        ("[another, A rule]", "filter-unknown-rule", "applies to the others only"),
        ("[other]", "filter-left-out", "(other: windows/security), and is left out"),
    ] {
        let problems = unknown(rules);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].0, code);
        assert!(problems[0].1.contains(word), "{}", problems[0].1);
    }
    assert!(unknown("[A rule]").is_empty());
    let unused = set(&filter("any").replacen("category: ps_script", "service: powershell", 1));
    assert_eq!(unused.problems[0].code, "filter-unused");
    assert!(set(&filter("[another]")).rules[0].matches_text("ax"));
}

#[test]
fn copies_of_selections_are_bounded() {
    let values: String = (0..2_000).map(|n| format!("    - v{n}\n")).collect();
    let condition = vec!["a"; 2_000].join(" or ");
    let rule = rule(&format!("a:\n  ScriptBlockText:\n{values}condition: {condition}"));
    assert!(reason(&rule).contains("values"));
}

#[test]
fn expanded_values_are_bounded() {
    let list = |key: &str, value: &str, count: usize| {
        let values: String = (0..count).map(|n| format!("    - '{value}{n}'\n")).collect();
        rule(&format!("s:\n  ScriptBlockText|{key}:\n{values}condition: s"))
    };
    assert!(reason(&list("windash|contains", " -a -b -c -d", 1_000)).contains("texts in one rule"));
    for key in ["re", "fieldref|contains"] {
        assert!(reason(&list(key, "v", 501)).contains("in one rule"));
        assert!(list(key, "v", 500).search.is_ok());
    }
    let long = "q".repeat(60_000);
    assert!(
        reason(&list("contains|windash", &format!("{} -a -b -c", &long[..9_000]), 20))
            .contains("MiB")
    );
    assert!(
        reason(&list("contains|windash", &format!("{long} -a -b -c -d -e"), 1)).contains("windash")
    );
    let condition = vec!["s"; 10_000].join(" or ");
    let copied = rule(&format!("s:\n  ScriptBlockText: {long}\ncondition: {condition}"));
    assert!(reason(&copied).contains("written out"));
    let unknown = reason(&rule(&format!("s:\n  a: b\ncondition: {long}")));
    assert!(unknown.lines().next().unwrap().len() < 200);
}

#[test]
fn copies_for_filters_and_correlations_are_bounded() {
    let long = "f".repeat(500_000);
    let part = |n: usize| {
        format!(
            "title: R{n}\nname: r{n}\nlogsource: {{category: ps_script}}\ndetection:\n  s:\n    ScriptBlockText: a\n  condition: s\n---\n"
        )
    };
    let rules: String = (0..100).map(part).collect();
    let filter = format!(
        "title: F\nlogsource: {{category: ps_script}}\nfilter:\n  rules: any\n  s:\n    ScriptBlockText: {long}\n  condition: not s\n"
    );
    let filtered = set(&format!("{rules}{filter}"));
    assert_eq!(filtered.problems[0].code, "filter-refused");
    let values: String = (0..20_000).map(|n| format!("    - v{n}\n")).collect();
    let heavy = format!(
        "title: Heavy\nname: heavy\nlogsource: {{category: ps_script}}\ndetection:\n  s:\n    ScriptBlockText:\n{values}  condition: s\n"
    );
    let correlation = |n: usize| {
        format!(
            "---\ntitle: C{n}\nid: c{n}\ncorrelation:\n  type: event_count\n  rules: [heavy]\n  timespan: 5m\n  condition: {{gte: 2}}\n"
        )
    };
    let correlations: String = (10..40).map(correlation).collect();
    let correlated = set(&format!("{heavy}{correlations}"));
    let (run, unsupported): (Vec<_>, Vec<_>) =
        correlated.rules.iter().partition(|rule| rule.search.is_ok());
    assert!(run.len() > 2 && unsupported.len() > 5);
    assert!(reason(unsupported[0]).contains("all correlations together copy more than"));
}
