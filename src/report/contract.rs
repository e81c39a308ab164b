//! The report's types: version 1 of the contract, and the only types that are serialised.

use crate::search;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that is known about the logs, under the rules.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Always `scriptscope.report`.
    pub format: &'static str,
    /// Version of the contract.
    pub version: u32,
    /// What made it: `scriptscope` and its version.
    pub tool: &'static str,
    /// `block` or `event`.
    pub mode: &'static str,
    /// Hash of the rule set.
    pub rule_set: String,
    /// By name, then bytes.
    pub sources: Vec<Source>,
    /// By source, then offset.
    pub problems: Vec<Problem>,
    /// By id.
    pub rules: Vec<Rule>,
    /// By score, highest first, then rule id, then the row order of the search.
    pub results: Vec<Row>,
    /// Those that results name, by time, computer and id.
    pub script_blocks: Vec<Block>,
    /// By score, highest first, then type and object.
    pub risk_objects: Vec<RiskObject>,
    /// What the correlation rules raise.
    pub findings: Vec<Finding>,
    /// Sums.
    pub totals: Totals,
}

/// One input.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Base name, or path inside the folder or archive.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// `evtx`, `xml`, `json`, `classic` or `csv`.
    pub format: Option<String>,
    /// `utf-8`, `utf-16le` or `utf-16be`.
    pub encoding: Option<String>,
    /// Events of any id.
    pub records: u64,
    /// Script block records, one each.
    pub events: u64,
    /// Blocks whose first present part is here; in event mode, all events.
    pub script_blocks: u64,
    /// Those of them that lack parts.
    pub incomplete: u64,
    /// Script block records encrypted by Protected Event Logging.
    pub encrypted: u64,
    /// How many events of each other id.
    #[serde(serialize_with = "by_id")]
    pub other_events: BTreeMap<u32, u64>,
    /// Time of the earliest event.
    pub first_time: Option<String>,
    /// Time of the latest event.
    pub last_time: Option<String>,
    /// Machines named by its events, sorted.
    pub computers: Vec<String>,
    /// Fields that searches group by and that none of its script block records has.
    pub missing_fields: Vec<&'static str>,
    /// Times were written without a zone.
    pub zone_assumed: bool,
    /// Of its bytes, if asked for.
    pub sha256: Option<String>,
    /// Problems met in it, those not kept included.
    pub problems: u64,
}

/// Something that went wrong or must be said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The source's or rule file's name.
    pub source: Option<String>,
    /// The rule's id.
    pub rule: Option<String>,
    /// `error`, `warning` or `info`.
    pub severity: &'static str,
    /// For programs, in kebab case.
    pub code: String,
    /// For people.
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

/// A detection and what it did.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// Its name.
    pub title: String,
    /// `builtin`, `splunk` or `sigma`.
    pub kind: String,
    /// `TTP`, `Anomaly`, `Hunting` or `Correlation`.
    #[serde(rename = "type")]
    pub rule_type: Option<String>,
    /// Sigma's level.
    pub level: Option<String>,
    /// It was run.
    pub enabled: bool,
    /// Why it could not be.
    pub refused: Option<Refused>,
    /// The columns of its table.
    pub columns: Vec<String>,
    /// Script blocks that its search kept.
    pub matched: u64,
    /// Further script blocks that it kept for what is hidden in their text.
    pub matched_in_views: u64,
    /// Rows of its table.
    pub rows: u64,
    /// Script blocks that it kept and that lack a field it groups by.
    pub dropped: u64,
    /// Rows that an allow-list takes out.
    pub suppressed: u64,
    /// What it costs.
    pub cost: Cost,
    /// Techniques and their tactics.
    pub attack: Vec<Attack>,
    /// Analytic stories.
    pub stories: Vec<String>,
    /// What it finds.
    pub description: Option<String>,
    /// What else looks like it.
    pub false_positives: Option<String>,
    /// Addresses to read on, as text.
    pub references: Vec<String>,
}

/// Why a rule could not be run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by what they are")]
pub struct Refused {
    pub reason: String,
    pub line: Option<u32>,
    pub column: Option<u32>,
}

/// What a rule costs, told from its search alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// Literals of which one must stand in a text before it is looked at.
    pub literals: usize,
    /// Regular expressions.
    pub patterns: usize,
    /// It has no such literals and looks at every script block.
    pub every_block: bool,
}

impl From<search::SearchCost> for Cost {
    fn from(cost: search::SearchCost) -> Self {
        let search::SearchCost { literals, patterns, every_block } = cost;
        Self { literals, patterns, every_block }
    }
}

