// Inflates gzip and deflate with the platform's inflaters.

import { crc32 } from "./crc32.js";
import { Failure } from "./failure.js";
import { piecesOf } from "./inputs.js";
import { INFLATE_BYTES, INFLATED_BYTES } from "./limits.js";
import { yieldToEventLoop } from "./yield-to-event-loop.js";

/** Node's inflaters, several times as fast as its web streams. Undefined in browsers. @type {typeof import("node:zlib") | undefined} */
export const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");

/** @typedef {"gzip" | "deflate-raw"} Format */
/** @typedef {AsyncIterable<Uint8Array> | Iterable<Uint8Array>} Pieces */

/**
 * Yields the content of gzip data, of every member. Data that is damaged, or followed by something else, fails after the
 * last byte that can be had.
 *
 * @param {Pieces} pieces
 * @param {() => Pieces} [again] the same pieces from the start, if they can be read again
 * @param {typeof zlib | null} [native]
 */
export async function* gunzip(pieces, again, native = zlib) {
  try {
    if (native && again) {
      yield* continued(gunzippedByNode(native, pieces, Infinity), () =>
        gunzippedByNode(native, again(), INFLATE_BYTES),
      );
    } else if (native) {
      yield* gunzippedByNode(native, pieces, INFLATE_BYTES);
    } else if (again) {
      // A browser reports a second member as damage.
      const byMembers = () => continued(inflatedMembers(again()), () => byteByByteNearDamage(again));
      yield* continued(inflated(pieces, "gzip", Infinity, null), byMembers);
    } else {
      yield* inflated(pieces, "gzip", INFLATE_BYTES, null);
    }
  } catch (error) {
    throw Failure.damaged(error, GZIP_DAMAGED);
  }
}

const GZIP_DAMAGED = "the gzip data is damaged or cut off";

/** Steps of the inflater, in bytes, each used where the one before failed. */
const STEPS_NEAR_DAMAGE = [INFLATE_BYTES, 64, 1];

/** Number of steps that a browser's inflater may have been given beyond the one in which it finds damage. */
const STEPS_AHEAD = 16;

/**
 * Inflates in ever smaller steps near damage: an inflater discards its output for the step in which it finds damage, and
 * one step can hold megabytes.
 *
 * @param {() => Pieces} again
 * @param {number} [level] index of the smallest step
 * @param {number[]} [ends] offset up to which each larger step is taken
 * @returns {AsyncGenerator<Uint8Array>}
 */
function byteByByteNearDamage(again, level = 0, ends = []) {
  let taken = 0;
  async function* counted() {
    for await (const piece of cutAt(again(), ends)) {
      taken += piece.length;
      yield piece;
    }
  }
  const first = inflatedByWeb(counted(), "gzip", Infinity);
  if (level + 1 === STEPS_NEAR_DAMAGE.length) return first;
  const sound = () => Math.max(0, taken - STEPS_AHEAD * (STEPS_NEAR_DAMAGE[level] ?? 0));
  return continued(first, () => byteByByteNearDamage(again, level + 1, [...ends, sound()]));
}

/** Yields the pieces in steps of the first length up to the first offset, and so on. @param {Pieces} pieces @param {number[]} ends */
async function* cutAt(pieces, ends) {
  let at = 0;
  for await (const piece of pieces) {
    for (let start = 0; start < piece.length;) {
      const found = ends.findIndex((end) => at < end);
      const level = found < 0 ? ends.length : found;
      const length = Math.min(STEPS_NEAR_DAMAGE[level] ?? 1, (ends[level] ?? Infinity) - at);
      const step = piece.subarray(start, start + length);
      // Output that was not taken before the damage is discarded.
      if (level > 0) await yieldToEventLoop();
      yield step;
      start += step.length;
      at += step.length;
    }
  }
}

/**
 * Yields the content of all members. Their headers and trailers are read here: Node's own reader discards output when a
 * checksum is wrong or something else follows, and takes what follows padding for padding.
 *
 * @param {typeof import("node:zlib")} zlib
 * @param {Pieces} pieces
 * @param {number} step bytes inflated at a time
 */
