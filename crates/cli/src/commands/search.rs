//! `scriptscope search` and `scriptscope hunt`: a query over every script block and its views.

use super::analyze::named_files;
use super::blocks::query;
use super::{FAILED, FOUND, NOTHING_FOUND};
use crate::accepted::SEARCH;
use crate::args::SearchArgs;
use crate::block_table::{Line, ListWriter, Reading, Totals, WithReading};
use crate::choice::OutputFormat;
use crate::config::effective;
use crate::console::{Console, say};
use crate::engine;
use crate::failed::Failed;
use crate::interrupt;
use crate::logs::{self, Logs};
use crate::problem::complain;
use crate::settings::Settings;
use crate::terminal::{count, fit, json_line, pad_end, plural, visible, visible_lines, width};
use scriptscope::inventory::{BlockFilter, BlockQuery, BlockRow};
use scriptscope::report::{Cell, Fields, Outline, Problem, Report, Row, RuleStatus, csv_row};
use scriptscope::{Mode, Options, SearchQuery, Session};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::{self, ErrorKind};
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

pub(crate) fn search(args: SearchArgs) -> Result<u8, Failed> {
    let Some(settings) = effective(args.common, &SEARCH)? else { return Ok(NOTHING_FOUND) };
    let format = SEARCH.format(&settings)?;
    let console = Console::new(&settings);
    let mut options = engine::options(&settings)?;
    let session = Session::new(options.clone())?;
    let asked = session.search_query(&args.query)?;
    set_rules(&mut options, &session, &asked);
    let files = named_files(&settings, args.files)?;
    if asked.has_table {
        let why = "on the table that the query makes: its commands filter and sort";
        args.list.refuse_except(&["--limit"], why)?;
        if args.around.is_some() {
            let message = "--around lists the neighbours of script blocks, and this query makes a table of its own";
            return Err(Failed::Usage(message.to_owned()));
        }
    } else {
        let matching = ["--matched", "--unmatched", "--rule", "--technique", "--level"];
        let names = args.list.names();
        let taken: Vec<_> = names.into_iter().filter(|name| !matching.contains(name)).collect();
        args.list.refuse_except(&taken, "on a search: what it lists is what the query matches")?;
    }
    // Neighbours need not match.
    let options = options.with_inventory(true).with_candidates_only(args.around.is_none());
    let query = query(&args.list);
    let filter = BlockFilter { matched: Some(true), ..query.filter.clone() };
    let query = BlockQuery { filter, ..query };
    Session::new(options.clone())?.list_blocks(&query)?;
    let run = Run { console: &console, settings: &settings, format, asked: &asked };
    if asked.has_table {
        let options = options.with_inventory(false);
        let mut logs = logs::read(&console, &settings, options, &files)?;
        let outline = logs.session.outline();
        run.write_table(&outline, args.list.limit)?;
        let is_found = outline.report.totals.results > 0;
        return Ok(run.status(&logs, &outline.report, is_found));
    }
    let is_sorted = args.list.sort.is_some() || args.list.descending || query.limit.is_some();
    if is_sorted
        || args.around.is_some()
        || format == OutputFormat::Json
        || options.mode == Mode::Event
    {
        let logs = logs::read(&console, &settings, options, &files)?;
        return run.list(logs, &query, args.around);
    }
    run.list_as_they_come(options, &files, &query)
}

/// Makes the query the only rule that runs. Files that define what it names stay.
fn set_rules(options: &mut Options, session: &Session, asked: &SearchQuery) {
    if asked.search.contains("lookup") || asked.search.contains('`') {
        options.disabled = session.rules().into_iter().map(|rule| rule.id).collect();
    } else {
        options.rules.clear();
        options.disabled.clear();
    }
    options.rules.push(asked.rule());
    options.builtin = false;
    // A case's: the query is no result of its rules.
    options.allow_list.clear();
    options.min_score = None;
}

/// What a search is run with.
#[derive(Clone, Copy)]
struct Run<'a> {
    console: &'a Console,
    settings: &'a Settings,
    format: OutputFormat,
    asked: &'a SearchQuery,
}

