//! Report for human readers: who is at risk, what was found, what went wrong.

use crate::problem::problem_text;
use crate::terminal::{Painter, Style, bytes, count, fit, moment, pad_end, plural, visible, width};
use scriptscope::report::{Cell, Outline, Report, RiskObject, Row, Rule, RuleStatus};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;

/// Upper bound on the results, risk objects and problems that are listed; a screen full of them is no summary. All of
/// them are counted.
pub(crate) const SHOWN: usize = 200;

/// Upper bound on the filter macros and entries of an allow-list that are named as what hides results.
const HIDING: usize = 5;

/// Columns if the output is no terminal: enough for a line of script.
const DEFAULT_COLUMNS: usize = 120;

/// Returns the lines of the summary.
pub(crate) fn summary(outline: &Outline, painter: Painter, columns: Option<usize>) -> String {
    let report = &outline.report;
    let shown: Vec<_> = report.results.iter().filter(|row| row.suppressed_by.is_none()).collect();
    let hidden: u64 = report.rules.iter().map(|rule| rule.suppressed).sum();
    let results = report.totals.results.saturating_sub(hidden);
    let mut page = Page::new(painter, columns);
    page.line(&headline(report, results));
    risk_section(&mut page, report);
    result_section(&mut page, outline, &shown, results);
    if shown.is_empty() {
        nothing_found(&mut page, report);
    }
    note_section(&mut page, report, hidden);
    page.text
}

/// Text that grows line by line, within the columns of a terminal.
pub(crate) struct Page {
    pub(crate) text: String,
    pub(crate) painter: Painter,
    pub(crate) columns: usize,
}

impl Page {
    pub(crate) fn new(painter: Painter, columns: Option<usize>) -> Self {
        Self { text: String::new(), painter, columns: columns.unwrap_or(DEFAULT_COLUMNS) }
    }

    pub(crate) fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    pub(crate) fn heading(&mut self, title: &str, aside: &str) {
        self.line("");
        let (title, aside) =
            (self.painter.paint(Style::Bold, title), self.painter.paint(Style::Dim, aside));
        self.line(&format!("{title}  {aside}"));
    }

    /// Adds a line with the number of unlisted items.
    pub(crate) fn more(&mut self, rest: u64, noun: &str) {
        if rest > 0 {
            let words = format!("  and {} more: --format json has all", plural(rest, noun));
            self.line(&self.painter.paint(Style::Dim, &words));
        }
    }
}

pub(crate) fn headline(report: &Report, results: u64) -> String {
    let totals = &report.totals;
    [
        report.tool.to_string(),
        plural(totals.sources, "file"),
        bytes(totals.bytes),
        plural(totals.script_blocks, "script block"),
        plural(results, "result"),
        format!("risk on {}", plural(totals.risk_objects, "object")),
    ]
    .join(" · ")
}

fn risk_section(page: &mut Page, report: &Report) {
    if report.risk_objects.is_empty() {
        return;
    }
    let aside = "each rule's highest score within a day, and the sum of all scores";
    page.heading("RISK", aside);
    let listed: Vec<_> =
        report.risk_objects.iter().take(SHOWN).map(|risk| (risk, object_name(risk))).collect();
    let columns = listed.iter().map(|(_, name)| width(name)).max().unwrap_or_default();
    for (risk, name) in &listed {
        let rules: BTreeSet<_> = risk.events.iter().map(|event| &event.rule_id).collect();
        let events = plural(risk.events.len() as u64, "event");
        let mut why = format!("{events} of {}", plural(rules.len() as u64, "rule"));
        if !risk.tactics.is_empty() {
            let tactics: Vec<_> = risk.tactics.iter().map(|tactic| visible(tactic)).collect();
            let _ = write!(why, " · {}", tactics.join(", "));
        }
        let not_kept: u64 = risk.not_kept.values().sum();
        if not_kept > 0 {
            let _ = write!(why, " · {} not kept, in no sum", plural(not_kept, "script block"));
        }
        if let Some(reason) = risk.events.first().and_then(|event| event.factor_reason.as_deref()) {
            let _ = write!(why, " · counts twice: {}", visible(reason));
        }
        let distinct = format!("{:>7}", score_of(&risk.distinct_score));
        let distinct = page.painter.paint(Style::Bold, &distinct);
        let sum = page.painter.paint(Style::Dim, &format!("{:>7}", score_of(&risk.score)));
        let (name, why) = (pad_end(name, columns), page.painter.paint(Style::Dim, &why));
        page.line(&format!("{distinct} {sum}  {name}  {}  {why}", risk.kind));
    }
    page.more((report.risk_objects.len() - listed.len()) as u64, "object");
}

