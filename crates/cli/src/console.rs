//! Standard output and error of this command: silent after the reader has closed the pipe, coloured on request.

use crate::failed::Failed;
use crate::settings::{ColorChoice, Settings};
use crate::terminal::{Painter, visible, visible_lines};
use scriptscope_scan::cause;
use std::env;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;

/// Bytes written to standard output at a time.
const WRITE_BYTES: usize = 64 << 10;

/// Output of results and of messages about them.
pub(crate) struct Console {
    /// Style of results.
    pub(crate) out: Painter,
    /// Style of messages.
    pub(crate) err: Painter,
    /// Columns of the terminal that shows the results.
    pub(crate) columns: Option<usize>,
    /// Whether results go to a terminal, where nothing in them may act.
    pub(crate) is_terminal: bool,
    pub(crate) is_quiet: bool,
    pub(crate) is_verbose: bool,
    output: Option<PathBuf>,
}

impl Console {
    pub(crate) fn new(settings: &Settings) -> Self {
        // As elsewhere, - is standard output.
        let output = settings.output.clone().filter(|path| path.as_os_str() != "-");
        let is_terminal = output.is_none() && io::stdout().is_terminal();
        let choice = settings.color.unwrap_or(ColorChoice::Auto);
        let painter = |is_terminal, supports: bool| Painter {
            is_on: is_coloured(choice, is_terminal, &|name| env::var(name).ok()) && supports,
        };
        let columns = console::Term::stdout().size_checked().map(|(_, columns)| columns.into());
        Self {
            out: painter(is_terminal, supports_colour(&console::Term::stdout())),
            err: painter(io::stderr().is_terminal(), supports_colour(&console::Term::stderr())),
            columns: columns.filter(|_| is_terminal),
            is_terminal,
            is_quiet: settings.quiet,
            is_verbose: settings.verbose,
            output,
        }
    }

    /// Writes results. A reader that has seen enough, such as head, closes the pipe; this is no error.
    pub(crate) fn write(&self, content: &[u8]) -> Result<(), Failed> {
        self.stream(|to| to.write_all(content))
    }

    /// Writes results as they are made, as [`Console::write`] does.
    pub(crate) fn stream(
        &self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failed> {
        let Some(path) = &self.output else { return stream_to_stdout(write) };
        let written = File::create(path).and_then(|file| {
            let mut file = BufWriter::new(file);
            write(&mut file)?;
            file.flush()
        });
        written.map_err(|error| {
            Failed::Refused(format!("--output {}: {}", path.display(), cause(&error)))
        })
    }

    /// Appends results to those written before. Returns false if the reader has closed the pipe.
    pub(crate) fn append(&self, content: &[u8]) -> Result<bool, Failed> {
        let Some(path) = &self.output else {
            return write_stdout(|to| to.write_all(content));
        };
        let file = OpenOptions::new().append(true).create(true).open(path);
        file.and_then(|mut file| file.write_all(content)).map(|()| true).map_err(|error| {
            Failed::Refused(format!("--output {}: {}", path.display(), cause(&error)))
        })
    }

    /// Prints a note about the results on standard error, unless `--quiet` is set.
    pub(crate) fn note(&self, line: &str) {
        if !self.is_quiet {
            say_plain(line);
        }
    }
}

/// Prints why something failed. Line breaks in the text are kept.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stderr(), "scriptscope: {}", visible_lines(text));
}

/// Prints a line of visible text, which may contain colours.
pub(crate) fn say_plain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

pub(crate) fn to_stdout(content: &[u8]) -> Result<(), Failed> {
    stream_to_stdout(|to| to.write_all(content))
}

fn stream_to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failed> {
    write_stdout(write).map(|_| ())
}

/// Writes to standard output. Returns false if the reader has closed the pipe.
fn write_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<bool, Failed> {
    let mut stdout = BufWriter::with_capacity(WRITE_BYTES, io::stdout().lock());
    let written = write(&mut stdout).and_then(|()| stdout.flush());
    // Bytes that could not be written are not tried again when the writer is dropped.
    let _ = stdout.into_parts();
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failed::Refused(format!("standard output: {}", visible(&cause(&error))))),
        Ok(()) => Ok(true),
    }
}

/// Whether the terminal shows colours. A Windows console shows them only after they are switched on, which this query
/// does.
fn supports_colour(term: &console::Term) -> bool {
    !cfg!(windows) || !term.is_term() || term.features().colors_supported()
}

/// Whether output is coloured, by <https://no-color.org> and <https://bixense.com/clicolors>. The command line takes
/// precedence.
fn is_coloured(
    choice: ColorChoice,
    is_terminal: bool,
    variable: &dyn Fn(&str) -> Option<String>,
) -> bool {
    let is_set = |name| variable(name).is_some_and(|value| !value.is_empty() && value != "0");
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) => false,
        ColorChoice::Auto if is_set("CLICOLOR_FORCE") => true,
        ColorChoice::Auto => {
            let is_off = variable("CLICOLOR").as_deref() == Some("0");
            is_terminal && !is_off && variable("TERM").as_deref() != Some("dumb")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_asked_for_and_refused_by_variables() {
        let colour = |is_terminal, variables: &[(&str, &str)]| {
            let find = |name: &str| {
                variables
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| (*value).to_owned())
            };
            is_coloured(ColorChoice::Auto, is_terminal, &find)
        };
        assert!(colour(true, &[]) && !colour(false, &[]));
        assert!(!colour(true, &[("NO_COLOR", "1")]) && colour(true, &[("NO_COLOR", "")]));
        assert!(
            colour(false, &[("CLICOLOR_FORCE", "1")]) && !colour(false, &[("CLICOLOR_FORCE", "0")])
        );
        assert!(!colour(true, &[("TERM", "dumb")]) && !colour(true, &[("CLICOLOR", "0")]));
        assert!(is_coloured(ColorChoice::Always, false, &|_| None));
    }
}
