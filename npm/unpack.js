// Unpacks an input: gzip and zip, nested, member by member.

import { unlessAborted } from "./abort.js";
import { Failure, isFatal } from "./failure.js";
import { gunzip } from "./inflate.js";
import { blobResource } from "./inputs.js";
import {
  ARCHIVE_BOMBS,
  ARCHIVE_MEMBERS,
  ARCHIVE_NESTING,
  ARCHIVES_TOO_DEEP,
  PASSWORD_ATTEMPTS,
  UNPACKED_BYTES,
  UNPACKED_RATIO,
} from "./limits.js";
import { collect, Peekable } from "./peekable.js";
import { contentOf, listedIn, membersOf } from "./zip.js";

/** @typedef {import("./inputs.js").Resource} Resource */

/**
 * @typedef {object} Sink takes one source after the other
 * @property {(name: string) => void} begin
 * @property {(bytes: Uint8Array) => void | Promise<void>} push
 * @property {(length: number) => Uint8Array} [lend] memory for the bytes that are pushed next
 * @property {(failure: Failure | null) => void} end called after all its bytes, or when reading broke off
 */

/**
 * @typedef {object} Unpacking
 * @property {Passwords} passwords
 * @property {() => number} packedBytes bytes read of the input so far
 * @property {AbortSignal} [signal]
 */

/** @typedef {(member: string) => AsyncIterable<string>} Passwords yields the passwords to try, in order; may wait for the user */

const REST_UNREAD = "what follows in it is not read";

/** Tried first: the customary password of archives of malware and evidence. */
const CUSTOMARY_PASSWORD = "infected";

/**
 * Passes everything in the resource to the sink. A source that cannot be read ends with a failure, and the next one is
 * read.
 *
 * @param {Resource} resource
 * @param {Sink} sink
 * @param {Unpacking} unpacking
 */
export function unpack(resource, sink, unpacking) {
  return new Unpacker(sink, unpacking).feed(resource, 0);
}

/**
 * Returns the passwords to try: the customary one, then the given ones or those that the function returns.
 *
 * @param {import("./index.js").AnalyzeOptions["password"]} given
 * @param {AbortSignal} [signal] ends the waiting for the function
 * @returns {Passwords}
 */
export function passwordsFor(given, signal) {
  return async function* (member) {
    yield CUSTOMARY_PASSWORD;
    if (typeof given === "function") {
      for (let attempt = 0; attempt < PASSWORD_ATTEMPTS; attempt += 1) {
        const answer = await unlessAborted(Promise.resolve(given(member)), signal);
        if (answer === null) return;
        yield answer;
      }
    } else if (given !== undefined) {
      yield* typeof given === "string" ? [given] : given;
    }
  };
}

/**
 * Returns the paths of a zip archive's members by its list; none of another file. Returns null if they are not known before
 * they are unpacked: the list is damaged, or a stream or gzip data may hold an archive.
 *
 * @param {Resource} resource
 * @returns {Promise<string[] | null>}
 */
export async function listedMembers({ readAt, ...resource }) {
  if (resource.error !== undefined) return [];
  if (!readAt) return null;
  try {
    const head = await readAt(0, 4);
    if (isGzip(head)) return null;
    if (!isZip(head)) return [];
  } catch {
    // The error is reported where the file is read.
    return [];
  }
  /** @type {string[]} */
  const paths = [];
  try {
    for await (const { filename } of listedIn({ ...resource, readAt })) {
      paths.push(memberPath(filename));
      if (paths.length >= ARCHIVE_MEMBERS) return null;
    }
  } catch {
    return null;
  }
  return paths;
}

/** Returns a member's path with "/", without what leads out of the archive. @param {string} name */
function memberPath(name) {
  return name.replaceAll("\\", "/").replace(/^(\.?\/)+/, "");
}

class Unpacker {
  #unpackedBytes = 0;
  #members = 0;
  #tooDeep = 0;
  #bombs = 0;

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
    let isPlain = false;
    let isArchive = false;
    const lend = (/** @type {number} */ length) => (isPlain ? this.sink.lend?.(length) : undefined);
    try {
      if (resource.error !== undefined) throw resource.error;
      pieces = new Peekable(this.#counted(resource.stream(lend), depth));
      const head = await pieces.peek(4);
      isPlain = !isGzip(head) && !isZip(head);
      if (isPlain) return await this.#plain(resource.name, pieces);
      if (depth >= ARCHIVE_NESTING) throw this.#deep();
      if (isGzip(head)) await this.#gzip(resource, pieces, depth);
      else {
        isArchive = true;
        await this.#zip(resource, pieces, depth);
      }
    } catch (error) {
      if (isFatal(error, this.unpacking.signal)) throw error;
      // An archive has the name of its members, if they have it.
      this.sink.begin(isArchive && resource.prefix !== "" ? resource.prefix : resource.name);
      this.sink.end(Failure.from(error));
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
      failure = Failure.from(error);
    }
    this.sink.end(failure);
  }

