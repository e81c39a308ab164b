//! Correlations run on events.

use crate::event::Event;
use crate::reassemble::ScriptBlock;
use crate::rule::{RuleFile, RuleOptions, RuleSet, load};
use crate::search::{Command, RunContext};
use crate::text::Text;
use crate::time::Time;

fn set(correlation: &str) -> RuleSet {
    let part = |name: &str| {
        format!(
            "title: Part {name}\nname: {name}\nlogsource: {{product: windows, category: ps_script}}\ndetection:\n  s:\n    ScriptBlockText|contains: '{name}'\n  condition: s\nlevel: low\ntags: [attack.t1059]\n---\n"
        )
    };
    let (own, others) = correlation.split_once("\n---").unwrap_or((correlation, ""));
    let text = format!(
        "{}{}title: Several\nid: 22222222-2222-2222-2222-222222222222\nlevel: high\ncorrelation:\n{}---{others}",
        part("aa"),
        part("bb"),
        own.lines().map(|line| format!("  {line}\n")).collect::<String>()
    );
    let files = [RuleFile::new("c.yml", text.as_bytes())];
    load(&files, &RuleOptions { builtin: false, ..RuleOptions::default() })
}

/// Script blocks from minute, computer and text.
fn blocks(events: &[(i64, &str, &str)]) -> Vec<ScriptBlock> {
    let block = |(minute, computer, text): &(i64, &str, &str)| {
        let event = Event {
            computer: Some((*computer).into()),
            time: Time::new(minute * 60, 0, 0),
            text: Text::from(*text),
            ..Event::default()
        };
        ScriptBlock::from_event(event, 0)
    };
    events.iter().map(block).collect()
}

/// Runs the correlation. Returns the computer, count and first minute of each row.
fn rows(correlation: &str, events: &[(i64, &str, &str)]) -> Vec<(String, String, i64)> {
    let set = set(correlation);
    let rule = set.rules.iter().find(|rule| rule.title == "Several").unwrap();
    let search = rule.search.as_ref().unwrap_or_else(|error| panic!("{}", error.reason));
    let blocks = blocks(events);
    let mut blocks: Vec<&ScriptBlock> = blocks.iter().collect();
    blocks.sort_by_key(|block| std::cmp::Reverse(block.event.time));
    let table = search.run(&blocks, &RunContext::default());
    let index = |name: &str| table.columns.iter().position(|column| column == name).unwrap();
    let cell = |row: &crate::search::TableRow, name: &str| {
        row.cells[index(name)].text().unwrap_or_default().into_owned()
    };
    table
        .rows
        .iter()
        .map(|row| {
            let first = Time::parse(&cell(row, "firstTime")).unwrap().0;
            (cell(row, "Computer"), cell(row, "count"), first.seconds() / 60)
        })
        .collect()
}

fn row(computer: &str, count: &str, minute: i64) -> (String, String, i64) {
    (computer.into(), count.into(), minute)
}

#[test]
fn event_counts_use_a_sliding_window() {
    let rule =
        "type: event_count\nrules: [aa]\ngroup-by: [Computer]\ntimespan: 5m\ncondition: {gte: 3}";
    let events = [
        (0, "DC01", "aa"),
        (1, "DC01", "aa"),
        (4, "FS03", "aa"),
        (5, "DC01", "aa"),
        (9, "DC01", "bb"),
        (20, "DC01", "aa"),
        (24, "DC01", "aa"),
        (26, "DC01", "aa"),
    ];
    assert_eq!(rows(rule, &events), [row("DC01", "3", 0)]);
    let close = [(0, "A", "aa"), (1, "A", "aa"), (2, "A", "aa"), (6, "A", "aa"), (7, "A", "aa")];
    assert_eq!(rows(rule, &close), [row("A", "5", 0)]);
}

#[test]
fn value_counts() {
    let rule = "type: value_count\nrules: [aa]\ngroup-by: [Computer]\ntimespan: 1h\ncondition: {field: ScriptBlockText, gt: 1}";
    let same = [(0, "A", "aa 1"), (1, "A", "aa 1")];
    assert!(rows(rule, &same).is_empty());
    let different = [(0, "A", "aa 1"), (1, "A", "aa 1"), (2, "A", "aa 2")];
    assert_eq!(rows(rule, &different), [row("A", "2", 0)]);
}

