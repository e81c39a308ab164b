/** The results: one table, grouped by rule, in chunks whose rows are in the document while they are near the view. */
import { census } from "../census.js";
import { desk } from "../desk.js";
import { fill, foreign, h, s } from "../dom.js";
import { keepFocus } from "../focus.js";
import { marks } from "../annotations.js";
import { reason } from "../model/level.js";
import { count, plural, score } from "../model/number.js";
import { zoneName } from "../model/time.js";
import { abandoned, inSlices } from "../model/slices.js";
import { store } from "../store.js";
import { view } from "../result-view.js";
import { empty } from "./empty.js";
import { hostName, severity, times, userName } from "./parts.js";
import { Panel, showDetail } from "./panel.js";

/** @typedef {import("../model/arrange.js").Group} Group */
/** @typedef {import("../model/arrange.js").Key} Key */
/** @typedef {import("../types.js").Row} Row */
/**
 * @typedef {object} Chunk
 * @property {string} key
 * @property {Row[]} rows none for the heading of a group
 * @property {() => string} sign changes with what is drawn
 * @property {(element: HTMLElement) => void} draw fills the element
 */
/**
 * @typedef {object} Drawn
 * @property {Chunk} chunk
 * @property {HTMLElement} element
 * @property {string | null} signature of what is drawn; null while it is empty
 * @property {boolean} isNear whether it is near the view
 */

const CHUNK = 20;
/** Upper bound on rows listed. Further rows are counted, and shown on demand. */
const ROWS = 20_000;
/** Number of rows up to which all are drawn: the first screen is drawn at once. */
const SHORT = 40;
/** How far from the view rows are drawn: about a screen. */
const MARGIN = "800px 0px";
const ROW_PIXELS = 48;

export class Results extends Panel {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["visible", "selection", "run", "view", "zone", "lines", "names"];

  #table = h("table", { role: "grid", "aria-labelledby": "results-title", "aria-multiselectable": "false" });
  #head = h("thead", { role: "rowgroup" });
  #empty = h("div", { class: "empty" });
  #more = h("p", { class: "more", hidden: true });
  #by = h(
    "select",
    { "aria-label": "Group results", onchange: () => view.setBy(this.#by.value) },
    h("option", { value: "rule" }, "by rule"),
    h("option", { value: "computer" }, "by computer"),
    h("option", { value: "none" }, "ungrouped"),
  );
  #starred = h(
    "button",
    {
      type: "button",
      class: "text",
      "aria-pressed": "false",
      onclick: () => store.setFilter({ starred: !store.filter.starred }),
    },
    "starred",
  );
  #scroller = h("div", { class: "scroller" });
  /** In the order of the table. @type {Map<string, Drawn>} */
  #drawn = new Map();
  /** By their elements, for the observer. @type {WeakMap<Element, Drawn>} */
  #byElement = new WeakMap();
  #watch = new IntersectionObserver((entries) => this.#approach(entries), { root: this.#scroller, rootMargin: MARGIN });
  /** The row drawn as selected. @type {Element | null} */
  #current = null;
  /** @type {Set<string>} */
  #closed = new Set();
  #limit = ROWS;
  #work = new AbortController();
  #shownVisible = store.visible;
  /** The zone of the times drawn. */
  /** The zone and names that are drawn. */
  #words = "";

  build() {
    this.#table.append(this.#head);
    this.#scroller.append(this.#table, this.#empty, this.#more);
    this.append(
      h("header", null, h("h2", { id: "results-title", class: "aloud" }, "Results"), this.#by, this.#starred),
      this.#scroller,
    );
    this.#table.addEventListener("click", (event) => this.#click(event));
  }

  update() {
    desk.setCount("results", { shown: store.visible.length, total: store.rows.size, one: "result" });
    super.update();
  }

  show() {
    this.#starred.setAttribute("aria-pressed", String(store.filter.starred));
    this.#by.value = view.by;
    const words = `${zoneName()} ${census.version}`;
    if (this.#shownVisible !== store.visible || this.#words !== words) {
      this.#shownVisible = store.visible;
      this.#words = words;
      this.#drawHead();
      this.#draw();
    }
    this.#drawEmpty();
    this.#drawSelection();
  }

  /** Ends drawing: the rows drawn so far are used again when it is shown. */
  rest() {
    this.#work.abort();
    this.#shownVisible = [];
  }

  /** Moves the selection by some rows. @param {number} by */
  move(by) {
    const rows =
      this.#closed.size === 0 ? store.visible : store.visible.filter((row) => !this.#closed.has(this.#groupKey(row)));
    const selected = store.selectedRow();
    const at = selected ? rows.indexOf(selected) : -1;
    const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (next) this.select(next.id);
  }

  /** @param {string} id */
  select(id) {
    store.select(id);
    const found = this.#find(id);
    if (found) this.#fill(found.drawn);
    this.#drawSelection();
    const row = this.#current instanceof HTMLElement ? this.#current : null;
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  }

  /** Moves the focus to the selected row, or the first. */
  focusRow() {
    if (store.selected !== null) this.select(store.selected);
    else this.move(1);
  }

  async #draw() {
    this.#work.abort();
    this.#work = new AbortController();
    const { signal } = this.#work;
    const { chunks, left } = this.#chunks();
    try {
      await this.#forget(new Set(chunks.map((chunk) => chunk.key)), signal);
      let place = this.#head.nextElementSibling;
      let rows = 0;
      await inSlices(
        chunks.length,
        signal,
        (i) => {
          const chunk = /** @type {Chunk} */ (chunks[i]);
          place = this.#put(chunk, place, rows < SHORT);
          rows += chunk.rows.length;
        },
        1,
      );
    } catch (error) {
      if (abandoned(error)) return;
      throw error;
    }
    this.#showMore(left);
    this.#drawSelection();
  }

