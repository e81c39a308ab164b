//! The sections on machines, users, results, ATT&CK, and on what was read.

use super::super::model::{CaseSource, MarkKey, MarkKind};
use super::decisions::verdict;
use super::model::{Node, Section, Span, Table, quiet, text, value};
use super::scripts::{Scripts, values};
use super::selection::{Selection, level};
use crate::report::{Act, RiskObject, Row, RuleStatus, Source};
use crate::text::{count, moment, period, plural};
use std::collections::{BTreeMap, BTreeSet};

/// Upper bound on rows of one table. What is left out is counted.
const ROWS: usize = 500;

/// Rules that are named for a machine.
const WHY: usize = 5;

/// Returns the machines or users at risk, worst first.
pub(super) fn objects(
    selection: &Selection<'_>,
    kinds: &[&str],
    id: &'static str,
    title: &'static str,
) -> Option<Section> {
    let risk_objects = &selection.report.risk_objects;
    let objects: Vec<&RiskObject> =
        risk_objects.iter().filter(|object| kinds.contains(&object.kind.as_str())).collect();
    if objects.is_empty() {
        return None;
    }
    let mut section = Section::new(id, title);
    let rows = objects.iter().take(ROWS).map(|object| {
        vec![
            score(object),
            name(object),
            why(selection, object),
            vec![text(object.tactics.join(", "))],
            vec![text(period(object.first_time.as_deref(), object.last_time.as_deref()))],
        ]
    });
    let head = &["Score", "Name", "Why", "Tactics", "When"];
    section.nodes.push(Node::Table(Table { head, rows: rows.collect() }));
    more(&mut section, objects.len(), "object");
    section.words(
        "The score adds up each rule once, at its highest, in the worst 24 hours; the sum adds every event, as Splunk does.",
    );
    Some(section)
}

/// Returns the score that an object is ranked by, and the sum if it is another.
fn score(object: &RiskObject) -> Vec<Span> {
    let mut spans = vec![Span::Strong(object.distinct_score.to_string())];
    if object.distinct_score != object.score {
        spans.extend([Span::Break, quiet(format!("sum {}", object.score))]);
    }
    spans
}

fn name(object: &RiskObject) -> Vec<Span> {
    match &object.name {
        Some(name) => vec![value(name.clone()), Span::Break, value(object.object.clone())],
        None => vec![value(object.object.clone())],
    }
}

/// Returns the rules behind a score, highest first.
fn why(selection: &Selection<'_>, object: &RiskObject) -> Vec<Span> {
    let mut rules: BTreeMap<&str, (i64, u64)> = BTreeMap::new();
    for event in &object.events {
        let (score, events) = rules.entry(&event.rule_id).or_default();
        *score = (*score).max(event.score.0);
        *events += 1;
    }
    let mut rules: Vec<_> = rules.into_iter().collect();
    crate::sort::sort_by_key(&mut rules, |(_, (score, _))| std::cmp::Reverse(*score));
    let mut spans = Vec::new();
    for (id, (score, events)) in rules.iter().take(WHY) {
        let score = crate::report::Number(*score);
        spans.push(text(selection.title(id).to_owned()));
        spans.extend([quiet(format!(" {score} × {}", count(*events))), Span::Break]);
    }
    if rules.len() > WHY {
        spans.push(quiet(format!("and {} more rules", count((rules.len() - WHY) as u64))));
    }
    let not_kept: u64 = object.not_kept.values().sum();
    if not_kept > 0 {
        let words = format!("{} not kept, in no sum", plural(not_kept, "script block"));
        spans.push(Span::Badge("warning", words));
    }
    spans
}

