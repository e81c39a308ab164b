//! Checks the options in a case file, so that an error has its place in the file.

use crate::time::Time;
use serde_json::Value;

/// Returns what is expected of an option, if its value, as JSON, is something else. A name that is no option is refused where a
/// session is made, which knows them all.
pub(super) fn check(name: &str, value: &str) -> Result<(), &'static str> {
    // A number past the range of a double is none of these.
    let value = serde_json::from_str(value).unwrap_or(Value::Array(Vec::new()));
    let (is_right, expected) = match name {
        "builtin" | "sha256" | "inventory" | "indicators" => (value.is_boolean(), "true or false"),
        "views" => (value.is_boolean() || value.is_null(), "true or false"),
        "mode" => (matches!(value.as_str(), Some("block" | "event")), "\"block\" or \"event\""),
        "computer" | "utcOffset" | "encoding" => {
            (value.is_string() || value.is_null(), "a text in quotation marks")
        }
        "since" | "until" => (
            value.is_null() || value.as_str().is_some_and(is_time),
            "a time such as 2026-08-08 or 2026-08-08T06:13:52Z",
        ),
        "minScore" | "riskThreshold" => {
            (is_number(&value, |number| number >= 0.0), "a number of 0 or more")
        }
        "riskWindow" | "tacticWindow" => {
            (is_number(&value, |number| number > 0.0), "a number of hours above 0")
        }
        "tacticThreshold" | "tacticRules" => {
            let is_count =
                value.as_u64().is_some_and(|count| (1..=u32::MAX.into()).contains(&count));
            (is_count || value.is_null(), "a whole number from 1")
        }
        "disabled" => (
            value.as_array().is_some_and(|ids| ids.iter().all(Value::is_string)),
            "a list of texts",
        ),
        "macros" => (
            value.as_object().is_some_and(|macros| macros.values().all(Value::is_string)),
            "an object of texts",
        ),
        _ => (true, ""),
    };
    if is_right { Ok(()) } else { Err(expected) }
}

fn is_number(value: &Value, is_in_range: fn(f64) -> bool) -> bool {
    value.is_null() || value.as_f64().is_some_and(is_in_range)
}

fn is_time(text: &str) -> bool {
    Time::parse(text).or_else(|| Time::parse(&format!("{text}T00:00:00Z"))).is_some()
}
