/** The base of the views that list rows of the engine: the count is known out of sight too, rows are asked for in pages. */
import { census } from "../census.js";
import { desk } from "../desk.js";
import { h } from "../dom.js";
import { linesDrawn } from "../lines.js";
import { plural } from "../model/number.js";
import { zoneName } from "../model/time.js";
import { store } from "../store.js";
import { engine } from "../worker-client.js";
import { Panel } from "./panel.js";
import { VirtualTable } from "./virtual-table.js";

/** @typedef {{ shown: number, total: number, notes: string[] }} Taken how many rows are shown of how many, and what is said above them */

/** The list is said to be in the making if it takes longer than this: the first of a million script blocks takes seconds. */
const SLOW_MS = 300;

/**
 * @template {{ id: string }} Row
 * @template {{ rows: Row[] }} List
 */
export class ListPanel extends Panel {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["data", "filter", "selection", "view", "zone", "lines", "run", "names"];

  /** Which rows, a choice of the view. */
  choice = h("select", { onchange: () => this.changed() });
  note = h("span", { class: "note", role: "status" });
  empty = h("div", { class: "empty" });
  sort = { key: "", down: false };
  /** @type {VirtualTable<Row>} */
  table;
  /** @type {"block" | "script" | "indicator"} */
  #kind;
  /** The key of the list that is shown. */
  #shown = "";
  /** The state that it is of. @type {unknown} */
  #of = null;
  #asked = 0;
  /** The state of the first lines and names that is drawn. */
  #lines = 0;

  /**
   * @param {object} kind
   * @param {"block" | "script" | "indicator"} kind.kind of the rows
   * @param {string} kind.choice name of the choice
   * @param {[string, string][]} kind.choices its values with their words
   * @param {string} [kind.sort]
   * @param {import("./virtual-table.js").Kind<Row>["columns"]} kind.columns
   * @param {import("./virtual-table.js").Kind<Row>["draw"]} kind.draw
   */
  constructor({ kind, choice, choices, sort = "", columns, draw }) {
    super();
    this.#kind = kind;
    this.sort.key = sort;
    this.choice.setAttribute("aria-label", choice);
    this.choice.append(...choices.map(([value, words]) => h("option", { value }, words)));
    const view = /** @type {import("../types.js").ViewName} */ (`${kind}s`);
    this.table = new VirtualTable({
      label: `tab-${view}`,
      columns,
      draw,
      id: ({ id }) => id,
      load: async (offset, limit) => (await this.list(offset, limit))?.rows ?? [],
      select: (item) => store.choose(/** @type {any} */ ({ kind, id: item.id, item })),
      onSort: (key, down) => this.sortBy(key, down),
    });
    desk.states.set(view, {
      get: () => ({ sort: `${this.sort.key}${this.sort.down ? "-down" : ""}`, only: this.choice.value }),
      set: ({ sort: wanted = "", only = "" }) => {
        const [key = "", down] = wanted.split("-");
        if (columns.some((one) => one.sort === key)) this.sort = { key, down: down === "down" };
        if (choices.some(([value]) => value === only)) this.choice.value = only;
      },
    });
  }

  /** Asks for rows. @param {number} _offset @param {number} _limit @returns {Promise<List | null>} */
  async list(_offset, _limit) {
    return null;
  }

  /** Returns everything that the list depends on. @returns {unknown} */
  query() {
    return null;
  }

  /** Takes what the engine says of the list. @param {List} _list @returns {Taken} */
  take(_list) {
    return { shown: 0, total: 0, notes: [] };
  }

  /** Returns what is counted above the list if that is not its rows. @param {Taken} _taken @returns {import("../desk.js").Count | null} */
  counted(_taken) {
    return null;
  }

  /** Returns what is shown where there is no row. @param {List} _list @returns {(Node | string)[]} */
  none(_list) {
    return [];
  }

  /** @param {string} key @param {boolean} down */
  sortBy(key, down) {
    this.sort = { key, down };
    this.changed();
  }

  /** Asks for the list again, after the choice or order changed. */
  changed() {
    this.#ask(false);
    store.changed("layout");
  }

  update() {
    // While logs are read, the list is made only where it is seen: making it takes long.
    if (!this.isShown && store.run.phase !== "reading" && store.head !== null && this.#of !== store.head)
      this.#ask(true);
    super.update();
  }

  show() {
    const lines = linesDrawn() + census.version;
    if (this.#lines !== lines) this.table.redraw();
    this.#lines = lines;
    const isNew = this.#of !== store.head;
    if (isNew || this.#shown !== this.#key()) this.#ask(isNew);
    this.table.mark(this.chosen());
  }

  /** Returns the id of the selected row; "" for none. */
  chosen() {
    return store.other?.kind === this.#kind ? store.other.id : "";
  }

  /** @param {number} by */
  move(by) {
    this.table.move(by);
  }

  focusRow() {
    this.table.focusRow();
  }

  #key() {
    return JSON.stringify([this.query(), zoneName()]);
  }

  /** @param {boolean} stay whether it stays scrolled */
  async #ask(stay) {
    if (store.head === null) return;
    this.#asked += 1;
    const mine = this.#asked;
    this.#of = store.head;
    this.#shown = this.isShown ? this.#key() : "";
    if (!this.isShown) {
      // Only its count is wanted, and nobody waits for that.
      await engine.idle();
      if (mine !== this.#asked || this.#of !== store.head) return;
    }
    const slow = setTimeout(() => (this.note.textContent = "Listing…"), SLOW_MS);
    const list = await this.list(0, 1);
    clearTimeout(slow);
    if (mine !== this.#asked || !list) return;
    const { shown, total, notes } = this.take(list);
    const view = /** @type {import("../types.js").ViewName} */ (`${this.#kind}s`);
    const rows = { shown, total, one: this.#kind === "block" ? "script block" : this.#kind };
    desk.setCount(view, this.counted({ shown, total, notes }) ?? rows);
    // Out of sight only the count is needed.
    if (!this.isShown) {
      this.#shown = "";
      return;
    }
    this.note.textContent = notes.filter(Boolean).join(" · ");
    this.table.show(shown, this.sort, stay);
    this.empty.hidden = shown > 0;
    this.table.element.hidden = shown === 0;
    this.empty.replaceChildren(...(shown === 0 ? this.none(list) : []));
  }
}

/** Says how many script blocks are not listed because of a limit. @param {number} count */
export const notListed = (count) =>
  count > 0 ? `about ${plural(count, "further script block")} not listed: too many` : "";
