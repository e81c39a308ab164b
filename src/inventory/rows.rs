//! The rows of lists of script blocks, and what is asked for.

use crate::report::Number;
use serde::{Deserialize, Serialize};

/// Which script blocks are listed, in which order.
///
/// ```
/// use scriptscope::inventory::{BlockQuery, BlockSort};
///
/// let json = r#"{"sort": "length", "descending": true, "filter": {"computer": "DC*", "matched": false}}"#;
/// let query: BlockQuery = serde_json::from_str(json).unwrap();
/// assert_eq!((query.sort, query.filter.matched), (BlockSort::Length, Some(false)));
/// assert!(serde_json::from_str::<BlockQuery>(r#"{"order": "time"}"#).is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BlockQuery {
    /// The order. Rows that are equal in it are in the order of time.
    pub sort: BlockSort,
    /// Whether the greatest is first.
    pub descending: bool,
    /// Rows to skip.
    pub offset: usize,
    /// Rows to return at most; `None`: all.
    pub limit: Option<usize>,
    /// Which script blocks are listed.
    pub filter: BlockFilter,
}

/// What script blocks are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the fields of the rows")]
pub enum BlockSort {
    #[default]
    Time,
    Computer,
    User,
    Process,
    Path,
    Length,
    Score,
    SeenOn,
}

impl BlockSort {
    /// Every value.
    pub const ALL: [Self; 8] = [
        Self::Time,
        Self::Computer,
        Self::User,
        Self::Process,
        Self::Path,
        Self::Length,
        Self::Score,
        Self::SeenOn,
    ];

    /// Returns its name, as JSON has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Computer => "computer",
            Self::User => "user",
            Self::Process => "process",
            Self::Path => "path",
            Self::Length => "length",
            Self::Score => "score",
            Self::SeenOn => "seenOn",
        }
    }
}

/// Which script blocks are listed: those that pass every test that is set. Names are compared without regard to case, and
/// `*` in them stands for any characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BlockFilter {
    /// The computer.
    pub computer: Option<String>,
    /// The user's SID or name.
    pub user: Option<String>,
    /// The number of the process.
    pub process: Option<String>,
    /// The path of the script file. An empty one: blocks without a path.
    pub path: Option<String>,
    /// Blocks logged at or after this ISO 8601 time.
    pub from: Option<String>,
    /// Blocks logged before this ISO 8601 time.
    pub to: Option<String>,
    /// Blocks with this text.
    pub text_id: Option<String>,
    /// Blocks with a text of this shape.
    pub shape_id: Option<String>,
    /// Whether a rule matches the block.
    pub matched: Option<bool>,
    /// Name of the source. A block that several sources have is in the first of them.
    pub source: Option<String>,
    /// Blocks with one of these ids, or with a text of one of these ids; empty: all.
    pub ids: Vec<String>,
    /// Blocks that a rule matches which has one of these ids; empty: any. One rule passes this test and the next two.
    pub rules: Vec<String>,
    /// Blocks that a rule for one of these ATT&CK techniques matches, such as `T1059.001`; empty: any.
    pub techniques: Vec<String>,
    /// Blocks that a rule of one of these levels matches: `critical`, `high`, `medium`, `low` or `informational`; empty: any.
    pub levels: Vec<String>,
}

/// A page of the list of script blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BlockList {
    /// Number of script blocks that were read and are listed.
    pub total: usize,
    /// Number of those that pass the filter.
    pub matching: usize,
    /// Number of further script blocks that are not listed because of a limit, about.
    pub not_listed: u64,
    /// The rows asked for.
    pub rows: Vec<BlockRow>,
}

/// A script block in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BlockRow {
    /// The id, in a report that has the block the same.
    pub id: String,
    /// `ScriptBlockId`.
    pub script_block_id: Option<String>,
    /// Time of the part with the lowest number.
    pub time: Option<String>,
    /// The computer that ran it.
    pub computer: Option<String>,
    /// SID of the user, or the name that the log has instead.
    pub user: Option<String>,
    /// Name of the user, if an event of the logs gives it or the SID is well known.
    pub user_name: Option<String>,
    /// Number of the process.
    pub process_id: Option<String>,
    /// Number of the thread.
    pub thread_id: Option<String>,
    /// Path of the script file.
    pub path: Option<String>,
    /// UTF-16 units of the text.
    pub length: u64,
    /// Number of parts that were read.
    pub parts: u32,
    /// Number of parts that Windows logged.
    pub total: u32,
    /// Sum of the scores of the rules that match it.
    pub score: Number,
    /// Number of the rules that match it.
    pub results: usize,
    /// Ids of the rules that match it.
    pub rules: Vec<String>,
    /// Worst level of these rules.
    pub level: Option<&'static str>,
    /// Number of computers with this text.
    pub seen_on: u32,
    /// The same for the same text.
    pub text_id: String,
    /// The same for texts that differ in numbers, GUIDs, paths and strings only; `None` for an incomplete block.
    pub shape_id: Option<String>,
    /// Name of the source.
    pub source: String,
    /// Event record id.
    pub record: Option<String>,
    /// Byte offset of the record in its source.
    pub offset: u64,
}

