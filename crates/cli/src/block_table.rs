//! Lists of script blocks and of the events beside them: as lines, CSV and JSON, written as they come.

use crate::choice::OutputFormat;
use crate::console::Console;
use crate::terminal::{
    Painter, Style, count, fit, json_line, moment, pad_end, plural, visible, visible_lines, width,
};
use scriptscope::inventory::{BlockList, BlockRow, ContextEvent, Neighbours};
use scriptscope::report::{Problem, Report, Source, csv_row};
use serde::Serialize;
use serde_json::Value;
use std::io::{self, Write};

/// A line of a list.
pub(crate) enum Line<'a> {
    Block(&'a BlockRow),
    /// A block that a query found, with the line that it found.
    Found(&'a BlockRow, Option<&'a str>),
    Context(&'a ContextEvent),
    /// Between groups.
    Gap,
}

/// A line as JSON.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum JsonLine<'a> {
    Block(&'a BlockRow),
    Found {
        #[serde(flatten)]
        row: &'a BlockRow,
        line: Option<&'a str>,
    },
    Context(&'a ContextEvent),
    Gap(()),
}

impl<'a> Line<'a> {
    pub(crate) fn json(&self) -> JsonLine<'a> {
        match *self {
            Line::Block(row) => JsonLine::Block(row),
            Line::Found(row, line) => JsonLine::Found { row, line },
            Line::Context(event) => JsonLine::Context(event),
            Line::Gap => JsonLine::Gap(()),
        }
    }
}

/// Numbers of script blocks.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Totals {
    pub(crate) total: usize,
    pub(crate) matching: usize,
    pub(crate) not_listed: u64,
}

impl From<&BlockList> for Totals {
    fn from(list: &BlockList) -> Self {
        let BlockList { total, matching, not_listed, .. } = *list;
        Self { total, matching, not_listed }
    }
}

impl Totals {
    /// Returns the numbers in words. `listed`: the number of script blocks that are listed, if a limit leaves some out.
    fn words(&self, listed: Option<usize>) -> String {
        let mut words = format!(
            "{} of {}",
            count(self.matching as u64),
            plural(self.total as u64, "script block")
        );
        if let Some(listed) = listed.filter(|listed| *listed < self.matching) {
            words.push_str(&format!(", {} listed because of --limit", count(listed as u64)));
        }
        if self.not_listed > 0 {
            words.push_str(&format!(", about {} more not listed", count(self.not_listed)));
        }
        words
    }
}

/// What was read, and what went wrong: the end of a list in JSON.
#[derive(Serialize)]
pub(crate) struct Reading<'a> {
    tool: &'a str,
    sources: &'a [Source],
    problems: Vec<&'a Problem>,
}

impl<'a> Reading<'a> {
    pub(crate) fn of(report: &'a Report) -> Self {
        let Report { tool, sources, problems, .. } = report;
        Self { tool, sources, problems: problems.iter().collect() }
    }

    /// Returns it with further problems.
    pub(crate) fn with(mut self, problems: &'a [Problem]) -> Self {
        self.problems.extend(problems);
        self
    }
}

/// A list with what was read, as JSON.
#[derive(Serialize)]
pub(crate) struct WithReading<'a, T> {
    #[serde(flatten)]
    pub(crate) list: T,
    #[serde(flatten)]
    pub(crate) reading: Reading<'a>,
}

/// Columns if the output is no terminal.
const DEFAULT_COLUMNS: usize = 160;

/// Lines of a table that decide how wide its columns are. Later ones are written as they come.
const MEASURED: usize = 1_000;

/// Writes the lines of a list in a format, each as it comes.
pub(crate) struct ListWriter<'a> {
    to: &'a mut dyn Write,
    format: OutputFormat,
    painter: Painter,
    columns: usize,
    is_terminal: bool,
    /// Lines of a table that are not written yet.
    waiting: Vec<(Option<Style>, Option<[String; 7]>)>,
    widths: Option<[usize; 7]>,
    lines: usize,
    /// Whether rows are written before all logs were read: then it is not known on how many computers a text was seen.
    pub(crate) is_early: bool,
}

impl<'a> ListWriter<'a> {
    pub(crate) fn new(console: &Console, format: OutputFormat, to: &'a mut dyn Write) -> Self {
        Self {
            to,
            format,
            painter: console.out,
            columns: console.columns.unwrap_or(DEFAULT_COLUMNS).max(40),
            is_terminal: console.is_terminal,
            waiting: Vec::new(),
            widths: None,
            lines: 0,
            is_early: false,
        }
    }

