//! [`ResultDraft`]: a row of a rule's table as a result, and the report's row made of it.

use super::allow::{ParsedEntry, Suppression};
use super::blocks::BlockDraft;
use super::contract::{Cell, Fields, Matched, Number, Row, Spans};
use super::ids::{PieceHasher, hash, id_bits};
use super::times::format_time;
use crate::event::UserNames;
use crate::limits;
use crate::memory;
use crate::reassemble::ScriptBlock;
use crate::risk::{self, BlockOrigin};
use crate::rule::{self, Score};
use crate::script::View;
use crate::search::{self, ResultTable, RowWithBlock, Value};
use crate::sort;
use crate::text::utf16_ranges;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// A result with what is needed of every one: id, risk and suppression. [`into_row`] makes the rest, for the results that a
/// report lists.
pub(super) struct ResultDraft<'a> {
    pub(super) id: Arc<str>,
    pub(super) rule: &'a rule::Rule,
    /// The rule's id, which its results and their risk share.
    pub(super) rule_id: Arc<str>,
    /// Index of its table.
    table: usize,
    cells: Vec<Value>,
    pub(super) suppressed_by: Option<String>,
    pub(super) risk: Vec<risk::RowRisk>,
    /// Indexes of the blocks it was made from, the earliest first.
    pub(super) blocks: Vec<usize>,
    /// Whether the allow-list entry on trial would hide it.
    pub(super) trial_hides: bool,
}

impl ResultDraft<'_> {
    /// The order in which results are kept, the first first.
    pub(super) fn rank(&self) -> (Reverse<Score>, &str) {
        (Reverse(self.rule.score()), &self.id)
    }

    /// The cell of a column.
    pub(super) fn cell(&self, column: &str, tables: &[RuleTable<'_>]) -> Option<&Value> {
        let columns = &tables.get(self.table)?.table.columns;
        self.cells.get(columns.iter().position(|own| own == column)?)
    }
}

/// A table of a rule's search, over texts as logged or over views.
pub(super) struct RuleTable<'a> {
    pub(super) table: ResultTable,
    /// Over views: for each block, by index, the view that was searched, and the block with the view as its text.
    pub(super) views: HashMap<usize, (&'a View, ScriptBlock)>,
}

/// Takes the rows out of a table and drafts their results. `index` is the table's place among the tables of all rules.
pub(super) fn draft_results<'a>(
    rule: &'a rule::Rule,
    (index, own): (usize, &mut RuleTable<'_>),
    blocks: &[BlockDraft<'_>],
    suppression: &Suppression<'_>,
    names: &UserNames,
) -> Vec<ResultDraft<'a>> {
    let rows = std::mem::take(&mut own.table.rows);
    let columns = &own.table.columns;
    let mut seen: HashMap<u128, u32> = HashMap::with_capacity(rows.len());
    let rule_id: Arc<str> = rule.id.as_str().into();
    let drafts = rows.into_iter().map(|row| {
        memory::grow_ahead();
        let search::TableRow { cells, blocks: mut indexes, suppressed_by } = row;
        sort::sort_by_key(&mut indexes, |index| {
            blocks.get(*index).map(|block| (block.matched.block.event.time, &block.id))
        });
        let row_blocks = || indexes.iter().filter_map(|index| blocks.get(*index));
        let mut id = row_id(&rule.id, columns, &cells, row_blocks().next());
        if !own.views.is_empty() {
            id = hash(&[&id, "view"]);
        }
        let count = seen.entry(id_bits(&id).unwrap_or_default()).or_default();
        *count += 1;
        if *count > 1 {
            id = hash(&[&id, &count.to_string()]);
        }
        // An entry hides a row if it holds for each of its blocks.
        let hides = |entry: &ParsedEntry| {
            row_blocks().all(|block| {
                entry.holds(&RowWithBlock { columns, cells: &cells, block: &block.matched.block })
            })
        };
        let suppressed_by = suppressed_by.or_else(|| suppression.suppressed_by(&rule.id, &hides));
        let trial_hides = suppression.trial_hides(&rule.id, &hides);
        let origins: Vec<BlockOrigin<'_>> = row_blocks().map(BlockDraft::origin).collect();
        let risk = risk::row_risks(rule, columns, &cells, &origins, names);
        ResultDraft {
            id: id.into(),
            rule,
            rule_id: Arc::clone(&rule_id),
            table: index,
            cells,
            suppressed_by,
            risk,
            blocks: indexes,
            trial_hides,
        }
    });
    drafts.collect()
}

