/** The tabs of the views, and below them the filters with the count of the view that is shown. */
import { h } from "../dom.js";
import { desk, VIEWS } from "../desk.js";
import { count } from "../model/number.js";
import { Chips } from "./chips.js";
import { View } from "./view.js";

/** @typedef {import("../types.js").ViewName} ViewName */

export class Views extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["view", "counts", "run", "query"];

  #list = h("div", {
    role: "tablist",
    "aria-label": "Views",
    onkeydown: (/** @type {any} */ event) => this.#step(event),
  });
  /** @type {Map<ViewName, HTMLElement>} */
  #tabs = new Map();

  build() {
    const skip = () => {
      const detail = /** @type {HTMLElement | null} */ (document.querySelector("scope-detail"));
      detail?.querySelector("h2")?.focus();
    };
    this.append(
      h("button", { type: "button", class: "skip", onclick: skip }, "Skip to the script block"),
      h("div", { class: "tabs" }, this.#list),
      new Chips(),
    );
    for (const [name] of VIEWS) {
      const tab = h("button", {
        type: "button",
        role: "tab",
        id: `tab-${name}`,
        "aria-controls": `view-${name}`,
        onclick: () => desk.show(name),
      });
      this.#tabs.set(name, tab);
    }
  }

  update() {
    const all = new Map(desk.views());
    // The query that was shown is closed.
    if (desk.view === "query" && !all.has("query")) desk.show("story");
    const tabs = [];
    for (const [name, tab] of this.#tabs) {
      const words = all.get(name);
      const panel = document.getElementById(`view-${name}`);
      const shown = name === desk.view && words !== undefined;
      if (panel) panel.hidden = !shown;
      if (words === undefined) continue;
      const known = desk.counts.get(name);
      const total = name === "query" ? known?.shown : (known?.tab ?? known?.total);
      tab.setAttribute("aria-selected", String(shown));
      tab.tabIndex = shown ? 0 : -1;
      tab.replaceChildren(words, ...(total === undefined ? [] : [" ", h("span", { class: "count" }, count(total))]));
      tabs.push(tab);
    }
    // A tab that is in use is not put in anew: that would take its focus.
    if (tabs.length !== this.#list.children.length || tabs.some((tab, at) => this.#list.children[at] !== tab))
      this.#list.replaceChildren(...tabs);
  }

  /** @param {KeyboardEvent} event */
  #step(event) {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    desk.step(event.key === "ArrowLeft" ? -1 : 1);
    this.update();
    this.#tabs.get(desk.view)?.focus();
  }
}

customElements.define("scope-views", Views);
