//! Several documents in a file.

use super::*;

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
