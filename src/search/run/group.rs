//! `stats`: rows to groups.

use super::accumulate::{Accumulator, seen};
use super::record::Record;
use super::{Notes, evaluate};
use crate::error::Problem;
use crate::limits;
use crate::memory;
use crate::search::condition::Row;
use crate::search::stats::{Aggregate, AggregateInput, Stats};
use crate::search::value::Value;
use crate::simd;
use crate::sort;
use crate::time::Time;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What makes a group.
struct Key {
    /// The by-fields' values as texts: one for each field.
    texts: Vec<Arc<str>>,
    /// What would suppress the group: rows that a filter macro marked stay apart from those it did not.
    suppressed_by: Option<Arc<str>>,
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let texts = self.texts.iter().zip(&other.texts);
        let mut orders = texts.map(|(one, other)| simd::compare(one.as_bytes(), other.as_bytes()));
        let by_texts = orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal);
        by_texts.then_with(|| self.suppressed_by.cmp(&other.suppressed_by))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}

struct Group {
    by: Vec<Value>,
    blocks: Vec<usize>,
    columns: Vec<Accumulator>,
}

/// One row for each combination of the by-fields' values, sorted by them as texts.
pub(super) fn stats<'a>(
    stats: &Stats,
    records: Vec<Record<'a>>,
    notes: &mut Notes,
) -> Vec<Record<'a>> {
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    let now = records.first().and_then(Row::now);
    for record in records {
        memory::grow_ahead();
        let keys = keys(&stats.by, &record);
        if keys.is_empty() {
            note_missing(&stats.by, &record, notes);
            continue;
        }
        let time = seen(&record.get("_time"));
        for by in keys {
            let texts = by.iter().map(Value::shared).collect();
            let key = Key { texts, suppressed_by: record.suppressed_by.clone() };
            let group = groups.entry(key).or_insert_with(|| Group {
                by,
                blocks: Vec::new(),
                columns: stats
                    .aggregates
                    .iter()
                    .map(|aggregate| Accumulator::new(aggregate.function))
                    .collect(),
            });
            group.blocks.extend(&record.blocks);
            for (aggregate, column) in stats.aggregates.iter().zip(&mut group.columns) {
                add(aggregate, column, &record, time);
            }
        }
    }
    groups
        .into_iter()
        .map(|(Key { suppressed_by, .. }, mut group)| {
            sort::sort(&mut group.blocks);
            group.blocks.dedup();
            let mut row = Record::row(group.blocks, now);
            row.suppressed_by = suppressed_by;
            for (name, value) in stats.by.iter().zip(group.by) {
                row.set(name, value);
            }
            for (aggregate, column) in stats.aggregates.iter().zip(group.columns) {
                if column.is_cut() {
                    notes.say(Problem::warning(
                        "cell-cut",
                        format!("`{}` holds more than is kept of one cell", aggregate.name),
                    ));
                }
                row.set(&aggregate.name, column.finish());
            }
            row
        })
        .collect()
}

fn add(aggregate: &Aggregate, column: &mut Accumulator, record: &Record<'_>, time: Option<Time>) {
    match &aggregate.input {
        None => column.count(),
        Some(AggregateInput::Field(name)) => {
            for value in record.get(name).each() {
                column.add(value, time);
            }
        }
        Some(AggregateInput::Formula(formula)) if formula.is_condition() => {
            if formula.is_true(record) {
                column.add(&Value::Num(1.0), time);
            }
        }
        Some(AggregateInput::Formula(formula)) => {
            for value in evaluate(formula, record).each() {
                column.add(value, time);
            }
        }
    }
}

/// Every combination of the by-fields' values; none where one is absent.
fn keys(by: &[String], record: &Record<'_>) -> Vec<Vec<Value>> {
    let values: Vec<Value> = by.iter().map(|name| record.get(name)).collect();
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

fn note_missing(by: &[String], record: &Record<'_>, notes: &mut Notes) {
    notes.dropped += 1;
    for name in by.iter().filter(|name| record.get(name).is_null()) {
        *notes.missing.entry(name.clone()).or_default() += 1;
    }
}
