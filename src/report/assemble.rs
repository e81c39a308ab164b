//! What a session holds, made into a report.

use super::allow::{AllowList, Suppression};
use super::blocks::BlockDraft;
use super::contract::{Block, Problem, Report, RiskObject, Row, Rule, Source, Totals};
use super::convert::{convert_finding, convert_object, convert_rule, show, time};
use super::results::{ResultDraft, RuleTable, into_row, rows};
use super::source_stats::{FIELDS, SourceNames, SourceStats};
use crate::error;
use crate::limits;
use crate::memory;
use crate::reassemble::{MatchedBlock, Mode, ScriptBlock, Tally};
use crate::risk::{self, Contribution};
use crate::rule::{self, RuleSet};
use crate::script::View;
use crate::search::{ResultTable, RunContext, Search};
use crate::sort;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Everything that a report is made from.
pub(crate) struct ReportInputs<'a> {
    /// Blocks or events.
    pub mode: Mode,
    /// The rules.
    pub rules: &'a RuleSet,
    /// Ids of rules that are switched off.
    pub disabled: &'a BTreeSet<String>,
    /// Every source, in the order in which they were begun.
    pub sources: &'a [SourceStats],
    /// Blocks by source.
    pub tallies: Vec<Tally>,
    /// The blocks that rules want.
    pub matched: Vec<Arc<MatchedBlock>>,
    /// What the joining of blocks had to say.
    pub problems: Vec<error::Problem>,
    /// Results below this score (in hundredths) are left out.
    pub min_score: i64,
    /// What is hidden in texts is searched too.
    pub views: bool,
    /// What is expected.
    pub allow: &'a AllowList,
}

/// Makes the report.
pub(crate) fn assemble(inputs: &ReportInputs<'_>) -> Report {
    let names = SourceNames::of(inputs.sources);
    let blocks = candidates(inputs, &names);
    let mut judged = Evaluation::of(inputs, &blocks, &Suppression::of(inputs.allow));
    let objects = judged.objects(inputs.rules);
    let findings = risk::correlate(&objects).into_iter().map(convert_finding).collect();
    let risk_objects: Vec<RiskObject> = objects.iter().map(convert_object).collect();
    drop(objects);
    judged.keep(limits::RESULTS);
    let mut problems = source_problems(inputs, &names);
    let own = inputs.problems.iter().map(|problem| show(problem, None));
    problems.extend(own.chain(inputs.rules.problems.iter().map(|problem| show(problem, None))));
    problems.append(&mut judged.problems);
    sort::sort(&mut problems);

    let tables = judged.tables;
    let shown = judged.results.into_iter().filter_map(|result| into_row(result, &tables, &blocks));
    let results: Vec<Row> = shown.collect();
    let named = sort::collect_set(
        results.iter().flat_map(|result| result.blocks.iter().map(|block| block.id.as_str())),
    );
    let mut script_blocks: Vec<Block> = blocks
        .iter()
        .filter(|block| named.contains(block.id.as_str()))
        .map(|block| block.show(&names))
        .collect();
    sort::sort_by(&mut script_blocks, |a, b| {
        (&a.time, &a.computer, &a.id).cmp(&(&b.time, &b.computer, &b.id))
    });

    let sources = sources(inputs, &names);
    Report {
        format: "scriptscope.report",
        version: 1,
        tool: concat!("scriptscope ", env!("CARGO_PKG_VERSION")),
        mode: inputs.mode.as_str(),
        rule_set: inputs.rules.hash.clone(),
        totals: totals(&sources, &problems, judged.rows_total, results.len(), risk_objects.len()),
        sources,
        problems,
        rules: judged.rules,
        results,
        script_blocks,
        risk_objects,
        findings,
    }
}

/// The blocks that rules want, in the order of searches.
pub(super) fn candidates<'a>(
    inputs: &'a ReportInputs<'_>,
    names: &SourceNames<'a>,
) -> Vec<BlockDraft<'a>> {
    let candidate = |kept: &'a Arc<MatchedBlock>| {
        memory::grow_ahead();
        BlockDraft::of(kept, names)
    };
    let mut blocks: Vec<BlockDraft<'_>> = inputs.matched.iter().map(candidate).collect();
    sort::sort_by(&mut blocks, BlockDraft::order);
    blocks
}

