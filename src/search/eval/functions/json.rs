//! JSON functions. JSON values are texts: those that these functions return have no white space between tokens.

use super::arguments::Arguments;
use crate::limits;
use crate::search::ast::eval_expr::EvalExpr;
use crate::search::values::json::Json;
use crate::search::values::json_path::JsonPath;
use crate::search::values::value::Value;
use std::borrow::Cow;

/// The text itself, if it is JSON.
pub(super) fn json(arguments: &Arguments<'_>) -> Value {
    let value = arguments.value(0);
    let is_json = value.text().is_some_and(|text| Json::parse(&text).is_some());
    if is_json { value } else { Value::Null }
}

pub(super) fn is_valid(arguments: &Arguments<'_>) -> Option<bool> {
    Some(Json::parse(&arguments.text(0)?).is_some())
}

/// An object of pairs of a name and a value.
pub(super) fn object(arguments: &Arguments<'_>) -> Value {
    let mut members: Vec<(String, Json<'_>)> = Vec::new();
    for index in (0..arguments.len()).step_by(2) {
        let Some(name) = arguments.text(index) else { return Value::Null };
        let value = argument(arguments, index + 1);
        match members.iter_mut().find(|(own, _)| *own == name) {
            Some((_, old)) => *old = value,
            None => members.push((name, value)),
        }
    }
    Json::Object("", members).write().into()
}

pub(super) fn array(arguments: &Arguments<'_>) -> Value {
    let elements = (0..arguments.len()).map(|index| argument(arguments, index)).collect();
    Json::List("", elements).write().into()
}

/// The value at a path, or an array of the values at several paths.
pub(super) fn extract(arguments: &Arguments<'_>) -> Value {
    select(arguments, |path| JsonPath::parse(path))
}

/// As [`extract`], with names of members instead of paths.
pub(super) fn extract_exact(arguments: &Arguments<'_>) -> Value {
    select(arguments, |name| JsonPath::exact(name))
}

fn select(arguments: &Arguments<'_>, path: impl Fn(&str) -> JsonPath<'_>) -> Value {
    let Some(text) = arguments.text(0) else { return Value::Null };
    let Some(json) = Json::parse(&text) else { return Value::Null };
    let select_one = |index: usize| {
        let text = arguments.text(index)?;
        let path = path(&text);
        let found = path.select(&json);
        match path.is_multiple() {
            true => Some(Json::List("", found.into_iter().cloned().collect())),
            false => found.first().map(|json| (*json).clone()),
        }
    };
    match arguments.len() {
        1 => native(&json),
        2 => select_one(1).map_or(Value::Null, |json| native(&json)),
        count => {
            let found = (1..count).map(|index| select_one(index).unwrap_or(Json::Null)).collect();
            Json::List("", found).write().into()
        }
    }
}

/// The names of an object's members, as an array.
pub(super) fn keys(arguments: &Arguments<'_>) -> Value {
    let Some(text) = arguments.text(0) else { return Value::Null };
    match Json::parse(&text) {
        Some(Json::Object(_, members)) => {
            let names = members.into_iter().map(|(name, _)| Json::Text(name)).collect();
            Json::List("", names).write().into()
        }
        _ => Value::Null,
    }
}

pub(super) fn has_key_exact(arguments: &Arguments<'_>) -> Option<bool> {
    let (text, name) = (arguments.text(0)?, arguments.text(1)?);
    match Json::parse(&text)? {
        json @ Json::Object(..) => Some(json.get(&name).is_some()),
        _ => Some(false),
    }
}

/// The value with assignments: pairs of a path and a value.
pub(super) fn set(arguments: &Arguments<'_>) -> Value {
    assign(arguments, |path| JsonPath::parse(path))
}

/// As [`set`], with names of members instead of paths.
pub(super) fn set_exact(arguments: &Arguments<'_>) -> Value {
    assign(arguments, |name| JsonPath::exact(name))
}

fn assign(arguments: &Arguments<'_>, path: impl Fn(&str) -> JsonPath<'_>) -> Value {
    let Some(text) = arguments.text(0) else { return Value::Null };
    let Some(mut json) = Json::parse(&text) else { return Value::Null };
    for index in (1..arguments.len()).step_by(2) {
        let Some(text) = arguments.text(index) else { return Value::Null };
        path(&text).assign(&mut json, &argument(arguments, index + 1));
    }
    json.write().into()
}

/// The elements of an array as values; strings without their quotes unless the second argument is true.
pub(super) fn array_to_mv(arguments: &Arguments<'_>) -> Value {
    let Some(text) = arguments.text(0) else { return Value::Null };
    let quoted = arguments.get(1).is_some_and(|expr| expr.truth(arguments.row) == Some(true));
    match Json::parse(&text) {
        Some(Json::List(_, elements)) => {
            let values = elements.iter().take(limits::FIELD_VALUES).map(|element| match element {
                Json::Text(text) if !quoted => text.as_str().into(),
                other => other.write().into(),
            });
            Value::multi(values.collect())
        }
        _ => Value::Null,
    }
}

/// An array of the values, as strings; with a true second argument, numbers, `true`, `false`, `null` and JSON are of
/// their own types.
pub(super) fn mv_to_array(arguments: &Arguments<'_>) -> Value {
    let infers = arguments.get(1).is_some_and(|expr| expr.truth(arguments.row) == Some(true));
    let value = arguments.value(0);
    if value.is_null() {
        return Value::Null;
    }
    let elements = value.each().iter().map(|value| {
        let text = value.text().unwrap_or_default().into_owned();
        match Json::parse(&text).filter(|_| infers) {
            Some(json) => json.into_owned(),
            None => Json::Text(text),
        }
    });
    Json::List("", elements.collect()).write().into()
}

/// The values at a path, as the command `spath` extracts them.
pub(super) fn spath(arguments: &Arguments<'_>) -> Value {
    let (Some(text), Some(path)) = (arguments.text(0), arguments.text(1)) else {
        return Value::Null;
    };
    let Some(json) = Json::parse(&text) else { return Value::Null };
    let found = JsonPath::parse(&path).select(&json);
    Value::multi(found.into_iter().map(Json::to_value).collect())
}

/// Returns a value as `eval` has it: arrays and objects as JSON.
fn native(json: &Json<'_>) -> Value {
    match json {
        Json::List(..) | Json::Object(..) => json.write().into(),
        other => other.to_value(),
    }
}

/// Returns an argument as JSON. The result of a JSON function is not quoted again.
fn argument(arguments: &Arguments<'_>, index: usize) -> Json<'static> {
    let Some(expr) = arguments.get(index) else { return Json::Null };
    let value = arguments.value(index);
    let returns_json = matches!(expr, EvalExpr::Call(function, _) if function.returns_json());
    let single = |value: &Value| match value {
        Value::Null => Json::Null,
        Value::Num(_) | Value::Time(_) => {
            Json::Word(Cow::Owned(value.text().unwrap_or_default().into_owned()))
        }
        other => {
            let text = other.text().unwrap_or_default();
            match Json::parse(&text).filter(|_| returns_json) {
                Some(json) => json.into_owned(),
                None => Json::Text(text.into_owned()),
            }
        }
    };
    match &value {
        Value::Multi(values) => Json::List("", values.iter().map(single).collect()),
        Value::Str(text) if expr.is_condition() => {
            Json::Word(Cow::Owned(text.to_ascii_lowercase()))
        }
        value => single(value),
    }
}

#[cfg(test)]
mod tests {
    use crate::search::eval::functions::tests::assert_values;

    const CITIES: &str = r#""{\"cities\": [{\"name\": \"London\", \"n\": 2}, {\"name\": \"Perth\"}], \"a.b\": 1.50, \"t\": true, \"z\": null}""#;

    fn assert_on_cities(cases: &[(&str, &str)]) {
        for (expr, expected) in cases {
            assert_values(&[(&expr.replace('@', CITIES), expected)]);
        }
    }

    #[test]
    fn values_are_extracted() {
        assert_on_cities(&[
            ("json_extract(@, \"cities{0}.name\")", "London"),
            ("json_extract(@, \"cities{-1}.name\")", "Perth"),
            ("json_extract(@, \"cities{}.name\")", r#"["London","Perth"]"#),
            ("json_extract(@, \"cities{0}\")", r#"{"name":"London","n":2}"#),
            ("json_extract(@, \"cities{0}.n\")+1", "3"),
            ("json_extract(@, \"t\", \"cities{1}.name\", \"nope\")", r#"[true,"Perth",null]"#),
            ("json_extract(@, \"t\")", "true"),
            ("json_extract(@, \"z\")", "∅"),
            ("json_extract(@, \"a.b\")", "∅"),
            ("json_extract_exact(@, \"a.b\")", "1.50"),
            ("json_extract(\"[1, 2]\")", "[1,2]"),
            ("json_extract(\"{a}\", \"a\")", "∅"),
            ("json_extract(nope, \"a\")", "∅"),
            ("json_keys(@)", r#"["cities","a.b","t","z"]"#),
            ("json_keys(\"[1]\")", "∅"),
            ("spath(@, \"cities{}.name\")", "[London; Perth]"),
            ("spath(@, \"cities{0}.n\")", "2"),
            ("spath(text, \"a\")", "∅"),
            ("if(json_valid(@), 1, 0)", "1"),
            ("if(json_valid(\"{\"), 1, 0)", "0"),
            ("if(json_has_key_exact(@, \"a.b\"), 1, 0)", "1"),
            ("if(json_has_key_exact(@, \"name\"), 1, 0)", "0"),
        ]);
    }

    #[test]
    fn values_are_made() {
        assert_on_cities(&[
            ("json_object()", "{}"),
            (
                "json_object(\"a\", \"x\", \"b\", 1.5, \"c\", null())",
                r#"{"a":"x","b":1.5,"c":null}"#,
            ),
            ("json_object(\"a\", tags, \"b\", 1=1)", r#"{"a":["a","b"],"b":true}"#),
            ("json_object(\"a\", json_array(1, \"[2]\"))", r#"{"a":[1,"[2]"]}"#),
            ("json_object(\"a\", \"say \\\"hi\\\"\\n\")", r#"{"a":"say \"hi\"\n"}"#),
            ("json_array(\"a\", bytes, json_object(\"x\", 1))", r#"["a","10",{"x":1}]"#),
            (
                "json_set(\"{\\\"a\\\": {\\\"b\\\": 1}}\", \"a.b\", 2, \"c\", \"x\")",
                r#"{"a":{"b":2},"c":"x"}"#,
            ),
            ("json_set_exact(\"{}\", \"a.b\", 2)", r#"{"a.b":2}"#),
            ("json_array_to_mv(\"[\\\"a\\\", 1, [2]]\")", "[a; 1; [2]]"),
            ("json_array_to_mv(\"[\\\"a\\\"]\", true())", "\"a\""),
            ("json_array_to_mv(@)", "∅"),
            ("mv_to_json_array(tags)", r#"["a","b"]"#),
            ("mv_to_json_array(split(\"1,true,x\", \",\"), true())", r#"[1,true,"x"]"#),
            ("mv_to_json_array(bytes)", r#"["10"]"#),
            ("json(\"[1]\")", "[1]"),
            ("json(\"x\")", "∅"),
        ]);
    }
}
