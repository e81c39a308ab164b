/** Finds the files in dropped folders. */
import { releaseHandles, retire } from "./handle-release.js";
import { PARTLY_LISTED } from "./model/condition.js";
import { plural } from "./model/number.js";
import { NO_PLACE } from "./store.js";

/** @typedef {import("./types.js").Input} Input */
/** @typedef {import("./types.js").Problem} Problem */

/** Progress is shown from this many files on: fewer are found before anybody could read it. */
const SHOWN_FROM = 100;

/**
 * Returns every file that was dropped, those in folders included, and a problem for each file or folder that the browser
 * refuses. Everything is asked for before the first wait: the list of items dies with the event.
 *
 * @param {DataTransfer} data
 * @returns {Promise<{ inputs: Input[], unread: Problem[] }>}
 */
export async function droppedInputs(data) {
  /** @type {Problem[]} */
  const unread = [];
  const items = [...data.items].filter((item) => item.kind === "file");
  const dropped = items.map((item) => ({
    entry: item.webkitGetAsEntry(),
    file: item.getAsFile(),
    handle: handleOf(item),
  }));
  const inputs = await Promise.all(
    dropped.map(async ({ entry, file, handle }) => {
      if (entry?.isDirectory) return filesInFolder(entry, handle, unread);
      if (file) return [{ name: file.name, file }];
      unread.push(problem(entry?.name ?? "dropped item", `${REFUSED}; ${ADVICE}`));
      return [];
    }),
  );
  releaseHandles();
  countFound(0);
  return { inputs: dropped.length === 1 ? insideFolder(inputs.flat()) : inputs.flat(), unread };
}

const REFUSED = "the browser does not let this page read it";
const ADVICE = "try Open folder";

/** @param {string} source @param {string} message @returns {Problem} */
function problem(source, message) {
  return { ...NO_PLACE, severity: "error", code: "read-failed", source, message };
}

/**
 * Walks a folder's entries, and its handles where entries fail. Chromium's handles silently omit files whose names it
 * holds for dangerous (`who?.evtx`, `a.lnk`), so they come second; but some browsers do not let a page opened from disk
 * walk entries.
 *
 * @param {FileSystemEntry} entry
 * @param {Promise<any>} handle
 * @param {Problem[]} unread
 * @returns {Promise<Input[]>}
 */
async function filesInFolder(entry, handle, unread) {
  /** @type {Map<string, File>} */
  const files = new Map();
  /** @type {Map<string, { isFolder: boolean, reason: string }>} */
  const failures = new Map();
  await walkEntry(entry, files, failures);
  if (failures.size > 0) await walkHandle(await handle, "", files);
  else void handle.then((unused) => unused && retire(unused));
  const names = [...files.keys()];
  for (const [name, { isFolder, reason }] of failures) {
    const isPartial = isFolder && names.some((file) => file.startsWith(`${name}/`));
    if (isPartial) {
      unread.push(problem(name, `files with unusual names in it may be missing, as ${REFUSED} in full; ${ADVICE}`));
    } else if (!files.has(name)) {
      unread.push(problem(name, `${REFUSED} (${reason}); ${ADVICE}`));
    }
  }
  return [...files].map(([name, file]) => ({ name, file, inFolder: true }));
}

/**
 * Adds the files that the page found itself to those that the browser listed. Chromium visits a folder once: where a link
 * leads to it, its files are under the link, and left out.
 *
 * @param {Input[]} listed
 * @param {{ inputs: Input[] }} walked
 * @returns {{ inputs: Input[], unread: Problem[] }}
 */
export function completed(listed, walked) {
  const names = new Set(listed.map(({ name }) => name));
  const added = walked.inputs.filter(({ name }) => !names.has(name));
  const folders = new Set(added.map(({ name }) => name.slice(0, Math.max(name.lastIndexOf("/"), 0))));
  const tops = [...folders].filter((folder) => !above(folder).some((one) => folders.has(one)));
  const message = `a link leads to this folder, so the browser did not list it: files with unusual names in it may be missing; ${ADVICE}`;
  const unread = tops.map((folder) => ({
    ...problem(folder || "the folder", message),
    severity: /** @type {const} */ ("warning"),
    code: PARTLY_LISTED,
  }));
  return { inputs: [...listed, ...added], unread };
}

/** Returns the folders that a folder is in. @param {string} path */
function above(path) {
  const parts = path.split("/");
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join("/"));
}

/** Returns names without the one folder that holds all files. @param {Input[]} inputs */
export function insideFolder(inputs) {
  const folder = inputs[0]?.name.split("/")[0];
  const all = inputs.every(({ name }) => name.startsWith(`${folder}/`));
  return all ? inputs.map((input) => ({ ...input, name: input.name.slice(input.name.indexOf("/") + 1) })) : inputs;
}

/** @param {DataTransferItem} item @returns {Promise<any>} null where there are no handles */
function handleOf(item) {
  const ask = /** @type {any} */ (item).getAsFileSystemHandle;
  return ask ? ask.call(item).catch(() => null) : Promise.resolve(null);
}

/**
 * Adds the files of a handle that are not yet known. What fails here has failed before, and is said.
 *
 * @param {any} handle
 * @param {string} path of its folder, with "/" at the end
 * @param {Map<string, File>} files
 */
async function walkHandle(handle, path, files) {
  if (!handle) return;
  const name = path + handle.name;
  try {
    if (handle.kind === "file") {
      if (files.has(name)) return;
      files.set(name, await handle.getFile());
      countFound(1);
      return;
    }
    const children = [];
    for await (const child of handle.values()) children.push(walkHandle(child, `${name}/`, files));
    await Promise.all(children);
  } catch {
    // Listed among the failures of its entry.
  } finally {
    retire(handle);
  }
}

/**
 * Adds the files of an entry, and what the browser refuses. A folder whose listing fails keeps what was listed before.
 *
 * @param {FileSystemEntry} entry
 * @param {Map<string, File>} files
 * @param {Map<string, { isFolder: boolean, reason: string }>} failures
 */
async function walkEntry(entry, files, failures) {
  const name = entry.fullPath.replace(/^\//, "");
  try {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) =>
        /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject),
      );
      files.set(name, file);
      countFound(1);
      return;
    }
    const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
    for (;;) {
      // A reader gives some entries at a time, and none at the end.
      const children = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (children.length === 0) return;
      for (const child of children) await walkEntry(child, files, failures);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.name : "refused";
    failures.set(name, { isFolder: entry.isDirectory, reason });
  }
}

/** Files found so far in what was dropped. */
let found = 0;

/** Shows progress, for folders can be deep. @param {number} more 0 ends it */
function countFound(more) {
  found = more === 0 ? 0 : found + more;
  const { classList, dataset } = document.documentElement;
  dataset["gathered"] = `Looking through folders: ${plural(found, "file")}`;
  classList.toggle("gathering", found > SHOWN_FROM);
}
