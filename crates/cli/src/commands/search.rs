//! `scriptscope search` and `scriptscope hunt`: a query over every script block and its views.

use super::blocks::{FORMATS, matched_rows, query, read, show};
use super::{FOUND, NOTHING_FOUND};
use crate::args::SearchArgs;
use crate::block_table::{Line, Totals};
use crate::config::effective;
use crate::console::Console;
use crate::engine;
use crate::failed::Failed;
use crate::problem::complain;
use crate::settings::OutputFormat;
use crate::terminal::{json_line, pad_end, visible, visible_lines, width};
use scriptscope::Session;
use scriptscope::report::{Cell, Outline, csv_row};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn search(args: SearchArgs) -> Result<u8, Failed> {
    let Some(settings) = effective(args.common)? else { return Ok(NOTHING_FOUND) };
    let format = engine::format(&settings, "`scriptscope search`", &FORMATS)?;
    let console = Console::new(&settings);
    let mut options = engine::options(&settings)?;
    let asked = Session::new(options.clone())?.search_query(&args.query).map_err(refused)?;
    options.rules = vec![asked.rule()];
    options.builtin = false;
    let (mut logs, _) = read(&console, &settings, options.with_inventory(true), args.files)?;
    let outline = logs.session.outline();
    if asked.has_table {
        if args.around.is_some() {
            let message = "--around lists the neighbours of script blocks, and this query makes a table of its own";
            return Err(Failed::Usage(message.to_owned()));
        }
        show_table(&console, format, &outline)?;
    } else {
        let rows = matched_rows(&mut logs.session, &query(&args.list)?)?;
        let found: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let mut around = Vec::new();
        for row in &rows {
            if let Some(most) = args.around {
                around.extend(logs.session.block_neighbours(&row.id, most)?);
            }
        }
        let matching = lines_of(&outline);
        let mut lines = Vec::new();
        let found_line = |row| Line::Found(row, matching.get(row.id.as_str()).copied());
        match args.around {
            None => lines.extend(rows.iter().map(found_line)),
            Some(_) => {
                for neighbours in &around {
                    let near = neighbours.before.iter().chain([&neighbours.block]);
                    for row in near.chain(&neighbours.after) {
                        let is_found = found.contains(row.id.as_str());
                        lines.push(if is_found { found_line(row) } else { Line::Block(row) });
                    }
                    lines.extend(neighbours.context.iter().map(Line::Context));
                    lines.push(Line::Gap);
                }
            }
        }
        let all = logs.session.list_blocks(&Default::default())?;
        let totals = Totals { total: all.total, matching: rows.len(), not_listed: all.not_listed };
        show(&console, format, &lines, Some(&totals))?;
    }
    let report = outline.report;
    complain(&console, &report.problems);
    let status = if report.totals.results > 0 { FOUND } else { super::analyze::status(&report) };
    Ok(logs.status(&console, &settings, &report, status))
}

/// The line that the query found in each block.
fn lines_of(outline: &Outline) -> BTreeMap<&str, &str> {
    let results = outline.report.results.iter();
    results
        .filter_map(|result| {
            let block = result.blocks.first()?;
            Some((block.id.as_str(), outline.lines.get(&result.id)?.as_str()))
        })
        .collect()
}

/// Writes the table that a query's commands make.
fn show_table(console: &Console, format: OutputFormat, outline: &Outline) -> Result<(), Failed> {
    let report = &outline.report;
    let columns: Vec<&str> = report
        .rules
        .first()
        .map(|rule| rule.columns.iter().map(String::as_str).collect())
        .unwrap_or_default();
    let cells: Vec<Vec<String>> = report
        .results
        .iter()
        .map(|row| {
            let cell = |name: &&str| {
                let found = row.fields.0.iter().find(|(own, _)| own == name);
                match found.map(|(_, cell)| cell) {
                    Some(Cell::One(text)) => text.to_string(),
                    Some(Cell::Many(texts)) => {
                        texts.iter().map(|text| text.to_string()).collect::<Vec<_>>().join("\n")
                    }
                    _ => String::new(),
                }
            };
            columns.iter().map(cell).collect()
        })
        .collect();
    match format {
        OutputFormat::Json | OutputFormat::Ndjson => {
            let rows = report.results.iter().map(|row| json_line(&row.fields));
            let text: String = match format {
                OutputFormat::Ndjson => rows.collect(),
                _ => {
                    let fields: Vec<_> = report.results.iter().map(|row| &row.fields).collect();
                    json_line(&fields)
                }
            };
            console.write(text.as_bytes())
        }
        OutputFormat::Csv => {
            let mut text = csv_row(columns.iter().copied());
            for row in &cells {
                text.push_str(&csv_row(row.iter().map(String::as_str)));
            }
            let text =
                if console.is_terminal { visible_lines(&text.replace("\r\n", "\n")) } else { text };
            console.write(text.as_bytes())
        }
        _ => {
            let shown: Vec<Vec<String>> = cells
                .iter()
                .map(|row| row.iter().map(|cell| visible(cell).to_string()).collect())
                .collect();
            let widths: Vec<usize> = columns
                .iter()
                .enumerate()
                .map(|(index, name)| {
                    let cells = shown.iter().filter_map(|row| row.get(index));
                    cells.map(|cell| width(cell).min(WIDEST)).max().unwrap_or(0).max(width(name))
                })
                .collect();
            let mut text = String::new();
            let names: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
            for row in [&names].into_iter().chain(&shown) {
                let cells = row.iter().zip(&widths).map(|(cell, width)| pad_end(cell, *width));
                text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
                text.push('\n');
            }
            console.write(text.as_bytes())
        }
    }
}

/// Widest column of a table.
const WIDEST: usize = 60;

/// An error in the query is shown as it is: it has a caret.
fn refused(error: scriptscope::Error) -> Failed {
    Failed::Refused(error.to_string())
}
