//! The rows of a rule's table as results.

use super::allow::{ParsedEntry, Suppression};
use super::blocks::{BlockDraft, PieceHasher, hash};
use super::contract::{Cell, Fields, Matched, Number, Row, Spans};
use super::convert::time;
use crate::limits;
use crate::memory;
use crate::reassemble::ScriptBlock;
use crate::risk;
use crate::rule::{self, Score};
use crate::script::View;
use crate::search::{self, ResultTable, RowWithBlock, Value};
use crate::sort;
use crate::text::utf16_ranges;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

/// A result, told as far as is needed of every one of them. What a report lists of it is made by [`into_row`], for those
/// that are kept.
pub(super) struct ResultDraft<'a> {
    pub(super) id: String,
    pub(super) rule: &'a rule::Rule,
    /// Index of the table that it is a row of.
    found: usize,
    cells: Vec<Value>,
    pub(super) suppressed_by: Option<String>,
    pub(super) risk: Vec<risk::RowRisk>,
    /// Indexes of the blocks behind it, the earliest first.
    pub(super) behind: Vec<usize>,
    /// The entry on trial would hide it.
    pub(super) on_trial: bool,
}

impl ResultDraft<'_> {
    /// Which results are kept: the least first.
    pub(super) fn rank(&self) -> (Reverse<Score>, &str) {
        (Reverse(self.rule.score()), &self.id)
    }

    /// The cell of a column.
    pub(super) fn cell(&self, column: &str, tables: &[RuleTable<'_>]) -> Option<&Value> {
        let columns = &tables.get(self.found)?.table.columns;
        self.cells.get(columns.iter().position(|own| own == column)?)
    }
}

/// A table of a rule's search.
pub(super) struct RuleTable<'a> {
    pub(super) table: ResultTable,
    /// Where its blocks were found by what is hidden in their texts: for each block, what that is.
    pub(super) behind: HashMap<usize, (&'a View, &'a ScriptBlock)>,
}

/// The rows of a table, which is to stand at this index among all of them. The table has none afterwards.
pub(super) fn rows<'a>(
    rule: &'a rule::Rule,
    (index, found): (usize, &mut RuleTable<'_>),
    blocks: &[BlockDraft<'_>],
    suppressors: &Suppression<'_>,
) -> Vec<ResultDraft<'a>> {
    let rows = std::mem::take(&mut found.table.rows);
    let columns = &found.table.columns;
    let mut seen: HashMap<String, u32> = HashMap::with_capacity(rows.len());
    let scored = rows.into_iter().map(|row| {
        memory::grow_ahead();
        let search::TableRow { cells, blocks: mut behind, suppressed_by } = row;
        sort::sort_by_key(&mut behind, |index| {
            blocks.get(*index).map(|block| (block.kept.block.event.time, &block.id))
        });
        let texts = || behind.iter().filter_map(|index| blocks.get(*index));
        let mut id = row_key(&rule.id, columns, &cells, texts().next());
        if !found.behind.is_empty() {
            id = hash(&[&id, "view"]);
        }
        let twin = seen.entry(id.clone()).or_default();
        *twin += 1;
        if *twin > 1 {
            id = hash(&[&id, &twin.to_string()]);
        }
        // Hidden is only what is hidden for every block behind the row.
        let hides = |entry: &ParsedEntry| {
            texts().all(|block| {
                entry.holds(&RowWithBlock { columns, cells: &cells, block: &block.kept.block })
            })
        };
        let suppressed_by = suppressed_by.or_else(|| suppressors.of_row(&rule.id, &hides));
        let on_trial = suppressors.on_trial(&rule.id, &hides);
        let last = texts().rev().find_map(|block| block.kept.block.event.time);
        let risk = risk::row_risks(rule, columns, &cells, last);
        ResultDraft { id, rule, found: index, cells, suppressed_by, risk, behind, on_trial }
    });
    scored.collect()
}

/// What a report lists of a result.
pub(super) fn into_row(
    result: ResultDraft<'_>,
    tables: &[RuleTable<'_>],
    blocks: &[BlockDraft<'_>],
) -> Option<Row> {
    let found = tables.get(result.found)?;
    let texts =
        || result.behind.iter().filter_map(|index| blocks.get(*index).map(|block| (*index, block)));
    let mut times = texts().filter_map(|(_, block)| block.kept.block.event.time);
    let first = times.next();
    let cells = result.cells.iter().map(convert_cell);
    Some(Row {
        rule_id: result.rule.id.clone(),
        fields: Fields(found.table.columns.iter().cloned().zip(cells).collect()),
        count: result.behind.len() as u64,
        first_time: time(first),
        last_time: time(times.next_back().or(first)),
        score: Number(result.rule.score().hundredths()),
        message: result.risk.first().and_then(|event| event.message.clone()),
        blocks: texts()
            .take(limits::BLOCKS_PER_RESULT)
            .map(|(index, block)| matched(result.rule, block, found.behind.get(&index)))
            .collect(),
        blocks_total: result.behind.len() as u64,
        suppressed_by: result.suppressed_by,
        id: result.id,
    })
}

/// What a row is known by: its rule and all that it does not merely count.
fn row_key(
    rule: &str,
    columns: &[String],
    cells: &[Value],
    first: Option<&BlockDraft<'_>>,
) -> String {
    let mut key = PieceHasher::default();
    key.push(rule);
    for (column, cell) in columns.iter().zip(cells) {
        if !matches!(column.as_str(), "count" | "firstTime" | "lastTime") {
            key.push(column);
            for value in cell.each() {
                let value = value.text().unwrap_or_default();
                match cell {
                    Value::Multi(_) => key.push(&value),
                    _ => key.push(&key_part(&value, first)),
                }
            }
        }
    }
    key.finish()
}

/// Values longer than this stand in a row's key by their hashes.
const LONG: usize = 1 << 10;

/// A value as it stands in a row's key. A long one is mostly the text of the block behind the row.
fn key_part<'a>(value: &'a str, first: Option<&'a BlockDraft<'_>>) -> Cow<'a, str> {
    match first {
        _ if value.len() <= LONG => value.into(),
        Some(block)
            if crate::simd::is_equal(value.as_bytes(), block.kept.block.text.as_bytes()) =>
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
    block: &BlockDraft<'_>,
    hidden: Option<&(&View, &ScriptBlock)>,
) -> Matched {
    let original = &block.kept.block;
    let searched = hidden.map_or(original, |(_, behind)| behind);
    let places = rule.search.as_ref().map(|search| search.highlights(searched)).unwrap_or_default();
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
    sort::sort_by_key(&mut ranges, |range| (range.start, range.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match apart.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

fn convert_cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Multi(values) => Cell::Many(values.iter().map(Value::shared).collect()),
        single => Cell::One(single.shared()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Options, Session};
    use std::sync::Arc;

    #[test]
    fn a_text_that_many_rules_find_is_held_once() {
        let text = "Enable-PSRemoting; New-LocalUser -Name x; wevtutil cl Security";
        let event = format!(
            r#"{{"EventID":4104,"Channel":"Microsoft-Windows-PowerShell/Operational","Computer":"FS03",
                "ScriptBlockId":"1","MessageNumber":1,"MessageTotal":1,"ScriptBlockText":"{text}"}}"#
        );
        let mut session = Session::new(Options::default()).unwrap();
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
