//! [`Evaluation`]: every rule's whole search over the blocks it matches, and the results of all rules.

use super::allow::Suppression;
use super::blocks::BlockDraft;
use super::contract::{Problem, Rule};
use super::convert::{convert_problem, convert_rule};
use super::inputs::ReportInputs;
use super::results::{ResultDraft, RuleTable, draft_results};
use super::rule_status::RuleState;
use crate::error;
use crate::event::UserNames;
use crate::reassemble::ScriptBlock;
use crate::risk::{self, Contribution, RiskContext};
use crate::rule;
use crate::search::{ResultTable, RunContext, Search};
use crate::sort;
use std::cmp::Reverse;
use std::collections::HashMap;

/// The results of all rules, before a report converts those it lists.
pub(super) struct Evaluation<'a> {
    /// By id.
    pub(super) rules: Vec<Rule>,
    /// The tables of all rules.
    pub(super) tables: Vec<RuleTable<'a>>,
    /// In the report's order.
    pub(super) results: Vec<ResultDraft<'a>>,
    /// Rows of all tables, those below the least score included.
    pub(super) rows_total: u64,
    pub(super) problems: Vec<Problem>,
    /// By rule id.
    tactics: HashMap<&'a str, Vec<String>>,
    /// Names of accounts.
    pub(super) names: UserNames,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(
        inputs: &'a ReportInputs<'_>,
        blocks: &'a [BlockDraft<'_>],
        suppression: &Suppression<'_>,
    ) -> Self {
        let mut names = inputs.user_names.clone();
        blocks.iter().for_each(|block| names.add_user_of(&block.matched.block.event));
        let matched_by_rule = matched_by_rule(blocks, inputs.rules.rules.len());
        let now = inputs.sources.iter().filter_map(|source| source.last_time).max();
        let context = RunContext { now };
        let events = inputs.sources.iter().map(|source| source.events).sum();
        let mut by_rule = Vec::new();
        let mut all_tables = Vec::new();
        let mut rules = Vec::new();
        let mut problems = Vec::new();
        let mut rows_total = 0;
        for (number, (rule, matched)) in
            (0_u32..).zip(inputs.rules.rules.iter().zip(&matched_by_rule))
        {
            let enabled = !inputs.disabled.contains(&rule.id);
            let search = rule.search.as_ref().ok().filter(|_| enabled);
            let mut tables = search.map_or(Vec::new(), |search| {
                run(search, (number, matched), blocks, inputs, &context)
            });
            let mut drafts = Vec::new();
            for (index, table) in (all_tables.len()..).zip(&mut tables) {
                drafts.append(&mut draft_results(
                    rule,
                    (index, table),
                    blocks,
                    suppression,
                    &names,
                ));
            }
            let found = (drafts.len() as u64, events);
            let state = RuleState::new(rule, inputs.rules, enabled, inputs.fields, found);
            rules.push(convert_rule(rule, &state, &tables, &drafts));
            problems.extend(state.problem.map(|problem| convert_problem(&problem, None)));
            problems.extend(tables.iter().flat_map(|own| rule_problems(rule, &own.table)));
            rows_total += drafts.len() as u64;
            all_tables.append(&mut tables);
            if rule.score().hundredths() >= inputs.min_score {
                by_rule.push((Reverse(rule.score()), &rule.id, drafts));
            }
        }
        // All results of a rule have its score, and stay in the order of its search.
        sort::sort_by(&mut by_rule, |a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        let results = by_rule.into_iter().flat_map(|(.., drafts)| drafts).collect();
        let tactics = inputs
            .rules
            .rules
            .iter()
            .map(|rule| (rule.id.as_str(), risk::rule_tactics(rule)))
            .collect();
        Self { rules, tables: all_tables, results, rows_total, problems, tactics, names }
    }

    /// Keeps at most this many results: those of the highest score and, among equals, of the smallest id. Which ones are
    /// kept is independent of the order in which logs were read.
    pub(super) fn limit_results(&mut self, most: usize) {
        let found = self.results.len();
        if found <= most {
            return;
        }
        let ranks: Vec<_> = self.results.iter().map(ResultDraft::rank).collect();
        let first_out =
            sort::nth_smallest(&ranks, most).map(|(score, id)| (*score, (*id).to_owned()));
        if let Some((score, id)) = first_out {
            self.results.retain(|result| result.rank() < (score, &id));
        }
        let message = format!(
            "{found} results were found: the report lists the {most} of the highest score and counts the others"
        );
        let problem = error::Problem::warning("results-not-kept", message);
        self.problems.push(convert_problem(&problem, None));
    }

    /// The risk objects of the results that nothing hides.
    pub(super) fn objects<'b>(
        &'b self,
        inputs: &'b ReportInputs<'_>,
    ) -> Vec<risk::RankedObject<'b>> {
        let shown = self.results.iter().filter(|result| result.suppressed_by.is_none());
        let contributions = shown.flat_map(|result| {
            let tactics = self.tactics.get(result.rule.id.as_str());
            let tactics = tactics.map_or(&[][..], Vec::as_slice);
            let contribution =
                move |event| Contribution::new(&result.id, &result.rule_id, tactics, event);
            result.risk.iter().map(contribution)
        });
        risk::rank_objects(contributions.collect(), self.risk_context(inputs))
    }

    /// What decides risk objects beside their events.
    pub(super) fn risk_context<'b>(&'b self, inputs: &'b ReportInputs<'_>) -> RiskContext<'b> {
        RiskContext { options: &inputs.risk, assets: inputs.assets, names: &self.names }
    }
}

