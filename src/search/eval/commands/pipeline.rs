//! The pipeline: applies commands in order to all rows.

use super::notes::RunNotes;
use super::pipeline_row::PipelineRow;
use super::{
    addtotals, correlate, row_by_row, row_statistics, sort_dedup, stats, top, transaction,
};
use crate::reassemble::ScriptBlock;
use crate::search::analysis::columns::{columns, expand_wildcards};
use crate::search::ast::command::{Command, named_later};
use crate::search::eval::table::{ResultTable, RunContext, TableRow};
use std::borrow::Cow;
use std::sync::Arc;

/// Runs commands over the script blocks that the filter selected, given in event order with their indexes.
pub(in crate::search) fn run(
    matched: &[(usize, &ScriptBlock)],
    commands: &[Command],
    context: &RunContext,
) -> ResultTable {
    let mut commands = Cow::Borrowed(commands);
    let mut notes = RunNotes::default();
    let mut rows: Vec<PipelineRow<'_>> = matched
        .iter()
        .map(|(index, block)| PipelineRow::from_block(block, *index, context.now))
        .collect();
    for index in 0..commands.len() {
        let names =
            || crate::ordered::OrderedSet::from_iter(rows.iter().flat_map(PipelineRow::names));
        let expanded = match commands.get(index) {
            Some(Command::Stats(stats)) if stats.has_wildcards() => {
                Some(Command::Stats(stats.expand_wildcards(&names())))
            }
            Some(Command::EventStats(stats)) if stats.has_wildcards() => {
                Some(Command::EventStats(stats.expand_wildcards(&names())))
            }
            Some(Command::Table(wanted) | Command::Fields { keep: true, names: wanted })
                if wanted.iter().any(|name| name.contains('*')) =>
            {
                let before = columns(commands.get(..index).unwrap_or_default());
                Some(Command::Table(expand_wildcards(wanted, &before, &names())))
            }
            _ => None,
        };
        if let Some(expanded) = expanded
            && let Some(command) = commands.to_mut().get_mut(index)
        {
            *command = expanded;
        }
        let Some((command, later)) = commands.get(index..).and_then(<[Command]>::split_first)
        else {
            break;
        };
        rows = apply(command, later, rows, &mut notes);
    }
    let columns = columns(&commands);
    let table_rows = rows.into_iter().map(|row| TableRow {
        cells: columns.iter().map(|column| row.get(column)).collect(),
        suppressed_by: row.suppressed_by.as_deref().map(str::to_owned),
        blocks: row.blocks,
    });
    ResultTable {
        rows: table_rows.collect(),
        columns,
        matched: matched.len() as u64,
        dropped: notes.dropped,
        dropped_fields: notes.missing.into_keys().collect(),
        problems: notes.problems,
    }
}

/// Applies a command; `later` are the commands after it.
fn apply<'a>(
    command: &Command,
    later: &[Command],
    rows: Vec<PipelineRow<'a>>,
    notes: &mut RunNotes,
) -> Vec<PipelineRow<'a>> {
    match command {
        Command::Stats(stats) => stats::stats(stats, rows, notes),
        Command::EventStats(stats) => row_statistics::event_stats(stats, rows, notes),
        Command::StreamStats(own) => row_statistics::stream_stats(own, rows, notes),
        Command::Top(own) => top::top(own, rows, notes),
        Command::Transaction(own) => {
            transaction::transaction(own, &named_later(later), rows, notes)
        }
        Command::Correlate(correlation) => correlate::correlate(correlation, &rows, notes),
        Command::Sort { limit, keys } => sort_dedup::sort(*limit, keys, rows),
        Command::Dedup { keep, fields, keep_empty, keep_events, consecutive, sort_by } => {
            let options = sort_dedup::DedupOptions {
                keep: *keep,
                fields,
                keep_empty: *keep_empty,
                keep_events: *keep_events,
                consecutive: *consecutive,
            };
            let sorted = match sort_by.is_empty() {
                true => rows,
                false => sort_dedup::sort(0, sort_by, rows),
            };
            sort_dedup::dedup(&options, sorted, notes)
        }
        Command::Head(count) => sort_dedup::head(*count, rows),
        Command::Tail(count) => {
            let mut rows = rows;
            rows.reverse();
            sort_dedup::head(*count, rows)
        }
        Command::Reverse => rows.into_iter().rev().collect(),
        Command::MvExpand { field, limit } => row_by_row::expand(field, *limit, rows),
        Command::AddTotals(totals) => addtotals::add_totals(totals, rows),
        Command::Filter { name, commands } => filter(name, commands, later, rows, notes),
        Command::FillNull { fields, value } => {
            let named = named_later(later);
            let fields: Vec<&str> = match fields.is_empty() {
                true => named,
                false => fields.iter().map(String::as_str).collect(),
            };
            row_by_row::fill_null(&fields, value, rows)
        }
        command => rows
            .into_iter()
            .filter_map(|mut row| {
                // A suppressed row is shown as it was when it was suppressed.
                (row.suppressed_by.is_some() || row_by_row::apply(command, &mut row, notes))
                    .then_some(row)
            })
            .collect(),
    }
}

/// Applies a filter macro: rows that its commands would remove are marked as suppressed.
fn filter<'a>(
    name: &str,
    commands: &[Command],
    later: &[Command],
    rows: Vec<PipelineRow<'a>>,
    notes: &mut RunNotes,
) -> Vec<PipelineRow<'a>> {
    if commands.is_empty() {
        return rows;
    }
    let name: Arc<str> = name.into();
    let mut all = Vec::with_capacity(rows.len());
    for mut row in rows {
        if row.suppressed_by.is_some() {
            all.push(row);
            continue;
        }
        let mut passing = vec![row.clone()];
        for command in commands {
            passing = apply(command, later, passing, notes);
        }
        match passing.pop() {
            Some(passed) => all.push(passed),
            None => {
                row.suppressed_by = Some(Arc::clone(&name));
                all.push(row);
            }
        }
    }
    all
}
