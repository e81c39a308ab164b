/** What of ATT&CK's matrix was seen: a click on a technique filters every view. */
import { desk } from "../desk.js";
import { h } from "../dom.js";
import { keepFocus } from "../focus.js";
import { count, plural } from "../model/number.js";
import { matrix } from "../model/tactics.js";
import { store } from "../store.js";
import { view } from "../result-view.js";
import { empty } from "./empty.js";
import { Panel } from "./panel.js";
import { tacticName } from "./parts.js";

export class Attack extends Panel {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["data", "visible", "view"];

  #list = h("div", { class: "matrix" });
  /** @type {ReturnType<typeof matrix>} */
  #seen = [];

  build() {
    this.append(h("div", { class: "scroller" }, this.#list));
  }

  update() {
    const seen = matrix(store.rows.values(), (row) => view.shows(row), tacticName);
    const ids = (/** @type {(cell: import("../model/tactics.js").Cell) => boolean} */ holds) =>
      new Set(seen.flatMap(({ cells }) => cells.filter(holds).map(({ technique }) => technique))).size;
    desk.setCount("attack", { shown: ids(({ inView }) => inView > 0), total: ids(() => true), one: "technique" });
    this.#seen = seen;
    super.update();
  }

  show() {
    const seen = this.#seen;
    keepFocus(this.#list, () =>
      this.#list.replaceChildren(...(seen.length > 0 ? seen.map((one) => this.#tactic(one)) : [none()])),
    );
  }

  /** @param {ReturnType<typeof matrix>[number]} one */
  #tactic({ tactic, cells }) {
    return h(
      "section",
      null,
      h("h3", null, tactic, h("span", { class: "under" }, ` ${count(cells.length)}`)),
      h(
        "ul",
        null,
        cells.map((cell) => h("li", null, this.#cell(tactic, cell))),
      ),
    );
  }

  /** @param {string} tactic @param {import("../model/tactics.js").Cell} cell */
  #cell(tactic, { technique, name, results, inView, rules }) {
    const chosen = store.filter.technique === technique;
    return h(
      "button",
      {
        type: "button",
        class: `cell${inView === 0 ? " out" : ""}`,
        dataset: { key: `${tactic} ${technique}` },
        "aria-pressed": String(chosen),
        title: `${rules.join("\n")}`,
        onclick: () => store.setFilter({ technique: chosen ? null : technique }),
      },
      h("b", null, name ?? technique),
      h("span", { class: "n" }, inView === results ? count(results) : `${count(inView)} of ${count(results)}`),
      h(
        "span",
        { class: "under" },
        name === null ? "" : `${technique} · `,
        rules.length === 1 ? (rules[0] ?? "") : plural(rules.length, "rule"),
      ),
    );
  }

  focusRow() {
    /** @type {HTMLElement | null} */ (this.querySelector(".cell"))?.focus();
  }

  /** @param {number} by */
  move(by) {
    const cells = /** @type {HTMLElement[]} */ ([...this.querySelectorAll(".cell")]);
    const at = cells.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    cells[Math.min(Math.max(at + by, 0), cells.length - 1)]?.focus();
  }
}

const none = () => h("div", { class: "empty" }, empty());

customElements.define("scope-attack", Attack);
