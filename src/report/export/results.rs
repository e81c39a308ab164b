//! [`Format`]: a report as JSON, its results as NDJSON (one a line) and CSV (one a row).

use super::csv::line;
use crate::error::Error;
use crate::report::contract::{Block, Cell, Report, Row, Rule};
use crate::report::json::{to_json, write_json};
use serde::Serialize;
use std::collections::HashMap;
use std::io::{self, Write};
use std::str::FromStr;

/// A format that a report is exported in.
///
/// ```
/// use scriptscope::{Format, Options, Session};
///
/// let report = Session::new(Options::default()).unwrap().report();
/// let mut table = Vec::new();
/// report.write(Format::Csv, &mut table).unwrap();
/// assert!(table.starts_with(b"firstTime,lastTime,score,rule,"));
/// assert_eq!("ndjson".parse(), Ok(Format::Ndjson));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// `json`: the whole report, one document.
    Json,
    /// `ndjson`: a line for each result, with its rule's title and its first script block.
    Ndjson,
    /// `csv`: a row for each result, safe to open in a spreadsheet.
    Csv,
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "json" => Ok(Self::Json),
            "ndjson" => Ok(Self::Ndjson),
            "csv" => Ok(Self::Csv),
            _ => Err(Error::Option {
                name: "format",
                message: format!("{text:?} is none of \"json\", \"ndjson\" and \"csv\""),
            }),
        }
    }
}

impl Report {
    /// Writes the report in a format. NDJSON and CSV make a write or more for each result: wrap a file in a
    /// [`BufWriter`](io::BufWriter).
    ///
    /// # Errors
    ///
    /// Those of `to`.
    pub fn write(&self, format: Format, to: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Json => write_json(self, to),
            Format::Ndjson => write_ndjson(self, to),
            Format::Csv => write_csv(self, to),
        }
    }

    /// Returns the report in a format.
    pub fn to_text(&self, format: Format) -> String {
        match format {
            Format::Json => json(self),
            Format::Ndjson => ndjson(self),
            Format::Csv => csv(self),
        }
    }
}

/// Returns the report as one JSON document.
///
/// ```
/// use scriptscope::{Options, Session, report};
///
/// let report = Session::new(Options::default()).unwrap().report();
/// assert!(report::json(&report).starts_with("{\"format\":\"scriptscope.report\",\"version\":1,"));
/// ```
pub fn json(report: &Report) -> String {
    to_json(report)
}

/// Returns a line of JSON for each result: the result, with its rule's title and its first script block.
///
/// ```
/// use scriptscope::{Options, Session, report};
///
/// let report = Session::new(Options::default()).unwrap().report();
/// assert_eq!(report::ndjson(&report).lines().count(), report.results.len());
/// ```
pub fn ndjson(report: &Report) -> String {
    in_memory(|to| write_ndjson(report, to))
}

/// Returns a row for each result, in the format of RFC 4180. An apostrophe before a cell that begins like a formula keeps
/// spreadsheets from running it.
///
/// ```
/// use scriptscope::{Options, Session, report};
///
/// let report = Session::new(Options::default()).unwrap().report();
/// assert!(report::csv(&report).starts_with("firstTime,lastTime,score,rule,ruleId,count,computer,"));
/// ```
pub fn csv(report: &Report) -> String {
    in_memory(|to| write_csv(report, to))
}

fn in_memory(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
    let mut bytes = Vec::new();
    // Writing to memory cannot fail.
    let _ = write(&mut bytes);
    String::from_utf8(bytes).unwrap_or_default()
}

fn write_ndjson(report: &Report, to: &mut dyn Write) -> io::Result<()> {
    let names = Names::of(report);
    report.results.iter().try_for_each(|result| write_ndjson_line(report, &names, result, to))
}

/// Writes one result as a line of JSON.
pub(in crate::report) fn write_ndjson_line(
    report: &Report,
    names: &Names,
    result: &Row,
    to: &mut dyn Write,
) -> io::Result<()> {
    let line = ResultLine {
        result,
        rule: names.title(report, result),
        script_block: names.block(report, result),
    };
    write_json(&line, to)?;
    to.write_all(b"\n")
}

