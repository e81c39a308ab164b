/** The same scripts: identical texts grouped, or those of one shape, rarest first. */
import { desk } from "../desk.js";
import { foreign, h } from "../dom.js";
import { engine } from "../worker-client.js";
import { count, plural, score } from "../model/number.js";
import { shown } from "../model/time.js";
import { lineOf, linesDrawn } from "../lines.js";
import { store } from "../store.js";
import { blockFilter } from "./blocks.js";
import { empty } from "./empty.js";
import { Panel } from "./panel.js";
import { VirtualTable } from "./virtual-table.js";

/** @typedef {import("../types.js").ScriptRow} ScriptRow */

export class Scripts extends Panel {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["data", "filter", "selection", "view", "zone", "run", "lines"];

  #sort = { key: "rarest", down: false };
  /** @type {VirtualTable<ScriptRow>} */
  #table = new VirtualTable({
    label: "tab-scripts",
    columns: [
      { words: "Computers", kind: "number", sort: "rarest" },
      { words: "Blocks", kind: "number", sort: "count" },
      { words: "Users", kind: "number" },
      { words: "Days", kind: "number" },
      { words: "First", kind: "when", sort: "first" },
      { words: "Score", kind: "score number", sort: "score" },
    ],
    draw: scriptCells,
    id: ({ id }) => id,
    load: async (offset, limit) => (await this.#list(offset, limit))?.rows ?? [],
    select: (row) => store.choose({ kind: "script", id: row.id, item: row }),
    onSort: (key, down) => {
      this.#sort = { key, down };
      this.#ask(false);
    },
  });
  #by = h(
    "select",
    { "aria-label": "Scripts that count as the same", onchange: () => this.#ask(false) },
    h("option", { value: "text" }, "identical texts"),
    h("option", { value: "shape" }, "same but for numbers, names and strings"),
  );
  #note = h("span", { class: "note" });
  #empty = h("div", { class: "empty" });
  #shown = "";
  /** @type {unknown} */
  #of = null;
  #asked = 0;
  /** The state of the first lines that is drawn. */
  #lines = 0;

  build() {
    this.append(h("header", null, this.#by, this.#note), this.#table.element, this.#empty);
  }

  update() {
    if (!this.isShown && store.run.phase !== "reading" && store.head !== null && this.#of !== store.head)
      this.#ask(true);
    super.update();
  }

  show() {
    if (this.#lines !== linesDrawn()) this.#table.redraw();
    this.#lines = linesDrawn();
    const isNew = this.#of !== store.head;
    if (isNew || this.#shown !== JSON.stringify(this.#query())) this.#ask(isNew);
    this.#table.mark(store.other?.kind === "script" ? store.other.id : "");
  }

  /** @param {number} by */
  move(by) {
    this.#table.move(by);
  }

  focusRow() {
    this.#table.focusRow();
  }

  /** @returns {import("../../../npm/index.js").ScriptQuery} */
  #query() {
    const { key, down } = this.#sort;
    const by = this.#by.value === "shape" ? "shape" : "text";
    const sort = /** @type {import("../../../npm/index.js").ScriptQuery["sort"]} */ (key);
    return { by, sort, reversed: down, filter: blockFilter() };
  }

  /** @param {number} offset @param {number} limit */
  #list(offset, limit) {
    return engine.call("listScripts", { ...this.#query(), offset, limit });
  }

  /** @param {boolean} stay */
  async #ask(stay) {
    this.#asked += 1;
    const mine = this.#asked;
    this.#of = store.head;
    this.#shown = JSON.stringify(this.#query());
    const list = await this.#list(0, 1);
    if (mine !== this.#asked || !list) return;
    const { total } = list;
    desk.setCount("scripts", {
      shown: total,
      total: Math.max(total, desk.counts.get("scripts")?.total ?? 0),
      one: "script",
    });
    // Out of sight only the count is needed.
    if (!this.isShown) {
      this.#shown = "";
      return;
    }
    this.#note.textContent = [
      `${count(list.seenOnce)} seen once`,
      list.notListed > 0 ? `about ${plural(list.notListed, "further script block")} not listed: too many` : "",
    ]
      .filter(Boolean)
      .join(" · ");
    this.#table.show(total, this.#sort, stay);
    this.#empty.hidden = total > 0;
    this.#table.element.hidden = total === 0;
    this.#empty.replaceChildren(...(total === 0 ? empty() : []));
  }
}

/** @param {ScriptRow} row */
function scriptCells(row) {
  return {
    cells: [
      [count(row.computers)],
      [count(row.blocks)],
      [count(row.users)],
      [count(row.days)],
      [shown(row.firstTime)],
      [row.score > 0 ? score(row.score) : ""],
      [
        h("code", null, foreign(row.firstLine ?? lineOf(row.sampleBlockId))),
        row.computers === 1 && row.blocks === 1 ? h("span", { class: "under" }, " seen once") : null,
      ],
    ],
  };
}

/** Returns where a script was seen, in words. @param {ScriptRow} row */
export const seenWords = ({ blocks, computers, days }) =>
  `${plural(blocks, "time", "times")} on ${plural(computers, "computer")}, ${plural(days, "day")}`;

customElements.define("scope-scripts", Scripts);
