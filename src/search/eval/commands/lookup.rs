//! `lookup`: assigns fields from a lookup table.

use super::pipeline_row::PipelineRow;
use crate::limits;
use crate::search::ast::command::LookupCall;
use crate::search::values::value::Value;

/// Applies a lookup to a row.
pub(super) fn look_up(row: &mut PipelineRow<'_>, call: &LookupCall) {
    let mut inputs = Vec::new();
    for (column, field) in &call.inputs {
        let texts: Vec<String> = row
            .get(field)
            .each()
            .iter()
            .filter_map(|value| value.text().map(std::borrow::Cow::into_owned))
            .collect();
        if texts.is_empty() {
            return;
        }
        inputs.push((column.as_str(), texts));
    }
    let found = call.table.find(&inputs);
    let definition = call.table.definition();
    for (column, field) in call.output_fields() {
        if call.only_new && !row.get(&field).is_null() {
            continue;
        }
        let index = call.table.columns().iter().position(|name| *name == column);
        let cells = found.iter().filter_map(|row| row.get(index?));
        let mut values: Vec<Value> =
            cells.filter(|cell| !cell.is_empty()).map(|cell| Value::from(cell.as_str())).collect();
        if found.len() < definition.min_matches
            && let Some(default) = &definition.default_match
        {
            let missing = definition.min_matches - found.len();
            values.extend(std::iter::repeat_n(
                Value::from(default.as_str()),
                missing.min(limits::LIST_VALUES),
            ));
        }
        // A lookup without a match or a default keeps the field.
        if !found.is_empty() || !values.is_empty() {
            row.set(&field, Value::multi(values));
        }
    }
}
