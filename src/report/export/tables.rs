//! Every table as CSV and as NDJSON.

use super::csv::line;
use super::format::Table;
use super::input::Export;
use super::results::{records, write_csv_header, write_csv_row, write_ndjson_line};
use crate::report::json::write_json;
use serde::Serialize;
use std::io::{self, Write};

/// Writes a row for each element of a table, after the names of the columns.
pub(super) fn write_csv(export: &Export<'_>, table: Table, to: &mut dyn Write) -> io::Result<()> {
    let mut rows = Rows { to, result: Ok(()) };
    match table {
        Table::Results => {
            write_csv_header(rows.to)?;
            return export
                .results()
                .try_for_each(|row| write_csv_row(export.report, &export.names, row, rows.to));
        }
        Table::Blocks => {
            rows.header(&[
                "time",
                "computer",
                "user",
                "path",
                "level",
                "results",
                "score",
                "rules",
                "scriptBlockId",
                "parts",
                "total",
                "records",
                "id",
                "scriptBlockText",
            ]);
            for (block, results) in export.blocks_with_results() {
                let rules = results.iter().filter_map(|row| export.rule(&row.rule_id));
                let mut titles: Vec<&str> = rules.map(|rule| rule.title.as_str()).collect();
                titles.dedup();
                let score: i64 = results.iter().map(|row| row.score.0).sum();
                rows.row([
                    text(&block.time),
                    text(&block.computer),
                    text(&block.user),
                    text(&block.path),
                    block.level.map(|level| level.to_string()).unwrap_or_default(),
                    results.len().to_string(),
                    crate::report::Number(score).to_string(),
                    titles.join("\n"),
                    text(&block.script_block_id),
                    block.present.len().to_string(),
                    block.total.map(|total| total.to_string()).unwrap_or_default(),
                    records(block),
                    block.id.clone(),
                    block.text.as_ref().to_owned(),
                ]);
            }
        }
        Table::Risk => {
            rows.header(&[
                "object",
                "type",
                "name",
                "distinctScore",
                "score",
                "firstTime",
                "lastTime",
                "tactics",
                "events",
            ]);
            for object in &export.report.risk_objects {
                let chosen = object.events.iter().filter(|own| export.is_chosen(&own.result_id));
                let events = chosen.count();
                if events > 0 || export.is_all() {
                    rows.row([
                        object.object.clone(),
                        object.kind.clone(),
                        text(&object.name),
                        object.distinct_score.to_string(),
                        object.score.to_string(),
                        text(&object.first_time),
                        text(&object.last_time),
                        object.tactics.join(" "),
                        events.to_string(),
                    ]);
                }
            }
        }
        Table::Acts => {
            rows.header(&[
                "firstTime",
                "lastTime",
                "object",
                "processId",
                "results",
                "rules",
                "resultIds",
                "id",
            ]);
            for act in &export.report.acts {
                if act.result_ids.iter().any(|id| export.is_chosen(id)) {
                    let titles = act.rules.iter().filter_map(|id| export.rule(id));
                    let titles: Vec<&str> = titles.map(|rule| rule.title.as_str()).collect();
                    rows.row([
                        text(&act.first_time),
                        text(&act.last_time),
                        text(&act.object),
                        text(&act.process_id),
                        act.result_ids.len().to_string(),
                        titles.join("\n"),
                        act.result_ids.join(" "),
                        act.id.clone(),
                    ]);
                }
            }
        }
        // The list of scripts is the session's.
        Table::Scripts => {}
        Table::Indicators => {
            rows.header(&[
                "kind",
                "value",
                "defanged",
                "count",
                "computers",
                "firstTime",
                "lastTime",
                "view",
                "computerNames",
                "blockIds",
                "id",
            ]);
            for row in export.indicators() {
                rows.row([
                    row.kind.as_str().to_owned(),
                    row.value.clone(),
                    row.defanged.clone(),
                    row.count.to_string(),
                    row.computers.to_string(),
                    text(&row.first_time),
                    text(&row.last_time),
                    row.view.clone(),
                    row.computer_names.join(" "),
                    row.block_ids.join(" "),
                    row.id.clone(),
                ]);
            }
        }
        Table::Findings => {
            rows.header(&[
                "rule",
                "object",
                "type",
                "score",
                "severity",
                "firstTime",
                "lastTime",
                "tactics",
                "results",
            ]);
            for finding in &export.report.findings {
                if finding.results.iter().any(|id| export.is_chosen(id)) || export.is_all() {
                    rows.row([
                        finding.rule.clone(),
                        finding.object.clone(),
                        finding.kind.clone(),
                        finding.score.to_string(),
                        finding.severity.clone(),
                        finding.first_time.clone(),
                        finding.last_time.clone(),
                        finding.tactics.join(" "),
                        finding.results.join(" "),
                    ]);
                }
            }
        }
    }
    rows.result
}

/// Writes each element of a table as a line of JSON, as the report has it.
pub(super) fn write_ndjson(
    export: &Export<'_>,
    table: Table,
    to: &mut dyn Write,
) -> io::Result<()> {
    let report = export.report;
    match table {
        Table::Results => {
            export.results().try_for_each(|row| write_ndjson_line(report, &export.names, row, to))
        }
        Table::Blocks => export.blocks().try_for_each(|block| write_line(block, to)),
        Table::Risk => report
            .risk_objects
            .iter()
            .filter(|object| {
                export.is_all() || object.events.iter().any(|own| export.is_chosen(&own.result_id))
            })
            .try_for_each(|object| write_line(object, to)),
        Table::Acts => report
            .acts
            .iter()
            .filter(|act| act.result_ids.iter().any(|id| export.is_chosen(id)))
            .try_for_each(|act| write_line(act, to)),
        Table::Scripts => Ok(()),
        Table::Indicators => export.indicators().try_for_each(|row| write_line(row, to)),
        Table::Findings => report
            .findings
            .iter()
            .filter(|finding| {
                export.is_all() || finding.results.iter().any(|id| export.is_chosen(id))
            })
            .try_for_each(|finding| write_line(finding, to)),
    }
}

pub(crate) fn write_line<T: Serialize>(value: &T, to: &mut dyn Write) -> io::Result<()> {
    write_json(value, to)?;
    to.write_all(b"\n")
}

fn text(value: &Option<String>) -> String {
    value.clone().unwrap_or_default()
}

/// Rows of CSV. Nothing is written after the first error.
pub(crate) struct Rows<'a> {
    pub(crate) to: &'a mut dyn Write,
    pub(crate) result: io::Result<()>,
}

impl Rows<'_> {
    pub(crate) fn header(&mut self, columns: &[&str]) {
        self.push(&mut columns.iter().map(|column| (*column).to_owned()));
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.push(&mut cells.into_iter());
    }

    fn push(&mut self, cells: &mut dyn Iterator<Item = String>) {
        let mut text = String::new();
        line(&mut text, cells);
        if self.result.is_ok() {
            self.result = self.to.write_all(text.as_bytes());
        }
    }
}