/// Makes the report's row of a result.
pub(super) fn into_row(
    draft: ResultDraft<'_>,
    tables: &[RuleTable<'_>],
    blocks: &[BlockDraft<'_>],
) -> Option<Row> {
    let own = tables.get(draft.table)?;
    let row_blocks =
        || draft.blocks.iter().filter_map(|index| blocks.get(*index).map(|block| (*index, block)));
    let mut times = row_blocks().filter_map(|(_, block)| block.matched.block.event.time);
    let first = times.next();
    let cells = draft.cells.iter().map(convert_cell);
    Some(Row {
        rule_id: draft.rule.id.clone(),
        fields: Fields(own.table.columns.iter().cloned().zip(cells).collect()),
        count: draft.blocks.len() as u64,
        first_time: format_time(first),
        last_time: format_time(times.next_back().or(first)),
        score: Number(draft.rule.score().hundredths()),
        message: draft.risk.first().and_then(|event| event.message.clone()),
        blocks: row_blocks()
            .take(limits::BLOCKS_PER_RESULT)
            .map(|(index, block)| highlights(draft.rule, block, own.views.get(&index)))
            .collect(),
        blocks_total: draft.blocks.len() as u64,
        suppressed_by: draft.suppressed_by,
        id: draft.id.as_ref().to_owned(),
    })
}

/// Returns the id of a row: a hash of its rule and its cells, but for counts and times, which change with more logs.
fn row_id(
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
                    _ => key.push(&short_value(&value, first)),
                }
            }
        }
    }
    key.finish()
}

/// Longer values, in bytes, enter a row's id as their hashes.
const LONG_VALUE: usize = 1 << 10;

/// Returns a value, or the hash of a long one. Most long values are the text of the row's block, whose hash is made once.
fn short_value<'a>(value: &'a str, first: Option<&'a BlockDraft<'_>>) -> Cow<'a, str> {
    match first {
        _ if value.len() <= LONG_VALUE => value.into(),
        Some(block)
            if crate::simd::is_equal(value.as_bytes(), block.matched.block.text.as_bytes()) =>
        {
            block.text_hash().into()
        }
        _ => hash(&[value]).into(),
    }
}

/// Returns the ranges of a block that matched. Of a match in a view: first the ranges in the view, then those of the text
/// that the view was made from.
fn highlights(
    rule: &rule::Rule,
    block: &BlockDraft<'_>,
    in_view: Option<&(&View, ScriptBlock)>,
) -> Matched {
    let original = &block.matched.block;
    let find = || {
        let searched = in_view.map_or(original, |(_, block)| block);
        let search = rule.search.as_ref();
        let places = search.map(|search| search.highlights(searched)).unwrap_or_default();
        let spans = match in_view {
            None => [spans("original", &original.text, &places), None],
            Some((view, block)) => {
                let origins = places.iter().map(|place| view.map.original(place.clone())).collect();
                [
                    spans(&view.name, &block.text, &places),
                    spans("original", &original.text, &merge_overlaps(origins)),
                ]
            }
        };
        spans.into_iter().flatten().collect()
    };
    let view = in_view.map_or("", |(view, _)| &view.name);
    Matched { id: block.id.clone(), spans: block.spans(rule, view, find) }
}

fn spans(view: &str, text: &str, places: &[Range<usize>]) -> Option<Spans> {
    let ranges = utf16_ranges(text, places).into_iter().map(|range| (range.start, range.end));
    let ranges: Vec<(usize, usize)> = ranges.collect();
    (!ranges.is_empty()).then(|| Spans { view: view.to_owned(), ranges })
}

/// Sorts ranges and joins those that overlap.
fn merge_overlaps(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    sort::sort_by_key(&mut ranges, |range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
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

    #[test]
    fn results_of_many_rules_share_one_text() {
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