/// What the rules make of the blocks.
pub(super) struct Evaluation<'a> {
    pub(super) rules: Vec<Rule>,
    /// What their searches found.
    pub(super) tables: Vec<RuleTable<'a>>,
    /// In the report's order.
    pub(super) results: Vec<ResultDraft<'a>>,
    /// Rows of all tables, those below the least score included.
    rows_total: u64,
    problems: Vec<Problem>,
    /// By rule.
    tactics: HashMap<&'a str, Vec<String>>,
}

impl<'a> Evaluation<'a> {
    pub(super) fn of(
        inputs: &'a ReportInputs<'_>,
        blocks: &'a [BlockDraft<'_>],
        suppressors: &Suppression<'_>,
    ) -> Self {
        let wanted = wanted_by_rule(blocks, inputs.rules.rules.len());
        let context =
            RunContext { now: inputs.sources.iter().filter_map(|source| source.last_time).max() };
        let mut by_rule = Vec::new();
        let mut all = Vec::new();
        let mut rules = Vec::new();
        let mut problems = Vec::new();
        let mut rows_total = 0;
        for (rule, wanted) in inputs.rules.rules.iter().zip(&wanted) {
            let enabled = !inputs.disabled.contains(&rule.id);
            let search = rule.search.as_ref().ok().filter(|_| enabled);
            let mut tables = search.map_or(Vec::new(), |search| {
                tables(search, wanted, blocks, inputs.views, &context)
            });
            let mut own = Vec::new();
            for (index, found) in (all.len()..).zip(&mut tables) {
                own.append(&mut rows(rule, (index, found), blocks, suppressors));
            }
            rules.push(convert_rule(rule, enabled, &tables, &own));
            problems.extend(tables.iter().flat_map(|found| rule_problems(rule, &found.table)));
            rows_total += own.len() as u64;
            all.append(&mut tables);
            if rule.score().hundredths() >= inputs.min_score {
                by_rule.push((Reverse(rule.score()), &rule.id, own));
            }
        }
        // Within a rule the rows stay in the order of the search, and all of them have its score.
        sort::sort_by(&mut by_rule, |a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        let results = by_rule.into_iter().flat_map(|(.., own)| own).collect();
        let tactics = inputs
            .rules
            .rules
            .iter()
            .map(|rule| (rule.id.as_str(), risk::rule_tactics(rule)))
            .collect();
        Self { rules, tables: all, results, rows_total, problems, tactics }
    }

    /// Keeps so many results: those of the highest score and, among equals, of the smallest id. So the same
    /// ones stay in whatever order logs were read.
    fn keep(&mut self, most: usize) {
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
            "{found} results were found; the {most} of the highest score are kept, the others are counted"
        );
        self.problems.push(show(&error::Problem::warning("results-not-kept", message), None));
    }

    /// The risk objects of the results that nothing hides.
    pub(super) fn objects<'b>(&'b self, rules: &'b RuleSet) -> Vec<risk::RankedObject<'b>> {
        let shown = self.results.iter().filter(|result| result.suppressed_by.is_none());
        let contributions = shown.flat_map(|result| {
            let tactics = self.tactics.get(result.rule.id.as_str());
            result.risk.iter().map(move |event| Contribution {
                result: &result.id,
                rule: &result.rule.id,
                tactics: tactics.map_or(&[][..], Vec::as_slice),
                object: &event.object,
                event,
            })
        });
        risk::rank_objects(contributions.collect(), &rules.assets)
    }
}

/// What a search finds: its table over the texts as they stand and, if it wants blocks for what is hidden in them
/// alone, its table over that. So the first is what the search finds without looking behind any text.
fn tables<'b>(
    search: &Search,
    wanted: &[usize],
    blocks: &'b [BlockDraft<'_>],
    views: bool,
    context: &RunContext,
) -> Vec<RuleTable<'b>> {
    let mut plain = Vec::new();
    let mut hidden = Vec::new();
    for &index in wanted {
        let Some(candidate) = blocks.get(index) else { continue };
        let block = &candidate.kept.block;
        // A block that it wants and that hides nothing is wanted for its text.
        if !views || !candidate.is_obfuscated() || search.holds(block) {
            plain.push((index, block, None));
        } else if let Some((view, block)) =
            candidate.views().iter().find(|(_, block)| search.holds(block))
        {
            hidden.push((index, block, Some(view)));
        }
    }
    let found = |texts: Vec<(usize, &'b ScriptBlock, Option<&'b View>)>| {
        let blocks: Vec<&ScriptBlock> = texts.iter().map(|(_, block, _)| *block).collect();
        let mut table = search.run_matched(&blocks, context);
        for row in &mut table.rows {
            row.blocks =
                row.blocks.iter().filter_map(|&at| texts.get(at).map(|(at, ..)| *at)).collect();
        }
        let behind = texts.into_iter().filter_map(|(at, block, view)| Some((at, (view?, block))));
        RuleTable { table, behind: behind.collect() }
    };
    let mut tables = vec![found(plain)];
    if !hidden.is_empty() {
        tables.push(found(hidden));
    }
    tables
}

