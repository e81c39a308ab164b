//! The sections of a report, and its first sentence.

use super::super::model::{Case, MarkKind, Verdict};
use super::listed::Listed;
use super::model::{Document, Span, text};
use super::scripts::Scripts;
use super::selection::Selection;
use super::{decisions, facts};
use crate::report::{Report, RuleStatus};
use crate::text::{count, plural};
use std::collections::BTreeSet;

pub(super) fn document(report: &Report, case: &Case, listed: &Listed) -> Document {
    let selection = Selection::new(report, case, listed);
    let leading = selection.leading();
    let marked = selection.marks.iter();
    let blocks: Vec<_> = marked.filter_map(|(key, _)| selection.marked_block(key)).collect();
    let scripts = Scripts::new(&selection, &leading, &blocks);
    let sections = [
        decisions::decisions(&selection, &scripts),
        facts::objects(&selection, &["system", "other"], "machines", "Machines, worst first"),
        facts::objects(&selection, &["user"], "users", "Users"),
        facts::acts(&selection, &scripts),
        facts::results(&selection, &scripts),
        scripts.section(&selection),
        facts::indicators(&selection),
        decisions::harmless(&selection),
        facts::attack(&selection),
        Some(facts::read(&selection)),
        Some(facts::unread(&selection)),
        Some(facts::made(&selection)),
    ];
    let name = if case.name.is_empty() { String::new() } else { format!(": {}", case.name) };
    Document {
        title: format!("PowerShell script blocks{name}"),
        summary: summary(&selection),
        sections: sections.into_iter().flatten().collect(),
    }
}

/// Returns the sentence at the top: what was decided, which machine first and why, and what is missing.
fn summary(selection: &Selection<'_>) -> Vec<Span> {
    let totals = &selection.report.totals;
    let mut spans = Vec::new();
    push_verdicts(selection, &mut spans);
    let hidden: u64 = selection.report.rules.iter().map(|rule| rule.suppressed).sum();
    let results = totals.results.saturating_sub(hidden);
    let objects = &selection.report.risk_objects;
    let machine = objects.iter().find(|object| object.kind == "system").or(objects.first());
    if let Some(object) = machine {
        let rules: BTreeSet<_> = object.events.iter().map(|event| &event.rule_id).collect();
        let name = object.name.as_ref().unwrap_or(&object.object).clone();
        let rules = plural(rules.len() as u64, "rule");
        let words =
            format!(" comes first, with a score of {} from {rules}. ", object.distinct_score);
        spans.extend([Span::Strong(name), text(words)]);
    }
    if results > 0 {
        let when = facts::when(selection).map(|when| format!(", {when}")).unwrap_or_default();
        spans.push(text(format!(
            "There {} {}{when}. ",
            is_are(results),
            plural(results, "result")
        )));
        if totals.results > totals.results_kept {
            spans.push(Span::Badge(
                "warning",
                format!("{} not listed", count(totals.results - totals.results_kept)),
            ));
            spans.push(text(" because of a limit; scores include them. "));
        }
    } else if totals.results > 0 {
        // Not "none matched": an allow-list, a filter, a least score or a limit of time keeps them out.
        spans.push(text(format!(
            "All {} are hidden by an allow-list, a filter or a least score: none is listed here. ",
            plural(totals.results, "result"),
        )));
    } else if totals.events > 0 {
        spans.push(text(format!(
            "None of {} matched any of {}. ",
            plural(selection.rules_that(RuleStatus::Ran), "rule"),
            plural(totals.script_blocks, "script block"),
        )));
    } else {
        spans.push(text("No script block was read. "));
    }
    let sources = &selection.report.sources;
    // Problems of files of rules and of assets are about no log.
    let logs: BTreeSet<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    let damaged: BTreeSet<&str> = selection
        .report
        .problems
        .iter()
        .filter(|problem| problem.severity == "error")
        .filter_map(|problem| problem.source.as_deref())
        .filter(|name| logs.contains(name))
        .collect();
    let silent = sources.iter().filter(|source| source.events == 0).count() as u64;
    let mut missing = Vec::new();
    if !damaged.is_empty() {
        missing.push(format!("{} not read in full", count(damaged.len() as u64)));
    }
    if silent > 0 {
        missing.push(format!("{} without script blocks", count(silent)));
    }
    let (logs, are) =
        (plural(totals.sources, "log"), if totals.sources == 1 { "was" } else { "were" });
    if missing.is_empty() {
        spans.push(text(format!("{logs} {are} read in full.")));
    } else {
        spans.push(text(format!("{logs} {are} read: ")));
        spans.push(Span::Badge("warning", missing.join(", ")));
        spans.push(text("."));
    }
    spans
}

/// Says how many things were marked, and on which computers the hostile ones are.
fn push_verdicts(selection: &Selection<'_>, spans: &mut Vec<Span>) {
    let number = |verdict| {
        selection.marks.iter().filter(|(_, mark)| mark.verdict() == Some(verdict)).count() as u64
    };
    let (hostile, unclear) = (number(Verdict::Hostile), number(Verdict::Unclear));
    if hostile > 0 {
        let words = format!("{} {} marked hostile", plural(hostile, "item"), is_are(hostile));
        spans.push(Span::Badge("hostile", words));
        let computers: BTreeSet<String> = selection
            .marks
            .iter()
            .filter(|(_, mark)| mark.verdict() == Some(Verdict::Hostile))
            .filter_map(|(key, _)| match key.kind {
                MarkKind::Result => selection.computer(selection.result(&key.id)?),
                MarkKind::Block => selection.block(&key.id)?.computer.clone(),
                _ => None,
            })
            .collect();
        let computers: Vec<&str> = computers.iter().map(String::as_str).collect();
        if !computers.is_empty() {
            spans.push(text(" on "));
            spans.extend(super::scripts::values(&computers));
        }
        spans.push(text(if unclear > 0 { ", " } else { ". " }));
    }
    if unclear > 0 {
        spans.push(text(format!("{} {} unclear. ", plural(unclear, "item"), is_are(unclear))));
    }
    let disputed = selection.case.marks.values().filter(|mark| mark.is_disputed()).count() as u64;
    if disputed > 0 {
        let words = format!("The analysts do not agree on {}. ", plural(disputed, "item"));
        spans.push(Span::Badge("warning", words));
    }
}

fn is_are(number: u64) -> &'static str {
    if number == 1 { "is" } else { "are" }
}
