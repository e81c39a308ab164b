//! Timelines of Timesketch: an event for each script block of the results. Timesketch requires `message`, `datetime` and
//! `timestamp_desc`.

use super::input::{Export, first_line, parse_time, with_digits};
use super::json_writer::JsonWriter;
use super::results::records;
use super::tables::Rows;
use crate::report::contract::{Block, Number, Row};
use crate::time::Time;
use std::io::{self, Write};

const COLUMNS: [&str; 13] = [
    "message",
    "datetime",
    "timestamp",
    "timestamp_desc",
    "computer",
    "user",
    "path",
    "script_block_id",
    "script_block_text",
    "rules",
    "score",
    "attack",
    "records",
];

/// Writes an event as JSON on each line.
pub(super) fn write_lines(export: &Export<'_>, to: &mut dyn Write) -> io::Result<()> {
    let mut json = JsonWriter::new(to);
    for (block, results) in export.blocks_with_results() {
        json.open('{');
        for (column, value) in COLUMNS.into_iter().zip(event(export, block, &results)) {
            match column {
                "timestamp" | "score" => {
                    json.key(column);
                    json.number(&value);
                }
                _ => json.field(column, &value),
            }
        }
        json.texts("tag", attack(export, &results).iter().copied());
        json.close('}');
        json.end_line();
    }
    json.finish()
}

/// Writes an event as each row of CSV.
pub(super) fn write_csv(export: &Export<'_>, to: &mut dyn Write) -> io::Result<()> {
    let mut rows = Rows { to, result: Ok(()) };
    rows.header(&COLUMNS);
    for (block, results) in export.blocks_with_results() {
        rows.row(event(export, block, &results));
    }
    rows.result
}

/// Returns the values of an event by column. A block without a time has the beginning of 1970, and says so: an event
/// without a time cannot be imported.
fn event(export: &Export<'_>, block: &Block, results: &[&Row]) -> [String; COLUMNS.len()] {
    let time = parse_time(block.time.as_deref());
    let at = time.or_else(|| Time::new(0, 0, 0));
    let micros = |time: Time| {
        time.seconds().saturating_mul(1_000_000).saturating_add(i64::from(time.nanos() / 1_000))
    };
    let mut titles: Vec<&str> = results
        .iter()
        .filter_map(|row| export.rule(&row.rule_id).map(|rule| rule.title.as_str()))
        .collect();
    titles.dedup();
    let titles = titles.join("; ");
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let computer = block.computer.as_deref().unwrap_or("unknown computer");
    let no_time = if time.is_none() { " (the log has no time)" } else { "" };
    let what = if titles.is_empty() { "script block that no rule matched" } else { &titles };
    let message = format!("{computer}: {what}: {}{no_time}", first_line(&block.text));
    let datetime = at.map(|time| with_digits(time, 6)).unwrap_or_default().replace('Z', "+00:00");
    [
        message,
        datetime,
        at.map(micros).unwrap_or_default().to_string(),
        "PowerShell script block logged".to_owned(),
        text(&block.computer),
        text(&block.user),
        text(&block.path),
        text(&block.script_block_id),
        block.text.as_ref().to_owned(),
        titles,
        Number(results.iter().map(|row| row.score.0).sum()).to_string(),
        attack(export, results).join(" "),
        records(block),
    ]
}

/// Returns the techniques of results, sorted.
fn attack<'a>(export: &Export<'a>, results: &[&Row]) -> Vec<&'a str> {
    let rules = results.iter().filter_map(|row| export.rule(&row.rule_id));
    let mut techniques: Vec<&str> =
        rules.flat_map(|rule| &rule.attack).map(|attack| attack.technique.as_str()).collect();
    crate::sort::sort(&mut techniques);
    techniques.dedup();
    techniques
}
