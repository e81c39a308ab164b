/**
 * Look here first: computers or users, highest score first. Both scores open into their addends, grouped by rule.
 */
import { census } from "../census.js";
import { foreign, h } from "../dom.js";
import { keepFocus } from "../focus.js";
import { count, plural, score, sum } from "../model/number.js";
import { abandoned, inSlices } from "../model/slices.js";
import { renew } from "../reconcile.js";
import { store } from "../store.js";
import { view } from "../result-view.js";
import { hostName, moreButton, time, times } from "./parts.js";
import { View } from "./view.js";

/** @typedef {import("../types.js").RiskObject} RiskObject */

/** Objects drawn at first; the others on demand. */
const OBJECTS = 100;
const EVENTS = 50;
/** Computers or users without a score, drawn at first. */
const QUIET = 8;

export class Risk extends View {
  /** @type {import("../store.js").Kind[]} */
  static shows = ["data", "visible", "zone", "names"];

  #list = h("ol", null);
  #note = h("p", { class: "note" });
  #limit = OBJECTS;
  #quietLimit = QUIET;
  /** Number of acts by object. @type {Map<string | null, number>} */
  #acts = new Map();
  /** The state whose acts were counted. @type {unknown} */
  #counted = null;
  #work = new AbortController();
  /** Number of events drawn for each object whose sum is open. @type {Map<string, number>} */
  #open = new Map();
  /** @type {"computers" | "users"} */
  #kind = "computers";
  #kinds = h("div", { class: "kinds", role: "group", "aria-label": "Computers or users" });

  build() {
    this.append(
      h("header", null, h("h2", { id: "risk-title" }, "Look here first"), this.#kinds),
      this.#list,
      // Below the list: above it, it would move what is being pressed.
      this.#note,
    );
  }

  /** Returns the computers or users without a score, those with the most script blocks first. @param {RiskObject[]} scored */
  #quiet(scored, kind = this.#kind) {
    const known = new Set(
      scored.filter((one) => isUser(one) === (kind === "users")).map(({ object }) => seenName(object)),
    );
    return census.seen[kind]
      .filter(({ name }) => name !== "" && !known.has(name.toLowerCase()))
      .sort((a, b) => b.matched - a.matched || (b.blocks ?? 0) - (a.blocks ?? 0) || (a.name < b.name ? -1 : 1));
  }

