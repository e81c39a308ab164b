/** The words of the page: the report as the engine gives it, and what the page makes of it. */

import type {
  Act,
  AllowEntry,
  AssetFile,
  Block,
  BlockRow,
  Indicator,
  Problem,
  Report,
  Result,
  RiskEvent,
  Rule,
  ScriptRow,
  SessionOptions,
  Source,
} from "../../npm/index.js";

export type {
  Act,
  AllowEntry,
  AssetFile,
  Block,
  BlockRow,
  ContextEvent,
  Indicator,
  Neighbours,
  Finding,
  Preview,
  Problem,
  Proposal,
  Report,
  Result,
  RiskEvent,
  RiskObject,
  Rule,
  RuleCheck,
  RuleSource,
  ScriptRow,
  SessionOptions,
  Source,
  TextView,
  Totals,
} from "../../npm/index.js";

/** One record behind a script block. */
export type BlockEvent = Block["events"][number];

// What the page makes of it.

export type Level = "critical" | "high" | "medium" | "low" | "informational";

/** A result with what the views ask of it again and again. */
export interface Row {
  id: string;
  result: Result;
  rule: Rule;
  level: Level;
  computer: string;
  user: string;
  line: string;
  first: number;
  last: number;
  /** Lower case, for the search field. */
  haystack: string;
  /** The last refreshing of the view that showed it. */
  shown: number;
  /** Changes whenever the result does, so that what was drawn of it can be kept. */
  version: number;
}

/** The place of one script block on the time axis. */
export interface Tick {
  time: number;
  row: Row;
  computer: string;
  user: string;
}

/** The views of the middle of the work screen. */
export type ViewName = "story" | "results" | "blocks" | "scripts" | "indicators" | "attack" | "case" | "query";

/** What is selected, with its row where it is no result. */
export type Target =
  | { kind: "result"; id: string }
  | { kind: "block"; id: string; item: BlockRow; spans?: Result["blocks"][number]["spans"] }
  | { kind: "script"; id: string; item: ScriptRow }
  | { kind: "indicator"; id: string; item: Indicator };

export interface Filter {
  text: string;
  rule: string | null;
  object: { type: string; object: string } | null;
  /** An ATT&CK technique that the rule names. */
  technique: string | null;
  /** A process of a computer, a path, a text and a shape narrow script blocks. */
  process: { computer: string; id: string } | null;
  path: string | null;
  textId: string | null;
  shapeId: string | null;
  source: string | null;
  levels: Level[];
  from: number | null;
  to: number | null;
  starred: boolean;
  /** Results that the allow-list or a filter macro hides stay out of sight until this is turned off. */
  hideSuppressed: boolean;
  /** Only results that this entry or macro hides. */
  suppressedBy: string | null;
}

export type Mark = import("../../npm/index.js").CaseMark;
export type Verdict = "hostile" | "unclear" | "benign";

export type Phase = "idle" | "reading" | "done" | "cancelled" | "failed";

export interface Run {
  phase: Phase;
  bytes: number;
  totalBytes: number;
  files: number;
  source: string;
  scriptBlocks: number;
  events: number;
  startedAt: number;
  seconds: number;
  /** Why it failed. */
  message: string;
}

/** A thing to read: a name with its path inside the folder, and the bytes. */
export interface Input {
  name: string;
  file: Blob;
  /** Whether it was found in a folder, instead of being given by itself. */
  inFolder?: boolean;
}

// Between the page and its worker.

export type ToWorker =
  /** The gzipped wasm in base 85, and the source of the worker's own script, for more of its kind. */
  | { type: "engine"; wasm: string; script: string }
  /** Workers that read are made ready: some, or as many as there can be. */
  | { type: "warm"; workers: number | null }
  /** Reads inputs and discards the results. */
  | { type: "rehearse"; inputs: Input[] }
  | { type: "inputs"; inputs: Input[]; first: boolean }
  /** The inputs that were sent are read. */
  | { type: "open"; options: SessionOptions }
  /** The inputs that were sent are read beside those that are open. */
  | { type: "add" }
  /** The last inputs are read again; until that is done, the page keeps what was found before. */
  | { type: "again"; options: SessionOptions }
  | { type: "cancel" }
  | { type: "drawn" }
  | { type: "password"; name: string; password: string | null }
  | { type: "block"; request: number; id: string }
  /** Reads the last inputs with a query. What it finds is answered as a run's messages. */
  | { type: "query"; request: number; text: string }
  | { type: "query-stop" }
  | { type: "lines"; request: number; ids: string[] }
  /** Answered once nothing else has been asked for a while. */
  | { type: "idle"; request: number }
  | { type: "rules"; request: number; options: SessionOptions }
  | { type: "read-rules"; request: number; inputs: Input[] }
  | { type: "assets"; request: number; files: AssetFile[] }
  | { type: "allow"; request: number; entries: AllowEntry[] }
  | { type: "call"; request: number; method: string; args: unknown[] }
  | { type: "run"; request: number; name: keyof import("./worker-client.js").Functions; args: unknown[] }
  | { type: "find"; request: number; text: string }
  | { type: "export"; request: number; format: string; marked: string[] };

/** The report's long lists, sent in pieces. */
export interface Pieces {
  sources: Source[];
  problems: Problem[];
  rules: Rule[];
  blocks: Block[];
  results: { result: Result; line: string }[];
  acts: Act[];
  /** Events of risk objects, by the object's place in the head. */
  risk: { object: number; event: RiskEvent }[];
}

/** The report without its long lists. */
export type Head = Omit<Report, "sources" | "problems" | "rules" | "results" | "scriptBlocks" | "acts">;

/** The report as the page holds it: rows and blocks are kept apart. */
export type Outline = Omit<Report, "results" | "scriptBlocks">;

export type Piece = { [K in keyof Pieces]: { type: "piece"; kind: K; items: Pieces[K] } }[keyof Pieces];

export type FromWorker =
  /** The methods that its sessions have. */
  | { type: "ready"; methods: string[] }
  | { type: "progress"; bytes: number; source: string; scriptBlocks: number; events: number }
  | { type: "head"; head: Head }
  | Piece
  | { type: "tail"; gone: string[] }
  | { type: "password"; name: string; wrong: boolean }
  /** `unbegun`: inputs that were not even begun when reading was cancelled. */
  | { type: "done"; cancelled: boolean; unbegun: number }
  /** Something that is wrong and keeps nothing from being read. */
  | { type: "remark"; message: string }
  | { type: "failed"; message: string }
  | { type: "answer"; request: number; value: any; last: boolean; refused?: Refused };

/** Why what was asked for cannot be, and where in what was given. */
export interface Refused {
  message: string;
  line?: number;
  column?: number;
}

/** A rule file that the reader of the page added or wrote. */
export interface TextFile {
  name: string;
  text: string;
}
