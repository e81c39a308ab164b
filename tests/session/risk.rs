//! Risk, findings and acts of generated logs against a calculation from the records alone.

use super::report as checked_report;
use scriptscope::report::Report;
use scriptscope::{Options, RuleFile, Session};
use std::collections::{BTreeMap, BTreeSet};

/// A script block: computer, user, seconds since the first one, process, and the rule that matches it.
#[derive(Clone, Copy)]
struct Made {
    computer: u64,
    user: u64,
    second: i64,
    process: u64,
    rule: usize,
}

/// Levels with their scores, and tactics.
const RULES: [(&str, i64, &str); 8] = [
    ("low", 15, "execution"),
    ("low", 15, "persistence"),
    ("medium", 35, "execution"),
    ("medium", 35, "impact"),
    ("high", 60, "discovery"),
    ("high", 60, "execution"),
    ("critical", 90, "exfiltration"),
    ("informational", 0, "discovery"),
];

const DAY: i64 = 24 * 60 * 60;

/// Makes script blocks in bursts over a month, the same for the same number.
fn made(count: u64) -> Vec<Made> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut blocks = Vec::new();
    let mut start = 0;
    for _ in 0..count {
        if next(9) == 0 {
            start = i64::try_from(next(30 * DAY as u64)).unwrap();
        }
        blocks.push(Made {
            computer: next(12),
            user: next(9),
            second: start + i64::try_from(next(40)).unwrap(),
            process: next(5),
            rule: usize::try_from(next(RULES.len() as u64)).unwrap(),
        });
    }
    blocks
}

fn user_of(made: &Made) -> String {
    match made.user {
        0 => "S-1-5-18".to_owned(),
        user => format!("S-1-5-21-1-2-3-110{user}"),
    }
}

