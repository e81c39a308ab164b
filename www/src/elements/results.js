/** The results: one table, grouped by rule, in chunks that the browser lays out when they come into view. */
import { desk } from "../desk.js";
import { foreign, h, s } from "../dom.js";
import { keepFocus } from "../focus.js";
import { marks } from "../annotations.js";
import { reason } from "../model/level.js";
import { count, plural, score } from "../model/number.js";
import { zoneName } from "../model/time.js";
import { abandoned, frame, inSlices, pause } from "../model/slices.js";
import { store } from "../store.js";
import { view } from "../result-view.js";
import { empty } from "./empty.js";
import { hostName, severity, times } from "./parts.js";
import { Panel } from "./panel.js";

/** @typedef {import("../model/arrange.js").Group} Group */
/** @typedef {import("../model/arrange.js").Key} Key */
/** @typedef {import("../types.js").Row} Row */
/**
 * @typedef {object} Chunk
 * @property {string} key
 * @property {Row[]} rows none for the heading of a group
 * @property {() => string} sign
 * @property {(known?: HTMLElement) => HTMLElement} draw fills the given element, or makes one
 */

const CHUNK = 50;
/** Rows of the first chunks. They are in view and laid out in the frame that draws them, so they fill just a screen. */
const FIRST_CHUNK = 16;
/** Upper bound on rows in the document. Further rows are counted, and shown on demand. */
const ROWS = 20_000;
/** Chunks drawn at once. Further chunks wait until nothing has changed for a moment, as while the user types. */
const SOON = 8;
/** Further chunks drawn per frame: each costs layout as well. */
const IN_FRAME = 4;
/** Number of rows from which chunks out of view are not laid out: no screen shows as many, and states arrive while reading. */
const LONG = 50;
const PAUSE_MS = 250;
const ROW_PIXELS = 48;

/** On a narrow screen the script block is below the results: see style/narrow.css. */
const stacked = matchMedia("(width < 900px)");

export class Results extends Panel {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["visible", "selection", "run", "view", "zone", "lines"];

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
  /** @type {Map<string, { signature: string, rows: Row[], element: HTMLElement }>} */
  #drawn = new Map();
  /**
   * Chunks that were emptied. Removing an element with its own layout makes the browser visit the whole document, for
   * counters: some 20 ms with all rows. So they are removed together, when nobody types.
   * @type {Set<Element>}
   */
  #shells = new Set();
  /** The row drawn as selected. @type {Element | null} */
  #current = null;
  /** @type {Set<string>} */
  #closed = new Set();
  #limit = ROWS;
  #work = new AbortController();
  #shownVisible = store.visible;
  /** The zone of the times drawn. */
  #zone = "";

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
    if (this.#shownVisible !== store.visible || this.#zone !== zoneName()) {
      this.#shownVisible = store.visible;
      this.#zone = zoneName();
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
    this.#drawSelection();
    const row = this.#rowElement(id);
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
    const long = store.visible.length > LONG;
    if (long) this.#table.classList.add("long");
    try {
      await this.#forget(new Set(chunks.map((chunk) => chunk.key)), signal);
      let place = this.#behind(this.#head);
      const put = (/** @type {number} */ i) => {
        const chunk = chunks[i];
        if (chunk) place = this.#put(chunk, place);
      };
      await inSlices(Math.min(chunks.length, SOON), signal, put, 1);
      if (chunks.length > SOON) {
        await pause(PAUSE_MS, signal);
        await frame(signal);
      }
      this.#clear();
      if (chunks.length > SOON) {
        for (let i = SOON; i < chunks.length; i += 1) {
          put(i);
          if (i % IN_FRAME === 0) await frame(signal);
        }
      }
    } catch (error) {
      if (abandoned(error)) return;
      throw error;
    }
    // Runs after the rows of the previous state were removed.
    if (!long) this.#table.classList.remove("long");
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

  /** Empties the chunks that are no longer part of the table. @param {Set<string>} keys @param {AbortSignal} signal */
  async #forget(keys, signal) {
    const gone = [...this.#drawn].filter(([key]) => !keys.has(key));
    await inSlices(
      gone.length,
      signal,
      (i) => {
        const [key, { rows, element }] = /** @type {(typeof gone)[0]} */ (gone[i]);
        this.#drawn.delete(key);
        if (rows.length === 0) {
          element.remove();
          return;
        }
        element.replaceChildren();
        element.style.setProperty("contain-intrinsic-height", "0");
        this.#shells.add(element);
      },
      1,
    );
  }

  #clear() {
    for (const shell of this.#shells) shell.remove();
    this.#shells.clear();
  }

  /**
   * Puts a chunk at a position, and reuses the element there if it has not changed.
   * @param {Chunk} chunk
   * @param {Element | null} place the element before which it is inserted
   * @returns {Element | null} the element before which the next one is inserted
   */
  #put(chunk, place) {
    const known = this.#drawn.get(chunk.key);
    const signature = chunk.sign();
    const element = known?.signature === signature ? known.element : chunk.draw(known?.element);
    this.#drawn.set(chunk.key, { signature, rows: chunk.rows, element });
    if (place === element) return this.#behind(element);
    this.#table.insertBefore(element, place);
    return place;
  }