  /**
   * @param {Resource} resource
   * @param {Peekable} pieces
   * @param {number} depth
   */
  async #gzip(resource, pieces, depth) {
    // A resource of unknown size may be a stream, which cannot be read again.
    const again = resource.size === null ? undefined : () => resource.stream();
    const stream = () => gunzip(pieces, again);
    await this.feed({ name: resource.name, prefix: resource.prefix, size: null, stream }, depth + 1);
  }

  /**
   * @param {Resource} resource
   * @param {Peekable} pieces
   * @param {number} depth
   */
  async #zip(resource, pieces, depth) {
    const readable = resource.readAt ? resource : blobResource(resource.name, await collect(pieces));
    const before = this.#members;
    /** Number of members by name. @type {Map<string, number>} */
    const names = new Map();
    for await (const member of membersOf(readable)) {
      this.#members += 1;
      if (this.#members > ARCHIVE_MEMBERS) throw Failure.limit(`the archive has more than ${ARCHIVE_MEMBERS} members`);
      const unpacked = this.#unpackedBytes;
      await this.#member(resource, readable, member, depth, names);
      // Reported with this member. It costs the next ones nothing, unless there are many.
      if (this.#spent() && !this.#forgive(unpacked)) return;
    }
    if (this.#members === before) throw new Failure("read-failed", "the archive holds no files");
  }

  /** Takes back the bytes of a member that exceeded the bound. Returns whether more may be read. @param {number} unpacked */
  #forgive(unpacked) {
    this.#bombs += 1;
    if (this.#bombs < ARCHIVE_BOMBS) this.#unpackedBytes = unpacked;
    return !this.#spent();
  }

  #deep() {
    this.#tooDeep += 1;
    const rest = this.#spent() ? `, ${this.#tooDeep} times: ${REST_UNREAD}` : "";
    return Failure.limit(`more than ${ARCHIVE_NESTING} archives within each other${rest}`);
  }

  /**
   * @param {Resource} archive
   * @param {Resource} readable the same archive, readable at any offset
   * @param {import("./zip.js").Member} entry
   * @param {number} depth
   * @param {Map<string, number>} names
   */
  async #member(archive, readable, entry, depth, names) {
    const inside = memberPath(entry.filename);
    const path = archive.prefix === "" ? inside : `${archive.prefix}/${inside}`;
    const count = (names.get(path) ?? 0) + 1;
    names.set(path, count);
    const name = count === 1 ? path : `${path} (${count})`;
    /** @type {Resource} */
    const member = { name, prefix: name, size: entry.uncompressedSize, stream: () => contentOf(readable, entry) };
    if (entry.encrypted) {
      member.stream = () => this.#decrypted(name, readable, entry);
    }
    await this.feed(member, depth + 1);
  }

  /**
   * Yields the content under the first password that opens it. Zip's own check lets one wrong password in 256 pass, which
   * then yields garbage, so the first bytes decide.
   *
   * @param {string} name
   * @param {Resource} archive
   * @param {import("./zip.js").Member} entry
   */
  async *#decrypted(name, archive, entry) {
    for await (const password of this.unpacking.passwords(name)) {
      const pieces = new Peekable(contentOf(archive, entry, password));
      try {
        await pieces.peek(1);
        // Only the checksum, at the end, distinguishes a stored member from garbage.
        if (entry.zipCrypto && entry.compressionMethod === 0)
          for await (const _ of contentOf(archive, entry, password));
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
   * Compares the bytes that archives unpack to with the bytes that were read.
   *
   * @param {AsyncIterable<Uint8Array>} pieces
   * @param {number} depth
   */
  async *#counted(pieces, depth) {
    for await (const piece of pieces) {
      if (depth > 0) {
        this.#unpackedBytes += piece.length;
        if (this.#spent()) {
          throw Failure.limit(`the archive unpacks to more than ${UNPACKED_RATIO} times its size: ${REST_UNREAD}`);
        }
      }
      yield piece;
    }
  }

  /** Whether more was unpacked than any log packs, or too many archives were nested too deeply. */
  #spent() {
    const bytes = UNPACKED_BYTES + UNPACKED_RATIO * this.unpacking.packedBytes();
    return this.#unpackedBytes > bytes || this.#tooDeep >= ARCHIVES_TOO_DEEP;
  }
}

/** @param {Uint8Array} head */
function isGzip(head) {
  return head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

/** A local file header, or the end of an archive without members. @param {Uint8Array} head */
function isZip(head) {
  return head[0] === 0x50 && head[1] === 0x4b && ((head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6));
}
