/**
 * The middle of the work screen: which view is shown.
 *
 * The address's hash holds view, order and selection, so that Back and a reload return to them. It holds neither query
 * text nor evidence: browsers keep and synchronise their history.
 */
import { engine } from "./worker-client.js";
import { query } from "./query.js";
import { store } from "./store.js";
import { view as results } from "./result-view.js";
import { selectTarget, targetOf } from "./targets.js";

/** @typedef {import("./types.js").ViewName} ViewName */

/** The views in the order of their tabs, with the methods of the session that they need. @type {[ViewName, string, string | null][]} */
export const VIEWS = [
  ["story", "Story", null],
  ["results", "Results", null],
  ["blocks", "Blocks", "listBlocks"],
  ["scripts", "Scripts", "listScripts"],
  ["indicators", "Indicators", "listIndicators"],
  ["attack", "ATT&CK", null],
  ["query", "Query", null],
  ["case", "Case", "reportText"],
];

/**
 * @typedef {object} Count
 * @property {number} shown
 * @property {number} total
 * @property {string} one its noun in the singular
 * @property {number} [tab] the number beside the view's name, if it is another than the total
 */

/**
 * @typedef {object} State order and choices of a view, as short words
 * @property {() => Record<string, string>} get
 * @property {(said: Record<string, string | undefined>) => void} set ignores what the view does not have
 */

/** Ids in a report are short; anything else in the hash is not one. */
const ID = /^[\w.:-]{1,120}$/;
/** The names of the hash that are not of the view's state. */
const OWN = ["view", "on", "id", "n"];

class Desk {
  /** @type {ViewName} */
  view = "story";
  /** How many rows each view shows, and has: set by the views. @type {Map<ViewName, Count>} */
  counts = new Map();
  /** @type {Map<ViewName, State>} */
  states = new Map();
  /** A selection of the hash that waits until it is there. @type {{ kind: string, id: string, block: number } | null} */
  #wanted = null;
  /** The hash that was read or written last. */
  #hash = "";

  /** Whether the view was chosen, by a click, a key or the address. */
  #isChosen = false;

  start() {
    this.states.set("results", {
      get: () => results.state(),
      set: ({ by = null, sort = null }) => results.setState(by, sort),
    });
    this.#read();
    addEventListener("popstate", () => this.#read());
    store.on(["data"], () => this.#restore());
    store.on(["data", "run"], () => this.#openRarest());
    store.on(["selection", "layout"], () => this.#write(false));
  }

  /** @returns {[ViewName, string][]} the views that there are */
  views() {
    return VIEWS.filter(
      ([name, , method]) => (method === null || engine.has(method)) && (name !== "query" || query.isOpen),
    ).map(([name, words]) => [name, words]);
  }

  /** Whether the view that is shown next takes the focus. */
  #focus = false;

  /** Opens the rarest scripts where no rule matched, and the story again where one does. */
  #openRarest() {
    const { head, rows, run } = store;
    if (this.#isChosen || run.phase !== "done" || !head) return;
    const isSilent = rows.size === 0 && head.totals.results === 0 && head.totals.scriptBlocks > 0;
    this.show(isSilent ? "scripts" : "story");
    this.#isChosen = false;
  }

  /** Returns once whether the view is to take the focus. */
  takeFocus() {
    const wanted = this.#focus;
    this.#focus = false;
    return wanted;
  }

  /** @param {ViewName} name @param {{ focus?: boolean }} [options] whether it takes the focus */
  show(name, { focus = false } = {}) {
    this.#focus = focus;
    this.#isChosen = true;
    if (this.view === name) {
      if (focus) store.changed("view");
      return;
    }
    this.view = name;
    this.#write(true);
    store.changed("view");
  }

  /** @param {ViewName} name @param {Count} next */
  setCount(name, next) {
    const known = this.counts.get(name);
    if (known?.shown === next.shown && known.total === next.total && known.one === next.one) return;
    this.counts.set(name, next);
    store.changed("counts");
  }

  /** Shows the next view, or the one before. @param {1 | -1} by */
  step(by) {
    const names = this.views().map(([name]) => name);
    const next = names[(names.indexOf(this.view) + by + names.length) % names.length];
    if (next) this.show(next);
  }

  #read() {
    const { hash } = location;
    if (hash === this.#hash) return;
    this.#hash = hash;
    const said = new URLSearchParams(hash.slice(1));
    const known = VIEWS.find(([name]) => name === said.get("view"));
    // The address has no query text, so a query cannot be opened again.
    this.#isChosen = known !== undefined;
    this.view = known && (known[0] !== "query" || query.isOpen) ? known[0] : "story";
    const id = said.get("id") ?? "";
    const block = Number(said.get("n") ?? 0);
    this.#wanted = ID.test(id)
      ? { kind: said.get("on") ?? "result", id, block: Number.isSafeInteger(block) && block >= 0 ? block : 0 }
      : null;
    this.states.get(this.view)?.set(Object.fromEntries(said));
    store.changed("view");
    this.#restore();
  }

  /** Selects what the hash names, once it is there. */
  async #restore() {
    const wanted = this.#wanted;
    // Script blocks, scripts and indicators are listed once all is read.
    if (!wanted || (wanted.kind !== "result" && !["done", "cancelled"].includes(store.run.phase))) return;
    const target = await targetOf(wanted);
    if (wanted !== this.#wanted || !target) return;
    this.#wanted = null;
    if (store.target() === null) selectTarget(target, wanted.block);
  }

  /** @param {boolean} step whether Back returns to the state before */
  #write(step) {
    if (store.run.phase === "idle") return;
    const { kind, id, block } = { block: store.block, ...(store.target() ?? this.#wanted ?? { kind: "", id: "" }) };
    const said = new URLSearchParams({ view: this.view });
    const state = this.states.get(this.view)?.get() ?? {};
    for (const [name, value] of Object.entries(state)) if (value !== "" && !OWN.includes(name)) said.set(name, value);
    if (id) {
      if (kind !== "result") said.set("on", kind);
      else if (block > 0) said.set("n", String(block));
      said.set("id", id);
    }
    const hash = `#${said}`;
    if (hash === this.#hash) return;
    this.#hash = hash;
    if (step) history.pushState(null, "", hash);
    else history.replaceState(null, "", hash);
  }
}

export const desk = new Desk();