fn write_csv(report: &Report, to: &mut dyn Write) -> io::Result<()> {
    let names = Names::of(report);
    write_csv_header(to)?;
    report.results.iter().try_for_each(|result| write_csv_row(report, &names, result, to))
}

/// Writes the names of the columns.
pub(in crate::report) fn write_csv_header(to: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    line(&mut text, COLUMNS.iter().map(|column| (*column).to_owned()));
    to.write_all(text.as_bytes())
}

/// Writes one result as a row.
pub(in crate::report) fn write_csv_row(
    report: &Report,
    names: &Names,
    result: &Row,
    to: &mut dyn Write,
) -> io::Result<()> {
    let block = names.block(report, result);
    let field =
        |get: fn(&Block) -> Option<&String>| block.and_then(get).cloned().unwrap_or_default();
    let cells = [
        result.first_time.clone().unwrap_or_default(),
        result.last_time.clone().unwrap_or_default(),
        to_json(&result.score),
        names.title(report, result).unwrap_or_default().to_owned(),
        result.rule_id.clone(),
        result.count.to_string(),
        column(result, "Computer").unwrap_or_else(|| field(|block| block.computer.as_ref())),
        field(|block| block.user.as_ref()),
        field(|block| block.path.as_ref()),
        result.message.as_deref().unwrap_or_default().to_owned(),
        result.suppressed_by.clone().unwrap_or_default(),
        field(|block| block.script_block_id.as_ref()),
        block.map(records).unwrap_or_default(),
        block.map(|block| block.text.as_ref().to_owned()).unwrap_or_default(),
    ];
    let mut text = String::new();
    line(&mut text, cells.into_iter());
    to.write_all(text.as_bytes())
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
struct ResultLine<'a> {
    rule: Option<&'a str>,
    #[serde(flatten)]
    result: &'a Row,
    script_block: Option<&'a Block>,
}

/// Indices of a report's rules and script blocks by their ids.
pub(in crate::report) struct Names {
    rules: HashMap<String, usize>,
    blocks: HashMap<String, usize>,
}

impl Names {
    pub(in crate::report) fn of(report: &Report) -> Self {
        let rules = report.rules.iter().enumerate().map(|(index, rule)| (rule.id.clone(), index));
        let blocks = report.script_blocks.iter().enumerate();
        Self {
            rules: rules.collect(),
            blocks: blocks.map(|(index, block)| (block.id.clone(), index)).collect(),
        }
    }

    pub(super) fn title<'a>(&self, report: &'a Report, result: &Row) -> Option<&'a str> {
        Some(self.rule(report, &result.rule_id)?.title.as_str())
    }

    pub(super) fn rule<'a>(&self, report: &'a Report, id: &str) -> Option<&'a Rule> {
        report.rules.get(*self.rules.get(id)?)
    }

    /// Returns the script blocks of a result that the report has.
    pub(super) fn blocks<'a>(&self, report: &'a Report, result: &Row) -> Vec<&'a Block> {
        let find = |id: &str| report.script_blocks.get(*self.blocks.get(id)?);
        result.blocks.iter().filter_map(|block| find(&block.id)).collect()
    }

    /// Returns the result's first script block.
    pub(super) fn block<'a>(&self, report: &'a Report, result: &Row) -> Option<&'a Block> {
        report.script_blocks.get(*self.blocks.get(&result.blocks.first()?.id)?)
    }
}

fn column(result: &Row, name: &str) -> Option<String> {
    match result.fields.get(name)? {
        Cell::One(value) => Some(value.as_ref().to_owned()),
        Cell::Many(values) => Some(values.join("\n")),
        Cell::Null => None,
    }
}

pub(super) fn records(block: &Block) -> String {
    let places = block
        .events
        .iter()
        .map(|event| format!("{}:{}", event.source, event.record.as_deref().unwrap_or_default()));
    places.collect::<Vec<_>>().join(" ")
}