/// For each rule the indexes of the blocks it wants, in the order of the blocks.
fn wanted_by_rule(blocks: &[BlockDraft<'_>], rules: usize) -> Vec<Vec<usize>> {
    let mut wanted = vec![Vec::new(); rules];
    for (index, block) in blocks.iter().enumerate() {
        for &rule in &block.kept.rules {
            if let Some(own) = wanted.get_mut(rule as usize) {
                own.push(index);
            }
        }
    }
    wanted
}

fn rule_problems(rule: &rule::Rule, table: &ResultTable) -> Vec<Problem> {
    let mut problems: Vec<Problem> =
        table.problems.iter().map(|problem| show(&problem.clone().rule(&rule.id), None)).collect();
    if table.dropped > 0 {
        let fields = table.dropped_fields.join(", ");
        let is_computer = |field: &String| crate::event::canonical(field) == "Computer";
        let way_out = match table.dropped_fields.iter().any(is_computer) {
            true => "; name the computer of such sources to see them",
            false => "",
        };
        let message = format!(
            "“{}” matched {} script blocks that make no row, because they have no {fields}{way_out}",
            rule.title, table.dropped
        );
        let problem = error::Problem::warning("dropped-no-field", message).rule(&rule.id);
        problems.push(show(&problem, None));
    }
    problems
}

fn source_problems(inputs: &ReportInputs<'_>, names: &SourceNames<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, source) in inputs.sources.iter().enumerate() {
        let name = names.name(index);
        let said = source.said(inputs.sources.len());
        let listed = source.listed(inputs.sources.len()).iter().chain(&said);
        problems.extend(listed.map(|problem| show(problem, Some(name))));
    }
    problems
}

fn sources(inputs: &ReportInputs<'_>, names: &SourceNames<'_>) -> Vec<Source> {
    let mut order: Vec<usize> = (0..inputs.sources.len()).collect();
    sort::sort_by_key(&mut order, |&index| names.rank(index));
    let shown = order.into_iter().filter_map(|index| {
        let facts = inputs.sources.get(index)?;
        let tally = inputs.tallies.get(index).copied().unwrap_or_default();
        let missing = FIELDS
            .iter()
            .zip(facts.field_counts)
            .filter(|(_, field_counts)| facts.events > 0 && *field_counts == 0)
            .map(|(field, _)| *field);
        Some(Source {
            name: facts.name.clone(),
            bytes: facts.bytes,
            format: facts.format.clone(),
            encoding: facts.encoding.clone(),
            records: facts.records,
            events: facts.events,
            script_blocks: tally.script_blocks,
            incomplete: tally.incomplete,
            encrypted: facts.encrypted,
            other_events: facts.other_events.clone(),
            first_time: time(facts.first_time),
            last_time: time(facts.last_time),
            computers: facts.computers.iter().cloned().collect(),
            missing_fields: missing.collect(),
            zone_assumed: facts.zone_assumed,
            sha256: facts.sha256.clone(),
            problems: facts.problems_total + facts.said(inputs.sources.len()).len() as u64,
        })
    });
    shown.collect()
}

fn totals(
    sources: &[Source],
    problems: &[Problem],
    results: u64,
    kept: usize,
    objects: usize,
) -> Totals {
    let sum = |value: fn(&Source) -> u64| sources.iter().map(value).sum();
    Totals {
        sources: sources.len() as u64,
        bytes: sum(|source| source.bytes),
        records: sum(|source| source.records),
        events: sum(|source| source.events),
        script_blocks: sum(|source| source.script_blocks),
        incomplete: sum(|source| source.incomplete),
        results,
        results_kept: kept as u64,
        risk_objects: objects as u64,
        problems: problems.len() as u64,
    }
}
