/** The story: results in the order of time, grouped into acts. */
import { desk } from "../desk.js";
import { foreign, h } from "../dom.js";
import { keepFocus } from "../focus.js";
import { acts } from "../model/acts.js";
import { LEVELS, reason } from "../model/level.js";
import { count, plural, score } from "../model/number.js";
import { abandoned, inSlices } from "../model/slices.js";
import { length, millis, shown } from "../model/time.js";
import { store } from "../store.js";
import { view } from "../result-view.js";
import { empty } from "./empty.js";
import { Panel } from "./panel.js";
import { hostName, moreButton, severity } from "./parts.js";

/** @typedef {import("../types.js").Act} Act */
/** @typedef {import("../types.js").Row} Row */
/**
 * @typedef {object} Shown an act with its results in view
 * @property {Act} act
 * @property {Row[]} rows in the order of time
 * @property {Row} top the one with the highest score
 */

/** Acts, and results of an opened act, drawn at first. */
const ACTS = 200;
const RESULTS = 100;
/** Rules named in an act's line. */
const RULES = 4;

export class Story extends Panel {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["data", "visible", "selection", "view", "zone", "run"];

  #body = h("tbody", { role: "rowgroup" });
  #table = h("table", { role: "grid", "aria-labelledby": "tab-story" }, this.#head(), this.#body);
  #empty = h("div", { class: "empty" });
  #more = h("p", { class: "more" });
  /** @type {Act[]} */
  #acts = [];
  /** The state from which acts were made. @type {unknown} */
  #of = null;
  /** @type {Shown[]} */
  #shown = [];
  /** The rows in view from which they were made. @type {Row[] | null} */
  #arranged = null;
  #work = new AbortController();
  /** The key of the drawn table. @type {unknown[]} */
  #drawn = [];
  #limit = ACTS;
  /** Number of results drawn in each opened act. @type {Map<string, number>} */
  #open = new Map();
  /** Rows that can be selected, in order: the result that each opens. @type {{ id: string, ids: Set<string>, element: HTMLElement }[]} */
  #rows = [];
  #version = 0;

