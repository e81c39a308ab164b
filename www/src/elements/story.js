/** The story: results in the order of time, grouped into acts. */
import { census } from "../census.js";
import { desk } from "../desk.js";
import { foreign, h } from "../dom.js";
import { keepFocus } from "../focus.js";
import { LEVELS, reason } from "../model/level.js";
import { count, plural, score } from "../model/number.js";
import { abandoned, inSlices } from "../model/slices.js";
import { length, millis, shown, timeKey } from "../model/time.js";
import { lineOf, linesDrawn } from "../lines.js";
import { engine } from "../worker-client.js";
import { store } from "../store.js";
import { view } from "../result-view.js";
import { empty } from "./empty.js";
import { neighboursOf } from "./neighbours.js";
import { Panel, showDetail } from "./panel.js";
import { hostName, moreButton, severity, userName } from "./parts.js";

/** @typedef {import("../types.js").Act} Act */
/** @typedef {import("../types.js").BlockRow} BlockRow */
/** @typedef {import("../types.js").ContextEvent} ContextEvent */
/** @typedef {import("../types.js").Row} Row */
/**
 * @typedef {object} Shown an act with its results in view
 * @property {Act} act
 * @property {Row[]} rows in the order of time
 * @property {Row} top the one with the highest score
 */
/**
 * @typedef {object} StoryRow
 * @property {string} id of the result that it opens
 * @property {number} block index of the script block that it opens
 * @property {Set<string>} ids of its results
 * @property {HTMLElement} element
 * @property {BlockRow} [near] of a neighbour: it is no result
 */

/** Acts, and results of an opened act, drawn at first: what is drawn at once is laid out at once. */
const ACTS = 40;
const RESULTS = 100;
/** Rules named in an act's line. */
const RULES = 4;
/** Acts of which the neighbours are shown: with more of them the story is long enough. */
const NEAR = 60;
/** Cleared logs and downgrades shown. */
const NOTABLE = 100;

