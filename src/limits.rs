//! Every bound of the engine, each with its reason.
//!
//! Logs are written by attackers as well as by machines, so nothing in a log may decide how much memory or time is spent
//! on it. A bound that is reached is always reported as a [`Problem`](crate::error::Problem).
//!
//! Bounds are chosen well above real data, which the comments give where it was measured.

// Records.

/// Upper bound on bytes of one record of a text format: an XML `<Event>`, a JSON document, a CSV row, a classic event.
///
/// A part of a 4104 event holds fewer than 20,000 UTF-16 units. Escaped sixfold and wrapped in its envelope it stays far
/// below this. A longer record is skipped and reported.
pub(crate) const RECORD_BYTES: usize = 2 << 20;

/// Upper bound on record layouts remembered per source. A log has only a few frequent kinds of events.
pub(crate) const LAYOUTS: usize = 32;

/// Upper bound on bytes between the values of a record whose layout is remembered. Real events have some 1,000.
pub(crate) const LAYOUT_BYTES: usize = 16 << 10;

/// Upper bound on values of a record whose layout is remembered. Real events have some 30.
pub(crate) const LAYOUT_VALUES: usize = 256;

/// Upper bound on bytes of a value that is compared as one constant because all records of a layout share it.
pub(crate) const LAYOUT_CONSTANT_BYTES: usize = 256;

/// Upper bound on nested elements, objects or arrays in one record. Real events nest six deep.
pub(crate) const NESTING: usize = 64;

/// Upper bound on fields stored of one record, so that a record of a million tiny fields is cheap.
pub(crate) const FIELDS: usize = 1_024;

/// Upper bound on the length of a value's name, with those of its enclosing objects, that is looked up among the usual
/// names. The longest usual name has some 40 bytes; a longer name is stored as it is.
pub(crate) const KNOWN_NAME_BYTES: usize = 256;

/// Upper bound on times stored of one record, of which the best that can be read is used. Real records have up to four.
pub(crate) const RECORD_TIMES: usize = 8;

/// Upper bound on the length of a text that is tried as a time because of its form alone.
pub(crate) const TIME_BYTES: usize = 64;

/// Upper bound on BinXML tokens read of one EVTX chunk.
///
/// A chunk of 64 KiB holds fewer, but its records may refer to the same template any number of times. Real chunks need
/// some 100,000 tokens when every record is decoded completely.
pub(crate) const EVTX_TOKENS: u32 = 1 << 20;

/// Upper bound on nested BinXML fragments: templates, and values that are fragments. Real events nest two deep.
pub(crate) const EVTX_FRAGMENTS: usize = 16;

/// Upper bound on bytes of text stored of one EVTX record, because a template may repeat the same value many times.
pub(crate) const EVTX_EVENT_BYTES: usize = 1 << 20;

// Sources.

/// Upper bound on shapes of records that are remembered to lack the fields which rules ask for. Records of further shapes
/// are read in full. A log has only a few frequent kinds of events.
pub(crate) const POOR_SHAPES: usize = 1_024;

/// Upper bound on problems listed per source. The others are counted, and the count is reported.
pub const PROBLEMS_PER_SOURCE: usize = 200;

/// Upper bound on problems listed in a report. Every source has an equal share, filled with its first problems. Nobody
/// reads more, and ten thousand damaged files have millions.
pub(crate) const PROBLEMS: usize = 100_000;

/// Upper bound on distinct event ids counted per source, and on distinct computers named.
pub const NAMES_PER_SOURCE: usize = 1_000;

/// Upper bound on script blocks of a source that are compared for parts without numbers: two names and hashes each. Exports
/// without part numbers are tables of a few thousand rows.
pub(crate) const UNNUMBERED_BLOCKS: usize = 1 << 13;

/// Upper bound on bytes of a computer's name listed for a source. DNS names have at most 253.
pub(crate) const NAME_BYTES: usize = 1 << 10;

/// Upper bound on accounts whose names are kept, by SID. A domain of 10,000 people has as many; each takes some 100 bytes.
pub(crate) const USER_NAMES: usize = 1 << 16;

/// Upper bound on bytes of a SID with a name. The longest has 15 numbers of ten digits.
pub(crate) const SID_BYTES: usize = 192;

/// Bytes of a source that are examined to detect its format.
pub(crate) const SNIFF_BYTES: usize = 64 << 10;