    /// Writes what comes before the lines. `listed`: as [`Totals::words`] has it.
    pub(crate) fn begin(
        &mut self,
        totals: Option<&Totals>,
        listed: Option<usize>,
    ) -> io::Result<()> {
        match self.format {
            OutputFormat::CSV => self.text(&csv_row(COLUMNS)),
            OutputFormat::Json => {
                let totals = totals.map(json_line).unwrap_or_default();
                let members = totals.trim_end().trim_end_matches('}');
                let members = if members.is_empty() { "{" } else { &format!("{members},") };
                write!(self.to, "{members}\"rows\":[")
            }
            OutputFormat::Table => match totals {
                Some(totals) => self.write_totals(totals, listed),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Writes the numbers of script blocks of a table that has none at its beginning.
    pub(crate) fn totals(&mut self, totals: &Totals) -> io::Result<()> {
        if self.format == OutputFormat::Table { self.write_totals(totals, None) } else { Ok(()) }
    }

    fn write_totals(&mut self, totals: &Totals, listed: Option<usize>) -> io::Result<()> {
        self.release()?;
        writeln!(self.to, "{}", self.painter.paint(Style::Bold, &totals.words(listed)))
    }

    pub(crate) fn line(&mut self, line: &Line<'_>) -> io::Result<()> {
        self.lines += 1;
        match self.format {
            OutputFormat::CSV => match csv_cells(line) {
                Some(mut cells) => {
                    if let (true, Some(seen_on)) = (self.is_early, cells.get_mut(SEEN_ON)) {
                        seen_on.clear();
                    }
                    self.text(&csv_row(cells.iter().map(String::as_str)))
                }
                None => Ok(()),
            },
            OutputFormat::Json => {
                let comma = if self.lines > 1 { "," } else { "" };
                write!(self.to, "{comma}{}", json_line(&line.json()).trim_end())
            }
            OutputFormat::NDJSON if self.is_early => {
                let mut line = serde_json::to_value(line.json()).unwrap_or_default();
                line.as_object_mut().and_then(|line| line.insert("seenOn".to_owned(), Value::Null));
                self.to.write_all(json_line(&line).as_bytes())
            }
            OutputFormat::NDJSON => self.to.write_all(json_line(&line.json()).as_bytes()),
            _ => {
                self.waiting.push((style(line), cells(line)));
                if self.waiting.len() >= MEASURED || self.widths.is_some() {
                    self.release()?;
                }
                Ok(())
            }
        }
    }

    /// Writes what is waiting, and passes everything on to the reader.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.release()?;
        self.to.flush()
    }

    /// Writes what comes after the lines.
    pub(crate) fn end(mut self, reading: &Reading<'_>) -> io::Result<()> {
        self.release()?;
        if self.format == OutputFormat::Json {
            let members = json_line(reading);
            write!(self.to, "],{}", members.trim_start_matches('{'))?;
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        match self.is_terminal {
            true => self.to.write_all(visible_lines(&text.replace("\r\n", "\n")).as_bytes()),
            false => self.to.write_all(text.as_bytes()),
        }
    }

    /// Writes the lines of a table that are waiting. The first ones decide how wide the columns are; of later ones a longer
    /// cell moves those behind it.
    fn release(&mut self) -> io::Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        let widths = *self.widths.get_or_insert_with(|| {
            let mut widths = [0; 7];
            for row in waiting.iter().filter_map(|(_, row)| row.as_ref()) {
                for (most, cell) in widths.iter_mut().zip(row) {
                    *most = width(cell).min(WIDEST).max(*most);
                }
            }
            widths
        });
        if waiting.is_empty() {
            // Nothing was measured yet.
            self.widths = self.widths.filter(|widths| *widths != [0; 7]);
        }
        for (style, row) in waiting {
            let Some(row) = row else {
                writeln!(self.to)?;
                continue;
            };
            let last = row.len() - 1;
            let cells = row.iter().zip(widths).enumerate().map(|(index, (cell, width))| {
                if index == last { cell.clone() } else { pad_end(&fit(cell, WIDEST), width) }
            });
            let shown = cells.collect::<Vec<_>>().join("  ");
            let shown = fit(shown.trim_end(), self.columns);
            match style {
                Some(style) => writeln!(self.to, "{}", self.painter.paint(style, &shown))?,
                None => writeln!(self.to, "{shown}")?,
            }
        }
        Ok(())
    }
}

fn style(line: &Line<'_>) -> Option<Style> {
    match line {
        Line::Found(..) => Some(Style::Bold),
        Line::Block(row) if row.results > 0 => Some(Style::Red),
        Line::Context(_) => Some(Style::Dim),
        Line::Block(_) | Line::Gap => None,
    }
}

/// Returns a block, its neighbours and the events beside them, in the order of time.
pub(crate) fn with_context(neighbours: &Neighbours) -> Vec<Line<'_>> {
    let before = neighbours.before.iter().map(Line::Block);
    let own = [Line::Found(&neighbours.block, None)];
    let after = neighbours.after.iter().map(Line::Block);
    let mut lines: Vec<Line<'_>> = before.chain(own).chain(after).collect();
    lines.extend(neighbours.context.iter().map(Line::Context));
    // Stable: blocks of one time keep their order.
    lines.sort_by(|a, b| time(a).cmp(&time(b)));
    lines
}

fn time<'a>(line: &Line<'a>) -> Option<&'a str> {
    match line {
        Line::Block(row) | Line::Found(row, _) => row.time.as_deref(),
        Line::Context(event) => event.time.as_deref(),
        Line::Gap => None,
    }
}