/// Runs the correlation over events whose `Task` is a number. Returns the measure of each row.
fn measures(correlation: &str, events: &[(i64, &str)]) -> Vec<String> {
    let set = set(correlation);
    let rule = set.rules.iter().find(|rule| rule.title == "Several").unwrap();
    let search = rule.search.as_ref().unwrap_or_else(|error| panic!("{}", error.reason));
    let block = |(minute, number): &(i64, &str)| {
        let event = Event {
            computer: Some("A".into()),
            time: Time::new(minute * 60, 0, 0),
            text: Text::from("aa"),
            fields: [("Task", number)].into_iter().collect(),
            ..Event::default()
        };
        ScriptBlock::from_event(event, 0)
    };
    let blocks: Vec<ScriptBlock> = events.iter().map(block).collect();
    let mut blocks: Vec<&ScriptBlock> = blocks.iter().collect();
    blocks.sort_by_key(|block| std::cmp::Reverse(block.event.time));
    let table = search.run(&blocks, &RunContext::default());
    let index = table.columns.iter().position(|column| column.starts_with("value_")).unwrap();
    table.rows.iter().map(|row| row.cells[index].text().unwrap().into_owned()).collect()
}

#[test]
fn sums_averages_and_percentiles() {
    let rule = |kind: &str, condition: &str| {
        format!(
            "type: {kind}\nrules: [aa]\ngroup-by: [Computer]\ntimespan: 5m\ncondition: {{field: Task, {condition}}}"
        )
    };
    let events = [(0, "1.5"), (1, "2"), (2, "many"), (3, "-0.5"), (60, "7"), (90, "")];
    for (kind, condition, expected) in [
        ("value_sum", "gte: 3", &["3", "7"][..]),
        ("value_sum", "gt: 3", &["7"]),
        ("value_sum", "eq: 3.0", &["3"]),
        ("value_sum", "lt: 3.000001", &["3"]),
        ("value_avg", "gte: 1", &["1", "7"]),
        ("value_avg", "lt: 1.5", &["1"]),
        ("value_avg", "neq: 1", &["7"]),
        ("value_avg", "gte: 1, lte: 7", &["1", "7"]),
        ("value_percentile", "percentile: 50, lte: 1.5", &["1.5"]),
        ("value_percentile", "percentile: 100, gte: 2", &["2", "7"]),
        ("value_percentile", "percentile: 0, lt: 0", &["-0.5"]),
        ("value_median", "lte: 1.5", &["1.5"]),
    ] {
        assert_eq!(measures(&rule(kind, condition), &events), expected, "{kind} {condition}");
    }
    // The window slides: 4 and 5 are together, 1 and 5 are not.
    let events = [(0, "1"), (4, "4"), (8, "5")];
    assert_eq!(measures(&rule("value_sum", "gte: 9"), &events), ["9"]);
    assert!(measures(&rule("value_sum", "gte: 10"), &events).is_empty());
    let many: Vec<(i64, String)> =
        (0..200).map(|n| (n / 100, (n * 37 % 101).to_string())).collect();
    let many: Vec<(i64, &str)> = many.iter().map(|(minute, text)| (*minute, &**text)).collect();
    let mut sorted: Vec<i64> = many.iter().map(|(_, text)| text.parse().unwrap()).collect();
    sorted.sort_unstable();
    for percent in [1, 25, 50, 75, 99] {
        let condition = format!("percentile: {percent}, gte: 0");
        let expected = sorted[(percent * 200_usize).div_ceil(100) - 1].to_string();
        assert_eq!(measures(&rule("value_percentile", &condition), &many), [expected]);
    }
}

