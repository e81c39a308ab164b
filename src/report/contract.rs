//! The report's types: version 1 of the contract that programs build on.
//!
//! ```text
//! Report ─┬─ sources            one for each input
//!         ├─ problems           of sources, rule files and rules
//!         ├─ rules
//!         ├─ results ─┬─ rule_id ─▶ rules
//!         │           └─ blocks ─▶ script_blocks, with the highlights
//!         ├─ script_blocks ─ events: the records of each part
//!         ├─ risk_objects ─ events ─▶ results
//!         ├─ acts ─▶ results
//!         └─ findings ─▶ results
//! ```

use crate::search;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What the rules found in the logs.
///
/// ```
/// use scriptscope::{Options, Session};
///
/// let record = r#"{"EventID":4104,"Channel":"Microsoft-Windows-PowerShell/Operational","Computer":"FS03",
///     "MessageNumber":1,"MessageTotal":1,"ScriptBlockId":"1","ScriptBlockText":"Enable-PSRemoting -Force"}"#;
/// let mut session = Session::new(Options::default()).unwrap();
/// session.begin("log.json").unwrap();
/// session.push(record.as_bytes()).unwrap();
/// session.end().unwrap();
/// let report = session.report();
/// for result in &report.results {
///     for matched in &result.blocks {
///         let block = report.block(&matched.id).unwrap();
///         assert_eq!(&*block.text, "Enable-PSRemoting -Force");
///     }
/// }
/// assert_eq!(report.risk_objects[0].object, "FS03");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Report {
    /// Always `scriptscope.report`.
    pub format: &'static str,
    /// Version of the contract.
    pub version: u32,
    /// The tool and its version.
    pub tool: &'static str,
    /// `block` or `event`.
    pub mode: &'static str,
    /// The rule set's SHA-256 in hex.
    pub rule_set: String,
    /// By name, then bytes.
    pub sources: Vec<Source>,
    /// By source, then offset.
    pub problems: Vec<Problem>,
    /// By id.
    pub rules: Vec<Rule>,
    /// By score, highest first, then rule id, then the row order of the search.
    pub results: Vec<Row>,
    /// The script blocks of the results, by time, computer and id.
    pub script_blocks: Vec<Block>,
    /// By distinct score, highest first, then score, type and object.
    pub risk_objects: Vec<RiskObject>,
    /// Results that belong together, by time: those of one process, or close in time.
    pub acts: Vec<Act>,
    /// Risk objects that a correlation rule raised.
    pub findings: Vec<Finding>,
    /// Sums.
    pub totals: Totals,
}

/// An input: a file, a stream, or a member of an archive.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Source {
    /// Base name, or path inside the folder or archive.
    pub name: String,
    /// Length in bytes.
    pub bytes: u64,
    /// `evtx`, `xml`, `json`, `classic` or `csv`; `None` where no format was detected.
    pub format: Option<String>,
    /// `utf-8`, `utf-16le`, `utf-16be` or the name of a code page, such as `windows-1252`: of the first text, if the
    /// encoding changes.
    pub encoding: Option<String>,
    /// Bytes of text that are no characters of its encoding. U+FFFD replaces them.
    pub replaced_bytes: u64,
    /// Events of any id.
    pub records: u64,
    /// Script block records (event 4104).
    pub events: u64,
    /// Script blocks whose first present part is in this source; in event mode, all its events.
    pub script_blocks: u64,
    /// Script blocks of these that lack parts.
    pub incomplete: u64,
    /// Script block records encrypted by Protected Event Logging.
    pub encrypted: u64,
    /// Script block records read from space that an EVTX chunk does not use, or past the end that its header gives.
    pub recovered: u64,
    /// Events of every other id, counted by id.
    #[serde(serialize_with = "by_id")]
    pub other_events: BTreeMap<u32, u64>,
    /// Time of the earliest event.
    pub first_time: Option<String>,
    /// Time of the latest event.
    pub last_time: Option<String>,
    /// Computers of its events, sorted.
    pub computers: Vec<String>,
    /// Fields that none of its script block records has, of those that searches group by.
    pub missing_fields: Vec<&'static str>,
    /// Whether times are without a zone.
    pub zone_assumed: bool,
    /// SHA-256 of its bytes in hex, with [`Options::sha256`](crate::Options::sha256).
    pub sha256: Option<String>,
    /// Problems of this source, those that are not listed included.
    pub problems: u64,
}

