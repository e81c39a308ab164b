// Members of zip archives that are as most are, without the library, which takes twice as long: small ones are inflated in
// one piece, for what a stream costs to set up is a hundred times as much.

import { inflated, zlib } from "./inflate.js";
import { SMALL_MEMBER_BYTES } from "./limits.js";

/** @typedef {import("./inputs.js").Resource} Resource */
/** @typedef {import("@zip.js/zip.js").FileEntry} Member */

const STORED = 0;
const DEFLATED = 8;
const HEADER_BYTES = 30;
/** Room for what writers add to a header: times, owners. */
const EXTRA_BYTES = 256;

/**
 * The member's content if it is small, in the clear, and all that the archive says of it holds. Null for others, which
 * the library reads: it knows more kinds, and says what is wrong.
 *
 * @param {Resource} archive
 * @param {Member} member
 * @returns {Promise<Uint8Array | null>}
 */
export async function smallMember({ readAt }, member) {
  const { compressedSize, uncompressedSize, compressionMethod, rawFilename } = member;
  const offset = placeOf(member);
  if (!readAt || offset === null || Math.max(compressedSize, uncompressedSize) > SMALL_MEMBER_BYTES) return null;
  try {
    const bytes = await readAt(offset, HEADER_BYTES + rawFilename.length + EXTRA_BYTES + compressedSize);
    const start = headerLength(bytes, compressionMethod);
    const packed = bytes.subarray(start, start + compressedSize);
    if (packed.length < compressedSize) return null;
    const content = compressionMethod === STORED ? packed : await inflatedWhole(packed, uncompressedSize);
    return content?.length === uncompressedSize && crc32(content) === member.crc32 ? content : null;
  } catch {
    return null;
  }
}

/**
 * A member of any size. Throws at once where it is one for the library, and after what was read where what the archive
 * says of it does not hold.
 *
 * @param {Resource} archive
 * @param {Member} member
 */
export async function* largeMember({ readAt, between }, member) {
  const { compressedSize, uncompressedSize, compressionMethod } = member;
  const offset = placeOf(member);
  if (!readAt || !between || offset === null) throw new Error("it is for the library");
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
  if (length !== uncompressedSize || crc !== member.crc32) throw new Error("the member is another one");
}

/** Where the header stands of a member in the clear whose packing is a usual one. @param {Member} member */
function placeOf({ encrypted, compressionMethod, rawFilename, offset = -1 }) {
  const isUsual = compressionMethod === STORED || compressionMethod === DEFLATED;
  return isUsual && !encrypted && rawFilename && offset >= 0 ? offset : null;
}

/** Throws where these bytes are no header of such a member. @param {Uint8Array} bytes @param {number} method */
function headerLength(bytes, method) {
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (header.getUint32(0, true) !== 0x04034b50 || header.getUint16(8, true) !== method) throw new Error("no header");
  return HEADER_BYTES + header.getUint16(26, true) + header.getUint16(28, true);
}

/**
 * @param {Uint8Array} packed
 * @param {number} length that it should have; nothing, or a failure, where it has more
 */
async function inflatedWhole(packed, length) {
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

/** @type {(bytes: Uint8Array, crc?: number) => number} */
const crc32 = zlib?.crc32 ?? tabled;

/** What a byte does to the sum, and what it does to it as the first of two to eight. */
const TABLES = Array.from({ length: 8 }, () => new Uint32Array(256));
for (let value = 0; value < 256; value += 1) {
  let crc = value;
  for (const table of TABLES) {
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    table[value] = crc;
  }
}

/** Eight bytes in one step: seven times as fast as one by one. @param {Uint8Array} bytes @param {number} [before] */
export function tabled(bytes, before = 0) {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = /** @type {any} */ (TABLES);
  const whole = bytes.length & ~7;
  let crc = ~before;
  let at = 0;
  for (const b = /** @type {any} */ (bytes); at < whole; at += 8) {
    const first = crc ^ (b[at] | (b[at + 1] << 8) | (b[at + 2] << 16) | (b[at + 3] << 24));
    crc =
      t7[first & 0xff] ^
      t6[(first >>> 8) & 0xff] ^
      t5[(first >>> 16) & 0xff] ^
      t4[first >>> 24] ^
      (t3[b[at + 4]] ^ t2[b[at + 5]] ^ t1[b[at + 6]] ^ t0[b[at + 7]]);
  }
  for (; at < bytes.length; at += 1) crc = (crc >>> 8) ^ t0[(crc ^ /** @type {any} */ (bytes)[at]) & 0xff];
  return ~crc >>> 0;
}