  /** Shows how many rows are not drawn. @param {number} left */
  #showMore(left) {
    const totals = store.head?.totals;
    const lost = (totals?.results ?? 0) - (totals?.resultsKept ?? 0);
    const draw = () => {
      this.#limit += ROWS;
      this.#draw();
    };
    this.#more.hidden = left === 0 && lost === 0;
    this.#more.replaceChildren(
      ...(left === 0
        ? []
        : [
            `${plural(left, "more result")} not drawn. Narrow the results, or `,
            h("button", { type: "button", class: "text", onclick: draw }, `draw ${count(Math.min(left, ROWS))} more`),
          ]),
      lost === 0
        ? ""
        : ` ${plural(lost, "further result")} counted but not kept: there are too many. Those kept have the highest scores.`,
    );
  }

  /** Removes the chunks that are no longer part of the table. @param {Set<string>} keys @param {AbortSignal} signal */
  async #forget(keys, signal) {
    const gone = [...this.#drawn].filter(([key]) => !keys.has(key));
    await inSlices(
      gone.length,
      signal,
      (i) => {
        const [key, { element }] = /** @type {(typeof gone)[0]} */ (gone[i]);
        this.#drawn.delete(key);
        this.#watch.unobserve(element);
        element.remove();
      },
      1,
    );
  }

  /**
   * Puts a chunk at a position, and reuses the element there if it has not changed.
   * @param {Chunk} chunk
   * @param {Element | null} place the element before which it is inserted
   * @param {boolean} atOnce whether its rows are drawn although it is not known to be near the view
   * @returns {Element | null} the element before which the next one is inserted
   */
  #put(chunk, place, atOnce) {
    const known = this.#drawn.get(chunk.key);
    const drawn = known ?? {
      chunk,
      element: bodyElement(chunk.rows.length === 0 ? "group" : "chunk"),
      signature: null,
      isNear: chunk.rows.length === 0,
    };
    const isResized = drawn.chunk.rows.length !== chunk.rows.length;
    drawn.chunk = chunk;
    if (drawn.isNear || atOnce) this.#fill(drawn);
    else if (!known || isResized || drawn.signature !== null) clear(drawn, chunk.rows.length * ROW_PIXELS);
    const { element } = drawn;
    if (!known) {
      this.#drawn.set(chunk.key, drawn);
      this.#byElement.set(element, drawn);
    }
    const isThere = place === element;
    if (!isThere) this.#table.insertBefore(element, place);
    if (!known && chunk.rows.length > 0) this.#watch.observe(element);
    return isThere ? element.nextElementSibling : place;
  }

  /** Draws a chunk's rows, if they are not drawn as they are now. @param {Drawn} drawn */
  #fill(drawn) {
    const { chunk, element } = drawn;
    const signature = chunk.sign();
    if (drawn.signature === signature) return;
    drawn.signature = signature;
    element.style.removeProperty("height");
    chunk.draw(element);
  }

  /** Draws the chunks that come near the view, and empties those that leave. @param {IntersectionObserverEntry[]} entries */
  #approach(entries) {
    // While the view is hidden nothing is near; its rows stay for its return.
    if (this.hidden) return;
    for (const { target, isIntersecting, boundingClientRect } of entries) {
      const drawn = this.#byElement.get(target);
      if (!drawn) continue;
      drawn.isNear = isIntersecting;
      if (isIntersecting) this.#fill(drawn);
      else if (drawn.signature !== null && !isUsed(target)) clear(drawn, boundingClientRect.height);
    }
    this.#drawSelection();
  }

  /** Draws all rows, for paper. */
  /** Returns the chunks of the table. */
  #chunks() {
    /** @type {Chunk[]} */
    const chunks = [];
    let room = this.#limit;
    let left = 0;
    let before = 1;
    for (const group of view.groups) {
      const closed = this.#closed.has(group.key);
      if (view.by !== "none") {
        before += 1;
        chunks.push(groupChunk(group, closed, before));
      }
      if (closed) continue;
      const rows = group.rows.slice(0, Math.max(room, 0));
      room -= rows.length;
      left += group.rows.length - rows.length;
      for (let at = 0; at < rows.length; at += CHUNK) {
        chunks.push(rowsChunk(`${view.by} ${group.key} ${at}`, rows.slice(at, at + CHUNK), before + at + 1));
      }
      before += rows.length;
    }
    this.#table.setAttribute("aria-rowcount", String(before + left));
    return { chunks, left };
  }

  #drawHead() {
    const column = (/** @type {Key[]} */ keys, /** @type {string[]} */ names, /** @type {string} */ kind) => {
      const { key, down } = view.order;
      const sorted = keys.includes(key);
      return h(
        "th",
        {
          role: "columnheader",
          scope: "col",
          class: kind,
          "aria-sort": sorted ? (down ? "descending" : "ascending") : "none",
        },
        keys.flatMap((one, i) => [
          i > 0 ? " – " : null,
          h(
            "button",
            {
              type: "button",
              dataset: { key: `sort ${one}` },
              class: `sort${one === key ? (down ? " down" : " up") : ""}`,
              onclick: () =>
                view.setOrder({
                  key: one,
                  down: one === key ? !down : one === "score" || one === "level" || one === "count",
                }),
            },
            names[i],
          ),
        ]),
      );
    };
    const row = h(
      "tr",
      { role: "row" },
      column(["level"], ["Level"], "level"),
      view.by === "rule" ? null : column(["title"], ["Rule"], "rule"),
      column(["computer"], ["Computer"], "computer"),
      column(["user"], ["User"], "user"),
      column(["count"], ["Count"], "number"),
      column(["first", "last"], ["First", "last"], "when"),
      column(["score"], ["Score"], "number"),
    );
    keepFocus(this.#head, () => this.#head.replaceChildren(row));
    for (const by of ["rule", "computer", "none"]) this.#table.classList.toggle(`by-${by}`, by === view.by);
  }

  #drawEmpty() {
    const show = store.visible.length === 0 && store.run.phase !== "idle";
    this.#empty.hidden = !show;
    this.#head.hidden = show;
    this.#empty.replaceChildren(...(show ? empty() : []));
  }

  #drawSelection() {
    const found = store.selected === null ? null : this.#find(store.selected);
    const wanted = found && found.drawn.signature !== null ? (found.drawn.element.children[found.at] ?? null) : null;
    if (this.#current !== wanted) {
      this.#current?.setAttribute("aria-selected", "false");
      this.#current?.setAttribute("tabindex", "-1");
      this.#current = wanted;
    }
    wanted?.setAttribute("aria-selected", "true");
    wanted?.setAttribute("tabindex", "0");
    // Tab reaches the table while nothing is selected, too.
    if (!wanted) this.#table.querySelector("tr.result")?.setAttribute("tabindex", "0");
  }

  /** @param {MouseEvent} event */
  #click(event) {
    if (!(event.target instanceof Element)) return;
    const group = event.target.closest("[data-group]")?.getAttribute("data-group");
    if (group !== null && group !== undefined) {
      if (this.#closed.has(group)) this.#closed.delete(group);
      else this.#closed.add(group);
      this.#draw();
      return;
    }
    const only = event.target.closest("[data-only]")?.getAttribute("data-only");
    if (only) store.setFilter({ rule: store.filter.rule === only ? null : only });
    const id = event.target.closest("tr.result")?.getAttribute("data-id");
    if (id && getSelection()?.isCollapsed !== false) {
      this.select(id);
      showDetail();
    }
  }

  /** Finds a row's chunk, and its place there. @param {string} id */
  #find(id) {
    for (const drawn of this.#drawn.values()) {
      const at = drawn.chunk.rows.findIndex((row) => row.id === id);
      if (at >= 0) return { drawn, at };
    }
    return null;
  }

  /** @param {Row} row */
  #groupKey(row) {
    return view.by === "rule" ? row.rule.id : view.by === "computer" ? row.computer.toLowerCase() : "";
  }
}

