//! Commands that look at each row by itself.

use super::record::Record;
use super::{Notes, evaluate, spath};
use crate::error::Problem;
use crate::limits;
use crate::regex::Regex;
use crate::search::calendar;
use crate::search::command::{Command, Conversion, ConversionKind, Cut, Edit, LookupCall, Totals};
use crate::search::condition::{Condition, Predicate, Row};
use crate::search::functions::{replaced, time};
use crate::search::number::{self, Sum};
use crate::search::value::{Value, join};
use crate::search::wildcard::Wildcard;
use crate::sort;
use crate::time::Time;
use std::collections::BTreeMap;

/// Changes a row; `false` where it is not kept.
pub(super) fn change(command: &Command, record: &mut Record<'_>, notes: &mut Notes) -> bool {
    match command {
        Command::Search(expr) => return expr.holds(record),
        Command::Where(formula) => return formula.is_true(record),
        Command::Regex { field, regex, negated } => {
            let found =
                Condition::field(field.clone(), Predicate::Regex(regex.clone())).holds(record);
            return found != *negated;
        }
        Command::Eval(fields) => {
            for (name, formula) in fields {
                let value = bounded(evaluate(formula, record), name, notes);
                record.set(name, value);
            }
        }
        Command::Rex { field, regex, max_match, offset_field } => {
            extract(record, field, regex, *max_match, offset_field.as_deref());
        }
        Command::Sed { field, edit: change, .. } => {
            let edited = edit(&record.get(field), change);
            record.set(field, edited);
        }
        Command::Rename(pairs) => rename(record, pairs),
        Command::Table(names) | Command::Fields { keep: true, names } => {
            let patterns: Vec<Wildcard> =
                names.iter().map(|name| Wildcard::parse(name, true)).collect();
            // A field is found under any of its names, so those that are spelled out are read as such.
            let spelled = names.iter().filter(|name| !name.contains('*'));
            let values: Vec<(&String, Value)> =
                spelled.map(|name| (name, record.get(name))).collect();
            record.keep(&|name| patterns.iter().any(|pattern| pattern.matches(name)));
            values.into_iter().for_each(|(name, value)| record.set(name, value));
        }
        Command::Fields { keep: false, names } => {
            for name in expanded(names, record) {
                record.set(&name, Value::Null);
            }
        }
        Command::Convert { time_format, conversions } => {
            let spared = |name: &str| {
                conversions.iter().any(|other| {
                    other.kind == ConversionKind::None
                        && Wildcard::parse(&other.field, true).matches(name)
                })
            };
            for conversion in conversions {
                convert(record, conversion, time_format, &spared);
            }
        }
        Command::Lookup(call) => look_up(record, call),
        Command::MakeMv { field, cut, allow_empty } => {
            let value = cut_up(&record.get(field), cut, *allow_empty);
            record.set(field, value);
        }
        Command::NoMv(field) => {
            let value = record.get(field);
            if let Value::Multi(values) = &value {
                record.set(field, join(values, "\n").into());
            }
        }
        Command::Spath { input, path, output } => {
            spath::extract(record, input, path.as_deref(), output.as_deref());
        }
        // What looks at several rows is applied elsewhere.
        _ => {}
    }
    true
}

fn bounded(value: Value, name: &str, notes: &mut Notes) -> Value {
    if value.bytes() <= limits::TEXT_BYTES {
        return value;
    }
    notes.say(Problem::warning(
        "value-too-long",
        format!("`{name}` became too long and is left empty"),
    ));
    Value::Null
}

fn extract(
    record: &mut Record<'_>,
    field: &str,
    regex: &Regex,
    max_match: usize,
    offset_field: Option<&str>,
) {
    let most = if max_match == 0 { limits::FIELD_VALUES } else { max_match };
    let mut groups: Vec<Vec<Value>> = vec![Vec::new(); regex.names().len()];
    let mut offsets = Vec::new();
    let source = record.get(field);
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
            count < most
        });
    }
    for (name, values) in regex.names().iter().zip(groups) {
        if let Some(name) = name.as_ref().filter(|_| !values.is_empty()) {
            record.set(name, Value::multi(values));
        }
    }
    if let Some(name) = offset_field.filter(|_| !offsets.is_empty()) {
        record.set(name, offsets.join("&").into());
    }
}