#[test]
fn conditions_over_the_names_of_rules() {
    let rule = |kind: &str, condition: &str| {
        format!(
            "type: {kind}\nrules: [aa, bb]\ngroup-by: [Computer]\ntimespan: 10m\ncondition: {condition}"
        )
    };
    let both = [(0, "A", "aa"), (5, "A", "bb")];
    let first = [(0, "A", "aa"), (20, "A", "bb")];
    for kind in ["temporal", "temporal_extended"] {
        assert_eq!(rows(&rule(kind, "aa and bb"), &both), [row("A", "2", 0)]);
        assert!(rows(&rule(kind, "aa and bb"), &first).is_empty());
        assert!(rows(&rule(kind, "aa and not bb"), &both).is_empty());
        assert_eq!(rows(&rule(kind, "aa and not bb"), &first), [row("A", "1", 0)]);
        assert_eq!(rows(&rule(kind, "aa or bb"), &first).len(), 2);
    }
    let without_rules =
        "type: temporal\ngroup-by: [Computer]\ntimespan: 10m\ncondition: (aa or bb) and aa";
    assert_eq!(rows(without_rules, &both), [row("A", "2", 0)]);
}

#[test]
fn computers_are_one_group_in_any_case() {
    let events = [(0, "DC01", "aa"), (1, "dc01", "aa"), (2, "Dc01", "bb"), (3, "FS03", "aa")];
    let counted = |by: &str| {
        format!(
            "type: event_count\nrules: [aa]\ngroup-by: [{by}]\ntimespan: 5m\ncondition: {{gte: 2}}"
        )
    };
    assert_eq!(rows(&counted("Computer"), &events).len(), 1);
    let temporal = "type: temporal\nrules: [aa, bb]\ngroup-by: [where]\ntimespan: 10m\naliases:\n  where:\n    aa: Computer\n    bb: dest";
    assert_eq!(rows(temporal, &events).len(), 1);
    let distinct =
        "type: value_count\nrules: [aa]\ntimespan: 1h\ncondition: {field: Computer, gte: 3}";
    assert!(rows(distinct, &events).is_empty());
    let distinct = distinct.replace("gte: 3", "eq: 2");
    let found = rows(&distinct, &events);
    assert_eq!(found.len(), 1, "{found:?}");
    // Other fields keep their case.
    let text = [(0, "A", "aa X"), (1, "A", "aa x")];
    assert!(rows(&counted("ScriptBlockText"), &text).is_empty());
}

#[test]
fn temporal_ignores_the_order_and_temporal_ordered_requires_it() {
    let rule =
        |kind: &str| format!("type: {kind}\nrules: [aa, bb]\ngroup-by: [Computer]\ntimespan: 10m");
    let forward = [(0, "A", "aa"), (5, "A", "bb")];
    let backward = [(0, "A", "bb"), (5, "A", "aa")];
    let apart = [(0, "A", "aa"), (11, "A", "bb")];
    let elsewhere = [(0, "A", "aa"), (5, "B", "bb")];
    assert_eq!(rows(&rule("temporal"), &forward), [row("A", "2", 0)]);
    assert_eq!(rows(&rule("temporal"), &backward), [row("A", "2", 0)]);
    assert_eq!(rows(&rule("temporal_ordered"), &forward), [row("A", "2", 0)]);
    assert!(rows(&rule("temporal_ordered"), &backward).is_empty());
    for kind in ["temporal", "temporal_ordered"] {
        assert!(rows(&rule(kind), &apart).is_empty());
        assert!(rows(&rule(kind), &elsewhere).is_empty());
    }
    // Only the second `aa` is near enough to `bb`.
    let again = [(0, "A", "aa"), (8, "A", "aa"), (15, "A", "bb")];
    assert_eq!(rows(&rule("temporal_ordered"), &again), [row("A", "2", 8)]);
}

