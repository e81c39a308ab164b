//! Every bound in one place, each with its reason.
//!
//! Logs are written by attackers as well as by machines: nothing that a log says may decide how much
//! memory or time is spent on it. A bound that is reached is always said as a [`Problem`](crate::error::Problem).

/// One record of a text format (an XML `<Event>`, a JSON document, a CSV row, a classic event).
/// A 4104 part holds under 20,000 UTF-16 units; escaped six-fold and wrapped in its envelope it stays
/// far below this. What is longer is skipped to its end and said.
pub const RECORD_BYTES: usize = 16 << 20;

/// Elements, objects or arrays within each other in one record. Real events nest six deep.
pub const NESTING: usize = 64;

/// Fields kept of one record, so that a record of a million tiny fields stays cheap.
pub const FIELDS: usize = 1_024;

/// One joined script block. The largest real module scripts are some 5 MB.
pub const TEXT_BYTES: usize = 32 << 20;

/// Parts of one script block: `MessageTotal` is a number that a log can make up.
pub const PARTS: u32 = 16_384;

/// Bytes of unfinished script blocks held while their other parts may still come. Past this, the whole
/// of the input is still searched, but blocks that are still open are searched as they stand.
pub const OPEN_BYTES: usize = 64 << 20;

/// Different script blocks remembered to tell a repeated one. Past this a repetition counts again.
pub const SEEN_BLOCKS: usize = 1 << 20;

/// Bytes of script text kept for results.
pub const KEPT_BYTES: usize = 512 << 20;

/// Problems kept of one source; the rest are counted, and the count is said.
pub const PROBLEMS_PER_SOURCE: usize = 200;

/// Different event ids counted of one source, and different computers named.
pub const NAMES_PER_SOURCE: usize = 1_000;

/// Bytes looked at to tell a format.
pub const SNIFF_BYTES: usize = 64 << 10;

/// Values that `list()` keeps, as Splunk does.
pub const LIST_VALUES: usize = 100;

/// Bytes of values that one `list()` or `values()` cell keeps.
pub const CELL_BYTES: usize = 1 << 20;

/// Script blocks named behind one result.
pub const BLOCKS_PER_RESULT: usize = 100;

/// Marked places in one script block's text, per result.
pub const SPANS_PER_BLOCK: usize = 200;

/// One rule file. A published detection has 2 to 20 KB.
pub const RULE_BYTES: usize = 16 << 20;

/// Parentheses or functions within each other in a search, and collections within each other in YAML.
pub const SEARCH_NESTING: usize = 128;

/// Text of one search after its macros are filled in.
pub const SEARCH_BYTES: usize = 1 << 20;