/// Returns the acts in their order: results that belong together. Results that an allow-list hides are left out.
pub(super) fn acts(selection: &Selection<'_>, scripts: &Scripts<'_>) -> Option<Section> {
    let acts: Vec<(&Act, Vec<&Row>)> = selection
        .report
        .acts
        .iter()
        .map(|act| {
            let rows = act.result_ids.iter().filter_map(|id| selection.result(id));
            (act, rows.filter(|row| row.suppressed_by.is_none()).collect())
        })
        .filter(|(_, rows): &(&Act, Vec<&Row>)| !rows.is_empty())
        .collect();
    if acts.is_empty() {
        return None;
    }
    let mut section = Section::new("acts", "What happened, in order");
    let rows = acts.iter().take(ROWS).map(|(act, rows)| {
        let mut titles: Vec<(&str, u64, &Row)> = Vec::new();
        for row in rows {
            match titles.iter_mut().find(|(id, ..)| *id == row.rule_id) {
                Some((_, number, _)) => *number += 1,
                None => titles.push((&row.rule_id, 1, row)),
            }
        }
        let mut what = Vec::new();
        for (id, number, row) in titles.iter().take(WHY) {
            let class = level(selection.rule(id), row);
            what.push(Span::Badge(class, class.to_owned()));
            what.push(text(format!(" {}", selection.title(id))));
            if *number > 1 {
                what.push(quiet(format!(" × {}", count(*number))));
            }
            let block = selection.first_block(row);
            if let Some(link) = block.and_then(|block| scripts.link(&block.text)) {
                what.extend([text(" "), link]);
            }
            what.push(Span::Break);
        }
        if titles.len() > WHY {
            what.push(quiet(format!("and {} more rules", count((titles.len() - WHY) as u64))));
        }
        let mut place: Vec<Span> = act.object.clone().map(value).into_iter().collect();
        if let Some(process) = &act.process_id {
            place.extend([Span::Break, quiet(format!("process {process}"))]);
        }
        vec![vec![text(period(act.first_time.as_deref(), act.last_time.as_deref()))], place, what]
    });
    let head = &["When", "Computer", "What rules matched"];
    section.nodes.push(Node::Table(Table { head, rows: rows.collect() }));
    more(&mut section, acts.len(), "act");
    Some(section)
}

/// Returns the results by score, those that an allow-list hides left out.
pub(super) fn results(selection: &Selection<'_>, scripts: &Scripts<'_>) -> Option<Section> {
    let results: Vec<_> = selection.counted().collect();
    if results.is_empty() {
        return None;
    }
    let mut section = Section::new("results", "Results");
    let rows = results.iter().take(ROWS).map(|row| {
        let class = level(selection.rule(&row.rule_id), row);
        let mut first =
            vec![Span::Badge(class, class.to_owned()), quiet(format!(" {}", row.score))];
        if let Some(mark) = selection.mark_of(row) {
            first.push(Span::Break);
            first.extend(verdict(mark));
        }
        let mut rule = vec![text(selection.title(&row.rule_id).to_owned())];
        if let Some(link) = selection.first_block(row).and_then(|block| scripts.link(&block.text)) {
            rule.extend([text(" "), link]);
        }
        vec![
            first,
            rule,
            selection.computer(row).map(value).into_iter().collect(),
            selection.user(row).map(value).into_iter().collect(),
            vec![text(count(row.count))],
            vec![text(period(row.first_time.as_deref(), row.last_time.as_deref()))],
        ]
    });
    let head = &["Level", "Rule", "Computer", "User", "Blocks", "When"];
    section.nodes.push(Node::Table(Table { head, rows: rows.collect() }));
    let hidden = selection.report.results.len() - results.len();
    more(&mut section, results.len(), "result");
    if hidden > 0 {
        section.words(format!(
            "An allow-list or filter hides {}: {} scored and listed here.",
            plural(hidden as u64, "further result"),
            if hidden == 1 { "it is not" } else { "they are not" },
        ));
    }
    let totals = &selection.report.totals;
    if totals.results > totals.results_kept {
        let kept = count(totals.results_kept);
        section.words(format!(
            "The logs have {}, of which {kept} are kept; scores include all of them.",
            plural(totals.results, "result")
        ));
    }
    Some(section)
}

/// Returns the indicators, defanged.
pub(super) fn indicators(selection: &Selection<'_>) -> Option<Section> {
    let list = &selection.listed.indicators;
    if list.rows.is_empty() && list.left_out.is_empty() {
        return None;
    }
    let mut section = Section::new("indicators", "Indicators");
    let rows = list.rows.iter().take(ROWS).map(|row| {
        let names: Vec<&str> = row.computer_names.iter().map(String::as_str).collect();
        let key = MarkKey::new(MarkKind::Indicator, row.id.as_str());
        let mark = selection.case.marks.get(&key);
        let mut kind = vec![text(row.kind.as_str())];
        if let Some(mark) = mark {
            kind.push(Span::Break);
            kind.extend(verdict(mark));
        }
        vec![
            kind,
            vec![value(row.defanged.clone())],
            vec![text(count(row.count))],
            values(&names),
            vec![text(period(row.first_time.as_deref(), row.last_time.as_deref()))],
        ]
    });
    let head = &["Kind", "Defanged", "Blocks", "Computers", "When"];
    section.nodes.push(Node::Table(Table { head, rows: rows.collect() }));
    more(&mut section, list.rows.len(), "indicator");
    let left_out: Vec<String> = list
        .left_out
        .iter()
        .map(|(reason, number)| format!("{} {}", count(*number), reason.replace('-', " ")))
        .collect();
    if !left_out.is_empty() {
        section.words(format!("Left out: {}.", left_out.join(", ")));
    }
    Some(section)
}