  /** Draws the switch between computers and users. @param {RiskObject[]} all */
  #showKinds(all) {
    const users = all.filter(isUser).length;
    const words = {
      computers: all.length - users + this.#quiet(all, "computers").length,
      users: users + this.#quiet(all, "users").length,
    };
    keepFocus(this.#kinds, () =>
      this.#kinds.replaceChildren(
        .../** @type {const} */ (["computers", "users"]).map((kind) =>
          h(
            "button",
            {
              type: "button",
              class: "text",
              dataset: { key: `kind ${kind}` },
              "aria-pressed": String(kind === this.#kind),
              onclick: () => {
                this.#kind = kind;
                this.update();
              },
            },
            kind,
            h("span", { class: "count" }, ` ${count(words[kind])}`),
          ),
        ),
      ),
    );
  }

  /** Counts the acts on each object, once per state: there may be as many as results. */
  #countActs() {
    const { head } = store;
    if (this.#counted === head) return;
    this.#counted = head;
    this.#acts.clear();
    for (const { object } of head?.acts ?? []) this.#acts.set(object, (this.#acts.get(object) ?? 0) + 1);
  }

  async update() {
    this.#work.abort();
    this.#work = new AbortController();
    const every = store.head?.riskObjects ?? [];
    this.#showKinds(every);
    const all = every.filter((one) => isUser(one) === (this.#kind === "users"));
    const objects = all.slice(0, this.#limit);
    const narrowed = store.narrowed();
    this.#countActs();
    /** @type {number[]} */
    const inView = [];
    try {
      await inSlices(
        objects.length,
        this.#work.signal,
        (i) => inView.push(narrowed ? scoreInView(objects[i]) : (objects[i]?.distinctScore ?? 0)),
        1,
      );
    } catch (error) {
      if (abandoned(error)) return;
      throw error;
    }
    const quiet = this.#quiet(every);
    document.documentElement.classList.toggle("no-risk", every.length === 0 && census.seen.computers.length === 0);
    this.#note.textContent = all.length > 0 && narrowed ? "solid: of the results in view" : "";
    const none =
      store.run.phase === "reading"
        ? "No risk so far."
        : this.#kind === "users"
          ? noUsers(quiet.length)
          : "No computer has a score.";
    const most = objects.reduce((high, one) => Math.max(high, one.distinctScore), 0);
    const more = moreButton(all.length, this.#limit, () => {
      this.#limit *= 10;
      this.update();
    });
    this.#list.hidden = every.length === 0 && quiet.length === 0;
    // A list that scrolls and has nothing to focus is reached itself.
    this.#list.tabIndex = all.length + quiet.length === 0 ? 0 : -1;
    renew(this.#list, [
      ...objects.map((object, i) => this.#item(object, most, inView[i] ?? 0)),
      ...(more ? [{ parts: () => [more] }] : []),
      ...(all.length === 0 ? [{ kind: "quiet", sign: [none], parts: () => [none] }] : []),
      ...this.#quietItems(quiet),
    ]);
  }

  /**
   * Lists those without a score in grey: a few at first, for a domain may have thousands.
   * @param {import("../census.js").Seen[]} quiet
   * @returns {import("../reconcile.js").Item[]}
   */
  #quietItems(quiet) {
    if (quiet.length === 0) return [];
    const type = this.#kind === "users" ? "user" : "system";
    const more = moreButton(quiet.length, this.#quietLimit, () => {
      this.#quietLimit *= 10;
      this.update();
    });
    return [
      ...quiet.slice(0, this.#quietLimit).map((seen) => {
        const chosen = isChosen({ type, object: seen.name });
        const key = `quiet ${type} ${seen.name}`;
        const filter = chosen ? null : { type, object: seen.name };
        return {
          kind: "object unscored",
          sign: [seen, chosen, census.version],
          parts: () => [
            h(
              "button",
              {
                type: "button",
                class: "row",
                dataset: { key },
                "aria-pressed": String(chosen),
                onclick: () => store.setFilter({ object: filter }),
              },
              h("span", { class: "name" }, hostName(type === "user" ? census.words(seen.name) : seen.name)),
              h("span", { class: "under" }, quietWords(seen)),
            ),
          ],
        };
      }),
      ...(more ? [{ parts: () => [more] }] : []),
    ];
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
    const { name, distinctScore } = object;
    const acts = object.type === "system" ? (this.#acts.get(object.object) ?? 0) : 0;
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
        h("span", { class: "name" }, hostName(name ?? object.object)),
        h("span", { class: "score", title: DISTINCT }, score(distinctScore)),
        bar(distinctScore / most, inView / most),
      ),
      h(
        "p",
        { class: "under" },
        [
          object.type === "other" ? "other" : null,
          plural(rules, "rule"),
          acts > 0 ? plural(acts, "act") : null,
          object.tactics.length > 0 ? plural(object.tactics.length, "tactic") : "no tactic named",
        ]
          .filter(Boolean)
          .join(" · "),
      ),
      h("p", { class: "under" }, times(object.firstTime, object.lastTime)),
      name === null ? null : h("p", { class: "under" }, foreign(object.object)),
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
        distinctScore === object.score
          ? `why ${score(distinctScore)}: ${plural(object.events.length, "event")} of ${plural(rules, "rule")}`
          : `why ${score(distinctScore)}; ${score(object.score)} as Splunk adds ${plural(object.events.length, "event")}`,
      ),
      opened === undefined ? null : this.#sum(object, key, opened),
    ];
  }

  /** Draws the addends by rule, and below each rule its events. @param {RiskObject} object @param {string} key @param {number} limit */
  #sum(object, key, limit) {
    const { distinctScore } = object;
    const lost =
      store.run.phase === "reading" ? 0 : object.events.filter(({ resultId }) => !store.rows.has(resultId)).length;
    const more = moreButton(object.events.length, limit, () => {
      this.#open.set(key, limit * 10);
      this.update();
    });
    let left = limit;
    const groups = byRule(object).map(({ ruleId, events, highest }) => {
      const drawn = events.slice(0, Math.max(left, 0));
      left -= events.length;
      const all = sum(events.map((event) => event.score));
      const [only, ...others] = events;
      if (only && others.length === 0) return drawn.length > 0 ? h("li", null, addend(only, true)) : null;
      return h(
        "li",
        { class: "of-rule" },
        h(
          "p",
          { class: "rule" },
          h("span", { class: "score" }, score(highest)),
          h("span", { class: "name" }, store.rules.get(ruleId)?.title ?? ruleId),
          h("span", { class: "under" }, `×${count(events.length)}, in all ${score(all)}`),
        ),
        drawn.length === 0
          ? null
          : h(
              "ol",
              { class: "events" },
              drawn.map((event) => h("li", null, addend(event))),
            ),
      );
    });
    return h(
      "div",
      { class: "sum" },
      h("p", { class: "under" }, DISTINCT),
      h("ol", null, groups),
      more,
      lost > 0 ? h("p", { class: "under" }, unlistedWords(lost)) : null,
      h("p", { class: "total" }, h("span", { class: "score" }, score(distinctScore)), " each rule once"),
      h(
        "p",
        { class: "total" },
        h("span", { class: "score" }, score(sum(object.events.map((event) => event.score)))),
        " the sum",
      ),
    );
  }
}