impl Run<'_> {
    /// Lists what was found after everything was read.
    fn list(self, mut logs: Logs, query: &BlockQuery, around: Option<usize>) -> Result<u8, Failed> {
        let outline = logs.session.outline();
        let counted = logs.session.list_blocks(&BlockQuery { limit: Some(0), ..query.clone() })?;
        let totals = Totals::from(&counted);
        let rows = logs.session.list_blocks(query)?.rows;
        let found: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let mut neighbours = Vec::new();
        for row in &rows {
            if let Some(most) = around {
                neighbours.extend(logs.session.block_neighbours(&row.id, most)?);
            }
        }
        let lines = lines_of(&outline);
        let line_of = |row: &BlockRow| lines.get(row.id.as_str()).copied();
        self.console.stream(|to| {
            let mut writer = ListWriter::new(self.console, self.format, to);
            writer.begin(Some(&totals), query.limit)?;
            if around.is_none() {
                rows.iter().try_for_each(|row| writer.line(&Line::Found(row, line_of(row))))?;
            }
            for own in &neighbours {
                for row in own.before.iter().chain([&own.block]).chain(&own.after) {
                    let is_found = found.contains(row.id.as_str());
                    writer.line(&if is_found {
                        Line::Found(row, line_of(row))
                    } else {
                        Line::Block(row)
                    })?;
                }
                own.context.iter().try_for_each(|event| writer.line(&Line::Context(event)))?;
                writer.line(&Line::Gap)?;
            }
            writer.end(&Reading::of(&outline.report))
        })?;
        Ok(self.status(&logs, &outline.report, totals.matching > 0))
    }

    /// Lists what is found while the logs are read: in the order of the inputs, and at the end what only all of them show.
    fn list_as_they_come(
        self,
        options: Options,
        files: &[PathBuf],
        query: &BlockQuery,
    ) -> Result<u8, Failed> {
        let Self { console, settings, format, .. } = self;
        // Before the output is opened, which may be one of the files.
        logs::protect(settings, files)?;
        logs::inputs(files)?;
        // A worker waits for the reader of what it found.
        let (sender, batches) = sync_channel(BATCHES);
        let early = query.clone();
        let each = move |index: usize, session: &mut Session| {
            // Nobody receives it after the reader has closed the pipe.
            let _ = sender.send((index, found_in(session, &early)));
            session.forget_matched();
        };
        let mut read = None;
        let mut is_closed = false;
        let mut has_early = false;
        let mut ended = None;
        console.stream(|to| {
            let mut writer = ListWriter::new(console, format, to);
            writer.begin(None, None)?;
            let mut early = EarlyRows::default();
            let written = thread::scope(|scope| {
                let reading = || logs::read_stepwise(console, settings, options, files, each);
                let builder = thread::Builder::new().name("read".into()).stack_size(STACK_BYTES);
                let reading = builder.spawn_scoped(scope, reading)?;
                let written = early.write(batches, &mut writer);
                match reading.join() {
                    Ok(logs) => read = Some(logs),
                    Err(panic) => resume_unwind(panic),
                }
                written
            });
            is_closed = written.as_ref().is_err_and(|error| error.kind() == ErrorKind::BrokenPipe);
            written?;
            has_early = !early.keys.is_empty();
            let Some(Ok(logs)) = &mut read else { return Ok(()) };
            ended = Some(write_rest(logs, query, &early, &mut writer)?);
            Ok(())
        })?;
        if is_closed {
            return Ok(FOUND);
        }
        let logs = match read {
            Some(Err(Failed::Interrupted)) if has_early => {
                say("interrupted: not all logs were searched");
                return Ok(interrupt::INTERRUPTED);
            }
            Some(logs) => logs?,
            None => return Ok(FAILED),
        };
        let Some((is_found, report)) = ended else { return Ok(FAILED) };
        let status = self.status(&logs, &report, is_found);
        // The process ends: freeing the list takes longer than the system takes for it.
        std::mem::forget((logs, report));
        Ok(status)
    }

    /// Writes the table that a query's commands make.
    fn write_table(self, outline: &Outline, limit: Option<usize>) -> Result<(), Failed> {
        let report = &outline.report;
        let all = report.results.as_slice();
        let rows = all.get(..limit.unwrap_or(all.len())).unwrap_or(all);
        let left_out = report.totals.results - rows.len() as u64;
        let columns = report.rules.iter().find(|rule| rule.id == QUERY);
        let columns: Vec<&str> = columns
            .map(|rule| rule.columns.iter().map(String::as_str).collect())
            .unwrap_or_default();
        let fields = || rows.iter().map(|row| &row.fields);
        match self.format {
            OutputFormat::Json => {
                let rows = fields().collect();
                let list = TableList { total: report.totals.results, columns: &columns, rows };
                let whole = WithReading { list, reading: Reading::of(report) };
                self.console.write(json_line(&whole).as_bytes())
            }
            OutputFormat::NDJSON => self.console.stream(|to| {
                fields().try_for_each(|fields| to.write_all(json_line(fields).as_bytes()))
            }),
            OutputFormat::CSV => {
                let mut text = csv_row(columns.iter().copied());
                for row in rows {
                    text.push_str(&csv_row(cells(row, &columns).iter().map(String::as_str)));
                }
                let is_terminal = self.console.is_terminal;
                let text =
                    if is_terminal { visible_lines(&text.replace("\r\n", "\n")) } else { text };
                self.console.write(text.as_bytes())
            }
            _ => self.console.write(aligned(rows, &columns, self.console.columns).as_bytes()),
        }?;
        if left_out > 0 {
            let shown = count(rows.len() as u64);
            let all = plural(report.totals.results, "row");
            self.console.note(&format!("scriptscope: {shown} of {all} are listed"));
        }
        Ok(())
    }

    /// Returns the exit status, and says what went wrong: of the query with a caret under the place.
    fn status(self, logs: &Logs, report: &Report, is_found: bool) -> u8 {
        let is_of_query =
            |problem: &Problem| problem.source.as_deref() == Some(&self.asked.rule.name);
        let (own, others): (Vec<_>, Vec<_>) =
            report.problems.iter().cloned().partition(is_of_query);
        complain(self.console, &others);
        let rule = report.rules.iter().find(|rule| rule.id == QUERY);
        let could_run = rule.is_some_and(|rule| rule.status == RuleStatus::Ran);
        for problem in own.iter().filter(|own| own.severity != "info") {
            if !could_run || !self.console.is_quiet {
                let words = problem.message.replace("“Query” ", "it ");
                say(&format!("query: {}", self.asked.with_caret(&words, problem.column)));
            }
        }
        if rule.is_none() || !could_run {
            if own.is_empty() {
                let why = rule.and_then(|rule| rule.status_reason.as_deref()).unwrap_or_default();
                say(&format!("query: it cannot match, so nothing was searched for: {why}"));
            }
            logs.status(self.console, self.settings, report, FAILED);
            return FAILED;
        }
        let status = if is_found { FOUND } else { NOTHING_FOUND };
        logs.status(self.console, self.settings, report, status)
    }
}

