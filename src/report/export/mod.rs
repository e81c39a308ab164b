//! Every export of a report, for page, command line and libraries alike.
//!
//! ```text
//! Report ─▶ Format: json, ndjson, csv                                         (results, with the whole report as JSON)
//! Report, indicators ─▶ ExportFormat: tables, and the forms of other programs (Export)
//! ```
//!
//! The same report gives the same bytes: identifiers are UUIDs of version 5, times are the log's, never the run's.
//!
//! | file | subject |
//! | --- | --- |
//! | `results` | [`Format`] |
//! | `format` | [`ExportFormat`] and its options |
//! | `input` | [`Export`]: what every form is written from |
//! | `write` | which form is written by which file |
//! | `tables` | CSV and NDJSON of every table |
//! | `navigator` | layers of the ATT&CK Navigator |
//! | `timesketch` | timelines of Timesketch |
//! | `stix` | bundles of STIX 2.1 |
//! | `misp` | events of MISP |
//! | `hec` | events of Splunk's risk index |
//! | `ocsf` | detection findings of OCSF |
//! | `scripts` | the scripts as files in a zip archive |
//! | `csv`, `json_writer`, `uuid`, `zip` | how they are written |

mod csv;
mod format;
mod hec;
mod input;
mod json_writer;
mod misp;
mod navigator;
mod ocsf;
mod results;
mod scripts;
mod stix;
mod tables;
mod timesketch;
mod uuid;
mod write;
mod zip;

pub use csv::csv_row;
pub use format::{ExportFormat, ExportOptions, Table};

pub(crate) use input::Found;
pub use results::{Format, csv, json, ndjson};
#[cfg(any(all(target_family = "wasm", target_os = "unknown"), test))]
pub(super) use results::{Names, write_csv_header, write_csv_row, write_ndjson_line};
pub(crate) use tables::{Rows, write_line};
pub(crate) use write::write_export;