// Script blocks.

/// Upper bound on bytes of one joined script block. The largest real module scripts have some 5 MB.
pub(crate) const TEXT_BYTES: usize = 32 << 20;

/// Upper bound on parts of one script block. Windows cuts at 10,000 units or more, so a text of [`TEXT_BYTES`] has some
/// 3,000 parts.
pub(crate) const PARTS: u32 = 1 << 14;

/// Upper bound on bytes of incomplete script blocks whose missing parts may still come.
///
/// Parts of one script are close to each other in real logs. Past this bound the oldest block is searched without its
/// missing parts, and reported by name. It is a quarter of [`MATCHED_BLOCK_BYTES`]: other scripts between two parts must
/// not hide a word that is cut by them.
pub(crate) const INCOMPLETE_BLOCK_BYTES: usize = 64 << 20;

/// Upper bound on bytes of complete script blocks of several parts that no rule matches, held in case another text of
/// one of their parts follows.
pub(crate) const UNMATCHED_BLOCK_BYTES: usize = 16 << 20;

/// Upper bound on bytes of matched script blocks, as a report writes them, with a share for each rule that matches one.
///
/// Past this bound blocks are counted but not stored: a longer report would exceed the length of a string in JavaScript.
/// Those of rules with a high score are stored first, and each rule and computer has a share.
pub(crate) const MATCHED_BLOCK_BYTES: usize = 256 << 20;

/// Upper bound on digests of script blocks, by which a repeated record is not counted again: some 16 GB of a dense log,
/// in 50 MiB.
///
/// Past this bound a sample of all blocks is remembered, and numbers of blocks are estimated from it. (A hash table of
/// 2^21 slots is full at seven eighths.)
pub(crate) const REMEMBERED_BLOCKS: usize = (1 << 21) / 8 * 7;

/// Upper bound on matched blocks that are not kept and remembered one by one, so that a repeated record is not counted
/// again: in some 40 MiB. Past this bound their numbers are estimated from a sample.
pub(crate) const NOT_KEPT_BLOCKS: usize = 1 << 20;

/// Upper bound on combinations of the texts of a script block's parts that are searched, where records give several
/// texts for one part. An export that cut texts beside a complete one makes two texts of each part.
///
/// Past this bound neighbouring parts are searched in pairs.
pub(crate) const COMBINATIONS: usize = 64;

/// Upper bound on texts of one part that are combined with other parts. Further ones are searched by themselves.
pub(crate) const PART_TEXTS: usize = 1_024;

/// Upper bound on bytes of pairs of neighbouring parts that are searched for one script block: 13,000 pairs of the
/// longest parts.
pub(crate) const PAIR_BYTES: usize = 512 << 20;

/// Upper bound on script blocks that a problem lists by computer and id. The others are counted.
pub(crate) const NAMED_BLOCKS: usize = 100;

/// Upper bound on bytes of recent records that are recognised when they come again, so that no rule is evaluated on them a
/// second time: those of one log that rules may match, where it is read in several copies.
pub(crate) const EVALUATED_RECORD_BYTES: usize = 4 << 20;

/// Upper bound on records stored that carry the same part of the same script block: one for each file with a copy.
pub(crate) const COPIES_PER_PART: usize = 64;

/// Upper bound on bytes of the last text that is cached with the rules that may match it, so that it is not scanned
/// again when these are evaluated. Hardly any script is longer.
pub(crate) const CACHED_TEXT_BYTES: usize = 1 << 20;

// The inventory.

/// Upper bound on script block records that are listed, matched or not: 64 bytes each, some 150 MiB with their index. A
/// log of 60 GB has as many.
///
/// Past this bound the blocks with the least hashes are listed, which is an even sample.
pub(crate) const INVENTORY_BLOCKS: usize = 2_000_000;

/// Upper bound on bytes of the distinct names in the list of script blocks: computers, users, paths, and script block ids
/// that are no GUIDs. Names of further blocks are left out.
pub(crate) const INVENTORY_NAME_BYTES: usize = 64 << 20;

/// Upper bound on events beside script blocks that are listed: some 10 MiB and their command lines. Past this bound those
/// of which there are few, such as engine starts, stay first, and of the others an even sample.
pub(crate) const CONTEXT_EVENTS: usize = 1 << 17;