fn edit(value: &Value, edit: &Edit) -> Value {
    let changed = value.each().iter().map(|value| {
        let Some(text) = value.text() else { return Value::Null };
        match edit {
            Edit::Replace { regex, with, only } => {
                replaced(&text, regex, with, *only).map_or(Value::Null, Value::from)
            }
            Edit::Transliterate(pairs) => {
                let one =
                    |char| pairs.iter().find(|(from, _)| *from == char).map_or(char, |(_, to)| *to);
                text.chars().map(one).collect::<String>().into()
            }
        }
    });
    Value::multi(changed.collect())
}

fn rename(record: &mut Record<'_>, pairs: &[(String, String)]) {
    for (from, to) in pairs {
        if !from.contains('*') {
            let value = record.get(from);
            record.set(from, Value::Null);
            record.set(to, value);
            continue;
        }
        for name in record.names() {
            if let Some(new) = renamed(&name, from, to) {
                let value = record.get(&name);
                record.set(&name, Value::Null);
                record.set(&new, value);
            }
        }
    }
}

/// The new name, where a name matches a pattern with one `*`.
pub(in crate::search) fn renamed(name: &str, from: &str, to: &str) -> Option<String> {
    let (head, tail) = from.split_once('*')?;
    let middle = name.strip_prefix(head)?.strip_suffix(tail)?;
    Some(to.replacen('*', middle, 1))
}

/// The names of a row's fields that match; those without a wildcard as they stand.
fn expanded(names: &[String], record: &Record<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for name in names {
        if name.contains('*') {
            let pattern = Wildcard::parse(name, true);
            all.extend(record.names().into_iter().filter(|name| pattern.matches(name)));
        } else {
            all.push(name.clone());
        }
    }
    all
}

/// What `none()` names is spared where a wildcard stands for it.
fn convert(
    record: &mut Record<'_>,
    conversion: &Conversion,
    format: &str,
    spared: &dyn Fn(&str) -> bool,
) {
    for name in expanded(std::slice::from_ref(&conversion.field), record) {
        if conversion.field.contains('*') && spared(&name) {
            continue;
        }
        let value = record.get(&name);
        let each = value.each().iter();
        let converted = each.map(|value| converted(value, conversion.kind, format, record.now()));
        let converted = Value::multi(converted.collect());
        record.set(conversion.name.as_deref().unwrap_or(&name), converted);
    }
}

fn converted(value: &Value, kind: ConversionKind, format: &str, now: Option<Time>) -> Value {
    let text = || value.text().unwrap_or_default();
    let number = |text: &str| number::parse(text).map_or(Value::Null, Value::Num);
    match kind {
        ConversionKind::None => value.clone(),
        ConversionKind::Ctime => {
            time(value).map_or_else(|| value.clone(), |time| calendar::format(time, format).into())
        }
        ConversionKind::Mktime => {
            calendar::parse(&text(), format, now).map_or(Value::Null, Value::Time)
        }
        ConversionKind::Num => number(&text().replace(',', "")),
        ConversionKind::Auto => match number(&text().replace(',', "")) {
            Value::Null => value.clone(),
            number => number,
        },
        ConversionKind::RmComma => text().replace(',', "").into(),
        ConversionKind::RmUnit => {
            let number_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+');
            number(text().split(|c| !number_part(c)).next().unwrap_or_default())
        }
        ConversionKind::Dur2Sec => duration(&text()).map_or(Value::Null, Value::Num),
        ConversionKind::Memk => {
            let (digits, factor) = match text().trim().to_ascii_lowercase() {
                lower if lower.ends_with('m') => (lower.trim_end_matches('m').to_owned(), 1_024.0),
                lower if lower.ends_with('g') => {
                    (lower.trim_end_matches('g').to_owned(), 1_048_576.0)
                }
                lower => (lower.trim_end_matches('k').to_owned(), 1.0),
            };
            number::parse(&digits).map_or(Value::Null, |number| Value::Num(number * factor))
        }
    }
}

