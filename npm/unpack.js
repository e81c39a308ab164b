// What is inside an input: itself, or what gzip and zip wrap, however deep, member by member.

import {
  configure,
  ERR_UNSUPPORTED_COMPRESSION,
  ERR_UNSUPPORTED_ENCRYPTION,
  Reader,
  ZipReader,
} from "@zip.js/zip.js/lib/zip-core-custom.js";
import { Failure, isFatal } from "./failure.js";
import { blobResource, piecesOf } from "./inputs.js";
import {
  ARCHIVE_MEMBERS,
  ARCHIVE_NESTING,
  HELD_ARCHIVE_BYTES,
  READ_BYTES,
  UNPACKED_BYTES,
  UNPACKED_RATIO,
} from "./limits.js";

// Where this runs is already off the main thread, or a terminal; and the platform inflates.
configure({ useWebWorkers: false });

/** @typedef {import("./inputs.js").Resource} Resource */

/**
 * @typedef {object} Sink what takes one source after the other
 * @property {(name: string) => void} begin
 * @property {(bytes: Uint8Array) => void | Promise<void>} push
 * @property {(failure: Failure | null) => void} end after all its bytes, or where reading broke off
 */

/**
 * @typedef {object} Unpacking
 * @property {Passwords} passwords
 * @property {() => number} packedBytes read of the whole input so far
 * @property {AbortSignal} [signal]
 */

/** @typedef {(member: string) => AsyncIterable<string>} Passwords those to try, in order; it may stop to ask for one */

/** Tried before all others: how malware and evidence are customarily wrapped. */
const CUSTOMARY_PASSWORD = "infected";

/**
 * Gives everything in the resource to the sink. What cannot be read ends its source with a failure, and the
 * next goes on.
 *
 * @param {Resource} resource
 * @param {Sink} sink
 * @param {Unpacking} unpacking
 */
export function unpack(resource, sink, unpacking) {
  return new Unpacker(sink, unpacking).feed(resource, 0);
}

/**
 * The passwords to try: the customary one, then those given, or one asked for.
 *
 * @param {import("./index.js").AnalyzeOptions["password"]} given
 * @returns {Passwords}
 */
export function passwordsFor(given) {
  return async function* (member) {
    yield CUSTOMARY_PASSWORD;
    if (typeof given === "function") {
      const answer = await given(member);
      if (answer !== null) yield answer;
    } else if (given !== undefined) {
      yield* typeof given === "string" ? [given] : given;
    }
  };
}

class Unpacker {
  #unpackedBytes = 0;

  /**
   * @param {Sink} sink
   * @param {Unpacking} unpacking
   */
  constructor(sink, unpacking) {
    this.sink = sink;
    this.unpacking = unpacking;
  }

  /**
   * @param {Resource} resource
   * @param {number} depth
   * @returns {Promise<void>}
   */
  async feed(resource, depth) {
    /** @type {Peekable | undefined} */
    let pieces;
    try {
      if (resource.error !== undefined) throw resource.error;
      pieces = new Peekable(this.#counted(resource.stream(), depth));
      const head = await pieces.peek(4);
      if (!isGzip(head) && !isZip(head)) return await this.#plain(resource.name, pieces);
      if (depth >= ARCHIVE_NESTING) throw Failure.limit(`more than ${ARCHIVE_NESTING} archives within each other`);
      if (isGzip(head)) await this.#gzip(resource, pieces, depth);
      else await this.#zip(resource, pieces, depth);
    } catch (error) {
      if (isFatal(error, this.unpacking.signal)) throw error;
      this.sink.begin(resource.name);
      this.sink.end(Failure.of(error));
    } finally {
      await pieces?.close();
    }
  }

  /**
   * @param {string} name
   * @param {Peekable} pieces
   */
  async #plain(name, pieces) {
    this.sink.begin(name);
    /** @type {Failure | null} */
    let failure = null;
    try {
      for await (const piece of pieces) await this.sink.push(piece);
    } catch (error) {
      if (isFatal(error, this.unpacking.signal)) throw error;
      failure = Failure.of(error);
    }
    this.sink.end(failure);
  }

