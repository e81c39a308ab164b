// The types of the package, in one file. A test compiles programs against it and holds it beside real reports.
//
// Conventions: integers are numbers below 2^53; ids are strings; what is absent is null, never missing; times are
// `YYYY-MM-DDThh:mm:ss[.fraction]Z` with the log's own digits; text ranges count UTF-16 units, end exclusive.
//
// Errors: what a caller can mend is a ScriptscopeError with a `code`. An aborted run rejects with the signal's reason,
// which is a DOMException named AbortError unless the caller gave another. What the caller's own functions throw
// (`onProgress`, `password`) passes through. A TypeError says that an argument of a method has a wrong type.

/**
 * Loads the wasm. Await it once before anything else in a browser; in Node it is loaded at import, and this
 * resolves at once.
 *
 * @param wasm the WebAssembly module or where to get it; by default the file beside this module
 *   (for `scriptscope/inline`: the copy inside it).
 */
export function init(wasm?: WasmSource | Promise<WasmSource>): Promise<void>;

export type WasmSource = WebAssembly.Module | BufferSource | Response | URL | string;

/**
 * Reads logs, runs the rules over them and resolves to the report.
 *
 * gzip and zip (nested, zip64, with passwords) are unpacked. The same logs and rules give the same report,
 * whatever the order of the inputs. An input that is damaged or not a log is no error: the report's
 * `problems` say what could not be read and where. If nothing at all could be read, the promise is rejected.
 *
 * @throws {ScriptscopeError} `option`, `expression`: an option is unknown or has a value that it cannot have;
 *   `input`: an input is none; `nothingRead`: no input could be read, and `report` says why; `engineStopped`
 * @throws the signal's reason where the signal aborts
 */
export function analyze(inputs: Input | Iterable<Input>, options?: AnalyzeOptions): Promise<Report>;

/** An input. A string or URL is a path, for Node only; a folder is read with all that is in it. */
export type Input =
  Blob | Uint8Array | ArrayBuffer | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | string | URL | NamedInput;

/** An input with the name that the report calls it by. */
export interface NamedInput {
  /** Base name, or the path inside a folder, with "/". */
  name: string;
  data: Exclude<Input, NamedInput>;
}

export interface AnalyzeOptions extends SessionOptions {
  /** Aborts the run: `analyze` then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Whether links in folders are followed (Node), each target once. Default: they are reported. */
  followLinks?: boolean;
  /** Called as bytes are read, at most some ten times a second, and once at the end. */
  onProgress?: (progress: Progress) => void;
  /**
   * Passwords for encrypted zip members, tried after `infected`, or a function that is asked for one.
   * It gets the member's name, is asked again (three times at most) while its answer opens nothing, and
   * returns null to give up.
   */
  password?: string | string[] | ((member: string) => string | null | Promise<string | null>);
}

/** Options of `analyze` from `scriptscope/worker`, which reads in several threads at once. */
export interface PoolOptions extends AnalyzeOptions {
  /** How many. Default: as many as the machine has cores. */
  workers?: number;
}

export interface Progress {
  /** Bytes read of the inputs as they came (compressed ones count compressed). */
  bytes: number;
  /** Bytes of all inputs, or null while a stream's length is unknown. */
  totalBytes: number | null;
  /** The source being read. */
  source: string | null;
  counts: Counts;
}

/**
 * The rule files in these inputs: files, folders (Node) and zip archives, whatever in them is named
 * `.yml`, `.yaml`, `.csv` or `.conf`.
 *
 * @throws {ScriptscopeError} `rulesUnread`: a file cannot be read; `input`: an input is none
 */
export function readRules(inputs: Input | Iterable<Input>): Promise<RuleFile[]>;

export interface RuleFile {
  name: string;
  text: string | Uint8Array;
}

/** Which script blocks are listed, in which order. */
export interface BlockQuery {
  /** Default: `time`. Rows that are equal in it are in the order of time. */
  sort?: "time" | "computer" | "user" | "process" | "path" | "length" | "score" | "seenOn";
  descending?: boolean;
  /** Rows to skip. */
  offset?: number;
  /** Rows to return at most. Default: all. */
  limit?: number;
  filter?: BlockFilter;
}

/** Tests that a listed block passes, all of them. Names are compared without regard to case; `*` stands for anything. */
export interface BlockFilter {
  computer?: string;
  /** SID or name of the user. */
  user?: string;
  /** Number of the process. */
  process?: string;
  /** Path of the script file. Empty: blocks without one. */
  path?: string;
  /** Only blocks at or after this time (ISO 8601). */
  from?: string;
  /** Only blocks before this time (ISO 8601). */
  to?: string;
  textId?: string;
  shapeId?: string;
  /** Whether rules match the block. */
  matched?: boolean;
  /** Name of the source. A block that several sources have is in the first of them. */
  source?: string;
  /** Blocks with one of these ids, or with a text of one of these ids. Empty: all. */
  ids?: string[];
  /** Blocks that a rule with one of these ids matches. One rule passes this test and the next two. Empty: any. */
  rules?: string[];
  /** Blocks that a rule for one of these ATT&CK techniques matches, such as `T1059.001`. Empty: any. */
  techniques?: string[];
  /** Blocks that a rule of one of these levels matches: `critical`, `high`, `medium`, `low`, `informational`. Empty: any. */
  levels?: string[];
}