/// Widest column but the last.
const WIDEST: usize = 36;

/// Time, computer, user, process, length or event, id, path or text.
fn cells(line: &Line<'_>) -> Option<[String; 7]> {
    let shown = |text: &Option<String>| {
        text.as_deref().map_or_else(|| "-".to_owned(), |text| visible(text).to_string())
    };
    Some(match line {
        Line::Gap => return None,
        Line::Block(row) | Line::Found(row, _) => {
            let found = match line {
                Line::Found(_, Some(line)) => visible(line).to_string(),
                _ => shown(&row.path),
            };
            // Hunting rules score nothing.
            let score =
                if row.score.0 > 0 { format!("score {} ", row.score) } else { String::new() };
            [
                moment(row.time.as_deref()),
                shown(&row.computer),
                shown(if row.user_name.is_some() { &row.user_name } else { &row.user }),
                shown(&row.process_id),
                format!("{} chars", count(row.length)),
                row.id.clone(),
                format!("{score}{found}"),
            ]
        }
        Line::Context(event) => {
            let mut text = visible(&event.text).to_string();
            if event.is_downgrade {
                text.insert_str(0, "DOWNGRADED TO VERSION 2, WHICH LOGS NO SCRIPT BLOCKS: ");
            }
            if let Some(decoded) = &event.decoded {
                text.push_str(&format!(" → {}", visible(decoded)));
            }
            [
                moment(event.time.as_deref()),
                shown(&event.computer),
                shown(if event.user_name.is_some() { &event.user_name } else { &event.user }),
                shown(&event.process_id),
                format!("event {}", event.event_id),
                event.kind.to_owned(),
                text,
            ]
        }
    })
}

/// Names of the columns in CSV.
const COLUMNS: [&str; 21] = [
    "time",
    "computer",
    "user",
    "userName",
    "processId",
    "threadId",
    "path",
    "length",
    "parts",
    "total",
    "score",
    "results",
    "level",
    "seenOn",
    "textId",
    "shapeId",
    "source",
    "record",
    "id",
    "event",
    "text",
];

/// Index of the column `seenOn`.
const SEEN_ON: usize = 13;