/// A window that still grows holds few events for a moment, which must not satisfy an upper bound.
#[test]
fn upper_bounds_apply_to_complete_windows() {
    let rule = |condition: &str| {
        format!(
            "type: event_count\nrules: [aa]\ngroup-by: [Computer]\ntimespan: 5m\ncondition: {{{condition}}}"
        )
    };
    let one = [(0, "A", "aa")];
    let two = [(0, "A", "aa"), (1, "A", "aa")];
    let three = [(0, "A", "aa"), (1, "A", "aa"), (2, "A", "aa")];
    let apart = [(0, "A", "aa"), (1, "A", "aa"), (20, "A", "aa")];
    assert_eq!(rows(&rule("lt: 2"), &one), [row("A", "1", 0)]);
    assert!(rows(&rule("lt: 2"), &two).is_empty());
    assert_eq!(rows(&rule("lt: 2"), &apart), [row("A", "1", 20)]);
    assert_eq!(rows(&rule("eq: 2"), &two), [row("A", "2", 0)]);
    assert!(rows(&rule("eq: 2"), &three).is_empty());
    assert!(rows(&rule("neq: 2"), &two).is_empty());
    assert_eq!(rows(&rule("gte: 2, lte: 3"), &three), [row("A", "3", 0)]);
    assert!(rows(&rule("gte: 1, lte: 2"), &three).is_empty());
}

#[test]
fn a_correlation_may_group_by_a_field_that_its_parts_do_not_group_by() {
    let many =
        "type: event_count\nrules: [aa]\ngroup-by: [Computer]\ntimespan: 5m\ncondition: {gte: 2}";
    let rule = |by: &str| {
        let own = format!("type: temporal\nrules: [many, bb]\ngroup-by: [{by}]\ntimespan: 10m");
        format!("{own}{}", document("many", many))
    };
    // The second event of `aa` is the group's: the count was by computer, not by text.
    let events = [(0, "A", "aa"), (1, "A", "aa bb"), (3, "B", "aa bb")];
    let set = set(&rule("ScriptBlockText"));
    let search = set.rules.iter().find(|rule| rule.title == "Several").unwrap();
    let search = search.search.as_ref().unwrap();
    let blocks = blocks(&events);
    let blocks: Vec<&ScriptBlock> = blocks.iter().collect();
    let table = search.run(&blocks, &RunContext::default());
    assert_eq!(table.rows.len(), 1);
    assert_eq!(table.rows[0].cells[0].text().unwrap(), "aa bb");
    let search = self::set(&rule("nowhere"));
    let search = search.rules.iter().find(|rule| rule.title == "Several").unwrap();
    let table = search.search.as_ref().unwrap().run(&blocks, &RunContext::default());
    assert!(table.rows.is_empty() && table.dropped > 0);
}

#[test]
fn group_aliases() {
    let rule = "type: temporal\nrules: [aa, bb]\ngroup-by: [where]\ntimespan: 10m\naliases:\n  where:\n    aa: Computer\n    bb: dest";
    assert_eq!(rows(rule, &[(0, "A", "aa"), (5, "A", "bb")]), [row("A", "2", 0)]);
}

#[test]
fn aliases_of_counted_and_measured_fields() {
    let rule = "type: value_count\nrules: [aa, bb]\ntimespan: 10m\naliases:\n  own:\n    aa: Computer\n    bb: ScriptBlockText\ncondition: {field: own, gte: 3}";
    let events = [(0, "A", "aa"), (1, "B", "aa"), (2, "C", "bb"), (3, "D", "bb")];
    assert_eq!(rows(rule, &events).len(), 1);
    assert_eq!(rows(&rule.replace("gte: 3", "gte: 4"), &events).len(), 0);
    let rule = "type: value_sum\nrules: [aa, bb]\ntimespan: 10m\naliases:\n  own:\n    aa: Computer\n    bb: dest\ncondition: {field: own, gte: 7}";
    assert_eq!(rows(rule, &[(0, "3", "aa"), (1, "4", "bb")]).len(), 1);
}

#[test]
fn parts_make_rows_only_with_generate() {
    let rule = "type: temporal\nrules: [aa, bb]\ntimespan: 10m";
    let only = set(rule);
    assert_eq!(only.rules.len(), 1);
    assert_eq!(only.rules[0].attack[0].technique, "T1059");
    assert!(only.rules[0].text.contains("# Part aa"));
    assert_eq!(set(&format!("{rule}\ngenerate: true")).rules.len(), 3);
}

