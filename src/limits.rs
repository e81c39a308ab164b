//! Every bound in one place, each with its reason.
//!
//! Logs are written by attackers as well as by machines: nothing that a log says may decide how much
//! memory or time is spent on it. A bound that is reached is always said as a [`Problem`](crate::error::Problem).

/// One record of a text format (an XML `<Event>`, a JSON document, a CSV row, a classic event).
/// A 4104 part holds under 20,000 UTF-16 units; escaped six-fold and wrapped in its envelope it stays
/// far below this. What is longer is skipped to its end and said.
pub(crate) const RECORD_BYTES: usize = 2 << 20;

/// Layouts of records that are remembered of one source: a log has some kinds of events that are frequent.
pub(crate) const LAYOUTS: usize = 32;

/// Bytes between the values of a record whose layout is remembered. Real events have some 1,000.
pub(crate) const LAYOUT_BYTES: usize = 16 << 10;

/// Values of a record whose layout is remembered. Real events have some 30.
pub(crate) const LAYOUT_VALUES: usize = 256;

/// Bytes of a value that is compared whole where records of a layout have it in common.
pub(crate) const LAYOUT_CONSTANT_BYTES: usize = 256;

/// Elements, objects or arrays within each other in one record. Real events nest six deep.
pub(crate) const NESTING: usize = 64;

/// Fields kept of one record, so that a record of a million tiny fields stays cheap.
pub(crate) const FIELDS: usize = 1_024;

/// BinXML tokens read of one EVTX chunk. A chunk of 64 KiB holds fewer, but records may refer to the same
/// template again and again; real chunks need some 100,000 when every record is decoded as a whole.
pub(crate) const EVTX_TOKENS: u32 = 1 << 20;

/// BinXML fragments within each other: templates and values that are fragments. Real events nest two deep.
pub(crate) const EVTX_FRAGMENTS: usize = 16;

/// Bytes of text kept of one EVTX record: a template may put the same value in many places.
pub(crate) const EVTX_EVENT_BYTES: usize = 1 << 20;

/// A text that is kept for a moment with the rules that may want it, so that it is not scanned again when they are
/// evaluated. Hardly any script is longer.
pub(crate) const CACHED_TEXT_BYTES: usize = 1 << 20;

/// One joined script block. The largest real module scripts are some 5 MB.
pub(crate) const TEXT_BYTES: usize = 32 << 20;

/// Parts of one script block. Windows cuts at 10,000 units or more, so that a text of [`TEXT_BYTES`] has some 3,000.
pub(crate) const PARTS: u32 = 1 << 14;

/// Bytes of unfinished script blocks held while their other parts may still come. Parts of one script
/// follow each other closely in real logs; past this, the oldest is searched as it stands, and said.
pub(crate) const INCOMPLETE_BLOCK_BYTES: usize = 8 << 20;

/// Bytes of finished script blocks in several parts that no rule wants, held for the case that a longer text of
/// one of their parts still comes.
pub(crate) const UNMATCHED_BLOCK_BYTES: usize = 2 << 20;

/// Bytes of the blocks that rules want, as a report writes them, with a share for each rule that wants one. Past this
/// they are counted and not kept: a report of more would be longer than a string may be in JavaScript.
pub(crate) const MATCHED_BLOCK_BYTES: usize = 256 << 20;

/// Different script blocks remembered to tell a repeated one: some 2 GB of a dense log, in 11 MiB. Past this
/// a repetition counts again. (A hash table of 2^18 places is full with seven eighths of them.)
pub(crate) const REMEMBERED_BLOCKS: usize = (1 << 18) / 8 * 7;

/// Records kept that carry the same part of the same script block: one for each file with a copy.
pub(crate) const COPIES_PER_PART: usize = 64;

/// Problems kept of one source; the rest are counted, and the count is said.
pub const PROBLEMS_PER_SOURCE: usize = 200;

/// Problems that a report lists of all sources: each has an equal share of them, and of each the first are listed. More
/// are read by nobody, and ten thousand damaged files have millions.
pub(crate) const PROBLEMS: usize = 100_000;

/// Different event ids counted of one source, and different computers named.
pub const NAMES_PER_SOURCE: usize = 1_000;

/// Bytes of a computer's name that a source lists. DNS names have at most 253.
pub(crate) const NAME_BYTES: usize = 1 << 10;

/// Bytes looked at to tell a format.
pub(crate) const SNIFF_BYTES: usize = 64 << 10;

/// Values that `list()` keeps, as Splunk does.
pub(crate) const LIST_VALUES: usize = 100;

/// Bytes of values that one `list()` or `values()` cell keeps.
pub(crate) const CELL_BYTES: usize = 1 << 20;

/// Results that a report lists, the rest being counted: more than anyone reads, and what a page can still show at
/// once. Their risk is in the sums all the same.
pub const RESULTS: usize = 20_000;

/// Script blocks named behind one result.
pub(crate) const BLOCKS_PER_RESULT: usize = 100;

/// Marked places in one script block's text, per result.
pub(crate) const HIGHLIGHTS_PER_BLOCK: usize = 200;

/// Bytes of a script block's text in which a regular expression's other places are marked, after the first. Scripts are
/// shorter by far, and expressions take far longer than all else that is done with a text.
pub(crate) const HIGHLIGHTED_BYTES: usize = 64 << 10;

/// One rule file. A published detection has 2 to 20 KB.
pub(crate) const RULE_BYTES: usize = 16 << 20;

/// Parentheses or functions within each other in a search, and collections within each other in YAML.
pub(crate) const SEARCH_NESTING: usize = 128;

/// Commands of one search, and names, values or functions that one command lists. Published ones have some 30; each
/// is worked through for every row.
pub(crate) const SEARCH_ITEMS: usize = 1_000;