/// Returns the cells of a line in CSV; none for a gap.
fn csv_cells(line: &Line<'_>) -> Option<[String; 21]> {
    let own = |text: &Option<String>| text.clone().unwrap_or_default();
    Some(match line {
        Line::Gap => return None,
        Line::Block(row) | Line::Found(row, _) => [
            own(&row.time),
            own(&row.computer),
            own(&row.user),
            own(&row.user_name),
            own(&row.process_id),
            own(&row.thread_id),
            own(&row.path),
            row.length.to_string(),
            row.parts.to_string(),
            row.total.to_string(),
            row.score.to_string(),
            row.results.to_string(),
            row.level.unwrap_or_default().to_owned(),
            row.seen_on.to_string(),
            row.text_id.clone(),
            own(&row.shape_id),
            row.source.clone(),
            own(&row.record),
            row.id.clone(),
            "4104".to_owned(),
            match line {
                Line::Found(_, Some(line)) => (*line).to_owned(),
                _ => String::new(),
            },
        ],
        Line::Context(event) => {
            let mut cells: [String; 21] = Default::default();
            let given = [
                (0, own(&event.time)),
                (1, own(&event.computer)),
                (2, own(&event.user)),
                (3, own(&event.user_name)),
                (4, own(&event.process_id)),
                (16, event.source.clone()),
                (17, own(&event.record)),
                (19, event.event_id.to_string()),
                (20, event.text.clone()),
            ];
            for (index, cell) in given {
                cells.get_mut(index).into_iter().for_each(|slot| slot.clone_from(&cell));
            }
            cells
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use scriptscope::inventory::BlockQuery;
    use scriptscope::{Options, Session};

    fn rows() -> Vec<BlockRow> {
        let mut session = Session::new(Options::default().with_inventory(true)).unwrap();
        session.begin("log.json").unwrap();
        for (id, path) in [("a", "=cmd.ps1"), ("b", r"C:\\\u001b[2J.ps1")] {
            let event = format!(
                r#"{{"EventID":4104,"Channel":"Microsoft-Windows-PowerShell/Operational","Path":"{path}",
                "ScriptBlockText":"Enable-PSRemoting","ScriptBlockId":"{id}","Computer":"FS03",
                "MessageNumber":1,"MessageTotal":1,"TimeCreated":"2026-08-08T06:00:00Z"}}"#
            );
            session.push(event.as_bytes()).unwrap();
        }
        session.end().unwrap();
        session.list_blocks(&BlockQuery::default()).unwrap().rows
    }

    /// A list of two of five script blocks, of which a limit leaves out one.
    fn written(format: OutputFormat, lines: &[Line<'_>]) -> String {
        let console = Console::new(&Settings::default());
        let report = Session::new(Options::default()).unwrap().report();
        let mut text = Vec::new();
        let mut writer = ListWriter::new(&console, format, &mut text);
        let totals = Totals { total: 5, matching: 2, not_listed: 7 };
        writer.begin(Some(&totals), Some(1)).unwrap();
        lines.iter().for_each(|line| writer.line(line).unwrap());
        writer.end(&Reading::of(&report)).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_table_has_a_line_for_each_block_and_nothing_in_it_acts() {
        let rows = rows();
        let lines: Vec<_> = rows.iter().map(Line::Block).chain([Line::Gap]).collect();
        let text = written(OutputFormat::Table, &lines);
        let shown: Vec<_> = text.lines().collect();
        assert_eq!(shown.len(), 4);
        assert_eq!(
            shown[0],
            "2 of 5 script blocks, 1 listed because of --limit, about 7 more not listed"
        );
        assert!(shown[1].starts_with("2026-08-08 06:00:00 UTC  FS03"), "{text}");
        assert!(!text.contains('\u{1b}') && text.contains('␛'), "{text}");
    }

    #[test]
    fn csv_has_every_column_and_no_formula() {
        let rows = rows();
        let lines: Vec<_> = rows.iter().map(|row| Line::Found(row, Some("=1+1"))).collect();
        let text = written(OutputFormat::CSV, &lines);
        let first = text.lines().nth(1).unwrap();
        assert!(text.starts_with("time,computer,user,"), "{text}");
        assert!(first.contains("\"'=cmd.ps1\"") && first.ends_with("\"'=1+1\""), "{first}");
        assert_eq!(text.lines().count(), 3);
    }

    #[test]
    fn lines_are_json_with_the_line_that_was_found() {
        let rows = rows();
        let json = |line: Line<'_>| serde_json::to_value(line.json()).unwrap();
        let found = json(Line::Found(&rows[0], Some("x")));
        assert_eq!((&found["line"], &found["computer"]), (&"x".into(), &"FS03".into()));
        assert_eq!(json(Line::Block(&rows[0]))["line"], serde_json::Value::Null);
        let none = serde_json::json!([]);
        let list = written(OutputFormat::Json, &[Line::Block(&rows[0]), Line::Block(&rows[1])]);
        let list: serde_json::Value = serde_json::from_str(&list).unwrap();
        assert_eq!((&list["matching"], list["rows"].as_array().unwrap().len()), (&2.into(), 2));
        assert_eq!((&list["problems"], &list["sources"]), (&none, &none));
    }
}
