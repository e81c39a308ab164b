//! `scriptscope blocks`: lists every script block, matched or not, and prints the text of one.

use super::{FOUND, NOTHING_FOUND, analyze::named_files};
use crate::accepted::{BLOCK_TEXT, BLOCKS};
use crate::args::{BlocksArgs, ListArgs};
use crate::block_table::{Line, ListWriter, Reading, Totals, with_context};
use crate::config::effective;
use crate::console::Console;
use crate::engine;
use crate::failed::Failed;
use crate::logs;
use crate::problem::complain;
use crate::reread::read_again;
use crate::settings::Settings;
use crate::terminal::visible_lines;
use scriptscope::Session;
use scriptscope::inventory::{BlockFilter, BlockQuery, BlockSort};
use std::path::PathBuf;

pub(crate) fn blocks(args: BlocksArgs) -> Result<u8, Failed> {
    let accepted = if args.text.is_some() { &BLOCK_TEXT } else { &BLOCKS };
    let Some(settings) = effective(args.common, accepted)? else { return Ok(NOTHING_FOUND) };
    let format = BLOCKS.format(&settings)?;
    if args.text.is_some() || args.id.is_some() {
        args.list.refuse_except(&[], "with --text and --id, which are about one script block")?;
    }
    let files = named_files(&settings, args.files)?;
    let console = Console::new(&settings);
    let options = engine::options(&settings)?.with_inventory(true);
    let mut query = query(&args.list);
    // Errors in the query come before the reading.
    Session::new(options.clone())?.list_blocks(&query)?;
    let mut logs = logs::read(&console, &settings, options, &files)?;
    if let Some(id) = &args.text {
        let text = text_of(&mut logs.session, &settings, &files, id)?;
        // A program gets the text unchanged. On a terminal, nothing in it may act.
        let shown = if console.is_terminal {
            format!("{}\n", visible_lines(&text.replace("\r\n", "\n")))
        } else {
            text
        };
        console.write(shown.as_bytes())?;
        let report = logs.session.outline().report;
        complain(&console, &report.problems);
        return Ok(logs.status(&console, &settings, &report, NOTHING_FOUND));
    }
    if let Some(id) = &args.id {
        let around = args.around.unwrap_or(10);
        let neighbours = logs.session.block_neighbours(id, around)?.ok_or_else(|| unknown(id))?;
        let report = logs.session.outline().report;
        console.stream(|to| {
            let mut writer = ListWriter::new(&console, format, to);
            writer.begin(None, None)?;
            with_context(&neighbours).iter().try_for_each(|line| writer.line(line))?;
            writer.end(&Reading::of(&report))
        })?;
        complain(&console, &report.problems);
        return Ok(logs.status(&console, &settings, &report, FOUND));
    }
    let report = logs.session.outline().report;
    let limit = query.limit.replace(0);
    let totals = Totals::from(&logs.session.list_blocks(&query)?);
    query.limit = limit;
    console.stream(|to| {
        let mut writer = ListWriter::new(&console, format, to);
        writer.begin(Some(&totals), limit)?;
        let mut written = Ok(());
        let listed = logs.session.visit_blocks(&query, |row| {
            written = writer.line(&Line::Block(&row));
            written.is_ok()
        });
        written?;
        listed.map_err(std::io::Error::other)?;
        writer.end(&Reading::of(&report))
    })?;
    complain(&console, &report.problems);
    let status = if totals.matching > 0 { FOUND } else { NOTHING_FOUND };
    let status = logs.status(&console, &settings, &report, status);
    // The process ends: freeing the list takes longer than the system takes for it.
    std::mem::forget((logs, report));
    Ok(status)
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
pub(super) fn query(args: &ListArgs) -> BlockQuery {
    let matched = match (args.matched, args.unmatched) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    let filter = BlockFilter {
        computer: args.on.clone(),
        user: args.user.clone(),
        process: args.process.clone(),
        path: args.path.clone(),
        text_id: args.text_id.clone(),
        shape_id: args.shape_id.clone(),
        matched,
        rules: args.rule.clone(),
        techniques: args.technique.clone(),
        levels: args.level.clone(),
        ..BlockFilter::default()
    };
    let sort = args.sort.unwrap_or(BlockSort::Time);
    BlockQuery { sort, descending: args.descending, offset: 0, limit: args.limit, filter }
}