/// An error, a warning or a note, as data.
///
/// ```
/// use scriptscope::{Options, Session};
///
/// let mut session = Session::new(Options::default()).unwrap();
/// session.begin("empty.evtx").unwrap();
/// session.end().unwrap();
/// for problem in session.report().problems {
///     eprintln!("{}: {}", problem.source.as_deref().unwrap_or("rules"), problem.message);
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Problem {
    /// Name of the source or rule file.
    pub source: Option<String>,
    /// Id of the rule.
    pub rule: Option<String>,
    /// `error`, `warning` or `info`.
    pub severity: &'static str,
    /// The kind of problem in kebab case: stable, for programs.
    pub code: String,
    /// The problem in words.
    pub message: String,
    /// Byte offset in the source.
    pub offset: Option<u64>,
    /// Line in a rule file, from 1.
    pub line: Option<u32>,
    /// Column in a rule file, from 1.
    pub column: Option<u32>,
    /// `EventRecordID`.
    pub record: Option<String>,
}

/// A rule, and what it found.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Rule {
    /// UUID, or a hash of a rule that has no id.
    pub id: String,
    /// Name.
    pub title: String,
    /// `builtin`, `splunk` or `sigma`.
    pub kind: String,
    /// `TTP`, `Anomaly`, `Hunting` or `Correlation`.
    #[serde(rename = "type")]
    pub rule_type: Option<String>,
    /// Sigma's level.
    pub level: Option<String>,
    /// Whether it ran: the status is `ran`.
    pub enabled: bool,
    /// What became of it.
    pub status: RuleStatus,
    /// Why it did not run, in words.
    pub status_reason: Option<String>,
    /// Why it cannot run: the status is `refused`.
    pub refused: Option<Refused>,
    /// Columns of its results.
    pub columns: Vec<String>,
    /// Script blocks that it matched.
    pub matched: u64,
    /// Further script blocks of which it matched only a deobfuscated view.
    pub matched_in_views: u64,
    /// Results.
    pub rows: u64,
    /// Matched script blocks without a result, because they lack a field that the search groups by.
    pub dropped: u64,
    /// Results that a filter macro or the allow-list hides.
    pub suppressed: u64,
    /// Cost of its search.
    pub cost: Cost,
    /// Techniques and their tactics.
    pub attack: Vec<Attack>,
    /// Analytic stories.
    pub stories: Vec<String>,
    /// What the rule detects.
    pub description: Option<String>,
    /// Harmless causes of a match.
    pub false_positives: Option<String>,
    /// Addresses of further reading, unchecked.
    pub references: Vec<String>,
}

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum RuleStatus {
    /// It ran.
    Ran,
    /// It is switched off.
    Disabled,
    /// The engine cannot run it.
    Refused,
    /// It requires another event than 4104, or a field that no event has: no log can have a match.
    CannotMatch,
    /// It is about another log. Only lists of rules have it; a report counts it in [`Totals::rules_not_applicable`].
    NotApplicable,
}

/// Why a rule cannot run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by what they are")]
#[non_exhaustive]
pub struct Refused {
    pub reason: String,
    pub line: Option<u32>,
    pub column: Option<u32>,
}

/// The cost of a search, known before it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Cost {
    /// Literals of the prefilter: the search is evaluated only on texts that contain one.
    pub literals: usize,
    /// Regular expressions.
    pub patterns: usize,
    /// Whether it has none, so that it is evaluated on every script block.
    pub every_block: bool,
}

impl From<search::SearchCost> for Cost {
    fn from(cost: search::SearchCost) -> Self {
        let search::SearchCost { literals, patterns, every_block } = cost;
        Self { literals, patterns, every_block }
    }
}

/// An ATT&CK technique and its tactics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Attack {
    /// Id, such as `T1059.001`. The id of a tactic (`TA0002`) if the rule names no technique.
    pub technique: String,
    /// Name, such as `PowerShell`, if ATT&CK Enterprise 17 has the technique.
    pub name: Option<&'static str>,
    /// Names of the tactics, such as `Execution`.
    pub tactics: Vec<String>,
}

/// A result: a row of a rule's table, and the script blocks it was made from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Row {
    /// Hash of the rule's id and of the row's cells but counts and times: the same for the same row in any report.
    pub id: String,
    /// Id of the rule.
    pub rule_id: String,
    /// The cells by column, in the order of the search.
    pub fields: Fields,
    /// Script blocks that the row was made from.
    pub count: u64,
    /// Time of the earliest of them.
    pub first_time: Option<String>,
    /// Time of the latest of them.
    pub last_time: Option<String>,
    /// The rule's risk score.
    pub score: Number,
    /// The rule's message, with the row's values.
    pub message: Option<Arc<str>>,
    /// The filter macro or allow-list entry that hides it.
    pub suppressed_by: Option<String>,
    /// The earliest script blocks it was made from, a hundred at most.
    pub blocks: Vec<Matched>,
    /// The number of all script blocks it was made from.
    pub blocks_total: u64,
}