/// Returns the techniques of the results.
pub(super) fn attack(selection: &Selection<'_>) -> Option<Section> {
    #[derive(Default)]
    struct Seen<'a> {
        tactics: BTreeSet<&'a str>,
        rules: BTreeSet<&'a str>,
        results: u64,
        name: Option<&'static str>,
    }
    let mut techniques: BTreeMap<&str, Seen<'_>> = BTreeMap::new();
    for row in selection.counted() {
        let Some(rule) = selection.rule(&row.rule_id) else { continue };
        for attack in &rule.attack {
            let seen = techniques.entry(&attack.technique).or_default();
            seen.tactics.extend(attack.tactics.iter().map(String::as_str));
            seen.rules.insert(&rule.title);
            seen.results += 1;
            seen.name = attack.name;
        }
    }
    if techniques.is_empty() {
        return None;
    }
    let mut section = Section::new("attack", "ATT&CK techniques seen");
    let rows = techniques.iter().take(ROWS).map(|(technique, seen)| {
        let join = |words: &BTreeSet<&str>| {
            vec![text(words.iter().copied().collect::<Vec<_>>().join(", "))]
        };
        vec![
            vec![text(*technique), quiet(format!(" {}", seen.name.unwrap_or_default()))],
            join(&seen.tactics),
            vec![text(count(seen.results))],
            join(&seen.rules),
        ]
    });
    let head = &["Technique", "Tactics", "Results", "Rules"];
    section.nodes.push(Node::Table(Table { head, rows: rows.collect() }));
    Some(section)
}

/// Returns what was read: every log with its hash.
pub(super) fn read(selection: &Selection<'_>) -> Section {
    let report = selection.report;
    let mut section = Section::new("read", "What was read");
    let totals = &report.totals;
    section.words(format!(
        "{}, {} bytes: {}, of them {} of script blocks, which make {}.",
        plural(totals.sources, "log"),
        count(totals.bytes),
        plural(totals.records, "event"),
        count(totals.events),
        plural(totals.script_blocks, "script block"),
    ));
    let rows = report.sources.iter().take(ROWS).map(|source| {
        let names: Vec<&str> = source.computers.iter().map(String::as_str).collect();
        let mut name = vec![value(source.name.clone()), Span::Break];
        // A session that did not hash its logs may have the case's hashes.
        let saved = || {
            let same = |own: &&CaseSource| own.name == source.name && own.bytes == source.bytes;
            selection.case.sources.iter().find(same)?.sha256.clone()
        };
        name.push(match source.sha256.clone().or_else(saved) {
            Some(hash) => value(hash),
            None => quiet("SHA-256 not computed"),
        });
        vec![
            name,
            vec![text(source.format.clone().unwrap_or_else(|| "no log".to_owned()))],
            vec![text(count(source.bytes))],
            vec![text(count(source.script_blocks))],
            values(&names),
            vec![text(period(source.first_time.as_deref(), source.last_time.as_deref()))],
        ]
    });
    let head = &["Log and SHA-256", "Format", "Bytes", "Script blocks", "Computers", "When"];
    section.nodes.push(Node::Table(Table { head, rows: rows.collect() }));
    more(&mut section, report.sources.len(), "log");
    section
}

