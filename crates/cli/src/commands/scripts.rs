//! `scriptscope scripts`: the same scripts together, the rarest first.

use super::analyze::named_files;
use super::{FOUND, NOTHING_FOUND};
use crate::accepted::SCRIPTS;
use crate::args::{LogsArgs, ScriptsArgs};
use crate::block_table::{Reading, WithReading};
use crate::choice::OutputFormat;
use crate::config::effective;
use crate::console::Console;
use crate::engine;
use crate::failed::Failed;
use crate::logs;
use crate::problem::complain;
use crate::reread::read_again;
use crate::summary::{Page, SHOWN, headline, score_of};
use crate::terminal::{Style, count, fit, json_line, moment, plural, visible};
use scriptscope::inventory::{ScriptList, ScriptQuery};

pub(crate) fn scripts(args: ScriptsArgs) -> Result<u8, Failed> {
    let LogsArgs { files, common } = args.logs;
    let Some(settings) = effective(common, &SCRIPTS)? else { return Ok(NOTHING_FOUND) };
    let format = SCRIPTS.format(&settings)?;
    let files = named_files(&settings, files)?;
    let query = ScriptQuery {
        by: args.by,
        sort: args.sort,
        limit: (format == OutputFormat::Table).then_some(SHOWN),
        ..ScriptQuery::default()
    };
    let console = Console::new(&settings);
    let options = engine::options(&settings)?.with_inventory(true);
    let mut logs = logs::read(&console, &settings, options, &files)?;
    let mut list = logs.session.list_scripts(&query)?;
    if format == OutputFormat::Table {
        // The first lines of scripts that no rule matches.
        let unread = list.rows.iter().filter(|row| row.first_line.is_none());
        let ids: Vec<String> = unread.map(|row| row.sample_block_id.clone()).collect();
        read_again(&mut logs.session, &settings, &files, &ids)?;
        list = logs.session.list_scripts(&query)?;
    }
    let report = logs.session.outline().report;
    match format {
        OutputFormat::Json => {
            let whole = WithReading { list: &list, reading: Reading::of(&report) };
            console.write(json_line(&whole).as_bytes())?;
        }
        OutputFormat::NDJSON => {
            let lines: Vec<String> = list.rows.iter().map(json_line).collect();
            console.write(lines.concat().as_bytes())?;
        }
        _ => {
            let mut page = Page::new(console.out, console.columns);
            page.line(&headline(&report, report.totals.results));
            show(&mut page, &list);
            console.write(page.text.as_bytes())?;
        }
    }
    complain(&console, &report.problems);
    let status = if list.total > 0 { FOUND } else { NOTHING_FOUND };
    Ok(logs.status(&console, &settings, &report, status))
}

fn show(page: &mut Page, list: &ScriptList) {
    let aside = format!(
        "{}, {} of them seen once",
        plural(list.total as u64, "script"),
        count(list.seen_once as u64)
    );
    page.heading("SCRIPTS", &aside);
    for row in &list.rows {
        let mut facts = vec![
            format!("{}×", count(row.blocks.into())),
            plural(row.computers.into(), "computer"),
            plural(row.users.into(), "user"),
            plural(row.days.into(), "day"),
        ];
        if row.texts > 1 {
            facts.push(plural(row.texts.into(), "text"));
        }
        if row.results > 0 {
            facts.push(format!("score {}", score_of(&row.score)));
        }
        facts.push(moment(row.first_time.as_deref()));
        page.line(&format!("  {}", facts.join(" · ")));
        let line = match &row.first_line {
            Some(line) => visible(line).into_owned(),
            None => format!(
                "{} that no rule matches, text {}",
                plural(row.length, "character"),
                row.text_id
            ),
        };
        let line = fit(&line, page.columns.saturating_sub(11)).into_owned();
        page.line(&format!("           {}", page.painter.paint(Style::Cyan, &line)));
    }
    page.more((list.total - list.rows.len()) as u64, "script");
    if list.not_listed > 0 {
        let words = format!(
            "  about {} are not listed, because of a limit",
            plural(list.not_listed, "further script block")
        );
        page.line(&words);
    }
}
