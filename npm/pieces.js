// Bytes that come in pieces: looking ahead, inflating, holding.

import { Failure } from "./failure.js";
import { piecesOf } from "./inputs.js";
import { HELD_ARCHIVE_BYTES, INFLATE_BYTES, READ_BYTES } from "./limits.js";

/** Pieces whose first bytes can be looked at before they are taken. */
export class Peekable {
  /** @type {Uint8Array[]} */
  #taken = [];
  #iterator;

  /** @param {AsyncIterable<Uint8Array>} pieces */
  constructor(pieces) {
    this.#iterator = pieces[Symbol.asyncIterator]();
  }

  /**
   * The first bytes: at least as many as asked for, unless there are no more.
   *
   * @param {number} length
   * @returns {Promise<Uint8Array>}
   */
  async peek(length) {
    let head = this.#taken[0] ?? new Uint8Array();
    while (head.length < length) {
      const { done, value } = await this.#iterator.next();
      if (done) break;
      // Copied, for a piece is valid only until the next is asked for.
      head = joined(head, value);
    }
    this.#taken = head.length > 0 ? [head] : [];
    return head;
  }

  async *[Symbol.asyncIterator]() {
    yield* this.#taken.splice(0);
    for (;;) {
      const { done, value } = await this.#iterator.next();
      if (done) return;
      yield value;
    }
  }

  /** No more is wanted. */
  async close() {
    this.#taken = [];
    await this.#iterator.return?.();
  }
}

/** What gzip wrapped. @param {AsyncIterable<Uint8Array>} pieces */
export async function* gunzip(pieces) {
  const inflating = new DecompressionStream("gzip");
  const feeding = pump(pieces, inflating.writable);
  // What goes wrong while feeding shows on the readable side too; it must not also be an unhandled rejection.
  feeding.catch(() => {});
  try {
    yield* piecesOf(/** @type {ReadableStream<Uint8Array>} */ (inflating.readable));
    await feeding;
  } catch (error) {
    throw Failure.damaged(error, "the gzip data is damaged or cut off");
  }
}

/**
 * An archive that came as a stream, whole.
 *
 * @param {AsyncIterable<Uint8Array>} pieces
 */
export async function held(pieces) {
  /** @type {Blob[]} */
  const blobs = [];
  let bytes = 0;
  /** @type {Uint8Array<ArrayBuffer>[]} */
  let batch = [];
  let batched = 0;
  const store = () => {
    // A browser keeps large blobs on disk.
    blobs.push(new Blob(batch));
    batch = [];
    batched = 0;
  };
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > HELD_ARCHIVE_BYTES) {
      throw Failure.limit(`an archive inside a stream or another archive has more than ${HELD_ARCHIVE_BYTES} bytes`);
    }
    batch.push(piece.slice());
    batched += piece.length;
    if (batched >= READ_BYTES) store();
  }
  store();
  return new Blob(blobs);
}

/**
 * @param {AsyncIterable<Uint8Array>} pieces
 * @param {WritableStream<BufferSource>} writable
 */
async function pump(pieces, writable) {
  const writer = writable.getWriter();
  try {
    for await (const piece of pieces) {
      for (let at = 0; at < piece.length; at += INFLATE_BYTES) {
        await writer.ready;
        // Copied, for the writer may keep it longer than it is valid.
        await writer.write(piece.slice(at, at + INFLATE_BYTES));
      }
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  }
}

/**
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
function joined(left, right) {
  const bytes = new Uint8Array(left.length + right.length);
  bytes.set(left);
  bytes.set(right, left.length);
  return bytes;
}
