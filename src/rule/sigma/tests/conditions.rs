//! Conditions, and detections that cannot be read.

use super::*;

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
