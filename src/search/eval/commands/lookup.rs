//! `lookup`: assigns fields from a lookup table.

use super::notes::RunNotes;
use super::pipeline_row::PipelineRow;
use crate::error::Problem;
use crate::limits;
use crate::search::ast::command::LookupCall;
use crate::search::values::value::Value;

/// Applies a lookup to a row.
///
/// Of the first input with several values, each is looked up by itself, so that the outputs are in the order of the
/// inputs and repeated as they are. The bounds of the definition on matches hold for each, as in `transforms.conf`.
pub(super) fn look_up(row: &mut PipelineRow<'_>, call: &LookupCall, notes: &mut RunNotes) {
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
    let found = matches(&inputs, call);
    if found.len() > limits::FIELD_VALUES {
        notes.report(Problem::warning(
            "values-left-out",
            format!(
                "the lookup table `{}` has more than {} matches for one row; the others are left out",
                call.name,
                limits::FIELD_VALUES
            ),
        ));
    }
    let default = call.table.definition().default_match.as_deref();
    for (column, field) in call.output_fields() {
        if call.only_new && !row.get(&field).is_null() {
            continue;
        }
        let index = call.table.columns().iter().position(|name| *name == column);
        let cells = found.iter().take(limits::FIELD_VALUES).filter_map(|matched| match matched {
            Some(cells) => cells.get(index?).map(String::as_str).filter(|cell| !cell.is_empty()),
            None => default,
        });
        let values: Vec<Value> = cells.map(Value::from).collect();
        // A lookup without a match or a default keeps the field.
        if !values.is_empty() || found.iter().any(Option::is_some) {
            row.set(&field, Value::multi(values));
        }
    }
}

/// Returns the matching rows of the table in the order of the inputs, with `None` for each match that is missing to
/// the least number. Stops above [`limits::FIELD_VALUES`].
fn matches<'a>(inputs: &[(&str, Vec<String>)], call: &'a LookupCall) -> Vec<Option<&'a [String]>> {
    let least = call.table.definition().min_matches.min(limits::LIST_VALUES);
    let several = inputs.iter().position(|(_, texts)| texts.len() > 1);
    let mut found = Vec::new();
    let mut add = |inputs: &[(&str, Vec<String>)]| {
        let rows = call.table.find(inputs);
        let missing = least.saturating_sub(rows.len());
        found.extend(rows.into_iter().map(Some));
        found.extend(std::iter::repeat_n(None, missing));
        found.len() <= limits::FIELD_VALUES
    };
    match several {
        None => {
            add(inputs);
        }
        Some(several) => {
            let mut single = inputs.to_vec();
            let texts = inputs.get(several).map_or(&[][..], |(_, texts)| texts);
            for text in texts {
                if let Some((_, texts)) = single.get_mut(several) {
                    *texts = vec![text.clone()];
                }
                if !add(&single) {
                    break;
                }
            }
        }
    }
    found
}
