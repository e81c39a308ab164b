//! What a caller may choose.

use crate::error::Error;
use crate::reassemble::Mode;
use crate::report::{AllowEntry, AllowList};
use crate::rule::{RuleFile, RuleOptions};
use crate::search::show_number;
use crate::sort;
use crate::time::Time;
use std::collections::BTreeSet;

/// The choices in a caller's words, not yet looked at.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Rule, macro, lookup and story files: name and bytes.
    pub rules: Vec<(String, Vec<u8>)>,
    /// Macros: `NAME` or `NAME(argument, …)` and the definition.
    pub macros: Vec<(String, String)>,
    /// Use the built-in detections; yes where not said.
    pub builtin: Option<bool>,
    /// Ids of rules to switch off.
    pub disabled: Vec<String>,
    /// `block` (where not said) or `event`.
    pub mode: Option<String>,
    /// The computer of events that name none.
    pub computer: Option<String>,
    /// The offset of times written without a zone: `+hh:mm`, `-hh:mm`, `Z`.
    pub utc_offset: Option<String>,
    /// Only script blocks logged at or after this time.
    pub since: Option<String>,
    /// Only script blocks logged before this time.
    pub until: Option<String>,
    /// Only results with at least this score.
    pub min_score: Option<f64>,
    /// Hash every source.
    pub sha256: bool,
    /// What is expected; a session can be given another one at any time.
    pub allow: Vec<AllowEntry>,
    /// Search what disguised scripts say behind their text too; where not said, yes for `block` and no for
    /// `event`, which finds what a Splunk search finds.
    pub views: Option<bool>,
}

/// Choices that can be kept to.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "see Options")]
pub struct Config {
    pub rules: Vec<(String, Vec<u8>)>,
    pub macros: Vec<(String, String)>,
    pub builtin: bool,
    pub disabled: BTreeSet<String>,
    pub mode: Mode,
    pub computer: Option<String>,
    pub utc_offset_seconds: i64,
    pub since: Option<Time>,
    pub until: Option<Time>,
    /// In hundredths.
    pub min_score: i64,
    pub sha256: bool,
    pub allow: AllowList,
    pub views: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            macros: Vec::new(),
            builtin: true,
            disabled: BTreeSet::new(),
            mode: Mode::Block,
            computer: None,
            utc_offset_seconds: 0,
            since: None,
            until: None,
            min_score: 0,
            sha256: false,
            allow: AllowList::default(),
            views: true,
        }
    }
}

impl Config {
    /// Checks a caller's choices.
    pub fn new(options: Options) -> Result<Self, Error> {
        let mode = options.mode.as_deref().map_or(Ok(Mode::Block), mode)?;
        Ok(Self {
            builtin: options.builtin.unwrap_or(true),
            disabled: sort::collect_set(options.disabled),
            mode,
            views: options.views.unwrap_or(mode == Mode::Block),
            computer: options.computer.filter(|name| !name.is_empty()),
            utc_offset_seconds: options.utc_offset.as_deref().map_or(Ok(0), utc_offset)?,
            since: options.since.as_deref().map(|text| time("since", text)).transpose()?,
            until: options.until.as_deref().map(|text| time("until", text)).transpose()?,
            min_score: options.min_score.map_or(Ok(0), min_score)?,
            rules: options.rules,
            macros: options.macros,
            sha256: options.sha256,
            allow: AllowList::new(options.allow)?,
        })
    }

    pub(super) fn rule_files(&self) -> Vec<RuleFile<'_>> {
        self.rules.iter().map(|(name, bytes)| RuleFile { name, bytes }).collect()
    }

    pub(super) fn rule_options(&self) -> RuleOptions {
        RuleOptions { builtin: self.builtin, macros: self.macros.clone(), ..RuleOptions::default() }
    }
}

fn mode(text: &str) -> Result<Mode, Error> {
    match text {
        "block" => Ok(Mode::Block),
        "event" => Ok(Mode::Event),
        _ => Err(wrong("mode", format!("{text:?} is neither \"block\" nor \"event\""))),
    }
}

fn utc_offset(text: &str) -> Result<i64, Error> {
    // An offset is what stands behind a time.
    Time::parse(&format!("2000-01-02T00:00:00{text}"))
        .filter(|(_, zone)| *zone)
        .zip(Time::parse("2000-01-02T00:00:00Z"))
        .map(|((shifted, _), (utc, _))| utc.seconds() - shifted.seconds())
        .ok_or_else(|| wrong("utcOffset", format!("{text:?} is not an offset such as +02:00")))
}

fn time(name: &'static str, text: &str) -> Result<Time, Error> {
    let whole = Time::parse(text).or_else(|| Time::parse(&format!("{text}T00:00:00Z")));
    whole.map(|(time, _)| time).ok_or_else(|| {
        wrong(name, format!("{text:?} is not a time such as 2026-08-08 or 2026-08-08T06:13:52Z"))
    })
}

fn min_score(score: f64) -> Result<i64, Error> {
    if (0.0..=1e9).contains(&score) {
        #[allow(clippy::cast_possible_truncation, reason = "the range was checked")]
        Ok((score * 100.0).round() as i64)
    } else {
        Err(wrong("minScore", format!("{} is not a score of 0 or more", show_number(score))))
    }
}

fn wrong(name: &'static str, message: String) -> Error {
    Error::Option { name, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_seconds_east() {
        assert_eq!(utc_offset("+02:00"), Ok(7_200));
        assert_eq!(utc_offset("-0330"), Ok(-12_600));
        assert_eq!(utc_offset("Z"), Ok(0));
        for bad in ["", "2", "CET", "+25:00"] {
            assert!(utc_offset(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn wrong_choices_are_named() {
        let options = |change: fn(&mut Options)| {
            let mut options = Options::default();
            change(&mut options);
            Config::new(options).err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert!(options(|o| o.mode = Some("blocks".into())).starts_with("option mode:"));
        assert!(options(|o| o.since = Some("yesterday".into())).starts_with("option since:"));
        assert!(options(|o| o.min_score = Some(f64::NAN)).starts_with("option minScore:"));
        assert_eq!(options(|o| o.until = Some("2026-08-08".into())), "");
    }
}