/** A page of the list of script blocks. */
export interface BlockList {
  /** Number of script blocks that are listed. */
  total: number;
  /** Number of those that pass the filter. */
  matching: number;
  /** Number of further script blocks that are not listed because of a limit, about. */
  notListed: number;
  rows: BlockRow[];
}

/** A script block in a list. */
export interface BlockRow {
  /** The id, the same in a report that has the block. */
  id: string;
  scriptBlockId: string | null;
  time: string | null;
  computer: string | null;
  /** SID of the user, or the name that the log has instead. */
  user: string | null;
  /** Name of the user, if the logs give it or the SID is well known. */
  userName: string | null;
  processId: string | null;
  threadId: string | null;
  path: string | null;
  /** Length of the text in UTF-16 units. */
  length: number;
  /** Number of parts that were read. */
  parts: number;
  /** Number of parts that Windows logged. */
  total: number;
  /** Sum of the scores of the rules that match it. */
  score: number;
  /** Number of the rules that match it. */
  results: number;
  /** Their ids. */
  rules: string[];
  /** Their worst level. */
  level: "critical" | "high" | "medium" | "low" | "informational" | null;
  /** Number of computers with this text. */
  seenOn: number;
  /** The same for the same text. */
  textId: string;
  /** The same for texts that differ in numbers, GUIDs, paths and strings only; null for an incomplete block. */
  shapeId: string | null;
  source: string;
  record: string | null;
  offset: number;
}

/** Which scripts are listed, in which order. */
export interface ScriptQuery {
  /** `text` (default): blocks of one text. `shape`: also those that differ in numbers, GUIDs, paths, strings and white space only. */
  by?: "text" | "shape";
  /**
   * `rarest` (default): those on the fewest computers first, then those of the fewest blocks, then days. `count`: those of the
   * most blocks first. `first`: the earliest first. `score`: those of the highest score first.
   */
  sort?: "rarest" | "count" | "first" | "score";
  reversed?: boolean;
  offset?: number;
  limit?: number;
  /** Which script blocks are counted. */
  filter?: BlockFilter;
}

export interface ScriptList {
  total: number;
  /** Scripts of one script block. */
  seenOnce: number;
  /** About how many further script blocks are not listed because of a limit. */
  notListed: number;
  rows: ScriptRow[];
}

/** The script blocks of one text or shape. */
export interface ScriptRow {
  /** `textId` or `shapeId`, whichever makes blocks the same. */
  id: string;
  /** Those of the sample; no shape for an incomplete block. */
  textId: string;
  shapeId: string | null;
  /** Different texts. */
  texts: number;
  blocks: number;
  computers: number;
  users: number;
  /** In UTC. */
  days: number;
  firstTime: string | null;
  lastTime: string | null;
  /** The highest sum of the scores of the rules that match one of the blocks. */
  score: number;
  /** Rules that match the sample. */
  results: number;
  /** UTF-16 units of the sample's text. */
  length: number;
  /** The block with the highest score, of equals the earliest. */
  sampleBlockId: string;
  /** First line of the sample's text, if a rule matches it or {@link Session.readBlock} read it. Other texts are not in memory. */
  firstLine: string | null;
}

/** The neighbours of a script block. */
export interface Neighbours {
  /** Whether they are those of the same process; else those of the same computer within a minute. */
  sameProcess: boolean;
  block: BlockRow;
  /** The nearest last. */
  before: BlockRow[];
  /** The nearest first. */
  after: BlockRow[];
  /** Events beside them: of the same computer, from a minute before the first to a minute after the last. */
  context: ContextEvent[];
}

/** A query as a search, and as a rule for a session that reads the logs for it. */
export interface SearchQuery {
  /** The search, with macros expanded. */
  search: string;
  /** The query is words. */
  isWords: boolean;
  /** The query makes a table of its own, by commands after a pipe. */
  hasTable: boolean;
  /** A rule file with it as a hunting rule, whose id is `query`. */
  rule: { name: string; text: string };
}

/** Which events beside script blocks are listed. */
export interface ContextQuery {
  /** Only logs that were cleared, and starts of an engine that logs no script blocks. Default false. */
  notable?: boolean;
  /** `*` stands for anything. */
  computer?: string;
  /** Number of the process. */
  process?: string;
  from?: string;
  to?: string;
  offset?: number;
  limit?: number;
}

/** A page of the events beside script blocks, in the order of time. */
export interface ContextList {
  /** Number of events that match. */
  total: number;
  /** Number of events that are not listed because of a limit. */
  notListed: number;
  rows: ContextEvent[];
}

/** An event beside script blocks. */
export interface ContextEvent {
  time: string | null;
  computer: string | null;
  /** SID of the user, or the name that the event has instead. */
  user: string | null;
  userName: string | null;
  /** Of a process creation, that of the new one. */
  processId: string | null;
  eventId: number;
  kind:
    | "engine-start"
    | "engine-stop"
    | "provider-start"
    | "pipeline"
    | "block-start"
    | "block-stop"
    | "console-start"
    | "log-cleared"
    | "process-creation";
  /** The command line, the pipeline, the log that was cleared. */
  text: string;
  /** What the command line hides, such as the text of `-EncodedCommand`. */
  decoded: string | null;
  /** Command line of the program that runs PowerShell, unless it is the text. */
  hostApplication: string | null;
  hostVersion: string | null;
  engineVersion: string | null;
  /** The engine is version 2, which logs no script blocks. */
  isDowngrade: boolean;
  source: string;
  record: string | null;
  offset: number;
}

