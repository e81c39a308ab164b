//! The rows of a rule's table as results.

use super::allow::{Allowed, Suppressors};
use super::blocks::{Candidate, hash};
use super::show::time;
use super::{Cell, Fields, Matched, Number, Row, Spans};
use crate::limits;
use crate::order;
use crate::risk;
use crate::rule;
use crate::search::{Behind, Table, Value};
use crate::text::utf16_ranges;
use std::collections::HashMap;

/// A result and the risk it makes.
pub(super) struct Scored {
    pub(super) row: Row,
    pub(super) risk: Vec<risk::RiskEvent>,
    /// Indexes of the blocks behind it, the earliest first.
    pub(super) behind: Vec<usize>,
    /// The entry on trial would hide it.
    pub(super) on_trial: bool,
}

pub(super) fn rows(
    rule: &rule::Rule,
    table: &Table,
    blocks: &[Candidate<'_>],
    suppressors: &Suppressors<'_>,
) -> Vec<Scored> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let scored = table.rows.iter().map(|row| {
        let mut indexed: Vec<(usize, &Candidate<'_>)> = row
            .blocks
            .iter()
            .filter_map(|&index| blocks.get(index).map(|block| (index, block)))
            .collect();
        order::sort_by(&mut indexed, |(_, a), (_, b)| {
            (a.kept.block.event.time, &a.id).cmp(&(b.kept.block.event.time, &b.id))
        });
        let (indexes, behind): (Vec<usize>, Vec<&Candidate<'_>>) = indexed.into_iter().unzip();
        let times = || behind.iter().filter_map(|block| block.kept.block.event.time);
        let risk = risk::events(rule, &table.columns, &row.cells, times().next_back());
        let cells: Vec<Cell> = row.cells.iter().map(show_cell).collect();
        let fields = Fields(table.columns.iter().cloned().zip(cells).collect());
        let mut key = row_key(&rule.id, &fields);
        let twin = seen.entry(key.clone()).or_default();
        *twin += 1;
        if *twin > 1 {
            key = hash(&[&key, &twin.to_string()]);
        }
        // Hidden is only what is hidden for every block behind the row.
        let hides = |entry: &Allowed| {
            behind.iter().all(|block| {
                entry.holds(&Behind {
                    columns: &table.columns,
                    cells: &row.cells,
                    block: &block.kept.block,
                })
            })
        };
        let suppressed_by =
            row.suppressed_by.clone().or_else(|| suppressors.of_row(&rule.id, &hides));
        let on_trial = suppressors.on_trial(&rule.id, &hides);
        let message = risk.first().and_then(|event| event.message.clone());
        let row = Row {
            id: key,
            rule_id: rule.id.clone(),
            fields,
            count: behind.len() as u64,
            first_time: time(times().next()),
            last_time: time(times().next_back()),
            score: Number(rule.score().hundredths()),
            message,
            suppressed_by,
            blocks: behind
                .iter()
                .take(limits::BLOCKS_PER_RESULT)
                .map(|block| matched(rule, block))
                .collect(),
            blocks_total: behind.len() as u64,
        };
        Scored { row, risk, behind: indexes, on_trial }
    });
    scored.collect()
}

/// What a row is known by: its rule and all that it does not merely count.
fn row_key(rule: &str, fields: &Fields) -> String {
    let mut key = vec![rule.to_owned()];
    for (column, cell) in &fields.0 {
        if !matches!(column.as_str(), "count" | "firstTime" | "lastTime") {
            key.push(column.clone());
            match cell {
                Cell::One(value) => key.push(value.clone()),
                Cell::Many(values) => key.extend(values.iter().cloned()),
                Cell::Null => {}
            }
        }
    }
    hash(&key.iter().map(String::as_str).collect::<Vec<_>>())
}

fn matched(rule: &rule::Rule, block: &Candidate<'_>) -> Matched {
    let ranges = rule.search.as_ref().map(|search| search.spans(&block.kept.block));
    let ranges = utf16_ranges(&block.kept.block.text, &ranges.unwrap_or_default());
    let spans = if ranges.is_empty() {
        Vec::new()
    } else {
        let ranges = ranges.into_iter().map(|range| (range.start, range.end)).collect();
        vec![Spans { view: "original", ranges }]
    };
    Matched { id: block.id.clone(), spans }
}

fn show_cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Multi(values) => Cell::Many(
            values
                .iter()
                .filter_map(|value| value.text().map(std::borrow::Cow::into_owned))
                .collect(),
        ),
        single => single.text().map_or(Cell::Null, |text| Cell::One(text.into_owned())),
    }
}
