// Where a large source may be cut, so that several workers read it at once.

import { RANGE_BYTES } from "./limits.js";

/** @typedef {import("./inputs.js").Resource} Resource */
/** @typedef {{ start: number, end: number }} Range */

const EVTX_HEADER_BYTES = 4096;
const EVTX_CHUNK_BYTES = 65_536;
const EVTX_MAGIC = "ElfFile\0";
const EVTX_CHUNK_MAGIC = "ElfChnk\0";

/** Places that are looked at before a cut is left out: zeroed or damaged chunks seldom come in longer rows. */
const TRIES = 32;

/**
 * The ranges of a source that may be read apart, or null where it is read as one.
 *
 * Wherever it is cut, what is there has been looked at: a log whose chunks stand elsewhere is not cut.
 *
 * @param {Resource} resource
 * @param {number} [rangeBytes]
 * @returns {Promise<Range[] | null>}
 */
export async function rangesOf({ size, readAt }, rangeBytes = RANGE_BYTES) {
  if (!readAt || size === null || size < 2 * rangeBytes) return null;
  try {
    if (!(await startsWith(readAt, 0, EVTX_MAGIC))) return null;
    /** @type {Range[]} */
    const ranges = [];
    let start = 0;
    while (size - start >= 2 * rangeBytes) {
      const cut = await chunkFrom(readAt, start + rangeBytes);
      if (cut === null) break;
      ranges.push({ start, end: cut });
      start = cut;
    }
    ranges.push({ start, end: size });
    return ranges.length > 1 ? ranges : null;
  } catch {
    // What cannot be read is said by whoever reads it all.
    return null;
  }
}

/**
 * Where the first chunk begins at or after a place, if it is near.
 *
 * @param {NonNullable<Resource["readAt"]>} readAt
 * @param {number} wanted
 */
async function chunkFrom(readAt, wanted) {
  const first = Math.ceil((wanted - EVTX_HEADER_BYTES) / EVTX_CHUNK_BYTES);
  for (let index = first; index < first + TRIES; index += 1) {
    const place = EVTX_HEADER_BYTES + index * EVTX_CHUNK_BYTES;
    if (await startsWith(readAt, place, EVTX_CHUNK_MAGIC)) return place;
  }
  return null;
}

/**
 * @param {NonNullable<Resource["readAt"]>} readAt
 * @param {number} place
 * @param {string} magic
 */
async function startsWith(readAt, place, magic) {
  const bytes = await readAt(place, magic.length);
  return bytes.length === magic.length && bytes.every((byte, at) => byte === magic.charCodeAt(at));
}
