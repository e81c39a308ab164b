//! `transaction`: joins rows with equal values of some fields.

use super::accumulator::Accumulator;
use super::notes::RunNotes;
use super::pipeline_row::PipelineRow;
use crate::error::Problem;
use crate::limits;
use crate::memory;
use crate::ordered::OrderedMap;
use crate::search::ast::stats::Aggregation;
use crate::search::ast::transaction::Transaction;
use crate::search::eval::row::Row;
use crate::search::values::value::Value;
use crate::sort;
use crate::time::Time;
use std::sync::Arc;

/// A transaction that may take further rows.
struct Open<'a> {
    rows: Vec<PipelineRow<'a>>,
    newest: Time,
    oldest: Time,
}

/// Applies `transaction`. `fields` are those that later commands name: they may be other names of an event's fields.
///
/// Rows are taken from the newest to the oldest, as in Splunk: a transaction begins with its last row. Of transactions
/// for which `startswith` was not found, only those that a bound has closed are returned.
pub(super) fn transaction<'a>(
    own: &Transaction,
    fields: &[&str],
    mut rows: Vec<PipelineRow<'a>>,
    notes: &mut RunNotes,
) -> Vec<PipelineRow<'a>> {
    sort::sort_by(&mut rows, |left, right| instant(right.time()).cmp(&instant(left.time())));
    let (mut suppressed, mut done) = (Vec::new(), Vec::new());
    let mut all: OrderedMap<Vec<Arc<str>>, Open<'a>> = OrderedMap::new();
    for row in rows {
        memory::grow_ahead();
        if row.suppressed_by.is_some() {
            suppressed.push(row);
            continue;
        }
        let missing = own.fields.iter().map(String::as_str).filter(|name| row.get(name).is_null());
        let mut missing: Vec<String> = missing.map(str::to_owned).collect();
        let Some(time) = row.time().filter(|_| missing.is_empty()) else {
            if row.time().is_none() {
                missing.push("_time".to_owned());
            }
            notes.drop_event(missing);
            continue;
        };
        let key: Vec<Arc<str>> = own.fields.iter().map(|name| row.get(name).shared()).collect();
        let mut open = all.remove(&key);
        let ends = own.ends_with.as_ref().is_some_and(|filter| filter.holds(&row));
        if ends
            && let Some(open) = open.take()
            && own.starts_with.is_none()
        {
            done.push(joined(own, open, false, fields, notes));
        }
        if let Some(full) = open.take_if(|open| !fits(own, open, time)) {
            done.push(joined(own, full, true, fields, notes));
        }
        let mut open = match open {
            Some(open) => open,
            // Without its last row, it is no transaction.
            None if own.ends_with.is_some() && !ends => continue,
            None => Open { rows: Vec::new(), newest: time, oldest: time },
        };
        let starts = own.starts_with.as_ref().is_some_and(|filter| filter.holds(&row));
        open.oldest = time;
        open.rows.push(row);
        if starts || (own.max_events > 0 && open.rows.len() >= own.max_events) {
            done.push(joined(own, open, true, fields, notes));
        } else {
            all.insert(key, open);
        }
    }
    if own.starts_with.is_none() {
        done.extend(all.into_values().map(|open| joined(own, open, false, fields, notes)));
    }
    sort::sort_by(&mut done, |left, right| {
        let place = |row: &PipelineRow<'_>| row.blocks.first().copied();
        instant(right.time()).cmp(&instant(left.time())).then(place(left).cmp(&place(right)))
    });
    done.extend(suppressed);
    done
}

fn instant(time: Option<Time>) -> Option<(i64, u32)> {
    time.map(|time| (time.seconds(), time.nanos()))
}

/// Returns the nanoseconds between two times.
fn distance(earlier: Time, later: Time) -> i128 {
    let nanos = |time: Time| i128::from(time.seconds()) * 1_000_000_000 + i128::from(time.nanos());
    nanos(later) - nanos(earlier)
}

/// Whether a row at `time` is within the bounds of a transaction of later rows.
fn fits(own: &Transaction, open: &Open<'_>, time: Time) -> bool {
    let within = |bound: Option<u64>, end: Time| {
        bound.is_none_or(|seconds| distance(time, end) <= i128::from(seconds) * 1_000_000_000)
    };
    within(own.max_span, open.newest) && within(own.max_pause, open.oldest)
}

/// Returns the row of a transaction: the distinct values of all fields, sorted.
#[expect(clippy::cast_precision_loss, reason = "durations are shorter than 2^53 microseconds")]
fn joined<'a>(
    own: &Transaction,
    open: Open<'a>,
    closed: bool,
    fields: &[&str],
    notes: &mut RunNotes,
) -> PipelineRow<'a> {
    let mut blocks: Vec<usize> = open.rows.iter().flat_map(|row| &row.blocks).copied().collect();
    sort::sort(&mut blocks);
    blocks.dedup();
    let mut values: OrderedMap<String, Accumulator> = OrderedMap::new();
    for row in &open.rows {
        let named = own.fields.iter().cloned().chain(fields.iter().map(ToString::to_string));
        let mut names = row.names();
        names.extend(named);
        sort::sort(&mut names);
        names.dedup();
        for name in names.into_iter().filter(|name| !matches!(name.as_str(), "_time" | "_raw")) {
            let value = row.get(&name);
            if !value.is_null() {
                let all =
                    values.entry(name).or_insert_with(|| Accumulator::new(Aggregation::Values));
                value.each().iter().for_each(|value| all.add(value, None));
            }
        }
    }
    let mut row = PipelineRow::new(blocks, open.rows.first().and_then(Row::now));
    row.set("_time", Value::Time(open.oldest));
    for (name, all) in values {
        if all.is_truncated() {
            notes.report(Problem::warning(
                "cell-cut",
                format!("`{name}` has more values than fit into a cell; the others are left out"),
            ));
        }
        row.set(&name, all.result());
    }
    let mut raw = String::new();
    for own in open.rows.iter().rev() {
        let own = own.get("_raw");
        let own = own.text().unwrap_or_default();
        if raw.len() + own.len() > limits::CELL_BYTES {
            notes.report(Problem::warning(
                "cell-cut",
                "`_raw` of a transaction is too long and cut",
            ));
            break;
        }
        raw.push_str(&own);
        raw.push('\n');
    }
    if !raw.trim_end().is_empty() {
        row.set("_raw", raw.trim_end().into());
    }
    let seconds = distance(open.oldest, open.newest) as f64 / 1e9;
    row.set("duration", Value::Num(seconds));
    row.set("eventcount", Value::Num(open.rows.len() as f64));
    row.set("closed_txn", Value::Num(if closed { 1.0 } else { 0.0 }));
    row
}
