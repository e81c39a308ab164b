// Files and folders of Node's file system, as resources.

import { closeSync, createReadStream, lstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join, parse, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure, messageFor } from "./failure.js";
import { piecesOf } from "./inputs.js";
import { FOLDER_FILES, READ_BYTES } from "./limits.js";

/** @typedef {import("./inputs.js").Links} Links */
/** @typedef {import("./inputs.js").Resource} Resource */

/** Bytes per read of a whole file: enough for the disk, few enough for the cache. */
const FILE_READ_BYTES = Math.min(READ_BYTES, 1 << 20);

/** Bytes of the first read: an event log's header has this size, so later reads end where chunks end. */
const FIRST_READ_BYTES = 4096;

/**
 * Returns the file at a path, or every file in the folder, sorted by name. A file that cannot be read is returned with
 * its error.
 *
 * @type {import("./inputs.js").FilesAt}
 */
export function filesAt(path, name, links) {
  const file = path instanceof URL ? fileURLToPath(path) : path;
  if (links?.isLinked) return linkTarget(file, name ?? "", links);
  const components = componentsOf(String(file));
  const title = name ?? components.at(-1) ?? "";
  const found = listed(file, title, links);
  return name === undefined ? found.map((resource) => ({ ...resource, components })) : found;
}

/** @param {Path} file @param {string} title @param {Links} [links] @returns {Resource[]} */
function listed(file, title, links) {
  try {
    const found = statSync(file);
    isNew(file, links);
    if (found.isDirectory()) return resourcesIn(file, links);
    return [fileResource(title, "", file, found.isFile() ? found.size : null)];
  } catch (error) {
    return [brokenResource(title, error)];
  }
}

/** Returns the file or the files in the folder that a link leads to. @param {Path} link @param {string} title @param {Links} links */
function linkTarget(link, title, links) {
  try {
    const found = statSync(link);
    if (!isNew(link, links)) return [brokenResource(title, listedBefore())];
    return found.isDirectory() ? resourcesIn(link, links) : [regularFile(link, title, found)];
  } catch (error) {
    const message = `a link whose target cannot be read: ${messageFor(error)}`;
    return [brokenResource(title, new Failure("read-failed", message))];
  }
}

/** Returns the components of a path made absolute, without the top of the file system. @param {string} path */
function componentsOf(path) {
  const absolute = resolve(path);
  const { root } = parse(absolute);
  const components = absolute.slice(root.length).split(sep).filter(Boolean);
  return components.length > 0 ? components : [root];
}

/**
 * Returns the files in a folder, named by their path inside with "/", sorted within each folder. Folders that cannot be
 * listed, links and everything else that is no file are returned with an error: a link in a mounted image leads to the
 * disk of the analyst.
 *
 * @param {Path} folder
 * @param {Links} [links]
 * @returns {Resource[]}
 */
function resourcesIn(folder, links) {
  /** @type {Resource[]} */
  const found = [];
  /** @param {string} name @param {unknown} error */
  const broken = (name, error) => ({ ...brokenResource(name, error), inFolder: true });
  /** Returns whether more files may be listed. @param {Path} path @param {string} inside */
  const walk = (path, inside) => {
    for (const { entry, name, file } of entriesIn(path)) {
      const title = inside === "" ? name : `${inside}/${name}`;
      const isLink = entry.isSymbolicLink();
      // Behind a link can be what the folder holds too, even the folder itself.
      const wasListed = !isLink && !isNew(file, links) && links?.isLinked === true;
      if (entry.isDirectory() && !wasListed) {
        try {
          if (!walk(file, title)) return false;
        } catch (error) {
          found.push(broken(title, error));
        }
      } else if ((links?.before ?? 0) + found.length >= FOLDER_FILES) {
        const message = `the folder has more than ${FOLDER_FILES} files: the others are not read`;
        found.push(broken("", Failure.limit(message)));
        return false;
      } else if (wasListed) {
        found.push(broken(title, listedBefore()));
      } else if (isLink) {
        found.push({ ...broken(title, linkFailure()), ...(links ? { link: file } : {}) });
      } else {
        found.push({ ...resourceIn(file, title), inFolder: true });
      }
    }
    return true;
  };
  walk(folder, "");
  return found;
}

/** Notes a file or folder, and returns whether it was not listed before. @param {Path} file @param {Links} [links] */
function isNew(file, links) {
  if (!links) return true;
  try {
    const { dev, ino } = statSync(file, { bigint: true });
    const before = links.listed.size;
    return links.listed.add(`${dev}:${ino}`).size > before;
  } catch {
    // The error is reported where the file is read.
    return true;
  }
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

function listedBefore() {
  return new Failure("already-read", "it is read already, under another name");
}

/**
 * @param {Path} file
 * @param {string} name
 * @returns {Resource}
 */
function resourceIn(file, name) {
  try {
    return regularFile(file, name, lstatSync(file));
  } catch (error) {
    return brokenResource(name, error);
  }
}

/**
 * Returns a regular file. Reading a pipe would wait for its writer. Only a pipe that was named is read.
 *
 * @param {Path} file
 * @param {string} name
 * @param {import("node:fs").Stats} found
 */
function regularFile(file, name, found) {
  if (!found.isFile()) return brokenResource(name, new Failure("read-failed", "not a file"));
  return fileResource(name, name, file, found.size);
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
  if (size === null)
    return { name, prefix, size, stream: (_, signal) => piecesOf(createReadStream(file), signal), ...origin };
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
