//! `sort`, `dedup`, `head` and `tail`. Rows that a filter macro suppressed are kept and not counted.

use super::accumulator::total_order;
use super::notes::RunNotes;
use super::pipeline_row::PipelineRow;
use crate::search::ast::command::{SortKey, SortKeyKind};
use crate::search::values::value::Value;
use crate::sort;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::net::IpAddr;

/// Applies `sort`. Equal rows keep their order, and null comes last in either direction.
pub(super) fn sort<'a>(
    limit: usize,
    keys: &[SortKey],
    rows: Vec<PipelineRow<'a>>,
) -> Vec<PipelineRow<'a>> {
    let mut keyed: Vec<(Vec<Value>, PipelineRow<'a>)> = rows
        .into_iter()
        .map(|row| (keys.iter().map(|key| row.get(&key.field)).collect(), row))
        .collect();
    sort::sort_by(&mut keyed, |(left, _), (right, _)| {
        keys.iter()
            .zip(left.iter().zip(right))
            .map(|(key, (left, right))| compare(key, left, right))
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    let sorted = keyed.into_iter().map(|(_, row)| row).collect();
    if limit == 0 { sorted } else { head(limit, sorted) }
}

fn compare(key: &SortKey, left: &Value, right: &Value) -> Ordering {
    let ordering = match (left.is_null(), right.is_null()) {
        (false, false) => match key.kind {
            SortKeyKind::Auto => total_order(left, right),
            SortKeyKind::Text => left.text().cmp(&right.text()),
            SortKeyKind::Number => {
                left.number().unwrap_or(f64::MIN).total_cmp(&right.number().unwrap_or(f64::MIN))
            }
            SortKeyKind::Address => address(left).cmp(&address(right)),
        },
        (left, right) => return left.cmp(&right),
    };
    if key.descending { ordering.reverse() } else { ordering }
}

fn address(value: &Value) -> Option<IpAddr> {
    value.text()?.parse().ok()
}

/// Returns the first rows.
pub(super) fn head(count: usize, rows: Vec<PipelineRow<'_>>) -> Vec<PipelineRow<'_>> {
    let mut remaining = count;
    rows.into_iter()
        .filter(|row| {
            row.suppressed_by.is_some()
                || remaining.checked_sub(1).inspect(|rest| remaining = *rest).is_some()
        })
        .collect()
}

/// The options of `dedup`.
pub(super) struct DedupOptions<'a> {
    pub(super) keep: usize,
    pub(super) fields: &'a [String],
    pub(super) keep_empty: bool,
    pub(super) keep_events: bool,
    pub(super) consecutive: bool,
}

/// Applies `dedup`. Rows that are left out because they lack a field are noted.
pub(super) fn dedup<'a>(
    options: &DedupOptions<'_>,
    rows: Vec<PipelineRow<'a>>,
    notes: &mut RunNotes,
) -> Vec<PipelineRow<'a>> {
    let mut seen: HashMap<Vec<String>, usize> = HashMap::new();
    let mut last: Option<Vec<String>> = None;
    let mut result = Vec::new();
    for mut row in rows {
        let key: Option<Vec<String>> = options
            .fields
            .iter()
            .map(|field| row.get(field).text().map(std::borrow::Cow::into_owned))
            .collect();
        let Some(key) = key.filter(|_| row.suppressed_by.is_none()) else {
            if options.keep_empty || row.suppressed_by.is_some() {
                result.push(row);
            } else {
                let is_missing = |field: &&String| row.get(field).is_null();
                notes.drop_event(options.fields.iter().filter(is_missing).cloned());
            }
            continue;
        };
        if options.consecutive && last.as_ref() != Some(&key) {
            seen.clear();
        }
        let count = seen.entry(key.clone()).or_default();
        *count += 1;
        if *count <= options.keep {
            result.push(row);
        } else if options.keep_events {
            options.fields.iter().for_each(|field| row.set(field, Value::Null));
            result.push(row);
        }
        last = Some(key);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordering(kind: SortKeyKind, descending: bool, left: &str, right: &str) -> Ordering {
        let value = |text: &str| if text == "∅" { Value::Null } else { text.into() };
        let key = SortKey { field: String::new(), descending, kind };
        compare(&key, &value(left), &value(right))
    }

    #[test]
    fn keys_compare_by_their_kind_and_null_is_last() {
        use SortKeyKind::{Address, Auto, Number, Text};
        for (kind, descending, left, right, expected) in [
            (Auto, false, "9", "10", Ordering::Less),
            (Auto, true, "9", "10", Ordering::Greater),
            (Auto, false, "10", "a", Ordering::Less),
            (Auto, false, "1.0", "1", Ordering::Equal),
            (Text, false, "9", "10", Ordering::Greater),
            (Number, false, "9", "10", Ordering::Less),
            (Number, false, "a", "-5", Ordering::Less),
            (Address, false, "10.0.0.9", "10.0.0.10", Ordering::Less),
            (Auto, false, "∅", "z", Ordering::Greater),
            (Auto, true, "∅", "z", Ordering::Greater),
            (Auto, false, "∅", "∅", Ordering::Equal),
        ] {
            assert_eq!(
                ordering(kind, descending, left, right),
                expected,
                "{kind:?} {left} {right}"
            );
        }
    }
}
