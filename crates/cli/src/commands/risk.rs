//! `scriptscope risk`: who is at risk, with the addends of both figures, findings, and acts.

use super::analyze::{named_files, status};
use super::{FOUND, NOTHING_FOUND};
use crate::accepted::RISK;
use crate::args::LogsArgs;
use crate::block_table::{Reading, WithReading};
use crate::choice::OutputFormat;
use crate::config::effective;
use crate::console::Console;
use crate::engine;
use crate::failed::Failed;
use crate::logs;
use crate::problem::complain;
use crate::summary::{Page, SHOWN, headline, note_section, object_name, score_of};
use crate::terminal::{Style, json_line, moment, plural, visible};
use scriptscope::report::{Act, Finding, Number, Report, RiskEvent, RiskObject};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// The lists that `--format json` prints.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RiskLists<'a> {
    risk_objects: &'a [RiskObject],
    findings: &'a [Finding],
    acts: &'a [Act],
}

pub(crate) fn risk(args: LogsArgs) -> Result<u8, Failed> {
    let Some(settings) = effective(args.common, &RISK)? else { return Ok(NOTHING_FOUND) };
    let format = RISK.format(&settings)?;
    let files = named_files(&settings, args.files)?;
    let console = Console::new(&settings);
    let mut logs = logs::read(&console, &settings, engine::options(&settings)?, &files)?;
    let report = logs.session.outline().report;
    let Report { risk_objects, findings, acts, .. } = &report;
    match format {
        OutputFormat::Json => {
            let list = RiskLists { risk_objects, findings, acts };
            let lists = WithReading { list, reading: Reading::of(&report) };
            console.write(json_line(&lists).as_bytes())?;
            complain(&console, &report.problems);
        }
        OutputFormat::NDJSON => {
            let lines: Vec<String> = risk_objects.iter().map(json_line).collect();
            console.write(lines.concat().as_bytes())?;
            complain(&console, &report.problems);
        }
        _ => {
            let mut page = Page::new(console.out, console.columns);
            show(&mut page, &report);
            console.write(page.text.as_bytes())?;
        }
    }
    let status = match (report.risk_objects.is_empty(), status(&report)) {
        (false, _) => FOUND,
        (true, FOUND) => NOTHING_FOUND,
        (true, status) => status,
    };
    Ok(logs.status(&console, &settings, &report, status))
}

fn show(page: &mut Page, report: &Report) {
    let hidden = report.rules.iter().map(|rule| rule.suppressed).sum();
    page.line(&headline(report, report.totals.results.saturating_sub(hidden)));
    let titles: HashMap<&str, &str> =
        report.rules.iter().map(|rule| (rule.id.as_str(), rule.title.as_str())).collect();
    let title = |id: &str| visible(titles.get(id).copied().unwrap_or(id)).into_owned();
    if report.risk_objects.is_empty() {
        page.line("");
        page.line(&format!("No risk: {}.", why_none(report)));
    } else {
        page.heading("RISK", "each rule's highest score within a day, and the sum of all scores");
    }
    for object in report.risk_objects.iter().take(SHOWN) {
        let figures =
            format!("{:>7} {:>7}", score_of(&object.distinct_score), score_of(&object.score));
        let figures = page.painter.paint(Style::Bold, &figures);
        page.line(&format!("{figures}  {}  {}", object_name(object), object.kind));
        for addends in addends(object) {
            let (distinct, sum) =
                (addends.distinct.map(|own| score_of(&own)), score_of(&addends.sum));
            let distinct = distinct.unwrap_or_else(|| "-".to_owned());
            let mut line = format!(
                "{distinct:>7} {sum:>7}    {} × {}",
                plural(addends.events, "event"),
                title(addends.rule)
            );
            if let Some(reason) = addends.twice {
                line.push_str(&format!(", counted twice: {}", visible(reason)));
            }
            page.line(&page.painter.paint(Style::Dim, &line));
        }
    }
    page.more(report.risk_objects.len().saturating_sub(SHOWN) as u64, "object");
    if !report.findings.is_empty() {
        page.heading("FINDINGS", &plural(report.findings.len() as u64, "finding"));
    }
    for finding in report.findings.iter().take(SHOWN) {
        let times = span(Some(&finding.first_time), Some(&finding.last_time));
        let (severity, object) = (&finding.severity, visible(&finding.object));
        let score = score_of(&finding.score);
        page.line(&format!("{score:>7}  {severity}  {}  {object}  {times}", finding.rule));
        let tactics: Vec<_> = finding.tactics.iter().map(|tactic| visible(tactic)).collect();
        let line = format!(
            "           {} · {}",
            plural(finding.results.len() as u64, "result"),
            tactics.join(", ")
        );
        page.line(&page.painter.paint(Style::Dim, &line));
    }
    page.more(report.findings.len().saturating_sub(SHOWN) as u64, "finding");
    if !report.acts.is_empty() {
        page.heading("ACTS", "results of one process, or close in time");
    }
    for act in report.acts.iter().take(SHOWN) {
        let process = act.process_id.as_deref().map(|id| format!("  process {}", visible(id)));
        let object = visible(act.object.as_deref().unwrap_or("-"));
        let times = span(act.first_time.as_deref(), act.last_time.as_deref());
        let results = plural(act.result_ids.len() as u64, "result");
        page.line(&format!("  {times}  {object}{}  {results}", process.unwrap_or_default()));
        let rules: Vec<String> = act.rules.iter().map(|rule| title(rule)).collect();
        page.line(&page.painter.paint(Style::Dim, &format!("           {}", rules.join(" · "))));
    }
    page.more(report.acts.len().saturating_sub(SHOWN) as u64, "act");
    note_section(page, report, hidden);
}

