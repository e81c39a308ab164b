//! `eventstats` and `streamstats`: aggregates as fields of the rows that they are made of. Rows that a filter macro
//! suppressed are left as they are, and not counted.

use super::accumulator::Accumulator;
use super::notes::RunNotes;
use super::pipeline_row::PipelineRow;
use super::stats::{add, group_keys, report_truncation};
use crate::error::Problem;
use crate::limits;
use crate::memory;
use crate::ordered::OrderedMap;
use crate::search::ast::stats::{Stats, StreamStats};
use crate::search::values::value::Value;
use crate::time::Time;
use std::collections::VecDeque;
use std::sync::Arc;

/// The values of the by-fields as text.
type Key = Vec<Arc<str>>;

/// Values that one command may still compute with or assign.
struct Budget {
    remaining: usize,
    command: &'static str,
}

impl Budget {
    fn new(command: &'static str) -> Self {
        Self { remaining: limits::ROW_STATISTICS_VALUES, command }
    }

    /// Takes a number of values; returns `false` and reports it if the limit is reached.
    fn take(&mut self, values: usize, notes: &mut RunNotes) -> bool {
        if let Some(remaining) = self.remaining.checked_sub(values) {
            self.remaining = remaining;
            return true;
        }
        self.remaining = 0;
        notes.report(Problem::error(
            "row-statistics-limit",
            format!(
                "`{}` needs more than {} values: the fields of further rows are left empty; group by fewer rows",
                self.command,
                limits::ROW_STATISTICS_VALUES
            ),
        ));
        false
    }
}

fn accumulators(stats: &Stats) -> Vec<Accumulator> {
    stats.aggregates.iter().map(|aggregate| Accumulator::new(aggregate.function)).collect()
}

fn add_row(stats: &Stats, columns: &mut [Accumulator], row: &PipelineRow<'_>, time: Option<Time>) {
    for (aggregate, column) in stats.aggregates.iter().zip(columns) {
        add(aggregate, column, row, time);
    }
}

fn texts(values: &[Value]) -> Key {
    values.iter().map(Value::shared).collect()
}

/// Applies `eventstats`. A row gets the aggregates of its group, or of each of its groups if a by-field has several
/// values; none if a by-field is absent.
pub(super) fn event_stats<'a>(
    stats: &Stats,
    mut rows: Vec<PipelineRow<'a>>,
    notes: &mut RunNotes,
) -> Vec<PipelineRow<'a>> {
    let mut groups: OrderedMap<Key, Vec<Accumulator>> = OrderedMap::new();
    for row in rows.iter().filter(|row| row.suppressed_by.is_none()) {
        memory::grow_ahead();
        let time = row.get("_time").time();
        for key in group_keys(&stats.by, row) {
            let columns = groups.entry(texts(&key)).or_insert_with(|| accumulators(stats));
            add_row(stats, columns, row, time);
        }
    }
    let mut finished: OrderedMap<Key, Vec<Value>> = OrderedMap::new();
    for (key, columns) in groups {
        report_truncation(stats, &columns, notes);
        finished.insert(key, columns.iter().map(Accumulator::result).collect());
    }
    let mut budget = Budget::new("eventstats");
    let delimiter: Option<Arc<str>> = stats.delimiter.as_deref().map(Arc::from);
    for row in rows.iter_mut().filter(|row| row.suppressed_by.is_none()) {
        memory::grow_ahead();
        let keys: Vec<Key> = group_keys(&stats.by, row).iter().map(|key| texts(key)).collect();
        let groups: Vec<&Vec<Value>> = keys.iter().filter_map(|key| finished.get(key)).collect();
        if groups.is_empty() {
            continue;
        }
        for (index, aggregate) in stats.aggregates.iter().enumerate() {
            let own = groups.iter().filter_map(|group| group.get(index));
            let values: Vec<&Value> = own.flat_map(|value| value.each()).collect();
            if budget.take(values.len(), notes) {
                row.set(&aggregate.name, Value::multi(values.into_iter().cloned().collect()));
            } else {
                row.set(&aggregate.name, Value::Null);
            }
        }
        row.delimiter.clone_from(&delimiter);
    }
    rows
}

