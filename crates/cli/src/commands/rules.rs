//! `scriptscope rules`: lists rules that would run, reasons why others would not, and matches in logs; writes rules in
//! other forms.

use super::{FAILED, NOTHING_FOUND};
use crate::accepted::{RULE_FORMS, RULES, RULES_ON_LOGS};
use crate::args::{RuleForm, RulesArgs};
use crate::choice::OutputFormat;
use crate::config::effective;
use crate::console::{Console, say};
use crate::diagnostics::{Diagnostic, github, sarif};
use crate::engine;
use crate::failed::Failed;
use crate::logs;
use crate::problem::problem_text;
use crate::summary::facts;
use crate::terminal::{Painter, Style, count, json_line, plural, visible};
use scriptscope::Session;
use scriptscope::report::{Problem, Report, Rule, RuleStatus};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(crate) fn rules(args: RulesArgs) -> Result<u8, Failed> {
    let accepted = match (args.form.is_some(), args.words.is_empty()) {
        (true, _) => &RULE_FORMS,
        (_, true) => &RULES,
        _ => &RULES_ON_LOGS,
    };
    let Some(settings) = effective(args.common, accepted)? else { return Ok(NOTHING_FOUND) };
    let format = RULES.format(&settings)?;
    if args.form.is_some() && args.words.is_empty() {
        return Err(Failed::Usage("--as: name the ids of the rules".to_owned()));
    }
    let console = Console::new(&settings);
    let options = engine::options(&settings)?;
    if let Some(form) = args.form {
        return write_forms(&console, &Session::new(options)?, form, &args.words);
    }
    let mut logs = logs::read(&console, &settings, options, &args.words)?;
    let report = logs.session.outline().report;
    let text = match format {
        OutputFormat::Json => list_json(&report, &logs.session),
        OutputFormat::Sarif => sarif(&faults(&report, &settings.rules)),
        OutputFormat::Github => github(&faults(&report, &settings.rules)),
        _ => list_table(&report, console.out, !args.words.is_empty()),
    };
    console.write(text.as_bytes())?;
    Ok(logs.status(&console, &settings, &report, NOTHING_FOUND))
}

/// Returns what is wrong with the rule files.
fn faults(report: &Report, rules: &[PathBuf]) -> Vec<Diagnostic> {
    let problems = report.problems.iter().filter(|problem| problem.offset.is_none());
    problems.map(|problem| Diagnostic::of_problem(problem, rules)).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    rule_set: &'a str,
    /// Those about other logs come last.
    rules: Vec<&'a Rule>,
    rules_not_applicable: &'a BTreeMap<String, u64>,
    files_without_rules: &'a [String],
    problems: &'a [Problem],
}

fn list_json(report: &Report, session: &Session) -> String {
    let left_out = session.rules_not_applicable();
    let list = List {
        rule_set: &report.rule_set,
        rules: report.rules.iter().chain(&left_out).collect(),
        rules_not_applicable: &report.totals.rules_not_applicable,
        files_without_rules: session.files_without_rules(),
        problems: &report.problems,
    };
    json_line(&list)
}

fn list_table(report: &Report, painter: Painter, on_logs: bool) -> String {
    let blocks = |rule: &Rule| rule.matched + rule.matched_in_views;
    let number = |status| report.rules.iter().filter(|rule| rule.status == status).count();
    let (refused, unable) = (number(RuleStatus::Refused), number(RuleStatus::CannotMatch));
    let matched = report.rules.iter().filter(|rule| blocks(rule) > 0).count();
    // Only a few of hundreds of rules match, so they come first.
    let mut rules: Vec<_> = report.rules.iter().collect();
    rules.sort_by_key(|rule| Reverse(blocks(rule)));
    let mut lines: Vec<_> = rules.iter().map(|rule| entry(rule, painter, on_logs)).collect();
    lines.extend(report.problems.iter().map(|problem| problem_text(problem, painter)));
    let mut end = vec![plural(rules.len() as u64, "rule")];
    if on_logs {
        end.push(format!("{matched} matched"));
    }
    end.push(format!("{refused} refused"));
    if unable > 0 {
        end.push(format!("{unable} cannot match"));
    }
    let left_out: u64 = report.totals.rules_not_applicable.values().sum();
    if left_out > 0 {
        lines.push(left_out_lines(report, painter));
        end.push(format!("{} about other logs", count(left_out)));
    }
    lines.push(end.join(", "));
    lines.push(String::new());
    lines.join("\n")
}

