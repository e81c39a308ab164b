// Small members of zip archives, each inflated in one piece: what a stream costs to set up is a hundred times as much.

import { piecesOf } from "./inputs.js";
import { SMALL_MEMBER_BYTES } from "./limits.js";

/** @typedef {import("./inputs.js").Resource} Resource */
/** @typedef {import("@zip.js/zip.js").FileEntry} Member */

/** Node's inflater, synchronous; a browser has none. @type {typeof import("node:zlib") | undefined} */
const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");

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
  const { compressedSize, uncompressedSize, compressionMethod, rawFilename, offset = -1 } = member;
  if (!readAt || !rawFilename || offset < 0 || member.encrypted) return null;
  if (Math.max(compressedSize, uncompressedSize) > SMALL_MEMBER_BYTES) return null;
  if (compressionMethod !== STORED && compressionMethod !== DEFLATED) return null;
  try {
    const bytes = await readAt(offset, HEADER_BYTES + rawFilename.length + EXTRA_BYTES + compressedSize);
    const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
    const isHeader = header.getUint32(0, true) === 0x04034b50 && header.getUint16(8, true) === compressionMethod;
    const start = HEADER_BYTES + header.getUint16(26, true) + header.getUint16(28, true);
    const packed = bytes.subarray(start, start + compressedSize);
    if (!isHeader || packed.length < compressedSize) return null;
    const content = compressionMethod === STORED ? packed : await inflated(packed, uncompressedSize);
    return content?.length === uncompressedSize && crc32(content) === member.crc32 ? content : null;
  } catch {
    return null;
  }
}

/**
 * @param {Uint8Array} packed
 * @param {number} length that it should have; nothing, or a failure, where it has more
 */
async function inflated(packed, length) {
  if (zlib) return zlib.inflateRawSync(packed, { maxOutputLength: Math.max(length, 1) });
  const content = new Uint8Array(length);
  let filled = 0;
  const inflating = new DecompressionStream("deflate-raw");
  const blob = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (packed)]);
  for await (const piece of piecesOf(blob.stream().pipeThrough(inflating))) {
    if (filled + piece.length > length) return null;
    content.set(piece, filled);
    filled += piece.length;
  }
  return content.subarray(0, filled);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) crc = (crc >>> 8) ^ /** @type {number} */ (TABLE[(crc ^ byte) & 0xff]);
  return ~crc >>> 0;
}