/// The neighbours of a script block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Neighbours {
    /// Whether they are those of the same process; else those of the same computer within a minute.
    pub same_process: bool,
    /// The block itself.
    pub block: BlockRow,
    /// Blocks before it, the nearest last.
    pub before: Vec<BlockRow>,
    /// Blocks after it, the nearest first.
    pub after: Vec<BlockRow>,
    /// Events beside them: of the same computer, from a minute before the first to a minute after the last.
    pub context: Vec<ContextEvent>,
}

/// Which events beside script blocks are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ContextQuery {
    /// The computer. `*` stands for any characters.
    pub computer: Option<String>,
    /// The number of the process.
    pub process: Option<String>,
    /// Events at or after this ISO 8601 time.
    pub from: Option<String>,
    /// Events before this ISO 8601 time.
    pub to: Option<String>,
    /// Only logs that were cleared, and starts of an engine that logs no script blocks.
    pub notable: bool,
    /// Events to skip.
    pub offset: usize,
    /// Events to return at most; `None`: all.
    pub limit: Option<usize>,
}

/// A page of the events beside script blocks, in the order of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ContextList {
    /// Number of events that match.
    pub total: usize,
    /// Number of events that are not listed because of a limit.
    pub not_listed: u64,
    /// The events asked for.
    pub rows: Vec<ContextEvent>,
}

/// An event beside script blocks. No rule searches it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ContextEvent {
    /// Time of logging.
    pub time: Option<String>,
    /// The computer that logged it.
    pub computer: Option<String>,
    /// SID of the user, or the name that the event has instead.
    pub user: Option<String>,
    /// Name of the user, if it is known.
    pub user_name: Option<String>,
    /// Number of the process; of a process creation, of the new one.
    pub process_id: Option<String>,
    /// The event id.
    pub event_id: u16,
    /// `engine-start`, `engine-stop`, `provider-start`, `pipeline`, `block-start`, `block-stop`, `console-start`,
    /// `log-cleared` or `process-creation`.
    pub kind: &'static str,
    /// The command line, the pipeline, the log that was cleared.
    pub text: String,
    /// What the command line hides, such as the text of `-EncodedCommand`.
    pub decoded: Option<String>,
    /// Command line of the program that runs PowerShell, unless it is the text.
    pub host_application: Option<String>,
    /// Version of the host.
    pub host_version: Option<String>,
    /// Version of the engine.
    pub engine_version: Option<String>,
    /// The engine is version 2, which logs no script blocks.
    pub is_downgrade: bool,
    /// Name of the source.
    pub source: String,
    /// Event record id.
    pub record: Option<String>,
    /// Byte offset of the record in its source.
    pub offset: u64,
}

/// Which scripts are listed, in which order.
///
/// ```
/// use scriptscope::inventory::{Sameness, ScriptQuery, ScriptSort};
///
/// let json = r#"{"by": "shape", "sort": "rarest", "limit": 20, "filter": {"computer": "DC*"}}"#;
/// let query: ScriptQuery = serde_json::from_str(json).unwrap();
/// assert_eq!((query.by, query.sort), (Sameness::Shape, ScriptSort::Rarest));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ScriptQuery {
    /// Which script blocks are the same script.
    pub by: Sameness,
    /// The order. Scripts that are equal in it are in the order of their first time.
    pub sort: ScriptSort,
    /// Whether the order is reversed.
    pub reversed: bool,
    /// Rows to skip.
    pub offset: usize,
    /// Rows to return at most; `None`: all.
    pub limit: Option<usize>,
    /// Which script blocks are counted.
    pub filter: BlockFilter,
}

/// Which script blocks are the same script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Sameness {
    /// Those with the same text.
    #[default]
    Text,
    /// Those whose texts differ in numbers, GUIDs, paths, strings and white space only. An incomplete block is the same as
    /// those with the same parts.
    Shape,
}

impl Sameness {
    /// Every value.
    pub const ALL: [Self; 2] = [Self::Text, Self::Shape];

