/** Finds the files in dropped folders. */
import { releaseHandles, retire } from "./handle-release.js";
import { plural } from "./model/number.js";
import { NO_PLACE } from "./store.js";

/** @typedef {import("./types.js").Input} Input */
/** @typedef {import("./types.js").Problem} Problem */

/** Progress is shown from this many files on: fewer are found before anybody could read it. */
const SHOWN_FROM = 100;

/**
 * Returns every file that was dropped, those in folders included. Everything is asked for before the first wait: the
 * list of items dies with the event.
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
      if (!entry?.isDirectory) return file ? [{ name: file.name, file }] : [];
      return (await filesOfHandle(await handle)) ?? (await filesOfEntry(entry, unread));
    }),
  );
  releaseHandles();
  countFound(0);
  return { inputs: dropped.length === 1 ? insideFolder(inputs.flat()) : inputs.flat(), unread };
}

/** Returns names without the one folder that holds all files. @param {Input[]} inputs */
export function insideFolder(inputs) {
  const folder = inputs[0]?.name.split("/")[0];
  const all = inputs.every(({ name }) => name.startsWith(`${folder}/`));
  return all ? inputs.map(({ name, file }) => ({ name: name.slice(name.indexOf("/") + 1), file })) : inputs;
}

/**
 * Some browsers do not let a page opened from disk walk entries; there handles work.
 *
 * @param {DataTransferItem} item
 * @returns {Promise<any>}
 */
function handleOf(item) {
  const ask = /** @type {any} */ (item).getAsFileSystemHandle;
  return ask ? ask.call(item).catch(() => null) : Promise.resolve(null);
}

/** @param {any} handle @param {string} [path] @returns {Promise<Input[] | null>} null where handles do not work */
async function filesOfHandle(handle, path = "") {
  if (!handle) return null;
  const name = path + handle.name;
  try {
    if (handle.kind === "file") {
      const file = await handle.getFile();
      countFound(1);
      return [{ name, file }];
    }
    const children = [];
    for await (const child of handle.values()) children.push(filesOfHandle(child, `${name}/`));
    return (await Promise.all(children)).flatMap((inputs) => inputs ?? []);
  } catch {
    return null;
  } finally {
    retire(handle);
  }
}

/** @param {FileSystemEntry} entry @param {Problem[]} unread @returns {Promise<Input[]>} */
async function filesOfEntry(entry, unread) {
  const name = entry.fullPath.replace(/^\//, "");
  try {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) =>
        /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject),
      );
      countFound(1);
      return [{ name, file }];
    }
    const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
    /** @type {Input[]} */
    const inputs = [];
    for (;;) {
      const children = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (children.length === 0) return inputs;
      for (const child of children) inputs.push(...(await filesOfEntry(child, unread)));
    }
  } catch (error) {
    const why = error instanceof Error ? error.name : "refused";
    unread.push({
      ...NO_PLACE,
      severity: "error",
      code: "read-failed",
      source: name,
      message: `the browser does not let this page read it (${why}); try Open folder`,
    });
    return [];
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
