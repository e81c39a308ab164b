//! What a report shows of a case: the marked results and script blocks, or without marks the results by score.

use super::super::model::{Case, KeyedMarks, Mark, MarkKey, MarkKind};
use super::listed::Listed;
use crate::inventory::BlockRow;
use crate::report::{Block, Cell, IndicatorRow, Report, RiskObject, Row, Rule, RuleStatus};
use std::collections::HashMap;

/// A report's parts by their ids, and the marks in their order.
pub(super) struct Selection<'a> {
    pub(super) report: &'a Report,
    pub(super) case: &'a Case,
    pub(super) listed: &'a Listed,
    rules: HashMap<&'a str, &'a Rule>,
    results: HashMap<&'a str, &'a Row>,
    blocks: HashMap<&'a str, &'a Block>,
    /// The marks that the report is about.
    pub(super) marks: KeyedMarks<'a>,
    /// The other marks: what is benign or expected.
    pub(super) harmless: KeyedMarks<'a>,
}

impl<'a> Selection<'a> {
    pub(super) fn new(report: &'a Report, case: &'a Case, listed: &'a Listed) -> Self {
        let (marks, harmless) = case.divided_marks();
        let blocks = report.script_blocks.iter().chain(&listed.texts);
        Self {
            report,
            case,
            listed,
            rules: report.rules.iter().map(|rule| (rule.id.as_str(), rule)).collect(),
            results: report.results.iter().map(|row| (row.id.as_str(), row)).collect(),
            blocks: blocks.map(|block| (block.id.as_str(), block)).collect(),
            marks,
            harmless,
        }
    }

    pub(super) fn rule(&self, id: &str) -> Option<&'a Rule> {
        self.rules.get(id).copied()
    }

    pub(super) fn title(&self, id: &'a str) -> &'a str {
        self.rule(id).map_or(id, |rule| &rule.title)
    }

    pub(super) fn block(&self, id: &str) -> Option<&'a Block> {
        self.blocks.get(id).copied()
    }

    /// Returns the script block of a mark: the marked one, or one with the marked text.
    pub(super) fn marked_block(&self, key: &MarkKey) -> Option<&'a Block> {
        match key.kind {
            MarkKind::Block | MarkKind::Script => {
                let listed = self.listed_block(key).and_then(|row| self.block(&row.id));
                listed.or_else(|| self.block(&key.id))
            }
            _ => None,
        }
    }

    /// Whether no result names a script block.
    pub(super) fn is_unmatched(&self, block: &Block) -> bool {
        self.listed.texts.iter().any(|own| own.id == block.id)
    }

    pub(super) fn result(&self, id: &str) -> Option<&'a Row> {
        self.results.get(id).copied()
    }

    /// Returns the mark on a result, if it has one.
    pub(super) fn mark_of(&self, row: &Row) -> Option<&'a Mark> {
        self.case.marks.get(&MarkKey::new(MarkKind::Result, row.id.as_str()))
    }

    /// Returns a marked script block or script from the list of all script blocks.
    pub(super) fn listed_block(&self, key: &MarkKey) -> Option<&'a BlockRow> {
        self.listed.blocks.iter().find(|(own, _)| own == key).map(|(_, row)| row)
    }

    /// Returns a marked indicator.
    pub(super) fn indicator(&self, id: &str) -> Option<&'a IndicatorRow> {
        self.listed.indicators.rows.iter().find(|row| row.id == id)
    }

    /// Returns the results that count: those that no allow-list hides, by score.
    pub(super) fn counted(&self) -> impl Iterator<Item = &'a Row> {
        self.report.results.iter().filter(|row| row.suppressed_by.is_none())
    }

    /// Returns the results that the report is about: the marked ones and those of marked script blocks, in the order of
    /// the marks; without marks all that count.
    pub(super) fn leading(&self) -> Vec<&'a Row> {
        if self.marks.is_empty() {
            return self.counted().collect();
        }
        self.marks.iter().filter_map(|(key, _)| self.marked_result(key)).collect()
    }

    fn marked_result(&self, key: &MarkKey) -> Option<&'a Row> {
        (key.kind == MarkKind::Result).then(|| self.result(&key.id)).flatten()
    }

    pub(super) fn first_block(&self, row: &Row) -> Option<&'a Block> {
        self.block(&row.blocks.first()?.id)
    }

    pub(super) fn computer(&self, row: &'a Row) -> Option<String> {
        let names = ["Computer", "dest", "ComputerName", "Hostname", "host"];
        let cell = names.iter().find_map(|name| cell(row, name));
        cell.or_else(|| self.first_block(row)?.computer.clone())
    }

    pub(super) fn user(&self, row: &'a Row) -> Option<String> {
        let names = ["user", "UserID", "user_id", "User"];
        let cell = names.iter().find_map(|name| cell(row, name));
        let user = cell.or_else(|| self.first_block(row)?.user.clone())?;
        Some(self.account(&user).to_owned())
    }

    /// Returns the name of an account, if a risk object gives it; else the account as the log has it.
    pub(super) fn account<'b>(&'b self, user: &'b str) -> &'b str {
        if !user.starts_with("S-1-") {
            return user;
        }
        // The objects of well-known accounts begin with their computer.
        let is_own = |object: &&RiskObject| object.object.rsplit('\\').next() == Some(user);
        let mut objects = self.report.risk_objects.iter().filter(is_own);
        objects.find_map(|object| object.name.as_deref()).unwrap_or(user)
    }

    pub(super) fn rules_that(&self, status: RuleStatus) -> u64 {
        self.report.rules.iter().filter(|rule| rule.status == status).count() as u64
    }
}

fn cell(row: &Row, name: &str) -> Option<String> {
    match row.fields.get(name)? {
        Cell::One(value) => Some(value.to_string()),
        Cell::Many(values) => Some(values.join(", ")),
        Cell::Null => None,
    }
}

/// Returns a result's level: Sigma's, or that of the score, in the bands of the page.
pub(super) fn level(rule: Option<&Rule>, row: &Row) -> &'static str {
    const LEVELS: [&str; 5] = ["critical", "high", "medium", "low", "informational"];
    let own = rule.and_then(|rule| rule.level.as_deref()).map(str::to_ascii_lowercase);
    if let Some(level) = LEVELS.into_iter().find(|level| own.as_deref() == Some(*level)) {
        return level;
    }
    let is_hunting = rule.is_some_and(|rule| rule.rule_type.as_deref() == Some("Hunting"));
    match row.score.0 {
        _ if is_hunting => "informational",
        8_000.. => "critical",
        5_000.. => "high",
        2_500.. => "medium",
        1.. => "low",
        _ => "informational",
    }
}
