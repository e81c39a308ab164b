/**
 * The allow-list: entries that hide expected results. It is in this browser's storage if the page may use it (a browser may
 * refuse that to a file), else in memory until the page closes, and in a file if one is saved.
 */
import { engine } from "./worker-client.js";
import { storage } from "./storage.js";
import { store } from "./store.js";

/** @typedef {import("./types.js").AllowEntry} AllowEntry */

const KEY = "scriptscope.allowList";

class AllowList {
  /** @type {AllowEntry[]} */
  entries = read(storage.read(KEY)) ?? [];
  /** Whether the entries are still there when the page is opened again. */
  isKept = storage.write(KEY, this.entries);
  /** Whether they are those of an opened case. */
  #isOfCase = false;

  /** @returns {import("./types.js").SessionOptions} */
  options() {
    return this.entries.length > 0 ? { allowList: this.entries } : {};
  }

  /** Returns a name that no entry has yet. @param {string} wanted */
  free(wanted) {
    const names = new Set(this.entries.map(({ name }) => name));
    let name = wanted;
    for (let number = 2; names.has(name); number += 1) name = `${wanted} (${number})`;
    return name;
  }

  /** @param {AllowEntry} entry */
  add(entry) {
    return this.#set([...this.entries.filter(({ name }) => name !== entry.name), entry]);
  }

  /** @param {string} name */
  remove(name) {
    return this.#set(this.entries.filter((entry) => entry.name !== name));
  }

  /** @param {string} name @param {boolean} enabled */
  turn(name, enabled) {
    return this.#set(this.entries.map((entry) => (entry.name === name ? { ...entry, enabled } : entry)));
  }

  /**
   * Adds the entries of a file. They replace entries of the same name.
   * @param {string} text
   * @throws if the file is no allow-list, or an entry is invalid
   */
  async load(text) {
    const added = read(JSON.parse(text));
    if (!added) throw new Error("this is not an allow-list that scriptscope wrote");
    const names = new Set(added.map(({ name }) => name));
    await this.#set([...this.entries.filter(({ name }) => !names.has(name)), ...added]);
    return added.length;
  }

  /**
   * Takes the entries of a case in the place of those of this browser, which stay in its storage: what one case expects
   * must hide nothing in another.
   * @param {AllowEntry[]} entries
   */
  async open(entries) {
    this.#isOfCase = true;
    await this.#set(entries);
  }

  /** @param {AllowEntry[]} entries */
  async #set(entries) {
    // The engine checks the entries first: only valid ones are stored.
    await engine.allow(entries);
    this.entries = entries;
    this.isKept = this.#isOfCase || storage.write(KEY, entries);
    store.changed("allow");
  }
}

/** @param {any} value the entries, or a file of them @returns {AllowEntry[] | null} */
function read(value) {
  const entries = Array.isArray(value) ? value : value?.format === "scriptscope.allowList" ? value.entries : null;
  if (!Array.isArray(entries)) return null;
  const fits = entries.every((entry) => typeof entry?.name === "string" && typeof entry.search === "string");
  return fits
    ? entries.map(({ name, rule = null, search, enabled = true }) => ({ name, rule, search, enabled }))
    : null;
}

export const allowlist = new AllowList();