/// Another correlation document over the rules of `set`.
fn document(name: &str, correlation: &str) -> String {
    let lines = correlation.lines().map(|line| format!("  {line}\n")).collect::<String>();
    format!("\n---\ntitle: {name}\nname: {name}\ncorrelation:\n{lines}")
}

fn loaded(text: &str) -> RuleSet {
    let files = [RuleFile::new("c.yml", text.as_bytes())];
    load(&files, &RuleOptions { builtin: false, ..RuleOptions::default() })
}

/// A rule about script blocks, or about another log.
fn base(name: &str, source: &str) -> String {
    format!(
        "title: Base {name}\nname: {name}\nlogsource: {{product: windows, {source}}}\ndetection: {{s: {{ScriptBlockText: {name}}}, condition: s}}\n---\n"
    )
}

const SCRIPTS: &str = "category: ps_script";
const SECURITY: &str = "service: security";

type Pairs<'a> = Vec<(&'a str, &'a str)>;

/// The reason of each refused rule, and the titles and logs of those left out.
fn outcome(set: &RuleSet) -> (Pairs<'_>, Pairs<'_>) {
    let refused = set.rules.iter().filter_map(|rule| {
        Some((rule.title.as_str(), rule.search.as_ref().err()?.reason.lines().next().unwrap()))
    });
    let left_out = set.left_out.iter().map(|rule| (rule.title.as_str(), rule.log.as_str()));
    (refused.collect(), left_out.collect())
}

#[test]
fn a_correlation_over_other_logs_is_left_out_with_its_rules() {
    let correlation = "title: C\ncorrelation: {type: temporal, rules: [aa, bb], timespan: 5m}\n---\ntitle: D\ncorrelation: {type: event_count, rules: [C], timespan: 5m, condition: {gte: 2}}\n";
    let set = loaded(&format!("{}{}{correlation}", base("aa", SCRIPTS), base("bb", SECURITY)));
    assert!(set.rules.is_empty(), "{:?}", outcome(&set));
    let (_, mut left_out) = outcome(&set);
    left_out.sort();
    let log = "windows/security";
    assert_eq!(left_out, [("Base aa", log), ("Base bb", log), ("C", log), ("D", log)]);
    let message = |title: &str| {
        let begin = format!("{title} is left out: ");
        let problem = set.problems.iter().find(|problem| problem.message.starts_with(&begin));
        let problem = problem.unwrap();
        assert_eq!(
            (problem.code.as_ref(), problem.file.as_deref()),
            ("rule-left-out", Some("c.yml"))
        );
        problem.message.clone()
    };
    assert!(message("C").contains("the rule bb, which is about another log (windows/security)"));
    assert!(message("Base aa").contains("the correlation C, which cannot run"));
    assert!(message("D").contains("windows/security"));
    // With `generate`, its rules also run alone.
    let generate = correlation.replacen("timespan: 5m", "timespan: 5m, generate: yes", 1);
    let set = loaded(&format!("{}{}{generate}", base("aa", SCRIPTS), base("bb", SECURITY)));
    assert_eq!(set.rules.len(), 1);
    assert!(set.rules[0].matches_text("aa"));
}