/// Cells by column name, in order. Serialised as an object.
///
/// ```
/// use scriptscope::report::{Cell, Fields};
///
/// let fields = Fields(vec![("Computer".into(), Cell::One("FS03".into()))]);
/// assert_eq!(fields.get("Computer"), Some(&Cell::One("FS03".into())));
/// assert_eq!(fields.get("count"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(pub Vec<(String, Cell)>);

/// A cell of a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// A value.
    One(Arc<str>),
    /// Several values.
    Many(Vec<Arc<str>>),
    /// No value.
    Null,
}

/// A script block of a result, with the ranges that matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by what they are")]
#[non_exhaustive]
pub struct Matched {
    pub id: String,
    pub spans: Vec<Spans>,
}

/// Ranges, in UTF-16 units, in one view of a script block's text. The view `original` is the text as logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by what they are")]
#[non_exhaustive]
pub struct Spans {
    pub view: String,
    pub ranges: Vec<(usize, usize)>,
}

/// A script, joined from its records.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Block {
    /// The same for the same block in any report.
    pub id: String,
    /// `ScriptBlockId`.
    pub script_block_id: Option<String>,
    /// The computer that ran it.
    pub computer: Option<String>,
    /// SID of the user, or the name that the log has instead.
    pub user: Option<String>,
    /// Path of the script file.
    pub path: Option<String>,
    /// Id of the process that ran it.
    pub process_id: Option<String>,
    /// Id of the thread that ran it.
    pub thread_id: Option<String>,
    /// 5 verbose, 3 warning, 2 error.
    pub level: Option<u8>,
    /// Time of the part with the lowest number.
    pub time: Option<String>,
    /// The text. A result's `ScriptBlockText` shares it.
    pub text: Arc<str>,
    /// The number of parts that Windows logged.
    pub total: Option<u32>,
    /// Numbers of the parts that were read.
    pub present: Vec<u32>,
    /// Offsets in the text, in UTF-16 units, where parts are missing.
    pub gaps: Vec<u64>,
    /// Number of this text, from 1, if records give the script block different texts.
    pub variant: Option<u32>,
    /// The records it was read from, one a part.
    pub events: Vec<EventPlace>,
}

/// A record's source and place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by what they are")]
#[non_exhaustive]
pub struct EventPlace {
    pub source: String,
    pub record: Option<String>,
    pub offset: Option<u64>,
    pub part: u32,
    pub time: Option<String>,
    /// The record was read from space that its EVTX chunk does not use, or past the end that the chunk's header gives.
    pub recovered: bool,
}

/// A computer, a user or another thing at risk.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RiskObject {
    /// Its name, in its most common spelling. The service accounts S-1-5-18, -19 and -20 are an object on each computer, as
    /// `FS03\S-1-5-18`.
    pub object: String,
    /// `system`, `user` or `other`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name of a user whose object is a SID, if the logs or an identity list give it.
    pub name: Option<String>,
    /// The figure that it is ranked by: the largest value, over all windows of 24 hours or of
    /// [`Options::risk_window`](crate::Options::risk_window), of the sum of each rule's highest score in the window. Events
    /// without a time are in every window.
    pub distinct_score: Number,
    /// Time of the first event in the earliest window with this figure. Its addends are each rule's highest event from then to
    /// [`RiskObject::distinct_last_time`], and without a time.
    pub distinct_first_time: Option<String>,
    /// Time of the last event in this window.
    pub distinct_last_time: Option<String>,
    /// Sum of its events' scores, as Splunk adds them.
    pub score: Number,
    /// Time of the earliest event.
    pub first_time: Option<String>,
    /// Time of the latest event.
    pub last_time: Option<String>,
    /// Tactics of the events' rules.
    pub tactics: Vec<String>,
    /// For each rule, by id, the number of script blocks that may match and are not kept, because of a limit. They are in
    /// no sum.
    pub not_kept: BTreeMap<String, u64>,
    /// Its risk events, by time.
    pub events: Vec<RiskEvent>,
}

