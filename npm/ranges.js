// Where a large source may be cut, so that several workers read it at once.

import { LARGEST_RANGE_BYTES, RANGE_BYTES, RANGES_PER_WORKER } from "./limits.js";

/** @typedef {import("./inputs.js").Resource} Resource */
/** @typedef {{ start: number, end: number }} Range */

const EVTX_HEADER_BYTES = 4096;
const EVTX_CHUNK_BYTES = 65_536;
const EVTX_MAGIC = "ElfFile\0";
const EVTX_CHUNK_MAGIC = "ElfChnk\0";
/** A chunk's header says how long it is, which tells it from text that names one. */
const EVTX_CHUNK_SIZE = "\x80\0\0\0";
const EVTX_CHUNK_SIZE_AT = 40;

/** How much of a text is looked through for the end of a record before no cut is made: far more than one is long. */
const LOOK_BYTES = 1 << 20;

/** The line that an event of Splunk's text begins with. */
const TIME = /\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d(?:\.\d{1,9})? [AP]M\r?\n/.source;

/**
 * What stands before a record of a text that is cut there, by what the text begins with. JSON documents are cut
 * between two that stand on lines of their own, events between two that name their namespace: neither can stand in
 * a value, where line ends and `<` are escaped. Events of Splunk's text are cut where one begins, as long as no XML is
 * near: that could hold such lines. Texts of other beginnings are read as one: where a row of a table begins is told
 * by all quotation marks before it, and how its dates are meant by other rows.
 *
 * @type {{ begins: RegExp, before: RegExp, unless?: RegExp }[]}
 */
const TEXTS = [
  { begins: /^\{"/, before: /\}\r?\n(?=\{")/ },
  {
    begins: /^[ \t\r\n]*(?!.*<!\[CDATA\[)<(?!(?:!doctype )?html)[a-z!?/_]/is,
    before: /<\/Event>[ \t\r\n]{0,32}(?=<Event xmlns)/,
    unless: /\]\]>/,
  },
  {
    begins: new RegExp(`^${TIME}[A-Za-z0-9]{1,64}=(?!.*<Event[\\s>])`, "s"),
    before: new RegExp(`\\n(?=${TIME}[A-Za-z0-9]{1,64}=)`),
    unless: /<\/?Event[\s>]/,
  },
];

/** What makes the engine take a text for something else, where it stands among the first bytes. */
const NO_TEXT = /Elf(?:File|Chnk)\0|^.{257}ustar|^.{4}LfLe/s;
const SNIFF_BYTES = 64 << 10;

/** Cuts that are looked for at a time. */
const AT_ONCE = 16;

/** Places that are looked at before a cut is left out: zeroed or damaged chunks seldom come in longer rows. */
const TRIES = 32;

/**
 * How large the ranges of a source should be.
 *
 * @param {number} size of the source
 * @param {number} workers that there are for them
 */
export function rangeBytesFor(size, workers) {
  const share = Math.ceil(size / (RANGES_PER_WORKER * workers));
  return Math.min(Math.max(share, RANGE_BYTES), LARGEST_RANGE_BYTES);
}

/**
 * The ranges of a source that may be read apart, or null where it is read as one.
 *
 * Wherever it is cut, what is there has been looked at: a log whose chunks stand elsewhere is not cut.
 *
 * @param {Resource} resource
 * @param {number} rangeBytes
 * @returns {Promise<Range[] | null>}
 */
