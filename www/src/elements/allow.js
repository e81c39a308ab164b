/** The allow-list: its entries, what each one hides, and the list as a file and for other tools. */
import { foreign, h, heading } from "../dom.js";
import { allowlist } from "../allowlist.js";
import { engine } from "../worker-client.js";
import { plural } from "../model/number.js";
import { ruleset } from "../ruleset.js";
import { save } from "../save.js";
import { store } from "../store.js";
import { leavePanel } from "./parts.js";
import { View } from "./view.js";

/** @typedef {import("../types.js").AllowEntry} AllowEntry */

const EXPORTS = /** @type {const} */ ([
  ["json", "Save as a file", "scriptscope-allow-list.json"],
  ["macro", "Splunk filter macros", "scriptscope-filter-macros.yml"],
  ["sigma", "Sigma filters", "scriptscope-filters.yml"],
]);

export class Allow extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["allow", "data", "rules"];

  #list = h("tbody", null);
  #table = h(
    "table",
    null,
    heading(
      ["On", "What is expected", "Of rule", "Hides"].map((name) =>
        h("th", { scope: "col", class: name === "Hides" ? "number" : "" }, name),
      ),
      h("th", { scope: "col" }, h("span", { class: "aloud" }, "Remove")),
    ),
    this.#list,
  );
  #empty = h(
    "p",
    { class: "prose" },
    "Nothing is on the allow-list. Open a result and choose “this is expected” (key x): by computer, user, script, path or text. What it hides stays counted and can be shown.",
  );
  #kept = h("p", { class: "note" });
  #said = h("p", { role: "status", class: "said" });
  #exports = h(
    "p",
    { class: "buttons" },
    EXPORTS.map(([format, words, name]) =>
      h("button", { type: "button", onclick: () => this.#export(format, name) }, words),
    ),
  );
  #hidden = h("button", { type: "button", class: "text", onclick: () => this.#showHidden(null) });

  build() {
    this.id = "panel-allow";
    this.setAttribute("role", "tabpanel");
    this.setAttribute("aria-labelledby", "tab-allow");
    const file = h("input", { type: "file", accept: ".json", hidden: true, "aria-label": "Allow-list file" });
    file.addEventListener("change", async () => {
      const [chosen] = file.files ?? [];
      if (chosen) await this.#load(chosen);
      file.value = "";
    });
    this.append(
      h(
        "header",
        null,
        h("h2", { class: "aloud" }, "Allow-list"),
        h("button", { type: "button", class: "text", onclick: () => file.click() }, "Load a file"),
        file,
        this.#hidden,
        this.#kept,
      ),
      h("div", { class: "scroller" }, this.#empty, this.#table, this.#exports, this.#said),
    );
  }

  update() {
    const { entries } = allowlist;
    this.#table.hidden = this.#exports.hidden = entries.length === 0;
    this.#empty.hidden = entries.length > 0;
    this.#kept.textContent =
      entries.length === 0
        ? ""
        : allowlist.isKept
          ? "Kept in this browser."
          : "This browser keeps nothing for this page: save a file.";
    const hidden = store.tally.hidden();
    this.#hidden.hidden = hidden === 0;
    this.#hidden.textContent = `show the ${plural(hidden, "hidden result")}`;
    this.#list.replaceChildren(...entries.map((entry) => this.#row(entry, store.tally.hiddenBy(entry.name))));
  }

  /** @param {AllowEntry} entry @param {number} hides */
  #row(entry, hides) {
    const { name, rule, search, enabled } = entry;
    const title = rule ? (ruleset.rules().find(({ id }) => id === rule)?.title ?? rule) : null;
    return h(
      "tr",
      { class: enabled ? "" : "off" },
      h(
        "td",
        null,
        h("input", {
          type: "checkbox",
          checked: enabled !== false,
          "aria-label": `${name} hides`,
          onchange: () => allowlist.turn(name, enabled === false),
        }),
      ),
      h("td", { class: "title" }, foreign(name), h("code", { class: "under search" }, foreign(search))),
      h("td", null, title === null ? "every rule" : foreign(title)),
      h(
        "td",
        { class: "number" },
        hides === 0
          ? h("span", { class: "quiet" }, "0")
          : h("button", { type: "button", class: "text", onclick: () => this.#showHidden(name) }, String(hides)),
      ),
      h(
        "td",
        null,
        h(
          "button",
          { type: "button", class: "text", "aria-label": `Remove ${name}`, onclick: () => allowlist.remove(name) },
          "remove",
        ),
      ),
    );
  }

  /** Shows hidden results among the others. @param {string | null} name of an entry; null for all */
  #showHidden(name) {
    leavePanel(this);
    store.setFilter({ hideSuppressed: false, suppressedBy: name });
  }

  /** @param {typeof EXPORTS[number][0]} format @param {string} name */
  async #export(format, name) {
    const text = await engine.call("exportAllowList", format);
    if (text !== null) save(text, name);
  }

  /** @param {File} file */
  async #load(file) {
    try {
      const count = await allowlist.load(await file.text());
      this.#said.textContent = `${plural(count, "entry", "entries")} loaded.`;
    } catch (error) {
      this.#said.textContent = `Not loaded: ${error instanceof Error ? error.message : error}`;
    }
  }
}

customElements.define("scope-allow", Allow);
