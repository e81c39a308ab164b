//! `Correlation`: events to groups to stretches of time.

use super::Notes;
use super::record::Record;
use crate::search::condition::Row;
use crate::search::correlation::{Correlation, CorrelationKind};
use crate::search::value::Value;
use crate::sort;
use crate::time::Time;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// An event that counts.
struct Counted {
    time: Time,
    /// The rules that it is an event of, by index.
    rules: Vec<usize>,
    /// What is counted of it, for the values.
    value: Option<Arc<str>>,
    computer: Value,
    blocks: Vec<usize>,
}

/// The values of the by-fields, and the events that have them.
type Group = (Vec<Value>, Vec<Counted>);

/// Rows for each group in the order of its values, and in a group by time.
pub(super) fn correlate<'a>(
    correlation: &Correlation,
    records: &[Record<'a>],
    notes: &mut Notes,
) -> Vec<Record<'a>> {
    let now = records.first().and_then(Row::now);
    let mut groups: BTreeMap<Vec<Arc<str>>, Group> = BTreeMap::new();
    let mut add = |(key, event): (Vec<Value>, Counted)| {
        let texts = key.iter().map(|value| value.text().unwrap_or_default().as_ref().into());
        groups.entry(texts.collect()).or_insert_with(|| (key, Vec::new())).1.push(event);
    };
    for record in records {
        counted(correlation, record, notes).into_iter().for_each(&mut add);
    }
    let behind = Behind::new(correlation, records);
    for (index, rule) in correlation.rules.iter().enumerate() {
        let Some(inner) = &rule.inner else { continue };
        for row in correlate(inner, records, notes) {
            let Value::Time(time) = row.get("lastTime") else { continue };
            let event = |blocks: Vec<usize>| Counted {
                time,
                rules: vec![index],
                value: value(&correlation.kind, &row),
                computer: row.get("Computer"),
                blocks,
            };
            for (key, events) in behind.groups(&rule.by, &row, &event, notes) {
                events.into_iter().for_each(|event| add((key.clone(), event)));
            }
        }
    }
    let mut rows = Vec::new();
    for (key, mut events) in groups.into_values() {
        sort::sort_by(&mut events, |a, b| {
            (a.time, &a.blocks, &a.rules).cmp(&(b.time, &b.blocks, &b.rules))
        });
        for stretch in stretches(correlation, &events) {
            let events = events.get(stretch).unwrap_or_default();
            let mut row = row(correlation, events, now);
            for (name, value) in correlation.by.iter().zip(&key) {
                row.set(name, value.clone());
            }
            rows.push(row);
        }
    }
    rows
}

/// The record of each block, by its index, where a correlation builds on others.
struct Behind<'r, 'a>(Vec<Option<&'r Record<'a>>>);

impl<'r, 'a> Behind<'r, 'a> {
    fn new(correlation: &Correlation, records: &'r [Record<'a>]) -> Self {
        let mut all = Vec::new();
        if correlation.rules.iter().any(|rule| rule.inner.is_some()) {
            for record in records {
                for block in &record.blocks {
                    all.resize(all.len().max(block + 1), None);
                    if let Some(place) = all.get_mut(*block) {
                        *place = Some(record);
                    }
                }
            }
        }
        Self(all)
    }

    /// The groups that a row of a correlation belongs to, and the event that it is in each. The row need not be grouped
    /// by the same fields: what is no column of it is asked of the events behind it.
    fn groups(
        &self,
        by: &[String],
        row: &Record<'_>,
        event: &dyn Fn(Vec<usize>) -> Counted,
        notes: &mut Notes,
    ) -> Vec<Group> {
        let own: Vec<Value> = by.iter().map(|field| row.get(field)).collect();
        if !own.iter().any(Value::is_null) {
            return vec![(own, vec![event(row.blocks.clone())])];
        }
        let mut groups: BTreeMap<Vec<Arc<str>>, Group> = BTreeMap::new();
        let mut missing = BTreeSet::new();
        for block in &row.blocks {
            let Some(record) = self.0.get(*block).copied().flatten() else { continue };
            let either = |(field, own): (&String, &Value)| match own {
                Value::Null => record.get(field),
                own => own.clone(),
            };
            let key: Vec<Value> = by.iter().zip(&own).map(either).collect();
            if key.iter().any(Value::is_null) {
                let absent = by.iter().zip(&key).filter(|(_, value)| value.is_null());
                missing.extend(absent.map(|(field, _)| field.clone()));
                continue;
            }
            let texts = key.iter().map(|value| value.text().unwrap_or_default().as_ref().into());
            let group = groups.entry(texts.collect()).or_insert_with(|| (key, Vec::new()));
            match group.1.first_mut() {
                Some(event) => event.blocks.push(*block),
                None => group.1.push(event(vec![*block])),
            }
        }
        if groups.is_empty() {
            notes.dropped += 1;
            for field in missing {
                *notes.missing.entry(field).or_default() += 1;
            }
        }
        groups.into_values().collect()
    }
}

