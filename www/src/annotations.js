/**
 * Stars and notes: the analyst's own words, by result id.
 *
 * They are in this browser's storage if the page may use it (a browser may refuse that to a file), else in memory.
 */
import { storage } from "./storage.js";

/** @typedef {import("./types.js").Mark} Mark */

const KEY = "scriptscope.marks";

/** @type {Map<string, Mark>} */
const all = new Map(Object.entries(storage.read(KEY) ?? {}));

export const marks = {
  /** Whether the browser stored what was last set. */
  isKept: true,

  /** @param {string} id */
  get: (id) => all.get(id),

  /** @param {string} id @param {Mark} change */
  set(id, change) {
    const mark = { ...all.get(id), ...change };
    if (mark.star || mark.note) all.set(id, mark);
    else all.delete(id);
    this.isKept = storage.write(KEY, Object.fromEntries(all)) || all.size === 0;
  },
};
