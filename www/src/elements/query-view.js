/** What a query over all script blocks found: its rows come while the logs are read. */
import { desk } from "../desk.js";
import { fill, foreign, h } from "../dom.js";
import { count, plural } from "../model/number.js";
import { length, shown } from "../model/time.js";
import { lineOf, linesDrawn } from "../lines.js";
import { query } from "../query.js";
import { store } from "../store.js";
import { neighboursOf } from "./neighbours.js";
import { Panel } from "./panel.js";
import { userName } from "./parts.js";
import { VirtualTable } from "./virtual-table.js";

/** @typedef {import("../types.js").Result} Result */

/** Columns drawn beside each other; the text is in the line below. */
const COLUMNS = 6;

export class QueryView extends Panel {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["query", "view", "zone", "selection", "lines"];

  #note = h("p", { class: "quiet", role: "status" });
  #header = h(
    "header",
    null,
    this.#note,
    h(
      "button",
      {
        type: "button",
        class: "text",
        onclick: () => {
          query.close();
          desk.show("story");
        },
      },
      "close the query",
    ),
  );
  #body = h("div", { class: "table" });
  #empty = h("p", { class: "empty" });
  /** @type {VirtualTable<Result> | null} */
  #table = null;
  #columns = "";
  /** @type {Result[] | null} */
  #drawn = null;
  /** The state of the first lines that is drawn. */
  #lines = 0;

  build() {
    this.append(this.#header, this.#body, this.#empty);
  }

  update() {
    if (query.isOpen) {
      const total = store.head?.totals.scriptBlocks ?? 0;
      const count = query.hasTable
        ? { shown: query.rows.length, total: Math.max(query.total, query.rows.length), one: "row" }
        : { shown: query.matched, total, one: "script block" };
      desk.setCount("query", count);
    }
    super.update();
  }

  show() {
    const blocks = plural(store.head?.totals.scriptBlocks ?? 0, "script block");
    const found = query.hasTable
      ? `${plural(query.total, "row")} of ${count(query.matched)} among ${blocks}`
      : `${count(query.matched)} of ${blocks}`;
    const lost = query.total - query.rows.length;
    this.#note.textContent = [
      found,
      query.isRunning
        ? `${Math.round(query.part * 100)} % read`
        : `${query.first > 0 && length(query.first) !== length(query.took) ? `first rows in ${length(query.first)}, all ` : ""}in ${length(query.took)}`,
      lost > 0 ? `${count(lost)} more rows counted, not kept` : "",
    ]
      .filter(Boolean)
      .join(" · ");
    const key = query.columns.join(" ");
    if (query.columns.length > 0 && key !== this.#columns) {
      this.#columns = key;
      this.#table = this.#newTable(query.columns);
      this.#drawn = null;
      fill(this.#body, this.#table.element);
    }
    if (this.#table && this.#drawn !== query.rows) {
      const stay = this.#drawn !== null;
      this.#drawn = query.rows;
      this.#table.show(query.rows.length, { key: "", down: false }, stay);
    } else if (this.#lines !== linesDrawn()) this.#table?.redraw();
    this.#lines = linesDrawn();
    const none = query.rows.length === 0;
    this.#body.hidden = none;
    this.#empty.hidden = !none;
    this.#empty.textContent = query.isRunning
      ? "Reading. Rows appear here as they are found."
      : query.matched > 0
        ? `${plural(query.matched, "script block matches", "script blocks match")}, but the query makes no row of them: they lack a field that it groups by.`
        : "Nothing matches this query.";
  }

  /** @param {number} by */
  move(by) {
    this.#table?.move(by);
  }

  focusRow() {
    this.#table?.focusRow();
  }

  /** @param {string[]} columns @returns {VirtualTable<Result>} */
  #newTable(columns) {
    const text = columns.find((name) => name === "ScriptBlockText") ?? null;
    const few = columns.filter((name) => name !== text).slice(0, COLUMNS);
    const rest = columns.filter((name) => name !== text && !few.includes(name));
    const table = new VirtualTable({
      label: "tab-query",
      columns: few.map((words) => ({ words, kind: "value" })),
      draw: (/** @type {Result} */ { id, fields, blocks }) => ({
        cells: [
          ...few.map((name) => [valueOf(name, fields[name])]),
          [
            text
              ? h(
                  "code",
                  null,
                  foreign(words(fields[text]) || query.lines.get(id) || (blocks[0] ? lineOf(blocks[0].id) : "")),
                )
              : null,
            rest.length > 0
              ? h("span", { class: "quiet" }, foreign(rest.map((name) => `${name}=${words(fields[name])}`).join(" ")))
              : null,
          ],
        ],
      }),
      id: ({ id }) => id,
      load: async (offset, limit) => query.rows.slice(offset, offset + limit),
      select: (row) => this.#select(row),
    });
    table.element.style.setProperty(
      "--columns",
      few.map((name) => (isTime(name) ? "174px" : "minmax(0, 1fr)")).join(" "),
    );
    return table;
  }

  /** Opens the first script block behind a row. @param {Result} row */
  async #select({ blocks }) {
    const [first] = blocks;
    const near = first ? await neighboursOf(first.id, 0) : null;
    if (first && near) store.choose({ kind: "block", id: first.id, item: near.block, spans: first.spans });
  }
}

/** @param {string} name */
const isTime = (name) => /^_time$|Time$/.test(name);

/** Returns a value for reading: a time as all times are shown, an account by its name. @param {string} name @param {string | string[] | null | undefined} value */
function valueOf(name, value) {
  const text = words(value);
  if (isTime(name) && /^\d{9,11}(\.\d+)?$/.test(text)) {
    const [seconds = "", fraction] = text.split(".");
    const iso = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
    return h("span", { title: text }, shown(`${iso}${fraction ? `.${fraction}` : ""}Z`));
  }
  return /^S-1-/.test(text) ? userName(text) : foreign(text);
}

/** @param {string | string[] | null | undefined} value */
const words = (value) => (Array.isArray(value) ? value.join(", ") : (value ?? "").slice(0, 400));

customElements.define("scope-query", QueryView);
