/** Divides a script into rows of a fixed number of columns, so that a text of any length is drawn row by row. */

import { giveWay, spent } from "./slices.js";

/** Columns between tab stops. */
const TAB = 4;

/**
 * A closed fold hides a range of the text.
 * @typedef {{ start: number, end: number, kind: "string" | "function", name: string }} Fold
 */

/** Rows of a text: for each its range, its line from 1, and which fold it replaces. */
export class TextRows {
  /** Triples of start, end and line. */
  #rows = new Uint32Array(3 * 1_024);
  #length = 0;
  /** Folds by the row that replaces them. @type {Map<number, Fold>} */
  #folds = new Map();

  /**
   * @param {string} text
   * @param {number} columns
   * @param {Fold[]} closed in order; one inside another is hidden with it
   */
  constructor(text, columns, closed) {
    let line = 1;
    let at = 0;
    for (const fold of closed) {
      if (fold.start < at) continue;
      line = this.#add(text, at, fold.start, line, columns);
      this.#folds.set(this.#length, fold);
      this.#push(fold.start, fold.end, line);
      line += newlines(text, fold.start, fold.end);
      at = fold.end;
    }
    this.#add(text, at, text.length, line, columns);
    if (this.#length === 0) this.#push(0, 0, 1);
  }

  get length() {
    return this.#length;
  }

  /** Number of the last line. */
  get lines() {
    return this.#rows[3 * this.#length - 1] ?? 1;
  }

  /** @param {number} i */
  row(i) {
    const [start = 0, end = 0, line = 1] = this.#rows.subarray(3 * i, 3 * i + 3);
    const isFirst = i === 0 || this.#rows[3 * i - 1] !== line;
    return { start, end, line, isFirst, fold: this.#folds.get(i) ?? null };
  }

  /** Returns the row of a place in the text. @param {number} place */
  at(place) {
    let low = 0;
    let high = this.#length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#rows[3 * middle] ?? 0) <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /**
   * Adds the rows of a range, and returns the line at its end.
   * @param {string} text @param {number} from @param {number} to @param {number} line @param {number} columns
   */
  #add(text, from, to, line, columns) {
    let start = from;
    while (start < to) {
      const found = text.indexOf("\n", start);
      const isBroken = found >= 0 && found < to;
      const end = isBroken ? found : to;
      // A short line fits whatever its characters are.
      if ((end - start) * TAB > columns) start = this.#wrap(text, start, end, line, columns);
      if (!isBroken) break;
      this.#push(start, end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end, line);
      line += 1;
      start = end + 1;
    }
    // After a line break at the end of the text there is no further line.
    if (start < to) this.#push(start, to, line);
    return line;
  }

  /**
   * Adds the rows of a long line but for its last one, and returns where that begins.
   * @param {string} text @param {number} from @param {number} to @param {number} line @param {number} columns
   */
  #wrap(text, from, to, line, columns) {
    let start = from;
    let column = 0;
    for (let i = from; i < to; i += 1) {
      const code = text.charCodeAt(i);
      const wide = code < 0x1100 && code !== 9 ? 1 : width(code, column);
      if (column + wide > columns && i > start && !isLow(code) && !(code === 13 && i + 1 === to)) {
        this.#push(start, i, line);
        start = i;
        column = code === 9 ? TAB : wide;
      } else column += wide;
    }
    return start;
  }

  /** @param {number} start @param {number} end @param {number} line */
  #push(start, end, line) {
    const at = 3 * this.#length;
    if (at === this.#rows.length) {
      const larger = new Uint32Array(2 * at);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rows[at] = start;
    this.#rows[at + 1] = end;
    this.#rows[at + 2] = line;
    this.#length += 1;
  }
}

/** @param {number} code @param {number} column */
function width(code, column) {
  if (code === 9) return TAB - (column % TAB);
  if (code < 0x1100) return 1;
  // A surrogate pair is drawn in two columns.
  if (code >= 0xd800 && code < 0xe000) return 1;
  return code < 0x1160 || (code >= 0x2e80 && code < 0xa4d0) || (code >= 0xac00 && code < 0xff61) ? 2 : 1;
}

/** Whether it is the second half of a surrogate pair. @param {number} code */
const isLow = (code) => code >= 0xdc00 && code < 0xe000;

/** @param {string} text @param {number} from @param {number} to */
function newlines(text, from, to) {
  let n = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) n += 1;
  return n;
}

