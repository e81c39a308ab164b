//! `stats`: groups rows and aggregates their values.

use super::accumulator::Accumulator;
use super::notes::RunNotes;
use super::pipeline_row::PipelineRow;
use crate::error::Problem;
use crate::limits;
use crate::memory;
use crate::ordered::OrderedMap;
use crate::search::ast::stats::{Aggregate, AggregateInput, Stats};
use crate::search::eval::row::Row;
use crate::search::values::value::Value;
use crate::simd;
use crate::sort;
use crate::time::Time;
use std::cmp::Ordering;
use std::sync::Arc;

/// The identity of a group.
struct GroupKey {
    /// The values of the by-fields as text.
    texts: Vec<Arc<str>>,
    /// Filter macro that suppresses the rows: suppressed rows form groups of their own.
    suppressed_by: Option<Arc<str>>,
}

impl Ord for GroupKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let texts = self.texts.iter().zip(&other.texts);
        let mut orders = texts.map(|(one, other)| simd::compare(one.as_bytes(), other.as_bytes()));
        let by_texts = orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal);
        by_texts.then_with(|| self.suppressed_by.cmp(&other.suppressed_by))
    }
}

impl PartialOrd for GroupKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for GroupKey {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for GroupKey {}

/// A group of rows.
struct StatsGroup {
    /// The values of the by-fields.
    by: Vec<Value>,
    blocks: Vec<usize>,
    columns: Vec<Accumulator>,
}

/// Applies `stats`. The resulting rows are sorted by the values of the by-fields as text.
pub(super) fn stats<'a>(
    stats: &Stats,
    rows: Vec<PipelineRow<'a>>,
    notes: &mut RunNotes,
) -> Vec<PipelineRow<'a>> {
    let mut groups: OrderedMap<GroupKey, StatsGroup> = OrderedMap::new();
    let now = rows.first().and_then(Row::now);
    let delimiter: Option<Arc<str>> = stats.delimiter.as_deref().map(Arc::from);
    for row in rows {
        memory::grow_ahead();
        let keys = group_keys(&stats.by, &row);
        if keys.is_empty() {
            let missing = stats.by.iter().filter(|name| row.get(name).is_null());
            notes.drop_event(missing.cloned());
            continue;
        }
        let time = row.get("_time").time();
        for by in keys {
            let texts = by.iter().map(Value::shared).collect();
            let key = GroupKey { texts, suppressed_by: row.suppressed_by.clone() };
            let group = groups.entry(key).or_insert_with(|| StatsGroup {
                by,
                blocks: Vec::new(),
                columns: stats
                    .aggregates
                    .iter()
                    .map(|aggregate| Accumulator::new(aggregate.function))
                    .collect(),
            });
            group.blocks.extend(&row.blocks);
            for (aggregate, column) in stats.aggregates.iter().zip(&mut group.columns) {
                add(aggregate, column, &row, time);
            }
        }
    }
    let by: Vec<Arc<str>> = stats.by.iter().map(|name| name.as_str().into()).collect();
    let names: Vec<Arc<str>> =
        stats.aggregates.iter().map(|aggregate| aggregate.name.as_str().into()).collect();
    groups
        .into_iter()
        .map(|(GroupKey { suppressed_by, .. }, mut group)| {
            memory::grow_ahead();
            sort::sort(&mut group.blocks);
            group.blocks.dedup();
            let mut row = PipelineRow::new(group.blocks, now);
            row.suppressed_by = suppressed_by;
            row.delimiter.clone_from(&delimiter);
            row.reserve(by.len() + names.len());
            for (name, value) in by.iter().zip(group.by) {
                row.set_shared(name, value);
            }
            report_truncation(stats, &group.columns, notes);
            for (name, column) in names.iter().zip(group.columns) {
                row.set_shared(name, column.result());
            }
            row
        })
        .collect()
}

/// Reports columns that had more values than fit into a cell.
pub(super) fn report_truncation(stats: &Stats, columns: &[Accumulator], notes: &mut RunNotes) {
    for (aggregate, column) in stats.aggregates.iter().zip(columns) {
        if column.is_truncated() {
            notes.report(Problem::warning(
                "cell-cut",
                format!(
                    "`{}` has more values than fit into a cell; the others are left out",
                    aggregate.name
                ),
            ));
        }
    }
}

/// Adds a row to one column of its group.
pub(super) fn add(
    aggregate: &Aggregate,
    column: &mut Accumulator,
    row: &PipelineRow<'_>,
    time: Option<Time>,
) {
    match &aggregate.input {
        None => column.count(),
        Some(AggregateInput::Field(name)) => {
            for value in row.get(name).each() {
                column.add(value, time);
            }
        }
        Some(AggregateInput::Expr(expr)) if expr.is_condition() => {
            if expr.is_true(row) {
                column.add(&Value::Num(1.0), time);
            }
        }
        Some(AggregateInput::Expr(expr)) => {
            for value in expr.value(row).each() {
                column.add(value, time);
            }
        }
    }
}

/// Returns every combination of the by-fields' values; none if one is absent.
pub(super) fn group_keys(by: &[String], row: &PipelineRow<'_>) -> Vec<Vec<Value>> {
    let values: Vec<Value> = by.iter().map(|name| row.get(name)).collect();
    if values.iter().all(|value| value.each().len() == 1) {
        return vec![values];
    }
    let mut keys = vec![Vec::new()];
    for value in values {
        keys = keys
            .iter()
            .flat_map(|key: &Vec<Value>| {
                value.each().iter().map(move |value| {
                    let mut key = key.clone();
                    key.push(value.clone());
                    key
                })
            })
            .take(limits::FIELD_VALUES)
            .collect();
    }
    keys
}
