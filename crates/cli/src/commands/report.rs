//! `scriptscope report`: reads logs and writes a report for readers.

use super::NOTHING_FOUND;
use super::analyze::{named_files, show};
use crate::accepted::REPORT;
use crate::args::ReportArgs;
use crate::case_file;
use crate::choice::OutputFormat;
use crate::config::effective;
use crate::console::Console;
use crate::engine;
use crate::failed::Failed;
use crate::logs;

pub(crate) fn report(args: ReportArgs) -> Result<u8, Failed> {
    let Some(mut settings) = effective(args.common, &REPORT)? else { return Ok(NOTHING_FOUND) };
    let is_markdown = settings.output.as_ref().is_some_and(|path| {
        path.extension().is_some_and(|ending| ending == "md" || ending == "markdown")
    });
    let usual = if is_markdown { OutputFormat::Markdown } else { OutputFormat::Html };
    settings.format.get_or_insert(usual);
    let format = REPORT.format(&settings)?;
    let files = named_files(&settings, args.files)?;
    let console = Console::new(&settings);
    let mut options = engine::options(&settings)?;
    // A report names what it is about by its hashes.
    options.sha256 = true;
    let case = case_file::of(&settings)?;
    // Script blocks that no rule matches are found in the list of all.
    options.inventory |= case.as_ref().is_some_and(case_file::marks_texts);
    let mut logs = logs::read(&console, &settings, options, &files)?;
    let report = show(&console, &settings, &mut logs.session, (case.as_ref(), &files), format)?;
    Ok(logs.status(&console, &settings, &report, NOTHING_FOUND))
}
