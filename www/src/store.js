/**
 * The page's state, and the listeners for each kind of change.
 *
 * Listeners are called once per frame, however many changes there were.
 */
import { everything, predicate } from "./model/filter.js";
import { toRow } from "./model/row.js";
import { frame, spent } from "./model/slices.js";
import { Tally } from "./model/tally.js";
import { plural } from "./model/number.js";
import { marks } from "./annotations.js";

/** @typedef {import("./types.js").Block} Block */
/** @typedef {import("./types.js").Filter} Filter */
/** @typedef {import("./types.js").Problem} Problem */
/** @typedef {import("./types.js").Row} Row */
/** @typedef {import("./types.js").Run} Run */
/** @typedef {"run" | "data" | "filter" | "visible" | "selection" | "marks" | "layout" | "rules" | "allow" | "view" | "counts" | "lines" | "query" | "zone" | "names"} Kind */
/** @typedef {import("./types.js").Outline} Outline */

/** Shortest time between two drawings of the progress: each costs the page's thread as much as reading some megabytes. */
const PROGRESS_MS = 150;

class Store {
  /** @type {Run} */
  run = idle();
  /** The report without its results and blocks. @type {Outline | null} */
  head = null;
  /** The state that is being received. @type {Outline | null} */
  #coming = null;
  /** @type {Map<string, Row>} */
  rows = new Map();
  tally = new Tally();
  /** @type {Map<string, Block>} */
  blocks = new Map();
  /** @type {Map<string, import("./types.js").Rule>} */
  rules = new Map();
  /** Problems of files that the page itself could not read: archives, folders. @type {Problem[]} */
  problems = [];
  /** @type {Filter} */
  filter = everything();
  /** Results whose script text, which the table does not show, contains the search text. @type {Set<string>} */
  textHits = new Set();
  /** Matched script blocks with the text or shape that the filter names; null while they are not known. @type {Set<string> | null} */
  textBlocks = null;
  /** In the order of the table. @type {Row[]} */
  visible = [];
  /** @type {string | null} */
  selected = null;
  /** Index of the shown block of the selected result. */
  block = 0;
  sample = false;
  /** What is selected outside of the results. @type {Exclude<import("./types.js").Target, { kind: "result" }> | null} */
  other = null;

  /** @type {Map<Kind, Set<() => void>>} */
  #listeners = new Map();
  /** @type {Set<Kind>} */
  #changed = new Set();
  #due = false;
  /** Whether progress waits to be drawn. */
  #waits = false;

  /** @param {Kind[]} kinds @param {() => void} listener */
  on(kinds, listener) {
    for (const kind of kinds) {
      const listeners = this.#listeners.get(kind) ?? new Set();
      listeners.add(listener);
      this.#listeners.set(kind, listeners);
    }
  }

