/** Counts rows as they are added and removed: counting a hundred thousand takes longer than a frame. */

/** @typedef {import("../types.js").Row} Row */

export class Tally {
  /** @type {Map<string, number>} */
  #levels = new Map();
  /** Hidden rows by the name of the entry that hides them. @type {Map<string, number>} */
  #hidden = new Map();

  /** @param {Row} row */
  add(row) {
    this.#count(row, 1);
  }

  /** @param {Row} row */
  drop(row) {
    this.#count(row, -1);
  }

  /** Returns the number of rows of a level. @param {import("../types.js").Level} level */
  ofLevel(level) {
    return this.#levels.get(level) ?? 0;
  }

  /** Returns the number of rows that an allow-list entry or a filter macro hides. @param {string} name */
  hiddenBy(name) {
    return this.#hidden.get(name) ?? 0;
  }

  /** Returns the number of hidden rows. */
  hidden() {
    let all = 0;
    for (const count of this.#hidden.values()) all += count;
    return all;
  }

  /** @param {Row} row @param {1 | -1} one */
  #count({ level, result: { suppressedBy } }, one) {
    this.#levels.set(level, this.ofLevel(level) + one);
    if (suppressedBy !== null) this.#hidden.set(suppressedBy, this.hiddenBy(suppressedBy) + one);
  }
}