    /// Returns its name, as JSON has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Shape => "shape",
        }
    }
}

/// What scripts are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ScriptSort {
    /// Those on the fewest computers first, then those of the fewest blocks, then days.
    #[default]
    Rarest,
    /// Those of the most blocks first.
    Count,
    /// The earliest first.
    First,
    /// Those of the highest score first.
    Score,
}

impl ScriptSort {
    /// Every value.
    pub const ALL: [Self; 4] = [Self::Rarest, Self::Count, Self::First, Self::Score];

    /// Returns its name, as JSON has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rarest => "rarest",
            Self::Count => "count",
            Self::First => "first",
            Self::Score => "score",
        }
    }
}

/// A page of the list of scripts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ScriptList {
    /// Number of scripts.
    pub total: usize,
    /// Number of scripts of one script block.
    pub seen_once: usize,
    /// Number of further script blocks that are not listed because of a limit, about.
    pub not_listed: u64,
    /// The rows asked for.
    pub rows: Vec<ScriptRow>,
}

/// A script in a list: the script blocks of one text or shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ScriptRow {
    /// `text_id` or `shape_id`, whichever makes blocks the same.
    pub id: String,
    /// That of the sample.
    pub text_id: String,
    /// That of the sample; `None` for an incomplete block.
    pub shape_id: Option<String>,
    /// Number of different texts.
    pub texts: u32,
    /// Number of script blocks.
    pub blocks: u32,
    /// Number of computers.
    pub computers: u32,
    /// Number of users.
    pub users: u32,
    /// Number of days, in UTC.
    pub days: u32,
    /// Time of the earliest script block.
    pub first_time: Option<String>,
    /// Time of the latest script block.
    pub last_time: Option<String>,
    /// Highest sum of the scores of the rules that match one of the script blocks.
    pub score: Number,
    /// Number of the rules that match the sample.
    pub results: usize,
    /// UTF-16 units of the sample's text.
    pub length: u64,
    /// Id of the script block with the highest score, of equals the earliest.
    pub sample_block_id: String,
    /// First line of the sample's text, if a rule matches it or it was read again
    /// ([`Session::read_block`](crate::Session::read_block)). Other texts are not in memory.
    pub first_line: Option<String>,
}

/// A range of a source whose bytes are needed to read a script block again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReadRange {
    /// Name of the source.
    pub source: String,
    /// First byte.
    pub offset: u64,
    /// Number of bytes. The source may end before.
    pub length: u64,
}

/// Which script blocks a [`Histogram`] counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HistogramQuery {
    /// First time; `None`: that of the first block.
    pub from: Option<String>,
    /// Last time, not counted itself; `None`: that of the last block.
    pub to: Option<String>,
    /// Number of intervals; 0: 100.
    pub bins: usize,
    /// What a lane is.
    pub by: LaneKind,
    /// Which script blocks are counted.
    pub filter: BlockFilter,
}

/// What a lane of a [`Histogram`] is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "named by what they are")]
pub enum LaneKind {
    #[default]
    Computer,
    User,
}

/// Numbers of script blocks over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Histogram {
    /// First time.
    pub from: Option<String>,
    /// Last time.
    pub to: Option<String>,
    /// Number of blocks without a time, which are in no interval.
    pub without_time: usize,
    /// Number of lanes that are not shown because of a limit.
    pub more_lanes: usize,
    /// The lanes: those with results first, then by name.
    pub lanes: Vec<Lane>,
}

/// The script blocks of a computer or user over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Lane {
    /// Computer or user; `None`: blocks without.
    pub name: Option<String>,
    /// Name of the user, if the logs give it or the SID is well known.
    pub user_name: Option<String>,
    /// Number of blocks in each interval.
    pub blocks: Vec<u32>,
    /// Number of blocks that rules match in each interval, by their worst level.
    pub results: LevelCounts,
}

/// Numbers by level.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "named by what they are")]
#[non_exhaustive]
pub struct LevelCounts {
    pub critical: Vec<u32>,
    pub high: Vec<u32>,
    pub medium: Vec<u32>,
    pub low: Vec<u32>,
    pub informational: Vec<u32>,
}

/// The levels, the worst first.
pub(super) const LEVELS: [&str; 5] = ["critical", "high", "medium", "low", "informational"];

impl LevelCounts {
    /// The counts in the order of [`LEVELS`].
    pub(super) fn levels(&mut self) -> [&mut Vec<u32>; 5] {
        [
            &mut self.critical,
            &mut self.high,
            &mut self.medium,
            &mut self.low,
            &mut self.informational,
        ]
    }
}
