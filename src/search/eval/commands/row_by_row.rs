//! Commands that process each row independently of the others.

use super::bin::bin;
use super::convert::convert;
use super::lookup::look_up;
use super::notes::RunNotes;
use super::pipeline_row::PipelineRow;
use super::spath;
use crate::error::Problem;
use crate::limits;
use crate::regex::Regex;
use crate::search::ast::command::{Command, ConversionKind, MakeMvSplit, SedEdit};
use crate::search::eval::functions::replace_matches;
use crate::search::eval::row::Row;
use crate::search::eval::spellings::has_spellings;
use crate::search::values::value::{Value, join};
use crate::search::values::wildcard::{self, Wildcard};

/// Applies a command to a row; returns whether the row is kept.
pub(super) fn apply(command: &Command, row: &mut PipelineRow<'_>, notes: &mut RunNotes) -> bool {
    match command {
        Command::Search(condition) => return condition.holds(row),
        Command::Where(expr) => return expr.is_true(row),
        Command::Regex { field, regex, negated } => {
            let found = row.any(field, &mut |value| regex.is_match(value));
            return found != *negated;
        }
        Command::Eval(fields) => {
            for (name, expr) in fields {
                let value = bounded(expr.value(row), name, notes);
                row.set(name, value);
            }
        }
        Command::Rex { field, regex, max_match, offset_field } => {
            extract(row, field, regex, *max_match, offset_field.as_deref(), notes);
        }
        Command::Sed { field, edit, .. } => {
            let edited = sed(&row.get(field), edit);
            row.set(field, edited);
        }
        Command::Rename(pairs) => rename(row, pairs),
        Command::Table(names) | Command::Fields { keep: true, names } => {
            let patterns: Vec<Wildcard> =
                names.iter().map(|name| Wildcard::parse(name, true)).collect();
            // A field can be read under any of its names, so names without a wildcard are read before `retain`, which
            // knows canonical names only.
            let exact = names.iter().filter(|name| !name.contains('*'));
            let values: Vec<(&String, Value)> = exact.map(|name| (name, row.get(name))).collect();
            row.retain(&|name| patterns.iter().any(|pattern| pattern.matches(name)));
            values.into_iter().for_each(|(name, value)| row.set(name, value));
        }
        Command::Fields { keep: false, names } => {
            for name in row.expand_names(names) {
                row.set(&name, Value::Null);
            }
        }
        Command::Convert { time_format, conversions } => {
            let is_excluded = |name: &str| {
                conversions.iter().any(|other| {
                    other.kind == ConversionKind::None
                        && Wildcard::parse(&other.field, true).matches(name)
                })
            };
            for conversion in conversions {
                convert(row, conversion, time_format, &is_excluded);
            }
        }
        Command::Bin(own) => bin(row, own),
        Command::Lookup(call) => look_up(row, call, notes),
        Command::MakeMv { field, split, allow_empty } => {
            let value = split_value(&row.get(field), split, *allow_empty);
            report_full(&value, field, notes);
            row.set(field, value);
        }
        Command::NoMv(field) => {
            let value = row.get(field);
            if let Value::Multi(values) = &value {
                let joined = join(values, row.delimiter.as_deref().unwrap_or("\n"));
                row.set(field, joined.into());
            }
        }
        Command::Spath { input, path, output } => {
            spath::extract(row, input, path.as_deref(), output.as_deref(), notes);
        }
        // The pipeline applies the commands on several rows.
        _ => {}
    }
    true
}

/// Reports that a field has as many values as it may: functions and commands leave further ones out.
fn report_full(value: &Value, name: &str, notes: &mut RunNotes) {
    if value.each().len() >= limits::FIELD_VALUES {
        let message =
            format!("`{name}` has {} values; further ones are left out", limits::FIELD_VALUES);
        notes.report(Problem::warning("values-left-out", message));
    }
}

/// Returns the value, or null if it exceeds [`limits::TEXT_BYTES`].
fn bounded(value: Value, name: &str, notes: &mut RunNotes) -> Value {
    report_full(&value, name, notes);
    if value.bytes() <= limits::TEXT_BYTES {
        return value;
    }
    notes.report(Problem::warning(
        "value-too-long",
        format!("`{name}` became too long and is left empty"),
    ));
    Value::Null
}