/// Upper bound on events beside script blocks that are listed with the neighbours of one.
pub(crate) const CONTEXT_AROUND: usize = 200;

/// Upper bound on bytes of one command line that is listed. Windows allows 32,767 characters.
pub(crate) const COMMAND_LINE_BYTES: usize = 32 << 10;

/// Upper bound on bytes of the payload of one event of module logging that is listed: nobody reads longer lines.
pub(crate) const PAYLOAD_BYTES: usize = 512;

/// Upper bound on bytes of script blocks that were read again, to be shown: some of the longest, or thousands of others.
pub(crate) const REREAD_BYTES: usize = 64 << 20;

/// Upper bound on intervals of a histogram: one for each column of pixels of a wide screen.
pub(crate) const HISTOGRAM_BINS: usize = 4_096;

/// Upper bound on computers or users of a histogram. Nobody reads more, and each has an array for each level.
pub(crate) const HISTOGRAM_LANES: usize = 1_000;

// Deobfuscation views.

/// Upper bound on bytes of texts that are remembered with the rules that may match them and their views, so that a script
/// that is logged again is neither deobfuscated nor searched again. The scripts of a recorded attack have some 2 MB.
pub(crate) const TEXT_CACHE_BYTES: usize = 4 << 20;

/// Upper bound on bytes of scripts and views that are kept for the report, because rules match the views only: those of a
/// recorded attack have some 2 MB. Past this bound a report undoes the obfuscation again.
pub(crate) const KEPT_VIEW_BYTES: usize = 8 << 20;

/// Bytes from which a text is remembered by its digest, which takes a tenth of the time of its views: as itself it would
/// take the place of too many others.
pub(crate) const DIGESTED_BYTES: usize = TEXT_CACHE_BYTES / 9;

/// Upper bound on bytes of texts that are remembered with whether any rule may match them, so that a script that is logged
/// again is not scanned again. The scripts that PowerShell's sessions log over and over have less.
pub(crate) const VERDICT_BYTES: usize = 2 << 20;

/// Upper bound on bytes of all views of one script: the longest, [`TEXT_BYTES`], and what is hidden in it.
pub(crate) const VIEW_BYTES: usize = 2 * TEXT_BYTES;

/// Bytes that a view counts beside its text. Times [`VIEW_FACTOR`] it is less than the shortest base64 takes in a script:
/// so no number of short texts before another one hides it.
pub(crate) const VIEW_WEIGHT: usize = 128;

/// Upper bound on layers within layers. Real droppers wrap themselves three or four times, and each layer is a call.
pub(crate) const VIEW_DEPTH: usize = 64;

/// Upper bound on bytes of all views for each byte of the script.
///
/// Packed data expands up to a thousandfold, and a log may hold a thousand such scripts. All layers of a script that is
/// packed and wrapped have some ten times its length.
pub(crate) const VIEW_FACTOR: usize = 16;

/// Bytes that the views of a script may have however short it is.
pub(crate) const VIEW_MIN_BYTES: usize = 128 << 10;

/// Upper bound on bytes of work on command lines for each byte of a script.
pub(crate) const FOLD_FACTOR: usize = 32;

/// Upper bound on bytes that constant folding may produce and scan for each byte of a script, so that nested formats
/// are cheap. A payload in hexadecimal digits whose pairs are matched, converted and joined takes 40.
pub(crate) const EVALUATION_BYTES: usize = 64;

/// Tokens of a script that are evaluated together, in some 100 MiB at most: a longer script is divided between statements.
/// The largest real module scripts have fewer.
pub(crate) const EVALUATION_TOKENS: usize = 1 << 19;

/// Steps that loops and calls of a script may take for each byte of it while it is evaluated. A payload that a loop
/// decodes takes some ten for each byte.
pub(crate) const EVALUATION_STEPS: usize = 64;

/// Steps that loops and calls may take however short the script is.
pub(crate) const EVALUATION_MIN_STEPS: usize = 120_000;

/// Steps that a pass of a loop takes besides its own if its output is not known.
pub(crate) const UNKNOWN_PASS_STEPS: usize = 256;

/// Upper bound on steps of loops and calls: some tenths of a second.
pub(crate) const EVALUATION_MAX_STEPS: usize = 2_000_000;

