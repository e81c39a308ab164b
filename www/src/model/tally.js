/** Rows counted as they come and go: going through a hundred thousand takes longer than a frame. */

/** @typedef {import("../types.js").Row} Row */

export class Tally {
  /** @type {Map<string, number>} */
  #levels = new Map();
  /** Hidden ones by the name of what hides them. @type {Map<string, number>} */
  #hidden = new Map();

  /** @param {Row} row */
  add(row) {
    this.#count(row, 1);
  }

  /** @param {Row} row */
  drop(row) {
    this.#count(row, -1);
  }

  /** How many there are of a level. @param {import("../types.js").Level} level */
  ofLevel(level) {
    return this.#levels.get(level) ?? 0;
  }

  /** How many an entry of the allow-list or a filter macro hides. @param {string} name */
  hiddenBy(name) {
    return this.#hidden.get(name) ?? 0;
  }

  /** How many are hidden. */
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