/** @param {"group" | "chunk"} kind */
const bodyElement = (kind) => h("tbody", { role: "rowgroup", class: kind });

/** Removes the rows of a chunk, and keeps their place. @param {Drawn} drawn @param {number} pixels */
function clear(drawn, pixels) {
  drawn.signature = null;
  drawn.element.replaceChildren();
  drawn.element.style.setProperty("height", `${pixels}px`);
}

/** Whether an element has the focus or a part of the selected text. @param {Element} element */
function isUsed(element) {
  const selection = getSelection();
  const isSelected = selection !== null && !selection.isCollapsed && selection.containsNode(element, true);
  return isSelected || element.contains(document.activeElement);
}

/** @param {string} key @param {Row[]} rows @param {number} index of the first row in the table @returns {Chunk} */
const rowsChunk = (key, rows, index) => ({
  key,
  rows,
  sign: () =>
    `${index} ${census.version} ${zoneName()}${rows.map((row) => `${row.id}${row.version}${markOf(row.id)}`).join(" ")}`,
  draw: (element) => element.replaceChildren(...rows.map((row, at) => rowElement(row, index + at))),
});

/** @param {Group} group @param {boolean} closed @param {number} index in the table @returns {Chunk} */
const groupChunk = (group, closed, index) => ({
  key: `${view.by} ${group.key} head`,
  rows: [],
  sign: () => `${index} ${closed} ${group.rows.length} ${group.rows[0]?.version} ${store.filter.rule}`,
  draw: (element) => fill(element, groupRow(group, closed, index)),
});

