//! `top` and `rare`: the most or the least frequent values.

use super::notes::RunNotes;
use super::pipeline_row::PipelineRow;
use super::stats::group_keys;
use crate::memory;
use crate::ordered::OrderedMap;
use crate::search::ast::top::Top;
use crate::search::eval::row::Row;
use crate::search::values::value::Value;
use crate::sort;
use crate::time::Time;
use std::sync::Arc;

/// The values of some fields as text.
type Key = Vec<Arc<str>>;

/// One combination of values.
#[derive(Default)]
struct Entry {
    values: Vec<Value>,
    count: u64,
    blocks: Vec<usize>,
}

/// The combinations of the fields' values for one of the by-fields' values. Suppressed rows have tables of their own.
#[derive(Default)]
struct Table {
    by: Vec<Value>,
    entries: OrderedMap<Key, Entry>,
}

/// Applies `top` or `rare`. Equally frequent values are in the order of their text.
pub(super) fn top<'a>(
    own: &Top,
    rows: Vec<PipelineRow<'a>>,
    notes: &mut RunNotes,
) -> Vec<PipelineRow<'a>> {
    let now = rows.first().and_then(Row::now);
    let mut tables: OrderedMap<(Option<Arc<str>>, Key), Table> = OrderedMap::new();
    let names: Vec<String> = own.by.iter().chain(&own.fields).cloned().collect();
    for row in rows {
        memory::grow_ahead();
        let keys = group_keys(&names, &row);
        if keys.is_empty() {
            let missing = names.iter().filter(|name| row.get(name).is_null());
            notes.drop_event(missing.cloned());
            continue;
        }
        for mut by in keys {
            let values = by.split_off(own.by.len().min(by.len()));
            let table = tables.entry((row.suppressed_by.clone(), texts(&by))).or_default();
            table.by = by;
            let entry = table.entries.entry(texts(&values)).or_default();
            entry.values = values;
            entry.count += 1;
            entry.blocks.extend(&row.blocks);
        }
    }
    tables
        .into_iter()
        .flat_map(|((suppressed_by, _), table)| {
            let mut rows = finish(own, table, now);
            rows.iter_mut().for_each(|row| row.suppressed_by.clone_from(&suppressed_by));
            rows
        })
        .collect()
}

fn texts(values: &[Value]) -> Key {
    values.iter().map(Value::shared).collect()
}

/// Returns the rows of a table.
fn finish<'a>(own: &Top, table: Table, now: Option<Time>) -> Vec<PipelineRow<'a>> {
    let total: u64 = table.entries.values().map(|entry| entry.count).sum();
    let mut entries: Vec<Entry> = table.entries.into_values().collect();
    // Sorting is stable: entries are in the order of their text.
    sort::sort_by(&mut entries, |left, right| match own.rare {
        true => left.count.cmp(&right.count),
        false => right.count.cmp(&left.count),
    });
    if own.limit > 0 && entries.len() > own.limit {
        let others = entries.split_off(own.limit);
        if let Some(other) = &own.other {
            entries.push(Entry {
                values: own.fields.iter().map(|_| other.as_str().into()).collect(),
                count: others.iter().map(|entry| entry.count).sum(),
                blocks: others.into_iter().flat_map(|entry| entry.blocks).collect(),
            });
        }
    }
    entries.into_iter().map(|entry| row(own, &table.by, entry, total, now)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "no log has 2^53 events")]
fn row<'a>(
    own: &Top,
    by: &[Value],
    mut entry: Entry,
    total: u64,
    now: Option<Time>,
) -> PipelineRow<'a> {
    sort::sort(&mut entry.blocks);
    entry.blocks.dedup();
    let mut row = PipelineRow::new(entry.blocks, now);
    for (name, value) in own.by.iter().zip(by).chain(own.fields.iter().zip(&entry.values)) {
        row.set(name, value.clone());
    }
    if let Some(name) = &own.count {
        row.set(name, Value::Num(entry.count as f64));
    }
    if let Some(name) = &own.percent {
        // Splunk gives six digits after the point.
        let percent = entry.count as f64 / total as f64 * 1e8;
        row.set(name, Value::Num(percent.round() / 1e6));
    }
    row
}