/// Id of the query's rule.
const QUERY: &str = "query";

/// Pieces of the logs whose rows wait to be written.
const BATCHES: usize = 4;

/// Stack size of the thread that reads: that of a main thread, because the engine recurses deeply.
const STACK_BYTES: usize = 8 << 20;

/// A script block that the query found, with the line.
type FoundRow = (BlockRow, Option<String>);

/// Returns what was found in the logs of a session, except script blocks of which parts are missing so far.
fn found_in(session: &mut Session, query: &BlockQuery) -> Vec<FoundRow> {
    // The query was tried before.
    let rows = session.list_blocks(query).map(|list| list.rows).unwrap_or_default();
    if rows.is_empty() {
        return Vec::new();
    }
    let outline = session.outline();
    let lines = lines_of(&outline);
    let complete = rows.into_iter().filter(|row| row.parts == row.total);
    complete
        .map(|row| {
            let line = lines.get(row.id.as_str()).map(|line| (*line).to_owned());
            (row, line)
        })
        .collect()
}

/// Rows that were written while the logs were read.
#[derive(Default)]
struct EarlyRows {
    /// Hashes of their ids and texts.
    keys: HashSet<(u64, u64)>,
}

impl EarlyRows {
    /// Writes the rows of each piece of the inputs, in their order. After an error, the reading is cancelled.
    fn write(
        &mut self,
        batches: Receiver<(usize, Vec<FoundRow>)>,
        writer: &mut ListWriter<'_>,
    ) -> io::Result<()> {
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        for (index, rows) in batches {
            waiting.insert(index, rows);
            while let Some(rows) = waiting.remove(&next) {
                next += 1;
                self.write_batch(&rows, writer).inspect_err(|_| interrupt::watch().cancel())?;
            }
        }
        // A piece that could not be read has no rows.
        waiting.values().try_for_each(|rows| self.write_batch(rows, writer))
    }

