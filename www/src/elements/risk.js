/** Risk: who is at risk, most first; each score opens into the events it is the sum of. */
import { foreign, h } from "../dom.js";
import { plural, score, sum } from "../model/number.js";
import { store } from "../store.js";
import { moreButton, tacticName, time } from "./parts.js";
import { View } from "./view.js";

/** @typedef {import("../types.js").RiskObject} RiskObject */

/** Drawn at first; the rest on demand. */
const OBJECTS = 100;
const EVENTS = 50;

export class Risk extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["data", "visible"];

  #list = h("ol", null);
  #note = h("p", { class: "note" });
  #limit = OBJECTS;
  /** Objects whose sums are open, with how many of their events are drawn. @type {Map<string, number>} */
  #open = new Map();

  build() {
    this.append(h("header", null, h("h2", { id: "risk-title" }, "Risk"), this.#note), this.#list);
  }

  update() {
    const objects = store.head?.riskObjects ?? [];
    const most = objects[0]?.score ?? 0;
    const narrowed = store.narrowed();
    const ids = narrowed ? new Set(store.visible.map((row) => row.id)) : null;
    this.#note.textContent =
      objects.length === 0 ? "" : narrowed ? "solid: of the results in view" : plural(objects.length, "object");
    this.#list.replaceChildren(
      ...objects.slice(0, this.#limit).map((object) => this.#item(object, most, ids)),
      ...[
        moreButton(objects.length, this.#limit, () => {
          this.#limit *= 10;
          this.update();
        }),
      ].filter((one) => one !== null),
    );
    if (objects.length === 0) {
      this.#list.replaceChildren(
        h("li", { class: "quiet" }, store.run.phase === "reading" ? "No risk so far." : "No risk was scored."),
      );
    }
  }

  /** @param {RiskObject} object @param {number} most @param {Set<string> | null} ids */
  #item(object, most, ids) {
    const key = `${object.type} ${object.object}`;
    const inView = ids ? store.scoreInView(object, ids) : object.score;
    const chosen = store.filter.object?.object === object.object && store.filter.object.type === object.type;
    const rules = new Set(object.events.map((event) => event.ruleId)).size;
    const opened = this.#open.get(key);
    const tactics = object.tactics.map(tacticName).join(", ");
    const finding = store.head?.findings.find((one) => one.object === object.object);
    return h(
      "li",
      { class: "object" },
      h(
        "button",
        {
          type: "button",
          class: "row",
          "aria-pressed": String(chosen),
          onclick: () => store.setFilter({ object: chosen ? null : { type: object.type, object: object.object } }),
        },
        h("span", { class: "name" }, foreign(object.object)),
        h(
          "span",
          { class: "score", title: `${object.score} in all` },
          ids && inView !== object.score ? `${score(inView)} of ${score(object.score)}` : score(object.score),
        ),
        bar(object.score / most, inView / most),
      ),
      h("p", { class: "under" }, `${object.type} · ${tactics || "no tactic named"}`),
      finding ? h("p", { class: "under finding" }, `${finding.rule}: ${finding.severity}`) : null,
      h(
        "button",
        {
          type: "button",
          class: "text why",
          "aria-expanded": String(opened !== undefined),
          onclick: () => {
            if (opened === undefined) this.#open.set(key, EVENTS);
            else this.#open.delete(key);
            this.update();
          },
        },
        `why ${score(object.score)}: ${plural(object.events.length, "event")} of ${plural(rules, "rule")}`,
      ),
      opened === undefined ? null : this.#sum(object, key, opened),
    );
  }

  /** The addends. @param {RiskObject} object @param {string} key @param {number} limit */
  #sum(object, key, limit) {
    const more = moreButton(object.events.length, limit, () => {
      this.#open.set(key, limit * 10);
      this.update();
    });
    return h(
      "div",
      { class: "sum" },
      h(
        "ol",
        null,
        object.events.slice(0, limit).map((event) =>
          h(
            "li",
            null,
            h(
              "button",
              { type: "button", class: "row", title: event.message ?? "", onclick: () => store.select(event.resultId) },
              h("span", { class: "score" }, score(event.score)),
              h("span", { class: "name" }, store.rules.get(event.ruleId)?.title ?? event.ruleId),
              h("span", { class: "under" }, time(event.time)),
              event.threatObjects.map((one) => h("span", { class: "under" }, `${one.type} `, foreign(one.value))),
            ),
          ),
        ),
      ),
      more,
      h(
        "p",
        { class: "total" },
        h("span", { class: "score" }, score(sum(object.events.map((event) => event.score)))),
        " the sum",
      ),
    );
  }
}

/** @param {number} all @param {number} inView both as parts of the highest */
function bar(all, inView) {
  return h(
    "span",
    { class: "bar", "aria-hidden": "true" },
    h("span", { class: "whole", style: { width: `${100 * all}%` } }),
    h("span", { class: "part", style: { width: `${100 * inView}%` } }),
  );
}

customElements.define("scope-risk", Risk);
