//! Measures what a session takes for a log in which every script block is a result: memory and time of reading, of the
//! report, of writing it, and of script blocks by id; and how long a session takes to start.
//!
//! `cargo bench --bench report [RESULTS] [one|four|short]` makes the log in memory, a piece at a time. With `four` each
//! block has a result of four rules, with `short` the scripts are one line. What is found is asserted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing
)]

use scriptscope::{Format, Options, Session};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// Rows that a report lists at most.
const LISTED: usize = scriptscope::internal::limits::RESULTS;

const LINES: [&str; 8] = [
    "Get-Process",
    "Select-Object",
    "Where-Object { $_.CPU -gt 10 }",
    "foreach ($x in $list) { $x.Name }",
    "# a comment about the task",
    "$result = @{}",
    "Write-Verbose 'done'",
    "Set-Location C:\\\\Windows\\\\Temp",
];

const FOUR: &str = "\\r\\nwevtutil cl Security\\r\\nNew-LocalUser -Name x\\r\\nSet-MpPreference -DisableRealtimeMonitoring $true";

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let results: usize = arguments.next().map_or(100_000, |number| number.parse().unwrap());
    let shape = arguments.next().unwrap_or_else(|| "one".to_owned());
    start();
    let rules = if shape == "four" { 4 } else { 1 };
    let blocks = results / rules;
    let mut session = Session::new(Options::default()).unwrap();
    session.begin("log.ndjson").unwrap();
    let mut reading = Duration::ZERO;
    for first in (0..blocks).step_by(1_000) {
        let mut piece = String::new();
        (first..blocks.min(first + 1_000)).for_each(|number| record(number, &shape, &mut piece));
        let begun = Instant::now();
        session.push(piece.as_bytes()).unwrap();
        reading += begun.elapsed();
    }
    session.end().unwrap();
    shown(&format!("read {blocks} script blocks"), reading);

    let begun = Instant::now();
    let report = session.report();
    shown("report", begun.elapsed());
    let found: u64 = report.rules.iter().map(|rule| rule.matched).sum();
    let not_kept: u64 =
        report.risk_objects.iter().flat_map(|object| object.not_kept.values()).sum();
    assert_eq!(report.totals.script_blocks, blocks as u64);
    assert_eq!(found + not_kept, (blocks * rules) as u64);
    assert_eq!(report.results.len(), LISTED.min(found as usize));
    println!("  {found} rows, {not_kept} matches not kept");

    let begun = Instant::now();
    let mut written = CountingWriter(0);
    report.write(Format::Json, &mut written).unwrap();
    shown(&format!("{} MB of JSON", written.0 / 1_000_000), begun.elapsed());
    for format in [Format::Csv, Format::Ndjson] {
        let begun = Instant::now();
        report.write(format, &mut CountingWriter(0)).unwrap();
        shown(&format!("{format:?}"), begun.elapsed());
    }

    let ids: Vec<String> =
        report.script_blocks.iter().step_by(97).map(|block| block.id.clone()).collect();
    drop(report);
    let begun = Instant::now();
    assert!(session.block(&ids[0]).is_some());
    shown("first script block by id", begun.elapsed());
    let begun = Instant::now();
    assert!(ids.iter().all(|id| session.block(id).is_some_and(|block| block.id == *id)));
    shown("each further one", begun.elapsed() / ids.len() as u32);
    let begun = Instant::now();
    assert!(ids.iter().all(|id| session.views(id).is_empty()));
    shown("the views of each", begun.elapsed() / ids.len() as u32);
}

/// Measures how long a session with the built-in rules takes to start: the first, and the median of others.
fn start() {
    let mut times: Vec<Duration> = (0..21)
        .map(|_| {
            let begun = Instant::now();
            let session = Session::new(Options::default()).unwrap();
            let taken = begun.elapsed();
            assert!(session.rules().len() > 60);
            taken
        })
        .collect();
    shown("first Session::new", times[0]);
    times.sort();
    shown("median Session::new", times[10]);
}

/// Appends a record as NDJSON.
fn record(number: usize, shape: &str, to: &mut String) {
    let mut text = String::new();
    if shape != "short" {
        for line in 0..number % 14 {
            text.push_str(LINES[(number / 14 + line * line) % LINES.len()]);
            text.push_str("\\r\\n");
        }
    }
    write!(text, "Enable-PSRemoting -Force # run {number}").unwrap();
    if shape == "four" {
        text.push_str(FOUR);
    }
    let second = number / 20;
    let (hour, minute, second) = (second / 3_600 % 24, second / 60 % 60, second % 60);
    let (computer, user) = (number % 40, 1_000 + number % 60);
    writeln!(
        to,
        r#"{{"EventID":4104,"Channel":"Microsoft-Windows-PowerShell/Operational","ProviderName":"Microsoft-Windows-PowerShell","TimeCreated":"2026-03-01T{hour:02}:{minute:02}:{second:02}.{:07}Z","EventRecordID":{},"Computer":"HOST{computer:02}.corp.example","UserID":"S-1-5-21-1-2-3-{user}","ProcessID":{},"Level":5,"MessageNumber":1,"MessageTotal":1,"ScriptBlockId":"{number:08x}-0000-4000-8000-{number:012x}","Path":"","ScriptBlockText":"{text}"}}"#,
        number % 20,
        number + 1,
        number % 9_000,
    )
    .unwrap();
}

/// Prints a duration, and the most memory and the CPU time that the process has taken so far: on a machine that does other
/// work too, only these can be compared.
fn shown(what: &str, taken: Duration) {
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let status = read("/proc/self/status");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("?").trim();
    let stat = read("/proc/self/stat");
    // In hundredths of a second.
    let cpu = stat.split(' ').skip(13).take(2).filter_map(|ticks| ticks.parse::<u64>().ok());
    let cpu = 10 * cpu.sum::<u64>();
    println!(
        "{what:<32} {:>10.3} ms   so far {cpu} ms of CPU, {peak} at most",
        taken.as_secs_f64() * 1e3
    );
}

/// Counts bytes, so that no disk is measured.
struct CountingWriter(u64);

impl Write for CountingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