async function* gunzippedByNode({ createInflateRaw }, pieces, step) {
  const input = new ByteInput(pieces);
  const isLarge = step > INFLATED_BYTES;
  const options = isLarge ? { chunkSize: INFLATED_BYTES, readableHighWaterMark: 4 * INFLATED_BYTES } : {};
  let isDamaged = false;
  try {
    for (let isFirst = true; isFirst || (await input.skipZeros()); isFirst = false) {
      await skipHeader(input);
      const inflating = createInflateRaw(options);
      let before = 0;
      const feed = async () => {
        for (;;) {
          const bytes = (await input.fill()).subarray(0, step);
          if (bytes.length === 0) break;
          await write(inflating, bytes);
          // Bytes behind the member's end are left.
          if (inflating.bytesWritten < before + bytes.length) return;
          before += bytes.length;
          input.consume(bytes.length);
        }
        inflating.end();
      };
      feed().catch((error) => inflating.destroy(error));
      let crc = 0;
      let length = 0;
      for await (const piece of /** @type {AsyncIterable<Uint8Array>} */ (inflating)) {
        crc = crc32(piece, crc);
        length += piece.length;
        yield piece;
      }
      input.consume(inflating.bytesWritten - before);
      const trailer = new DataView((await input.take(8)).buffer);
      isDamaged ||= trailer.getUint32(0, true) !== crc >>> 0 || trailer.getUint32(4, true) !== length % 2 ** 32;
    }
  } finally {
    await input.close();
  }
  if (isDamaged) throw new Failure("archive-damaged", GZIP_DAMAGED);
}

/** @param {import("node:zlib").InflateRaw} inflating @param {Uint8Array} bytes */
function write(inflating, bytes) {
  return new Promise((resolve, reject) => {
    inflating.write(bytes, (error) => (error ? reject(error) : resolve(null)));
  });
}

/** Reads the header of a gzip member (RFC 1952, 2.3). @param {ByteInput} input */
async function skipHeader(input) {
  const [a, b, method, flags = 0xff] = await input.take(10);
  if (a !== 0x1f || b !== 0x8b || method !== 8 || flags & 0xe0) throw new Error("no gzip member");
  if (flags & 4) {
    const [low = 0, high = 0] = await input.take(2);
    await input.take(low | (high << 8));
  }
  // The name and the comment are zero-terminated.
  for (const flag of [8, 16]) {
    while (flags & flag && (await input.take(1))[0] !== 0);
  }
  if (flags & 2) await input.take(2);
}

/** Pieces read byte by byte where necessary. */
class ByteInput {
  #iterator;
  #rest = new Uint8Array();

  /** @param {Pieces} pieces */
  constructor(pieces) {
    this.#iterator = (async function* () {
      yield* pieces;
    })();
  }

  /** Returns the unread bytes of the current piece, or of the next one. None at the end. */
  async fill() {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#iterator.next();
      if (done) break;
      this.#rest = /** @type {Uint8Array<ArrayBuffer>} */ (value);
    }
    return this.#rest;
  }

  /** @param {number} length */
  consume(length) {
    this.#rest = this.#rest.subarray(length);
  }

  /** Returns a number of bytes, copied. Fails if there are fewer. @param {number} length */
  async take(length) {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const some = (await this.fill()).subarray(0, length - filled);
      if (some.length === 0) throw new Error("cut off");
      bytes.set(some, filled);
      filled += some.length;
      this.consume(some.length);
    }
    return bytes;
  }

  /** Returns whether anything but zeros follows. */
  async skipZeros() {
    for (;;) {
      const bytes = await this.fill();
      if (bytes.length === 0) return false;
      const at = bytes.findIndex((byte) => byte !== 0);
      if (at >= 0) {
        this.consume(at);
        return true;
      }
      this.consume(bytes.length);
    }
  }

  async close() {
    await this.#iterator.return(undefined);
  }
}

/**
 * Yields what the first yields and, if it fails, what the second yields beyond that. An inflater discards its output for
 * the piece in which it finds damage, so the second inflates small pieces.
 *
 * @param {Pieces} first
 * @param {() => Pieces} second the same bytes, made in another way
 */
export async function* continued(first, second) {
  let yielded = 0;
  try {
    for await (const piece of first) {
      yielded += piece.length;
      yield piece;
    }
    return;
  } catch (error) {
    if (error instanceof Failure) throw error;
    // The second reports the error.
  }
  for await (const piece of second()) {
    const known = Math.min(yielded, piece.length);
    yielded -= known;
    if (known < piece.length) yield piece.subarray(known);
  }
}

/**
 * @param {Pieces} pieces
 * @param {Format} format
 * @param {number} [step] bytes inflated at a time; by default each piece
 * @param {typeof zlib | null} [native]
 */
export function inflated(pieces, format, step = Infinity, native = zlib) {
  return native ? inflatedByNode(native, pieces, format, step) : inflatedByWeb(pieces, format, step);
}

/**
 * @param {typeof import("node:zlib")} zlib
 * @param {Pieces} pieces
 * @param {Format} format
 * @param {number} step
 */
