//! `spath`: values from JSON that a field holds.

use super::record::Record;
use crate::limits;
use crate::search::json::Json;
use crate::search::value::Value;

/// Sets a field from the value at a path, or one field for every value that there is.
pub(super) fn extract(
    record: &mut Record<'_>,
    input: &str,
    path: Option<&str>,
    output: Option<&str>,
) {
    let source = record.get(input);
    let Some(text) = source.text() else { return };
    let Some(json) = Json::parse(&text) else { return };
    if let Some(path) = path {
        let mut found = Vec::new();
        walk(&json, &steps(path), &mut found);
        if !found.is_empty() {
            record.set(output.unwrap_or(path), Value::multi(found));
        }
        return;
    }
    let mut all = Vec::new();
    flatten(&json, String::new(), &mut all);
    for (name, values) in all {
        record.set(&name, Value::multi(values));
    }
}

enum Step<'a> {
    Name(&'a str),
    /// From 1 in a search, from 0 here.
    Index(usize),
    Each,
}

/// `a.b{}.c{1}`: names, with `{}` for every element of a list and `{n}` for one, counted from 0.
fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (name, mut rest) =
            part.split_at_checked(part.find('{').unwrap_or(part.len())).unwrap_or((part, ""));
        if !name.is_empty() {
            steps.push(Step::Name(name));
        }
        while let Some((index, after)) =
            rest.strip_prefix('{').and_then(|rest| rest.split_once('}'))
        {
            steps.push(match index.parse::<usize>() {
                Ok(index) => Step::Index(index),
                Err(_) => Step::Each,
            });
            rest = after;
        }
    }
    steps
}

fn walk(json: &Json<'_>, steps: &[Step<'_>], found: &mut Vec<Value>) {
    if found.len() >= limits::FIELD_VALUES {
        return;
    }
    match (steps.split_first(), json) {
        (None, json) => found.extend(text(json)),
        (Some((Step::Name(name), rest)), json) => {
            if let Some(member) = json.get(name) {
                walk(member, rest, found);
            }
        }
        (Some((Step::Index(index), rest)), Json::List(_, elements)) => {
            if let Some(element) = elements.get(*index) {
                walk(element, rest, found);
            }
        }
        (Some((Step::Each, rest)), Json::List(_, elements)) => {
            elements.iter().for_each(|element| walk(element, rest, found));
        }
        _ => {}
    }
}

/// A field for every leaf, in the order of the text.
fn flatten(json: &Json<'_>, name: String, all: &mut Vec<(String, Vec<Value>)>) {
    match json {
        Json::Object(_, members) => {
            for (key, member) in members {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(member, name, all);
            }
        }
        Json::List(_, elements) => {
            elements.iter().for_each(|element| flatten(element, format!("{name}{{}}"), all));
        }
        leaf => {
            let Some(value) = text(leaf) else { return };
            let full = all.len() >= limits::FIELDS;
            match all.iter_mut().find(|(own, _)| *own == name) {
                Some((_, values)) if values.len() < limits::FIELD_VALUES => values.push(value),
                None if !full => all.push((name, vec![value])),
                _ => {}
            }
        }
    }
}

fn text(json: &Json<'_>) -> Option<Value> {
    match json {
        Json::Text(text) => Some(text.as_str().into()),
        Json::Word(text) | Json::List(text, _) | Json::Object(text, _) => Some((*text).into()),
        Json::Null => None,
    }
}
