//! The report: version 1 of a contract that programs build on, and every exporter.
//!
//! ```text
//! ReportInputs ─▶ BlockDraft ─▶ Evaluation ─▶ ResultDraft ─▶ Report ─▶ JSON, NDJSON, CSV, Outline
//!  (a session's    (id, order)   (run rules)   (id, risk,     (contract)
//!   state)                                      allow-list)
//! ```
//!
//! In JSON, names are in camelCase, and an absent value is `null`, never missing. Times are ISO 8601 in UTC with the log's
//! own digits. Text ranges count UTF-16 units, end exclusive. `npm/report.schema.json` is the schema. The same logs and
//! rules give the same bytes: the order of files and the cuts between pushes do not matter.

mod acts;
mod allow;
mod allow_export;
mod allow_preview;
mod assemble;
mod blocks;
mod contract;
mod convert;
mod evaluation;
mod export;
mod generalize;
mod ids;
mod indicators;
mod inputs;
#[cfg(any(all(target_family = "wasm", target_os = "unknown"), test))]
mod intern;
mod json;
mod not_kept;
mod outline;
#[cfg(any(all(target_family = "wasm", target_os = "unknown"), test))]
mod pieces;
mod results;
mod risk_problems;
mod rule_status;
mod source;
mod source_names;
mod source_stats;
mod times;

pub use crate::rule::{DataSet, DataTest};
pub use crate::text::{count, is_invisible, moment, plural};
pub use allow::AllowEntry;
pub(crate) use allow::AllowList;
pub use allow_export::AllowListFormat;
pub use allow_preview::{Preview, Proposal, RiskChange};
pub(crate) use allow_preview::{preview, proposals};
pub(crate) use assemble::{assemble, assemble_with_index};
pub(crate) use blocks::{BlockIndex, block_ids, report_block};
pub use contract::{
    Act, Attack, Block, Cell, Cost, EventPlace, Fields, Finding, Matched, Number, Problem, Refused,
    Report, RiskEvent, RiskObject, Row, Rule, RuleStatus, Source, Spans, ThreatObject, Totals,
};
pub(crate) use convert::{list_left_out, list_rules};
pub use export::{ExportFormat, ExportOptions, Format, Table, csv, csv_row, json, ndjson};
pub(crate) use export::{Found, Rows, write_export, write_line};
pub(crate) use ids::{hash as id_hash, id_bits};
pub(crate) use indicators::collect_indicators;
pub use indicators::{IndicatorFilter, IndicatorList, IndicatorQuery, IndicatorRow};
pub(crate) use inputs::ReportInputs;
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
pub(crate) use intern::{SharedText, take_shared};
pub(crate) use json::to_json;
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
pub(crate) use json::write_json;
pub use outline::Outline;
pub(crate) use outline::outline;
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
pub(crate) use pieces::Pieces;
pub use source::{CheckedRule, Forms, RuleCheck, RuleSource, SampleRun};
pub(crate) use source_names::{SourceNames, ranks};
pub(crate) use source_stats::{SourceStats, UnnumberedTexts};
