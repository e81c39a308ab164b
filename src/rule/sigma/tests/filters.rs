//! Filters of other rules.

use super::*;

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
