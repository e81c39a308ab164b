/** The query over all script blocks: the logs are read once more with it as their only rule, and its rows stream in. */
import { engine } from "./worker-client.js";
import { store } from "./store.js";

/** @typedef {import("./types.js").Result} Result */

/** Pause in typing after which a query runs by itself, and the most bytes of logs for that. */
const PAUSE_MS = 400;
const LIVE_BYTES = 96e6;

class Query extends EventTarget {
  text = "";
  /** Why the query cannot run: with a caret under the place. */
  fault = "";
  /** Whether it makes a table of its own; otherwise its rows are script blocks. */
  hasTable = false;
  /** @type {string[]} */
  columns = [];
  /** @type {Result[]} */
  rows = [];
  /** The line that matched, by row. @type {Map<string, string>} */
  lines = new Map();
  /** Number of rows, kept or not. */
  total = 0;
  /** Script blocks that it found. */
  matched = 0;
  /** Part of the logs that was read. */
  part = 0;
  isRunning = false;
  /** Milliseconds until the first rows, and until the last state. */
  first = 0;
  took = 0;
  /** Counts queries, so that the answers of a replaced one are dropped. */
  #asked = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;

  get isOpen() {
    return this.text !== "";
  }

  /** Takes what is typed: words narrow the results at once; all blocks are searched after a pause. @param {string} text */
  type(text) {
    clearTimeout(this.#pause);
    this.#asked += 1;
    const mine = this.#asked;
    if (text.trim() === "") {
      this.close();
      return;
    }
    // Words narrow the results at once, however busy the worker is. A search with fields and pipes is no list of words.
    store.setFilter({ text: /[|=`]/.test(text) ? "" : text });
    this.#pause = setTimeout(async () => {
      const read = await this.#read(text);
      if (mine !== this.#asked) return;
      if (!read) this.#tell();
      else if (store.run.phase !== "reading" && store.run.totalBytes <= LIVE_BYTES) this.run(text);
    }, PAUSE_MS);
  }

  /** Reads a query, and notes why it cannot run. @param {string} text */
  async #read(text) {
    try {
      const read = await engine.call("searchQuery", text);
      this.fault = "";
      return read;
    } catch (error) {
      this.fault = error instanceof Error ? error.message : String(error);
      return null;
    }
  }

  /**
   * Runs a query over all script blocks.
   * @param {string} text
   * @param {() => void} [onOpen] called once it is known that it can run
   */
  async run(text, onOpen = () => {}) {
    clearTimeout(this.#pause);
    if (text.trim() === "") return;
    if (text === this.text && (this.isRunning || this.part === 1)) {
      onOpen();
      return;
    }
    this.#asked += 1;
    const mine = this.#asked;
    const began = performance.now();
    /** @type {Map<string, Result>} */
    const rows = new Map();
    this.lines = new Map();
    /** @type {Parameters<typeof engine.query>[1]} */
    const take = (message) => {
      if (mine !== this.#asked) return;
      this.took = performance.now() - began;
      switch (message.type) {
        case "read": {
          const { isWords, hasTable } = message.read;
          store.setFilter({ text: isWords ? text : "" });
          Object.assign(this, {
            text,
            hasTable,
            fault: "",
            columns: [],
            rows: [],
            total: 0,
            matched: 0,
            part: 0,
            first: 0,
          });
          this.isRunning = true;
          onOpen();
          break;
        }
        case "progress":
          this.part = store.run.totalBytes > 0 ? Math.min(message.bytes / store.run.totalBytes, 1) : 0;
          break;
        case "head":
          this.total = message.head.totals.results;
          return;
        case "piece":
          if (message.kind === "rules") {
            this.columns = message.items[0]?.columns ?? [];
            this.matched = (message.items[0]?.matched ?? 0) + (message.items[0]?.matchedInViews ?? 0);
          }
          if (message.kind === "results") {
            for (const { result, line } of message.items) {
              rows.set(result.id, result);
              this.lines.set(result.id, line);
            }
          }
          return;
        case "tail":
          for (const id of message.gone) rows.delete(id);
          this.rows = [...rows.values()];
          if (this.first === 0 && rows.size > 0) this.first = this.took;
          break;
        case "done":
          this.isRunning = false;
          this.part = 1;
          break;
        default:
          return;
      }
      this.#tell();
    };
    await engine.query(text, take).catch((error) => {
      if (mine === this.#asked) this.fault = error.message;
    });
    if (mine !== this.#asked) return;
    this.isRunning = false;
    this.#tell();
  }

  /** Ends the query and forgets it. */
  close() {
    clearTimeout(this.#pause);
    this.#asked += 1;
    if (this.isRunning) engine.stopQuery();
    Object.assign(this, {
      text: "",
      fault: "",
      rows: [],
      columns: [],
      total: 0,
      matched: 0,
      part: 0,
      isRunning: false,
    });
    store.setFilter({ text: "" });
    this.#tell();
  }

  #tell() {
    store.changed("query");
  }
}

export const query = new Query();