#[test]
fn a_correlation_that_is_refused_does_not_let_its_rules_run_alone() {
    for rules in ["[aa, zz]", "[zz, aa]", "aa"] {
        let condition = if rules == "aa" { "about" } else { "gte" };
        let correlation = format!(
            "title: C\ncorrelation: {{type: event_count, rules: {rules}, timespan: 5m, condition: {{{condition}: 2}}}}\n"
        );
        let set = loaded(&format!("{}{}{correlation}", base("aa", SCRIPTS), base("bb", SCRIPTS)));
        let (refused, left_out) = outcome(&set);
        assert!(left_out.is_empty());
        let titles: Vec<_> = refused.iter().map(|(title, _)| *title).collect();
        assert!(titles.contains(&"C") && titles.contains(&"Base aa"), "{rules} {refused:?}");
        let (_, reason) = refused.iter().find(|(title, _)| *title == "Base aa").unwrap();
        assert!(reason.contains("only serves the correlation C"), "{reason}");
        assert!(
            reason.contains(if rules == "aa" { "about" } else { "zz is not among" }),
            "{reason}"
        );
        let problems = set.problems.iter().filter(|problem| problem.code == "rule-refused");
        assert_eq!(problems.count(), 2);
        assert!(set.rules.iter().any(|rule| rule.title == "Base bb" && rule.search.is_ok()));
    }
    // A rule that another correlation uses is that one's part.
    let correlation = |title: &str, rules: &str| {
        format!(
            "title: {title}\ncorrelation: {{type: temporal, rules: [{rules}], timespan: 5m}}\n---\n"
        )
    };
    let both =
        format!("{}{}{}", base("aa", SCRIPTS), correlation("C", "aa, zz"), correlation("E", "aa"));
    let set = loaded(&both);
    let titles: Vec<_> = set.rules.iter().map(|rule| (&*rule.title, rule.search.is_ok())).collect();
    assert!(titles.len() == 2 && titles.contains(&("C", false)) && titles.contains(&("E", true)));
    // The parts of a correlation that only serves a refused one.
    let chain = format!(
        "{}{}{}",
        base("aa", SCRIPTS),
        correlation("Inner", "aa"),
        correlation("Outer", "Inner, zz")
    );
    let set = loaded(&chain);
    let (refused, _) = outcome(&set);
    assert_eq!(refused.len(), 3, "{refused:?}");
    assert!(refused.iter().all(|(_, reason)| reason.contains("zz is not among")));
}

#[test]
fn a_correlation_can_build_on_another() {
    let many =
        "type: event_count\nrules: [aa]\ngroup-by: [Computer]\ntimespan: 5m\ncondition: {gte: 2}";
    let rule = format!(
        "type: temporal_ordered\nrules: [many, bb]\ngroup-by: [Computer]\ntimespan: 10m{}",
        document("many", many)
    );
    let set = set(&rule);
    let titles: Vec<_> = set.rules.iter().map(|rule| rule.title.as_str()).collect();
    assert_eq!(titles, ["Several"], "the other rules are its parts");
    // Two of `aa`, then `bb`. One of `aa`, `bb` first, and `bb` on another computer are not enough.
    let found = [(0, "A", "aa"), (1, "A", "aa"), (9, "A", "bb")];
    assert_eq!(rows(&rule, &found), [row("A", "2", 1)]);
    for events in [
        [(0, "A", "aa"), (7, "A", "aa"), (9, "A", "bb")],
        [(0, "A", "bb"), (1, "A", "aa"), (2, "A", "aa")],
        [(0, "A", "aa"), (1, "A", "aa"), (9, "B", "bb")],
        [(0, "A", "aa"), (1, "A", "aa"), (12, "A", "bb")],
    ] {
        assert!(rows(&rule, &events).is_empty(), "{events:?}");
    }
}

#[test]
fn cyclic_and_too_large_correlations_are_unsupported() {
    let temporal = |rules: &str| format!("type: temporal\nrules: [{rules}]\ntimespan: 10m");
    let circle =
        temporal("one") + &document("one", &temporal("two")) + &document("two", &temporal("one"));
    let unsupported = set(&circle);
    for rule in unsupported.rules.iter().filter(|rule| !rule.title.starts_with("Part")) {
        let reason = &rule.search.as_ref().unwrap_err().reason;
        assert!(reason.contains("builds on itself"), "{reason}");
    }
    // Each refers twice to the one before.
    let mut doubled = temporal("c0, c0") + &document("c0", &temporal("aa, bb"));
    for level in 1..20 {
        let before = format!("c{0}, c{0}", level - 1);
        doubled += &document(&format!("c{level}"), &temporal(&before));
    }
    let set = set(&doubled);
    let reasons: Vec<&str> = set
        .rules
        .iter()
        .filter_map(|rule| Some(rule.search.as_ref().err()?.reason.as_str()))
        .collect();
    assert!(reasons.iter().any(|reason| reason.contains("more than")), "{reasons:?}");
}

