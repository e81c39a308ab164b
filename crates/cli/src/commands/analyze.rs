//! `scriptscope FILES`: reads logs and reports.

use super::{FAILED, FOUND, NOTHING_FOUND, follow};
use crate::args::AnalyzeArgs;
use crate::case_file;
use crate::config::effective;
use crate::console::{Console, say};
use crate::engine;
use crate::failed::Failed;
use crate::logs;
use crate::problem::complain;
use crate::settings::{OutputFormat, Settings};
use crate::summary::summary;
use crate::terminal::visible_lines;
use crate::unable::unable;
use scriptscope::case::{Case, DocumentFormat};
use scriptscope::report::Report;
use scriptscope::{CaseReport, Format, Session};
use std::collections::HashSet;
use std::path::PathBuf;

const FORMATS: [OutputFormat; 6] = [
    OutputFormat::Table,
    OutputFormat::Json,
    OutputFormat::Ndjson,
    OutputFormat::Csv,
    OutputFormat::Html,
    OutputFormat::Markdown,
];

pub(crate) fn analyze(args: AnalyzeArgs) -> Result<u8, Failed> {
    let Some(settings) = effective(args.common)? else { return Ok(NOTHING_FOUND) };
    let format = engine::format(&settings, "scriptscope", &FORMATS)?;
    let files = with_live(&settings, args.files);
    if files.is_empty() {
        let message = "no input: name files or folders, or - for standard input";
        return Err(Failed::Usage(message.to_owned()));
    }
    let console = Console::new(&settings);
    let options = engine::options(&settings)?;
    if args.follow {
        return follow::follow(&console, &settings, options, &files, format);
    }
    let mut logs = logs::read(&console, &settings, options, &files)?;
    let case = case_file::of(&settings)?;
    let report = show(&console, &mut logs.session, case.as_ref(), format)?;
    let status = logs.status(&console, &settings, &report, status(&report));
    // The process ends. Freeing a million texts one by one takes longer than the system takes for all of them.
    std::mem::forget((logs, report));
    Ok(status)
}

/// Writes and returns a session's report, with what is wrong with the logs of a case.
pub(super) fn show(
    console: &Console,
    session: &mut Session,
    case: Option<&Case>,
    format: OutputFormat,
) -> Result<Report, Failed> {
    let export = match format {
        OutputFormat::Table | OutputFormat::Junit | OutputFormat::Sarif | OutputFormat::Github => {
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
        OutputFormat::Json => Format::Json,
        OutputFormat::Ndjson => Format::Ndjson,
        OutputFormat::Csv => Format::Csv,
    };
    let mut report = session.report();
    if let Some(case) = case {
        case.add_problems(&mut report);
    }
    if console.is_terminal && export == Format::Csv {
        // A program gets the bytes unchanged. On a terminal, nothing in them may act.
        let text = report.to_text(export).replace("\r\n", "\n");
        console.write(visible_lines(&text).as_bytes())?;
    } else {
        console.stream(|to| report.write(export, to))?;
    }
    complain(console, &report.problems);
    Ok(report)
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

#[cfg(not(windows))]
pub(super) fn with_live(_: &Settings, files: Vec<PathBuf>) -> Vec<PathBuf> {
    files
}

/// Returns this machine's event logs with script blocks, followed by the files. The event log service holds the logs
/// open, and shares them for reading.
#[cfg(windows)]
pub(super) fn with_live(settings: &Settings, files: Vec<PathBuf>) -> Vec<PathBuf> {
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
