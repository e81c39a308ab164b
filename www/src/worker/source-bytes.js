/** Reads ranges of sources again: from files, and from inside of archives. */
import { passwordsFor, unpack } from "../../../npm/unpack.js";

/** @typedef {import("../../../npm/inputs.js").Resource} Resource */
/** @typedef {{ source: string, offset: number, length: number }} Range */

/** Upper bound on the bytes of one script block's ranges: a source without places of its records is read as a whole. */
const MOST_BYTES = 256 << 20;

/**
 * Returns the bytes of ranges, in their order.
 * @param {Resource[]} resources that the sources were read from
 * @param {Range[]} ranges
 * @param {import("../../../npm/index.js").AnalyzeOptions["password"]} password
 * @returns {Promise<Uint8Array[]>}
 * @throws if a source is no longer there, or the ranges are too long
 */
export async function bytesOf(resources, ranges, password) {
  if (ranges.reduce((sum, { length }) => sum + length, 0) > MOST_BYTES)
    throw new Error("reading it again takes its whole source, which is too large for that");
  /** @type {Uint8Array[]} */
  const all = [];
  for (const [at, range] of ranges.entries()) {
    const file = await fileOf(resources, range.source);
    if (file?.readAt) all[at] = await file.readAt(range.offset, range.length);
  }
  const left = ranges.filter((_, at) => all[at] === undefined);
  const packed = left.length === 0 ? new Map() : await unpackedBytes(resources, left, password);
  return ranges.map((range, at) => {
    const bytes = all[at] ?? packed.get(range);
    if (!bytes) throw new Error(`${range.source} can no longer be read`);
    return bytes;
  });
}

/** Returns the file of a source that is no archive. @param {Resource[]} resources @param {string} source */
async function fileOf(resources, source) {
  const file = resources.find(({ name }) => name === source);
  return file && !(await isPacked(file)) ? file : null;
}

/** @param {Resource} resource */
async function isPacked({ readAt }) {
  const [a, b] = (await readAt?.(0, 2)) ?? [];
  return (a === 0x1f && b === 0x8b) || (a === 0x50 && b === 0x4b);
}

/**
 * Unpacks archives until all ranges were met.
 * @param {Resource[]} resources @param {Range[]} ranges
 * @param {import("../../../npm/index.js").AnalyzeOptions["password"]} password
 */
async function unpackedBytes(resources, ranges, password) {
  /** @type {Map<Range, Uint8Array>} */
  const found = new Map();
  // The archive that a source's name begins with comes first.
  const likely = (/** @type {Resource} */ { name }) => Number(ranges.some(({ source }) => source.startsWith(name)));
  for (const resource of [...resources].sort((a, b) => likely(b) - likely(a))) {
    if (found.size === ranges.length) break;
    if (!(await isPacked(resource))) continue;
    const stop = new AbortController();
    const sink = new RangeSink(ranges, found, () => stop.abort());
    try {
      const passwords = passwordsFor(password, stop.signal);
      await unpack(resource, sink, { passwords, packedBytes: () => resource.size ?? 0, signal: stop.signal });
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  }
  return found;
}

/** Takes the bytes of ranges out of what is unpacked. */
class RangeSink {
  #ranges;
  #found;
  #done;
  #at = 0;
  /** @type {Map<Range, Uint8Array>} */
  #filling = new Map();

  /** @param {Range[]} ranges @param {Map<Range, Uint8Array>} found @param {() => void} done called once all are found */
  constructor(ranges, found, done) {
    this.#ranges = ranges;
    this.#found = found;
    this.#done = done;
  }

  /** @param {string} name */
  begin(name) {
    this.#at = 0;
    const own = this.#ranges.filter((range) => range.source === name && !this.#found.has(range));
    this.#filling = new Map(own.map((range) => [range, new Uint8Array(range.length)]));
  }

  /** @param {Uint8Array} bytes */
  push(bytes) {
    const start = this.#at;
    this.#at += bytes.length;
    for (const [range, into] of this.#filling) {
      const from = Math.max(range.offset, start);
      const to = Math.min(range.offset + range.length, this.#at);
      if (from < to) into.set(bytes.subarray(from - start, to - start), from - range.offset);
      if (this.#at >= range.offset + range.length) this.#finish(range, into);
    }
  }

  /** A range may end behind its source. */
  end() {
    for (const [range, into] of this.#filling)
      this.#finish(range, into.subarray(0, Math.max(this.#at - range.offset, 0)));
  }

  /** @param {Range} range @param {Uint8Array} bytes */
  #finish(range, bytes) {
    this.#filling.delete(range);
    this.#found.set(range, bytes);
    if (this.#found.size === this.#ranges.length) this.#done();
  }
}
