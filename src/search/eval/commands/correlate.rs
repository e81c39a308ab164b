//! Sigma correlations: groups events, and finds the periods with enough of them.
//!
//! ```text
//! rows ─ rule filters ─▶ events ─ by-fields ─▶ groups ─ sort by time ─▶ periods that meet the bounds ─▶ rows
//! ```

use super::notes::RunNotes;
use super::pipeline_row::PipelineRow;
use crate::event::canonical;
use crate::ordered::{OrderedMap, OrderedSet};
use crate::search::ast::correlation::{
    CorrelatedRule, Correlation, CorrelationKind, MILLION, Measure, Quantity, millionths,
};
use crate::search::eval::row::Row;
use crate::search::values::value::Value;
use crate::sort;
use crate::text::fold_case;
use crate::time::Time;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// An event of at least one rule.
struct CorrelatedEvent {
    time: Time,
    /// Indexes of the rules that select the event.
    rules: Vec<usize>,
    /// The counted combination of values, for a value count.
    value: Option<Arc<str>>,
    /// The measured number in millionths, for a measure.
    number: Option<i128>,
    computer: Value,
    blocks: Vec<usize>,
}

/// The values of the by-fields and the events with them.
type CorrelationGroup = (Vec<Value>, Vec<CorrelatedEvent>);

/// The texts of a group's values, by which it is found. Computers are in folded case.
type GroupKey = Vec<Arc<str>>;

/// Returns the key of a group.
fn group_key(correlation: &Correlation, values: &[Value]) -> GroupKey {
    let is_computer = |index: usize| {
        let own = correlation.by.get(index).into_iter();
        let fields = correlation.rules.iter().filter_map(|rule| rule.by.get(index));
        own.chain(fields).any(|field| canonical(field) == "Computer")
    };
    let text = |(index, value): (usize, &Value)| {
        let text = value.text().unwrap_or_default();
        if is_computer(index) { fold_case(&text).into() } else { text.as_ref().into() }
    };
    values.iter().enumerate().map(text).collect()
}

/// Applies a correlation. The rows are sorted by group, and in each group by time.
pub(super) fn correlate<'a>(
    correlation: &Correlation,
    rows: &[PipelineRow<'a>],
    notes: &mut RunNotes,
) -> Vec<PipelineRow<'a>> {
    let now = rows.first().and_then(Row::now);
    let mut groups: OrderedMap<GroupKey, CorrelationGroup> = OrderedMap::new();
    let mut add = |(values, event): (Vec<Value>, CorrelatedEvent)| {
        let key = group_key(correlation, &values);
        groups.entry(key).or_insert_with(|| (values, Vec::new())).1.push(event);
    };
    for row in rows {
        events_of(correlation, row, notes).into_iter().for_each(&mut add);
    }
    let rows_by_block = RowsByBlock::new(correlation, rows);
    for (index, rule) in correlation.rules.iter().enumerate() {
        let Some(inner) = &rule.inner else { continue };
        for row in correlate(inner, rows, notes) {
            let Value::Time(time) = row.get("lastTime") else { continue };
            let number = measured_number(correlation, rule, &row);
            if matches!(correlation.kind, CorrelationKind::Numbers { .. }) && number.is_none() {
                continue;
            }
            let event = |blocks: Vec<usize>| CorrelatedEvent {
                time,
                rules: vec![index],
                value: counted_value(correlation, rule, &row),
                number,
                computer: row.get("Computer"),
                blocks,
            };
            for (key, events) in rows_by_block.groups(&rule.by, &row, &event, notes) {
                events.into_iter().for_each(|event| add((key.clone(), event)));
            }
        }
    }
    let mut rows = Vec::new();
    for (key, mut events) in groups.into_values() {
        sort::sort_by(&mut events, |a, b| {
            (a.time, &a.blocks, &a.rules).cmp(&(b.time, &b.blocks, &b.rules))
        });
        for period in periods(correlation, &events) {
            let events = events.get(period).unwrap_or_default();
            let mut row = period_row(correlation, events, now);
            for (name, value) in correlation.by.iter().zip(&key) {
                row.set(name, value.clone());
            }
            rows.push(row);
        }
    }
    rows
}

/// The input row of each script block, by its index; empty unless the correlation has inner ones.
struct RowsByBlock<'r, 'a>(Vec<Option<&'r PipelineRow<'a>>>);

