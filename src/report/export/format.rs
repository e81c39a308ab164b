//! [`ExportFormat`], [`Table`] and [`ExportOptions`].

use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// A form in which [`Session::export`](crate::Session::export) writes what was found.
///
/// ```
/// use scriptscope::report::ExportFormat;
///
/// for format in ExportFormat::ALL {
///     assert_eq!(format.name().parse(), Ok(format));
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExportFormat {
    /// A table as CSV, safe to open in a spreadsheet.
    Csv,
    /// A table, a row as JSON on each line.
    Ndjson,
    /// A layer of the ATT&CK Navigator, version 4.5.
    Navigator,
    /// A timeline of Timesketch as JSON lines.
    Timesketch,
    /// A timeline of Timesketch as CSV.
    TimesketchCsv,
    /// A bundle of STIX 2.1.
    Stix,
    /// An event of MISP.
    Misp,
    /// Events of Splunk's risk index, as its HTTP Event Collector takes them.
    Hec,
    /// Detection findings of OCSF 1.5.
    Ocsf,
    /// A zip archive of the scripts, with their SHA-256.
    ScriptsZip,
}

impl ExportFormat {
    /// Every form.
    pub const ALL: [Self; 10] = [
        Self::Csv,
        Self::Ndjson,
        Self::Navigator,
        Self::Timesketch,
        Self::TimesketchCsv,
        Self::Stix,
        Self::Misp,
        Self::Hec,
        Self::Ocsf,
        Self::ScriptsZip,
    ];

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Navigator => "navigator",
            Self::Timesketch => "timesketch",
            Self::TimesketchCsv => "timesketch-csv",
            Self::Stix => "stix",
            Self::Misp => "misp",
            Self::Hec => "hec",
            Self::Ocsf => "ocsf",
            Self::ScriptsZip => "scripts-zip",
        }
    }

    /// Whether it is text, in UTF-8.
    pub fn is_text(self) -> bool {
        self != Self::ScriptsZip
    }
}

impl FromStr for ExportFormat {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let format = Self::ALL.into_iter().find(|format| format.name() == text);
        format.ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|format| format.name()).collect();
            let message = format!("{text:?} is none of {}", names.join(", "));
            Error::Option { name: "format", message }
        })
    }
}

/// A table of [`ExportFormat::Csv`] and [`ExportFormat::Ndjson`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Table {
    /// The rules' results.
    #[default]
    Results,
    /// The script blocks of the results.
    Blocks,
    /// The risk objects.
    Risk,
    /// The acts.
    Acts,
    /// The scripts, identical texts as one, the rarest first: with [`Options::inventory`](crate::Options::inventory).
    Scripts,
    /// The indicators.
    Indicators,
    /// The findings of correlation rules.
    Findings,
}

impl Table {
    /// Every table.
    pub const ALL: [Self; 7] = [
        Self::Results,
        Self::Blocks,
        Self::Risk,
        Self::Acts,
        Self::Scripts,
        Self::Indicators,
        Self::Findings,
    ];

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Results => "results",
            Self::Blocks => "blocks",
            Self::Risk => "risk",
            Self::Acts => "acts",
            Self::Scripts => "scripts",
            Self::Indicators => "indicators",
            Self::Findings => "findings",
        }
    }
}

/// What of a report is exported.
///
/// ```
/// use scriptscope::report::{ExportOptions, Table};
///
/// let options: ExportOptions = serde_json::from_str(r#"{"table": "indicators"}"#).unwrap();
/// assert_eq!(options.table, Table::Indicators);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ExportOptions {
    /// The table, for CSV and NDJSON.
    pub table: Table,
    /// Ids of results, script blocks, scripts and indicators: only these, the script blocks of these results, and the
    /// indicators in these script blocks. `None`: all. A script block that no rule matched is exported if its text was read
    /// again ([`Session::texts_to_read`](crate::Session::texts_to_read)).
    pub ids: Option<Vec<String>>,
    /// Ids of script blocks and scripts that are exported too if no rule matched them and their texts were read again.
    pub marked: Vec<String>,
}