/// Evaluations of an expression or statement outside of loops and calls for each byte of a script. Each is evaluated once
/// or twice, and has several bytes. Past this bound all evaluations are counted as those of loops are, so that no nesting
/// of a script multiplies its time.
pub(crate) const EVALUATION_VISITS: usize = 4;

/// Bytes that the values of a script may have however short it is.
pub(crate) const EVALUATION_MIN_BYTES: usize = 256 << 10;

/// Bytes of a value that an operation outside of loops and calls may yield without being counted: so large values at the
/// start of a script do not hide small ones after them.
pub(crate) const EVALUATION_FREE_BYTES: usize = 4 << 10;

/// Upper bound on the depth of evaluation: brackets within brackets, and calls within calls.
pub(crate) const EVALUATION_DEPTH: usize = 160;

/// Depth of evaluation that a call counts as.
pub(crate) const CALL_DEPTH: usize = 8;

/// Upper bound on digits of a whole number of any size: reading it takes their square.
pub(crate) const BIG_DIGITS: usize = 8 << 10;

/// Upper bound on the depth of JSON that a script holds.
pub(crate) const JSON_DEPTH: usize = 32;

/// Upper bound on values of one list that an operation yields.
pub(crate) const EVALUATION_VALUES: usize = 1 << 20;

/// Upper bound on bytes of a command line that are read for the scripts that it runs: `CreateProcess` takes 32,767
/// characters.
pub(crate) const LAUNCH_LINE_BYTES: usize = 64 << 10;

/// Upper bound on bytes that the variables and loops of a command line may read and write.
pub(crate) const COMMAND_LINE_WORK: usize = 1 << 20;

/// Upper bound on bytes of a text that is evaluated for the value that it yields when it runs: longer ones are scripts, which
/// are read by themselves.
pub(crate) const CODE_BYTES: usize = 256;

/// Depth to which such texts run one another.
pub(crate) const CODE_NESTING: usize = 2;

/// Bytes that evaluating such a text may take.
pub(crate) const CODE_WORK: usize = 4 << 10;

/// Upper bound on entries of a hash table that a script fills one by one: each is found by a search of all.
pub(crate) const EVALUATION_TABLE: usize = 4_096;

/// Regular expressions of a script that are remembered, compiled.
pub(crate) const EVALUATION_PATTERNS: usize = 64;

/// Bytes that compiling a regular expression counts as beside its own.
pub(crate) const PATTERN_WORK: usize = 256;

/// Upper bound on values of a list that a view writes out.
pub(crate) const SHOWN_VALUES: usize = 4_096;

/// Bytes from which a string that a script computes may be a script of its own.
pub(crate) const SCRIPT_STRING_BYTES: usize = 12;

/// Upper bound on strings of a script, and on commands of a command line, that are looked at as scripts: each takes a few
/// bytes of it, and all together the bytes of views.
pub(crate) const SCRIPT_STRINGS: usize = 1 << 16;

/// Upper bound on strings of a script that are no view if the script can be read without one: each is looked for in all of it.
pub(crate) const SCRIPT_STRINGS_READ: usize = 64;

/// Upper bound on brackets and prefix operators that one expression of a script is nested in while it is evaluated. What
/// is nested deeper is evaluated by itself. Parsing recurses, and the stack of a browser's worker is small.
pub(crate) const SCRIPT_NESTING: usize = 48;

/// Upper bound on open brackets and strings that the PowerShell lexer tracks. Past this bound a bracket is an ordinary
/// character, which affects only colours.
pub(crate) const OPEN_BRACKETS: usize = 4_096;

// Indicators.

/// Bytes from which an indicator is counted as too long, and not listed. Paths end at 32,767 units, and URLs of attacks that
/// carry data have some 2,000.
pub(crate) const INDICATOR_BYTES: usize = 4 << 10;

/// Upper bound on distinct indicators of one text and of each of its views. A script with a list of blocked hosts has some
/// thousands.
pub(crate) const TEXT_INDICATORS: usize = 20_000;

/// Upper bound on distinct indicators of a session, those left out included: some 50 MB.
pub(crate) const INDICATORS: usize = 200_000;

/// Upper bound on bytes of the indicators that are remembered for each text, where those of every text are asked for: of
/// some 100,000 scripts.
pub(crate) const TEXT_INDEX_BYTES: usize = 64 << 20;

/// Upper bound on computers counted for one indicator.
pub(crate) const INDICATOR_COMPUTERS: usize = 1_000;