/** Which script blocks a histogram counts. */
export interface HistogramQuery {
  /** Default: the time of the first block. */
  from?: string;
  /** Not counted itself. Default: after the time of the last block. */
  to?: string;
  /** Number of intervals. Default 100. */
  bins?: number;
  /** Default: `computer`. */
  by?: "computer" | "user";
  /** Which script blocks are counted. */
  filter?: BlockFilter;
}

/** Numbers of script blocks over time. */
export interface Histogram {
  from: string | null;
  to: string | null;
  /** Number of blocks without a time, which are in no interval. */
  withoutTime: number;
  /** Number of lanes that are not shown because of a limit. */
  moreLanes: number;
  /** Those with results first, then by name. */
  lanes: Lane[];
}

/** The script blocks of a computer or user over time: a number for each interval. */
export interface Lane {
  name: string | null;
  /** Name of the user, if the logs give it or the SID is well known. */
  userName: string | null;
  blocks: number[];
  /** Blocks that rules match, by their worst level. */
  results: { critical: number[]; high: number[]; medium: number[]; low: number[]; informational: number[] };
}

/** A range of a source, in bytes. */
export interface ReadRange {
  source: string;
  offset: number;
  length: number;
}

export interface SessionOptions {
  /** Rule, macro and lookup files, beside the built-in rules. */
  rules?: RuleFile[];
  /** Macro definitions, `name` or `name(arg, …)`, which replace those of the files. */
  macros?: Record<string, string>;
  /** Whether the built-in rules run. Default true. */
  builtin?: boolean;
  /** Ids of rules that are switched off. */
  disabled?: string[];
  /** `block` (default): parts of a script are joined, repetitions counted once. `event`: each record by itself. */
  mode?: Mode;
  /** The computer of events that name none. */
  computer?: string;
  /** Offset from UTC of times without a zone: `+02:00`. Default `+00:00`. */
  utcOffset?: string;
  /** The encoding of text that does not show its own: `windows-1252`, `ibm850`, …. Default UTF-8. */
  encoding?: string;
  /** Only events at or after this time (ISO 8601). */
  since?: string;
  /** Only events before this time (ISO 8601). */
  until?: string;
  /** Only results with at least this score. */
  minScore?: number;
  /** Whether each source's SHA-256 is reported. Default false. */
  sha256?: boolean;
  /**
   * Whether rules also search the deobfuscated views of a script. Default: yes in `block` mode, no in `event` mode, which
   * finds what a Splunk search finds. Views only add results; each of them names the view in which it was found.
   */
  views?: boolean;
  /** Whether every script block is remembered, matched or not, to be listed: 64 bytes each. Default false. */
  inventory?: boolean;
  /**
   * Whether indicators of every script block are collected, not only of those that rules match. Implies `inventory`; each
   * distinct text is read once more. Default false.
   */
  indicators?: boolean;
  /** Expected results. They stay in the report with the name of the entry that hides them, and make no risk. */
  allowList?: AllowEntry[] | AllowListFile;
  /**
   * Lists of assets and identities as CSV, with the columns of Splunk Enterprise Security: `nt_host`, `dns`, `ip`, `mac`,
   * `priority`, `category`; `identity`, `email`, `first`, `last`. The names of a row are one risk object, and what happens on
   * a machine of priority or category "critical", or on a domain controller, counts twice.
   */
  assets?: AssetFile | AssetFile[];
  /** Hours of the windows of the distinct score and of the risk threshold. Default: 24. */
  riskWindow?: number;
  /** The sum of scores in such a window above which a risk object is a finding. Default: 100. */
  riskThreshold?: number;
  /** Hours of the windows of the tactic threshold. Default: 168. */
  tacticWindow?: number;
  /** The number of tactics in such a window from which a risk object is a finding. Default: 3. */
  tacticThreshold?: number;
  /** The number of rules that these tactics must come from. Default: 4. */
  tacticRules?: number;
}

/** A list of assets or identities: its text, which problems call `assets`, or its name and text. */
export type AssetFile = string | { name: string; text: string | Uint8Array };

/** An entry of the allow-list. It hides a result if its condition holds for the row with each of its script blocks. */
export interface AllowEntry {
  /** Unique name: `suppressedBy` of the results that it hides. */
  name: string;
  /** Id of the rule whose results it hides; null or absent for all rules. */
  rule?: string | null;
  /**
   * A condition as `search` takes it. Its fields are the row's columns and the fields of the blocks behind it:
   * `Computer`, `UserID`, `Path`, `ScriptBlockText`, `ScriptBlockHash` (SHA-256 of the text as UTF-8, in hex) …
   */
  search: string;
  /** Default true. */
  enabled?: boolean;
}

/** The object that `exportAllowList("json")` writes. */
export interface AllowListFile {
  format: "scriptscope.allowList";
  version: 1;
  entries: AllowEntry[];
}

/** An entry that can be made from a result. */
export interface Proposal extends Required<AllowEntry> {
  /** This computer, this user, this very text, this script file, texts like this. */
  kind: "computer" | "user" | "script" | "path" | "text";
}

/** The effect of an entry. */
export interface Preview {
  /** Ids of the results that are shown without it and hidden with it, in the report's order. */
  results: string[];
  /** How many of them each rule has, by the rule's id. */
  rows: Record<string, number>;
  /** The risk objects whose score it lowers, in the report's order. */
  riskObjects: { object: string; type: "system" | "user" | "other"; before: number; after: number }[];
}