    fn write_batch(&mut self, rows: &[FoundRow], writer: &mut ListWriter<'_>) -> io::Result<()> {
        for (row, line) in rows {
            writer.is_early = true;
            // The same record can be in two logs.
            if self.keys.insert(key_of(row)) {
                writer.line(&Line::Found(row, line.as_deref()))?;
            }
        }
        if rows.is_empty() { Ok(()) } else { writer.flush() }
    }
}

/// Returns what tells a row from others: its block may have several texts.
fn key_of(row: &BlockRow) -> (u64, u64) {
    // Digits of hashes.
    let number = |digits: &str| u64::from_str_radix(digits.get(..16).unwrap_or(digits), 16);
    (number(&row.id).unwrap_or_default(), number(&row.text_id).unwrap_or_default())
}

/// Writes what was not written while the logs were read: all of it, if they are short. Returns whether anything was found, and
/// the report.
fn write_rest(
    logs: &mut Logs,
    query: &BlockQuery,
    early: &EarlyRows,
    writer: &mut ListWriter<'_>,
) -> io::Result<(bool, Report)> {
    let outline = logs.session.outline();
    let lines = lines_of(&outline);
    let none = BlockQuery { limit: Some(0), ..query.clone() };
    let mut totals = Totals::from(&logs.session.list_blocks(&none).map_err(io::Error::other)?);
    let has_early = !early.keys.is_empty();
    if !has_early {
        writer.totals(&totals)?;
    }
    let mut written = Ok(());
    let mut late = 0;
    let visited = logs.session.visit_blocks(query, |row| {
        if !early.keys.contains(&key_of(&row)) {
            late += 1;
            written = writer.line(&Line::Found(&row, lines.get(row.id.as_str()).copied()));
        }
        written.is_ok()
    });
    written?;
    visited.map_err(io::Error::other)?;
    writer.flush()?;
    if has_early {
        totals.matching = early.keys.len() + late;
        writer.totals(&totals)?;
    }
    Ok((totals.matching > 0, outline.report))
}

/// The line that the query found in each block.
fn lines_of(outline: &Outline) -> HashMap<&str, &str> {
    let results = outline.report.results.iter();
    results
        .filter_map(|result| {
            let block = result.blocks.first()?;
            Some((block.id.as_str(), outline.lines.get(&result.id)?.as_str()))
        })
        .collect()
}

/// The rows of a query's table, as JSON.
#[derive(Serialize)]
struct TableList<'a> {
    total: u64,
    columns: &'a [&'a str],
    rows: Vec<&'a Fields>,
}

/// Returns a row's cells, one for each column.
fn cells(row: &Row, columns: &[&str]) -> Vec<String> {
    let cell = |name: &&str| match row.fields.get(name) {
        Some(Cell::One(text)) => text.to_string(),
        Some(Cell::Many(texts)) => {
            texts.iter().map(|text| text.to_string()).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    };
    columns.iter().map(cell).collect()
}

/// Returns a table for readers.
fn aligned(rows: &[Row], columns: &[&str], terminal: Option<usize>) -> String {
    let shown = |cells: Vec<String>| {
        cells.iter().map(|cell| visible(cell).into_owned()).collect::<Vec<_>>()
    };
    let head = shown(columns.iter().map(|name| (*name).to_owned()).collect());
    let rows: Vec<Vec<String>> = rows.iter().map(|row| shown(cells(row, columns))).collect();
    let mut widths: Vec<usize> = head.iter().map(|name| width(name)).collect();
    for (most, cell) in rows.iter().flat_map(|row| widths_of(row)) {
        widths.get_mut(most).into_iter().for_each(|own| *own = cell.min(WIDEST).max(*own));
    }
    let mut text = String::new();
    for row in [&head].into_iter().chain(&rows) {
        let cells = row.iter().zip(&widths).map(|(cell, width)| pad_end(cell, *width));
        let line = cells.collect::<Vec<_>>().join("  ");
        text.push_str(&match terminal {
            Some(columns) => fit(line.trim_end(), columns),
            None => line.trim_end().into(),
        });
        text.push('\n');
    }
    text
}

fn widths_of(row: &[String]) -> Vec<(usize, usize)> {
    row.iter().map(|cell| width(cell)).enumerate().collect()
}

/// Widest column of a table.
const WIDEST: usize = 60;