export class Story extends Panel {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["data", "visible", "selection", "view", "zone", "run", "lines", "names"];

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
  /** Rows that can be selected, in order. @type {StoryRow[]} */
  #rows = [];
  /** Index of the row selected last: a result can be in several acts. */
  #at = -1;
  #header = h("header", null, h("span", { class: "quiet" }, "In the order of time."));
  #version = 0;
  /** Blocks before and after acts, by the act's id. @type {Map<string, { before: BlockRow | null, after: BlockRow | null }>} */
  #near = new Map();
  /** Events which say that script blocks are missing: cleared logs, engines that log none. @type {ContextEvent[]} */
  #notable = [];
  /** The state that they are of. @type {unknown} */
  #notableOf = null;
  /** The acts whose neighbours were asked for. @type {Shown[] | null} */
  #nearOf = null;
  #isNear = true;
  #nearButton = h("button", {
    type: "button",
    class: "text",
    "aria-keyshortcuts": "b",
    title: "key b",
    onclick: () => this.toggleNear(),
  });

  build() {
    this.#header.append(this.#nearButton);
    this.append(this.#header, h("div", { class: "scroller" }, this.#table, this.#empty, this.#more));
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
    if (this.#of !== store.head) {
      this.#of = store.head;
      this.#arranged = null;
      this.#acts = inOrder((store.head?.acts ?? []).map((act) => ({ time: act.firstTime, value: act })));
    }
    const { visible } = store;
    if (this.#arranged === visible) return;
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
        const timed = /** @type {Row[]} */ (rows).map((row) => ({ time: timeIn(row, act), value: row }));
        const inTime = timed.length > 1 ? inOrder(timed) : [first];
        const top = inTime.reduce((best, row) => (row.result.score > best.result.score ? row : best));
        found.push({ act, rows: inTime, top });
      },
      16,
    );
    this.#shown = found;
    // Other rows may have come into view since.
    this.#arranged = visible;
  }

  show() {
    this.#askNear();
    this.#askNotable();
    this.#nearButton.textContent = this.#isNear ? "hide what ran before and after" : "show what ran before and after";
    this.#nearButton.hidden = this.#shown.length > NEAR || this.#shown.length === 0;
    const drawn = [
      this.#of,
      store.visible,
      this.#limit,
      this.#version,
      shown("2026-01-01T00:00:00Z"),
      linesDrawn() + census.version,
    ];
    if (drawn.some((part, at) => part !== this.#drawn[at])) {
      this.#drawn = drawn;
      keepFocus(this.#table, () => this.#draw());
    }
    this.#drawSelection();
    const none = this.#shown.length === 0 && store.run.phase !== "idle";
    this.#empty.hidden = !none;
    this.#table.hidden = this.#header.hidden = this.#shown.length === 0;
    this.#empty.replaceChildren(...(none ? empty() : []));
  }

  /** @param {number} by */
  move(by) {
    const at = this.#current();
    // The first to be read is a result, not what ran before it.
    const first = Math.max(
      0,
      this.#rows.findIndex(({ near }) => !near),
    );
    const wanted = at < 0 ? (by > 0 ? first : this.#rows.length - 1) : at + by;
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

  /** @param {StoryRow} row */
  #select(row) {
    this.#at = this.#rows.indexOf(row);
    if (row.near) store.choose({ kind: "block", id: row.id, item: row.near });
    else store.select(row.id, row.block);
    this.#drawSelection();
    row.element.focus({ preventScroll: true });
    row.element.scrollIntoView({ block: "nearest" });
  }

  #current() {
    const selected = store.target()?.id;
    if (selected === undefined) return -1;
    return this.#rows[this.#at]?.ids.has(selected) ? this.#at : this.#rows.findIndex(({ ids }) => ids.has(selected));
  }

  #draw() {
    this.#rows = [];
    const acts = this.#shown.slice(0, this.#limit);
    // What ran before an act may have run before or after other acts too: all are in one order of time.
    const items = acts.flatMap((one) => {
      const { before = null, after = null } = (this.#isNear && this.#near.get(one.act.id)) || {};
      const near = (/** @type {BlockRow | null} */ row) =>
        row ? [{ time: row.time, value: () => [this.#neighbour(row)] }] : [];
      return [...near(before), { time: one.act.firstTime, value: () => this.#act(one) }, ...near(after)];
    });
    const { object } = store.filter;
    const events = this.#notable.filter(
      ({ computer }) => object?.type !== "system" || computer?.toLowerCase() === object.object.toLowerCase(),
    );
    items.push(...events.map((event) => ({ time: event.time, value: () => [notableRow(event)] })));
    const drawn = inOrder(items).flatMap((draw) => draw());
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
    const row = [
      column("when", "Time"),
      column("level", "Level"),
      column("number", "Results"),
      column("where", "Computer, user"),
    ];
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
      `${act.id} ${top.id}`,
      td("when", h("time", { dateTime: act.firstTime ?? "" }, shown(act.firstTime)), ms > 0 ? under(length(ms)) : null),
      td("level", severity(level, reason(top.rule, top.result.score)), under(score(top.result.score))),
      td("number", `×${count(rows.length)}`),
      td("where", whereWords(act.object, userIn(top, act))),
      td(
        "line",
        h("code", { class: "clamp" }, foreign(top.line)),
        h(
          "span",
          { class: "under" },
          foreign(titles),
          rows.length > 1 ? " · " : null,
          rows.length > 1 ? this.#opener(act, rows.length, isOpen) : null,
        ),
      ),
    );
    if (!isOpen) {
      const ids = new Set(rows.map(({ id }) => id));
      this.#rows.push({ id: top.id, block: blockIn(top, act), ids, element });
      return [element];
    }
    const more = moreButton(rows.length, limit, () => this.#setOpen(act.id, true, limit * 10));
    return [
      element,
      ...rows.slice(0, limit).map((row) => this.#result(row, act)),
      ...(more ? [h("tr", { role: "row" }, h("td", { role: "gridcell", colSpan: 5 }, more))] : []),
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

  /** @param {Row} row @param {Act} act */
  #result(row, act) {
    const element = this.#row(
      "result",
      `${act.id} ${row.id}`,
      td("when", h("time", { dateTime: timeIn(row, act) ?? "" }, shown(timeIn(row, act)))),
      td("level", severity(row.level, reason(row.rule, row.result.score))),
      td("number", `${count(row.result.count)}×`),
      td("where", foreign(row.rule.title)),
      td("line", h("code", { class: "clamp" }, foreign(row.line))),
    );
    this.#rows.push({ id: row.id, block: blockIn(row, act), ids: new Set([row.id]), element });
    return element;
  }

  /** Shows or hides the neighbours. */
  toggleNear() {
    this.#isNear = !this.#isNear;
    this.#version += 1;
    this.update();
  }

  /** Asks what ran before and after each act: the nearest block of the same process or minute that no rule matched. */
  async #askNear() {
    const acts = this.#shown;
    if (!this.#isNear || this.#nearOf === acts || store.run.phase === "reading") return;
    this.#nearOf = acts;
    this.#near = new Map();
    if (acts.length > NEAR || acts.length === 0) return;
    const seen = new Set();
    for (const { act, rows } of acts) {
      const ends = [rows[0], rows.at(-1)].map((row) => row?.result.blocks[row ? blockIn(row, act) : 0]?.id);
      const [first, last] = await Promise.all(ends.map((id) => (id ? neighboursOf(id, 1) : null)));
      if (this.#nearOf !== acts) return;
      const fresh = (/** @type {BlockRow | undefined} */ row) => {
        if (!row || row.results > 0 || seen.has(row.id)) return null;
        seen.add(row.id);
        return row;
      };
      this.#near.set(act.id, { before: fresh(first?.before.at(-1)), after: fresh(last?.after[0]) });
    }
    this.#version += 1;
    this.update();
  }

  async #askNotable() {
    const { head } = store;
    if (this.#notableOf === head) return;
    if (head === null) this.#notable = [];
    if (head === null || store.run.phase === "reading") return;
    this.#notableOf = head;
    const list = await engine.call("contextEvents", { notable: true, limit: NOTABLE }).catch(() => null);
    if (this.#notableOf !== head || !list) return;
    this.#notable = list.rows;
    this.#version += 1;
    this.update();
  }

  /** @param {BlockRow} row */
  #neighbour(row) {
    const element = this.#row(
      "near",
      row.id,
      td("when", h("time", { dateTime: row.time ?? "" }, shown(row.time))),
      td("level"),
      td("number"),
      td("where", whereWords(row.computer, row.user)),
      td(
        "line",
        h("code", { class: "clamp" }, foreign(lineOf(row.id))),
        h(
          "span",
          { class: "under" },
          row.path ? foreign(row.path) : null,
          `${row.path ? " · " : ""}no rule · ${row.seenOn > 1 ? `this text on ${count(row.seenOn)} computers` : "on no other computer"}`,
        ),
      ),
    );
    this.#rows.push({ id: row.id, block: 0, ids: new Set([row.id]), element, near: row });
    return element;
  }

  /** @param {string} kind @param {string} key @param {...HTMLElement} cells */
  #row(kind, key, ...cells) {
    return h("tr", { role: "row", class: kind, dataset: { key: `${kind} ${key}` }, tabIndex: -1 }, cells);
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
    const element = event.target.closest("tr");
    const row = this.#rows.find((one) => one.element === element);
    if (!row || getSelection()?.isCollapsed === false) return;
    this.#select(row);
    showDetail();
  }
}

/** Returns the row of an event that no rule searches. @param {ContextEvent} event */
function notableRow(event) {
  const words = event.isDowngrade
    ? `PowerShell ${event.engineVersion ?? "2.0"} started: a downgrade, which logs no script blocks`
    : "log cleared: what it held is not in these logs";
  return h(
    "tr",
    { role: "row", class: "notable" },
    td("when", h("time", { dateTime: event.time ?? "" }, shown(event.time))),
    td("level"),
    td("number"),
    td("where", whereWords(event.computer, event.user)),
    td(
      "line",
      h("code", { class: "clamp" }, foreign(event.decoded ?? event.text)),
      h("span", { class: "under" }, h("b", { class: "missing-words" }, words), ` · event ${event.eventId}`),
    ),
  );
}

/**
 * Sorts by time, what has none last; equal times stay in their order.
 * @template T
 * @param {{ time: string | null, value: T }[]} items
 */
function inOrder(items) {
  // Each key is made once: making it at each comparison takes a third of a second for 25,000 acts.
  const keyed = items.map(({ time, value }) => ({ key: timeKey(time), value }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ value }) => value);
}

/** Returns the time of a result in an act: one result may be in several. @param {Row} row @param {Act} act */
const timeIn = (row, act) => blockOf(row, act)?.time ?? row.result.firstTime;

/** @param {Row} row @param {Act} act */
const userIn = (row, act) => blockOf(row, act)?.user ?? null;

/** @param {Row} row @param {Act} act */
const blockOf = (row, act) => store.blocks.get(row.result.blocks[blockIn(row, act)]?.id ?? "");

/** Names computer and user. @param {string | null} computer @param {string | null} user */
const whereWords = (computer, user) => [
  h("b", null, computer === null ? "computer unknown" : hostName(computer)),
  user === null ? null : " · ",
  user === null ? null : userName(user),
];

/** Returns the index of a result's first script block in an act. @param {Row} row @param {Act} act */
function blockIn({ result }, { firstTime, lastTime }) {
  const [from, to] = [millis(firstTime), millis(lastTime)];
  const at = result.blocks.findIndex(({ id }) => {
    const time = millis(store.blocks.get(id)?.time ?? null);
    return time >= from && time <= to;
  });
  return Math.max(at, 0);
}

/** @param {string} kind @param {...(import("../dom.js").Child | import("../dom.js").Child[])} children */
const td = (kind, ...children) => h("td", { role: "gridcell", class: kind }, children.flat());

/** @param {string} words */
const under = (words) => h("span", { class: "under" }, words);

customElements.define("scope-story", Story);
