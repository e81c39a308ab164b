/** The rules panel: the rules and the allow-list, in place of the results while it is open. */
import { h } from "../dom.js";
import { allowlist } from "../allowlist.js";
import { count } from "../model/number.js";
import { ruleset } from "../ruleset.js";
import { store } from "../store.js";
import { Allow } from "./allow.js";
import { Rules } from "./rules.js";
import { View } from "./view.js";

/** @typedef {"rules" | "allow"} Tab */

export class RulesPanel extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["rules", "allow", "data"];

  #said = h("p", { role: "alert", class: "fault" });
  #rules = new Rules();
  #allow = new Allow();
  /** @type {Tab} */
  #tab = "rules";
  #tabs = {
    rules: this.#button("rules", "Rules"),
    allow: this.#button("allow", "Allow-list"),
  };

  build() {
    this.append(
      h(
        "div",
        { class: "tabs" },
        h(
          "div",
          {
            role: "tablist",
            "aria-label": "Tuning",
            onkeydown: (/** @type {KeyboardEvent} */ event) => this.#step(event),
          },
          this.#tabs.rules,
          this.#tabs.allow,
        ),
        h("button", { type: "button", class: "text close", onclick: () => this.close() }, "back to the results"),
      ),
      this.#said,
      this.#rules,
      this.#allow,
    );
    this.addEventListener("leavepanel", () => this.close());
    this.#show(this.#tab);
  }

  update() {
    const rules = ruleset.rules();
    this.#tabs.rules.textContent = rules.length > 0 ? `Rules ${count(rules.length)}` : "Rules";
    const { length } = allowlist.entries;
    this.#tabs.allow.textContent = length > 0 ? `Allow-list ${count(length)}` : "Allow-list";
  }

  get isOpen() {
    return document.documentElement.classList.contains("tuning");
  }

  /** @param {Tab} tab @param {string} [rule] to be shown */
  open(tab, rule) {
    document.documentElement.classList.add("tuning");
    this.#show(tab);
    ruleset.list();
    if (rule) this.#rules.choose(rule);
    store.changed("layout", "rules", "allow");
    this.#tabs[tab].focus();
  }

  close() {
    document.documentElement.classList.remove("tuning");
    store.changed("layout");
    /** @type {HTMLElement | null} */ (document.querySelector("scope-bar [data-tuning]"))?.focus();
  }

  /** Moves the focus to the filter. */
  focusFilter() {
    this.#show("rules");
    this.#rules.focusFilter();
  }

  /** @param {string} words about rule files that were opened */
  say(words) {
    this.#said.textContent = words;
  }

  /** @param {Tab} tab */
  #show(tab) {
    this.#tab = tab;
    for (const [name, button] of Object.entries(this.#tabs)) {
      button.setAttribute("aria-selected", String(name === tab));
      button.tabIndex = name === tab ? 0 : -1;
    }
    this.#rules.hidden = tab !== "rules";
    this.#allow.hidden = tab !== "allow";
  }

  /** @param {KeyboardEvent} event */
  #step(event) {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    this.#show(this.#tab === "rules" ? "allow" : "rules");
    this.#tabs[this.#tab].focus();
  }

  /** @param {Tab} tab @param {string} words */
  #button(tab, words) {
    return h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${tab}`,
        "aria-controls": `panel-${tab}`,
        onclick: () => this.#show(tab),
      },
      words,
    );
  }
}

/** @type {RulesPanel | null} */
let only = null;

/** The panel. Searched for once: a selector visits each row of the results first. @returns {RulesPanel} */
export const rulesPanel = () => (only ??= /** @type {RulesPanel} */ (document.querySelector("scope-tuning")));

customElements.define("scope-tuning", RulesPanel);
