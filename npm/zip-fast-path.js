// Reads ordinary zip members without the library, which takes twice as long. Small members are inflated in one piece:
// setting up a stream costs a hundred times as much.

import { crc32 } from "./crc32.js";
import { inflated, zlib } from "./inflate.js";
import { SMALL_MEMBER_BYTES } from "./limits.js";

/** @typedef {import("./inputs.js").Resource} Resource */
/** @typedef {import("@zip.js/zip.js").FileEntry} Member */

const STORED = 0;
const DEFLATED = 8;
const HEADER_BYTES = 30;
/** Space for fields that writers add to a header: times, owners. */
const EXTRA_BYTES = 256;

/**
 * Returns the content of a small, unencrypted member if its sizes and checksum are right. Null for other members, which the
 * library reads: it knows more kinds and reports what is wrong.
 *
 * @param {Resource} archive
 * @param {Member} member
 * @returns {Promise<Uint8Array | null>}
 */
export async function smallMember({ readAt }, member) {
  const { compressedSize, uncompressedSize, compressionMethod, rawFilename } = member;
  const offset = headerOffset(member);
  if (!readAt || offset === null || Math.max(compressedSize, uncompressedSize) > SMALL_MEMBER_BYTES) return null;
  try {
    const bytes = await readAt(offset, HEADER_BYTES + rawFilename.length + EXTRA_BYTES + compressedSize);
    const start = headerLength(bytes, compressionMethod);
    const packed = bytes.subarray(start, start + compressedSize);
    if (packed.length < compressedSize) return null;
    const content = compressionMethod === STORED ? packed : await inflateAll(packed, uncompressedSize);
    return content?.length === uncompressedSize && crc32(content) === member.crc32 ? content : null;
  } catch {
    return null;
  }
}

/**
 * Yields the content of a member of any size. Throws at once if the library must read it, and at the end if its size or
 * checksum is wrong.
 *
 * @param {Resource} archive
 * @param {Member} member
 */
export async function* largeMember({ readAt, between }, member) {
  const { compressedSize, uncompressedSize, compressionMethod } = member;
  const offset = headerOffset(member);
  if (!readAt || !between || offset === null) throw new Error("only the library reads this member");
  const start = offset + headerLength(await readAt(offset, HEADER_BYTES), compressionMethod);
  const packed = between(start, start + compressedSize);
  const pieces = compressionMethod === STORED ? packed : inflated(packed, "deflate-raw");
  let crc = 0;
  let length = 0;
  for await (const piece of pieces) {
    crc = crc32(piece, crc);
    length += piece.length;
    if (length > uncompressedSize) break;
    yield piece;
  }
  if (length !== uncompressedSize || crc !== member.crc32) throw new Error("the size or checksum is wrong");
}

/** Returns the offset of the header of an unencrypted member with a common method, else null. @param {Member} member */
function headerOffset({ encrypted, compressionMethod, rawFilename, offset = -1 }) {
  const isUsual = compressionMethod === STORED || compressionMethod === DEFLATED;
  return isUsual && !encrypted && rawFilename && offset >= 0 ? offset : null;
}

/** Returns the length of a member's header, and throws if these bytes are no such header. @param {Uint8Array} bytes @param {number} method */
function headerLength(bytes, method) {
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (header.getUint32(0, true) !== 0x04034b50 || header.getUint16(8, true) !== method) throw new Error("no header");
  return HEADER_BYTES + header.getUint16(26, true) + header.getUint16(28, true);
}

/**
 * @param {Uint8Array} packed
 * @param {number} length the expected length. Longer content gives null or throws
 */
async function inflateAll(packed, length) {
  if (zlib) return zlib.inflateRawSync(packed, { maxOutputLength: Math.max(length, 1) });
  const content = new Uint8Array(length);
  let filled = 0;
  for await (const piece of inflated([packed], "deflate-raw")) {
    if (filled + piece.length > length) return null;
    content.set(piece, filled);
    filled += piece.length;
  }
  return content.subarray(0, filled);
}
