// Inflates gzip and deflate with the platform's inflaters.

import { Failure } from "./failure.js";
import { piecesOf } from "./inputs.js";
import { INFLATE_BYTES, INFLATED_BYTES } from "./limits.js";

/** Node's inflaters, several times as fast as its web streams. Undefined in browsers. @type {typeof import("node:zlib") | undefined} */
export const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");

/** @typedef {"gzip" | "deflate-raw"} Format */
/** @typedef {AsyncIterable<Uint8Array> | Iterable<Uint8Array>} Pieces */

/**
 * Yields the content of gzip data.
 *
 * @param {Pieces} pieces
 * @param {() => Pieces} [again] the same pieces from the start, if they can be read again
 * @param {typeof zlib | null} [native]
 */
export async function* gunzip(pieces, again, native = zlib) {
  const carefully = (/** @type {Pieces} */ from) => inflated(from, "gzip", INFLATE_BYTES, native);
  try {
    if (again) {
      const slowly = () => carefully(again());
      // A browser reports a second member as damage.
      const byMembers = () => continued(inflatedMembers(again()), slowly);
      yield* continued(inflated(pieces, "gzip", Infinity, native), native ? slowly : byMembers);
    } else {
      yield* carefully(pieces);
    }
  } catch (error) {
    throw Failure.damaged(error, "the gzip data is damaged or cut off");
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