/// Text of one search after its macros are filled in.
pub(crate) const SEARCH_BYTES: usize = 1 << 20;

/// Brackets and strings within each other that the lexer of scripts keeps apart. Past this a bracket is
/// only a character, which costs some colours.
pub(crate) const OPEN_BRACKETS: usize = 4_096;

/// Macros within each other. Published ones nest two deep.
pub(crate) const MACRO_DEPTH: usize = 16;

/// Values that one field of a row holds, and rows that one row becomes.
pub(crate) const FIELD_VALUES: usize = 10_000;

/// Compiled size of one regular expression. The longest published one, a list of 150 words, takes a tenth.
pub(crate) const REGEX_BYTES: usize = 1 << 20;

/// States of one regular expression that are remembered while it is looked for in a long text. Past this they are
/// forgotten and made anew.
pub(crate) const LAZY_DFA_BYTES: usize = 512 << 10;

/// States of one regular expression that are remembered from one text to the next: short texts alike need the same ones, and
/// hundreds of expressions may be in use.
pub(crate) const LAZY_DFA_RETAINED_BYTES: usize = 128 << 10;

/// States of one regular expression that counted repetitions such as `.{1,64}` are written out to. All of them may be
/// followed at each character of a text; those of published patterns come to 200.
pub(crate) const REGEX_STATES: usize = 4_000;

/// One document of a YAML file. A parser may have to hold the tokens of a whole document before it can tell
/// what the first of them is, and a token takes a hundred bytes.
pub(crate) const YAML_BYTES: usize = 1 << 20;

/// Documents in one YAML file. All of the public Sigma rules are some 5,000.
pub(crate) const YAML_DOCUMENTS: usize = 50_000;

/// Values in one YAML document, those that aliases stand for counted each time. A published detection has
/// some 100; aliases of aliases can make billions of a few lines.
pub(crate) const YAML_NODES: usize = 200_000;

/// Values of all documents that are laid under others of their file, counted each time. A published global document
/// has some 20, and lies under a handful.
pub(crate) const YAML_MERGED_VALUES: usize = 1_000_000;

/// Columns and cells of one lookup table.
pub(crate) const LOOKUP_COLUMNS: usize = 256;

/// Cells of one lookup table.
pub(crate) const LOOKUP_CELLS: usize = 4_000_000;

/// Tests that a Sigma rule's condition comes to with its names written out, a long text counting as several. The
/// largest public rule has some 300.
pub(crate) const SIGMA_VALUES: usize = 200_000;

/// Bytes of the texts that the values of one Sigma rule stand for, and of what is copied of a rule for the filters and
/// correlations that it is part of. The values of the largest public rule have some 10 KB.
pub(crate) const SIGMA_BYTES: usize = 16 << 20;

/// Regular expressions and fields to compare with of one Sigma rule: each may take a look at the whole of a text.
/// Published rules have some 20.
pub(crate) const SIGMA_PATTERNS: usize = 500;

/// Tests of Sigma filters, counted for each rule that one is laid on, and a 64th of the bytes that they are written in.
/// A hundred filters for each public rule about script blocks are 200,000.
pub(crate) const SIGMA_FILTER_PREDICATES: usize = 400_000;

/// Tests of the rules that correlation rules build on, counted for each time that one is named. Those of the largest
/// public rule three hundred times.
pub(crate) const CORRELATION_PREDICATES: usize = 100_000;

/// Rules of one correlation rule with those it builds on written out. Published ones have two or three.
pub(crate) const CORRELATION_RULES: usize = 256;

/// Correlation rules that build on one another. The specification shows two.
pub(crate) const CORRELATION_DEPTH: usize = 8;

/// Windows that one correlation rule raises for one risk object.
pub(crate) const FINDINGS_PER_OBJECT: usize = 20;

/// Longest text that is looked behind while logs are searched. Scripts that unpack themselves are shorter by far, and so
/// one costs little time and memory, whatever it says.
pub(crate) const OBFUSCATED_BYTES: usize = 256 << 10;

/// Disguised texts behind which no rule finds anything, and what they weigh: those of one log that run again and again.
pub(crate) const NEGATIVE_CACHE_TEXTS: usize = 1_024;
/// See [`NEGATIVE_CACHE_TEXTS`].
pub(crate) const NEGATIVE_CACHE_BYTES: usize = 512 << 10;

/// Texts found behind the text of one script. Real droppers wrap themselves three or four times.
pub(crate) const VIEWS: usize = 16;

/// Bytes of all texts found behind the text of one script.
pub(crate) const VIEW_BYTES: usize = 16 << 20;

/// The same for each byte of the script. What is packed can say a thousand times as much as stands there, and a log can
/// hold a thousand such scripts; one that is packed and wrapped says some ten times as much with all its layers.
pub(crate) const VIEW_FACTOR: usize = 16;

/// Bytes that the texts behind a script may take, however short it is.
pub(crate) const VIEW_MIN_BYTES: usize = 4 << 10;

/// Bytes that putting strings together may produce and look through for each byte of a script, so that
/// formats of formats stay cheap. A payload with a dozen replacements in it takes as many.
pub(crate) const FOLD_FACTOR: usize = 32;

/// Tokens of one statement that are put together. What is longer is put together in pieces.
pub(crate) const FOLD_TOKENS: usize = 65_536;

/// Operators of one formula that can each lie below another. A published formula has some 20.
pub(crate) const EXPRESSION_DEPTH: usize = 512;

/// Entries of an allow-list: each is asked about every row.
pub(crate) const ALLOW_ENTRIES: usize = 10_000;

/// Values that one proposed entry of an allow-list names. A longer list is one that nobody reads.
pub(crate) const PROPOSED_VALUES: usize = 20;