export type Mode = "block" | "event";

/**
 * The synchronous engine of {@link analyze}: reads one source after the other, its bytes in pieces of any size.
 *
 * Every method throws a ScriptscopeError `freed` after `free()`, and `engineStopped` once the engine has stopped. With
 * `using session = new Session()` it is freed at the end of the block.
 */
export class Session {
  /** @throws {ScriptscopeError} `option`, `expression`: an option is unknown or has a value that it cannot have */
  constructor(options?: SessionOptions);
  /**
   * Begins a source, or a range of one: `piece` is then your number for the source, `offset` where in it the range
   * begins, and `size` the length of the whole source, by which the first range detects missing bytes.
   * An EVTX file may be cut where its chunks begin; `checksums` tells later ranges that its header's flags (offset 120)
   * have neither 1 (dirty) nor 4 (without checksums), so that wrong checksums of its chunks are reported.
   */
  begin(name: string, piece?: number, offset?: number, size?: number, checksums?: boolean): void;
  /** Reads the next bytes of the source, cut anywhere. */
  push(bytes: Uint8Array): void;
  /**
   * Returns memory of the session: fill it from the start, then call `pushLent` with the number of bytes, and nothing is
   * copied. It is valid until the session is next used.
   */
  lend(bytes: number): Uint8Array;
  /** The next bytes of the source, which are in the memory that was lent. */
  pushLent(bytes: number): void;
  /** Ends the source. */
  end(): void;
  /** Ends a source that cannot be read further, with a problem that says why. */
  fail(
    code: "read-failed" | "archive-damaged" | "archive-password" | "archive-limit" | "already-read" | "cancelled",
    message: string,
  ): void;
  /** Returns the report so far. May be called at any time, also between two pushes. */
  report(): Report;
  /** {@link report} with empty texts, and the line of script that matched for each result. */
  outline(): Outline;
  /** One script block of the report, with its text. */
  block(id: string): Block | null;
  /** A block's text, or one of its views, as coloured tokens: start, end and kind of each, in UTF-16 units. */
  tokens(id: string, view?: string): Uint32Array;
  /** Returns the views of a block's text, the outermost first; none if nothing is obfuscated. */
  views(id: string): TextView[];
  /** One rule as its file has it. */
  rule(id: string): RuleSource | null;
  /** Returns the rules about other logs, which reports only count, and the names of the files without any rule. */
  leftOut(): LeftOut;
  /** Replaces the allow-list for the next report. Nothing is read again, and partials do not depend on it. */
  setAllowList(list: AllowEntry[] | AllowListFile): void;
  /** Replaces the lists of assets and identities for later reports. Nothing is read again. */
  setAssets(files: AssetFile | AssetFile[]): void;
  /** Returns the entries that can be made from a result. */
  proposals(resultId: string): Proposal[];
  /** Returns what an entry would hide beside the others; it replaces one of its name. Nothing is changed. */
  preview(entry: AllowEntry): Preview;
  /** The allow-list as a file to load again, as Splunk's filter macros, or as Sigma's filters. */
  exportAllowList(format: "json" | "macro" | "sigma"): string;
  /** A rule file by itself, loaded beside the session's macros and lookups. The session keeps the rules that it has. */
  checkRule(name: string, text: string): RuleCheck;
  /**
   * Returns the indicators of the script blocks that rules match, or of every one with the option `indicators`: URLs, hosts, addresses, hashes,
   * paths … What nobody would block, such as version numbers, is left out and counted. With `blocks` only those of the script
   * blocks that pass this filter, counted in these: with the option `inventory`.
   */
  listIndicators(query?: IndicatorQuery, blocks?: BlockFilter): IndicatorList;
  /** Returns the commands, .NET types and URLs that a script calls. */
  calledNames(text: string): CalledNames;
  /**
   * Returns script blocks that were read, matched or not, in a session with the option `inventory`. The first call after
   * more was read makes the list.
   *
   * @throws {ScriptscopeError} `order`: the option is not set; `option`: the query cannot be read
   */
  listBlocks(query?: BlockQuery): BlockList;
  /**
   * Returns the script blocks that were read as scripts: those of one text, or of one shape, with the number of computers,
   * users and days that they were seen on.
   */
  listScripts(query?: ScriptQuery): ScriptList;
  /**
   * Returns the script blocks before and after one, at most `most` on each side: of the same process with at most a day from
   * one to the next, or, where that is not known, of the same computer within a minute. Null for an unknown id.
   */
  blockNeighbours(id: string, most: number): Neighbours | null;
  /**
   * Reads a query over all script blocks. Plain words become a search over texts and their views; a search with fields or
   * pipes is taken as it is, with the macros of this session. Run it in another session: `{ builtin: false, rules: [query.rule] }`.
   *
   * @throws {ScriptscopeError} `expression`: it cannot be parsed; `line`, `column`, and the message has a caret
   */
  searchQuery(text: string): SearchQuery;
  /**
   * Returns events beside script blocks, in the order of time: engine starts with their command lines, pipelines, processes
   * of PowerShell, logs that were cleared. No rule searches them.
   */
  contextEvents(query?: ContextQuery): ContextList;
  /** Returns numbers of script blocks over time, for each computer or user. */
  histogram(query?: HistogramQuery): Histogram;
  /**
   * Returns the ranges of sources that a listed script block is read again from, in the order in which {@link readBlock}
   * takes their bytes. A source may end within a range. Null for an unknown id.
   */
  readPlan(id: string): ReadRange[] | null;
  /**
   * Reads a listed script block again from the bytes of its plan. Afterwards `block`, `tokens` and `views` have it too.
   * Null for an unknown id.
   *
   * @throws {ScriptscopeError} `option`: these are not the bytes of the block
   */
  readBlock(id: string, pieces: Uint8Array[]): Block | null;
  /** Returns what each rule has cost so far. */
  costs(): RuleCost[];
  counts(): Counts;
  /** Returns the session's state, to be merged into another session with the same rules and options. */
  partial(): Uint8Array;
  /**
   * Returns the same as {@link partial} and empties the session, also in the middle of a source: `piece` is then your number
   * for the source, by which the rest of it is joined with this part.
   */
  drain(piece?: number): Uint8Array;
  /** Merges another session's partial. @throws {ScriptscopeError} `partial`: the rules or options differ */
  merge(partial: Uint8Array): void;
  /**
   * The report as JSON; a table of it as CSV or NDJSON; or what was found in the form of another program. The command line
   * writes the same bytes.
   *
   * @throws {ScriptscopeError} `tooLong`: texts end at 512 MiB in most engines
   */
  export(format: "json"): string;
  export(format: TextFormat, options?: ExportOptions): string;
  /** A zip archive of the scripts as `.ps1.txt`, with `SHA256SUMS` and `manifest.json`. */
  export(format: "scripts-zip", options?: ExportOptions): Uint8Array;
  /** The same as UTF-8 in pieces, each made when it is asked for: for reports of any size. */
  exportPieces(format: "json" | "ndjson" | "csv"): Generator<Uint8Array, void, undefined>;
  /**
   * The report for readers: what is marked in a case first, or without marks the results by score. HTML in one file without
   * scripts, or Markdown. @throws {ScriptscopeError} `case`
   */
  caseReport(own: Case | null, format: "html" | "markdown"): string;
  /**
   * The ids of script blocks whose texts {@link caseReport} of this case or {@link export} of these ids shows and the session
   * does not hold, because no rule matched them: with the option `inventory`. Read each again first, by {@link readPlan} and
   * {@link readBlock}. Reports and exports say which were not. @throws {ScriptscopeError} `case`
   */
  textsToRead(own: Case | null, ids?: string[]): string[];
  /** Frees the memory. The session cannot be used afterwards; freeing it again does nothing. */
  free(): void;
  /** The same as {@link free}, where the platform has `Symbol.dispose`. */
  [Symbol.dispose](): void;
}