/// Returns the object, with the name of a user.
pub(crate) fn object_name(risk: &RiskObject) -> String {
    match &risk.name {
        Some(name) => format!("{} ({})", visible(&risk.object), visible(name)),
        None => visible(&risk.object).to_string(),
    }
}

/// Adds the results, grouped by rule. Rules are sorted by their highest score.
fn result_section(page: &mut Page, outline: &Outline, shown: &[&Row], total: u64) {
    if shown.is_empty() {
        return;
    }
    let listed = shown.get(..SHOWN).unwrap_or(shown);
    let mut by_rule: Vec<(&str, Vec<&Row>)> = Vec::new();
    let mut places = HashMap::new();
    for row in listed {
        let place = *places.entry(row.rule_id.as_str()).or_insert_with(|| {
            by_rule.push((&row.rule_id, Vec::new()));
            by_rule.len() - 1
        });
        if let Some((_, rows)) = by_rule.get_mut(place) {
            rows.push(row);
        }
    }
    let rules: HashMap<_, _> =
        outline.report.rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
    let aside = format!("{} of {}", count(listed.len() as u64), plural(total, "result"));
    page.heading("DETECTIONS", &aside);
    let blocks = outline.report.script_blocks.iter();
    let variants: HashMap<_, _> =
        blocks.filter_map(|block| Some((block.id.as_str(), block.variant?))).collect();
    for (id, rows) in by_rule {
        rule_heading(page, id, rules.get(id).copied(), rows.first().copied());
        let computers: Vec<_> = rows.iter().map(|row| computer_of(row)).collect();
        let columns = computers.iter().map(|name| width(name)).max().unwrap_or_default();
        for (row, computer) in rows.iter().zip(&computers) {
            let mut when = moment(row.first_time.as_deref());
            if row.first_time != row.last_time {
                let _ = write!(when, " … {}", moment(row.last_time.as_deref()));
            }
            let times = format!("{}×", count(row.count));
            page.line(&format!("         {}  {times:>5}  {when}", pad_end(computer, columns)));
            let line = outline.lines.get(&row.id).map(String::as_str).unwrap_or_default();
            let variant = row.blocks.first().and_then(|block| variants.get(block.id.as_str()));
            let variant =
                variant.map(|number| format!("text {number} of its id: ")).unwrap_or_default();
            let line = format!("{variant}{}{}", hidden_in(row), visible(line).trim());
            if !line.is_empty() {
                let line = fit(&line, page.columns.saturating_sub(11)).into_owned();
                page.line(&format!("           {}", page.painter.paint(Style::Cyan, &line)));
            }
        }
    }
    page.more(total.saturating_sub(listed.len() as u64), "result");
}

fn rule_heading(page: &mut Page, id: &str, rule: Option<&Rule>, first: Option<&Row>) {
    let title = visible(rule.map_or(id, |rule| &rule.title));
    let score = first.map(|row| score_of(&row.score)).unwrap_or_default();
    let aside = rule.map(facts).unwrap_or_default();
    let (title, aside) =
        (page.painter.paint(Style::Bold, &title), page.painter.paint(Style::Dim, &aside));
    page.line(&format!("{score:>7}  {title}  {aside}"));
}

/// Returns a rule's type, level and techniques.
pub(crate) fn facts(rule: &Rule) -> String {
    let techniques = rule.attack.iter().map(|attack| &attack.technique);
    let facts = rule.rule_type.iter().chain(&rule.level).chain(techniques);
    facts.map(|fact| visible(fact)).collect::<Vec<_>>().join(" · ")
}

/// Returns the view in which a row was found, unless it is the text itself.
fn hidden_in(row: &Row) -> String {
    let view = row.blocks.first().and_then(|block| block.spans.first()).map(|spans| &spans.view);
    match view {
        Some(view) if view != "original" => format!("hidden, {}: ", visible(view)),
        _ => String::new(),
    }
}