impl<'r, 'a> RowsByBlock<'r, 'a> {
    fn new(correlation: &Correlation, rows: &'r [PipelineRow<'a>]) -> Self {
        let mut all = Vec::new();
        if correlation.rules.iter().any(|rule| rule.inner.is_some()) {
            for row in rows {
                for block in &row.blocks {
                    all.resize(all.len().max(block + 1), None);
                    if let Some(place) = all.get_mut(*block) {
                        *place = Some(row);
                    }
                }
            }
        }
        Self(all)
    }

    /// Returns the groups that a row of an inner correlation belongs to, with its event in each. By-fields that are not
    /// columns of the row are read from the events that the row was made from.
    fn groups(
        &self,
        by: &[String],
        row: &PipelineRow<'_>,
        event: &dyn Fn(Vec<usize>) -> CorrelatedEvent,
        notes: &mut RunNotes,
    ) -> Vec<CorrelationGroup> {
        let own: Vec<Value> = by.iter().map(|field| row.get(field)).collect();
        if !own.iter().any(Value::is_null) {
            return vec![(own, vec![event(row.blocks.clone())])];
        }
        let mut groups: OrderedMap<Vec<Arc<str>>, CorrelationGroup> = OrderedMap::new();
        let mut missing = OrderedSet::new();
        for block in &row.blocks {
            let Some(input) = self.0.get(*block).copied().flatten() else { continue };
            let either = |(field, own): (&String, &Value)| match own {
                Value::Null => input.get(field),
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
            notes.drop_event(missing);
        }
        groups.into_values().collect()
    }
}

/// Returns the event of a row once for each group that it belongs to: rules may group by different fields.
fn events_of(
    correlation: &Correlation,
    row: &PipelineRow<'_>,
    notes: &mut RunNotes,
) -> Vec<(Vec<Value>, CorrelatedEvent)> {
    let mut groups: Vec<(Vec<Value>, CorrelatedEvent)> = Vec::new();
    let mut missing = OrderedSet::new();
    let mut belongs = false;
    for (index, rule) in correlation.rules.iter().enumerate() {
        if rule.inner.is_some() || !rule.filter.holds(row) {
            continue;
        }
        belongs = true;
        let key: Vec<Value> = rule.by.iter().map(|field| row.get(field)).collect();
        let absent = rule.by.iter().zip(&key).filter(|(_, value)| value.is_null());
        missing.extend(absent.map(|(field, _)| field.clone()));
        let Some(time) = row.time() else {
            missing.insert("_time".to_owned());
            continue;
        };
        let number = measured_number(correlation, rule, row);
        if let (CorrelationKind::Numbers { .. }, None) = (&correlation.kind, number) {
            missing.extend(rule.fields.first().cloned());
            continue;
        }
        if key.iter().any(Value::is_null) {
            continue;
        }
        if let Some((_, event)) = groups.iter_mut().find(|(own, _)| *own == key) {
            event.rules.push(index);
            continue;
        }
        let event = CorrelatedEvent {
            time,
            rules: vec![index],
            value: counted_value(correlation, rule, row),
            number,
            computer: row.get("Computer"),
            blocks: row.blocks.clone(),
        };
        groups.push((key, event));
    }
    if belongs && groups.is_empty() {
        notes.drop_event(missing);
    }
    groups
}

/// Returns the counted combination of values; `None` if one is absent or another quantity is counted.
fn counted_value(
    correlation: &Correlation,
    rule: &CorrelatedRule,
    row: &PipelineRow<'_>,
) -> Option<Arc<str>> {
    let CorrelationKind::Values(_) = correlation.kind else { return None };
    let text = |field: &String| {
        let value = row.get(field);
        let text = value.text()?;
        Some(if canonical(field) == "Computer" { fold_case(&text) } else { text.into_owned() })
    };
    let texts: Option<Vec<String>> = rule.fields.iter().map(text).collect();
    texts.map(|texts| texts.join("\0").into())
}

/// Returns the measured number in millionths; `None` if the field has none or nothing is measured.
fn measured_number(
    correlation: &Correlation,
    rule: &CorrelatedRule,
    row: &PipelineRow<'_>,
) -> Option<i128> {
    let CorrelationKind::Numbers { .. } = correlation.kind else { return None };
    millionths(row.get(rule.fields.first()?).text()?.trim())
}

