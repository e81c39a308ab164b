//! `scriptscope --follow`: goes on reading what is added to files and folders, and prints results as they come.
//!
//! Once a second every file's size and time are compared. Text that grew is pushed on into the session that read it so far.
//! Anything else that changed is read again from its beginning: event logs are written in place, and archives are replaced.
//! What each file gave is merged into one session, whose results are compared with those printed before.

use crate::console::Console;
use crate::failed::Failed;
use crate::interrupt;
use crate::logs::is_stdin;
use crate::settings::{OutputFormat, Settings};
use crate::summary::{computer_of, score_of};
use crate::terminal::{Style, count, moment, visible};
use scriptscope::report::Outline;
use scriptscope::{Format, Options, Session};
use scriptscope_scan::{Input, Scanner};
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

const INTERVAL: Duration = Duration::from_secs(1);
const STEP: Duration = Duration::from_millis(100);
const READ_BYTES: usize = 256 << 10;

pub(super) fn follow(
    console: &Console,
    settings: &Settings,
    options: Options,
    files: &[PathBuf],
    format: OutputFormat,
) -> Result<u8, Failed> {
    if ![OutputFormat::Table, OutputFormat::Ndjson].contains(&format) {
        let message = "--follow prints --format table or ndjson".to_owned();
        return Err(Failed::Usage(message));
    }
    if files.iter().any(|file| is_stdin(file)) {
        let message =
            "--follow is for files and folders; standard input is read to its end".to_owned();
        return Err(Failed::Usage(message));
    }
    let cancel = interrupt::watch();
    let mut follower = Follower { options, settings, files: BTreeMap::new() };
    let mut printed = HashMap::new();
    while !cancel.is_set() {
        if follower.look(files)? {
            print_changes(console, &mut follower.session()?, format, &mut printed)?;
        }
        let mut waited = Duration::ZERO;
        while waited < INTERVAL && !cancel.is_set() {
            thread::sleep(STEP);
            waited += STEP;
        }
    }
    Ok(interrupt::INTERRUPTED)
}

struct Follower<'a> {
    options: Options,
    settings: &'a Settings,
    files: BTreeMap<PathBuf, Followed>,
}

/// A file, and what it gave so far.
struct Followed {
    bytes: u64,
    changed: Option<SystemTime>,
    partial: Vec<u8>,
    /// The session that reads it on, where it is text that grows; and what that gave before.
    growing: Option<Growing>,
}

struct Growing {
    open: Session,
    found: Session,
    piece: u64,
}

impl Follower<'_> {
    /// Reads what is new in the files, and returns whether anything was. What a file gave stays when it is removed: a log
    /// that was rotated away was read.
    fn look(&mut self, given: &[PathBuf]) -> Result<bool, Failed> {
        let mut is_new = false;
        for path in given {
            for (file, name) in files_at(path) {
                let Ok(found) = fs::metadata(&file) else { continue };
                is_new |= self.look_at(&file, &name, &found)?;
            }
        }
        Ok(is_new)
    }

    fn look_at(&mut self, file: &Path, name: &str, found: &Metadata) -> Result<bool, Failed> {
        let (bytes, changed) = (found.len(), found.modified().ok());
        let number = self.files.len() as u64;
        if let Some(known) = self.files.get_mut(file) {
            if known.bytes == bytes && known.changed == changed {
                return Ok(false);
            }
            known.changed = changed;
            if bytes > known.bytes
                && let Some(growing) = &mut known.growing
            {
                known.bytes += read_on(&mut growing.open, file, known.bytes);
                let partial = growing.open.drain(Some(growing.piece))?;
                growing.found.merge(&partial)?;
                known.partial = growing.found.partial()?;
                return Ok(true);
            }
        }
        let followed = if grows(file) {
            let (mut open, mut whole) =
                (Session::new(self.options.clone())?, Session::new(self.options.clone())?);
            open.begin(name)?;
            let bytes = read_on(&mut open, file, 0);
            let piece = self.files.get(file).and_then(|known| known.growing.as_ref());
            let piece = piece.map_or(number, |growing| growing.piece);
            whole.merge(&open.drain(Some(piece))?)?;
            let partial = whole.partial()?;
            Followed {
                bytes,
                changed,
                partial,
                growing: Some(Growing { open, found: whole, piece }),
            }
        } else {
            let scanner = Scanner::new()
                .options(self.options.clone())
                .passwords(self.settings.password.clone())
                .jobs(self.settings.jobs);
            let partial = scanner.scan(&[Input::Path(file.to_owned())])?.session.partial()?;
            Followed { bytes, changed, partial, growing: None }
        };
        self.files.insert(file.to_owned(), followed);
        Ok(true)
    }

    /// All that the files gave.
    fn session(&self) -> Result<Session, Failed> {
        let mut session = Session::new(self.options.clone())?;
        for file in self.files.values() {
            session.merge(&file.partial)?;
        }
        Ok(session)
    }
}

/// The files at a path, with the names that reports have for them.
fn files_at(path: &Path) -> Vec<(PathBuf, String)> {
    if !path.is_dir() {
        let name = path.file_name().unwrap_or(path.as_os_str());
        return vec![(path.to_owned(), name.to_string_lossy().into_owned())];
    }
    let entries = walkdir::WalkDir::new(path).sort_by_file_name();
    let files = entries.into_iter().flatten().filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| {
            let inside = entry.path().strip_prefix(path).unwrap_or(entry.path());
            let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
            (entry.path().to_owned(), parts.join("/"))
        })
        .collect()
}

/// Whether a file is text, to which lines are added; event logs and archives are written otherwise.
fn grows(file: &Path) -> bool {
    let mut head = [0; 8];
    let length = File::open(file).and_then(|mut file| file.read(&mut head)).unwrap_or_default();
    let head = head.get(..length).unwrap_or_default();
    let packed: [&[u8]; 5] =
        [b"ElfFile\0", b"ElfChnk\0", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b"];
    !head.is_empty() && !packed.iter().any(|signature| head.starts_with(signature))
}

/// Pushes what is behind an offset. Returns how many bytes that were.
fn read_on(session: &mut Session, path: &Path, offset: u64) -> u64 {
    let Ok(mut file) = File::open(path) else { return 0 };
    if file.seek(SeekFrom::Start(offset)).is_err() {
        return 0;
    }
    let mut buffer = vec![0; READ_BYTES];
    let mut total = 0;
    // An error here shows again when the file is next looked at.
    while let Ok(length @ 1..) = file.read(&mut buffer) {
        if session.push(buffer.get(..length).unwrap_or_default()).is_err() {
            break;
        }
        total += length as u64;
    }
    total
}

/// Prints results that are new, and those that changed, under their ids.
fn print_changes(
    console: &Console,
    session: &mut Session,
    format: OutputFormat,
    printed: &mut HashMap<String, String>,
) -> Result<(), Failed> {
    let report = session.report();
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
    if text.is_empty() { Ok(()) } else { console.append(text.as_bytes()) }
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
