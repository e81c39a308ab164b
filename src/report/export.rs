//! The report as text: JSON, NDJSON (a result a line) and CSV.

use super::{Cell, Report, Row, to_json};
use crate::error::Error;
use crate::search;
use serde::Serialize;

/// The exporter of a format's name: `json`, `ndjson` or `csv`.
pub fn exporter(format: &str) -> Result<fn(&Report) -> String, Error> {
    match format {
        "json" => Ok(json),
        "ndjson" => Ok(ndjson),
        "csv" => Ok(csv),
        _ => Err(Error::Option {
            name: "format",
            message: format!("{format:?} is none of \"json\", \"ndjson\" and \"csv\""),
        }),
    }
}

/// The report as one JSON document.
pub fn json(report: &Report) -> String {
    to_json(report)
}

/// A line for each result: the result, with its rule's title and its first script block beside it.
pub fn ndjson(report: &Report) -> String {
    let mut lines = String::new();
    for result in &report.results {
        let line = Line {
            result,
            rule: title(report, result),
            script_block: result.blocks.first().and_then(|block| report.block(&block.id)),
        };
        lines.push_str(&to_json(&line));
        lines.push('\n');
    }
    lines
}

/// A row for each result, as RFC 4180 has it, safe to open in a spreadsheet: a cell that would be taken
/// for a formula gets an apostrophe before it.
pub fn csv(report: &Report) -> String {
    let mut text = String::new();
    line(&mut text, COLUMNS.iter().map(|column| (*column).to_owned()));
    for result in &report.results {
        let block = result.blocks.first().and_then(|block| report.block(&block.id));
        let field = |get: fn(&super::Block) -> Option<&String>| {
            block.and_then(get).cloned().unwrap_or_default()
        };
        let cells = [
            result.first_time.clone().unwrap_or_default(),
            result.last_time.clone().unwrap_or_default(),
            to_json(&result.score),
            title(report, result).unwrap_or_default().to_owned(),
            result.rule_id.clone(),
            result.count.to_string(),
            column(result, "Computer").unwrap_or_else(|| field(|block| block.computer.as_ref())),
            field(|block| block.user.as_ref()),
            field(|block| block.path.as_ref()),
            result.message.clone().unwrap_or_default(),
            result.suppressed_by.clone().unwrap_or_default(),
            field(|block| block.script_block_id.as_ref()),
            block.map(records).unwrap_or_default(),
            block.map(|block| block.text.as_ref().to_owned()).unwrap_or_default(),
        ];
        line(&mut text, cells.into_iter());
    }
    text
}

const COLUMNS: [&str; 14] = [
    "firstTime",
    "lastTime",
    "score",
    "rule",
    "ruleId",
    "count",
    "computer",
    "user",
    "path",
    "message",
    "suppressedBy",
    "scriptBlockId",
    "records",
    "scriptBlockText",
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    rule: Option<&'a str>,
    #[serde(flatten)]
    result: &'a Row,
    script_block: Option<&'a super::Block>,
}

fn title<'a>(report: &'a Report, result: &Row) -> Option<&'a str> {
    report.rules.iter().find(|rule| rule.id == result.rule_id).map(|rule| rule.title.as_str())
}

fn column(result: &Row, name: &str) -> Option<String> {
    match result.fields.get(name)? {
        Cell::One(value) => Some(value.as_ref().to_owned()),
        Cell::Many(values) => Some(values.join("\n")),
        Cell::Null => None,
    }
}

fn records(block: &super::Block) -> String {
    let places = block
        .events
        .iter()
        .map(|event| format!("{}:{}", event.source, event.record.as_deref().unwrap_or_default()));
    places.collect::<Vec<_>>().join(" ")
}

fn line(text: &mut String, cells: impl Iterator<Item = String>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            text.push(',');
        }
        push_cell(text, &cell);
    }
    text.push_str("\r\n");
}

fn push_cell(text: &mut String, cell: &str) {
    // Spreadsheets skip leading white space before they look for a formula's first sign.
    let formula = cell
        .trim_start_matches(|char: char| char.is_whitespace() || char.is_control())
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let number = search::parse_number(cell).is_some();
    let starts_blank = cell.starts_with(['\t', '\r', '\n']);
    let guard = if (formula && !number) || starts_blank { "'" } else { "" };
    if guard.is_empty() && !cell.contains(['"', ',', '\r', '\n']) {
        text.push_str(cell);
    } else {
        text.push('"');
        text.push_str(guard);
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let shown = |cell: &str| {
            let mut text = String::new();
            push_cell(&mut text, cell);
            text
        };
        assert_eq!(shown("plain"), "plain");
        assert_eq!(shown("a,\"b\"\r\nc"), "\"a,\"\"b\"\"\r\nc\"");
        assert_eq!(shown("=cmd|'/c calc'!A1"), "\"'=cmd|'/c calc'!A1\"");
        assert_eq!(shown(" \t@SUM(1)"), "\"' \t@SUM(1)\"");
        assert_eq!(shown("\r\nGet-Date"), "\"'\r\nGet-Date\"");
        assert_eq!(shown("-15.75"), "-15.75");
        assert_eq!(shown("-join"), "\"'-join\"");
    }
}