fn entry(rule: &Rule, painter: Painter, on_logs: bool) -> String {
    let title = visible(if rule.title.is_empty() { &rule.id } else { &rule.title });
    let facts = facts(rule);
    let aside =
        if facts.is_empty() { rule.kind.clone() } else { format!("{} · {facts}", rule.kind) };
    let first = format!("{title}  {}", painter.paint(Style::Dim, &aside));
    if rule.status == RuleStatus::CannotMatch {
        let reason = visible(rule.status_reason.as_deref().unwrap_or_default());
        return format!(
            "{} {first}\n    cannot match: {reason}",
            painter.paint(Style::Yellow, "!")
        );
    }
    let Some(refused) = &rule.refused else {
        return if on_logs {
            format!("  {first}\n    {}", found(rule))
        } else {
            format!("  {first}")
        };
    };
    let place = match (refused.line, refused.column) {
        (Some(line), Some(column)) => format!(" (line {line}:{column})"),
        (Some(line), None) => format!(" (line {line})"),
        _ => String::new(),
    };
    let words: Vec<_> = refused.reason.split('\n').map(visible).collect();
    let words = words.join("\n           ");
    format!("{} {first}\n    refused{place}: {words}", painter.paint(Style::Red, "x"))
}

/// Returns the numbers of rules about other logs, by kind of log.
fn left_out_lines(report: &Report, painter: Painter) -> String {
    let by_log = report.totals.rules_not_applicable.iter();
    let counted =
        by_log.map(|(log, number)| format!("\n    {:>5}  {}", count(*number), visible(log)));
    let heading = painter.paint(Style::Dim, "about other logs, left out; --format json names them");
    format!("  {heading}{}", counted.collect::<String>())
}

/// Returns a rule's matches in the logs, and its cost.
fn found(rule: &Rule) -> String {
    if rule.status == RuleStatus::Disabled {
        return "switched off".to_owned();
    }
    let mut words = vec![format!("matched {}", plural(rule.matched, "script block"))];
    if rule.matched_in_views > 0 {
        words.push(format!("{} more by what is hidden in them", count(rule.matched_in_views)));
    }
    words.push(plural(rule.rows, "row"));
    if rule.dropped > 0 {
        words.push(format!("{} without a row", count(rule.dropped)));
    }
    if rule.suppressed > 0 {
        words.push(format!("{} hidden", count(rule.suppressed)));
    }
    words.push(match rule.cost.every_block {
        true => "looks at every script block".to_owned(),
        false => plural(rule.cost.literals as u64, "literal"),
    });
    if rule.cost.patterns > 0 {
        words.push(plural(rule.cost.patterns as u64, "pattern"));
    }
    words.join(" · ")
}

/// Writes rules in another form, and names unknown ids and rules that the form cannot express.
fn write_forms(
    console: &Console,
    session: &Session,
    form: RuleForm,
    ids: &[PathBuf],
) -> Result<u8, Failed> {
    let (mut texts, mut status) = (Vec::new(), NOTHING_FOUND);
    let name = format!("{form:?}").to_lowercase();
    for id in ids.iter().map(|id| id.to_string_lossy()) {
        let missing = match session.rule(&id) {
            None => format!("{id}: no rule has this id"),
            Some(rule) => {
                let text = match form {
                    RuleForm::Spl => rule.forms.spl,
                    RuleForm::Sigma => rule.forms.sigma,
                    RuleForm::Yaml => rule.forms.yaml,
                };
                if let Some(text) = text {
                    texts.push(format!("{}\n", text.trim_end_matches('\n')));
                    continue;
                }
                let reason = rule.forms.reasons.get(&name).map_or("it cannot run", String::as_str);
                format!("{id}: has no form as {name}: {reason}")
            }
        };
        say(&missing);
        status = FAILED;
    }
    console.write(texts.join(if form == RuleForm::Spl { "\n" } else { "---\n" }).as_bytes())?;
    Ok(status)
}
