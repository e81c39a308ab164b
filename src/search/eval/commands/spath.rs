//! `spath`: extracts values from JSON.

use super::notes::RunNotes;
use super::pipeline_row::PipelineRow;
use crate::error::Problem;
use crate::limits;
use crate::search::values::json::Json;
use crate::search::values::json_path::JsonPath;
use crate::search::values::value::Value;

/// Assigns the values at a path to a field, or each value to a field named by its path.
pub(super) fn extract(
    row: &mut PipelineRow<'_>,
    input: &str,
    path: Option<&str>,
    output: Option<&str>,
    notes: &mut RunNotes,
) {
    let source = row.get(input);
    let Some(text) = source.text() else { return };
    let Some(json) = Json::parse(&text) else {
        if text.trim_start().starts_with('<') {
            let message =
                format!("`spath` reads JSON, and `{input}` holds XML: it extracts nothing");
            notes.report(Problem::warning("not-json", message));
        }
        return;
    };
    if let Some(path) = path {
        let parsed = JsonPath::parse(path);
        let found = parsed.select(&json);
        if !found.is_empty() {
            let values = found.into_iter().map(Json::to_value).collect();
            row.set(output.unwrap_or(path), Value::multi(values));
        }
        return;
    }
    let mut all = Vec::new();
    flatten(&json, String::new(), &mut all);
    for (name, values) in all {
        row.set(&name, Value::multi(values));
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
            let value = leaf.to_value();
            if value.is_null() {
                return;
            }
            let full = all.len() >= limits::FIELDS;
            match all.iter_mut().find(|(own, _)| *own == name) {
                Some((_, values)) if values.len() < limits::FIELD_VALUES => values.push(value),
                None if !full => all.push((name, vec![value])),
                _ => {}
            }
        }
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
        extract(&mut row, "json", path, None, &mut RunNotes::default());
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