#[test]
fn reasons_name_what_is_wrong() {
    for (rule, word) in [
        ("type: event_count\nrules: [zz]\ntimespan: 5m\ncondition: {gte: 3}", "zz"),
        ("type: event_count\nrules: [aa]\ntimespan: 5m", "condition"),
        ("type: event_count\nrules: [aa]\ncondition: {gte: 3}", "timespan"),
        ("type: value_count\nrules: [aa]\ntimespan: 5m\ncondition: {gte: 3}", "field"),
        (
            "type: value_sum\nrules: [aa]\ntimespan: 5m\ncondition: {gte: 3}",
            "value_sum needs one field",
        ),
        (
            "type: value_avg\nrules: [aa]\ntimespan: 5m\ncondition: {field: [a, b], gte: 3}",
            "one field",
        ),
        (
            "type: value_percentile\nrules: [aa]\ntimespan: 5m\ncondition: {field: a, lte: 1}",
            "percentile: 95",
        ),
        (
            "type: value_percentile\nrules: [aa]\ntimespan: 5m\ncondition: {field: a, lte: 1, percentile: 101}",
            "percentile: 95",
        ),
        ("type: value_sum\nrules: [aa]\ntimespan: 5m\ncondition: {field: a}", "condition"),
        ("type: value_max\nrules: [aa]\ntimespan: 5m\ncondition: {field: a, gt: 1}", "value_max"),
        ("type: temporal_extended\nrules: [aa]\ntimespan: 5m", "names of rules"),
        (
            "type: temporal_ordered\nrules: [aa, bb]\ntimespan: 5m\ncondition: aa and bb",
            "only that of temporal",
        ),
        ("type: temporal\nrules: [aa, bb]\ntimespan: 5m\ncondition: not aa", "without any event"),
        ("type: temporal\nrules: [aa, bb]\ntimespan: 5m\ncondition: aa and zz", "zz is not among"),
        ("type: temporal\nrules: [aa, bb]\ntimespan: 5m\ncondition: 1 of aa", "“of” is not known"),
        ("type: event_count\nrules: [aa]\ntimespan: 5m\ncondition: 10", "a map such as gte: 10"),
        ("type: temporal\ntimespan: 5m", "rules"),
        ("type: event_count\nrules: [aa]\ntimespan: 5m\ncondition: {about: 3}", "about"),
        ("type: event_count\nrules: [aa]\ntimespan: 0s\ncondition: {gte: 3}", "timespan"),
        ("type: temporal_ordered\nrules: [aa, bb]\ntimespan: 5m\ncondition: {gte: 1}", "gte: 2"),
        ("type: temporal_ordered\nrules: [aa, bb]\ntimespan: 5m\ncondition: {gte: 3}", "gte: 2"),
    ] {
        let set = set(rule);
        let several = set.rules.iter().find(|rule| rule.title == "Several").unwrap();
        let reason = &several.search.as_ref().unwrap_err().reason;
        assert!(reason.contains(word), "{reason}");
    }
}

#[test]
fn the_counting_condition_of_old_rules() {
    let text = "title: Old\nlogsource: {product: windows, category: ps_script}\ndetection:\n  s:\n    ScriptBlockText|contains: aa\n  timeframe: 5m\n  condition: s | count(ScriptBlockText) by Computer > 1\n";
    let files = [RuleFile::new("c.yml", text.as_bytes())];
    let set = load(&files, &RuleOptions { builtin: false, ..RuleOptions::default() });
    let search = set.rules[0].search.as_ref().unwrap();
    assert!(
        matches!(search.commands().first(), Some(Command::Correlate(own)) if own.seconds == Some(300))
    );
    let text = text.replace("5m", "5 minutes");
    let files = [RuleFile::new("c.yml", text.as_bytes())];
    let set = load(&files, &RuleOptions { builtin: false, ..RuleOptions::default() });
    let unsupported = set.rules[0].search.as_ref().unwrap_err();
    assert!(unsupported.reason.contains("timeframe"), "{}", unsupported.reason);
    assert_eq!(unsupported.line, Some(6));
}