export async function rangesOf({ size, readAt }, rangeBytes) {
  if (!readAt || size === null || size < 2 * rangeBytes) return null;
  try {
    const cutFrom = await cutterOf(readAt);
    if (cutFrom === null) return null;
    // Where the first cut is not to be found, the source is not what it looks like, or badly damaged.
    const first = await cutFrom(rangeBytes);
    if (first === null) return null;
    const wanted = Array.from({ length: Math.floor(size / rangeBytes) - 2 }, (_, index) => (index + 2) * rangeBytes);
    /** @type {(number | null)[]} */
    const found = [first];
    // Several at once: each is a small read that is mostly waited for.
    while (wanted.length > 0) found.push(...(await Promise.all(wanted.splice(0, AT_ONCE).map(cutFrom))));
    const cuts = [...new Set(found.filter((cut) => cut !== null))].sort((a, b) => a - b);
    const starts = [0, ...cuts.filter((cut) => cut < size)];
    return starts.map((start, index) => ({ start, end: starts[index + 1] ?? size }));
  } catch {
    // What cannot be read is said by whoever reads it all.
    return null;
  }
}

/**
 * What finds the first place at or after another where the source may be cut.
 *
 * @param {NonNullable<Resource["readAt"]>} readAt
 * @returns {Promise<((wanted: number) => Promise<number | null>) | null>}
 */
async function cutterOf(readAt) {
  if (await startsWith(readAt, 0, EVTX_MAGIC)) return (wanted) => chunkFrom(readAt, wanted);
  const head = (await readAt(0, LOOK_BYTES)).slice();
  const [label, width, mark] = encodingOf(head);
  const first = new TextDecoder("latin1").decode(head.subarray(0, SNIFF_BYTES));
  // Where there are zeros in plenty, the engine takes it for UTF-16.
  if (NO_TEXT.test(first) || (width === 1 && first.includes("\0"))) return null;
  // One unit is one character, whatever it is.
  const decoder = new TextDecoder(label, { ignoreBOM: true });
  const text = decoder.decode(head.subarray(mark));
  const kind = TEXTS.find(({ begins }) => begins.test(text));
  if (kind === undefined) return null;
  return async (wanted) => {
    // Units begin at places that are even, for marks are too.
    const place = wanted - (wanted % width);
    const near = decoder.decode(await readAt(place, LOOK_BYTES));
    const found = kind.unless?.test(near) ? null : kind.before.exec(near);
    return found && place + (found.index + found[0].length) * width;
  };
}

/**
 * The encoding that a text's first bytes show, as the engine tells it: its label, and the bytes of a unit and of
 * its mark.
 *
 * @param {Uint8Array} head
 * @returns {[string, number, number]}
 */
function encodingOf([a, b, c, d]) {
  if (a === 0xef && b === 0xbb && c === 0xbf) return ["latin1", 1, 3];
  if (a === 0xff && b === 0xfe) return ["utf-16le", 2, 2];
  if (a === 0xfe && b === 0xff) return ["utf-16be", 2, 2];
  if (a && b === 0 && c && d === 0) return ["utf-16le", 2, 0];
  if (a === 0 && b && c === 0 && d) return ["utf-16be", 2, 0];
  return ["latin1", 1, 0];
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
    if (await isChunk(readAt, place)) return place;
  }
  return null;
}

/**
 * Whether a chunk begins there, also for one that stands askew and would reach over it.
 *
 * @param {NonNullable<Resource["readAt"]>} readAt
 * @param {number} place
 */
async function isChunk(readAt, place) {
  const header = await readAt(place, EVTX_CHUNK_SIZE_AT + EVTX_CHUNK_SIZE.length);
  return holds(header, 0, EVTX_CHUNK_MAGIC) && holds(header, EVTX_CHUNK_SIZE_AT, EVTX_CHUNK_SIZE);
}

/**
 * @param {NonNullable<Resource["readAt"]>} readAt
 * @param {number} place
 * @param {string} magic
 */
async function startsWith(readAt, place, magic) {
  return holds(await readAt(place, magic.length), 0, magic);
}

/**
 * Whether these characters stand at a place, a byte each.
 *
 * @param {Uint8Array} bytes
 * @param {number} place
 * @param {string} text
 */
function holds(bytes, place, text) {
  return [...text].every((character, at) => bytes[place + at] === character.charCodeAt(0));
}
