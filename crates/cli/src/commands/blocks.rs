//! `scriptscope blocks`: lists every script block, matched or not, and prints the text of one.

use super::{FOUND, NOTHING_FOUND, analyze::with_live};
use crate::args::{BlocksArgs, ListArgs};
use crate::block_table::{self, Line};
use crate::config::effective;
use crate::console::Console;
use crate::engine;
use crate::failed::Failed;
use crate::logs::{self, Logs};
use crate::problem::complain;
use crate::reread::read_again;
use crate::settings::{OutputFormat, Settings};
use crate::terminal::{json_line, visible_lines};
use scriptscope::inventory::{BlockFilter, BlockQuery, BlockRow, BlockSort};
use scriptscope::{Options, Session};
use std::path::PathBuf;

pub(super) const FORMATS: [OutputFormat; 4] =
    [OutputFormat::Table, OutputFormat::Json, OutputFormat::Ndjson, OutputFormat::Csv];

pub(crate) fn blocks(args: BlocksArgs) -> Result<u8, Failed> {
    let Some(settings) = effective(args.common)? else { return Ok(NOTHING_FOUND) };
    let format = engine::format(&settings, "`scriptscope blocks`", &FORMATS)?;
    let console = Console::new(&settings);
    let options = engine::options(&settings)?.with_inventory(true);
    let (mut logs, files) = read(&console, &settings, options, args.files)?;
    if let Some(id) = &args.text {
        let text = text_of(&mut logs.session, &settings, &files, id)?;
        // A program gets the text unchanged. On a terminal, nothing in it may act.
        let shown = if console.is_terminal {
            format!("{}\n", visible_lines(&text.replace("\r\n", "\n")))
        } else {
            text
        };
        console.write(shown.as_bytes())?;
        complain(&console, &logs.session.outline().report.problems);
        return Ok(NOTHING_FOUND);
    }
    let query = query(&args.list)?;
    if let Some(id) = &args.id {
        let around = args.around.unwrap_or(10);
        let neighbours = logs.session.block_neighbours(id, around)?.ok_or_else(|| unknown(id))?;
        let lines = block_table::with_context(&neighbours);
        show(&console, format, &lines, None)?;
        complain(&console, &logs.session.outline().report.problems);
        return Ok(FOUND);
    }
    let list = logs.session.list_blocks(&query)?;
    let lines: Vec<Line<'_>> = list.rows.iter().map(Line::Block).collect();
    let totals = block_table::Totals {
        total: list.total,
        matching: list.matching,
        not_listed: list.not_listed,
    };
    match format {
        OutputFormat::Json => console.write(json_line(&list).as_bytes())?,
        _ => show(&console, format, &lines, Some(&totals))?,
    }
    let report = logs.session.outline().report;
    complain(&console, &report.problems);
    let status = if list.matching > 0 { FOUND } else { NOTHING_FOUND };
    Ok(logs.status(&console, &settings, &report, status))
}

/// Reads the logs of a command that lists script blocks. Returns the files too, of which texts are read again.
pub(super) fn read(
    console: &Console,
    settings: &Settings,
    options: Options,
    files: Vec<PathBuf>,
) -> Result<(Logs, Vec<PathBuf>), Failed> {
    let files = with_live(settings, files);
    if files.is_empty() {
        let message = "no input: name files or folders, or - for standard input";
        return Err(Failed::Usage(message.to_owned()));
    }
    Ok((logs::read(console, settings, options, &files)?, files))
}

/// Writes lines in a format.
pub(super) fn show(
    console: &Console,
    format: OutputFormat,
    lines: &[Line<'_>],
    totals: Option<&block_table::Totals>,
) -> Result<(), Failed> {
    match format {
        OutputFormat::Csv => {
            let text = block_table::csv(lines);
            let text =
                if console.is_terminal { visible_lines(&text.replace("\r\n", "\n")) } else { text };
            console.write(text.as_bytes())
        }
        OutputFormat::Json => {
            let values: Vec<_> = lines.iter().map(Line::json).collect();
            console.write(json_line(&values).as_bytes())
        }
        OutputFormat::Ndjson => console.stream(|to| {
            lines.iter().try_for_each(|line| to.write_all(json_line(&line.json()).as_bytes()))
        }),
        _ => {
            let text = block_table::table(lines, totals, console.out, console.columns);
            console.write(text.as_bytes())
        }
    }
}

/// Reads the text of a script block again from its files.
pub(super) fn text_of(
    session: &mut Session,
    settings: &Settings,
    files: &[PathBuf],
    id: &str,
) -> Result<String, Failed> {
    if let Some(text) = session.text(id, None) {
        return Ok(text);
    }
    let plan = session.read_plan(id)?.ok_or_else(|| unknown(id))?;
    if let Some((_, error)) = read_again(session, settings, files, &[id.to_owned()])? {
        let source = plan.first().map_or("", |range| range.source.as_str());
        return Err(Failed::Refused(format!(
            "the text of {id} cannot be read again from {source}: {error}. It can be read from files, folders and \
             archives that did not change, not from standard input"
        )));
    }
    Ok(session.text(id, None).unwrap_or_default())
}

fn unknown(id: &str) -> Failed {
    Failed::Refused(format!(
        "no script block of these logs has the id {id:?}: `scriptscope blocks --format csv` lists them"
    ))
}

/// Returns the query of a command's options.
pub(super) fn query(args: &ListArgs) -> Result<BlockQuery, Failed> {
    let matched = match (args.matched, args.unmatched) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    let sort = args.sort.map_or(BlockSort::Time, BlockSort::from);
    let filter = BlockFilter {
        computer: args.on.clone(),
        user: args.user.clone(),
        process: args.process.clone(),
        path: args.path.clone(),
        text_id: args.text_id.clone(),
        shape_id: args.shape_id.clone(),
        matched,
        ..BlockFilter::default()
    };
    Ok(BlockQuery { sort, descending: args.descending, offset: 0, limit: args.limit, filter })
}

/// The rows of all script blocks that rules match, in the order of time.
pub(super) fn matched_rows(
    session: &mut Session,
    query: &BlockQuery,
) -> Result<Vec<BlockRow>, Failed> {
    let filter = BlockFilter { matched: Some(true), ..query.filter.clone() };
    Ok(session.list_blocks(&BlockQuery { filter, ..query.clone() })?.rows)
}
