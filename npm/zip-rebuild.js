// Rebuilds the list of members of a zip archive from local headers, where the archive's own is damaged or cut off.
//
// Format: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16. The archive is read once, front to back.

import { ARCHIVE_MEMBERS } from "./limits.js";

/** @typedef {import("./inputs.js").Resource} Resource */
/** @typedef {(offset: number, length: number) => Promise<Uint8Array>} ReadAt */
/** @typedef {{ crc: number, packedBytes: number, bytes: number }} Sizes */

const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const ENTRY = 0x02014b50;
const DESCRIPTOR = 0x08074b50;
const DESCRIPTOR_BYTES = 24;
const WINDOW_BYTES = 256 << 10;
const UNKNOWN = 0xffffffff;

/** Flag of members whose sizes follow their data. */
const SIZES_FOLLOW = 8;

/**
 * Returns the archive followed by a new list of its members. A member that is cut off ends where the archive ends.
 *
 * @param {Resource} archive readable at any offset
 * @returns {Promise<Resource>}
 */
export async function rebuilt(archive) {
  const size = archive.size ?? 0;
  const readAt = archive.readAt ?? (async () => new Uint8Array());
  /** @type {Uint8Array[]} */
  const list = [];
  for (let at = 0; list.length <= ARCHIVE_MEMBERS;) {
    const found = await search(readAt, at, async (offset, bytes) => {
      const header = await headerAt(readAt, offset, bytes);
      return header && { offset, header };
    });
    if (!found) break;
    const { offset, header } = found;
    const start = offset + header.length;
    const sizes = await sizesOf(readAt, header, start, size);
    list.push(entryFor(header, offset, sizes));
    at = start + sizes.packedBytes;
  }
  const tail = new Uint8Array(await new Blob([.../** @type {BlobPart[]} */ (list), endFor(list, size)]).arrayBuffer());
  return {
    ...archive,
    size: size + tail.length,
    readAt: async (offset, length) => {
      const own = offset < size ? await readAt(offset, Math.min(length, size - offset)) : new Uint8Array();
      const from = Math.max(0, offset - size);
      const rest = tail.subarray(from, Math.max(from, offset + length - size));
      const bytes = new Uint8Array(own.length + rest.length);
      bytes.set(own);
      bytes.set(rest, own.length);
      return bytes;
    },
  };
}

/**
 * Returns what a function makes of the first signature that it accepts.
 *
 * @template T
 * @param {ReadAt} readAt
 * @param {number} from
 * @param {(offset: number, bytes: DataView) => Promise<T | null>} accept
 */
async function search(readAt, from, accept) {
  for (let at = from; ;) {
    const bytes = await readAt(at, WINDOW_BYTES);
    for (
      let start = bytes.indexOf(0x50);
      start >= 0 && start + 4 <= bytes.length;
      start = bytes.indexOf(0x50, start + 1)
    ) {
      if (bytes[start + 1] !== 0x4b) continue;
      const accepted = await accept(at + start, viewOf(bytes.subarray(start)));
      if (accepted) return accepted;
    }
    if (bytes.length < WINDOW_BYTES) return null;
    // A signature at the end of the window is complete in the next one.
    at += WINDOW_BYTES - 3;
  }
}

/**
 * Returns a local header with its name and extra field, or null if there is none at the offset.
 *
 * @param {ReadAt} readAt
 * @param {number} offset
 * @param {DataView} bytes at the offset
 */
async function headerAt(readAt, offset, bytes) {
  if (bytes.getUint32(0, true) !== LOCAL) return null;
  const fixed = await readAt(offset, LOCAL_BYTES);
  if (fixed.length < LOCAL_BYTES) return null;
  const view = viewOf(fixed);
  const method = view.getUint16(8, true);
  const name = view.getUint16(26, true);
  const isMethod = method <= 20 || (method >= 93 && method <= 99);
  if (!isMethod || view.getUint8(4) > 63 || name === 0) return null;
  const length = LOCAL_BYTES + name + view.getUint16(28, true);
  const header = await readAt(offset, length);
  return header.length === length ? header.slice() : null;
}

/**
 * Returns sizes and checksum, from the header, or from the descriptor behind the data.
 *
 * @param {ReadAt} readAt
 * @param {Uint8Array} header
 * @param {number} start
 * @param {number} size
 * @returns {Promise<Sizes>}
 */
