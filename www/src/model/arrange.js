/** Sorts and groups rows, in slices, so that a hundred thousand rows never delay a frame. */
import { LEVELS } from "./level.js";
import { inSlices } from "./slices.js";

/** @typedef {import("../types.js").Row} Row */
/** @typedef {"level" | "title" | "computer" | "user" | "count" | "first" | "last" | "score"} Key */
/** @typedef {{ key: Key, down: boolean }} Order */
/** @typedef {"rule" | "computer" | "none"} By */
/** @typedef {{ key: string, title: string, rows: Row[] }} Group */

/**
 * Returns a comparison by a key, then in the report's order: score, rule, first time.
 * @param {Order} order
 * @returns {(a: Row, b: Row) => number}
 */
export function comparison({ key, down }) {
  const value = VALUES[key];
  const sign = down ? -1 : 1;
  return (a, b) => {
    const x = value(a);
    const y = value(b);
    if (x !== y) {
      // Rows without a value are last in both directions.
      if (x !== x || x === "") return 1;
      if (y !== y || y === "") return -1;
      return x < y ? -sign : sign;
    }
    return b.result.score - a.result.score || compare(a.rule.id, b.rule.id) || a.first - b.first || compare(a.id, b.id);
  };
}

/** @type {Record<Key, (row: Row) => number | string>} */
const VALUES = {
  level: (row) => -LEVELS.indexOf(row.level),
  title: (row) => row.rule.title,
  computer: (row) => row.computer.toLowerCase(),
  user: (row) => row.user.toLowerCase(),
  count: (row) => row.result.count,
  first: (row) => row.first,
  last: (row) => row.last,
  score: (row) => row.result.score,
};

/** @param {string} name @returns {name is Key} */
export const isKey = (name) => Object.hasOwn(VALUES, name);

/** @param {string | null} name @returns {name is By} */
export const isBy = (name) => name === "rule" || name === "computer" || name === "none";

/** @param {string} a @param {string} b */
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Returns a sorted copy: sorts runs, then merges them, yielding between slices.
 * @param {Row[]} rows
 * @param {Order} order
 * @param {AbortSignal} signal
 */
export async function sorted(rows, order, signal) {
  const less = comparison(order);
  const size = 2_048;
  /** @type {Row[][]} */
  let runs = [];
  await inSlices(
    Math.ceil(rows.length / size),
    signal,
    (i) => {
      runs.push(rows.slice(i * size, (i + 1) * size).sort(less));
    },
    1,
  );
  while (runs.length > 1) {
    /** @type {Row[][]} */
    const next = [];
    for (let i = 0; i < runs.length; i += 2) {
      const right = runs[i + 1];
      next.push(right ? await merged(runs[i] ?? [], right, less, signal) : (runs[i] ?? []));
    }
    runs = next;
  }
  return runs[0] ?? [];
}

/** @param {Row[]} a @param {Row[]} b @param {(a: Row, b: Row) => number} less @param {AbortSignal} signal */
async function merged(a, b, less, signal) {
  /** @type {Row[]} */
  const out = [];
  let i = 0;
  let j = 0;
  await inSlices(a.length + b.length, signal, () => {
    const left = a[i];
    const right = b[j];
    if (left && (!right || less(left, right) <= 0)) {
      out.push(left);
      i += 1;
    } else if (right) {
      out.push(right);
      j += 1;
    }
  });
  return out;
}

/**
 * Groups rows. Groups are in the order of their first rows.
 * @param {Row[]} rows sorted
 * @param {By} by
 * @returns {Group[]}
 */
export function grouped(rows, by) {
  if (by === "none") return rows.length > 0 ? [{ key: "", title: "", rows }] : [];
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const row of rows) {
    const key = by === "rule" ? row.rule.id : row.computer.toLowerCase();
    let group = groups.get(key);
    if (!group) {
      group = { key, title: by === "rule" ? row.rule.title : row.computer || "computer unknown", rows: [] };
      groups.set(key, group);
    }
    group.rows.push(row);
  }
  return [...groups.values()];
}
