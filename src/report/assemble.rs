//! A session's state made into a report.

use super::acts::acts;
use super::allow::Suppression;
use super::blocks::{BlockDraft, BlockIndex, blocks_by_id, draft_blocks};
use super::contract::{Block, Problem, Report, RiskObject, Row, Source, Totals};
use super::convert::{convert_finding, convert_object, convert_problem};
use super::evaluation::Evaluation;
use super::inputs::ReportInputs;
use super::not_kept::NotKeptByObject;
use super::results::into_row;
use super::risk_problems::risk_problems;
use super::source_names::SourceNames;
use super::source_stats::FIELDS;
use super::times::format_time;
use crate::limits;
use crate::ordered::OrderedSet;
use crate::risk::{self, RiskContext};
use crate::sort;
use std::collections::HashSet;

/// Makes the report.
pub(crate) fn assemble(inputs: &ReportInputs<'_>) -> Report {
    let names = SourceNames::new(inputs.sources);
    report_on(inputs, &draft_blocks(&inputs.matched, &names), &names)
}

/// Makes the report, and the index of its blocks by the ids made for it.
pub(crate) fn assemble_with_index(inputs: &ReportInputs<'_>) -> (Report, BlockIndex) {
    let names = SourceNames::new(inputs.sources);
    let blocks = draft_blocks(&inputs.matched, &names);
    let report = report_on(inputs, &blocks, &names);
    let by_id = blocks_by_id(&blocks);
    (report, BlockIndex::new(by_id, names))
}

fn report_on(inputs: &ReportInputs<'_>, blocks: &[BlockDraft<'_>], names: &SourceNames) -> Report {
    let mut evaluation = Evaluation::new(inputs, blocks, &Suppression::new(inputs.allow));
    let objects = evaluation.objects(inputs);
    let correlated = risk::correlate(&objects, &inputs.risk);
    let mut not_kept = NotKeptByObject::new(inputs, evaluation.risk_context(inputs));
    let mut risk_objects: Vec<RiskObject> =
        objects.iter().map(|object| convert_object(object, not_kept.take(object))).collect();
    drop(objects);
    evaluation.limit_results(limits::RESULTS);
    let mut problems = source_problems(inputs, names);
    problems.extend(risk_problems(inputs, blocks, names, &correlated));
    let findings = correlated.findings.into_iter().map(convert_finding).collect();
    let unplaced =
        inputs.problems.iter().chain(&inputs.rules.problems).chain(&inputs.assets.problems);
    problems.extend(unplaced.map(|problem| convert_problem(problem, None)));
    problems.append(&mut evaluation.problems);
    sort::sort(&mut problems);

    let tables = evaluation.tables;
    let rows = evaluation.results.into_iter().filter_map(|draft| into_row(draft, &tables, blocks));
    let results: Vec<Row> = rows.collect();
    note_results_kept(&mut risk_objects, &results);
    let script_blocks = blocks_of(&results, blocks, names);
    let context =
        RiskContext { options: &inputs.risk, assets: inputs.assets, names: &evaluation.names };
    let acts = acts(&results, &script_blocks, &risk_objects, context);
    let sources = sources(inputs, names);
    Report {
        format: "scriptscope.report",
        version: 1,
        tool: concat!("scriptscope ", env!("CARGO_PKG_VERSION")),
        mode: inputs.mode.as_str(),
        rule_set: inputs.rules.hash().to_owned(),
        totals: Totals {
            results: evaluation.rows_total,
            results_kept: results.len() as u64,
            risk_objects: risk_objects.len() as u64,
            problems: problems.len() as u64,
            rules_not_applicable: inputs.rules.left_out_by_log(),
            ..source_totals(&sources)
        },
        sources,
        problems,
        rules: evaluation.rules,
        results,
        script_blocks,
        risk_objects,
        acts,
        findings,
    }
}

/// Notes which of the risk events' results are listed.
fn note_results_kept(objects: &mut [RiskObject], results: &[Row]) {
    let kept: HashSet<&str> = results.iter().map(|result| result.id.as_str()).collect();
    for event in objects.iter_mut().flat_map(|object| &mut object.events) {
        event.result_kept = kept.contains(&*event.result_id);
    }
}

/// The script blocks that results name, by time, computer and id.
fn blocks_of(results: &[Row], blocks: &[BlockDraft<'_>], names: &SourceNames) -> Vec<Block> {
    let named = OrderedSet::from_iter(
        results.iter().flat_map(|result| result.blocks.iter().map(|block| block.id.as_str())),
    );
    let named = blocks.iter().filter(|block| named.contains(block.id.as_str()));
    let mut script_blocks: Vec<Block> = named.map(|block| block.to_block(names)).collect();
    sort::sort_by(&mut script_blocks, |a, b| {
        (&a.time, &a.computer, &a.id).cmp(&(&b.time, &b.computer, &b.id))
    });
    script_blocks
}

fn source_problems(inputs: &ReportInputs<'_>, names: &SourceNames) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, source) in inputs.sources.iter().enumerate() {
        let name = names.name(index);
        let summary = source.summary_problems(inputs.sources.len());
        let listed = source.listed(inputs.sources.len()).iter().chain(&summary);
        problems.extend(listed.map(|problem| convert_problem(problem, Some(name))));
    }
    problems
}

fn sources(inputs: &ReportInputs<'_>, names: &SourceNames) -> Vec<Source> {
    let mut order: Vec<usize> = (0..inputs.sources.len()).collect();
    sort::sort_by_key(&mut order, |&index| names.rank(index));
    let sources = order.into_iter().filter_map(|index| {
        let stats = inputs.sources.get(index)?;
        let tally = inputs.tallies.get(index).copied().unwrap_or_default();
        let missing_fields = FIELDS
            .iter()
            .zip(stats.field_counts)
            .filter(|(_, count)| stats.events > 0 && *count == 0)
            .map(|(field, _)| *field);
        let summary_problems = stats.summary_problems(inputs.sources.len()).len() as u64;
        Some(Source {
            name: stats.name.clone(),
            bytes: stats.bytes,
            format: stats.format.clone().filter(|_| !stats.is_unsearched()),
            encoding: stats.encoding.clone(),
            replaced_bytes: stats.replaced_bytes,
            records: stats.records,
            events: stats.events,
            // Estimates past a limit; no source has more blocks than events.
            script_blocks: tally.script_blocks.min(stats.events),
            incomplete: tally.incomplete.min(stats.events),
            encrypted: stats.encrypted,
            recovered: stats.recovered,
            other_events: sort::collect_map(
                stats.other_events.iter().map(|(id, count)| (*id, *count)),
            ),
            first_time: format_time(stats.first_time),
            last_time: format_time(stats.last_time),
            computers: stats.computers.iter().cloned().collect(),
            missing_fields: missing_fields.collect(),
            zone_assumed: stats.zone_assumed,
            sha256: stats.sha256.clone(),
            problems: stats.problems_total + summary_problems,
        })
    });
    sources.collect()
}

fn source_totals(sources: &[Source]) -> Totals {
    let sum = |value: fn(&Source) -> u64| sources.iter().map(value).sum();
    Totals {
        sources: sources.len() as u64,
        bytes: sum(|source| source.bytes),
        records: sum(|source| source.records),
        events: sum(|source| source.events),
        script_blocks: sum(|source| source.script_blocks),
        incomplete: sum(|source| source.incomplete),
        ..Totals::default()
    }
}
