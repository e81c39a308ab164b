//! Options of every command, on the command line and in a settings file.

use crate::choice::{Choice, OutputFormat};
use clap::{Args, ValueEnum};
use scriptscope::report::Table;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::str::FromStr;

/// Options of every command. Those of the command line come before those of `--config`.
#[derive(Args, Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// The form of the output; json is the whole report
    #[arg(short, long, value_name = "FORMAT", value_parser = Choice::<OutputFormat>::any(), help_heading = "Output")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) format: Option<OutputFormat>,
    /// The table that csv and ndjson write; by default the results
    #[arg(long, value_name = "TABLE", value_parser = Choice::<Table>::any(), help_heading = "Output")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) table: Option<Table>,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<PathBuf>,
    /// Only results with at least this score
    #[arg(long, value_name = "N", value_parser = number, help_heading = "Output", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min_score: Option<f64>,
    /// Only events at or after this time: 2026-08-08 or 2026-08-08T06:00:00Z
    #[arg(long, value_name = "TIME", help_heading = "Output")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<String>,
    /// Only events before this time
    #[arg(long, value_name = "TIME", help_heading = "Output")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<String>,
    /// Say nothing on standard error except why something failed
    #[arg(short, long, help_heading = "Output", conflicts_with = "verbose")]
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) quiet: bool,
    /// Say on standard error what was read, how fast, and what each rule cost
    #[arg(short, long, help_heading = "Output")]
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) verbose: bool,
    /// Exit with status 2 if any problem is an error: a damaged or unreadable part of a log, a file of rules
    #[arg(long, help_heading = "Output")]
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) strict: bool,
    /// When to use colours; NO_COLOR and CLICOLOR_FORCE are heeded
    #[arg(long, value_name = "WHEN", help_heading = "Output")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) color: Option<ColorChoice>,

    /// Splunk or Sigma rules, macros and lookups: a file, folder or zip; repeatable
    #[arg(short, long, value_name = "PATH", help_heading = "Detections")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) rules: Vec<PathBuf>,
    /// Define a macro, or another meaning for one; repeatable
    #[arg(long = "macro", value_name = "NAME=DEFINITION", value_parser = macro_of, help_heading = "Detections")]
    #[serde(rename = "macro", skip_serializing_if = "Vec::is_empty")]
    pub(crate) macros: Vec<(String, String)>,
    /// Leave out the built-in rules
    #[arg(long, help_heading = "Detections")]
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) no_builtin: bool,
    /// Switch off a rule; repeatable
    #[arg(long, value_name = "ID", help_heading = "Detections")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) disable: Vec<String>,
    /// An allow-list (JSON): what it hides is counted, and makes no risk
    #[arg(long, value_name = "FILE", help_heading = "Detections")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) allow: Option<PathBuf>,
    /// A case file: its options, rules and allow-list, beside those given here; its logs are compared with those read
    #[arg(long, value_name = "FILE", help_heading = "Detections")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) case: Option<PathBuf>,
    /// A list of assets or identities (CSV, with Splunk ES's columns: nt_host, dns, priority, category; identity, …): names
    /// of one machine are one object, and risk on critical machines and domain controllers counts twice; repeatable
    #[arg(long, value_name = "FILE", help_heading = "Risk")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) assets: Vec<PathBuf>,
    /// Hours of the window in which each rule counts once and scores are summed for a finding (24)
    #[arg(long, value_name = "HOURS", value_parser = number, allow_negative_numbers = true, help_heading = "Risk")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) risk_window: Option<f64>,
    /// The sum of scores in such a window above which an object is a finding (100)
    #[arg(long, value_name = "N", value_parser = number, allow_negative_numbers = true, help_heading = "Risk")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) risk_threshold: Option<f64>,
    /// Hours of the window in which tactics are counted for a finding (168)
    #[arg(long, value_name = "HOURS", value_parser = number, allow_negative_numbers = true, help_heading = "Risk")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tactic_window: Option<f64>,
    /// The number of tactics in such a window from which an object is a finding (3)
    #[arg(long, value_name = "N", value_parser = whole::<u32>, allow_negative_numbers = true, help_heading = "Risk")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tactic_threshold: Option<u32>,
    /// The number of rules that these tactics must come from (4)
    #[arg(long, value_name = "N", value_parser = whole::<u32>, allow_negative_numbers = true, help_heading = "Risk")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tactic_rules: Option<u32>,
    /// block: parts of a script joined, repetitions counted once (default). event: each record by itself, as a search in
    /// Splunk sees it
    #[arg(long, value_name = "MODE", help_heading = "Detections")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mode: Option<ModeChoice>,
    /// Search what is hidden in texts too, in event mode: base64, split strings, character codes, backticks
    #[arg(long, help_heading = "Detections", overrides_with = "no_views")]
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) views: bool,
    /// Do not search what is hidden in texts, in block mode
    #[arg(long, help_heading = "Detections", overrides_with = "views")]
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) no_views: bool,

    /// The computer of events that name none
    #[arg(long, value_name = "NAME", help_heading = "Reading")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) computer: Option<String>,
    /// The offset from UTC of times without a zone, such as +02:00
    #[arg(long, value_name = "OFFSET", value_parser = offset, allow_hyphen_values = true, help_heading = "Reading")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) utc_offset: Option<String>,
    /// The encoding of text that does not show its own, such as windows-1252 or ibm850
    #[arg(long, value_name = "NAME", help_heading = "Reading")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) encoding: Option<String>,
    /// A password of encrypted zip files, tried after "infected"; repeatable
    #[arg(long, value_name = "WORD", help_heading = "Reading")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) password: Vec<String>,
    /// Follow links in folders, each target once; by default they are reported
    #[arg(long, help_heading = "Reading")]
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) follow_links: bool,
    /// Report each source's SHA-256
    #[arg(long, help_heading = "Reading")]
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) sha256: bool,
    /// Threads; by default as many as pay
    #[arg(short, long, value_name = "N", value_parser = jobs, help_heading = "Reading")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) jobs: Option<usize>,
    /// Read the event logs of this Windows machine
    #[cfg(windows)]
    #[arg(long, help_heading = "Reading")]
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) live: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ModeChoice {
    Block,
    Event,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ColorChoice {
    Auto,
    Always,
    Never,
}

impl Settings {
    /// Returns the names of the options that are set.
    pub(crate) fn names(&self) -> Vec<String> {
        let table = toml::Table::try_from(self).unwrap_or_default();
        table.into_iter().map(|(name, _)| name).collect()
    }

    /// Fills options that are not set from other settings.
    pub(crate) fn or(mut self, other: Settings) -> Settings {
        fn fill<T>(own: &mut Option<T>, other: Option<T>) {
            if own.is_none() {
                *own = other;
            }
        }
        fn fill_list<T>(own: &mut Vec<T>, other: Vec<T>) {
            if own.is_empty() {
                *own = other;
            }
        }
        fill(&mut self.format, other.format);
        fill(&mut self.table, other.table);
        fill(&mut self.output, other.output);
        fill(&mut self.min_score, other.min_score);
        fill(&mut self.since, other.since);
        fill(&mut self.until, other.until);
        fill(&mut self.color, other.color);
        fill(&mut self.allow, other.allow);
        fill(&mut self.case, other.case);
        fill(&mut self.risk_window, other.risk_window);
        fill(&mut self.risk_threshold, other.risk_threshold);
        fill(&mut self.tactic_window, other.tactic_window);
        fill(&mut self.tactic_threshold, other.tactic_threshold);
        fill(&mut self.tactic_rules, other.tactic_rules);
        fill(&mut self.mode, other.mode);
        fill(&mut self.computer, other.computer);
        fill(&mut self.utc_offset, other.utc_offset);
        fill(&mut self.encoding, other.encoding);
        fill(&mut self.jobs, other.jobs);
        fill_list(&mut self.rules, other.rules);
        fill_list(&mut self.assets, other.assets);
        fill_list(&mut self.macros, other.macros);
        fill_list(&mut self.disable, other.disable);
        fill_list(&mut self.password, other.password);
        if !self.views && !self.no_views {
            (self.views, self.no_views) = (other.views, other.no_views);
        }
        if !self.quiet && !self.verbose {
            (self.quiet, self.verbose) = (other.quiet, other.verbose);
        }
        self.strict |= other.strict;
        self.no_builtin |= other.no_builtin;
        self.follow_links |= other.follow_links;
        self.sha256 |= other.sha256;
        #[cfg(windows)]
        {
            self.live |= other.live;
        }
        self
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn macro_of(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, definition)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), definition.to_owned()))
        }
        _ => Err("expected NAME=DEFINITION".to_owned()),
    }
}

/// Parses a number.
pub(crate) fn number(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    number.filter(|own| own.is_finite()).ok_or_else(|| "expected a number".to_owned())
}

/// Parses a whole number from 0.
pub(crate) fn whole<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "expected a whole number from 0".to_owned())
}

fn offset(text: &str) -> Result<String, String> {
    let is_offset = matches!(text.as_bytes(), [b'+' | b'-', a, b, b':', c, d]
        if [a, b, c, d].iter().all(|digit| digit.is_ascii_digit()));
    if is_offset {
        Ok(text.to_owned())
    } else {
        Err("expected an offset such as +02:00".to_owned())
    }
}

fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(jobs) if jobs > 0 => Ok(jobs),
        _ => Err("expected a whole number from 1".to_owned()),
    }
}