async function sizesOf(readAt, header, start, size) {
  const view = viewOf(header);
  const crc = view.getUint32(14, true);
  let packedBytes = view.getUint32(18, true);
  let bytes = view.getUint32(22, true);
  for (const { id, field } of fieldsOf(header)) {
    if (id !== 1 || field.length < 16 || packedBytes !== UNKNOWN) continue;
    bytes = Number(viewOf(field).getBigUint64(0, true));
    packedBytes = Number(viewOf(field).getBigUint64(8, true));
  }
  if (!(view.getUint16(6, true) & SIZES_FOLLOW) || packedBytes > 0) {
    return { crc, packedBytes: Math.min(packedBytes, size - start), bytes };
  }
  const found = await search(readAt, start, async (offset, at) => {
    const length = offset - start;
    if (at.getUint32(0, true) === DESCRIPTOR) {
      const record = new Uint8Array(DESCRIPTOR_BYTES);
      record.set(await readAt(offset, DESCRIPTOR_BYTES));
      const fields = viewOf(record);
      const crc = fields.getUint32(4, true);
      if (length > 0 && Number(fields.getBigUint64(8, true)) === length) {
        return { crc, packedBytes: length, bytes: Number(fields.getBigUint64(16, true)) };
      }
      if (fields.getUint32(8, true) === length) {
        return { crc, packedBytes: length, bytes: fields.getUint32(12, true) };
      }
    }
    const ends = at.getUint32(0, true) === ENTRY || (await headerAt(readAt, offset, at));
    return ends ? { crc, packedBytes: length, bytes } : null;
  });
  return found ?? { crc, packedBytes: size - start, bytes };
}

/** Yields the extra fields of a local header. @param {Uint8Array} header */
function* fieldsOf(header) {
  const view = viewOf(header);
  for (let at = LOCAL_BYTES + view.getUint16(26, true); at + 4 <= header.length;) {
    const end = at + 4 + view.getUint16(at + 2, true);
    if (end > header.length) return;
    yield { id: view.getUint16(at, true), field: header.subarray(at + 4, end), whole: header.subarray(at, end) };
    at = end;
  }
}

/**
 * Returns an entry of the list, with all its sizes in a zip64 field.
 *
 * @param {Uint8Array} header
 * @param {number} offset
 * @param {Sizes} sizes
 */
function entryFor(header, offset, { crc, packedBytes, bytes }) {
  const nameLength = viewOf(header).getUint16(26, true);
  const extra = [...fieldsOf(header)].filter(({ id }) => id !== 1).map(({ whole }) => whole);
  const extraLength = extra.reduce((sum, { length }) => sum + length, 0);
  const isFull = extraLength > 0xffff - 28;
  const entry = new Uint8Array(46 + nameLength + 28 + (isFull ? 0 : extraLength));
  const view = viewOf(entry);
  view.setUint32(0, ENTRY, true);
  view.setUint16(4, 45, true);
  entry.set(header.subarray(4, 14), 6);
  view.setUint32(16, crc, true);
  view.setUint32(20, UNKNOWN, true);
  view.setUint32(24, UNKNOWN, true);
  view.setUint16(28, nameLength, true);
  view.setUint16(30, 28 + (isFull ? 0 : extraLength), true);
  view.setUint32(42, UNKNOWN, true);
  entry.set(header.subarray(LOCAL_BYTES, LOCAL_BYTES + nameLength), 46);
  let at = 46 + nameLength;
  view.setUint16(at, 1, true);
  view.setUint16(at + 2, 24, true);
  for (const [index, value] of [bytes, packedBytes, offset].entries()) {
    view.setBigUint64(at + 4 + 8 * index, BigInt(value), true);
  }
  at += 28;
  for (const field of isFull ? [] : extra) {
    entry.set(field, at);
    at += field.length;
  }
  return entry;
}

/**
 * Returns the records behind the list.
 *
 * @param {Uint8Array[]} list
 * @param {number} start
 */
function endFor(list, start) {
  const length = list.reduce((sum, entry) => sum + entry.length, 0);
  const end = new Uint8Array(56 + 20 + 22);
  const view = viewOf(end);
  view.setUint32(0, 0x06064b50, true);
  view.setBigUint64(4, 44n, true);
  view.setUint16(12, 45, true);
  view.setUint16(14, 45, true);
  for (const [index, value] of [list.length, list.length, length, start].entries()) {
    view.setBigUint64(24 + 8 * index, BigInt(value), true);
  }
  view.setUint32(56, 0x07064b50, true);
  view.setBigUint64(64, BigInt(start + length), true);
  view.setUint32(72, 1, true);
  view.setUint32(76, 0x06054b50, true);
  end.fill(0xff, 84, 96);
  return end;
}

/** @param {Uint8Array} bytes */
function viewOf(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