/// Seconds of `[D+]HH:MM:SS`.
fn duration(text: &str) -> Option<f64> {
    let (days, clock) = text.split_once('+').unwrap_or(("0", text));
    let parts: Vec<f64> = clock.split(':').map(number::parse).collect::<Option<_>>()?;
    match parts.as_slice() {
        [hours, minutes, seconds] => {
            Some(number::parse(days)? * 86_400.0 + hours * 3_600.0 + minutes * 60.0 + seconds)
        }
        _ => None,
    }
}

fn look_up(record: &mut Record<'_>, call: &LookupCall) {
    let mut wanted = Vec::new();
    for (column, field) in &call.inputs {
        let texts: Vec<String> = record
            .get(field)
            .each()
            .iter()
            .filter_map(|value| value.text().map(std::borrow::Cow::into_owned))
            .collect();
        if texts.is_empty() {
            return;
        }
        wanted.push((column.as_str(), texts));
    }
    let found = call.table.find(&wanted);
    let definition = call.table.definition();
    for (column, field) in call.output_fields() {
        if call.only_new && !record.get(&field).is_null() {
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
        // A lookup that finds nothing leaves the field as it is.
        if !found.is_empty() || !values.is_empty() {
            record.set(&field, Value::multi(values));
        }
    }
}

fn cut_up(value: &Value, cut: &Cut, allow_empty: bool) -> Value {
    let Some(text) = value.text() else { return Value::Null };
    let mut parts: Vec<Value> = Vec::new();
    match cut {
        Cut::Delimiter(delimiter) if delimiter.is_empty() => return value.clone(),
        Cut::Delimiter(delimiter) => parts.extend(
            text.split(delimiter.as_str())
                .filter(|part| allow_empty || !part.is_empty())
                .take(limits::FIELD_VALUES)
                .map(Value::from),
        ),
        Cut::Tokens(regex) => regex.for_each_match(&text, &mut |whole, groups| {
            let range = groups.into_iter().flatten().next().unwrap_or(whole);
            parts.push(text.get(range).unwrap_or_default().into());
            parts.len() < limits::FIELD_VALUES
        }),
    }
    Value::multi(parts)
}

/// A row for each value of a field; a row without a value stays.
pub(super) fn expand<'a>(field: &str, limit: usize, records: Vec<Record<'a>>) -> Vec<Record<'a>> {
    let most = if limit == 0 { limits::FIELD_VALUES } else { limit };
    let mut all = Vec::new();
    for record in records {
        match record.get(field) {
            Value::Multi(values) => all.extend(values.into_iter().take(most).map(|value| {
                let mut record = record.clone();
                record.set(field, value);
                record
            })),
            _ => all.push(record),
        }
    }
    all
}

pub(super) fn fill_null<'a>(
    fields: &[&str],
    value: &str,
    mut records: Vec<Record<'a>>,
) -> Vec<Record<'a>> {
    for record in records.iter_mut().filter(|record| record.suppressed_by.is_none()) {
        for field in fields {
            if record.get(field).is_null() {
                record.set(field, value.into());
            }
        }
    }
    records
}

pub(super) fn add_totals<'a>(totals: &Totals, mut records: Vec<Record<'a>>) -> Vec<Record<'a>> {
    let mut columns: BTreeMap<String, Sum> = BTreeMap::new();
    let mut blocks = Vec::new();
    for record in records.iter_mut().filter(|record| record.suppressed_by.is_none()) {
        let names = match totals.fields.is_empty() {
            true => record.names().into_iter().filter(|name| !name.starts_with('_')).collect(),
            false => expanded(&totals.fields, record),
        };
        let mut sum = Sum::default();
        for name in names {
            for value in record.get(&name).each() {
                let text = value.text().unwrap_or_default().into_owned();
                if sum.add(&text) && totals.column {
                    columns.entry(name.clone()).or_default().add(&text);
                }
            }
        }
        blocks.extend(&record.blocks);
        if totals.row {
            record.set(&totals.name, Value::Num(sum.value()));
            if totals.column {
                columns.entry(totals.name.clone()).or_default().plus(sum);
            }
        }
    }
    if totals.column && !records.is_empty() {
        sort::sort(&mut blocks);
        blocks.dedup();
        let mut row = Record::row(blocks, None);
        for (name, sum) in columns {
            row.set(&name, Value::Num(sum.value()));
        }
        if let Some((field, label)) = &totals.label {
            row.set(field, label.as_str().into());
        }
        records.push(row);
    }
    records
}