/// Returns why there is no risk.
fn why_none(report: &Report) -> String {
    let blocks = plural(report.totals.script_blocks, "script block");
    let shown = report.results.iter().filter(|row| row.suppressed_by.is_none()).count();
    match (report.totals.script_blocks, report.totals.results) {
        (0, _) => "no script block was read".to_owned(),
        (_, 0) => format!("no rule matches any of {blocks}"),
        _ if shown == 0 => "every result is hidden by a filter macro or the allow-list".to_owned(),
        (_, results) => format!(
            "the rules of {} give none, as Hunting rules do, or no computer or user is known",
            plural(results, "result")
        ),
    }
}

/// What a rule adds to an object.
struct Addends<'a> {
    rule: &'a str,
    events: u64,
    sum: Number,
    /// What it adds to the distinct score: its highest event in the window.
    distinct: Option<Number>,
    twice: Option<&'a str>,
}

/// Returns the addends of an object's figures by rule, the greatest first.
fn addends(object: &RiskObject) -> Vec<Addends<'_>> {
    let window = object.distinct_first_time.as_deref().zip(object.distinct_last_time.as_deref());
    let is_inside = |event: &RiskEvent| match (event.time.as_deref(), window) {
        (None, _) => true,
        (Some(time), Some((first, last))) => {
            (time_key(first)..=time_key(last)).contains(&time_key(time))
        }
        (Some(_), None) => false,
    };
    let mut rules: BTreeMap<&str, Addends<'_>> = BTreeMap::new();
    for event in &object.events {
        let own = rules.entry(&*event.rule_id).or_insert_with(|| Addends {
            rule: &event.rule_id,
            events: 0,
            sum: Number(0),
            distinct: None,
            twice: event.factor_reason.as_deref(),
        });
        own.events += 1;
        own.sum = Number(own.sum.0 + event.score.0);
        if is_inside(event) {
            own.distinct = own.distinct.max(Some(event.score));
        }
    }
    let mut rules: Vec<_> = rules.into_values().collect();
    rules.sort_by_key(|own| std::cmp::Reverse((own.distinct, own.sum)));
    rules
}

/// Returns a key by which times compare: their seconds, and their fraction without the zeros at its end.
fn time_key(time: &str) -> (&str, &str) {
    let time = time.trim_end_matches('Z');
    let (seconds, fraction) = time.split_once('.').unwrap_or((time, ""));
    (seconds, fraction.trim_end_matches('0'))
}

/// Returns two times, or one of two equal ones.
fn span(first: Option<&str>, last: Option<&str>) -> String {
    match first == last {
        true => moment(first),
        false => format!("{} … {}", moment(first), moment(last)),
    }
}