/** A case: what analysts decided about some logs. `docs/case.md` describes the file. Names may be absent. */
export interface Case {
  format: "scriptscope.case";
  version: 1;
  tool?: string;
  name?: string;
  notes?: { by: string; note: string }[];
  sources?: { name: string; bytes: number; sha256: string | null }[];
  options?: Omit<SessionOptions, "rules" | "allowList">;
  rules?: { name: string; text: string }[];
  /** The allow-list of this case. */
  allow?: AllowEntry[];
  /** By `result:`, `block:`, `script:` or `indicator:` and an id. */
  marks?: { [key: string]: CaseMark };
}

export interface CaseOpinion {
  verdict?: "hostile" | "unclear" | "benign" | null;
  note?: string;
  /** Who said it. */
  by?: string;
}

export interface CaseMark extends CaseOpinion {
  star?: boolean;
  expected?: boolean;
  toReport?: boolean;
  /** Place among the marks; 0 for none. */
  order?: number;
  /** What others said. */
  others?: CaseOpinion[];
}

/** A case with all its names, and the options of a session that reads its logs. */
export interface OpenedCase {
  case: Required<Case>;
  options: SessionOptions;
}

/** A case joined from two, and where these differ, in words. */
export interface MergedCase {
  case: Required<Case>;
  conflicts: string[];
}

export interface FormattedScript {
  text: string;
  /**
   * Runs of text that both have in common: offset in the formatted text, offset in the script, and length, in UTF-16 units.
   */
  map: Uint32Array;
}

/** A deobfuscated form of a script, with how it was made. */
export interface UnwrappedView extends TextView {
  /** What was replaced by what it is worth. Of a layer, the piece of the script that it was encoded in, by its text. */
  steps: { before: string; after: string }[];
}

/** Reads a case file. @throws {ScriptscopeError} `case`, with `line` and `column` */
export function openCase(text: string): OpenedCase;
/** Returns a case as a file's text: the same case has the same text. @throws {ScriptscopeError} `case` */
export function saveCase(own: Case): string;
/** Joins the cases of two analysts, in any order. @throws {ScriptscopeError} `case` */
export function mergeCases(one: Case, other: Case): MergedCase;
/** Formats a script for reading: line breaks and indentation, with strings and comments as they are. */
export function formatScript(text: string): FormattedScript;
/**
 * Returns the views of a script, the outermost first, and step by step how each was made; none if nothing is hidden. If a
 * limit leaves something out, an entry `limit` without steps comes last, whose text says what.
 */
export function unwrap(text: string): UnwrappedView[];

declare global {
  // For programs compiled without TypeScript's library esnext.disposable, which declares the same.
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
}

