//! Lists of script blocks and of the events beside them: as lines, CSV and JSON.

use crate::terminal::{Painter, Style, count, fit, moment, pad_end, plural, visible, width};
use scriptscope::inventory::{BlockRow, ContextEvent, Neighbours};
use scriptscope::report::csv_row;
use serde::Serialize;

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
pub(crate) struct Totals {
    pub(crate) total: usize,
    pub(crate) matching: usize,
    pub(crate) not_listed: u64,
}

/// Columns if the output is no terminal.
const DEFAULT_COLUMNS: usize = 160;

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

/// Returns a table for readers.
pub(crate) fn table(
    lines: &[Line<'_>],
    totals: Option<&Totals>,
    painter: Painter,
    columns: Option<usize>,
) -> String {
    let columns = columns.unwrap_or(DEFAULT_COLUMNS);
    let cells: Vec<Option<[String; 7]>> = lines.iter().map(cells).collect();
    let mut widths = [0; 7];
    for row in cells.iter().flatten() {
        for (most, cell) in widths.iter_mut().zip(row) {
            *most = width(cell).min(WIDEST).max(*most);
        }
    }
    let mut text = String::new();
    if let Some(totals) = totals {
        let mut words = format!(
            "{} of {}",
            count(totals.matching as u64),
            plural(totals.total as u64, "script block")
        );
        if totals.not_listed > 0 {
            words.push_str(&format!(", about {} more not listed", count(totals.not_listed)));
        }
        text.push_str(&painter.paint(Style::Bold, &words));
        text.push('\n');
    }
    for (line, row) in lines.iter().zip(&cells) {
        let Some(row) = row else {
            text.push('\n');
            continue;
        };
        let last = row.len() - 1;
        let shown: Vec<String> = row
            .iter()
            .zip(widths)
            .enumerate()
            .map(
                |(index, (cell, width))| {
                    if index == last { cell.clone() } else { pad_end(&fit(cell, width), width) }
                },
            )
            .collect();
        let shown = shown.join("  ");
        let shown = fit(shown.trim_end(), columns.max(40)).to_string();
        let style = match line {
            Line::Found(..) => Some(Style::Bold),
            Line::Block(row) if row.results > 0 => Some(Style::Red),
            Line::Context(_) => Some(Style::Dim),
            Line::Block(_) | Line::Gap => None,
        };
        text.push_str(&style.map_or(shown.clone(), |style| painter.paint(style, &shown)));
        text.push('\n');
    }
    text
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

/// Returns the lines as CSV.
pub(crate) fn csv(lines: &[Line<'_>]) -> String {
    let mut text = csv_row(COLUMNS);
    let own = |text: &Option<String>| text.clone().unwrap_or_default();
    for line in lines {
        let cells: [String; 21] = match line {
            Line::Gap => continue,
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
        };
        text.push_str(&csv_row(cells.iter().map(String::as_str)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
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

    #[test]
    fn a_table_has_a_line_for_each_block_and_nothing_in_it_acts() {
        let rows = rows();
        let lines: Vec<_> = rows.iter().map(Line::Block).chain([Line::Gap]).collect();
        let totals = Totals { total: 5, matching: 2, not_listed: 7 };
        let text = table(&lines, Some(&totals), Painter { is_on: false }, None);
        let shown: Vec<_> = text.lines().collect();
        assert_eq!(shown.len(), 4);
        assert_eq!(shown[0], "2 of 5 script blocks, about 7 more not listed");
        assert!(shown[1].starts_with("2026-08-08 06:00:00 UTC  FS03"), "{text}");
        assert!(!text.contains('\u{1b}') && text.contains('␛'), "{text}");
    }

    #[test]
    fn csv_has_every_column_and_no_formula() {
        let rows = rows();
        let lines: Vec<_> = rows.iter().map(|row| Line::Found(row, Some("=1+1"))).collect();
        let text = csv(&lines);
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
    }
}
