/** The rows shown, their order and groups. Computed again when results, filter or annotations change. */
import { grouped, isBy, isKey, sorted } from "./model/arrange.js";
import { abandoned, inSlices } from "./model/slices.js";
import { engine } from "./worker-client.js";
import { query } from "./query.js";
import { store } from "./store.js";

/** @typedef {import("./model/arrange.js").By} By */
/** @typedef {import("./model/arrange.js").Group} Group */
/** @typedef {import("./model/arrange.js").Order} Order */
/** @typedef {import("./types.js").Row} Row */

/** Pause in typing after which the script texts are searched. */
const PAUSE_MS = 150;
/** Script blocks of one text whose results are shown: as many as a report has results. */
const MOST_BLOCKS = 20_000;

class View {
  /** @type {Order} */
  order = { key: "score", down: true };
  /** @type {By} */
  by = "rule";
  /** @type {Group[]} */
  groups = [];

  /** All rows in order, cached while neither rows nor order change. @type {Row[] | null} */
  #sorted = null;
  #work = new AbortController();
  #searched = "";
  /** The rows of a query that were taken. @type {unknown} */
  #queried = null;
  /** The text and shape whose blocks are known. */
  #texts = "";
  #refreshed = 0;
  #shown = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;

  start() {
    store.on(["data"], () => {
      this.#sorted = null;
      this.#searched = "";
      this.#texts = "";
    });
    store.on(["query"], () => this.#takeQueried());
    store.on(["data", "filter", "marks"], () => {
      this.#searchTexts();
      this.#findBlocks();
      this.#refresh();
    });
  }

  /** @param {Row} row */
  shows(row) {
    return row.shown === this.#shown;
  }

  /** @param {Order} order */
  setOrder(order) {
    this.order = order;
    this.#sorted = null;
    this.#refresh();
    store.changed("layout");
  }

  /** @param {By} by */
  setBy(by) {
    this.by = by;
    this.#refresh();
    store.changed("layout");
  }

  /** Returns grouping and order as the address names them. */
  state() {
    return { by: this.by, sort: `${this.order.key}${this.order.down ? "-down" : ""}` };
  }

  /** Takes what an address names, if it is valid. @param {string | null} by @param {string | null} sort */
  setState(by, sort) {
    const [key = "", down] = (sort ?? "").split("-");
    if (isKey(key)) this.order = { key, down: down === "down" };
    if (isBy(by)) this.by = by;
    this.#sorted = null;
    this.#refresh();
  }

  async #refresh() {
    this.#work.abort();
    this.#work = new AbortController();
    const { signal } = this.#work;
    this.#refreshed += 1;
    const mine = this.#refreshed;
    try {
      const all = this.#sorted ?? (await sorted([...store.rows.values()], this.order, signal));
      this.#sorted = all;
      const holds = store.predicate();
      /** @type {Row[]} */
      const rows = [];
      await inSlices(all.length, signal, (i) => {
        const row = all[i];
        if (row && holds(row)) {
          row.shown = mine;
          rows.push(row);
        }
      });
      this.#shown = mine;
      this.groups = grouped(rows, this.by);
      store.visible = this.groups.flatMap((group) => group.rows);
      store.changed("visible");
    } catch (error) {
      if (!abandoned(error)) throw error;
    }
  }

  /** Whether a query of the words that filter the results is shown. */
  #isQueried() {
    return query.isOpen && query.text.trim() === this.#searched;
  }

  /** Takes the results of the script blocks that the query found. */
  #takeQueried() {
    if (!this.#isQueried() || query.rows === this.#queried) return;
    this.#queried = query.rows;
    const before = store.textHits.size;
    for (const { blocks } of query.rows)
      for (const { id } of blocks) for (const row of store.rowsOf(id)) store.textHits.add(row.id);
    if (store.textHits.size > before) this.#refresh();
  }

  /** Asks for the script blocks with the text or shape that the filter names. */
  async #findBlocks() {
    const { textId, shapeId } = store.filter;
    const wanted = textId === null && shapeId === null ? "" : `${textId} ${shapeId}`;
    if (wanted === this.#texts) return;
    this.#texts = wanted;
    store.textBlocks = null;
    if (wanted === "") return;
    const filter = { ...(textId && { textId }), ...(shapeId && { shapeId }), matched: true };
    const list = await engine.call("listBlocks", { filter, limit: MOST_BLOCKS });
    if (this.#texts !== wanted || !list) return;
    store.textBlocks = new Set(list.rows.map(({ id }) => id));
    this.#refresh();
  }

  /**
   * Searches the table's own words at once; the worker searches the script texts and sends what it finds. A query of the same
   * words finds them too, in every script block.
   */
  #searchTexts() {
    const text = store.filter.text.trim();
    if (text === this.#searched) return;
    this.#searched = text;
    store.textHits = new Set();
    this.#queried = null;
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      if (this.#isQueried()) return this.#takeQueried();
      engine.find(text, (ids) => {
        if (this.#searched !== text || ids.length === 0) return;
        for (const id of ids) store.textHits.add(id);
        this.#refresh();
      });
    }, PAUSE_MS);
  }
}

export const view = new View();
