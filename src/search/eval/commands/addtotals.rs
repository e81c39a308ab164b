//! `addtotals`: sums of rows and columns.

use super::pipeline_row::PipelineRow;
use crate::ordered::OrderedMap;
use crate::search::ast::command::AddTotals;
use crate::search::values::number::Sum;
use crate::search::values::value::Value;
use crate::sort;

/// Applies `addtotals`.
pub(super) fn add_totals<'a>(
    totals: &AddTotals,
    mut rows: Vec<PipelineRow<'a>>,
) -> Vec<PipelineRow<'a>> {
    let mut columns: OrderedMap<String, Sum> = OrderedMap::new();
    let mut blocks = Vec::new();
    for row in rows.iter_mut().filter(|row| row.suppressed_by.is_none()) {
        let names = match totals.fields.is_empty() {
            true => row.names().into_iter().filter(|name| !name.starts_with('_')).collect(),
            false => row.expand_names(&totals.fields),
        };
        let mut sum = Sum::default();
        for name in names {
            for value in row.get(&name).each() {
                let text = value.text().unwrap_or_default().into_owned();
                if sum.add(&text) && totals.column {
                    columns.entry(name.clone()).or_default().add(&text);
                }
            }
        }
        blocks.extend(&row.blocks);
        if totals.row {
            row.set(&totals.name, Value::Num(sum.value()));
            if totals.column {
                columns.entry(totals.name.clone()).or_default().plus(sum);
            }
        }
    }
    if totals.column && !rows.is_empty() {
        sort::sort(&mut blocks);
        blocks.dedup();
        let mut sums = PipelineRow::new(blocks, None);
        for (name, sum) in columns {
            sums.set(&name, Value::Num(sum.value()));
        }
        if let Some((field, label)) = &totals.label {
            sums.set(field, label.as_str().into());
        }
        rows.push(sums);
    }
    rows
}