/**
 * - `option`: an option or argument is unknown, or has a value that it cannot have
 * - `expression`: a search expression in an option cannot be parsed, at `line` and `column`
 * - `input`: an input is none of the kinds that can be read here
 * - `rulesUnread`: a rule file cannot be read
 * - `nothingRead`: no input could be read; `report` says why
 * - `order`: methods were called in an order that makes no sense
 * - `partial`: a partial is none, or is of other rules or options
 * - `case`: a text is no case, at `line` and `column`
 * - `freed`: the session was freed
 * - `tooLong`: a result is longer than a text can be
 * - `engineStopped`: the engine stopped, out of memory or by a fault of its own; `cause` is what it threw
 */
export type ScriptscopeErrorCode =
  | "option"
  | "expression"
  | "input"
  | "rulesUnread"
  | "nothingRead"
  | "order"
  | "partial"
  | "case"
  | "freed"
  | "tooLong"
  | "engineStopped";

/** The class of the package's errors. `instanceof` holds whichever entry point threw it. */
export class ScriptscopeError extends Error {
  constructor(
    code: ScriptscopeErrorCode,
    message: string,
    details?: { cause?: unknown; report?: Report; line?: number; column?: number },
  );
  name: "ScriptscopeError";
  readonly code: ScriptscopeErrorCode;
  /** With `nothingRead`: the report, whose problems say why. */
  readonly report?: Report;
  /** Position in an expression that cannot be parsed. The message shows the line with a caret below it. */
  readonly line?: number;
  readonly column?: number;
}

export interface Counts {
  bytes: number;
  records: number;
  events: number;
  scriptBlocks: number;
}

/** What {@link Session.leftOut} returns. */
export interface LeftOut {
  /** Rules about other logs; their `statusReason` names the file and the kind of log. */
  rules: Rule[];
  /** Names of files without a rule, macro, lookup or story. */
  files: string[];
}

/** The parts of a rule's file that are not in the report. */
export interface RuleSource {
  /** The search as written; for Sigma, its detection written as a search. */
  search: string;
  /** The risk that a row puts on the value of each of these columns. */
  risk: [field: string, score: number][];
  /** Its other fields as text: author, date, impact, confidence, how to implement. */
  facts: Record<string, string>;
  /** Null for a built-in one. */
  file: string | null;
  /** The line of the file, from 1, on which it begins. */
  line: number;
  /** The rule in the forms of other tools. */
  forms: {
    /** A Splunk search. */
    spl: string | null;
    sigma: string | null;
    /** A detection in security_content's form, which loads here again. */
    yaml: string | null;
    /** For each form that is null, the part of the rule that cannot be expressed in it. */
    reasons: { spl?: string; sigma?: string; yaml?: string };
  };
  /** Its own samples, and whether it matches each as expected. */
  samples: { name: string; text: string; expected: boolean; found: boolean; line: number }[];
  /** Its tests on data sets, which are not run here. */
  dataTests: {
    name: string;
    line: number;
    data: { data: string; source: string | null; sourcetype: string | null }[];
  }[];
}

/** A rule file by itself. */
export interface RuleCheck {
  /** Its rules. The places in `refused` are places in the file. */
  rules: { rule: Rule; source: RuleSource }[];
  /** What is wrong with the file, by place. */
  problems: Problem[];
}

/**
 * The cost of a rule. Unlike a report's numbers it depends on how the logs were divided among sessions: a block that was
 * evaluated again counts again.
 */
export interface RuleCost {
  id: string;
  /** Script blocks that its literals let through, and on which its search was evaluated. */
  looked: number;
  /** Those for which it held. */
  held: number;
}

/** A view of a script's text. */
export interface TextView {
  /** `plain` (split and encoded words put together), `layer 1` (what a base64 text says), `layer 1 plain` … */
  view: string;
  text: string;
  /** The view that it was made from, or `original`. */
  origin: string;
  /** The piece of that text that it was made from: start and end. */
  piece: [number, number];
}

/**
 * `navigator`: a layer of the ATT&CK Navigator (4.5). `timesketch`, `timesketch-csv`: a timeline of Timesketch. `stix`: a bundle
 * of STIX 2.1. `misp`: an event of MISP. `hec`: events of Splunk's risk index as its HTTP Event Collector takes them. `ocsf`:
 * detection findings of OCSF 1.5.
 */
export type TextFormat =
  "csv" | "ndjson" | "navigator" | "timesketch" | "timesketch-csv" | "stix" | "misp" | "hec" | "ocsf";

export interface ExportOptions {
  /** The table of `csv` and `ndjson`. Default: the results. `scripts` needs the option `inventory`. */
  table?: "results" | "blocks" | "risk" | "acts" | "scripts" | "indicators" | "findings";
  /**
   * Ids of results, script blocks, scripts and indicators: only these, the script blocks of these results, and the indicators in these
   * script blocks. A script block that no rule matched is exported if its text was read again: see {@link Session.textsToRead}.
   */
  ids?: string[] | null;
  /** Ids of script blocks and scripts that are exported too if no rule matched them and their texts were read again. */
  marked?: string[];
}

export type IndicatorKind =
  | "url"
  | "host"
  | "ipv4"
  | "ipv6"
  | "email"
  | "md5"
  | "sha1"
  | "sha256"
  | "registry-key"
  | "path"
  | "named-pipe"
  | "user-agent"
  | "thumbprint";