/// The event once for each group that it belongs to: rules may group by different fields of it.
fn counted(
    correlation: &Correlation,
    record: &Record<'_>,
    notes: &mut Notes,
) -> Vec<(Vec<Value>, Counted)> {
    let mut groups: Vec<(Vec<Value>, Counted)> = Vec::new();
    let mut missing = BTreeSet::new();
    let mut belongs = false;
    for (index, rule) in correlation.rules.iter().enumerate() {
        if rule.inner.is_some() || !rule.filter.holds(record) {
            continue;
        }
        belongs = true;
        let key: Vec<Value> = rule.by.iter().map(|field| record.get(field)).collect();
        let absent = rule.by.iter().zip(&key).filter(|(_, value)| value.is_null());
        missing.extend(absent.map(|(field, _)| field.clone()));
        let Some(time) = record.time() else {
            missing.insert("_time".to_owned());
            continue;
        };
        if key.iter().any(Value::is_null) {
            continue;
        }
        if let Some((_, event)) = groups.iter_mut().find(|(own, _)| *own == key) {
            event.rules.push(index);
            continue;
        }
        let event = Counted {
            time,
            rules: vec![index],
            value: value(&correlation.kind, record),
            computer: record.get("Computer"),
            blocks: record.blocks.clone(),
        };
        groups.push((key, event));
    }
    if belongs && groups.is_empty() {
        notes.dropped += 1;
        for field in missing {
            *notes.missing.entry(field).or_default() += 1;
        }
    }
    groups
}

fn value(kind: &CorrelationKind, record: &Record<'_>) -> Option<Arc<str>> {
    let CorrelationKind::Values(fields) = kind else { return None };
    let texts: Option<Vec<String>> =
        fields.iter().map(|field| record.get(field).text().map(String::from)).collect();
    texts.map(|texts| texts.join("\0").into())
}

/// Where enough stands close together; stretches that share an event are one.
fn stretches(correlation: &Correlation, events: &[Counted]) -> Vec<Range<usize>> {
    let mut stretches: Vec<Range<usize>> = Vec::new();
    let mut add = |found: Range<usize>| match stretches.last_mut() {
        Some(last) if found.start < last.end => {
            last.start = last.start.min(found.start);
            last.end = last.end.max(found.end);
        }
        _ => stretches.push(found),
    };
    if let CorrelationKind::Rules { ordered: true } = correlation.kind {
        ordered(correlation, events).into_iter().for_each(&mut add);
        return stretches;
    }
    let mut counts = Counts::default();
    let mut start = 0;
    for (end, event) in events.iter().enumerate() {
        counts.add(correlation, event);
        while let Some(first) = events.get(start).filter(|first| !near(correlation, first, event)) {
            counts.remove(correlation, first);
            start += 1;
        }
        // A window that could hold the next event too says nothing yet: of too many, fewer always stand together.
        let grows = events.get(start).zip(events.get(end + 1));
        let grows = grows.is_some_and(|(first, next)| near(correlation, first, next));
        if !grows && correlation.is_met(counts.count(correlation, end + 1 - start)) {
            add(start..end + 1);
        }
    }
    stretches
}