fn report(blocks: &[Made]) -> Report {
    let rule = |(index, (level, _, tactic)): (usize, &(&str, i64, &str))| {
        let text = format!(
            "title: Rule {index}\nid: rule-{index}\nlevel: {level}\ntags: [attack.{tactic}]\n\
             logsource: {{product: windows, category: ps_script}}\n\
             detection: {{s: {{ScriptBlockText|contains: 'word{index}!'}}, condition: s}}\n"
        );
        RuleFile::new(format!("{index}.yml"), text)
    };
    let rules: Vec<RuleFile> = RULES.iter().enumerate().map(rule).collect();
    let mut session =
        Session::new(Options::default().with_builtin(false).with_rules(rules)).unwrap();
    session.begin("log.ndjson").unwrap();
    for (index, block) in blocks.iter().enumerate() {
        let (computer, user, rule) = (block.computer, user_of(block), block.rule);
        let process = match block.process {
            0 => String::new(),
            process => format!(r#""ExecutionProcessID":{process},"#),
        };
        let time = 1_700_000_000 + block.second;
        let record = format!(
            r#"{{"EventID":4104,"Channel":"Microsoft-Windows-PowerShell/Operational","Computer":"H{computer}","UserID":"{user}",{process}"EventTime":{time},"EventRecordID":{index},"MessageNumber":1,"MessageTotal":1,"ScriptBlockId":"{index}","ScriptBlockText":"word{rule}! {index}"}}
"#
        );
        session.push(record.as_bytes()).unwrap();
    }
    session.end().unwrap();
    // The invariants are checked of the smaller report: to parse a report takes longer than to make it.
    if blocks.len() > 1_000 { session.report() } else { checked_report(&mut session) }
}

/// An event: second, score, rule.
type Scored = (i64, i64, usize);

/// The events of each object.
type Events = BTreeMap<String, Vec<Scored>>;

fn events(blocks: &[Made]) -> Events {
    let mut objects = Events::new();
    for block in blocks {
        let computer = format!("H{}", block.computer);
        let user = match block.user {
            0 => format!("{computer}\\S-1-5-18"),
            _ => user_of(block),
        };
        for object in [computer, user] {
            objects.entry(object).or_default().push((
                block.second,
                RULES[block.rule].1,
                block.rule,
            ));
        }
    }
    objects
}

/// The windows of each finding: score, first and last second, by rule and object.
type Windows = BTreeMap<(String, String), Vec<(i64, i64, i64)>>;

/// The highest sum of each rule's score, counted once, within a day.
fn distinct(events: &[Scored]) -> i64 {
    let mut sorted = events.to_vec();
    sorted.sort_unstable();
    let mut inside = [0; RULES.len()];
    let mut end = 0;
    let mut highest = 0;
    for (start, _, first) in &sorted {
        while let Some((_, _, rule)) = sorted.get(end).filter(|own| own.0 <= start + DAY) {
            inside[*rule] += 1;
            end += 1;
        }
        let scores = RULES.iter().zip(&inside).filter(|(_, count)| **count > 0);
        highest = highest.max(scores.map(|((_, score, _), _)| score).sum());
        inside[*first] -= 1;
    }
    highest
}

/// The windows of a finding, the highest score first, each without the events of those before: score, first and last second.
fn windows(
    events: &[Scored],
    length: i64,
    holds: impl Fn(&[Scored]) -> bool,
) -> Vec<(i64, i64, i64)> {
    let mut rest = events.to_vec();
    rest.sort_unstable();
    let mut found = Vec::new();
    while found.len() < 20 {
        let sums: Vec<i64> = [0]
            .into_iter()
            .chain(rest.iter().scan(0, |sum, event| {
                *sum += event.1;
                Some(*sum)
            }))
            .collect();
        let ends: BTreeSet<i64> = rest.iter().map(|event| event.0).collect();
        let mut best: Option<(i64, &[Scored])> = None;
        for end in ends {
            let from = rest.partition_point(|event| event.0 < end - length);
            let to = rest.partition_point(|event| event.0 <= end);
            let sum = sums[to] - sums[from];
            if best.is_none_or(|(highest, _)| sum > highest) && holds(&rest[from..to]) {
                best = Some((sum, &rest[from..to]));
            }
        }
        let Some((sum, best)) = best else { break };
        let (first, last) = (best[0].0, best[best.len() - 1].0);
        found.push((sum, first, last));
        rest.retain(|event| !(first..=last).contains(&event.0));
    }
    found
}

/// Number of acts: processes of a computer, and chains of pauses of at most five seconds.
fn acts(blocks: &[Made]) -> usize {
    let mut processes = BTreeSet::new();
    let mut without: BTreeMap<u64, Vec<i64>> = BTreeMap::new();
    for block in blocks {
        match block.process {
            0 => without.entry(block.computer).or_default().push(block.second),
            process => _ = processes.insert((block.computer, process)),
        }
    }
    let chains = without.into_values().map(|mut seconds| {
        seconds.sort_unstable();
        1 + seconds.windows(2).filter(|pair| pair[1] - pair[0] > 5).count()
    });
    processes.len() + chains.sum::<usize>()
}

fn compare(count: u64) {
    let blocks = made(count);
    let report = report(&blocks);
    let objects = events(&blocks);
    assert_eq!(report.totals.results, count);
    let found: BTreeMap<&str, (i64, i64, usize)> = report
        .risk_objects
        .iter()
        .map(|own| {
            let figures = (own.distinct_score.0, own.score.0, own.events.len());
            (own.object.as_str(), figures)
        })
        .collect();
    let expected: BTreeMap<&str, (i64, i64, usize)> = objects
        .iter()
        .map(|(object, events)| {
            let sum: i64 = events.iter().map(|event| event.1).sum();
            (object.as_str(), (100 * distinct(events), 100 * sum, events.len()))
        })
        .collect();
    assert_eq!(found, expected);
    let mut expected = BTreeMap::new();
    for (object, events) in &objects {
        let over = windows(events, DAY, |inside| inside.iter().map(|own| own.1).sum::<i64>() > 100);
        let tactics = windows(events, 7 * DAY, |inside| {
            let rules: BTreeSet<usize> = inside.iter().map(|own| own.2).collect();
            let tactics: BTreeSet<&str> = rules.iter().map(|rule| RULES[*rule].2).collect();
            tactics.len() >= 3 && rules.len() >= 4
        });
        for (name, windows) in [("Risk", over), ("Tactic", tactics)] {
            if !windows.is_empty() {
                expected.insert((format!("{name} threshold exceeded"), object.clone()), windows);
            }
        }
    }
    let mut found: Windows = BTreeMap::new();
    for finding in &report.findings {
        let second = |text: &str| {
            scriptscope::internal::Time::parse(text).unwrap().0.seconds() - 1_700_000_000
        };
        let window =
            (finding.score.0 / 100, second(&finding.first_time), second(&finding.last_time));
        found.entry((finding.rule.clone(), finding.object.clone())).or_default().push(window);
    }
    let sorted = |all: Windows| -> BTreeMap<_, _> {
        let sort = |mut windows: Vec<(i64, i64, i64)>| {
            windows.sort_unstable();
            windows
        };
        all.into_iter().map(|(key, windows)| (key, sort(windows))).collect()
    };
    assert_eq!(sorted(found), sorted(expected));
    assert_eq!(report.acts.len(), acts(&blocks));
}

#[test]
fn figures_findings_and_acts_equal_a_calculation_from_the_records() {
    compare(600);
}

#[test]
fn they_do_for_ten_thousand_results() {
    compare(10_000);
}