/// A technique and the tactics it serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by what they are")]
pub struct Attack {
    pub technique: String,
    pub tactics: Vec<String>,
}

/// A result: a row of a rule's table, and what is behind it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Hash of the rule's id and of what the row groups.
    pub id: String,
    /// The rule.
    pub rule_id: String,
    /// The cells under their columns, in the search's order.
    pub fields: Fields,
    /// Script blocks behind it.
    pub count: u64,
    /// Time of the earliest of them.
    pub first_time: Option<String>,
    /// Time of the latest of them.
    pub last_time: Option<String>,
    /// The risk it makes.
    pub score: Number,
    /// What it means, in words.
    pub message: Option<String>,
    /// The allow-list that takes it out.
    pub suppressed_by: Option<String>,
    /// The first script blocks behind it.
    pub blocks: Vec<Matched>,
    /// How many there are.
    pub blocks_total: u64,
}

/// Column names and cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(pub Vec<(String, Cell)>);

/// One cell.
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

/// A script block behind a result, and what in it matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by what they are")]
pub struct Matched {
    pub id: String,
    pub spans: Vec<Spans>,
}

/// Ranges in one view of a script block's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by what they are")]
pub struct Spans {
    pub view: String,
    pub ranges: Vec<(usize, usize)>,
}

/// A script block.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Block {
    /// Stable for the same block in any report.
    pub id: String,
    /// `ScriptBlockId`.
    pub script_block_id: Option<String>,
    /// The machine.
    pub computer: Option<String>,
    /// The user's SID, or what stands in its place.
    pub user: Option<String>,
    /// The script file.
    pub path: Option<String>,
    /// 5 verbose, 3 warning, 2 error.
    pub level: Option<u8>,
    /// Of its lowest part.
    pub time: Option<String>,
    /// The whole text.
    pub text: Arc<str>,
    /// How many parts there should be.
    pub total: Option<u32>,
    /// The parts there are.
    pub present: Vec<u32>,
    /// Where in the text parts are missing.
    pub gaps: Vec<u64>,
    /// The records it was read from, one a part.
    pub events: Vec<EventPlace>,
}

/// Where a record stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by what they are")]
pub struct EventPlace {
    pub source: String,
    pub record: Option<String>,
    pub offset: Option<u64>,
    pub part: u32,
    pub time: Option<String>,
}

/// A machine, user or other thing at risk.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RiskObject {
    /// Its name.
    pub object: String,
    /// `system`, `user` or `other`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The sum of its events' scores.
    pub score: Number,
    /// Time of the earliest.
    pub first_time: Option<String>,
    /// Time of the latest.
    pub last_time: Option<String>,
    /// Tactics of the rules behind them.
    pub tactics: Vec<String>,
    /// What counts against it.
    pub events: Vec<RiskEvent>,
}

/// What one result counts against one object.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RiskEvent {
    /// The result.
    pub result_id: String,
    /// Its rule.
    pub rule_id: String,
    /// How much.
    pub score: Number,
    /// When.
    pub time: Option<String>,
    /// Why, in words.
    pub message: Option<String>,
    /// What threatened the object.
    pub threat_objects: Vec<ThreatObject>,
}

/// What threatens an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by what they are")]
pub struct ThreatObject {
    pub field: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub value: String,
}

/// What a correlation rule raises.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The correlation rule.
    pub rule: String,
    /// The object it raises.
    pub object: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// Sum of the scores in the window.
    pub score: Number,
    /// `medium`, `high` or `critical`.
    pub severity: String,
    /// The window's first event.
    pub first_time: String,
    /// The window's last event.
    pub last_time: String,
    /// Tactics in the window.
    pub tactics: Vec<String>,
    /// Results in the window.
    pub results: Vec<String>,
}

/// Sums over the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "sums of what the sources and lists above say")]
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
}

/// A score: an exact number of hundredths, written as JSON writes numbers (25, 15.75).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(pub i64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % 100 == 0 {
            serializer.serialize_i64(self.0 / 100)
        } else {
            #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
            serializer.serialize_f64(self.0 as f64 / 100.0)
        }
    }
}

/// A map by number as an object: its names are strings, also where no text is written.
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
    /// The cell under a column.
    pub fn get(&self, column: &str) -> Option<&Cell> {
        self.0.iter().find(|(own, _)| own == column).map(|(_, cell)| cell)
    }
}

impl Report {
    /// The script block of an id.
    pub fn block(&self, id: &str) -> Option<&Block> {
        self.script_blocks.iter().find(|block| block.id == id)
    }
}