/// The rows that `streamstats` has seen since it was last reset.
#[derive(Default)]
struct Seen {
    /// Without a window: the aggregates of each group.
    groups: OrderedMap<Key, Vec<Accumulator>>,
    /// With a window: the last rows, of each group if the window is not global.
    windows: OrderedMap<Key, VecDeque<(Key, usize)>>,
}

/// Applies `streamstats`, in the order of the rows. A row that lacks a by-field gets no aggregates.
pub(super) fn stream_stats<'a>(
    own: &StreamStats,
    mut rows: Vec<PipelineRow<'a>>,
    notes: &mut RunNotes,
) -> Vec<PipelineRow<'a>> {
    let stats = &own.stats;
    let times: Vec<Option<Time>> = rows.iter().map(|row| row.get("_time").time()).collect();
    let mut budget = Budget::new("streamstats");
    let mut seen = Seen::default();
    let mut last_key: Option<Key> = None;
    // The aggregates are assigned at the end, because they may replace fields that later rows aggregate.
    let mut results: Vec<Option<Vec<Value>>> = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        memory::grow_ahead();
        let values: Vec<Value> = stats.by.iter().map(|name| row.get(name)).collect();
        if row.suppressed_by.is_some() || values.iter().any(Value::is_null) {
            results.push(None);
            continue;
        }
        let key = texts(&values);
        let changed = own.reset_on_change && last_key.as_ref().is_some_and(|last| *last != key);
        if changed || own.reset_before.as_ref().is_some_and(|expr| expr.is_true(row)) {
            seen = Seen::default();
        }
        last_key = Some(key.clone());
        let time = times.get(index).copied().flatten();
        let computed = match own.window {
            0 => {
                let columns = seen.groups.entry(key).or_insert_with(|| accumulators(stats));
                if own.current {
                    add_row(stats, columns, row, time);
                }
                let computed = results_of(stats, columns, &mut budget, notes);
                if !own.current {
                    add_row(stats, columns, row, time);
                }
                computed
            }
            _ => {
                let of_window = if own.global { Key::new() } else { key.clone() };
                let window = seen.windows.entry(of_window).or_default();
                if own.current {
                    push(window, (key.clone(), index), own.window);
                }
                let mut columns = accumulators(stats);
                if budget.take(window.len() * columns.len(), notes) {
                    for (_, index) in window.iter().filter(|(other, _)| *other == key) {
                        if let (Some(row), Some(time)) = (rows.get(*index), times.get(*index)) {
                            add_row(stats, &mut columns, row, *time);
                        }
                    }
                }
                if !own.current {
                    push(window, (key, index), own.window);
                }
                results_of(stats, &columns, &mut budget, notes)
            }
        };
        if let Some(reset_after) = &own.reset_after {
            let mut row = row.clone();
            assign(stats, &mut row, computed.clone());
            if reset_after.is_true(&row) {
                seen = Seen::default();
            }
        }
        results.push(Some(computed));
    }
    for (row, values) in rows.iter_mut().zip(results) {
        if let Some(values) = values {
            assign(stats, row, values);
        }
    }
    rows
}

/// Adds a row to a window and removes the oldest beyond its size.
fn push(window: &mut VecDeque<(Key, usize)>, row: (Key, usize), size: usize) {
    window.push_back(row);
    if window.len() > size {
        window.pop_front();
    }
}

/// Returns the results so far; nulls beyond the budget.
fn results_of(
    stats: &Stats,
    columns: &[Accumulator],
    budget: &mut Budget,
    notes: &mut RunNotes,
) -> Vec<Value> {
    report_truncation(stats, columns, notes);
    match budget.take(columns.iter().map(Accumulator::size).sum(), notes) {
        true => columns.iter().map(Accumulator::result).collect(),
        false => vec![Value::Null; columns.len()],
    }
}

fn assign(stats: &Stats, row: &mut PipelineRow<'_>, values: Vec<Value>) {
    for (aggregate, value) in stats.aggregates.iter().zip(values) {
        row.set(&aggregate.name, value);
    }
    row.delimiter = stats.delimiter.as_deref().map(Arc::from);
}