  /**
   * @param {Resource} resource
   * @param {Peekable} pieces
   * @param {number} depth
   */
  async #gzip(resource, pieces, depth) {
    const stream = () => gunzip(pieces);
    await this.feed({ name: resource.name, prefix: resource.prefix, size: null, stream }, depth + 1);
  }

  /**
   * @param {Resource} resource
   * @param {Peekable} pieces
   * @param {number} depth
   */
  async #zip(resource, pieces, depth) {
    const readable = resource.readAt ? resource : blobResource(resource.name, await held(pieces));
    const archive = new ZipReader(new PlaceReader(readable), { strictness: "tolerant", checkOverlappingEntry: true });
    let members = 0;
    try {
      for await (const entry of archive.getEntriesGenerator()) {
        if (entry.directory) continue;
        members += 1;
        if (members > ARCHIVE_MEMBERS) throw Failure.limit(`the archive has more than ${ARCHIVE_MEMBERS} members`);
        await this.#member(resource, /** @type {import("@zip.js/zip.js").FileEntry} */ (entry), depth);
      }
    } catch (error) {
      if (isFatal(error, this.unpacking.signal)) throw error;
      throw Failure.damaged(error, "the zip archive's list of members is damaged or cut off");
    } finally {
      await archive.close();
    }
  }

  /**
   * @param {Resource} archive
   * @param {import("@zip.js/zip.js").FileEntry} entry
   * @param {number} depth
   */
  async #member(archive, entry, depth) {
    const inside = entry.filename.replaceAll("\\", "/").replace(/^(\.?\/)+/, "");
    const name = archive.prefix === "" ? inside : `${archive.prefix}/${inside}`;
    /** @type {Resource} */
    const member = { name, prefix: name, size: entry.uncompressedSize, stream: () => contentOf(entry) };
    if (entry.encrypted) {
      member.stream = () => this.#decrypted(name, entry);
    }
    await this.feed(member, depth + 1);
  }

  /**
   * The content under the first password that opens it. The check that zip has lets one wrong password in 256
   * pass, which then shows as garbage: so the first bytes decide.
   *
   * @param {string} name
   * @param {import("@zip.js/zip.js").FileEntry} entry
   */
  async *#decrypted(name, entry) {
    for await (const password of this.unpacking.passwords(name)) {
      const pieces = new Peekable(contentOf(entry, password));
      try {
        await pieces.peek(1);
      } catch (error) {
        await pieces.close();
        if (isFatal(error, this.unpacking.signal)) throw error;
        continue;
      }
      yield* pieces;
      return;
    }
    throw new Failure("archive-password", "the archive's member is encrypted, and no password opened it");
  }

  /**
   * Counts what comes out of archives against what went in.
   *
   * @param {AsyncIterable<Uint8Array>} pieces
   * @param {number} depth
   */
  async *#counted(pieces, depth) {
    for await (const piece of pieces) {
      if (depth > 0) {
        this.#unpackedBytes += piece.length;
        const allowed = UNPACKED_BYTES + UNPACKED_RATIO * this.unpacking.packedBytes();
        if (this.#unpackedBytes > allowed) {
          throw Failure.limit(`the archive unpacks to more than ${UNPACKED_RATIO} times its size`);
        }
      }
      yield piece;
    }
  }
}

/** A resource, for the zip library. @extends {Reader<Resource>} */
class PlaceReader extends Reader {
  /** @param {Resource} resource */
  constructor(resource) {
    super(resource);
    this.resource = resource;
    this.size = resource.size ?? 0;
  }

  /**
   * @override
   * @param {number} offset
   * @param {number} length
   */
  async readUint8Array(offset, length) {
    const { readAt } = this.resource;
    return readAt ? readAt(offset, length) : new Uint8Array();
  }
}

/** Pieces whose first bytes can be looked at before they are taken. */
class Peekable {
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

/** @param {AsyncIterable<Uint8Array>} pieces */
async function* gunzip(pieces) {
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
 * A member's content, inflated as it is read.
 *
 * @param {import("@zip.js/zip.js").FileEntry} entry
 * @param {string} [password]
 */
async function* contentOf(entry, password) {
  /** @type {TransformStream<Uint8Array, Uint8Array>} */
  const pipe = new TransformStream();
  const options = { checkCrc32: true, ...(password === undefined ? {} : { password }) };
  const filling = entry.getData(pipe.writable, options);
  filling.catch((error) => pipe.writable.abort(error).catch(() => {}));
  try {
    yield* piecesOf(pipe.readable);
    await filling;
  } catch (error) {
    throw Failure.damaged(error, wordsFor(error));
  }
}

/** @param {unknown} error */
function wordsFor(error) {
  const message = error instanceof Error ? error.message : "";
  if (message === ERR_UNSUPPORTED_COMPRESSION)
    return "the archive's member is compressed in a way that is not supported";
  if (message === ERR_UNSUPPORTED_ENCRYPTION) return "the archive's member is encrypted in a way that is not supported";
  return "the archive's member is damaged or cut off";
}

/**
 * @param {AsyncIterable<Uint8Array>} pieces
 * @param {WritableStream<BufferSource>} writable
 */
async function pump(pieces, writable) {
  const writer = writable.getWriter();
  try {
    for await (const piece of pieces) {
      await writer.ready;
      // Copied, for the writer may keep it longer than it is valid.
      await writer.write(piece.slice());
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  }
}

/**
 * An archive that came as a stream, whole.
 *
 * @param {Peekable} pieces
 */
async function held(pieces) {
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

/** @param {Uint8Array} head */
function isGzip(head) {
  return head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

/** A local file header, or the end of an archive without members. @param {Uint8Array} head */
function isZip(head) {
  return head[0] === 0x50 && head[1] === 0x4b && ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6));
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