  /** @param {...Kind} kinds */
  changed(...kinds) {
    for (const kind of kinds) this.#changed.add(kind);
    if (this.#due) return;
    this.#due = true;
    frame().then(() => this.#tell());
  }

  /** Calls each listener in a task of its own, so that a slow one delays only the next, after layout and paint. */
  async #tell() {
    this.#due = false;
    const kinds = [...this.#changed];
    this.#changed.clear();
    const listeners = new Set(kinds.flatMap((kind) => [...(this.#listeners.get(kind) ?? [])]));
    for (const listener of listeners) {
      listener();
      if (spent()) await frame();
    }
  }

  /** Clears the last run and starts another. @param {number} files */
  begin(files) {
    this.run = { ...idle(), phase: "reading", files, startedAt: performance.now() };
    this.head = null;
    this.#coming = null;
    this.rows = new Map();
    this.tally = new Tally();
    this.blocks = new Map();
    this.rules = new Map();
    this.problems = [];
    this.filter = everything();
    this.textHits = new Set();
    this.visible = [];
    this.selected = null;
    this.other = null;
    this.block = 0;
    this.changed("run", "data", "filter", "selection");
  }

  /** Starts another run over the same files: results stay until they are replaced. */
  beginAgain() {
    const { files, totalBytes } = this.run;
    this.run = { ...idle(), phase: "reading", files, totalBytes, startedAt: performance.now() };
    this.changed("run");
  }

  /** Starts reading further files: what was found stays. @param {number} files number of the further ones */
  beginMore(files) {
    const { scriptBlocks, events } = this.run;
    this.run = { ...idle(), phase: "reading", files: this.run.files + files, scriptBlocks, events };
    this.run.startedAt = performance.now();
    this.sample = false;
    this.changed("run");
  }

  /** Resolves once nothing is being read. */
  async ended() {
    while (this.run.phase === "reading") await new Promise((resolve) => setTimeout(resolve, PROGRESS_MS));
  }

  /** Reports files that had not been begun when reading was cancelled. @param {number} count */
  setUnbegun(count) {
    if (count > 0) this.remark({ code: "cancelled", message: unbegunWords(count) });
  }

  /** Adds a problem of the page itself. @param {Partial<Problem>} what */
  remark(what) {
    this.problems.push({ ...NO_PLACE, ...what });
    this.changed("data");
  }

  /** @param {Partial<Run>} change */
  setRun(change) {
    Object.assign(this.run, change);
    if (this.run.phase === "reading") this.run.seconds = (performance.now() - this.run.startedAt) / 1000;
    this.changed("run");
  }

  /** Notes the progress. It is drawn no more often than it can be read. @param {Partial<Run>} change */
  tellProgress(change) {
    Object.assign(this.run, change);
    if (this.#waits) return;
    this.#waits = true;
    setTimeout(() => {
      this.#waits = false;
      this.setRun({});
    }, PROGRESS_MS);
  }

  /** @param {Partial<Filter>} change */
  setFilter(change) {
    this.filter = { ...this.filter, ...change };
    this.changed("filter");
  }

  /** @param {string | null} id @param {number} [block] */
  select(id, block = 0) {
    if (this.selected === id && this.block === block && this.other === null) return;
    this.selected = id;
    this.other = null;
    this.block = block;
    this.changed("selection");
  }

  /** Selects a block, script or indicator. @param {Exclude<import("./types.js").Target, { kind: "result" }>} target */
  choose(target) {
    if (this.other?.kind === target.kind && this.other.id === target.id) return;
    this.selected = null;
    this.block = 0;
    this.other = target;
    this.changed("selection");
  }

  /** Returns what is selected, in whatever view. @returns {import("./types.js").Target | null} */
  target() {
    return this.selected === null ? this.other : { kind: "result", id: this.selected };
  }

  /** Begins to receive a state of the report. @param {import("./types.js").Head} head */
  expect(head) {
    this.#coming = { ...head, sources: [], problems: [], rules: [], acts: [] };
  }

  /** Receives a part of the state. @param {import("./types.js").Piece} piece */
  put(piece) {
    const coming = this.#coming;
    if (!coming) return;
    switch (piece.kind) {
      case "sources":
        coming.sources.push(...piece.items);
        break;
      case "problems":
        coming.problems.push(...piece.items);
        break;
      case "acts":
        coming.acts.push(...piece.items);
        break;
      case "rules":
        coming.rules.push(...piece.items);
        for (const rule of piece.items) this.rules.set(rule.id, rule);
        break;
      case "blocks":
        for (const block of piece.items) this.blocks.set(block.id, block);
        break;
      case "results":
        for (const { result, line } of piece.items) this.#putResult(result, line);
        break;
      case "risk":
        for (const { object, event } of piece.items) coming.riskObjects[object]?.events.push(event);
        break;
    }
  }

  /** Ends the state. @param {string[]} removed results that no longer exist */
  settle(removed) {
    for (const id of removed) this.#dropResult(id);
    this.head = this.#coming;
    this.#coming = null;
    if (this.selected !== null && !this.rows.has(this.selected)) this.select(null);
    this.changed("data");
  }

  /** @param {import("./types.js").Result} result @param {string} line */
  #putResult(result, line) {
    const rule = this.rules.get(result.ruleId);
    if (!rule) return;
    const row = toRow(result, line, rule, (id) => this.blocks.get(id));
    const before = this.rows.get(row.id);
    if (before) this.tally.drop(before);
    this.rows.set(row.id, row);
    this.tally.add(row);
  }

  /** @param {string} id */
  #dropResult(id) {
    const row = this.rows.get(id);
    if (!row) return;
    this.rows.delete(id);
    this.tally.drop(row);
  }

  /** @returns {(row: Row) => boolean} */
  predicate() {
    return predicate(this.filter, {
      ofObject: (object) => this.ofObject(object),
      hasBlock: (row, filter) => this.#hasBlock(row, filter),
      hasText: ({ result }) => this.textBlocks === null || result.blocks.some(({ id }) => this.textBlocks?.has(id)),
      isIn: (row, name) => this.isIn(row, name),
      textHits: this.textHits,
      mark: (id) => marks.get(id),
    });
  }

  /** Whether a result has a script block of the filter's process and path. @param {Row} row @param {Filter} filter */
  #hasBlock({ result }, { process, path }) {
    return result.blocks.some(({ id }) => {
      const block = this.blocks.get(id);
      if (!block || (path !== null && (block.path ?? "") !== path)) return false;
      return !process || (block.processId === process.id && block.computer === process.computer);
    });
  }

  /**
   * Returns the results that count against an object, and of those that count against none the ones of its script blocks.
   * @param {{ type: string, object: string }} wanted
   */
  ofObject(wanted) {
    const found = this.head?.riskObjects.find((one) => one.type === wanted.type && one.object === wanted.object);
    const ids = new Set(found?.events.map((event) => event.resultId));
    const name = wanted.object.toLowerCase();
    const isOf = (/** @type {{ id: string }} */ { id }) => {
      const { computer, user } = this.blocks.get(id) ?? {};
      const names = wanted.type === "user" ? [user, `${computer}\\${user}`] : [computer];
      return names.some((one) => one?.toLowerCase() === name);
    };
    for (const { id, result } of this.rows.values())
      if ((result.score === 0 || result.suppressedBy !== null) && result.blocks.some(isOf)) ids.add(id);
    return ids;
  }

  /** Whether a result has a record in a source. @param {Row} row @param {string} name */
  isIn(row, name) {
    return row.result.blocks.some((one) => this.blocks.get(one.id)?.events.some((event) => event.source === name));
  }

  /** Results by the blocks behind them, and the state that this is of. @type {{ of: unknown, rows: Map<string, Row[]> }} */
  #byBlock = { of: null, rows: new Map() };

  /** Returns the results that a script block is behind. @param {string} id */
  rowsOf(id) {
    if (this.#byBlock.of !== this.head) {
      /** @type {Map<string, Row[]>} */
      const rows = new Map();
      for (const row of this.rows.values()) {
        for (const block of row.result.blocks) {
          const known = rows.get(block.id);
          if (known) known.push(row);
          else rows.set(block.id, [row]);
        }
      }
      this.#byBlock = { of: this.head, rows };
    }
    return this.#byBlock.rows.get(id) ?? [];
  }

  /** Whether a filter narrows the results. */
  narrowed() {
    return this.visible.length !== this.rows.size;
  }

  selectedRow() {
    return this.selected === null ? null : (this.rows.get(this.selected) ?? null);
  }
}

/** A problem without a position, reported by the page itself. @type {Problem} */
export const NO_PLACE = {
  source: null,
  rule: null,
  severity: "warning",
  code: "",
  message: "",
  offset: null,
  line: null,
  column: null,
  record: null,
};

/** @param {number} count */
const unbegunWords = (count) =>
  `reading was cancelled: ${plural(count, "further file was", "further files were")} not read`;

/** @returns {Run} */
function idle() {
  return {
    phase: "idle",
    bytes: 0,
    totalBytes: 0,
    files: 0,
    source: "",
    scriptBlocks: 0,
    events: 0,
    startedAt: 0,
    seconds: 0,
    message: "",
  };
}

export const store = new Store();
