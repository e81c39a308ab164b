//! [`Config`]: checked [`Options`].

use super::options::Options;
use crate::error::Error;
use crate::indicators::TextIndex;
use crate::inventory::Inventory;
use crate::ordered::OrderedSet;
use crate::reassemble::Mode;
use crate::risk::RiskOptions;
use crate::rule::{RuleOptions, Score};
use crate::search::format_number;
use crate::source::Encoding;
use crate::time::Time;

/// A session's options, parsed and within their ranges. Rules and the allow-list are not part of it.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) macros: Vec<(String, String)>,
    pub(super) builtin: bool,
    pub(super) disabled: OrderedSet<String>,
    pub(super) mode: Mode,
    pub(super) computer: Option<String>,
    pub(super) utc_offset_seconds: i64,
    pub(super) encoding: Option<Encoding>,
    pub(super) since: Option<Time>,
    pub(super) until: Option<Time>,
    /// In hundredths of a point.
    pub(super) min_score: i64,
    pub(super) sha256: bool,
    pub(super) views: bool,
    pub(super) inventory: bool,
    pub(super) candidates_only: bool,
    pub(super) indicators: bool,
    pub(super) risk: RiskOptions,
}

impl Config {
    /// Parses a caller's options. The first that is out of its range is the error.
    pub(super) fn new(options: Options) -> Result<Self, Error> {
        let mode = options.mode;
        let risk = risk_options(&options)?;
        Ok(Self {
            builtin: options.builtin,
            disabled: OrderedSet::from_iter(options.disabled),
            mode,
            views: options.views.unwrap_or(mode == Mode::Block),
            computer: options.computer.filter(|name| !name.is_empty()),
            utc_offset_seconds: options.utc_offset.as_deref().map_or(Ok(0), utc_offset)?,
            encoding: options.encoding.as_deref().map(encoding).transpose()?,
            since: options.since.as_deref().map(|text| time("since", text)).transpose()?,
            until: options.until.as_deref().map(|text| time("until", text)).transpose()?,
            min_score: options.min_score.map_or(Ok(0), |score| hundredths("minScore", score))?,
            risk,
            macros: options.macros,
            sha256: options.sha256,
            inventory: options.inventory || options.indicators,
            candidates_only: options.candidates_only && !options.indicators,
            indicators: options.indicators,
        })
    }

    /// Returns an empty inventory, if one is asked for.
    pub(super) fn new_inventory(&self) -> Option<Inventory> {
        self.inventory.then(|| Inventory::new(self.indicators.then(|| TextIndex::new(self.views))))
    }

    pub(super) fn rule_options(&self) -> RuleOptions {
        RuleOptions { builtin: self.builtin, macros: self.macros.clone(), ..RuleOptions::default() }
    }
}

fn utc_offset(text: &str) -> Result<i64, Error> {
    // Parsed as the end of a time, of which the difference from UTC is the offset.
    Time::parse(&format!("2000-01-02T00:00:00{text}"))
        .filter(|(_, zone)| *zone)
        .zip(Time::parse("2000-01-02T00:00:00Z"))
        .map(|((shifted, _), (utc, _))| utc.seconds() - shifted.seconds())
        .ok_or_else(|| refused("utcOffset", format!("{text:?} is not an offset such as +02:00")))
}

fn encoding(label: &str) -> Result<Encoding, Error> {
    Encoding::from_label(label).ok_or_else(|| {
        let message = format!(
            "{label:?} is not an encoding that is read: utf-8, utf-16le, utf-16be, or a code page such as windows-1252, \
             iso-8859-1 or ibm850"
        );
        refused("encoding", message)
    })
}

fn time(name: &'static str, text: &str) -> Result<Time, Error> {
    let whole = Time::parse(text).or_else(|| Time::parse(&format!("{text}T00:00:00Z")));
    whole.map(|(time, _)| time).ok_or_else(|| {
        refused(name, format!("{text:?} is not a time such as 2026-08-08 or 2026-08-08T06:13:52Z"))
    })
}

fn hundredths(name: &'static str, score: f64) -> Result<i64, Error> {
    if (0.0..=1e9).contains(&score) {
        #[allow(clippy::cast_possible_truncation, reason = "the range was checked")]
        Ok((score * 100.0).round() as i64)
    } else {
        Err(refused(name, format!("{} is not a score of 0 or more", format_number(score))))
    }
}

fn risk_options(options: &Options) -> Result<RiskOptions, Error> {
    let mut risk = RiskOptions::default();
    if let Some(hours) = options.risk_window {
        risk.window = seconds("riskWindow", hours)?;
    }
    if let Some(score) = options.risk_threshold {
        risk.threshold = Score::from_hundredths(hundredths("riskThreshold", score)?);
    }
    if let Some(hours) = options.tactic_window {
        risk.tactic_window = seconds("tacticWindow", hours)?;
    }
    if let Some(tactics) = options.tactic_threshold {
        risk.tactics = count("tacticThreshold", tactics)?;
    }
    if let Some(rules) = options.tactic_rules {
        risk.tactic_rules = count("tacticRules", rules)?;
    }
    Ok(risk)
}

/// Returns hours as seconds. A window of a century holds every log.
fn seconds(name: &'static str, hours: f64) -> Result<i64, Error> {
    if (1.0 / 3600.0..=876_600.0).contains(&hours) {
        #[allow(clippy::cast_possible_truncation, reason = "the range was checked")]
        Ok((hours * 3600.0).round() as i64)
    } else {
        let message =
            format!("{} is not a number of hours from a second to a century", format_number(hours));
        Err(refused(name, message))
    }
}

fn count(name: &'static str, count: u32) -> Result<usize, Error> {
    match count {
        0 => Err(refused(name, "0 is not a number of 1 or more".to_owned())),
        count => Ok(count as usize),
    }
}

fn refused(name: &'static str, message: String) -> Error {
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
    fn a_wrong_option_is_named() {
        let options = |change: fn(&mut Options)| {
            let mut options = Options::default();
            change(&mut options);
            Config::new(options).err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert!(options(|o| o.since = Some("yesterday".into())).starts_with("option since:"));
        assert!(options(|o| o.encoding = Some("shift_jis".into())).starts_with("option encoding:"));
        assert_eq!(options(|o| o.encoding = Some("CP850".into())), "");
        assert!(options(|o| o.min_score = Some(f64::NAN)).starts_with("option minScore:"));
        assert!(options(|o| o.risk_window = Some(0.0)).starts_with("option riskWindow:"));
        assert!(options(|o| o.tactic_window = Some(1e9)).starts_with("option tacticWindow:"));
        assert!(options(|o| o.risk_threshold = Some(-1.0)).starts_with("option riskThreshold:"));
        assert!(options(|o| o.tactic_threshold = Some(0)).starts_with("option tacticThreshold:"));
        assert!(options(|o| o.tactic_rules = Some(0)).starts_with("option tacticRules:"));
        assert_eq!(options(|o| o.risk_window = Some(0.5)), "");
        assert_eq!(options(|o| o.until = Some("2026-08-08".into())), "");
    }
}
