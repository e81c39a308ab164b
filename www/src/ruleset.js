/**
 * The rules as the user changed them: files added or edited, rules switched off.
 *
 * The changes last as long as the page. The same logs are read again under them.
 */
import { engine } from "./worker-client.js";
import { store } from "./store.js";

/** @typedef {import("./types.js").Rule} Rule */
/** @typedef {import("./types.js").TextFile} TextFile */

/** Changes within this time are applied together. */
const PAUSE_MS = 500;

/** Fires `apply` when the logs that are open must be read again under changed rules. */
class RuleSet extends EventTarget {
  /** Texts of files by name. @type {Map<string, string>} */
  #files = new Map();
  /** The original text of each edited file: null for a built-in rule. @type {Map<string, string | null>} */
  #originals = new Map();
  /** @type {Set<string>} */
  #off = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;
  #asked = 0;
  /** The rules that would run, while nothing is opened. @type {{ rules: Rule[], problems: import("./types.js").Problem[] }} */
  #listed = { rules: [], problems: [] };

  /** @returns {import("./types.js").SessionOptions} */
  options() {
    const files = [...this.#files].map(([name, text]) => ({ name, text }));
    return {
      ...(files.length > 0 ? { rules: files } : {}),
      ...(this.#off.size > 0 ? { disabled: [...this.#off].sort() } : {}),
    };
  }

  /** @returns {Rule[]} */
  rules() {
    return store.head?.rules ?? this.#listed.rules;
  }

  /** Returns the problems of rule files. */
  problems() {
    return (store.head?.problems ?? this.#listed.problems).filter((problem) => this.isOfRules(problem));
  }

  /** Whether a problem belongs to a rule file, not to a log. @param {import("./types.js").Problem} problem */
  isOfRules({ source, line }) {
    return line !== null || (source !== null && this.#files.has(source));
  }

  /** Whether the user changed anything. */
  isChanged() {
    return this.#files.size > 0 || this.#off.size > 0;
  }

  /** @param {string} id */
  isOn(id) {
    return !this.#off.has(id);
  }

  /** @param {string} name */
  text(name) {
    return this.#files.get(name) ?? null;
  }

  /** @param {string} id @param {boolean} on */
  turn(id, on) {
    if (on) this.#off.delete(id);
    else this.#off.add(id);
    this.#soon();
  }

  /** @param {TextFile[]} files */
  add(files) {
    for (const { name, text } of files) this.#files.set(name, text);
    this.apply();
  }

  /** Takes the rules of a case. @param {TextFile[]} files @param {string[]} off ids of rules that do not run */
  open(files, off) {
    for (const { name, text } of files) this.#files.set(name, text);
    this.#off = new Set([...this.#off, ...off]);
    this.apply();
  }

  /** Writes a file, or replaces a built-in rule. @param {string} name @param {string} text */
  write(name, text) {
    if (!this.#originals.has(name)) this.#originals.set(name, this.text(name));
    this.#files.set(name, text);
    this.apply();
  }

  /** @param {string} name */
  isWritten(name) {
    return this.#originals.has(name);
  }

  /** Restores the original text. @param {string} name */
  restore(name) {
    const original = this.#originals.get(name) ?? null;
    if (original === null) this.#files.delete(name);
    else this.#files.set(name, original);
    this.#originals.delete(name);
    this.apply();
  }

  reset() {
    this.#files.clear();
    this.#originals.clear();
    this.#off.clear();
    this.apply();
  }

  /** Lists the rules that would run, while nothing is opened. */
  async list() {
    if (store.run.phase !== "idle") return;
    this.#asked += 1;
    const mine = this.#asked;
    const listed = await engine.rules(this.options());
    if (!listed || mine !== this.#asked) return;
    this.#listed = listed;
    store.changed("rules");
  }

  apply() {
    clearTimeout(this.#pause);
    if (store.run.phase === "idle") this.list();
    else this.dispatchEvent(new Event("apply"));
    store.changed("rules");
  }

  #soon() {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.apply(), PAUSE_MS);
    store.changed("rules");
  }
}

export const ruleset = new RuleSet();
