//! `scriptscope iocs`: reads logs and lists the indicators in the scripts that rules match.

use super::analyze::{named_files, show_export};
use super::{FOUND, NOTHING_FOUND};
use crate::accepted::IOCS;
use crate::args::IocsArgs;
use crate::block_table::{Reading, WithReading};
use crate::choice::OutputFormat;
use crate::config::effective;
use crate::console::Console;
use crate::engine;
use crate::failed::Failed;
use crate::logs;
use crate::problem::complain;
use crate::terminal::{json_line, pad_end, plural, visible, width};
use scriptscope::report::{IndicatorList, IndicatorQuery, IndicatorRow, Table};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// A list of indicators in JSON. Its problems are among those of the reading.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Indicators<'a> {
    total: u64,
    left_out: &'a BTreeMap<&'static str, u64>,
    rows: &'a [IndicatorRow],
}

/// Columns of the widest kind.
const KIND_COLUMNS: usize = 14;

pub(crate) fn iocs(args: IocsArgs) -> Result<u8, Failed> {
    let Some(mut settings) = effective(args.common, &IOCS)? else { return Ok(NOTHING_FOUND) };
    let format = IOCS.format(&settings)?;
    if format != OutputFormat::Table && (args.defang || args.no_defang) {
        let option = if args.defang { "--defang" } else { "--no-defang" };
        let message = format!(
            "{option} has no effect on other formats than the table, which have both or are for programs"
        );
        return Err(Failed::Usage(message));
    }
    let files = named_files(&settings, args.files)?;
    settings.table = Some(Table::Indicators);
    let console = Console::new(&settings);
    let mut options = engine::options(&settings)?;
    options.indicators |= args.all;
    let mut logs = logs::read(&console, &settings, options, &files)?;
    let list = logs.session.indicators(&IndicatorQuery::default());
    let report = logs.session.report();
    match format.export() {
        Some(export) => {
            show_export(&console, &settings, &mut logs.session, (&report, Vec::new()), export)?;
        }
        None if format == OutputFormat::Json => {
            let IndicatorList { total, left_out, rows, problems, .. } = &list;
            let reading = Reading::of(&report).with(problems);
            let whole = WithReading { list: Indicators { total: *total, left_out, rows }, reading };
            console.write(json_line(&whole).as_bytes())?;
        }
        None => console.write(table(&list, args.no_defang).as_bytes())?,
    }
    complain(&console, &report.problems);
    complain(&console, &list.problems);
    let status = if list.total > 0 { FOUND } else { NOTHING_FOUND };
    Ok(logs.status(&console, &settings, &report, status))
}

/// Returns a line for each indicator, and the numbers of values left out.
fn table(list: &IndicatorList, is_raw: bool) -> String {
    let value =
        |row: &IndicatorRow| visible(if is_raw { &row.value } else { &row.defanged }).into_owned();
    let values: Vec<String> = list.rows.iter().map(value).collect();
    let columns = values.iter().map(|value| width(value)).max().unwrap_or_default().min(72);
    let mut text = String::new();
    for (row, value) in list.rows.iter().zip(&values) {
        let kind = pad_end(row.kind.as_str(), KIND_COLUMNS);
        let (blocks, computers) = (plural(row.count, "block"), plural(row.computers, "computer"));
        let view = if row.view == "original" { String::new() } else { format!(" · {}", row.view) };
        let first = row.first_time.as_deref().unwrap_or("no time");
        let value = pad_end(value, columns);
        // Writing to memory cannot fail.
        let _ = writeln!(text, "{kind}{value}  {blocks} · {computers} · {first}{view}");
    }
    if list.rows.is_empty() {
        text.push_str("no indicators\n");
    }
    let left_out: Vec<String> =
        list.left_out.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    if !left_out.is_empty() {
        let _ = writeln!(text, "left out: {}", left_out.join(", "));
    }
    text
}
