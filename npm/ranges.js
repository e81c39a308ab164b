// Ranges of a large source, so that several workers read it at once. Where it may be divided is the engine's knowledge.

import { Cutter, rangeBytes } from "./scriptscope.js";

/** @typedef {import("./inputs.js").Resource} Resource */
/** @typedef {{ start: number, end: number }} Range */

/** Bytes of the beginning that decide the format. */
const HEAD_BYTES = 1 << 20;

/** Cut points searched for at a time: each search is a small read that is mostly waited for. */
const AT_ONCE = 16;

export { rangeBytes as rangeBytesFor };

/**
 * The ranges of a source that may be read apart, or null where it is read as one.
 *
 * @param {Resource} resource
 * @param {number} rangeBytes
 * @returns {Promise<Range[] | null>}
 */
export async function rangesOf({ size, readAt }, rangeBytes) {
  if (!readAt || size === null || size < 2 * rangeBytes) return null;
  /** @type {Cutter | undefined} */
  let cutter;
  try {
    cutter = Cutter.from(await readAt(0, HEAD_BYTES));
    if (!cutter) return null;
    const cutFrom = (/** @type {number} */ wanted) => cutPoint(/** @type {Cutter} */ (cutter), readAt, wanted);
    // Where the first cut point is not found, the source is not what it looks like, or badly damaged.
    const first = await cutFrom(rangeBytes);
    if (first === null) return null;
    const wanted = Array.from({ length: Math.floor(size / rangeBytes) - 2 }, (_, index) => (index + 2) * rangeBytes);
    /** @type {(number | null)[]} */
    const found = [first];
    while (wanted.length > 0) found.push(...(await Promise.all(wanted.splice(0, AT_ONCE).map(cutFrom))));
    const cuts = [...new Set(found.filter((cut) => cut !== null))].sort((a, b) => a - b);
    const starts = [0, ...cuts.filter((cut) => cut < size)];
    return starts.map((start, index) => ({ start, end: starts[index + 1] ?? size }));
  } catch {
    // What cannot be read is said by whoever reads it all.
    return null;
  } finally {
    cutter?.free();
  }
}

/**
 * The first cut point at or after a place, or null.
 *
 * @param {Cutter} cutter
 * @param {NonNullable<Resource["readAt"]>} readAt
 * @param {number} wanted
 */
async function cutPoint(cutter, readAt, wanted) {
  for (let attempt = 0; ; attempt += 1) {
    const [offset, length] = cutter.window(wanted, attempt) ?? [];
    if (offset === undefined || length === undefined) return null;
    const cut = cutter.find(offset, await readAt(offset, length));
    if (cut !== undefined) return cut;
  }
}