/// Returns the periods whose counts meet the bounds, as ranges of events; overlapping ones are merged.
fn periods(correlation: &Correlation, events: &[CorrelatedEvent]) -> Vec<Range<usize>> {
    let mut periods: Vec<Range<usize>> = Vec::new();
    let mut add = |found: Range<usize>| match periods.last_mut() {
        Some(last) if found.start < last.end => {
            last.start = last.start.min(found.start);
            last.end = last.end.max(found.end);
        }
        _ => periods.push(found),
    };
    if let CorrelationKind::Rules { ordered: true } = correlation.kind {
        ordered_periods(correlation, events).into_iter().for_each(&mut add);
        return periods;
    }
    let mut counts = WindowCounts::new(correlation, events);
    let mut start = 0;
    for (end, event) in events.iter().enumerate() {
        counts.add(correlation, event);
        while let Some(first) = events.get(start).filter(|first| !near(correlation, first, event)) {
            counts.remove(correlation, first);
            start += 1;
        }
        // A window that can grow is not counted: for an upper bound, each window with too many events contains some
        // that have few enough.
        let grows = events.get(start).zip(events.get(end + 1));
        let grows = grows.is_some_and(|(first, next)| near(correlation, first, next));
        if !grows && counts.meets(correlation, end + 1 - start) {
            add(start..end + 1);
        }
    }
    periods
}

