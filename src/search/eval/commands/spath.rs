//! `spath`: extracts values from JSON.

use super::pipeline_row::PipelineRow;
use crate::limits;
use crate::search::values::json::Json;
use crate::search::values::value::Value;

/// Assigns the values at a path to a field, or each value to a field named by its path.
pub(super) fn extract(
    row: &mut PipelineRow<'_>,
    input: &str,
    path: Option<&str>,
    output: Option<&str>,
) {
    let source = row.get(input);
    let Some(text) = source.text() else { return };
    let Some(json) = Json::parse(&text) else { return };
    if let Some(path) = path {
        let mut found = Vec::new();
        walk(&json, &steps(path), &mut found);
        if !found.is_empty() {
            row.set(output.unwrap_or(path), Value::multi(found));
        }
        return;
    }
    let mut all = Vec::new();
    flatten(&json, String::new(), &mut all);
    for (name, values) in all {
        row.set(&name, Value::multi(values));
    }
}

/// A step of a path.
enum PathStep<'a> {
    /// The member of this name.
    Name(&'a str),
    /// The element at this index, from 0.
    Index(usize),
    /// Every element.
    Each,
}

/// Parses a path such as `a.b{}.c{1}`: names, with `{}` for every element of an array and `{n}` for one, from 0.
fn steps(path: &str) -> Vec<PathStep<'_>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (name, mut rest) =
            part.split_at_checked(part.find('{').unwrap_or(part.len())).unwrap_or((part, ""));
        if !name.is_empty() {
            steps.push(PathStep::Name(name));
        }
        while let Some((index, after)) =
            rest.strip_prefix('{').and_then(|rest| rest.split_once('}'))
        {
            steps.push(match index.parse::<usize>() {
                Ok(index) => PathStep::Index(index),
                Err(_) => PathStep::Each,
            });
            rest = after;
        }
    }
    steps
}

/// Collects the values at a path.
fn walk(json: &Json<'_>, steps: &[PathStep<'_>], found: &mut Vec<Value>) {
    if found.len() >= limits::FIELD_VALUES {
        return;
    }
    match (steps.split_first(), json) {
        (None, json) => found.extend(text(json)),
        (Some((PathStep::Name(name), rest)), json) => {
            if let Some(member) = json.get(name) {
                walk(member, rest, found);
            }
        }
        (Some((PathStep::Index(index), rest)), Json::List(_, elements)) => {
            if let Some(element) = elements.get(*index) {
                walk(element, rest, found);
            }
        }
        (Some((PathStep::Each, rest)), Json::List(_, elements)) => {
            elements.iter().for_each(|element| walk(element, rest, found));
        }
        _ => {}
    }
}

/// Collects the values of every path, in the order of the text.
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

/// Returns a value as text: the source text of arrays and objects, `None` for null.
fn text(json: &Json<'_>) -> Option<Value> {
    match json {
        Json::Text(text) => Some(text.as_str().into()),
        Json::Word(text) | Json::List(text, _) | Json::Object(text, _) => Some((*text).into()),
        Json::Null => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::reassemble::ScriptBlock;

    const JSON: &str = r#"{"a": {"b": [1, {"c": "x"}, {"c": "y"}], "n": null}, "d": true}"#;

    fn extracted(path: Option<&str>, names: &[&str]) -> Vec<Option<String>> {
        let block = ScriptBlock::from_event(Event::default(), 0);
        let mut row = PipelineRow::from_block(&block, 0, None);
        row.set("json", JSON.into());
        extract(&mut row, "json", path, None);
        names.iter().map(|name| row.get(name).text().map(|text| text.into_owned())).collect()
    }

    #[test]
    fn paths_select_members_and_elements() {
        for (path, expected) in [
            ("d", Some("true")),
            ("a.b{}.c", Some("x\ny")),
            ("a.b{1}.c", Some("x")),
            ("a.b{0}", Some("1")),
            ("a.b{2}", Some(r#"{"c": "y"}"#)),
            ("a.n", None),
            ("a.b{9}", None),
            ("nope", None),
        ] {
            assert_eq!(extracted(Some(path), &[path]), [expected.map(str::to_owned)], "{path}");
        }
    }

    #[test]
    fn without_a_path_every_value_becomes_a_field() {
        let found = extracted(None, &["a.b{}", "a.b{}.c", "d", "a.n"]);
        let expected = [Some("1"), Some("x\ny"), Some("true"), None];
        assert_eq!(found, expected.map(|text| text.map(str::to_owned)));
    }
}