/// Applies `rex`.
fn extract(
    row: &mut PipelineRow<'_>,
    field: &str,
    regex: &Regex,
    max_match: usize,
    offset_field: Option<&str>,
    notes: &mut RunNotes,
) {
    let limit = if max_match == 0 { limits::FIELD_VALUES } else { max_match };
    let mut groups: Vec<Vec<Value>> = vec![Vec::new(); regex.names().len()];
    let mut offsets = Vec::new();
    let mut source = row.get(field);
    if has_spellings(field) {
        row.any(field, &mut |value| {
            let is_match = regex.is_match(value);
            if is_match {
                source = value.into();
            }
            is_match
        });
    }
    for value in source.each() {
        let Some(text) = value.text() else { continue };
        let mut count = 0;
        regex.for_each_match(&text, &mut |_, ranges| {
            for (index, range) in ranges.into_iter().enumerate() {
                let name = regex.names().get(index).and_then(Option::as_ref);
                let (Some(range), Some(name)) = (range, name) else { continue };
                offsets.push(format!("{name}={}-{}", range.start, range.end.saturating_sub(1)));
                let group = text.get(range).unwrap_or_default();
                groups.get_mut(index).into_iter().for_each(|values| values.push(group.into()));
            }
            count += 1;
            count < limit
        });
    }
    for (name, values) in regex.names().iter().zip(groups) {
        if let Some(name) = name.as_ref().filter(|_| !values.is_empty()) {
            let value = Value::multi(values);
            report_full(&value, name, notes);
            row.set(name, value);
        }
    }
    if let Some(name) = offset_field.filter(|_| !offsets.is_empty()) {
        row.set(name, offsets.join("&").into());
    }
}

/// Applies `rex mode=sed`.
fn sed(value: &Value, edit: &SedEdit) -> Value {
    let changed = value.each().iter().map(|value| {
        let Some(text) = value.text() else { return Value::Null };
        match edit {
            SedEdit::Replace { regex, replacement, only } => {
                replace_matches(&text, regex, replacement, *only).map_or(Value::Null, Value::from)
            }
            SedEdit::Transliterate(pairs) => {
                let one =
                    |char| pairs.iter().find(|(from, _)| *from == char).map_or(char, |(_, to)| *to);
                text.chars().map(one).collect::<String>().into()
            }
        }
    });
    Value::multi(changed.collect())
}

/// Applies `rename`.
fn rename(row: &mut PipelineRow<'_>, pairs: &[(String, String)]) {
    for (from, to) in pairs {
        if !from.contains('*') {
            let value = row.get(from);
            row.set(from, Value::Null);
            row.set(to, value);
            continue;
        }
        for name in row.names() {
            if let Some(new) = wildcard::rename(&name, from, to) {
                let value = row.get(&name);
                row.set(&name, Value::Null);
                row.set(&new, value);
            }
        }
    }
}

/// Applies `makemv`.
fn split_value(value: &Value, split: &MakeMvSplit, allow_empty: bool) -> Value {
    let Some(text) = value.text() else { return Value::Null };
    let mut parts: Vec<Value> = Vec::new();
    match split {
        MakeMvSplit::Delimiter(delimiter) if delimiter.is_empty() => return value.clone(),
        MakeMvSplit::Delimiter(delimiter) => parts.extend(
            text.split(delimiter.as_str())
                .filter(|part| allow_empty || !part.is_empty())
                .take(limits::FIELD_VALUES)
                .map(Value::from),
        ),
        MakeMvSplit::Tokens(regex) => regex.for_each_match(&text, &mut |matched, groups| {
            let range = groups.into_iter().flatten().next().unwrap_or(matched);
            parts.push(text.get(range).unwrap_or_default().into());
            parts.len() < limits::FIELD_VALUES
        }),
    }
    Value::multi(parts)
}

/// Applies `mvexpand`: a row for each value; a row without a value is kept.
pub(super) fn expand<'a>(
    field: &str,
    limit: usize,
    rows: Vec<PipelineRow<'a>>,
) -> Vec<PipelineRow<'a>> {
    let limit = if limit == 0 { limits::FIELD_VALUES } else { limit };
    let mut all = Vec::new();
    for row in rows {
        match row.get(field) {
            Value::Multi(values) => all.extend(values.into_iter().take(limit).map(|value| {
                let mut row = row.clone();
                row.set(field, value);
                row
            })),
            _ => all.push(row),
        }
    }
    all
}

/// Applies `fillnull`.
pub(super) fn fill_null<'a>(
    fields: &[&str],
    value: &str,
    mut rows: Vec<PipelineRow<'a>>,
) -> Vec<PipelineRow<'a>> {
    for row in rows.iter_mut().filter(|row| row.suppressed_by.is_none()) {
        for field in fields {
            if row.get(field).is_null() {
                row.set(field, value.into());
            }
        }
    }
    rows
}