/**
 * Why a value is no indicator: a version number; this computer; reserved for documentation (RFC 5737, 3849, 9637, 2606);
 * the name of a schema; an address that no host has; a part is a variable; longer than 4 KiB.
 */
export type IndicatorLeftOut =
  "version" | "loopback" | "documentation" | "schema" | "reserved" | "incomplete" | "tooLong";

export interface IndicatorQuery {
  kind?: IndicatorKind | null;
  /** Number of rows before the first one returned. */
  offset?: number;
  /** Number of rows returned at most. Default: all. */
  limit?: number | null;
  filter?: {
    /** The value contains this text, in any case. */
    text?: string | null;
    /** This computer has it. */
    computer?: string | null;
    /** The script block with this id has it. */
    block?: string | null;
    /** Those left out, instead of the indicators. */
    leftOut?: boolean;
  };
}

export interface IndicatorList {
  /** Number of rows that match. */
  total: number;
  /** Number of values left out, by reason. */
  leftOut: Partial<Record<IndicatorLeftOut, number>>;
  /** By kind, then by `count`, highest first, then by value. */
  rows: Indicator[];
  /** Limits that were reached. */
  problems: Problem[];
}

export interface Indicator {
  /** The same for the same indicator in any list. */
  id: string;
  kind: IndicatorKind;
  value: string;
  /** The value in a form that no program follows: `hxxp://evil[.]com/a`. */
  defanged: string;
  /** Number of script blocks that have it. */
  count: number;
  /** Number of their computers. */
  computers: number;
  /** The first of their names. */
  computerNames: string[];
  /** The earliest of these script blocks, twenty at most. */
  blockIds: string[];
  firstTime: string | null;
  lastTime: string | null;
  /** The view in which it was found: `original` for the text as logged. */
  view: string;
  leftOut: IndicatorLeftOut | null;
}

/** Names that a script calls, each once. */
export interface CalledNames {
  cmdlets: string[];
  types: string[];
  urls: string[];
}

export interface Outline {
  report: Report;
  /** By result id. */
  lines: Record<string, string>;
}

// The report ---------------------------------------------------------------------------------------------------

/** The report, version 1. `scriptscope/report.schema.json` says the same for other languages. */
export interface Report {
  format: "scriptscope.report";
  version: 1;
  tool: string;
  mode: Mode;
  /** Hash of the rules and macros. */
  ruleSet: string;
  /** By name, then bytes. */
  sources: Source[];
  /** By source, then offset. */
  problems: Problem[];
  /** By id. */
  rules: Rule[];
  /** Highest score first, then by rule, then in the order of the rule's rows. */
  results: Result[];
  /** Those that results name, by time, computer and id. */
  scriptBlocks: Block[];
  /** Highest distinct score first, then score. */
  riskObjects: RiskObject[];
  /** By time. */
  acts: Act[];
  findings: Finding[];
  totals: Totals;
}

export interface Source {
  /**
   * Base name, or the path inside the folder or archive, with "/". If another input has the same path, it begins with the name
   * of the folder or archive.
   */
  name: string;
  bytes: number;
  /** Null where the bytes are no log. */
  format: "evtx" | "xml" | "json" | "classic" | "csv" | null;
  /** `utf-8`, `utf-16le`, `utf-16be` or the name of a code page, such as `windows-1252`. */
  encoding: string | null;
  /** Bytes of text that are no characters of its encoding: U+FFFD replaces them. */
  replacedBytes: number;
  /** Event records of any id. */
  records: number;
  /** Script block events: 4104 of a PowerShell provider. */
  events: number;
  /** Script blocks whose first present part is here. */
  scriptBlocks: number;
  /** Of these, how many lack parts. */
  incomplete: number;
  /** Of these, how many are encrypted by Protected Event Logging. */
  encrypted: number;
  /** Of these, how many were read from space that an EVTX chunk does not use, or past the end that its header gives. */
  recovered: number;
  /** Other events, counted by their id. */
  otherEvents: Record<string, number>;
  firstTime: string | null;
  lastTime: string | null;
  computers: string[];
  /** Fields that events of this source lack though rules group by them. */
  missingFields: string[];
  /** Whether times without a zone were read with the given offset. */
  zoneAssumed: boolean;
  sha256: string | null;
  /** How many of the report's problems are of this source. */
  problems: number;
}

export interface Problem {
  source: string | null;
  /** Id of the rule. */
  rule: string | null;
  severity: "error" | "warning" | "info";
  /** What kind of problem: stable, for programs. */
  code: string;
  message: string;
  /** Byte offset in the source. */
  offset: number | null;
  /** From 1, in a rule file. */
  line: number | null;
  /** From 1, in a rule file. */
  column: number | null;
  /** The event record's id. */
  record: string | null;
}