/// Returns what was not read and not searched.
pub(super) fn unread(selection: &Selection<'_>) -> Section {
    let report = selection.report;
    let mut section = Section::new("unread", "What was not read");
    let sum = |get: fn(&Source) -> u64| report.sources.iter().map(get).sum::<u64>();
    let sentences = [
        (
            sum(|source| source.encrypted),
            "script block record",
            "encrypted by Protected Event Logging: nobody searched them",
        ),
        (sum(|source| source.incomplete), "script block", "searched without some of their parts"),
        (sum(|source| source.replaced_bytes), "byte", "no characters of their encoding"),
        (
            selection.rules_that(RuleStatus::Refused),
            "rule",
            "refused: this program cannot run them",
        ),
        (
            selection.rules_that(RuleStatus::CannotMatch),
            "rule",
            "unable to match any of these logs",
        ),
        (selection.rules_that(RuleStatus::Disabled), "rule", "switched off"),
        (report.totals.rules_not_applicable.values().sum(), "rule", "about other logs"),
        (
            report.rules.iter().map(|rule| rule.dropped).sum(),
            "match",
            "without a result, for lack of a field to group by",
        ),
    ];
    let mut is_complete = true;
    for (name, words) in [
        ("minScore", "Results of rules with a lower score are left out: the least score is"),
        ("since", "Script blocks that were logged earlier were not searched: the first time is"),
        ("until", "Script blocks that were logged later were not searched: the last time is"),
    ] {
        if let Some(value) = selection.case.options.get(name) {
            section.words(format!("{words} {}.", value.trim_matches('"')));
            is_complete = false;
        }
    }
    for (number, noun, words) in sentences {
        if number > 0 {
            let verb = if number == 1 { "is" } else { "are" };
            let verb = if words.starts_with("searched") {
                if number == 1 { "was" } else { "were" }
            } else {
                verb
            };
            section.words(format!("{} {verb} {words}.", plural(number, noun)));
            is_complete = false;
        }
    }
    let silent: Vec<&str> = report
        .sources
        .iter()
        .filter(|source| source.events == 0)
        .map(|source| source.name.as_str())
        .collect();
    if !silent.is_empty() {
        let mut words =
            vec![text("Logs without a script block, which proves nothing about their computers: ")];
        words.extend(values(&silent));
        section.nodes.push(Node::Paragraph(words));
        is_complete = false;
    }
    let problems: Vec<_> =
        report.problems.iter().filter(|problem| problem.severity != "info").collect();
    if !problems.is_empty() {
        let rows = problems.iter().take(ROWS).map(|problem| {
            let place = match (problem.offset, &problem.record, problem.line) {
                (_, Some(record), _) => format!(" record {record}"),
                (Some(offset), ..) => format!(" byte {}", count(offset)),
                (.., Some(line)) => format!(" line {line}"),
                _ => String::new(),
            };
            let mut subject: Vec<Span> = problem.source.clone().map(value).into_iter().collect();
            subject.extend(problem.rule.clone().map(|rule| text(format!(" rule {rule}"))));
            subject.push(quiet(place));
            vec![
                vec![Span::Badge(problem.severity, problem.severity.to_owned())],
                subject,
                vec![text(problem.message.clone())],
            ]
        });
        let head = &["Severity", "Place", "Problem"];
        section.nodes.push(Node::Table(Table { head, rows: rows.collect() }));
        more(&mut section, problems.len(), "problem");
    } else if is_complete {
        section.words("Every log was read in full, and every rule ran.");
    }
    section
}

/// Returns how the results were made.
pub(super) fn made(selection: &Selection<'_>) -> Section {
    let (report, case) = (selection.report, selection.case);
    let mut section = Section::new("made", "How this was made");
    let rules = &report.rules;
    let kinds = ["builtin", "splunk", "sigma"].map(|kind| {
        let number = rules.iter().filter(|rule| rule.kind == kind && rule.enabled).count();
        (number, if kind == "builtin" { "built-in" } else { kind })
    });
    let kinds: Vec<String> = kinds
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, kind)| format!("{} {kind}", count(*number as u64)))
        .collect();
    let mut facts = vec![
        ("Program", vec![text(report.tool)]),
        ("Rules that ran", vec![text(kinds.join(", "))]),
        ("Rule set", vec![value(report.rule_set.clone()), quiet(" SHA-256")]),
        (
            "Searched",
            vec![text(match report.mode {
                "event" => "each event by itself",
                _ => "script blocks joined from their parts, and what is hidden in them",
            })],
        ),
    ];
    for (name, option) in &case.options {
        facts.push(("Option", vec![text(format!("{name} ")), value(option.clone())]));
    }
    for rule in case.rules.iter().take(ROWS) {
        facts.push(("Rule file", vec![value(rule.name.clone())]));
    }
    for entry in case.allow.iter().take(ROWS) {
        let state = if entry.enabled { "" } else { " (not in use)" };
        facts.push((
            "Allow-list",
            vec![text(format!("{}{state}: ", entry.name)), value(entry.search.clone())],
        ));
    }
    facts.push((
        "Times",
        vec![text("as the logs have them, in UTC; no time of this run is in this report")],
    ));
    section.nodes.push(Node::Facts(facts));
    if report.sources.iter().any(|source| source.zone_assumed) {
        section.words("Some logs give times without a zone: see the problems above.");
    }
    section
}

fn more(section: &mut Section, all: usize, noun: &str) {
    if all > ROWS {
        section.words(format!(
            "And {} more: the JSON report has all.",
            plural((all - ROWS) as u64, noun)
        ));
    }
}

/// Returns when the results were logged.
pub(super) fn when(selection: &Selection<'_>) -> Option<String> {
    let first = selection.counted().filter_map(|row| row.first_time.as_deref()).min();
    let last = selection.counted().filter_map(|row| row.last_time.as_deref()).max();
    first.map(|_| if first == last { moment(first) } else { period(first, last) })
}
