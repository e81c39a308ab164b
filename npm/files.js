// Files and folders of Node's file system, as resources.

import { closeSync, createReadStream, lstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
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
    return resourcesIn(file);
  } catch (error) {
    return [brokenResource(title, error)];
  }
}

/**
 * Returns the files in a folder, named by their path inside with "/", sorted within each folder. Folders that cannot be
 * listed, links and everything else that is no file are returned with an error: a link in a mounted image leads to the
 * disk of the analyst.
 *
 * @param {string} folder
 * @returns {Resource[]}
 */
function resourcesIn(folder) {
  /** @type {Resource[]} */
  const found = [];
  const names = new Set();
  /** Returns a name that no file before has: names that are no UTF-8 can look alike. @param {string} name */
  const unique = (name) => {
    let own = name;
    for (let number = 2; name.includes(REPLACEMENT) && names.has(own); number += 1) own = `${name} (${number})`;
    names.add(own);
    return own;
  };
  /** Returns whether more files may be listed. @param {Path} path @param {string} inside */
  const walk = (path, inside) => {
    for (const { entry, name, file } of entriesIn(path)) {
      const title = unique(inside === "" ? name : `${inside}/${name}`);
      if (entry.isDirectory()) {
        try {
          if (!walk(file, title)) return false;
        } catch (error) {
          found.push(brokenResource(title, error));
        }
      } else if (found.length >= FOLDER_FILES) {
        const message = `the folder has more than ${FOLDER_FILES} files: the others are not read`;
        found.push(brokenResource(basename(resolve(folder)), Failure.limit(message)));
        return false;
      } else {
        found.push(entry.isSymbolicLink() ? brokenResource(title, linkFailure()) : resourceIn(file, title));
      }
    }
    return true;
  };
  walk(folder, "");
  return found;
}

/** The replacement character, which bytes that are no UTF-8 decode to. */
const REPLACEMENT = "\ufffd";

/** @typedef {string | Buffer} Path bytes if it is no UTF-8 */

/** Returns the entries of a folder, sorted by name. @param {Path} folder */
function entriesIn(folder) {
  const entries = readdirSync(folder, { withFileTypes: true });
  const isText = typeof folder === "string" && !entries.some(({ name }) => name.includes(REPLACEMENT));
  const found = isText
    ? entries.map((entry) => ({ entry, name: entry.name, file: /** @type {Path} */ (join(folder, entry.name)) }))
    : readdirSync(folder, { withFileTypes: true, encoding: "buffer" }).map((entry) => {
        const raw = /** @type {Buffer} */ (/** @type {unknown} */ (entry.name));
        return { entry, name: raw.toString(), file: Buffer.concat([Buffer.from(folder), Buffer.from("/"), raw]) };
      });
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function linkFailure() {
  return new Failure("read-failed", "a link, which is not followed; name its target to read it");
}

/**
 * @param {Path} file
 * @param {string} name
 * @returns {Resource}
 */
function resourceIn(file, name) {
  try {
    const found = lstatSync(file);
    // Reading a pipe would wait for its writer. Only a pipe that was named is read.
    if (!found.isFile()) return brokenResource(name, new Failure("read-failed", "not a file"));
    return fileResource(name, name, file, found.size);
  } catch (error) {
    return brokenResource(name, error);
  }
}

/**
 * @param {string} name
 * @param {string} prefix
 * @param {Path} file
 * @param {number | null} size null for pipes and devices, which are read once from the start
 * @returns {Resource}
 */
function fileResource(name, prefix, file, size) {
  // Bytes are no input, so such a file is not sent to another thread.
  const origin = typeof file === "string" ? { origin: resolve(file) } : {};
  if (size === null) return { name, prefix, size, stream: () => createReadStream(file), ...origin };
  return {
    name,
    prefix,
    size,
    stream: (lend) => piecesOfFile(file, 0, Infinity, lend),
    between: (start, end, lend) => piecesOfFile(file, start, end, lend),
    readAt: async (offset, length) => readPlace(file, offset, length),
    ...origin,
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
 * @param {Path} file
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
 * @param {Path} file
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
