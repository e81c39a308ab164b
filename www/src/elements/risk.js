/** Risk objects, highest score first. Each score opens into the events that it is the sum of. */
import { foreign, h } from "../dom.js";
import { count, plural, score, sum } from "../model/number.js";
import { abandoned, inSlices } from "../model/slices.js";
import { renew } from "../reconcile.js";
import { store } from "../store.js";
import { view } from "../result-view.js";
import { moreButton, tacticName, time } from "./parts.js";
import { View } from "./view.js";

/** @typedef {import("../types.js").RiskObject} RiskObject */

/** Objects drawn at first; the others on demand. */
const OBJECTS = 100;
const EVENTS = 50;

export class Risk extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["data", "visible"];

  #list = h("ol", null);
  #note = h("p", { class: "note" });
  #limit = OBJECTS;
  #work = new AbortController();
  /** Number of events drawn for each object whose sum is open. @type {Map<string, number>} */
  #open = new Map();

  build() {
    this.append(h("header", null, h("h2", { id: "risk-title" }, "Risk"), this.#note), this.#list);
  }

  async update() {
    this.#work.abort();
    this.#work = new AbortController();
    const all = store.head?.riskObjects ?? [];
    const objects = all.slice(0, this.#limit);
    const narrowed = store.narrowed();
    /** @type {number[]} */
    const inView = [];
    try {
      await inSlices(
        objects.length,
        this.#work.signal,
        (i) => inView.push(narrowed ? scoreInView(objects[i]) : (objects[i]?.score ?? 0)),
        1,
      );
    } catch (error) {
      if (abandoned(error)) return;
      throw error;
    }
    document.documentElement.classList.toggle("no-risk", all.length === 0);
    this.#note.textContent =
      all.length === 0 ? "" : narrowed ? "solid: of the results in view" : plural(all.length, "object");
    const none = store.run.phase === "reading" ? "No risk so far." : "No risk was scored.";
    const most = objects[0]?.score ?? 0;
    const more = moreButton(all.length, this.#limit, () => {
      this.#limit *= 10;
      this.update();
    });
    renew(this.#list, [
      ...objects.map((object, i) => this.#item(object, most, inView[i] ?? 0)),
      ...(more ? [{ parts: () => [more] }] : []),
      ...(all.length === 0 ? [{ kind: "quiet", parts: () => [none] }] : []),
    ]);
  }

  /**
   * @param {RiskObject} object @param {number} most @param {number} inView
   * @returns {import("../reconcile.js").Item}
   */
  #item(object, most, inView) {
    const key = `${object.type} ${object.object}`;
    const chosen = isChosen(object);
    const opened = this.#open.get(key);
    return {
      kind: "object",
      sign: [object, most, inView, chosen, opened],
      parts: () => this.#parts(object, key, most, inView, chosen, opened),
    };
  }

  /** @param {RiskObject} object @param {string} key @param {number} most @param {number} inView @param {boolean} chosen @param {number} [opened] */
  #parts(object, key, most, inView, chosen, opened) {
    const rules = new Set(object.events.map((event) => event.ruleId)).size;
    const tactics = object.tactics.map(tacticName).join(", ");
    const notKept = sum(Object.values(object.notKept));
    const finding = store.head?.findings.find((one) => one.object === object.object);
    return [
      h(
        "button",
        {
          type: "button",
          class: "row",
          dataset: { key },
          "aria-pressed": String(chosen),
          onclick: () => store.setFilter({ object: chosen ? null : { type: object.type, object: object.object } }),
        },
        h("span", { class: "name" }, foreign(object.object)),
        h(
          "span",
          { class: "score", title: `${object.score} in all` },
          inView !== object.score ? `${score(inView)} of ${score(object.score)}` : score(object.score),
        ),
        bar(object.score / most, inView / most),
      ),
      h("p", { class: "under" }, `${object.type} · ${tactics || "no tactic named"}`),
      notKept > 0
        ? h("p", { class: "under missing-words" }, `${plural(notKept, "further script block")} not kept: in no sum`)
        : null,
      finding ? h("p", { class: "under finding" }, `${finding.rule}: ${finding.severity}`) : null,
      h(
        "button",
        {
          type: "button",
          class: "text why",
          dataset: { key: `why ${key}` },
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
    ];
  }

  /** Draws the addends. @param {RiskObject} object @param {string} key @param {number} limit */
  #sum(object, key, limit) {
    const lost =
      store.run.phase === "reading" ? 0 : object.events.filter(({ resultId }) => !store.rows.has(resultId)).length;
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
        object.events.slice(0, limit).map((event) => h("li", null, addend(event))),
      ),
      more,
      lost > 0 ? h("p", { class: "under" }, unlistedWords(lost)) : null,
      h(
        "p",
        { class: "total" },
        h("span", { class: "score" }, score(sum(object.events.map((event) => event.score)))),
        " the sum",
      ),
    );
  }
}

/** Returns an addend: a button that opens its result, if the report has that. @param {import("../types.js").RiskEvent} event */
function addend(event) {
  const hasResult = store.rows.has(event.resultId);
  const parts = [
    h("span", { class: "score" }, score(event.score)),
    h("span", { class: "name" }, store.rules.get(event.ruleId)?.title ?? event.ruleId),
    h("span", { class: "under" }, time(event.time)),
    ...event.threatObjects.map((one) => h("span", { class: "under" }, `${one.type} `, foreign(one.value))),
  ];
  if (hasResult) {
    const onclick = () => store.select(event.resultId);
    return h("button", { type: "button", class: "row", title: event.message ?? "", onclick }, parts);
  }
  const words = store.run.phase === "reading" ? "its result is still to come" : "its result is not kept";
  return h(
    "div",
    { class: "row lost", title: event.message ?? "" },
    parts,
    h("span", { class: "under missing-words" }, words),
  );
}

/** Says why addends do not open, and how to see their results. @param {number} lost */
function unlistedWords(lost) {
  const results = plural(lost, "result");
  const limit = count(store.head?.totals.resultsKept ?? 0);
  return `${results} of these cannot be opened: a report keeps the ${limit} results with the highest scores. To see the others, open fewer files, or switch off or allow-list rules with many results.`;
}

/** @param {RiskObject} one */
function isChosen({ object, type }) {
  const { object: chosen } = store.filter;
  return chosen?.object === object && chosen.type === type;
}

/** Returns the part of an object's score that comes from the results in view. @param {RiskObject | undefined} object */
function scoreInView(object) {
  let hundredths = 0;
  for (const event of object?.events ?? []) {
    const row = store.rows.get(event.resultId);
    if (row && view.shows(row)) hundredths += Math.round(event.score * 100);
  }
  return hundredths / 100;
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