/** @param {Row} row @param {number} index in the table */
function rowElement(row, index) {
  const { result, rule } = row;
  const mark = marks.get(row.id);
  return h(
    "tr",
    {
      role: "row",
      class: `result${result.suppressedBy ? " suppressed" : ""}`,
      "aria-rowindex": String(index),
      dataset: { id: row.id },
      tabIndex: -1,
      "aria-selected": "false",
    },
    td("level", severity(row.level, reason(rule, result.score))),
    td("rule", rule.title),
    td("computer", row.computer === "" ? h("span", { class: "quiet" }, "unknown") : hostName(row.computer)),
    td("user", userName(row.user)),
    td("number", `${count(result.count)}×`),
    td("when", times(result.firstTime, result.lastTime)),
    td("number score", score(result.score)),
    h(
      "td",
      { role: "gridcell", class: "line" },
      // In a text of its own: a drawing beside clamped lines has a line to itself.
      mark?.star ? h("span", null, star()) : null,
      mark?.verdict ? h("b", { class: `verdict ${mark.verdict}` }, mark.verdict) : null,
      mark?.note ? h("span", { class: "note-mark", title: mark.note }, "note") : null,
      result.suppressedBy ? h("span", { class: "note-mark" }, "hidden by ", foreign(result.suppressedBy)) : null,
      h("code", null, foreign(row.line)),
    ),
  );
}

/** @param {string} kind @param {...import("../dom.js").Child} children */
const td = (kind, ...children) => h("td", { role: "gridcell", class: kind }, children);

/** @param {Group} group @param {boolean} closed @param {number} index in the table */
function groupRow(group, closed, index) {
  const first = group.rows[0];
  const { rule } = first ?? {};
  const byRule = view.by === "rule";
  const attack = byRule ? (rule?.attack ?? []).map((one) => one.technique).join(" ") : "";
  return h(
    "tr",
    { role: "row", "aria-rowindex": String(index) },
    h(
      "th",
      { role: "rowheader", scope: "rowgroup" },
      h(
        "button",
        { type: "button", class: "fold", "aria-expanded": String(!closed), dataset: { group: group.key } },
        caret(),
        foreign(group.title),
      ),
      h(
        "span",
        { class: "under" },
        [plural(group.rows.length, "result"), byRule ? rule?.type : null, attack].filter(Boolean).join(" · "),
      ),
      byRule
        ? h(
            "button",
            { type: "button", class: "text only", dataset: { only: group.key } },
            store.filter.rule === group.key ? "all rules" : "only this",
          )
        : null,
    ),
  );
}

const caret = () =>
  s("svg", { class: "caret", viewBox: "0 0 10 10", "aria-hidden": "true" }, s("path", { d: "M2 3.5 5 7 8 3.5" }));

const star = () =>
  s(
    "svg",
    { class: "star", viewBox: "0 0 10 10", role: "img", "aria-label": "starred" },
    s("path", { d: "M5 .4 6.4 3.6l3.4.3L7.2 6.200l.8 3.400L5 7.800 2 9.600l.8-3.400L.2 3.900l3.400-.3Z" }),
  );

/** @param {string} id */
function markOf(id) {
  const mark = marks.get(id);
  return mark ? `${mark.star ? "s" : ""}${mark.verdict ?? ""} ${mark.note ?? ""}` : "";
}

customElements.define("scope-results", Results);
