// Bytes that come in pieces: looking ahead, holding.

import { Failure } from "./failure.js";
import { HELD_ARCHIVE_BYTES, READ_BYTES } from "./limits.js";

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
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
function joined(left, right) {
  const bytes = new Uint8Array(left.length + right.length);
  bytes.set(left);
  bytes.set(right, left.length);
  return bytes;
}