/// Script blocks named for one indicator: the earliest.
pub(crate) const INDICATOR_BLOCKS: usize = 20;

// Formatted scripts.

/// Upper bound on bytes of a script that is formatted for reading: longer ones are shown as they are.
pub(crate) const FORMATTED_BYTES: usize = 8 << 20;

/// Upper bound on bytes of a formatted script for each byte of the script: line breaks and indentation of a text of brackets.
pub(crate) const FORMATTED_FACTOR: usize = 8;

// Results.

/// Upper bound on results that a report lists: more than anyone reads, and as many as a page can show. The others are
/// counted, and their risk is included in all sums.
pub const RESULTS: usize = 20_000;

/// Upper bound on script blocks listed with one result.
pub(crate) const BLOCKS_PER_RESULT: usize = 100;

/// Upper bound on highlights in one script block's text per result.
pub(crate) const HIGHLIGHTS_PER_BLOCK: usize = 200;

/// Bytes of a script block's text in which matches of a regular expression after the first are highlighted. Scripts are
/// far shorter, and expressions take far longer than anything else that is done with a text.
pub(crate) const HIGHLIGHTED_BYTES: usize = 64 << 10;

/// Upper bound on findings that one correlation rule raises for one risk object.
pub(crate) const FINDINGS_PER_OBJECT: usize = 20;

/// Upper bound on entries of an allow-list: each is tested for every row.
pub(crate) const ALLOW_ENTRIES: usize = 10_000;

/// Upper bound on values in one proposed entry of an allow-list. Nobody reads a longer list.
pub(crate) const PROPOSED_VALUES: usize = 20;

// Cases.

/// Upper bound on bytes of a case file. With all public rules in it, a case has some 30 MB.
pub(crate) const CASE_BYTES: usize = 128 << 20;

/// Upper bound on lists and objects in one another in the options of a case. They nest two deep.
pub(crate) const CASE_NESTING: usize = 16;

/// Upper bound on options of a case. A session has some 30.
pub(crate) const CASE_OPTIONS: usize = 256;

/// Upper bound on bytes of a name, an author or an id in a case. A path has at most 4,096.
pub(crate) const CASE_NAME_BYTES: usize = 8 << 10;

/// Upper bound on bytes of one note of a case: twenty pages.
pub(crate) const CASE_NOTE_BYTES: usize = 64 << 10;

/// Upper bound on notes about a case as a whole: one for each of its authors.
pub(crate) const CASE_NOTES: usize = 1_000;

/// Upper bound on logs of a case. A folder of a large network has some 10,000.
pub(crate) const CASE_SOURCES: usize = 100_000;

/// Upper bound on files of rules in a case. The public Sigma rules are some 5,000.
pub(crate) const CASE_RULES: usize = 50_000;

/// Upper bound on marks of a case: more than anyone sets by hand.
pub(crate) const CASE_MARKS: usize = 100_000;

/// Upper bound on further verdicts and notes on one thing: one for each analyst of a case.
pub(crate) const CASE_OPINIONS: usize = 1_000;

/// Bytes of a script in an exported finding. Splunk, and lakes of OCSF events, cut a value there or earlier; the length of
/// the whole script is beside it.
pub(crate) const EVIDENCE_BYTES: usize = 64 << 10;

// Searches.

/// Upper bound on nested parentheses or functions in a search, and on nested collections in YAML.
pub(crate) const SEARCH_NESTING: usize = 128;

/// Upper bound on commands of one search, and on names, values or functions of one command. Published searches have some
/// 30, and each is evaluated for every row.
pub(crate) const SEARCH_ITEMS: usize = 1_000;

/// Upper bound on bytes of one search after its macros are expanded.
pub(crate) const SEARCH_BYTES: usize = 1 << 20;

/// Upper bound on nested macros. Published ones nest two deep.
pub(crate) const MACRO_DEPTH: usize = 16;

/// Upper bound on operators of one expression that may nest. A published expression has some 20.
pub(crate) const EXPRESSION_DEPTH: usize = 512;

/// Upper bound on values of one multivalue field, and on rows that one row is expanded to.
pub(crate) const FIELD_VALUES: usize = 10_000;

/// Upper bound on the width and on the precision of one conversion of `printf`.
pub(crate) const PRINTF_WIDTH: usize = 1_000;

