//! Commands that look at the rows' order. Rows that a filter macro marked pass through them unseen.

use super::accumulate::rank;
use super::record::Record;
use crate::search::command::{SortKey, SortKind};
use crate::search::value::Value;
use crate::sort;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::net::IpAddr;

/// Sorts; rows that are equal keep their order, and null comes last.
pub(super) fn sort<'a>(
    limit: usize,
    keys: &[SortKey],
    records: Vec<Record<'a>>,
) -> Vec<Record<'a>> {
    let mut keyed: Vec<(Vec<Value>, Record<'a>)> = records
        .into_iter()
        .map(|record| (keys.iter().map(|key| record.get(&key.field)).collect(), record))
        .collect();
    sort::sort_by(&mut keyed, |(left, _), (right, _)| {
        keys.iter()
            .zip(left.iter().zip(right))
            .map(|(key, (left, right))| compare(key, left, right))
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    let sorted = keyed.into_iter().map(|(_, record)| record).collect();
    if limit == 0 { sorted } else { head(limit, sorted) }
}

fn compare(key: &SortKey, left: &Value, right: &Value) -> Ordering {
    let ordering = match (left.is_null(), right.is_null()) {
        (false, false) => match key.kind {
            SortKind::Auto => rank(left, right),
            SortKind::Text => left.text().cmp(&right.text()),
            SortKind::Number => {
                left.number().unwrap_or(f64::MIN).total_cmp(&right.number().unwrap_or(f64::MIN))
            }
            SortKind::Address => address(left).cmp(&address(right)),
        },
        // Null is last either way.
        (left, right) => return left.cmp(&right),
    };
    if key.descending { ordering.reverse() } else { ordering }
}

fn address(value: &Value) -> Option<IpAddr> {
    value.text()?.parse().ok()
}

/// The first rows.
pub(super) fn head(count: usize, records: Vec<Record<'_>>) -> Vec<Record<'_>> {
    let mut left = count;
    records
        .into_iter()
        .filter(|record| {
            record.suppressed_by.is_some()
                || left.checked_sub(1).inspect(|rest| left = *rest).is_some()
        })
        .collect()
}

/// What `dedup` was told.
pub(super) struct Dedup<'a> {
    pub(super) keep: usize,
    pub(super) fields: &'a [String],
    pub(super) keep_empty: bool,
    pub(super) keep_events: bool,
    pub(super) consecutive: bool,
}

/// The first rows of each combination of values.
pub(super) fn dedup<'a>(rule: &Dedup<'_>, records: Vec<Record<'a>>) -> Vec<Record<'a>> {
    let mut seen: HashMap<Vec<String>, usize> = HashMap::new();
    let mut last: Option<Vec<String>> = None;
    let mut kept = Vec::new();
    for mut record in records {
        let key: Option<Vec<String>> = rule
            .fields
            .iter()
            .map(|field| record.get(field).text().map(std::borrow::Cow::into_owned))
            .collect();
        let Some(key) = key.filter(|_| record.suppressed_by.is_none()) else {
            if rule.keep_empty || record.suppressed_by.is_some() {
                kept.push(record);
            }
            continue;
        };
        if rule.consecutive && last.as_ref() != Some(&key) {
            seen.clear();
        }
        let count = seen.entry(key.clone()).or_default();
        *count += 1;
        if *count <= rule.keep {
            kept.push(record);
        } else if rule.keep_events {
            rule.fields.iter().for_each(|field| record.set(field, Value::Null));
            kept.push(record);
        }
        last = Some(key);
    }
    kept
}