/// Returns the computer of a row, under any of the field names that rules use.
pub(crate) fn computer_of(row: &Row) -> String {
    let names = ["Computer", "dest", "ComputerName", "Hostname", "host"];
    let value = names.iter().find_map(|name| match row.fields.get(name) {
        Some(Cell::One(value)) => Some(value.to_string()),
        Some(Cell::Many(values)) => Some(values.join(", ")),
        Some(Cell::Null) | None => None,
    });
    value.map_or_else(|| "-".to_owned(), |value| visible(&value).into_owned())
}

fn nothing_found(page: &mut Page, report: &Report) {
    page.line("");
    if report.totals.events == 0 {
        page.line(&format!("No PowerShell script block events (4104) {}", why_none(report)));
        if has_advice(report) {
            page.line("They are written where Script Block Logging is on: Group Policy, Windows Components, Windows PowerShell,");
            page.line("Turn on PowerShell Script Block Logging; the log is Microsoft-Windows-PowerShell/Operational.");
        }
        return;
    }
    let number = |status| report.rules.iter().filter(|rule| rule.status == status).count() as u64;
    let blocks = plural(report.totals.script_blocks, "script block");
    let (ran, unable) = (number(RuleStatus::Ran), number(RuleStatus::CannotMatch));
    let ran = match ran {
        0 => format!("No rule could match: nothing was searched for in {blocks}."),
        _ => format!("No detection matched {blocks}. {} ran.", plural(ran, "rule")),
    };
    let unable = match unable {
        0 => String::new(),
        _ => format!(" {} cannot match and did not run.", plural(unable, "rule")),
    };
    page.line(&format!("{ran}{unable}"));
}

fn why_none(report: &Report) -> &'static str {
    let sources = &report.sources;
    if sources.is_empty() {
        "were read: there was no input."
    } else if sources.iter().all(|source| source.bytes == 0) {
        "were read: no input could be read, or all are empty."
    } else if sources.iter().all(|source| source.format.is_none()) {
        "were read: no input is a log of a known format."
    } else if has_advice(report) {
        "are in what was read."
    } else {
        "are in what could be read. The problems below say what is missing."
    }
}

/// Returns whether logging may be off where the logs come from: they are logs, and were read without loss.
fn has_advice(report: &Report) -> bool {
    let is_log = report.sources.iter().any(|source| source.format.is_some());
    is_log && report.problems.iter().all(|problem| problem.severity != "error")
}

pub(crate) fn note_section(page: &mut Page, report: &Report, hidden: u64) {
    let mut notes = Vec::new();
    if hidden > 0 {
        notes.push(format!("{} hidden by {}", plural(hidden, "result"), hidden_by(report)));
    }
    for rule in report.rules.iter().filter(|rule| rule.dropped > 0) {
        let dropped = plural(rule.dropped, "match");
        notes.push(format!(
            "{}: {dropped} without a row, for lack of a field to group by (--computer NAME?)",
            visible(&rule.title)
        ));
    }
    for rule in &report.rules {
        if let Some(refused) = &rule.refused {
            let title = if rule.title.is_empty() { &rule.id } else { &rule.title };
            notes.push(format!("rule {} refused: {}", visible(title), visible(&refused.reason)));
        }
    }
    if notes.is_empty() && report.problems.is_empty() {
        return;
    }
    page.heading("NOTES", &plural(report.problems.len() as u64, "problem"));
    for note in notes.iter().take(SHOWN) {
        page.line(&format!("  {note}"));
    }
    for problem in report.problems.iter().take(SHOWN) {
        page.line(&format!("  {}", problem_text(problem, page.painter)));
    }
    page.more(report.problems.len().saturating_sub(SHOWN) as u64, "problem");
}

/// Returns what hides results: filter macros and entries of the allow-list, by name. Results that are not kept are hidden by
/// either.
fn hidden_by(report: &Report) -> String {
    let names: BTreeSet<&str> =
        report.results.iter().filter_map(|row| row.suppressed_by.as_deref()).collect();
    match names.len() {
        0 => "filter macros or the allow-list".to_owned(),
        number => {
            let named = names.into_iter().take(HIDING).map(|name| format!("“{}”", visible(name)));
            let named = named.collect::<Vec<_>>().join(", ");
            match number.checked_sub(HIDING) {
                None | Some(0) => named,
                Some(more) => format!("{named} and {}", plural(more as u64, "other")),
            }
        }
    }
}

/// Returns a score as the report writes it: 25, 15.75.
pub(crate) fn score_of(score: &scriptscope::report::Number) -> String {
    serde_json::to_string(score).unwrap_or_default()
}
