//! Runs a search's commands over the rows that its filter keeps.

mod accumulate;
mod behind;
mod correlate;
mod group;
mod order;
mod record;
mod rows;
mod spath;

pub(crate) use behind::RowWithBlock;
pub(crate) use record::Block;
pub(in crate::search) use rows::renamed;

use crate::error::Problem;
use crate::reassemble::ScriptBlock;
use crate::search::columns::{self, columns};
use crate::search::command::{Command, named_later};
use crate::search::eval_expr::EvalExpr;
use crate::search::value::Value;
use crate::search::{ResultTable, RunContext, TableRow};
use record::Record;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is said of a run besides its rows.
#[derive(Default)]
struct Notes {
    /// Events that lacked a by-field, and the fields.
    dropped: u64,
    missing: BTreeMap<String, u64>,
    /// What was left out or cut short, once each.
    problems: Vec<Problem>,
}

impl Notes {
    fn say(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// Runs commands over blocks that the filter has kept, given with their indexes in event order.
pub(super) fn run(
    kept: &[(usize, &ScriptBlock)],
    commands: &[Command],
    context: &RunContext,
) -> ResultTable {
    let mut commands = Cow::Borrowed(commands);
    let mut notes = Notes::default();
    let mut records: Vec<Record<'_>> =
        kept.iter().map(|(index, block)| Record::event(block, *index, context.now)).collect();
    for index in 0..commands.len() {
        let names = || crate::sort::collect_set(records.iter().flat_map(Record::names));
        let closed = match commands.get(index) {
            Some(Command::Stats(stats)) if stats.is_open() => {
                Some(Command::Stats(stats.closed(&names())))
            }
            Some(Command::Table(wanted) | Command::Fields { keep: true, names: wanted })
                if wanted.iter().any(|name| name.contains('*')) =>
            {
                let before = columns(commands.get(..index).unwrap_or_default());
                Some(Command::Table(columns::closed(wanted, &before, &names())))
            }
            _ => None,
        };
        if let Some(closed) = closed
            && let Some(command) = commands.to_mut().get_mut(index)
        {
            *command = closed;
        }
        let Some((command, later)) = commands.get(index..).and_then(<[Command]>::split_first)
        else {
            break;
        };
        records = apply(command, later, records, &mut notes);
    }
    let columns = columns(&commands);
    let rows = records.into_iter().map(|record| TableRow {
        cells: columns.iter().map(|column| record.get(column)).collect(),
        suppressed_by: record.suppressed_by.as_deref().map(str::to_owned),
        blocks: record.blocks,
    });
    ResultTable {
        rows: rows.collect(),
        columns,
        matched: kept.len() as u64,
        dropped: notes.dropped,
        dropped_fields: notes.missing.into_keys().collect(),
        problems: notes.problems,
    }
}

fn apply<'a>(
    command: &Command,
    later: &[Command],
    records: Vec<Record<'a>>,
    notes: &mut Notes,
) -> Vec<Record<'a>> {
    match command {
        Command::Stats(stats) => group::stats(stats, records, notes),
        Command::Correlate(correlation) => correlate::correlate(correlation, &records, notes),
        Command::Sort { limit, keys } => order::sort(*limit, keys, records),
        Command::Dedup { keep, fields, keep_empty, keep_events, consecutive, sort_by } => {
            let rule = order::Dedup {
                keep: *keep,
                fields,
                keep_empty: *keep_empty,
                keep_events: *keep_events,
                consecutive: *consecutive,
            };
            let sorted = match sort_by.is_empty() {
                true => records,
                false => order::sort(0, sort_by, records),
            };
            order::dedup(&rule, sorted)
        }
        Command::Head(count) => order::head(*count, records),
        Command::Tail(count) => {
            let mut records = records;
            records.reverse();
            order::head(*count, records)
        }
        Command::Reverse => records.into_iter().rev().collect(),
        Command::MvExpand { field, limit } => rows::expand(field, *limit, records),
        Command::AddTotals(totals) => rows::add_totals(totals, records),
        Command::Filter { name, commands } => filter(name, commands, later, records, notes),
        Command::FillNull { fields, value } => {
            let named = named_later(later);
            let fields: Vec<&str> = match fields.is_empty() {
                true => named,
                false => fields.iter().map(String::as_str).collect(),
            };
            rows::fill_null(&fields, value, records)
        }
        row_by_row => records
            .into_iter()
            .filter_map(|mut record| {
                // What is already suppressed is shown as it was then.
                (record.suppressed_by.is_some() || rows::change(row_by_row, &mut record, notes))
                    .then_some(record)
            })
            .collect(),
    }
}

/// Marks the rows that the macro's commands would remove.
fn filter<'a>(
    name: &str,
    commands: &[Command],
    later: &[Command],
    records: Vec<Record<'a>>,
    notes: &mut Notes,
) -> Vec<Record<'a>> {
    if commands.is_empty() {
        return records;
    }
    let name: Arc<str> = name.into();
    let mut all = Vec::with_capacity(records.len());
    for mut record in records {
        if record.suppressed_by.is_some() {
            all.push(record);
            continue;
        }
        let mut passing = vec![record.clone()];
        for command in commands {
            passing = apply(command, later, passing, notes);
        }
        match passing.pop() {
            Some(passed) => all.push(passed),
            None => {
                record.suppressed_by = Some(Arc::clone(&name));
                all.push(record);
            }
        }
    }
    all
}

/// A formula's value for a row.
fn evaluate(formula: &EvalExpr, record: &Record<'_>) -> Value {
    formula.value(record)
}
