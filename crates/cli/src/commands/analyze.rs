//! `scriptscope FILES`: reads logs and reports.

use super::{FAILED, FOUND, NOTHING_FOUND, follow};
use crate::accepted::{ANALYZE, FOLLOW};
use crate::args::AnalyzeArgs;
use crate::case_file;
use crate::choice::OutputFormat;
use crate::config::effective;
use crate::console::{Console, say};
use crate::engine;
use crate::failed::Failed;
use crate::logs;
use crate::problem::complain;
use crate::reread::read_again;
use crate::settings::Settings;
use crate::summary::summary;
use crate::terminal::visible_lines;
use crate::unable::unable;
use scriptscope::case::{Case, DocumentFormat};
use scriptscope::report::{ExportFormat, ExportOptions, Report};
use scriptscope::{CaseReport, Format, Session};
use std::collections::HashSet;
use std::path::PathBuf;

pub(crate) fn analyze(args: AnalyzeArgs) -> Result<u8, Failed> {
    let accepted = if args.follow { &FOLLOW } else { &ANALYZE };
    let Some(settings) = effective(args.common, accepted)? else { return Ok(NOTHING_FOUND) };
    let format = accepted.format(&settings)?;
    let files = named_files(&settings, args.files)?;
    let console = Console::new(&settings);
    let mut options = engine::options(&settings)?;
    if args.follow {
        return follow::follow(&console, &settings, options, &files, format);
    }
    let case = case_file::of(&settings)?;
    options.inventory |= case.as_ref().is_some_and(case_file::marks_texts);
    let mut logs = logs::read(&console, &settings, options, &files)?;
    let report = show(&console, &settings, &mut logs.session, (case.as_ref(), &files), format)?;
    let status = logs.status(&console, &settings, &report, status(&report));
    // The process ends. Freeing a million texts one by one takes longer than the system takes for all of them.
    std::mem::forget((logs, report));
    Ok(status)
}

/// Writes and returns a session's report, with what is wrong with the logs of a case. `files`: from which the texts of
/// marked script blocks are read again.
pub(super) fn show(
    console: &Console,
    settings: &Settings,
    session: &mut Session,
    (case, files): (Option<&Case>, &[PathBuf]),
    format: OutputFormat,
) -> Result<Report, Failed> {
    let marked = case.map(Case::marked_texts).unwrap_or_default();
    if !matches!(format, OutputFormat::Table | OutputFormat::Json) && !marked.is_empty() {
        let ids = session.texts_to_read(&marked);
        if let Some((id, error)) = read_again(session, settings, files, &ids)? {
            say(&format!("the text of the marked script block {id} cannot be read again: {error}"));
        }
    }
    match format {
        OutputFormat::Table => {
            let mut outline = session.outline();
            if let Some(case) = case {
                case.add_problems(&mut outline.report);
            }
            console.write(summary(&outline, console.out, console.columns).as_bytes())?;
            return Ok(outline.report);
        }
        OutputFormat::Html => return show_document(console, session, case, DocumentFormat::Html),
        OutputFormat::Markdown => {
            return show_document(console, session, case, DocumentFormat::Markdown);
        }
        _ => {}
    }
    let mut report = session.report();
    if let Some(case) = case {
        case.add_problems(&mut report);
    }
    match format.export() {
        Some(export) => show_export(console, settings, session, (&report, marked), export)?,
        None => console.stream(|to| report.write(Format::Json, to))?,
    }
    complain(console, &report.problems);
    Ok(report)
}

/// Writes a table of a report, or a form of another program. `marked`: ids of script blocks and scripts to export too.
pub(super) fn show_export(
    console: &Console,
    settings: &Settings,
    session: &mut Session,
    (report, marked): (&Report, Vec<String>),
    format: ExportFormat,
) -> Result<(), Failed> {
    let mut options = ExportOptions::default();
    options.marked = marked;
    options.table = settings.table.unwrap_or_default();
    if !console.is_terminal || (format.is_text() && !has_raw_text(format)) {
        return console.stream(|to| session.export_of(report, format, &options, to));
    }
    if !format.is_text() {
        let message = "an archive is not for a terminal: name a file with --output";
        return Err(Failed::Usage(message.to_owned()));
    }
    // A program gets the bytes unchanged. On a terminal, nothing in them may act.
    let mut bytes = Vec::new();
    let written = session.export_of(report, format, &options, &mut bytes);
    written.map_err(|error| Failed::Refused(error.to_string()))?;
    let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
    console.write(visible_lines(&text).as_bytes())
}

/// Whether a format may have control characters of the log. JSON escapes them.
fn has_raw_text(format: ExportFormat) -> bool {
    matches!(format, ExportFormat::Csv | ExportFormat::TimesketchCsv)
}

/// Writes a report for readers, and returns the report that it is made of.
fn show_document(
    console: &Console,
    session: &mut Session,
    case: Option<&Case>,
    format: DocumentFormat,
) -> Result<Report, Failed> {
    let none = Case::default();
    let case = case.unwrap_or(&none);
    let CaseReport { text, report, .. } = session.case_report(case, format);
    console.write(text.as_bytes())?;
    complain(console, &report.problems);
    Ok(report)
}

/// Returns the exit status: whether anything was found. Hunting rules and results hidden by an allow-list do not count.
/// Explains on standard error if no rule can match.
pub(super) fn status(report: &Report) -> u8 {
    let is_hunting =
        |rule: &&scriptscope::report::Rule| rule.rule_type.as_deref() == Some("Hunting");
    let hunting: HashSet<_> =
        report.rules.iter().filter(is_hunting).map(|rule| rule.id.as_str()).collect();
    let counts = report
        .results
        .iter()
        .any(|row| row.suppressed_by.is_none() && !hunting.contains(row.rule_id.as_str()));
    if counts {
        return FOUND;
    }
    let Some(words) = unable(&report.rules, &report.totals.rules_not_applicable) else {
        return NOTHING_FOUND;
    };
    say(&words);
    FAILED
}

/// Returns the files that a command reads: those of the command line, and with `--live` this machine's event logs.
pub(super) fn named_files(
    settings: &Settings,
    files: Vec<PathBuf>,
) -> Result<Vec<PathBuf>, Failed> {
    let files = with_live(settings, files);
    match files.is_empty() {
        true => {
            let message = "no input: name files or folders, or - for standard input";
            Err(Failed::Usage(message.to_owned()))
        }
        false => Ok(files),
    }
}

#[cfg(not(windows))]
fn with_live(_: &Settings, files: Vec<PathBuf>) -> Vec<PathBuf> {
    files
}

/// Returns this machine's event logs with script blocks, followed by the files. The event log service holds the logs
/// open, and shares them for reading.
#[cfg(windows)]
fn with_live(settings: &Settings, files: Vec<PathBuf>) -> Vec<PathBuf> {
    const LOGS: [&str; 3] = [
        "Microsoft-Windows-PowerShell%4Operational.evtx",
        "PowerShellCore%4Operational.evtx",
        "ForwardedEvents.evtx",
    ];
    let root = std::env::var_os("SystemRoot").unwrap_or_else(|| r"C:\Windows".into());
    let folder = PathBuf::from(root).join(r"System32\winevt\Logs");
    let live = LOGS.iter().map(|name| folder.join(name)).filter(|path| path.exists());
    let live = live.filter(|_| settings.live);
    live.chain(files).collect()
}
