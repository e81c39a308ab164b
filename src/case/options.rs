//! Checks the options in a case file, so that an error has its place in the file.

use super::json::JsonReader;
use crate::time::Time;

/// Returns what is expected of an option, if its value, in JSON, is something else. A name that is no option is refused where a
/// session is made, which knows them all.
pub(super) fn check(name: &str, value: &str) -> Result<(), &'static str> {
    let is_null = value == "null";
    let is_flag = matches!(value, "true" | "false");
    let (is_right, expected) = match name {
        "builtin" | "sha256" | "inventory" | "indicators" => (is_flag, "true or false"),
        "views" => (is_flag || is_null, "true or false"),
        "mode" => (matches!(value, "\"block\"" | "\"event\""), "\"block\" or \"event\""),
        "computer" | "utcOffset" | "encoding" => {
            (value.starts_with('"') || is_null, "a text in quotation marks")
        }
        "since" | "until" => {
            (is_time(value) || is_null, "a time such as 2026-08-08 or 2026-08-08T06:13:52Z")
        }
        "minScore" | "riskThreshold" => (is_number(value) || is_null, "a number of 0 or more"),
        "riskWindow" | "tacticWindow" => {
            let mantissa = value.split(['e', 'E']).next().unwrap_or_default();
            let is_zero = !mantissa.contains(|char: char| matches!(char, '1'..='9'));
            (is_number(value) && !is_zero || is_null, "a number of hours above 0")
        }
        "tacticThreshold" | "tacticRules" => {
            let is_count = value.parse().is_ok_and(|count: u32| count > 0);
            (is_count || is_null, "a whole number from 1")
        }
        "disabled" => {
            let read = JsonReader::new(value).list(&mut |reader| reader.string().map(drop));
            (read.is_ok(), "a list of texts")
        }
        "macros" => {
            let read = JsonReader::new(value).object(&mut |_, reader| reader.string().map(drop));
            (read.is_ok(), "an object of texts")
        }
        _ => (true, ""),
    };
    if is_right { Ok(()) } else { Err(expected) }
}

/// Whether a value is a number of 0 or more.
fn is_number(value: &str) -> bool {
    value.starts_with(|char: char| char.is_ascii_digit())
}

fn is_time(value: &str) -> bool {
    let text = JsonReader::new(value).string().unwrap_or_default();
    Time::parse(&text).or_else(|| Time::parse(&format!("{text}T00:00:00Z"))).is_some()
}
