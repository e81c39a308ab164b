//! Reads logs for a command, with progress, and names those that could not be read.

use crate::commands::FAILED;
use crate::console::{Console, say};
use crate::failed::Failed;
use crate::interrupt;
use crate::progress::ProgressLine;
use crate::settings::Settings;
use crate::terminal::{bytes, plural, visible};
use scriptscope::report::Report;
use scriptscope::{Options, Session};
use scriptscope_scan::{Input, Panic, Scanner, SourceRead};
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Session that has read its logs.
pub(crate) struct Logs {
    pub(crate) session: Session,
    inputs: Vec<InputRead>,
    /// Whether the engine failed on an input, which was given up.
    has_given_up: bool,
}

struct InputRead {
    label: String,
    is_stdin: bool,
    sources: Vec<SourceRead>,
}

/// Why empty inputs are an error if there are no others: a search of no log finds nothing, whatever was run.
const EMPTY_INPUTS: &str = "nothing was read: all inputs are empty";

/// Why an empty standard input is an error: what should have written to it has most likely failed.
pub(crate) const EMPTY_STDIN: &str = "standard input is empty: nothing was read";

/// Reads the logs.
pub(crate) fn read(
    console: &Console,
    settings: &Settings,
    options: Options,
    files: &[PathBuf],
) -> Result<Logs, Failed> {
    let line = ProgressLine::new(console.is_quiet);
    read_by(Scanner::new(), console, settings, options, files, &line)
}

/// Reads the logs, and passes on what each piece of them holds ([`Scanner::each`]).
pub(crate) fn read_stepwise(
    console: &Console,
    settings: &Settings,
    options: Options,
    files: &[PathBuf],
    each: impl Fn(usize, &mut Session) + Send + Sync + 'static,
) -> Result<Logs, Failed> {
    // A line of progress would be among the results.
    let line = ProgressLine::new(console.is_quiet || console.is_terminal);
    read_by(Scanner::new().each(each), console, settings, options, files, &line)
}

fn read_by(
    scanner: Scanner,
    console: &Console,
    settings: &Settings,
    options: Options,
    files: &[PathBuf],
    line: &ProgressLine,
) -> Result<Logs, Failed> {
    let started = Instant::now();
    protect(settings, files)?;
    let inputs = inputs(files)?;
    let shown = line.clone();
    let scanner = scanner
        .options(options)
        .passwords(settings.password.clone())
        .jobs(settings.jobs)
        .follow_links(settings.follow_links)
        .cancel(interrupt::watch())
        .watch(move |progress| shown.show(progress));
    let scan = scanner.scan(&inputs);
    // With its callbacks, whose receiver waits for their end.
    drop(scanner);
    line.clear();
    let scan = scan?;
    if scan.is_cancelled {
        return Err(Failed::Interrupted);
    }
    interrupt::end_at_once();
    say_panics(&scan.panics);
    let is_given_up = |source: &SourceRead| {
        source.failed && scan.panics.iter().any(|panic| panic.source == source.name)
    };
    let has_given_up = scan.inputs.iter().flatten().any(is_given_up);
    let inputs = inputs.iter().zip(scan.inputs).map(|(input, sources)| {
        let is_stdin = matches!(input, Input::Stream(_));
        let label = if is_stdin { "standard input".to_owned() } else { input.label() };
        InputRead { label, is_stdin, sources }
    });
    let logs = Logs { session: scan.session, inputs: inputs.collect(), has_given_up };
    if console.is_verbose && !files.is_empty() {
        logs.describe(started);
    }
    Ok(logs)
}

/// Names the inputs in which the engine failed.
pub(crate) fn say_panics(panics: &[Panic]) {
    for panic in panics {
        let (source, message) = (visible(&panic.source), visible(&panic.message));
        say(&format!(
            "{source}: a thread failed while reading it ({message}). Please report this."
        ));
    }
}

/// Refuses an output that is one of the inputs: writing it would destroy a log.
pub(crate) fn protect(settings: &Settings, files: &[PathBuf]) -> Result<(), Failed> {
    let Some(output) = &settings.output else { return Ok(()) };
    let Ok(target) = output.canonicalize() else { return Ok(()) };
    let is_target =
        |file: &&PathBuf| target.is_file() && file.canonicalize().ok().as_ref() == Some(&target);
    match files.iter().find(is_target) {
        Some(_) => {
            let output = output.display();
            Err(Failed::Usage(format!(
                "--output {output}: it is one of the inputs, and would be overwritten"
            )))
        }
        None => Ok(()),
    }
}

/// Returns files as inputs; `-` is standard input, once.
pub(crate) fn inputs(files: &[PathBuf]) -> Result<Vec<Input>, Failed> {
    if files.iter().filter(|file| is_stdin(file)).count() > 1 {
        return Err(Failed::Usage("standard input (-) can be read once only".to_owned()));
    }
    let input = |file: &PathBuf| {
        if is_stdin(file) { Input::stream("stdin", io::stdin()) } else { Input::Path(file.clone()) }
    };
    Ok(files.iter().map(input).collect())
}

