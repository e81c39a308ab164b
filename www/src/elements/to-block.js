/** What to block: the network indicators in the code of the results' scripts, defanged, and the script files that ran. */
import { desk } from "../desk.js";
import { foreign, h } from "../dom.js";
import { engine } from "../worker-client.js";
import { plural } from "../model/number.js";
import { renew } from "../reconcile.js";
import { store } from "../store.js";
import { indicatorText } from "./indicators.js";
import { View } from "./view.js";

/** @typedef {import("../types.js").Indicator} Indicator */
/** @typedef {{ path: string, computers: Set<string>, score: number }} ScriptFile */

/** Script files shown. */
const FILES = 6;

export class ToBlock extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["data", "run", "filter", "layout"];

  #list = h("ul", null);
  #said = h("span", { role: "status", class: "note" });
  /** @type {Indicator[]} */
  #rows = [];
  /** @type {ScriptFile[]} */
  #files = [];
  /** @type {unknown[]} */
  #of = [];
  #asked = 0;

  build() {
    this.append(
      h(
        "header",
        null,
        h("h2", { id: "to-block-title" }, "To block"),
        this.#said,
        h("button", { type: "button", class: "text", onclick: () => this.#copy() }, "copy"),
        h("button", { type: "button", class: "text", onclick: () => desk.show("indicators") }, "all"),
      ),
      this.#list,
    );
  }

  update() {
    const { object } = store.filter;
    const of = [store.head, object];
    if (store.run.phase !== "reading" && store.head !== null && of.some((part, at) => part !== this.#of[at])) {
      this.#of = of;
      this.#ask(object?.type === "system" ? object.object : null);
    }
    if (store.head === null) this.#rows = this.#files = [];
    this.hidden = this.#rows.length + this.#files.length === 0;
    renew(this.#list, [
      ...this.#rows.map((row) => ({ sign: [row.id, indicatorText(row)], parts: () => parts(row) })),
      ...this.#files.map((one) => ({ sign: [one.path, one.computers.size], parts: () => fileParts(one) })),
    ]);
  }

  /** @param {string | null} computer */
  async #ask(computer) {
    this.#asked += 1;
    const mine = this.#asked;
    const rows = (await engine.run("toBlock", computer).catch(() => null)) ?? [];
    if (mine !== this.#asked) return;
    this.#files = scriptFiles(computer);
    // The host of a URL that is listed says nothing more.
    const urls = rows.filter(({ kind }) => kind === "url").map(({ value }) => value.toLowerCase());
    this.#rows = rows.filter(
      ({ kind, value }) =>
        !urls.some((url) => {
          const own = value.toLowerCase();
          // A shorter URL may be a piece of a longer one.
          return kind === "url" ? url !== own && url.startsWith(own) : url.includes(own);
        }),
    );
    this.update();
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(
        [...this.#rows.map(indicatorText), ...this.#files.map(({ path }) => path)].join("\n"),
      );
      this.#said.textContent = "copied";
    } catch {
      this.#said.textContent = "the browser refuses";
    }
  }
}

/** @param {Indicator} row */
const parts = (row) => [
  h(
    "button",
    {
      type: "button",
      class: "row",
      dataset: { key: row.id },
      onclick: () => {
        desk.show("indicators");
        store.choose({ kind: "indicator", id: row.id, item: row });
      },
    },
    h("code", null, foreign(indicatorText(row))),
    h("span", { class: "under" }, plural(row.computers, "computer")),
  ),
];

/** Returns the script files of the results that nothing hides, of the highest score first. @param {string | null} computer */
function scriptFiles(computer) {
  /** @type {Map<string, ScriptFile>} */
  const files = new Map();
  for (const { result } of store.rows.values()) {
    if (result.suppressedBy !== null || result.score <= 0) continue;
    for (const { id } of result.blocks) {
      const block = store.blocks.get(id);
      if (!block?.path) continue;
      const name = block.computer ?? "";
      if (computer !== null && name.toLowerCase() !== computer.toLowerCase()) continue;
      const key = block.path.toLowerCase();
      const one = files.get(key) ?? { path: block.path, computers: new Set(), score: 0 };
      one.computers.add(name.toLowerCase());
      one.score = Math.max(one.score, result.score);
      files.set(key, one);
    }
  }
  return [...files.values()].sort((a, b) => b.score - a.score).slice(0, FILES);
}

/** @param {ScriptFile} one */
const fileParts = ({ path, computers }) => [
  h(
    "button",
    { type: "button", class: "row", dataset: { key: path }, onclick: () => store.setFilter({ path }) },
    h("code", null, foreign(path)),
    h("span", { class: "under" }, `script file, ${plural(computers.size, "computer")}`),
  ),
];

customElements.define("scope-to-block", ToBlock);