  /** Returns the next chunk, emptied ones left out. @param {Element} element */
  #behind(element) {
    let next = element.nextElementSibling;
    while (next && this.#shells.has(next)) next = next.nextElementSibling;
    return next;
  }

  /** Returns the chunks of the table. */
  #chunks() {
    /** @type {Chunk[]} */
    const chunks = [];
    let room = this.#limit;
    let left = 0;
    for (const group of view.groups) {
      const closed = this.#closed.has(group.key);
      if (view.by !== "none") chunks.push(this.#groupChunk(group, closed));
      if (closed) continue;
      const rows = group.rows.slice(0, Math.max(room, 0));
      room -= rows.length;
      left += group.rows.length - rows.length;
      for (let at = 0, size; at < rows.length; at += size) {
        size = chunks.length < SOON ? FIRST_CHUNK : CHUNK;
        const part = rows.slice(at, at + size);
        chunks.push({
          key: `${view.by} ${group.key} ${at}`,
          rows: part,
          sign: () => zoneName() + part.map((row) => `${row.id}${row.version}${markOf(row.id)}`).join(" "),
          draw: (known) => rowsElement(part, known),
        });
      }
    }
    return { chunks, left };
  }

  /** @param {Group} group @param {boolean} closed @returns {Chunk} */
  #groupChunk(group, closed) {
    const signature = `${closed} ${group.rows.length} ${group.rows[0]?.version} ${store.filter.rule}`;
    return {
      key: `${view.by} ${group.key} head`,
      rows: [],
      sign: () => signature,
      draw: (known) => groupElement(group, closed, known),
    };
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
    const wanted = store.selected === null ? null : this.#rowElement(store.selected);
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
      if (stacked.matches) document.querySelector("scope-detail")?.scrollIntoView();
    }
  }

  /** Finds a row by its chunk: a selector would visit every element of the table. @param {string} id @returns {HTMLElement | null} */
  #rowElement(id) {
    for (const { rows, element } of this.#drawn.values()) {
      const at = rows.findIndex((row) => row.id === id);
      if (at >= 0) return /** @type {HTMLElement} */ (element.children[at]);
    }
    return null;
  }

  /** @param {Row} row */
  #groupKey(row) {
    return view.by === "rule" ? row.rule.id : view.by === "computer" ? row.computer.toLowerCase() : "";
  }
}

/** @param {Row[]} rows @param {HTMLElement} [known] */
function rowsElement(rows, known = h("tbody", { role: "rowgroup", class: "chunk" })) {
  known.style.setProperty("contain-intrinsic-height", `auto ${rows.length * ROW_PIXELS}px`);
  known.replaceChildren(...rows.map(rowElement));
  return known;
}

/** @param {Row} row */
function rowElement(row) {
  const { result, rule } = row;
  const mark = marks.get(row.id);
  return h(
    "tr",
    {
      role: "row",
      class: `result${result.suppressedBy ? " suppressed" : ""}`,
      dataset: { id: row.id },
      tabIndex: -1,
      "aria-selected": "false",
    },
    td("level", severity(row.level, reason(rule, result.score))),
    td("rule", rule.title),
    td("computer", row.computer === "" ? h("span", { class: "quiet" }, "unknown") : hostName(row.computer)),
    td("user", foreign(row.user)),
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

/** @param {Group} group @param {boolean} closed @param {HTMLElement} [known] */
function groupElement(group, closed, known = h("tbody", { role: "rowgroup", class: "group" })) {
  const first = group.rows[0];
  const { rule } = first ?? {};
  const byRule = view.by === "rule";
  const attack = byRule ? (rule?.attack ?? []).map((one) => one.technique).join(" ") : "";
  known.replaceChildren(
    h(
      "tr",
      { role: "row" },
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
    ),
  );
  return known;
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
