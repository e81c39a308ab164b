//! `scriptscope --follow`: keeps reading as files and folders grow, and prints results as they come.
//!
//! Once a second, the size and time of every file are compared. A text to which lines are added is divided at a cut
//! point that the engine allows: bytes before the last cut point were read for good, and bytes after it are read again.
//! Any other changed file is read again from its beginning, because event logs are written in place and archives are
//! replaced. The partials of all files are merged, and the results are compared with those printed before.

use super::{FOUND, NOTHING_FOUND};
use crate::choice::OutputFormat;
use crate::console::{Console, say};
use crate::failed::Failed;
use crate::interrupt;
use crate::logs::{inputs, is_stdin, protect, say_panics};
use crate::problem::problem_text;
use crate::settings::Settings;
use crate::summary::{computer_of, score_of};
use crate::terminal::{Style, count, moment, visible};
use crate::unable::unable;
use scriptscope::report::{Outline, Problem, Report};
use scriptscope::{Cutter, Format, Options, Session};
use scriptscope_scan::{Input, ListedFile, Scanner, list_files};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

const INTERVAL: Duration = Duration::from_secs(1);
const STEP: Duration = Duration::from_millis(100);
const READ_BYTES: usize = 256 << 10;
/// Number of bytes at the beginning that decide a text's format.
const HEAD_BYTES: usize = 1 << 20;
/// Upper bound on the bytes at the end of a text that are read again each time it grows. Reading them takes a twentieth
/// of a second.
const MOST_READ_AGAIN: u64 = 4 << 20;

pub(super) fn follow(
    console: &Console,
    settings: &Settings,
    options: Options,
    files: &[PathBuf],
    format: OutputFormat,
) -> Result<u8, Failed> {
    if files.iter().any(|file| is_stdin(file)) {
        let message =
            "--follow is for files and folders; standard input is read to its end".to_owned();
        return Err(Failed::Usage(message));
    }
    protect(settings, files)?;
    let cancel = interrupt::watch();
    let mut follower =
        Follower { options, settings, files: BTreeMap::new(), unread: HashSet::new() };
    let mut printed = HashMap::new();
    let mut problems = FollowedProblems::default();
    while !cancel.is_set() {
        if follower.look(files)? {
            let mut session = follower.session()?;
            let report = session.report();
            if !print_changes(console, &mut session, &report, format, &mut printed)? {
                return Ok(if printed.is_empty() { NOTHING_FOUND } else { FOUND });
            }
            problems.say_new(console, report.problems);
            // Before any event was read, a field that rules require may still come.
            if session.counts().events > 0
                && let Some(words) = unable(&session.rules(), &report.totals.rules_not_applicable)
            {
                return Err(Failed::Refused(words));
            }
        } else {
            problems.say_waiting(console);
        }
        let mut waited = Duration::ZERO;
        while waited < INTERVAL && !cancel.is_set() {
            thread::sleep(STEP);
            waited += STEP;
        }
    }
    problems.say_waiting(console);
    Ok(interrupt::INTERRUPTED)
}

/// Problems of the logs, each said once.
#[derive(Default)]
struct FollowedProblems {
    said: HashSet<String>,
    /// Problems of places in logs that are still written: a record of which one half is there yet is no damage.
    waiting: Vec<Problem>,
}

impl FollowedProblems {
    /// Says the problems that were not said before. Those of places in logs wait until they are found again, or until
    /// nothing was added to the logs for a while.
    fn say_new(&mut self, console: &Console, problems: Vec<Problem>) {
        let before = std::mem::take(&mut self.waiting);
        for problem in problems {
            let is_in_log = problem.offset.is_some() || problem.record.is_some();
            if !is_in_log || before.contains(&problem) {
                self.say(console, &problem);
            } else {
                self.waiting.push(problem);
            }
        }
    }

    /// Says the problems that wait.
    fn say_waiting(&mut self, console: &Console) {
        for problem in std::mem::take(&mut self.waiting) {
            self.say(console, &problem);
        }
    }

    fn say(&mut self, console: &Console, problem: &Problem) {
        let text = problem_text(problem, console.err);
        // A count that grows makes no new problem.
        let is_place = problem.offset.is_some() || problem.line.is_some();
        let key = text.chars().filter(|char| is_place || !char.is_ascii_digit()).collect();
        if problem.severity != "info" && self.said.insert(key) {
            console.note(&text);
        }
    }
}

struct Follower<'a> {
    options: Options,
    settings: &'a Settings,
    files: BTreeMap<PathBuf, Followed>,
    /// Names of what cannot be read, each said once.
    unread: HashSet<String>,
}

/// File with its partials so far.
struct Followed {
    bytes: u64,
    changed: Option<SystemTime>,
    /// Partial of the bytes before `settled_to`, which are not read again.
    settled: Vec<u8>,
    settled_to: u64,
    /// Partial of the bytes from `settled_to`.
    rest: Vec<u8>,
    /// Number of the file's source.
    piece: u64,
}

