//! `scriptscope scripts`: the same scripts together, the rarest first.

use super::NOTHING_FOUND;
use super::analyze::with_live;
use crate::args::{LogsArgs, ScriptsArgs, ScriptsBy, ScriptsSort};
use crate::config::effective;
use crate::console::Console;
use crate::engine;
use crate::failed::Failed;
use crate::logs;
use crate::problem::complain;
use crate::reread::read_again;
use crate::settings::OutputFormat;
use crate::summary::{Page, SHOWN, headline, score_of};
use crate::terminal::{Style, count, fit, json_line, moment, plural, visible};
use scriptscope::inventory::{Sameness, ScriptList, ScriptQuery, ScriptSort};

pub(crate) fn scripts(args: ScriptsArgs) -> Result<u8, Failed> {
    let LogsArgs { files, common } = args.logs;
    let Some(settings) = effective(common)? else { return Ok(NOTHING_FOUND) };
    let printed = [OutputFormat::Table, OutputFormat::Json, OutputFormat::Ndjson];
    let format = engine::format(&settings, "`scriptscope scripts`", &printed)?;
    let files = with_live(&settings, files);
    if files.is_empty() {
        let message = "no input: name files or folders, or - for standard input";
        return Err(Failed::Usage(message.to_owned()));
    }
    let query = ScriptQuery {
        by: match args.by {
            ScriptsBy::Text => Sameness::Text,
            ScriptsBy::Shape => Sameness::Shape,
        },
        sort: match args.sort {
            ScriptsSort::Rarest => ScriptSort::Rarest,
            ScriptsSort::Count => ScriptSort::Count,
            ScriptsSort::First => ScriptSort::First,
            ScriptsSort::Score => ScriptSort::Score,
        },
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
        OutputFormat::Json => console.write(json_line(&list).as_bytes())?,
        OutputFormat::Ndjson => {
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
    Ok(logs.status(&console, &settings, &report, NOTHING_FOUND))
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
