/** Indicators from script texts and their views: defanged, with where they were seen. */
import { desk } from "../desk.js";
import { foreign, h } from "../dom.js";
import { engine } from "../worker-client.js";
import { count, plural } from "../model/number.js";
import { shown } from "../model/time.js";
import { storage } from "../storage.js";
import { store } from "../store.js";
import { blockFilter } from "./blocks.js";
import { ListPanel } from "./list-panel.js";

/** @typedef {import("../types.js").Indicator} Indicator */
/** @typedef {import("../../../npm/index.js").IndicatorQuery} Query */

const KEY = "scriptscope.defang";

/** Whether indicators are shown and copied so that no program takes them for links. */
let isDefanged = storage.read(KEY) !== false;

/** Returns an indicator as it is shown. @param {Indicator} row */
export const indicatorText = (row) => (isDefanged ? row.defanged : row.value);

/** @type {[string, string][]} */
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

/** @extends {ListPanel<Indicator, import("../../../npm/index.js").IndicatorList>} */
export class Indicators extends ListPanel {
  #defang = h("button", { type: "button", class: "text", onclick: () => this.#toggle() }, "defanged");
  #all = h("button", { type: "button", class: "text", onclick: () => this.#copyAll() }, "copy all");

  constructor() {
    super({
      kind: "indicator",
      choice: "Kind of indicator",
      choices: [["", "all kinds"], ...KINDS],
      columns: [
        { words: "Kind", kind: "kind" },
        { words: "Computers", kind: "number" },
        { words: "Times", kind: "number" },
        { words: "First", kind: "when" },
        { words: "Found in", kind: "view" },
      ],
      draw: (row) => indicatorCells(row, () => this.#copy([row])),
    });
  }

  build() {
    this.append(h("header", null, this.choice, this.#defang, this.#all, this.note), this.table.element, this.empty);
    this.#showDefang();
  }

  /** @returns {Query & { blocks: import("../../../npm/index.js").BlockFilter }} */
  query() {
    const kind = /** @type {Query["kind"]} */ (this.choice.value);
    return { ...(this.choice.value === "" ? {} : { kind }), blocks: blockFilter() };
  }

  /** @param {number} offset @param {number} limit */
  list(offset, limit) {
    const { blocks, ...query } = this.query();
    return engine.call("listIndicators", { ...query, offset, limit }, blocks);
  }

  /** @param {import("../../../npm/index.js").IndicatorList} list */
  take({ total, leftOut }) {
    const all = Math.max(total, desk.counts.get("indicators")?.total ?? 0);
    return { shown: total, total: all, notes: [leftOutWords(leftOut)] };
  }

  /** @param {import("../../../npm/index.js").IndicatorList} list */
  none({ leftOut }) {
    const left = leftOutWords(leftOut);
    return [
      h(
        "p",
        null,
        Object.keys(blockFilter()).length > 0
          ? "No indicator was found in the scripts of results that fit the filters."
          : "No indicator was found in the scripts of results.",
      ),
      left === "" ? "" : h("p", { class: "quiet" }, left),
    ];
  }

  #toggle() {
    isDefanged = !isDefanged;
    storage.write(KEY, isDefanged);
    this.#showDefang();
    this.table.redraw();
    store.changed("layout");
  }

  #showDefang() {
    this.#defang.setAttribute("aria-pressed", String(isDefanged));
  }

  async #copyAll() {
    const list = await this.list(0, 10_000);
    if (list) await this.#copy(list.rows);
  }

  /** @param {Indicator[]} rows */
  async #copy(rows) {
    try {
      await navigator.clipboard.writeText(rows.map(indicatorText).join("\n"));
      this.note.textContent = `Copied ${plural(rows.length, "indicator")}.`;
    } catch {
      this.note.textContent = "The browser refuses the clipboard.";
    }
  }
}

/** Says what is not listed because nobody would block it. @param {Record<string, number | undefined>} leftOut */
function leftOutWords(leftOut) {
  const reasons = Object.entries(leftOut).filter(([, n]) => n);
  if (reasons.length === 0) return "";
  return `left out: ${reasons.map(([reason, n]) => `${count(n ?? 0)} ${reason.replaceAll("-", " ")}`).join(", ")}`;
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
