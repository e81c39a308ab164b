//! Bounds on copies and expanded values.

use super::*;

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
