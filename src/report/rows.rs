//! The rows of a rule's table as results.

use super::allow::{Allowed, Suppressors};
use super::blocks::{Candidate, hash};
use super::show::time;
use super::{Cell, Fields, Matched, Number, Row, Spans};
use crate::limits;
use crate::order;
use crate::reassemble::ScriptBlock;
use crate::risk;
use crate::room;
use crate::rule;
use crate::script::View;
use crate::search::{Behind, Table, Value};
use crate::text::utf16_ranges;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

/// A result and the risk it makes.
pub(super) struct Scored {
    pub(super) row: Row,
    pub(super) risk: Vec<risk::RiskEvent>,
    /// Indexes of the blocks behind it, the earliest first.
    pub(super) behind: Vec<usize>,
    /// The entry on trial would hide it.
    pub(super) on_trial: bool,
}

/// A table of a rule's search.
pub(super) struct Found<'a> {
    pub(super) table: Table,
    /// Where its blocks were found by what is hidden in their texts: for each block, what that is.
    pub(super) behind: HashMap<usize, (&'a View, &'a ScriptBlock)>,
}

pub(super) fn rows(
    rule: &rule::Rule,
    found: &Found<'_>,
    blocks: &[Candidate<'_>],
    suppressors: &Suppressors<'_>,
) -> Vec<Scored> {
    let table = &found.table;
    let mut seen: HashMap<String, u32> = HashMap::new();
    let scored = table.rows.iter().map(|row| {
        room::follow();
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
        let mut key = row_key(&rule.id, &fields, behind.first().copied());
        if !found.behind.is_empty() {
            key = hash(&[&key, "view"]);
        }
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
            blocks: indexes
                .iter()
                .zip(&behind)
                .take(limits::BLOCKS_PER_RESULT)
                .map(|(index, block)| matched(rule, block, found.behind.get(index)))
                .collect(),
            blocks_total: behind.len() as u64,
        };
        Scored { row, risk, behind: indexes, on_trial }
    });
    scored.collect()
}

/// What a row is known by: its rule and all that it does not merely count.
fn row_key(rule: &str, fields: &Fields, first: Option<&Candidate<'_>>) -> String {
    let mut key = vec![Cow::Borrowed(rule)];
    for (column, cell) in &fields.0 {
        if !matches!(column.as_str(), "count" | "firstTime" | "lastTime") {
            key.push(Cow::Borrowed(column));
            match cell {
                Cell::One(value) => key.push(key_part(value, first)),
                Cell::Many(values) => {
                    key.extend(values.iter().map(|value| Cow::Borrowed(&**value)))
                }
                Cell::Null => {}
            }
        }
    }
    hash(&key.iter().map(AsRef::as_ref).collect::<Vec<_>>())
}

/// Values longer than this stand in a row's key by their hashes.
const LONG: usize = 1 << 10;

/// A value as it stands in a row's key. A long one is mostly the text of the block behind the row.
fn key_part<'a>(value: &'a str, first: Option<&'a Candidate<'_>>) -> Cow<'a, str> {
    match first {
        _ if value.len() <= LONG => value.into(),
        Some(block)
            if crate::lanes::is_same(value.as_bytes(), block.kept.block.text.as_bytes()) =>
        {
            block.text_hash().into()
        }
        _ => hash(&[value]).into(),
    }
}

/// What in a block matched. Of what is hidden in its text, first where it stands in the view, then what of the
/// text itself says so.
fn matched(
    rule: &rule::Rule,
    block: &Candidate<'_>,
    hidden: Option<&(&View, &ScriptBlock)>,
) -> Matched {
    let original = &block.kept.block;
    let searched = hidden.map_or(original, |(_, behind)| behind);
    let places = rule.search.as_ref().map(|search| search.spans(searched)).unwrap_or_default();
    let spans = match hidden {
        None => [spans("original", &original.text, &places), None],
        Some((view, _)) => {
            let origins = places.iter().map(|place| view.map.original(place.clone())).collect();
            [
                spans(&view.name, &view.text, &places),
                spans("original", &original.text, &apart(origins)),
            ]
        }
    };
    Matched { id: block.id.clone(), spans: spans.into_iter().flatten().collect() }
}

fn spans(view: &str, text: &str, places: &[Range<usize>]) -> Option<Spans> {
    let ranges = utf16_ranges(text, places).into_iter().map(|range| (range.start, range.end));
    let ranges: Vec<(usize, usize)> = ranges.collect();
    (!ranges.is_empty()).then(|| Spans { view: view.to_owned(), ranges })
}

/// The ranges sorted, those that overlap as one.
fn apart(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    order::sort_by_key(&mut ranges, |range| (range.start, range.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match apart.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

fn show_cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Multi(values) => Cell::Many(values.iter().map(Value::shared).collect()),
        single => Cell::One(single.shared()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Config, Session};
    use std::sync::Arc;

    #[test]
    fn a_text_that_many_rules_find_is_held_once() {
        let text = "Enable-PSRemoting; New-LocalUser -Name x; wevtutil cl Security";
        let event = format!(
            r#"{{"EventID":4104,"Channel":"Microsoft-Windows-PowerShell/Operational","Computer":"FS03",
                "ScriptBlockId":"1","MessageNumber":1,"MessageTotal":1,"ScriptBlockText":"{text}"}}"#
        );
        let mut session = Session::new(Config::default());
        session.begin("log.json").unwrap();
        session.push(event.as_bytes()).unwrap();
        session.end().unwrap();
        let report = session.report();
        assert!(report.results.len() > 2);
        for result in &report.results {
            let Some(Cell::One(cell)) = result.fields.get("ScriptBlockText") else { panic!() };
            assert!(Arc::ptr_eq(cell, &report.script_blocks[0].text), "{}", result.rule_id);
        }
    }
}