const DISTINCT = "The highest sum within 24 hours, each rule counted once with its highest score.";

/** @param {RiskObject} object */
const isUser = ({ type }) => type === "user";

/** Returns the name under which a risk object is among all that were seen: well-known accounts are objects of each computer. @param {string} object */
const seenName = (object) => object.replace(/^.*\\(?=S-1-)/i, "").toLowerCase();

/** @param {import("../census.js").Seen} seen */
const quietWords = ({ blocks, matched }) => {
  if (blocks === 0) return "no script block, other events only";
  const all = blocks === null ? "no script block with a time" : plural(blocks, "script block");
  return matched > 0 ? `${plural(matched, "result")} without a score · ${all}` : `no results · ${all}`;
};

/** Says why no user has a score. @param {number} users that are named */
const noUsers = (users) =>
  users > 0
    ? "No user has a score: the rules that matched count against computers alone."
    : "This log names no user beside its script blocks.";

/** @param {RiskObject} object */
function byRule(object) {
  /** @type {Map<string, { ruleId: string, highest: number, events: import("../types.js").RiskEvent[] }>} */
  const groups = new Map();
  for (const event of object.events) {
    const group = groups.get(event.ruleId) ?? { ruleId: event.ruleId, highest: 0, events: [] };
    group.events.push(event);
    group.highest = Math.max(group.highest, event.score);
    groups.set(event.ruleId, group);
  }
  return [...groups.values()].sort((a, b) => b.highest - a.highest || b.events.length - a.events.length);
}

/**
 * Returns an addend: a button that opens its result, if the report has that.
 * @param {import("../types.js").RiskEvent} event @param {boolean} [titled] whether it names its rule
 */
function addend(event, titled = false) {
  const hasResult = store.rows.has(event.resultId);
  const parts = [
    h("span", { class: "score" }, score(event.score)),
    titled ? h("span", { class: "name" }, store.rules.get(event.ruleId)?.title ?? event.ruleId) : null,
    h(
      "span",
      { class: titled ? "under" : "name" },
      time(event.time),
      event.factor > 1 ? ` twice: ${event.factorReason ?? "a critical machine"}` : null,
    ),
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

/** @param {{ object: string, type: string }} one */
function isChosen({ object, type }) {
  const { object: chosen } = store.filter;
  return chosen?.object === object && chosen.type === type;
}

/** Returns the sum of the highest scores of each rule among the results in view. @param {RiskObject | undefined} object */
function scoreInView(object) {
  /** @type {Map<string, number>} */
  const highest = new Map();
  for (const event of object?.events ?? []) {
    const row = store.rows.get(event.resultId);
    if (row && view.shows(row)) highest.set(event.ruleId, Math.max(highest.get(event.ruleId) ?? 0, event.score));
  }
  return Math.min(sum(highest.values()), object?.distinctScore ?? 0);
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