/// Runs a rule's search. The first table is that over texts as logged: the same as without views. The second, if any, is
/// over the views of blocks that the search matches in a view only.
fn run<'b>(
    search: &Search,
    (rule, matched): (u32, &[usize]),
    blocks: &'b [BlockDraft<'_>],
    inputs: &ReportInputs<'_>,
    context: &RunContext,
) -> Vec<RuleTable<'b>> {
    let mut in_text = Vec::new();
    let mut in_view = Vec::new();
    for &index in matched {
        let Some(draft) = blocks.get(index) else { continue };
        let block = &draft.matched.block;
        if !block.is_view_rule(rule) {
            in_text.push((index, block));
        } else if let Some((view, block)) =
            draft.find_view(&inputs.kept_views, |block| search.holds(block))
        {
            in_view.push((index, (view, block)));
        }
    }
    let table = |texts: &[(usize, &ScriptBlock)]| {
        let blocks: Vec<&ScriptBlock> = texts.iter().map(|(_, block)| *block).collect();
        let mut table = search.run_matched(&blocks, context);
        for row in &mut table.rows {
            let indices =
                row.blocks.iter().filter_map(|&at| texts.get(at).map(|(index, _)| *index));
            row.blocks = indices.collect();
        }
        table
    };
    let mut tables = vec![RuleTable { table: table(&in_text), views: HashMap::new() }];
    if !in_view.is_empty() {
        let texts: Vec<_> = in_view.iter().map(|(index, (_, block))| (*index, block)).collect();
        let table = table(&texts);
        tables.push(RuleTable { table, views: in_view.into_iter().collect() });
    }
    tables
}

/// For each rule the indexes of the blocks it matches, in the order of the blocks.
fn matched_by_rule(blocks: &[BlockDraft<'_>], rules: usize) -> Vec<Vec<usize>> {
    let mut by_rule = vec![Vec::new(); rules];
    for (index, block) in blocks.iter().enumerate() {
        for &rule in &block.matched.rules {
            if let Some(matched) = by_rule.get_mut(rule as usize) {
                matched.push(index);
            }
        }
    }
    by_rule
}

fn rule_problems(rule: &rule::Rule, table: &ResultTable) -> Vec<Problem> {
    let of_table = table.problems.iter();
    let mut problems: Vec<Problem> =
        of_table.map(|problem| convert_problem(&problem.clone().rule(&rule.id), None)).collect();
    if table.dropped > 0 {
        let fields = table.dropped_fields.join(", ");
        let is_computer = |field: &String| crate::event::canonical(field) == "Computer";
        let remedy = match table.dropped_fields.iter().any(is_computer) {
            true => "; set the computer of such sources to see them",
            false => "",
        };
        let message = format!(
            "“{}” matched {} script blocks that make no result, because they have no {fields}{remedy}",
            rule.title, table.dropped
        );
        let problem = error::Problem::warning("dropped-no-field", message).rule(&rule.id);
        problems.push(convert_problem(&problem, None));
    }
    problems
}