async function* inflatedByNode({ createGunzip, createInflateRaw }, pieces, format, step) {
  // Node's own thread inflates some pieces ahead. Near damage they are small, for the last one is lost.
  const isLarge = step > INFLATED_BYTES;
  const options = isLarge ? { chunkSize: INFLATED_BYTES, readableHighWaterMark: 4 * INFLATED_BYTES } : {};
  const inflating = format === "gzip" ? createGunzip(options) : createInflateRaw(options);
  const write = (/** @type {Uint8Array} */ bytes) =>
    new Promise((resolve, reject) => {
      inflating.write(bytes, (error) => (error ? reject(error) : resolve(null)));
    });
  const feed = async () => {
    for await (const bytes of steps(pieces, step)) await write(bytes);
    inflating.end();
  };
  feed().catch((error) => inflating.destroy(error));
  yield* /** @type {AsyncIterable<Uint8Array>} */ (inflating);
}

/**
 * @param {Pieces} pieces
 * @param {Format} format
 * @param {number} step
 */
async function* inflatedByWeb(pieces, format, step) {
  const inflating = new DecompressionStream(format);
  const feeding = feed(inflating.writable, steps(pieces, step));
  // An error while feeding also fails the readable side; it must not be an unhandled rejection as well.
  feeding.catch(() => {});
  yield* piecesOf(/** @type {ReadableStream<Uint8Array>} */ (inflating.readable));
  await feeding;
}

/**
 * @param {WritableStream<BufferSource>} writable
 * @param {AsyncIterable<Uint8Array>} pieces
 */
async function feed(writable, pieces) {
  const writer = writable.getWriter();
  try {
    for await (const piece of pieces) {
      await writer.ready;
      // Copied, for the writer may hold it longer than it is valid.
      await writer.write(piece.slice());
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  }
}

/**
 * Yields the content of successive gzip members, each inflated by an inflater of its own: browsers take a second member
 * for trailing garbage.
 *
 * @param {Pieces} pieces
 */
export async function* inflatedMembers(pieces) {
  const parts = membersOf(pieces);
  let more = true;
  /** Yields the pieces of one member. */
  async function* member() {
    for (;;) {
      const { done, value } = await parts.next();
      more = !done;
      if (done || value === null) return;
      yield value;
    }
  }
  try {
    while (more) yield* inflatedByWeb(member(), "gzip", INFLATE_BYTES);
  } finally {
    await parts.return(null);
  }
}

/**
 * Yields the pieces, with null before each member but the first. No inflater reports where a member ends, so this searches
 * for headers in the forms that compressors write. An archive inside the archive has such headers too, so this is tried
 * second.
 *
 * @param {Pieces} pieces
 * @returns {AsyncGenerator<Uint8Array | null, null>}
 */
async function* membersOf(pieces) {
  let rest = new Uint8Array();
  let isFirst = true;
  for await (const piece of pieces) {
    const bytes = new Uint8Array(rest.length + piece.length);
    bytes.set(rest);
    bytes.set(piece, rest.length);
    let start = 0;
    const last = bytes.length - HEADER_BYTES;
    for (let at = bytes.indexOf(0x1f, isFirst ? 1 : 0); at >= 0 && at <= last; at = bytes.indexOf(0x1f, at + 1)) {
      if (!isHeader(bytes.subarray(at, at + HEADER_BYTES))) continue;
      yield bytes.subarray(start, at);
      yield null;
      start = at;
    }
    // Bytes that may begin a header wait for the next piece.
    const end = Math.max(start, last + 1);
    yield bytes.subarray(start, end);
    rest = bytes.slice(end);
    isFirst &&= end === 0;
  }
  yield rest;
  return null;
}

const HEADER_BYTES = 10;
/** Flags of headers with a name, a comment or extra fields. */
const FLAGS = new Set([0, 4, 8, 12, 16, 24]);
/** Compression effort: unspecified, most, least. */
const EFFORTS = new Set([0, 2, 4]);
/** FAT, Unix, Macintosh, NTFS (two numbers), Darwin, unspecified. */
const SYSTEMS = new Set([0, 3, 7, 10, 11, 19, 255]);

/** @param {Uint8Array} bytes */
function isHeader([a, b, method, flags = -1, , , , , effort = -1, system = -1]) {
  const isMagic = a === 0x1f && b === 0x8b && method === 8;
  return isMagic && FLAGS.has(flags) && EFFORTS.has(effort) && SYSTEMS.has(system);
}

/** @param {Pieces} pieces @param {number} step */
async function* steps(pieces, step) {
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at += step) yield piece.subarray(at, at + step);
  }
}