/** Numbers of the token list between two looks at the clock. */
const SLICE = 3 * 8_192;
/** Kinds of tokens, as the engine numbers them. */
const [OTHER, COMMENT, STRING, KEYWORD] = [0, 1, 2, 5];
/** Strings longer than this fold; their beginning and end stay in sight. */
const LONG = 240;
const HEAD = 80;
const TAIL = 24;
const BLOCK = /^(?:function|filter|workflow|class|configuration)$/i;

/**
 * Returns what folds: long strings and comments, and the bodies of functions of several lines.
 * @param {string} text
 * @param {Uint32Array} tokens triples of start, end and kind
 * @returns {Promise<Fold[]>} by start
 */
export async function foldsOf(text, tokens) {
  /** @type {Fold[]} */
  const folds = [];
  /** Functions that are open: the depth of their braces, and where their body begins. @type {{ depth: number, start: number, name: string }[]} */
  const open = [];
  let depth = 0;
  /** The name of a function whose body is still to come. @type {string | null} */
  let name = null;
  const braces = (/** @type {number} */ from, /** @type {number} */ to) => {
    for (let i = from; i < to; i += 1) {
      const code = text.charCodeAt(i);
      if (code === 123) {
        depth += 1;
        if (name !== null) open.push({ depth, start: i + 1, name });
        name = null;
      } else if (code === 125) {
        const body = open.at(-1);
        if (body?.depth === depth) {
          open.pop();
          if (newlines(text, body.start, i) > 2)
            folds.push({ start: body.start, end: i, kind: "function", name: body.name });
        }
        depth -= 1;
      }
    }
  };
  let at = 0;
  for (let i = 0; i < tokens.length; i += 3) {
    if (i % SLICE === 0 && spent()) await giveWay();
    const start = tokens[i] ?? 0;
    const end = tokens[i + 1] ?? 0;
    const kind = tokens[i + 2] ?? 0;
    // One space between two tokens is what there is most of.
    if (start > at + 1 || (start > at && text.charCodeAt(at) > 122)) braces(at, start);
    if (kind === STRING || kind === COMMENT) {
      if (end - start > LONG)
        folds.push({ start: halved(text, start + HEAD), end: halved(text, end - TAIL), kind: "string", name: "" });
    } else if (kind === KEYWORD && end - start < 16 && BLOCK.test(text.slice(start, end))) {
      name = /^\s*([\w:-]{1,60})/.exec(text.slice(end, end + 80))?.[1] ?? "";
    } else if (kind === OTHER) braces(start, end);
    at = Math.max(at, end);
  }
  braces(at, text.length);
  return folds.sort((a, b) => a.start - b.start || b.end - a.end);
}

/** Moves a place out of a surrogate pair. @param {string} text @param {number} place */
const halved = (text, place) => (isLow(text.charCodeAt(place)) ? place - 1 : place);

/** Matches counted and walked: a search for one letter of a long text has no end. */
export const MOST_FOUND = 10_000;

/**
 * Finds a text in a script, ignoring case.
 * @param {string} text
 * @param {string} wanted
 * @returns {[number, number][]}
 */
export function findAll(text, wanted) {
  if (wanted === "") return [];
  const pattern = new RegExp(wanted.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), "giu");
  /** @type {[number, number][]} */
  const found = [];
  for (const match of text.matchAll(pattern)) {
    found.push([match.index, match.index + match[0].length]);
    if (found.length >= MOST_FOUND) break;
  }
  return found;
}
