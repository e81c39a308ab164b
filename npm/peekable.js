// Pieces of bytes: reading ahead, and collecting them in a blob.

import { Failure } from "./failure.js";
import { HELD_ARCHIVE_BYTES, READ_BYTES } from "./limits.js";

/** Pieces whose first bytes can be read before they are taken. */
export class Peekable {
  /** @type {Uint8Array[]} */
  #taken = [];
  #iterator;

  /** @param {AsyncIterable<Uint8Array>} pieces */
  constructor(pieces) {
    this.#iterator = pieces[Symbol.asyncIterator]();
  }

  /**
   * Returns the first bytes: at least `length` of them, unless there are fewer.
   *
   * @param {number} length
   * @returns {Promise<Uint8Array>}
   */
  async peek(length) {
    let head = this.#taken[0] ?? new Uint8Array();
    while (head.length < length) {
      const { done, value } = await this.#iterator.next();
      if (done) break;
      // Copied, for a piece is valid only until the next one is requested.
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

  /** Ends the iteration of the pieces. */
  async close() {
    this.#taken = [];
    await this.#iterator.return?.();
  }
}

/**
 * Collects a stream's bytes in a blob.
 *
 * @param {AsyncIterable<Uint8Array>} pieces
 */
export async function collect(pieces) {
  /** @type {Blob[]} */
  const blobs = [];
  let bytes = 0;
  /** @type {Uint8Array<ArrayBuffer>[]} */
  let batch = [];
  let batched = 0;
  const store = () => {
    // A browser stores large blobs on disk.
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
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
function joined(left, right) {
  const bytes = new Uint8Array(left.length + right.length);
  bytes.set(left);
  bytes.set(right, left.length);
  return bytes;
}