/// The risk that one result adds to one object.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RiskEvent {
    /// Id of the result, shared with it.
    pub result_id: Arc<str>,
    /// Id of the result's rule.
    pub rule_id: Arc<str>,
    /// Risk that is added, the factor included.
    pub score: Number,
    /// How often the rule's score counts: 2 for a critical machine of the asset lists, else 1.
    pub factor: u32,
    /// What makes the machine critical, as the asset list has it.
    pub factor_reason: Option<String>,
    /// Whether the report lists the result. A limit may keep it out; the risk counts all the same.
    pub result_kept: bool,
    /// Time of the latest script block of the result.
    pub time: Option<String>,
    /// The rule's message, with the row's values.
    pub message: Option<Arc<str>>,
    /// Values of the row that name the threat.
    pub threat_objects: Vec<ThreatObject>,
}

/// A value that names a threat: an address, a process, a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by what they are")]
#[non_exhaustive]
pub struct ThreatObject {
    pub field: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub value: String,
}

/// A risk object that a correlation rule raised.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Finding {
    /// Name of the correlation rule.
    pub rule: String,
    /// The risk object.
    pub object: String,
    /// `system`, `user` or `other`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Sum of the scores in the window.
    pub score: Number,
    /// `medium`, `high` or `critical`.
    pub severity: String,
    /// Time of the first event in the window.
    pub first_time: String,
    /// Time of the last event in the window.
    pub last_time: String,
    /// Tactics in the window.
    pub tactics: Vec<String>,
    /// Ids of the results in the window.
    pub results: Vec<String>,
}

/// Results that belong together: their script blocks are of one computer and process, or, where no process is known, of one
/// computer with at most five seconds from one to the next. Results that a filter macro or the allow-list hides are in none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Act {
    /// The same for the same process in any report; without a process, for the same first result and time.
    pub id: String,
    /// The computer, as its risk object is spelled.
    pub object: Option<String>,
    /// The process id, if the script blocks have one.
    pub process_id: Option<String>,
    /// Time of the earliest script block.
    pub first_time: Option<String>,
    /// Time of the latest script block.
    pub last_time: Option<String>,
    /// Ids of the results, by the time of their first script block in the act.
    pub result_ids: Vec<String>,
    /// Ids of their rules, sorted.
    pub rules: Vec<String>,
}

/// Sums over the report's sources and lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "sums of what the sources and lists above say")]
#[non_exhaustive]
pub struct Totals {
    pub sources: u64,
    pub bytes: u64,
    pub records: u64,
    pub events: u64,
    pub script_blocks: u64,
    pub incomplete: u64,
    pub results: u64,
    pub results_kept: u64,
    pub risk_objects: u64,
    pub problems: u64,
    /// Rules of the files that are about other logs, by kind of log.
    pub rules_not_applicable: BTreeMap<String, u64>,
}

/// A score in hundredths, so that sums are exact. Serialised as a number of points (25, 15.75).
///
/// ```
/// use scriptscope::report::Number;
///
/// let (whole, exact) = (Number(2_500), Number(1_575));
/// assert_eq!(serde_json::to_string(&[whole, exact]).unwrap(), "[25,15.75]");
/// assert_eq!((whole.to_string(), exact.points()), ("25".to_owned(), 15.75));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(pub i64);

impl Number {
    /// Returns the score in points.
    #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
    pub fn points(self) -> f64 {
        self.0 as f64 / 100.0
    }
}

/// Displays the score in points, with as many decimals as it has: `25`, `15.75`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (points, cents) = (self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100);
        let sign = if self.0 < 0 { "-" } else { "" };
        match cents {
            0 => write!(f, "{sign}{points}"),
            _ if cents % 10 == 0 => write!(f, "{sign}{points}.{}", cents / 10),
            _ => write!(f, "{sign}{points}.{cents:02}"),
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 100 == 0 {
            serializer.serialize_i64(self.0 / 100)
        } else {
            serializer.serialize_f64(self.points())
        }
    }
}

/// Serialises a map by number as an object, whose keys are strings in every format.
fn by_id<S: Serializer>(map: &BTreeMap<u32, u64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(map.iter().map(|(id, count)| (id.to_string(), count)))
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (column, cell) in &self.0 {
            map.serialize_entry(column, cell)?;
        }
        map.end()
    }
}

impl Fields {
    /// Returns the cell of a column.
    pub fn get(&self, column: &str) -> Option<&Cell> {
        self.0.iter().find(|(own, _)| own == column).map(|(_, cell)| cell)
    }
}

impl Report {
    /// Returns the script block with this id.
    pub fn block(&self, id: &str) -> Option<&Block> {
        self.script_blocks.iter().find(|block| block.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_displayed_as_json_has_it() {
        for hundredths in [0, 5, 50, 99, 100, 1_575, 2_500, -5, -150] {
            let score = Number(hundredths);
            assert_eq!(score.to_string(), serde_json::to_string(&score).unwrap());
        }
    }
}
