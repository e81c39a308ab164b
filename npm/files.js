// Files and folders of Node's file system, as resources.

import { closeSync, createReadStream, openSync, readdirSync, readSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "./failure.js";
import { FOLDER_FILES, READ_BYTES } from "./limits.js";

/** @typedef {import("./inputs.js").Resource} Resource */

/** Bytes per read of a whole file: enough for the disk, few enough for the cache. */
const FILE_READ_BYTES = Math.min(READ_BYTES, 1 << 20);

/** Bytes of the first read: an event log's header has this size, so later reads end where chunks end. */
const FIRST_READ_BYTES = 4096;

/**
 * Returns the file at a path, or every file in the folder, sorted by name. A file that cannot be read is returned with
 * its error.
 *
 * @param {string | URL} path
 * @param {string} [name] instead of the file's base name
 * @returns {Resource[]}
 */
export function filesAt(path, name) {
  const file = path instanceof URL ? fileURLToPath(path) : path;
  const title = name ?? basename(resolve(file));
  try {
    const found = statSync(file);
    if (!found.isDirectory()) return [fileResource(title, "", file, found.isFile() ? found.size : null)];
    return [...filesIn(file)].map((inside) => resourceIn(file, inside));
  } catch (error) {
    return [brokenResource(title, error)];
  }
}

/**
 * Yields the paths of the files in a folder, relative to it, with "/", sorted within each folder. Links to folders are
 * not followed: they can lead in circles.
 *
 * @param {string} folder
 * @param {string} [inside]
 * @param {{ count: number }} [seen]
 * @returns {Generator<string>}
 */
function* filesIn(folder, inside = "", seen = { count: 0 }) {
  const entries = readdirSync(join(folder, inside), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = inside === "" ? entry.name : `${inside}/${entry.name}`;
    if (entry.isDirectory()) {
      yield* filesIn(folder, path, seen);
    } else {
      seen.count += 1;
      if (seen.count > FOLDER_FILES) throw Failure.limit(`the folder has more than ${FOLDER_FILES} files`);
      yield path;
    }
  }
}

/**
 * @param {string} folder
 * @param {string} inside
 * @returns {Resource}
 */
function resourceIn(folder, inside) {
  const file = join(folder, inside);
  try {
    const found = statSync(file);
    // Reading a pipe would wait for its writer. Only a pipe that was named is read.
    if (!found.isFile()) return brokenResource(inside, new Failure("read-failed", "not a file"));
    return fileResource(inside, inside, file, found.size);
  } catch (error) {
    return brokenResource(inside, error);
  }
}

/**
 * @param {string} name
 * @param {string} prefix
 * @param {string} file
 * @param {number | null} size null for pipes and devices, which are read once from the start
 * @returns {Resource}
 */
function fileResource(name, prefix, file, size) {
  if (size === null) return { name, prefix, size, stream: () => createReadStream(file), origin: resolve(file) };
  return {
    name,
    prefix,
    size,
    stream: (lend) => piecesOfFile(file, 0, Infinity, lend),
    between: (start, end, lend) => piecesOfFile(file, start, end, lend),
    readAt: async (offset, length) => readPlace(file, offset, length),
    origin: resolve(file),
  };
}

/**
 * @param {string} name
 * @param {unknown} error
 * @returns {Resource}
 */
function brokenResource(name, error) {
  return { name, prefix: "", size: null, stream: () => nothing(), error };
}

async function* nothing() {}

/**
 * Reads synchronously, into memory that the reader lends: twice as fast as a stream, and the reader's own work is
 * synchronous too.
 *
 * @param {string} file
 * @param {number} start
 * @param {number} end
 * @param {import("./inputs.js").Lend} [lend]
 */
async function* piecesOfFile(file, start, end, lend) {
  const handle = openSync(file, "r");
  try {
    /** @type {Uint8Array | undefined} */
    let own;
    let place = start;
    while (place < end) {
      const most = Math.min(place === 0 ? FIRST_READ_BYTES : FILE_READ_BYTES, end - place);
      const buffer = lend?.(most) ?? (own ??= new Uint8Array(FILE_READ_BYTES)).subarray(0, most);
      const length = readSync(handle, buffer, 0, most, place);
      if (length === 0) return;
      yield buffer.subarray(0, length);
      place += length;
    }
  } finally {
    closeSync(handle);
  }
}

/**
 * @param {string} file
 * @param {number} offset
 * @param {number} length
 */
function readPlace(file, offset, length) {
  const handle = openSync(file, "r");
  try {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, readSync(handle, bytes, 0, length, offset));
  } finally {
    closeSync(handle);
  }
}
