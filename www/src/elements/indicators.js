/** Indicators from script texts and their views: defanged, with where they were seen. */
import { desk } from "../desk.js";
import { foreign, h } from "../dom.js";
import { engine } from "../worker-client.js";
import { count, plural } from "../model/number.js";
import { shown } from "../model/time.js";
import { storage } from "../storage.js";
import { store } from "../store.js";
import { Panel } from "./panel.js";
import { VirtualTable } from "./virtual-table.js";

/** @typedef {import("../types.js").Indicator} Indicator */
/** @typedef {import("../../../npm/index.js").IndicatorQuery} Query */

const KEY = "scriptscope.defang";

/** Whether indicators are shown and copied so that no program takes them for links. */
let isDefanged = storage.read(KEY) !== false;

/** Returns an indicator as it is shown. @param {Indicator} row */
export const indicatorText = (row) => (isDefanged ? row.defanged : row.value);

const KINDS = [
  ["url", "URLs"],
  ["host", "hosts"],
  ["ipv4", "IPv4"],
  ["ipv6", "IPv6"],
  ["email", "e-mail"],
  ["md5", "MD5"],
  ["sha1", "SHA-1"],
  ["sha256", "SHA-256"],
  ["registry-key", "registry keys"],
  ["path", "paths"],
  ["named-pipe", "named pipes"],
  ["user-agent", "user agents"],
  ["thumbprint", "thumbprints"],
];

export class Indicators extends Panel {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["data", "filter", "selection", "view", "zone", "run"];

  /** @type {VirtualTable<Indicator>} */
  #table = new VirtualTable({
    label: "tab-indicators",
    columns: [
      { words: "Kind", kind: "kind" },
      { words: "Computers", kind: "number" },
      { words: "Times", kind: "number" },
      { words: "First", kind: "when" },
      { words: "Found in", kind: "view" },
    ],
    draw: (row) => indicatorCells(row, () => this.#copy([row])),
    id: ({ id }) => id,
    load: async (offset, limit) => (await this.#list(offset, limit))?.rows ?? [],
    select: (row) => store.choose({ kind: "indicator", id: row.id, item: row }),
  });
  #kind = h(
    "select",
    { "aria-label": "Kind of indicator", onchange: () => this.#ask(false) },
    h("option", { value: "" }, "all kinds"),
    KINDS.map(([value, words]) => h("option", { value }, words ?? "")),
  );
  #defang = h("button", { type: "button", class: "text", onclick: () => this.#toggle() }, "defanged");
  #all = h("button", { type: "button", class: "text", onclick: () => this.#copyAll() }, "copy all");
  #note = h("span", { class: "note", role: "status" });
  #left = "";
  #empty = h("div", { class: "empty" });
  #shown = "";
  /** @type {unknown} */
  #of = null;
  #asked = 0;

  build() {
    this.append(h("header", null, this.#kind, this.#defang, this.#all, this.#note), this.#table.element, this.#empty);
    this.#showDefang();
  }

  update() {
    if (!this.isShown && store.run.phase !== "reading" && store.head !== null && this.#of !== store.head)
      this.#ask(true);
    super.update();
  }

  show() {
    const isNew = this.#of !== store.head;
    if (isNew || this.#shown !== JSON.stringify(this.#query())) this.#ask(isNew);
    this.#table.mark(store.other?.kind === "indicator" ? store.other.id : "");
  }

  /** @param {number} by */
  move(by) {
    this.#table.move(by);
  }

  focusRow() {
    this.#table.focusRow();
  }

  /** @returns {Query} */
  #query() {
    const { object } = store.filter;
    const filter = object?.type === "system" ? { computer: object.object } : {};
    return { ...(this.#kind.value === "" ? {} : { kind: /** @type {Query["kind"]} */ (this.#kind.value) }), filter };
  }

  /** @param {number} offset @param {number} limit */
  #list(offset, limit) {
    return engine.call("listIndicators", { ...this.#query(), offset, limit });
  }

  /** @param {boolean} stay */
  async #ask(stay) {
    this.#asked += 1;
    const mine = this.#asked;
    this.#of = store.head;
    this.#shown = JSON.stringify(this.#query());
    const list = await this.#list(0, 1);
    if (mine !== this.#asked || !list) return;
    const all = Math.max(list.total, desk.counts.get("indicators")?.total ?? 0);
    desk.setCount("indicators", { shown: list.total, total: all, one: "indicator" });
    // Out of sight only the count is needed.
    if (!this.isShown) {
      this.#shown = "";
      return;
    }
    const left = Object.values(list.leftOut).reduce((sum, n) => sum + (n ?? 0), 0);
    this.#left =
      left === 0
        ? ""
        : `left out: ${Object.entries(list.leftOut)
            .map(([reason, n]) => `${count(n ?? 0)} ${reason.replaceAll("-", " ")}`)
            .join(", ")}`;
    this.#note.textContent = this.#left;
    this.#table.show(list.total, { key: "", down: false }, stay);
    this.#empty.hidden = list.total > 0;
    this.#table.element.hidden = list.total === 0;
    this.#empty.replaceChildren(
      h("p", null, "No indicator was found in the scripts of results."),
      left === 0 ? "" : h("p", { class: "quiet" }, this.#left),
    );
  }

  #toggle() {
    isDefanged = !isDefanged;
    storage.write(KEY, isDefanged);
    this.#showDefang();
    this.#table.redraw();
    store.changed("layout");
  }

  #showDefang() {
    this.#defang.setAttribute("aria-pressed", String(isDefanged));
  }

  async #copyAll() {
    const list = await this.#list(0, 10_000);
    if (list) await this.#copy(list.rows);
  }

  /** @param {Indicator[]} rows */
  async #copy(rows) {
    try {
      await navigator.clipboard.writeText(rows.map(indicatorText).join("\n"));
      this.#note.textContent = `Copied ${plural(rows.length, "indicator")}.`;
    } catch {
      this.#note.textContent = "The browser refuses the clipboard.";
    }
  }
}

/** @param {Indicator} row @param {() => void} copy */
function indicatorCells(row, copy) {
  const kind = KINDS.find(([name]) => name === row.kind)?.[1] ?? row.kind;
  return {
    cells: [
      [kind],
      [count(row.computers)],
      [`${count(row.count)}×`],
      [shown(row.firstTime)],
      [row.view === "original" ? h("span", { class: "quiet" }, "the text") : row.view],
      [
        h("code", null, foreign(indicatorText(row))),
        h(
          "button",
          { type: "button", class: "text copy", "aria-label": `Copy ${indicatorText(row)}`, onclick: copy },
          "copy",
        ),
      ],
    ],
  };
}

customElements.define("scope-indicators", Indicators);