/// Chains of events, one of each rule in their order. The latest chain is the shortest, so that only the
/// latest beginning of each part of a chain has to be kept.
fn ordered(correlation: &Correlation, events: &[Counted]) -> Vec<Range<usize>> {
    let mut begins: Vec<Option<usize>> = vec![None; correlation.rules.len()];
    let mut chains = Vec::new();
    for (index, event) in events.iter().enumerate() {
        // From the last rule to the first, so that one event is not two links of a chain.
        for rule in event.rules.iter().rev() {
            let begin = match rule.checked_sub(1) {
                None => Some(index),
                Some(before) => begins.get(before).copied().flatten(),
            };
            if let (Some(_), Some(own)) = (begin, begins.get_mut(*rule)) {
                *own = begin;
            }
            let first = begin.and_then(|begin| Some((begin, events.get(begin)?)));
            if let (Some((begin, first)), true) = (first, rule + 1 == correlation.rules.len())
                && near(correlation, first, event)
            {
                chains.push(begin..index + 1);
            }
        }
    }
    chains
}

fn near(correlation: &Correlation, first: &Counted, last: &Counted) -> bool {
    let Some(seconds) = correlation.seconds else { return true };
    let end =
        i64::try_from(seconds).ok().and_then(|seconds| first.time.checked_add_seconds(seconds));
    end.is_none_or(|end| last.time <= end)
}

/// What stands in a window, kept as it slides.
#[derive(Default)]
struct Counts<'a> {
    values: HashMap<&'a str, usize>,
    rules: HashMap<usize, usize>,
}

impl<'a> Counts<'a> {
    fn add(&mut self, correlation: &Correlation, event: &'a Counted) {
        match (&correlation.kind, &event.value) {
            (CorrelationKind::Values(_), Some(value)) => {
                *self.values.entry(value).or_default() += 1
            }
            (CorrelationKind::Rules { .. }, _) => {
                event.rules.iter().for_each(|rule| *self.rules.entry(*rule).or_default() += 1);
            }
            _ => {}
        }
    }

    fn remove(&mut self, correlation: &Correlation, event: &'a Counted) {
        match (&correlation.kind, &event.value) {
            (CorrelationKind::Values(_), Some(value)) => release(&mut self.values, &value.as_ref()),
            (CorrelationKind::Rules { .. }, _) => {
                event.rules.iter().for_each(|rule| release(&mut self.rules, rule));
            }
            _ => {}
        }
    }

    fn count(&self, correlation: &Correlation, events: usize) -> usize {
        match correlation.kind {
            CorrelationKind::Events => events,
            CorrelationKind::Values(_) => self.values.len(),
            CorrelationKind::Rules { .. } => self.rules.len(),
        }
    }
}

fn release<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

fn row<'a>(correlation: &Correlation, events: &[Counted], now: Option<Time>) -> Record<'a> {
    let mut blocks: Vec<usize> = events.iter().flat_map(|event| event.blocks.clone()).collect();
    sort::sort(&mut blocks);
    blocks.dedup();
    let mut row = Record::row(blocks, now);
    let mut counts = Counts::default();
    events.iter().for_each(|event| counts.add(correlation, event));
    let count = counts.count(correlation, events.len());
    let time = |event: Option<&Counted>| event.map_or(Value::Null, |event| Value::Time(event.time));
    let rules = sort::collect_set(events.iter().flat_map(|event| event.rules.clone()));
    let named = rules.iter().filter_map(|rule| correlation.rules.get(*rule));
    let computers =
        sort::collect_map(events.iter().filter_map(|event| {
            Some((event.computer.text()?.into_owned(), event.computer.clone()))
        }));
    row.set("Computer", Value::multi(computers.into_values().collect()));
    row.set("count", Value::Num(u32::try_from(count).map_or(f64::MAX, f64::from)));
    row.set("firstTime", time(events.first()));
    row.set("lastTime", time(events.last()));
    row.set("rules", Value::multi(named.map(|rule| Value::from(rule.name.as_str())).collect()));
    row
}