export interface Rule {
  id: string;
  title: string;
  kind: "builtin" | "splunk" | "sigma";
  type: "TTP" | "Anomaly" | "Hunting" | "Correlation" | null;
  level: string | null;
  /** It ran: the status is `ran`. */
  enabled: boolean;
  /**
   * What became of it. `cannotMatch`: it requires another event than 4104, or a field that no event has.
   * `notApplicable`: it is about another log; only {@link Session.leftOut} and `scriptscope rules --format json` list
   * these, and reports count them in `totals.rulesNotApplicable`.
   */
  status: "ran" | "disabled" | "refused" | "cannotMatch" | "notApplicable";
  /** Why it did not run. */
  statusReason: string | null;
  /** Why the rule cannot run, and the place in its search: the status is `refused`. */
  refused: { reason: string; line: number | null; column: number | null } | null;
  columns: string[];
  /** Script blocks that the search kept. */
  matched: number;
  /** Further script blocks that it kept for what is hidden in their text. Their rows are apart, and name the view. */
  matchedInViews: number;
  rows: number;
  /** Matched, but without a row because a field to group by was absent. */
  dropped: number;
  /** Rows that a filter macro or the allow-list hides. */
  suppressed: number;
  /** Its cost, computed from its search. */
  cost: {
    /** Literals of which a text must contain one before the rule searches it. */
    literals: number;
    /** Regular expressions in its search. */
    patterns: number;
    /** It has no such literals: it looks at every script block. */
    everyBlock: boolean;
  };
  /** ATT&CK techniques; `name` is null for an id that ATT&CK Enterprise 17 does not have. */
  attack: { technique: string; name: string | null; tactics: string[] }[];
  stories: string[];
  description: string | null;
  falsePositives: string | null;
  references: string[];
}

export interface Result {
  /** The same for the same rule and row in any run. */
  id: string;
  ruleId: string;
  /** The row as the rule's search prints it. */
  fields: Record<string, string | string[] | null>;
  count: number;
  /** Of the script blocks behind the row, in full precision. */
  firstTime: string | null;
  lastTime: string | null;
  score: number;
  message: string | null;
  /** The filter macro or allow-list entry that hides this row. */
  suppressedBy: string | null;
  /**
   * The first hundred script blocks behind the row, and the places in them that matched. Spans of a view other than
   * `original` say that it was found only there: they come first, and what in the text itself says so after them.
   */
  blocks: { id: string; spans: { view: string; ranges: [number, number][] }[] }[];
  blocksTotal: number;
}

export interface Block {
  id: string;
  scriptBlockId: string | null;
  computer: string | null;
  /** SID of the user, or the log's replacement for it. */
  user: string | null;
  path: string | null;
  /** Ids of the process and thread that ran it. */
  processId: string | null;
  threadId: string | null;
  level: number | null;
  time: string | null;
  text: string;
  /** Parts that the script block has. */
  total: number | null;
  /** Parts that are here. */
  present: number[];
  /** Where in the text parts are missing. */
  gaps: number[];
  /** Number of this text, from 1, if records give the script block different texts. */
  variant: number | null;
  events: {
    source: string;
    record: string | null;
    offset: number | null;
    part: number;
    time: string | null;
    recovered: boolean;
  }[];
}

export interface RiskObject {
  /** The service accounts S-1-5-18, -19 and -20 are an object on each computer: `FS03\S-1-5-18`. */
  object: string;
  /** Of a user whose object is a SID: the name that the logs or a list of identities give. */
  name: string | null;
  type: "system" | "user" | "other";
  /**
   * The figure that objects are ranked by: the largest value, over all windows of 24 hours (`riskWindow`), of the sum of each
   * rule's highest score in the window. Events without a time are in every window.
   */
  distinctScore: number;
  /**
   * Times of the first and the last event in the earliest window with this figure. Its addends are each rule's highest event
   * in between, and without a time.
   */
  distinctFirstTime: string | null;
  distinctLastTime: string | null;
  /** The sum of the events' scores, as Splunk adds them. */
  score: number;
  firstTime: string | null;
  lastTime: string | null;
  tactics: string[];
  /** For each rule, by id, script blocks that may match and that a limit left out: they are in no sum. */
  notKept: { [ruleId: string]: number };
  events: RiskEvent[];
}

export interface RiskEvent {
  resultId: string;
  ruleId: string;
  /** What is added, the factor included. */
  score: number;
  /** How often the rule's score counts: twice on a critical machine of `assets`. */
  factor: 1 | 2;
  /** What makes the machine critical, as the list has it. */
  factorReason: string | null;
  /** Whether `results` has the result. A limit may keep it out; the risk counts all the same. */
  resultKept: boolean;
  time: string | null;
  message: string | null;
  threatObjects: { field: string; type: string; value: string }[];
}

/**
 * Results that belong together: their script blocks are of one computer and process, or, where no process is known, of one
 * computer with at most five seconds from one to the next. A result whose blocks are in several acts is in each of them; those
 * that a filter or the allow-list hides are in none.
 */
export interface Act {
  id: string;
  /** The computer, as its risk object is spelled. */
  object: string | null;
  processId: string | null;
  firstTime: string | null;
  lastTime: string | null;
  /** By the time of their first script block in the act. */
  resultIds: string[];
  /** Ids of the rules, sorted. */
  rules: string[];
}

/** What a correlation rule found over an object's risk events. */
export interface Finding {
  rule: string;
  object: string;
  type: string;
  score: number;
  severity: string;
  firstTime: string;
  lastTime: string;
  tactics: string[];
  /** Ids of the results. */
  results: string[];
}

export interface Totals {
  sources: number;
  bytes: number;
  records: number;
  events: number;
  scriptBlocks: number;
  incomplete: number;
  results: number;
  /** Results that are in the report; the rest are counted only. */
  resultsKept: number;
  riskObjects: number;
  problems: number;
  /** Rules of the files that are about other logs, by kind of log, such as `windows/process_creation`. */
  rulesNotApplicable: Record<string, number>;
}