impl Follower<'_> {
    /// Reads new content of the files, and returns whether there was any. The partials of a removed file stay: a log
    /// that was rotated away was read.
    fn look(&mut self, given: &[PathBuf]) -> Result<bool, Failed> {
        let mut is_new = false;
        for listed in list_files(&inputs(given)?, self.settings.follow_links) {
            match listed.path() {
                Ok(Some(path)) => {
                    // A file can be gone by now; it is listed again a second later.
                    let Ok(found) = fs::metadata(path) else { continue };
                    is_new |= self.look_at(path, &listed, &found)?;
                }
                Ok(None) => {}
                Err(failure) if self.unread.insert(listed.name().to_owned()) => {
                    say(&format!("{}: {}", visible(listed.name()), failure.message));
                }
                Err(_) => {}
            }
        }
        Ok(is_new)
    }

    fn look_at(
        &mut self,
        file: &Path,
        listed: &ListedFile,
        found: &Metadata,
    ) -> Result<bool, Failed> {
        let (bytes, changed) = (found.len(), found.modified().ok());
        let piece = self.files.len() as u64;
        let mut followed = match self.files.remove(file) {
            Some(known) if known.bytes == bytes && known.changed == changed => {
                self.files.insert(file.to_owned(), known);
                return Ok(false);
            }
            Some(known) if bytes >= known.bytes => Followed { bytes, changed, ..known },
            // A file that shrank is a different file.
            _ => Followed {
                bytes,
                changed,
                settled: Vec::new(),
                settled_to: 0,
                rest: Vec::new(),
                piece,
            },
        };
        match text_cutter(file) {
            Some(cutter) => self.read_on(file, listed.name(), cutter, &mut followed)?,
            None => {
                let scanner = Scanner::new()
                    .options(self.options.clone())
                    .passwords(self.settings.password.clone())
                    .jobs(self.settings.jobs);
                let scan = scanner.scan(&[Input::File(listed.clone())])?;
                say_panics(&scan.panics);
                followed.settled.clear();
                followed.settled_to = 0;
                followed.rest = scan.session.partial()?;
            }
        }
        self.files.insert(file.to_owned(), followed);
        Ok(true)
    }

    /// Reads a text from `settled_to` to its end.
    fn read_on(
        &self,
        file: &Path,
        name: &str,
        cutter: Cutter,
        followed: &mut Followed,
    ) -> Result<(), Failed> {
        if followed.bytes - followed.settled_to > MOST_READ_AGAIN {
            let wanted = followed.bytes - MOST_READ_AGAIN / 2;
            let cut = cutter.cut_at(wanted, |offset, length| read_at(file, offset, length));
            if let Some(cut) = cut.filter(|cut| *cut < followed.bytes) {
                let mut session = Session::new(self.options.clone())?;
                if !followed.settled.is_empty() {
                    session.merge(&followed.settled)?;
                }
                session.merge(&self.read_range(file, name, followed, cut)?)?;
                followed.settled = session.partial()?;
                followed.settled_to = cut;
            }
        }
        followed.rest = self.read_range(file, name, followed, followed.bytes)?;
        Ok(())
    }

    /// Returns the partial of the bytes from `settled_to` to an offset.
    fn read_range(
        &self,
        path: &Path,
        name: &str,
        followed: &Followed,
        end: u64,
    ) -> Result<Vec<u8>, Failed> {
        let mut session = Session::new(self.options.clone())?;
        session.begin_range(name, followed.piece, followed.settled_to, None, false)?;
        let mut at = followed.settled_to;
        while at < end {
            let most = usize::try_from(end - at).unwrap_or(READ_BYTES).min(READ_BYTES);
            // A persistent error shows again when the file is next checked.
            let bytes = read_at(path, at, most).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            at += bytes.len() as u64;
            session.push(&bytes)?;
        }
        session.end()?;
        Ok(session.partial()?)
    }

    /// Returns a session with the partials of all files.
    fn session(&self) -> Result<Session, Failed> {
        let mut session = Session::new(self.options.clone())?;
        for file in self.files.values() {
            for partial in [&file.settled, &file.rest] {
                if !partial.is_empty() {
                    session.merge(partial)?;
                }
            }
        }
        Ok(session)
    }
}

/// Returns the cutter of a text; `None` for event logs, archives, and texts without cut points.
fn text_cutter(file: &Path) -> Option<Cutter> {
    let head = read_at(file, 0, HEAD_BYTES)?;
    let is_log = head.starts_with(b"ElfFile");
    if is_log { None } else { Cutter::new(&head) }
}

fn read_at(path: &Path, offset: u64, length: usize) -> Option<Vec<u8>> {
    let mut file = File::open(path).ok()?;
    file.seek(SeekFrom::Start(offset)).ok()?;
    let mut bytes = Vec::new();
    file.take(length as u64).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Prints new and changed results under their ids. Returns false if nobody reads them.
fn print_changes(
    console: &Console,
    session: &mut Session,
    report: &Report,
    format: OutputFormat,
    printed: &mut HashMap<String, String>,
) -> Result<bool, Failed> {
    let lines = report.to_text(Format::Ndjson);
    let ids = report.results.iter().map(|row| row.id.clone());
    let mut text = String::new();
    let outline = (format == OutputFormat::Table).then(|| session.outline());
    for ((index, id), line) in ids.enumerate().zip(lines.lines()) {
        if printed.get(&id).is_some_and(|before| before == line) {
            continue;
        }
        printed.insert(id, line.to_owned());
        match &outline {
            None => {
                text.push_str(line);
                text.push('\n');
            }
            Some(outline) => text.push_str(&row_line(console, outline, index)),
        }
    }
    if text.is_empty() { Ok(true) } else { console.append(text.as_bytes()) }
}

fn row_line(console: &Console, outline: &Outline, index: usize) -> String {
    let report = &outline.report;
    let Some(row) = report.results.get(index).filter(|row| row.suppressed_by.is_none()) else {
        return String::new();
    };
    let rule = report.rules.iter().find(|rule| rule.id == row.rule_id);
    let title = visible(rule.map_or(&row.rule_id, |rule| &rule.title)).into_owned();
    let line = outline.lines.get(&row.id).map(String::as_str).unwrap_or_default();
    format!(
        "{}  {:>5}  {}  {}  {}×  {}\n",
        moment(row.last_time.as_deref()),
        score_of(&row.score),
        computer_of(row),
        console.out.paint(Style::Bold, &title),
        count(row.count),
        console.out.paint(Style::Cyan, visible(line).trim()),
    )
}