  build() {
    this.append(h("div", { class: "scroller" }, this.#table, this.#empty, this.#more));
    this.#table.addEventListener("click", (event) => this.#click(event));
  }

  async update() {
    this.#work.abort();
    this.#work = new AbortController();
    try {
      await this.#arrange(this.#work.signal);
    } catch (error) {
      if (abandoned(error)) return;
      throw error;
    }
    desk.setCount("story", { shown: this.#shown.length, total: this.#acts.length, one: "act" });
    super.update();
  }

  /** Finds the acts with results in view. @param {AbortSignal} signal */
  async #arrange(signal) {
    if (this.#of !== store.head || store.head === null) {
      this.#of = store.head;
      this.#arranged = null;
      this.#acts = /** @type {any} */ (store.head)?.acts ?? acts([...store.rows.values()]);
      this.#acts.sort((a, b) => (millis(a.firstTime) || Infinity) - (millis(b.firstTime) || Infinity));
    }
    if (this.#arranged === store.visible) return;
    /** @type {Shown[]} */
    const found = [];
    await inSlices(
      this.#acts.length,
      signal,
      (i) => {
        const act = /** @type {Act} */ (this.#acts[i]);
        const rows = act.resultIds.map((id) => store.rows.get(id)).filter((row) => row && view.shows(row));
        const [first] = rows;
        if (!first) return;
        const inTime = /** @type {Row[]} */ (rows).sort((a, b) => a.first - b.first);
        const top = inTime.reduce((best, row) => (row.result.score > best.result.score ? row : best));
        found.push({ act, rows: inTime, top });
      },
      16,
    );
    this.#shown = found;
    this.#arranged = store.visible;
  }

  show() {
    const drawn = [this.#of, store.visible, this.#limit, this.#version, shown("2026-01-01T00:00:00Z")];
    if (drawn.some((part, at) => part !== this.#drawn[at])) {
      this.#drawn = drawn;
      keepFocus(this.#table, () => this.#draw());
    }
    this.#drawSelection();
    const none = this.#shown.length === 0 && store.run.phase !== "idle";
    this.#empty.hidden = !none;
    this.#table.hidden = this.#shown.length === 0;
    this.#empty.replaceChildren(...(none ? empty() : []));
  }

  /** @param {number} by */
  move(by) {
    const at = this.#current();
    const wanted = at < 0 ? (by > 0 ? 0 : this.#rows.length - 1) : at + by;
    const next = this.#rows[Math.min(Math.max(wanted, 0), this.#rows.length - 1)];
    if (next) this.#select(next);
  }

  focusRow() {
    const row = this.#rows[this.#current()];
    if (row) this.#select(row);
    else this.move(1);
  }

  /** Opens or closes the act of the selected row. @param {boolean} open */
  fold(open) {
    const { selected } = store;
    const found = selected === null ? null : this.#shown.find(({ rows }) => rows.some(({ id }) => id === selected));
    if (found && found.rows.length > 1) this.#setOpen(found.act.id, open);
  }

  /** @param {{ id: string, ids: Set<string>, element: HTMLElement }} row */
  #select(row) {
    if (store.selected === null || !row.ids.has(store.selected)) store.select(row.id);
    this.#drawSelection();
    row.element.focus({ preventScroll: true });
    row.element.scrollIntoView({ block: "nearest" });
  }

  #current() {
    const { selected } = store;
    return selected === null ? -1 : this.#rows.findLastIndex(({ ids }) => ids.has(selected));
  }

  #draw() {
    this.#rows = [];
    const acts = this.#shown.slice(0, this.#limit);
    const drawn = acts.flatMap((one) => this.#act(one));
    this.#body.replaceChildren(...drawn);
    this.#table.setAttribute("aria-rowcount", String(drawn.length + 1));
    const more = moreButton(this.#shown.length, this.#limit, () => {
      this.#limit *= 10;
      this.update();
    });
    this.#more.replaceChildren(...(more ? [more] : []));
  }

  #head() {
    const column = (/** @type {string} */ kind, /** @type {string} */ words) =>
      h("th", { role: "columnheader", scope: "col", class: kind }, words);
    const row = [column("when", "Time"), column("level", "Level"), column("number", "Results"), column("line", "What")];
    return h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, row));
  }

  /** @param {Shown} one @returns {HTMLElement[]} */
  #act({ act, rows, top }) {
    const limit = this.#open.get(act.id);
    const isOpen = limit !== undefined && rows.length > 1;
    const ms = millis(act.lastTime) - millis(act.firstTime);
    const level = LEVELS.find((one) => rows.some((row) => row.level === one)) ?? top.level;
    const rules = [...new Set(rows.map((row) => row.rule.title))];
    const titles = `${rules.slice(0, RULES).join(", ")}${rules.length > RULES ? ` and ${count(rules.length - RULES)} more rules` : ""}`;
    const element = this.#row(
      "act",
      top.id,
      td("when", h("time", { dateTime: act.firstTime ?? "" }, shown(act.firstTime)), ms > 0 ? under(length(ms)) : null),
      td("level", severity(level, reason(top.rule, top.result.score)), under(score(top.result.score))),
      td("number", `×${count(rows.length)}`),
      td(
        "line",
        h("code", { class: "clamp" }, foreign(top.line)),
        h(
          "span",
          { class: "under" },
          store.filter.object ? null : h("b", null, act.object === "" ? "computer unknown" : hostName(act.object)),
          store.filter.object ? null : " · ",
          foreign(titles),
          rows.length > 1 ? " · " : null,
          rows.length > 1 ? this.#opener(act, rows.length, isOpen) : null,
        ),
      ),
    );
    if (!isOpen) {
      this.#rows.push({ id: top.id, ids: new Set(rows.map(({ id }) => id)), element });
      return [element];
    }
    const more = moreButton(rows.length, limit, () => this.#setOpen(act.id, true, limit * 10));
    return [
      element,
      ...rows.slice(0, limit).map((row) => this.#result(row)),
      ...(more ? [h("tr", { role: "row" }, h("td", { role: "gridcell", colSpan: 4 }, more))] : []),
    ];
  }

  /** @param {Act} act @param {number} results @param {boolean} isOpen */
  #opener(act, results, isOpen) {
    return h(
      "button",
      {
        type: "button",
        class: "text open",
        dataset: { key: `open ${act.id}`, act: act.id },
        "aria-expanded": String(isOpen),
      },
      isOpen ? "close" : `open ${plural(results, "result")}`,
    );
  }

  /** @param {Row} row */
  #result(row) {
    const element = this.#row(
      "result",
      row.id,
      td("when", h("time", { dateTime: row.result.firstTime ?? "" }, shown(row.result.firstTime))),
      td("level", severity(row.level, reason(row.rule, row.result.score))),
      td("number", `${count(row.result.count)}×`),
      td("line", h("code", { class: "clamp" }, foreign(row.line)), under(row.rule.title)),
    );
    this.#rows.push({ id: row.id, ids: new Set([row.id]), element });
    return element;
  }

  /** @param {string} kind @param {string} id @param {...HTMLElement} cells */
  #row(kind, id, ...cells) {
    return h("tr", { role: "row", class: kind, dataset: { id, key: `${kind} ${id}` }, tabIndex: -1 }, cells);
  }

  /** @param {string} act @param {boolean} open @param {number} [limit] */
  #setOpen(act, open, limit = RESULTS) {
    if (open) this.#open.set(act, limit);
    else this.#open.delete(act);
    this.#version += 1;
    this.update();
  }

  #drawSelection() {
    const at = this.#current();
    for (const [i, { element }] of this.#rows.entries()) {
      element.setAttribute("aria-selected", String(i === at));
      // Tab reaches the table while nothing is selected, too.
      element.tabIndex = i === Math.max(at, 0) ? 0 : -1;
    }
  }

  /** @param {MouseEvent} event */
  #click(event) {
    if (!(event.target instanceof Element)) return;
    const act = event.target.closest("[data-act]")?.getAttribute("data-act");
    if (act) {
      this.#setOpen(act, !this.#open.has(act));
      return;
    }
    const element = event.target.closest("tr[data-id]");
    const id = element?.getAttribute("data-id");
    if (!id || getSelection()?.isCollapsed === false) return;
    store.select(id);
    this.#drawSelection();
    /** @type {HTMLElement} */ (element).focus({ preventScroll: true });
  }
}

/** @param {string} kind @param {...import("../dom.js").Child} children */
const td = (kind, ...children) => h("td", { role: "gridcell", class: kind }, children);

/** @param {string} words */
const under = (words) => h("span", { class: "under" }, words);

customElements.define("scope-story", Story);