pub(crate) fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

impl Logs {
    /// Returns the exit status of a command: that of its results, or [`FAILED`] if an input could not be read at all, or
    /// with `--strict` not without loss. Standard error says why.
    pub(crate) fn status(
        &self,
        console: &Console,
        settings: &Settings,
        report: &Report,
        of_results: u8,
    ) -> u8 {
        let unread = self.say_unread(console, report);
        let status = strict(settings, report, of_results);
        if unread > 0 || self.has_given_up { FAILED } else { status }
    }

    /// Names unreadable and empty inputs on standard error. Returns the number of unreadable ones; empty ones count if
    /// there are no others.
    fn say_unread(&self, console: &Console, report: &Report) -> usize {
        let no_logs: HashSet<_> = report
            .sources
            .iter()
            .filter(|source| source.format.is_none() && source.bytes > 0)
            .map(|source| source.name.as_str())
            .collect();
        let is_unread = |source: &SourceRead| {
            (source.failed && source.bytes == 0) || no_logs.contains(source.name.as_str())
        };
        let mut unread = 0;
        for InputRead { label, is_stdin, sources } in &self.inputs {
            if sources.is_empty() {
                console.note(&format!("scriptscope: {}: nothing is in it", visible(label)));
            } else if *is_stdin && sources.iter().all(|source| source.bytes == 0) {
                unread += 1;
                say(EMPTY_STDIN);
            } else if sources.iter().all(is_unread) {
                unread += 1;
                let (reason, hint) = (reason(report, sources), self.hint(label));
                say(&format!("{label}: could not be read at all{reason}{hint}"));
            }
        }
        let mut sources = self.inputs.iter().flat_map(|input| &input.sources);
        if unread == 0 && !self.inputs.is_empty() && sources.all(|source| source.bytes == 0) {
            unread = self.inputs.len();
            say(EMPTY_INPUTS);
        }
        unread
    }

    /// Returns a hint if the only argument is no file but may be a misspelt command.
    fn hint(&self, label: &str) -> String {
        let is_alone = self.inputs.len() == 1 && !Path::new(label).exists();
        let near = is_alone.then(|| nearest_command(label)).flatten();
        near.map(|name| format!(". Did you mean the command {name}?")).unwrap_or_default()
    }

    fn describe(&self, started: Instant) {
        let sources: Vec<_> = self.inputs.iter().flat_map(|input| &input.sources).collect();
        let total: u64 = sources.iter().map(|source| source.bytes).sum();
        let seconds = started.elapsed().as_secs_f64().max(0.001);
        say(&format!(
            "read {}, {} in {seconds:.2} s ({}/s)",
            plural(sources.len() as u64, "file"),
            bytes(total),
            bytes((total as f64 / seconds) as u64)
        ));
        let mut costs = self.session.costs();
        costs.sort_by_key(|cost| std::cmp::Reverse(cost.looked));
        for cost in costs.iter().take(10).filter(|cost| cost.looked > 0) {
            let looked = plural(cost.looked, "script block");
            say(&format!("rule {}: evaluated on {looked}, held for {}", cost.id, cost.held));
        }
    }
}

/// Returns why an input could not be read, if it is one source.
fn reason(report: &Report, sources: &[SourceRead]) -> String {
    let [source] = sources else { return String::new() };
    let is_reason = |problem: &&scriptscope::Problem| {
        problem.severity == "error" && problem.source.as_ref() == Some(&source.name)
    };
    let Some(problem) = report.problems.iter().find(is_reason) else { return String::new() };
    let words = problem.message.trim_start_matches("the input cannot be read: ");
    format!(": {}", words.lines().next().unwrap_or_default())
}

/// Returns the exit status: [`FAILED`] if `--strict` is set and a problem is an error, which standard error says.
pub(crate) fn strict(settings: &Settings, report: &Report, otherwise: u8) -> u8 {
    let errors = report.problems.iter().filter(|problem| problem.severity == "error").count();
    if !settings.strict || errors == 0 {
        return otherwise;
    }
    say(&format!("--strict: {} of severity error", plural(errors as u64, "problem")));
    FAILED
}

const COMMANDS: [&str; 13] = [
    "rules", "test", "unwrap", "partial", "merge", "case", "report", "iocs", "blocks", "search",
    "hunt", "risk", "scripts",
];

/// Returns the command that differs from a word by one letter added, left out or changed, or two swapped.
fn nearest_command(word: &str) -> Option<&'static str> {
    COMMANDS.into_iter().find(|command| *command != word && distance(command, word) <= 2)
}

/// Returns the Levenshtein distance.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, left) in one.chars().enumerate() {
        let mut diagonal = index;
        let mut before = index + 1;
        let mut next = vec![before];
        for (right, above) in other.iter().zip(row.iter().skip(1)) {
            before = (diagonal + usize::from(left != *right)).min(above + 1).min(before + 1);
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_command_is_recognised() {
        assert_eq!(nearest_command("rulse"), Some("rules"));
        assert_eq!(nearest_command("tset"), Some("test"));
        assert_eq!(nearest_command("a.evtx"), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
