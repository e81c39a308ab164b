//! Metadata, samples and log sources.

use super::*;

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
    assert!(super::set(&other).rules.is_empty());
    let any = rule.replace("category: ps_script", "category: [ps_module, ps_script]");
    assert_eq!(super::set(&any).rules.len(), 1);
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