/// Upper bound on values that one `eventstats` or `streamstats` computes with for single rows or assigns to rows: a second
/// of work.
pub(crate) const ROW_STATISTICS_VALUES: usize = 10_000_000;

/// Upper bound on rows in the window of `streamstats`, as in Splunk.
pub(crate) const STREAM_WINDOW: usize = 10_000;

/// Values that `list()` returns, as in Splunk.
pub(crate) const LIST_VALUES: usize = 100;

/// Upper bound on bytes of the values in one cell of `list()` or `values()`.
pub(crate) const CELL_BYTES: usize = 1 << 20;

/// Upper bound on columns of one lookup table.
pub(crate) const LOOKUP_COLUMNS: usize = 256;

/// Upper bound on cells of one lookup table.
pub(crate) const LOOKUP_CELLS: usize = 4_000_000;

// Regular expressions.

/// Upper bound on the compiled size of one regular expression. The longest published one, a list of 150 words, takes a
/// tenth.
pub(crate) const REGEX_BYTES: usize = 1 << 20;

/// Upper bound on states of one regular expression's NFA after counted repetitions such as `.{1,64}` are expanded.
///
/// All of them may be followed at every character of a text. Published patterns have up to 200.
pub(crate) const REGEX_STATES: usize = 4_000;

/// Upper bound on patterns of rules that each thread retains, compiled, after the sessions that used them.
pub(crate) const SHARED_REGEXES: usize = 1_024;

/// Upper bound on bytes of lazily built DFA states while one text is searched. Past this bound the states are discarded
/// and built again as needed.
pub(crate) const LAZY_DFA_BYTES: usize = 512 << 10;

/// Upper bound on bytes of the DFA states that each thread retains from one text to the next, of all expressions. Texts of
/// one log need the same states again and again, and making them takes longer than using them.
pub(crate) const LAZY_DFA_POOL_BYTES: usize = 6 << 20;

// Rule files.

/// Upper bound on bytes of one rule file. A published detection has 2 to 20 KB.
pub(crate) const RULE_BYTES: usize = 16 << 20;

/// Upper bound on bytes of one YAML document.
///
/// A parser may have to hold the tokens of a document before it knows the kind of the first one, and a token takes a
/// hundred bytes.
pub(crate) const YAML_BYTES: usize = 1 << 20;

/// Upper bound on documents in one YAML file. The public Sigma rules are some 5,000 altogether.
pub(crate) const YAML_DOCUMENTS: usize = 50_000;

/// Upper bound on values in one YAML document, with those behind an alias counted for each alias.
///
/// A published detection has some 100. Aliases of aliases expand a few lines to billions of values.
pub(crate) const YAML_NODES: usize = 200_000;

/// Upper bound on values of global documents that are merged into the other documents of their file, counted for each
/// merge. A published global document has some 20 values and is merged into a handful of documents.
pub(crate) const YAML_MERGED_VALUES: usize = 1_000_000;

/// Upper bound on predicates of one Sigma rule's condition with its names expanded, where a long text counts as several.
/// The largest public rule has some 300.
pub(crate) const SIGMA_VALUES: usize = 200_000;

/// Upper bound on bytes of the texts that the values of one Sigma rule expand to, and on bytes copied of a rule for the
/// filters and correlations that refer to it. The values of the largest public rule have some 10 KB.
pub(crate) const SIGMA_BYTES: usize = 16 << 20;

/// Upper bound on regular expressions and field comparisons of one Sigma rule: each may scan all of a text. Published
/// rules have some 20.
pub(crate) const SIGMA_PATTERNS: usize = 500;

/// Upper bound on predicates of Sigma filters, counted for each rule that a filter applies to, plus a 64th of the bytes
/// that they are written in. A hundred filters for each public rule about script blocks have 200,000.
pub(crate) const SIGMA_FILTER_PREDICATES: usize = 400_000;

/// Upper bound on predicates of the rules that correlation rules refer to, counted for each reference: three hundred
/// times those of the largest public rule.
pub(crate) const CORRELATION_PREDICATES: usize = 100_000;

/// Upper bound on rules of one correlation rule with its references expanded. Published ones have two or three.
pub(crate) const CORRELATION_RULES: usize = 256;

/// Upper bound on correlation rules that refer to one another in a chain. The specification shows two.
pub(crate) const CORRELATION_DEPTH: usize = 8;
