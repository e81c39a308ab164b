//! Command line of scriptscope. It parses arguments, reads inputs by `scriptscope-scan`, and prints the engine's
//! report. It decides only matters of the shell.

#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod accepted;
mod args;
mod block_table;
mod case_file;
mod choice;
mod commands;
mod config;
mod console;
mod diagnostics;
mod engine;
mod failed;
mod interrupt;
mod junit;
mod logs;
mod problem;
mod progress;
mod reread;
mod settings;
mod summary;
mod terminal;
mod unable;

use args::{Cli, Command};
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};
use console::{say, to_stdout};
use failed::Failed;
use std::ffi::OsString;
use std::panic::{UnwindSafe, catch_unwind};

/// Runs the command line. The first argument is the program's name. Returns the exit status.
pub fn main(arguments: impl IntoIterator<Item = OsString> + UnwindSafe) -> u8 {
    report_panics();
    let status = catch_unwind(|| {
        let matches = command().try_get_matches_from(arguments);
        let words = |error: clap::Error| error.format(&mut command());
        match matches.and_then(|matches| Cli::from_arg_matches(&matches).map_err(words)) {
            Ok(cli) => run(cli).unwrap_or_else(|failed| explain(&failed)),
            Err(error) => explain_words(&error),
        }
    });
    status.unwrap_or(commands::FAILED)
}

/// Returns the command line, whose subcommands show the options that they take.
fn command() -> clap::Command {
    accepted::tailored(Cli::command())
}

fn run(cli: Cli) -> Result<u8, Failed> {
    if let Some(shell) = cli.completions {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut command(), "scriptscope", &mut script);
        return to_stdout(&script).map(|()| commands::NOTHING_FOUND);
    }
    if cli.man {
        let mut page = Vec::new();
        let written = clap_mangen::Man::new(command()).render(&mut page);
        written.map_err(|error| Failed::Refused(error.to_string()))?;
        return to_stdout(&page).map(|()| commands::NOTHING_FOUND);
    }
    match cli.command {
        None => commands::analyze(cli.analyze),
        Some(Command::Rules(args)) => commands::rules(args),
        Some(Command::Test(args)) => commands::test(args),
        Some(Command::Iocs(args)) => commands::iocs(args),
        Some(Command::Unwrap(args)) => commands::unwrap(args),
        Some(Command::Partial(args)) => commands::partial(args),
        Some(Command::Blocks(args)) => commands::blocks(args),
        Some(Command::Search(args)) => commands::search(args),
        Some(Command::Merge(args)) => commands::merge(args),
        Some(Command::Risk(args)) => commands::risk(args),
        Some(Command::Scripts(args)) => commands::scripts(args),
        Some(Command::Case(args)) => commands::case(args),
        Some(Command::Report(args)) => commands::report(args),
    }
}

fn explain(failed: &Failed) -> u8 {
    match failed {
        Failed::Usage(words) => say(&format!("{words}\nTry: scriptscope --help")),
        Failed::Refused(words) => say(words),
        Failed::Interrupted => {
            say("interrupted, nothing reported");
            return interrupt::INTERRUPTED;
        }
    }
    commands::FAILED
}

/// Prints a message of the argument parser. Help and version are results; any other message explains an error in the
/// arguments.
fn explain_words(error: &clap::Error) -> u8 {
    let text = error.render().to_string();
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let written = to_stdout(text.as_bytes()).map(|()| commands::NOTHING_FOUND);
        return written.unwrap_or_else(|failed| explain(&failed));
    }
    say(text.strip_prefix("error: ").unwrap_or(&text).trim_end());
    commands::FAILED
}

/// Prints panics in a line. A worker's panic is survived and reported elsewhere, so it is not printed.
fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let thread = std::thread::current();
        if thread.name().is_some_and(|name| name.starts_with("scan-")) {
            return;
        }
        let payload = panic.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        let message = text.unwrap_or("a panic without words");
        let place = panic.location().map(|place| format!(" ({place})")).unwrap_or_default();
        say(&format!("stopped by a fault of its own: {message}{place}. Please report this."));
    }));
}