/// Returns chains of events, one of each rule in their order. Of chains with the same end, the one that starts latest
/// is the shortest, so only the latest start of each partial chain is stored.
fn ordered_periods(correlation: &Correlation, events: &[CorrelatedEvent]) -> Vec<Range<usize>> {
    let mut starts: Vec<Option<usize>> = vec![None; correlation.rules.len()];
    let mut chains = Vec::new();
    for (index, event) in events.iter().enumerate() {
        // From the last rule to the first, so that an event is not two links of one chain.
        for rule in event.rules.iter().rev() {
            let begin = match rule.checked_sub(1) {
                None => Some(index),
                Some(before) => starts.get(before).copied().flatten(),
            };
            if let (Some(_), Some(own)) = (begin, starts.get_mut(*rule)) {
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

/// Whether two events are close enough to share a period.
fn near(correlation: &Correlation, first: &CorrelatedEvent, last: &CorrelatedEvent) -> bool {
    let Some(seconds) = correlation.seconds else { return true };
    let end =
        i64::try_from(seconds).ok().and_then(|seconds| first.time.checked_add_seconds(seconds));
    end.is_none_or(|end| last.time <= end)
}

/// The counts of a sliding window of events.
#[derive(Default)]
struct WindowCounts<'a> {
    values: HashMap<&'a str, usize>,
    rules: HashMap<usize, usize>,
    sum: i128,
    numbers: NumberCounts,
}

impl<'a> WindowCounts<'a> {
    /// Creates the counts of an empty window over these events.
    fn new(correlation: &Correlation, events: &[CorrelatedEvent]) -> Self {
        let is_percentile = matches!(
            correlation.kind,
            CorrelationKind::Numbers { measure: Measure::Percentile(_), .. }
        );
        let numbers = events.iter().filter(|_| is_percentile).filter_map(|event| event.number);
        Self { numbers: NumberCounts::new(numbers), ..Self::default() }
    }

    fn add(&mut self, correlation: &Correlation, event: &'a CorrelatedEvent) {
        match (&correlation.kind, &event.value) {
            (CorrelationKind::Values(_), Some(value)) => {
                *self.values.entry(value).or_default() += 1
            }
            (CorrelationKind::Rules { .. } | CorrelationKind::Presence(_), _) => {
                event.rules.iter().for_each(|rule| *self.rules.entry(*rule).or_default() += 1);
            }
            (CorrelationKind::Numbers { .. }, _) => {
                let number = event.number.unwrap_or_default();
                self.sum = self.sum.saturating_add(number);
                self.numbers.add(number, 1);
            }
            _ => {}
        }
    }

    fn remove(&mut self, correlation: &Correlation, event: &'a CorrelatedEvent) {
        match (&correlation.kind, &event.value) {
            (CorrelationKind::Values(_), Some(value)) => {
                decrement(&mut self.values, &value.as_ref())
            }
            (CorrelationKind::Rules { .. } | CorrelationKind::Presence(_), _) => {
                event.rules.iter().for_each(|rule| decrement(&mut self.rules, rule));
            }
            (CorrelationKind::Numbers { .. }, _) => {
                let number = event.number.unwrap_or_default();
                self.sum = self.sum.saturating_sub(number);
                self.numbers.add(number, -1);
            }
            _ => {}
        }
    }

    /// Whether a window with this number of events meets the correlation's bounds.
    fn meets(&self, correlation: &Correlation, events: usize) -> bool {
        match &correlation.kind {
            CorrelationKind::Presence(expr) => expr.holds(&|rule| self.rules.contains_key(&rule)),
            CorrelationKind::Numbers { measure, .. } => {
                correlation.is_met(self.measure(*measure, events))
            }
            _ => correlation.is_met(Quantity::count(self.count(correlation, events))),
        }
    }

    fn count(&self, correlation: &Correlation, events: usize) -> usize {
        match correlation.kind {
            CorrelationKind::Events | CorrelationKind::Numbers { .. } => events,
            CorrelationKind::Values(_) => self.values.len(),
            CorrelationKind::Rules { .. } | CorrelationKind::Presence(_) => self.rules.len(),
        }
    }

    /// Returns the measure of a window with this number of events, which is not zero.
    fn measure(&self, measure: Measure, events: usize) -> Quantity {
        let (numerator, denominator) = match measure {
            Measure::Sum => (self.sum, 1),
            Measure::Average => (self.sum, i128::try_from(events).unwrap_or(i128::MAX).max(1)),
            Measure::Percentile(percent) => {
                let rank = (events.saturating_mul(usize::from(percent))).div_ceil(100).max(1);
                (self.numbers.of_rank(rank), 1)
            }
        };
        Quantity { numerator, denominator }
    }
}

/// Counts of numbers, from which the number of any rank is found: a Fenwick tree over the distinct numbers.
#[derive(Default)]
struct NumberCounts {
    /// The distinct numbers, in ascending order.
    numbers: Vec<i128>,
    /// At each index from 1, the count of as many numbers up to there as the lowest set bit of the index says.
    tree: Vec<isize>,
}

impl NumberCounts {
    /// Creates counts of zero for these numbers.
    fn new(numbers: impl Iterator<Item = i128>) -> Self {
        let numbers: Vec<i128> = OrderedSet::from_iter(numbers).into_iter().collect();
        Self { tree: vec![0; numbers.len() + 1], numbers }
    }

    fn add(&mut self, number: i128, change: isize) {
        let Ok(at) = self.numbers.binary_search(&number) else { return };
        let mut at = at + 1;
        while let Some(count) = self.tree.get_mut(at) {
            *count += change;
            at += at & at.wrapping_neg();
        }
    }

    /// Returns the number of a rank from 1, zero if there are fewer.
    fn of_rank(&self, rank: usize) -> i128 {
        let mut rest = isize::try_from(rank).unwrap_or(isize::MAX);
        let mut at = 0;
        let mut step = self.tree.len().next_power_of_two();
        while step > 0 {
            if let Some(count) = self.tree.get(at + step).filter(|count| **count < rest) {
                at += step;
                rest -= count;
            }
            step /= 2;
        }
        self.numbers.get(at).copied().unwrap_or_default()
    }
}

/// Decrements a count and removes it at zero.
fn decrement<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// Returns the row of a period.
fn period_row<'a>(
    correlation: &Correlation,
    events: &[CorrelatedEvent],
    now: Option<Time>,
) -> PipelineRow<'a> {
    let mut blocks: Vec<usize> = events.iter().flat_map(|event| event.blocks.clone()).collect();
    sort::sort(&mut blocks);
    blocks.dedup();
    let mut row = PipelineRow::new(blocks, now);
    let mut counts = WindowCounts::new(correlation, events);
    events.iter().for_each(|event| counts.add(correlation, event));
    let count = counts.count(correlation, events.len());
    let time = |event: Option<&CorrelatedEvent>| {
        event.map_or(Value::Null, |event| Value::Time(event.time))
    };
    let rules = OrderedSet::from_iter(events.iter().flat_map(|event| event.rules.clone()));
    let named = rules.iter().filter_map(|rule| correlation.rules.get(*rule));
    let computers =
        OrderedMap::from_iter(events.iter().filter_map(|event| {
            Some((fold_case(&event.computer.text()?), event.computer.clone()))
        }));
    row.set("Computer", Value::multi(computers.into_values().collect()));
    row.set("count", Value::Num(u32::try_from(count).map_or(f64::MAX, f64::from)));
    if let CorrelationKind::Numbers { measure, .. } = correlation.kind {
        let Quantity { numerator, denominator } = counts.measure(measure, events.len());
        let number = numerator as f64 / denominator.saturating_mul(MILLION) as f64;
        row.set(measure.name(), Value::Num(number));
    }
    row.set("firstTime", time(events.first()));
    row.set("lastTime", time(events.last()));
    row.set("rules", Value::multi(named.map(|rule| Value::from(rule.name.as_str())).collect()));
    row
}
