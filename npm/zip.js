// Zip archives, read by the zip.js library: zip64, both kinds of encryption.

import {
  configure,
  ERR_UNSUPPORTED_COMPRESSION,
  ERR_UNSUPPORTED_ENCRYPTION,
  Reader,
  ZipReader,
} from "@zip.js/zip.js/lib/zip-core-custom.js";
import { Failure } from "./failure.js";
import { continued } from "./inflate.js";
import { piecesOf } from "./inputs.js";
import { largeMember, smallMember } from "./zip-fast-path.js";
import { rebuilt } from "./zip-rebuild.js";

// This code already runs in a worker or on the command line, and the platform inflates.
configure({ useWebWorkers: false });

/** @typedef {import("./inputs.js").Resource} Resource */
/** @typedef {import("@zip.js/zip.js").FileEntry} Member */

const LIST_DAMAGED = "the zip archive's list of members is damaged or cut off";
const UNLISTED = "bytes of the zip archive belong to no member in its list: members found there are read";

const LOCAL_BYTES = 30;
const ENTRY_BYTES = 46;
const END_BYTES = 22;
const END64_BYTES = 56;
const LOCATOR_BYTES = 20;
const LOCATOR = [0x50, 0x4b, 6, 7];

/** Bytes of a local header that an entry does not show: further fields, and the descriptor behind the data. */
const UNSHOWN_BYTES = 56;

/** Upper bound on packed bytes of a folder, which is no member. Writers pack the empty content of one, or encrypt it. */
const FOLDER_BYTES = 32;

/**
 * Yields the files in an archive. If its list of members is damaged, those that it lacks are found by their headers, and
 * the damage is thrown after them.
 *
 * @param {Resource} archive readable at any offset
 * @returns {AsyncGenerator<Member>}
 */
export async function* membersOf(archive) {
  const offsets = new Set();
  try {
    for await (const member of listedIn(archive)) {
      offsets.add(member.offset);
      yield member;
    }
  } catch (error) {
    const isOfList = (/** @type {string} */ message) => message === LIST_DAMAGED || message.endsWith(UNLISTED);
    if (!(error instanceof Failure) || !isOfList(error.message)) throw error;
    for await (const member of listedIn(await rebuilt(archive), archive.size)) {
      if (!offsets.has(member.offset)) yield member;
    }
    throw error;
  }
}

/**
 * Yields the files in an archive's list of members.
 *
 * @param {Resource} archive readable at any offset
 * @param {number | null} [size] of the archive's own bytes
 * @returns {AsyncGenerator<Member>}
 */
export async function* listedIn(archive, size = archive.size) {
  // An archive whose two lists of members differ in details can still contain complete logs.
  const reader = new ZipReader(new ResourceReader(archive), { strictness: "tolerant" });
  const entries = reader.getEntriesGenerator();
  const most = size ?? 0;
  let packed = 0;
  /** Offset and length of each member, folders too. @type {[number, number][]} */
  const ranges = [];
  let listed = END_BYTES;
  try {
    for (;;) {
      // Only errors here are the list's; errors of a member's content are not.
      const { done, value } = await entries.next().catch((error) => {
        throw Failure.damaged(error, LIST_DAMAGED);
      });
      if (done) break;
      const own = value.rawFilename.length + value.rawExtraField.length;
      ranges.push([value.offset, LOCAL_BYTES + own + value.compressedSize]);
      listed += ENTRY_BYTES + own + value.rawComment.length;
      if (value.directory && value.compressedSize <= FOLDER_BYTES) continue;
      // A member longer than the archive fails by itself. Comparing ranges, as the library does, would hold every member.
      if (value.compressedSize <= most) packed += value.compressedSize;
      if (packed > most) throw new Failure("archive-damaged", "the zip archive's members overlap");
      yield /** @type {Member} */ (value);
    }
    listed += reader.comment?.length ?? 0;
    const end = most - END_BYTES - (reader.comment?.length ?? 0);
    const locator = await archive.readAt?.(Math.max(0, end - LOCATOR_BYTES), LOCATOR.length);
    if (locator && LOCATOR.every((byte, at) => locator[at] === byte)) listed += LOCATOR_BYTES + END64_BYTES;
    const unlisted = size === archive.size ? unlistedBytes(ranges, most - listed) : 0;
    if (unlisted > 0) throw new Failure("archive-damaged", `${unlisted} ${UNLISTED}`);
  } finally {
    await reader.close();
  }
}

/**
 * Returns the number of bytes that belong to no member: other members may be in them, or logs.
 *
 * @param {[number, number][]} ranges of the members
 * @param {number} size of the archive without its list
 */
function unlistedBytes(ranges, size) {
  let unlisted = 0;
  let end = 0;
  const count = (/** @type {number} */ gap) => {
    if (gap > UNSHOWN_BYTES) unlisted += gap;
  };
  for (const [offset, length] of ranges.sort(([a], [b]) => a - b)) {
    count(offset - end);
    end = Math.max(end, offset + length);
  }
  count(size - end);
  return unlisted;
}

/**
 * Yields a member's content, inflated as it is read.
 *
 * @param {Resource} archive that it is in
 * @param {Member} member
 * @param {string} [password]
 */
export async function* contentOf(archive, member, password) {
  const small = await smallMember(archive, member);
  if (small) {
    yield small;
    return;
  }
  yield* continued(largeMember(archive, member), () => libraryContent(member, password));
}

/**
 * @param {Member} member
 * @param {string} [password]
 */
async function* libraryContent(member, password) {
  // The library reads no content of folders.
  if (member.directory) throw new Failure("archive-damaged", messageFor(undefined));
  /** @type {TransformStream<Uint8Array, Uint8Array>} */
  const pipe = new TransformStream();
  const options = { checkCrc32: true, ...(password === undefined ? {} : { password }) };
  const filling = member.getData(pipe.writable, options);
  filling.catch((error) => pipe.writable.abort(error).catch(() => {}));
  try {
    yield* piecesOf(pipe.readable);
    await filling;
  } catch (error) {
    throw Failure.damaged(error, messageFor(error));
  }
}

/** @param {unknown} error */
function messageFor(error) {
  const message = error instanceof Error ? error.message : "";
  if (message === ERR_UNSUPPORTED_COMPRESSION)
    return "the archive's member is compressed in a way that is not supported";
  if (message === ERR_UNSUPPORTED_ENCRYPTION) return "the archive's member is encrypted in a way that is not supported";
  return "the archive's member is damaged or cut off";
}

/** A resource as a reader of the zip library. @extends {Reader<Resource>} */
class ResourceReader extends Reader {
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
