/** How files come in: dropped anywhere, chosen, chosen as a folder, pasted. */
import { engine } from "./worker-client.js";
import { plural } from "./model/number.js";
import { openInputs, openSample } from "./open.js";
import { tuning } from "./elements/rules-panel.js";
import { ruleset } from "./ruleset.js";
import { NO_PLACE } from "./store.js";

/** @typedef {import("./types.js").Input} Input */
/** @typedef {import("./types.js").Problem} Problem */

export function listen() {
  const files = picker({ multiple: true });
  const folder = picker({ webkitdirectory: true });
  const rules = picker({ multiple: true }, openRules);
  document.addEventListener("click", (event) => {
    const kind =
      event.target instanceof Element ? event.target.closest("[data-open]")?.getAttribute("data-open") : null;
    if (!kind) return;
    if (kind === "sample") {
      openSample();
      return;
    }
    if (kind === "rules") {
      rules.click();
      return;
    }
    engine.warm();
    (kind === "folder" ? folder : files).click();
  });
  listenToDrops();
  document.addEventListener("paste", (event) => {
    const data = event.clipboardData;
    if (!data || isField(event.target)) return;
    const pasted = [...data.files].map((file) => ({ name: file.name, file }));
    const text = data.getData("text/plain");
    if (pasted.length === 0 && text.trim() !== "")
      pasted.push({ name: "pasted text", file: new File([text], "pasted text") });
    if (pasted.length === 0) return;
    event.preventDefault();
    open(pasted);
  });
}

/**
 * An input outside the document: it is a dialog, not a thing to see.
 * @param {Record<string, boolean>} kind
 * @param {(inputs: Input[]) => void} [take]
 */
function picker(kind, take = open) {
  const input = Object.assign(document.createElement("input"), { type: "file", ...kind });
  input.addEventListener("change", () => {
    if (input.files?.length)
      take(inside([...(input.files ?? [])].map((file) => ({ name: file.webkitRelativePath || file.name, file }))));
    // So that the same file can be chosen again.
    input.value = "";
  });
  return input;
}

/** What rules are written in, and nothing else is. */
const RULE_FILE = /\.(ya?ml|conf)$/i;

/** Rule files go to the rules, all else is read. @param {Input[]} inputs @param {Problem[]} [unread] */
function open(inputs, unread = []) {
  if (tuning().isOpen) {
    openRules(inputs);
    return;
  }
  const rules = inputs.filter(({ name }) => RULE_FILE.test(name));
  // Tables that come with rules are lookups.
  const lookups = rules.length > 0 ? inputs.filter(({ name }) => /\.csv$/i.test(name)) : [];
  const logs = inputs.filter((input) => !rules.includes(input) && !lookups.includes(input));
  if (rules.length > 0) openRules([...rules, ...lookups]);
  if (logs.length > 0 || unread.length > 0 || rules.length === 0) openInputs(logs, unread);
}

/** @param {Input[]} inputs */
async function openRules(inputs) {
  tuning().open("rules");
  try {
    const files = await engine.readRules(inputs);
    if (files.length === 0) tuning().say("No rule file is in what was opened: rules are .yml, .yaml, .conf and .csv.");
    else {
      tuning().say("");
      ruleset.add(files);
    }
  } catch (error) {
    tuning().say(error instanceof Error ? error.message : String(error));
  }
}

function listenToDrops() {
  let inside = 0;
  const hover = (/** @type {number} */ change) => {
    inside = Math.max(0, inside + change);
    document.documentElement.classList.toggle("dropping", inside > 0);
  };
  document.addEventListener("dragenter", () => {
    if (inside === 0) engine.warm();
    hover(1);
  });
  document.addEventListener("dragleave", () => hover(-1));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
  });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    hover(-inside);
    if (!event.dataTransfer?.types.includes("Files")) return;
    const { inputs, unread } = await dropped(event.dataTransfer);
    letGo();
    gather(0);
    open(inputs, unread);
  });
}

/**
 * What was dropped, folders opened. Everything must be asked for before the first wait: the list dies with the event.
 * @param {DataTransfer} data
 * @returns {Promise<{ inputs: Input[], unread: Problem[] }>}
 */
async function dropped(data) {
  /** @type {Problem[]} */
  const unread = [];
  const items = [...data.items].filter((item) => item.kind === "file");
  const taken = items.map((item) => ({
    entry: item.webkitGetAsEntry(),
    file: item.getAsFile(),
    handle: handleOf(item),
  }));
  const inputs = await Promise.all(
    taken.map(async ({ entry, file, handle }) => {
      if (!entry?.isDirectory) return file ? [{ name: file.name, file }] : [];
      return (await ofHandle(await handle)) ?? (await ofEntry(entry, unread));
    }),
  );
  return { inputs: taken.length === 1 ? inside(inputs.flat()) : inputs.flat(), unread };
}

/** Names inside the one folder that all are in: its own name says nothing. @param {Input[]} inputs */
function inside(inputs) {
  const folder = inputs[0]?.name.split("/")[0];
  const all = inputs.every(({ name }) => name.startsWith(`${folder}/`));
  return all ? inputs.map(({ name, file }) => ({ name: name.slice(name.indexOf("/") + 1), file })) : inputs;
}

/** A file opened from disk may not walk entries in every browser; handles work there. @param {DataTransferItem} item @returns {Promise<any>} */
function handleOf(item) {
  const ask = /** @type {any} */ (item).getAsFileSystemHandle;
  return ask ? ask.call(item).catch(() => null) : Promise.resolve(null);
}

/** @param {any} handle @param {string} [path] @returns {Promise<Input[] | null>} null where handles do not work */
async function ofHandle(handle, path = "") {
  if (!handle) return null;
  const name = path + handle.name;
  try {
    if (handle.kind === "file") {
      const file = await handle.getFile();
      gather(1);
      return [{ name, file }];
    }
    const children = [];
    for await (const child of handle.values()) children.push(ofHandle(child, `${name}/`));
    return (await Promise.all(children)).flatMap((inputs) => inputs ?? []);
  } catch {
    return null;
  } finally {
    used.push(handle);
  }
}

/**
 * Handles that are done with. For each that is collected as garbage the browser closes a connection: ten thousand at
 * once held the page up for 140 ms. So they are let go in slices, each when the one before it was collected.
 * @type {object[]}
 */
const used = [];
let letting = false;
const collected = new FinalizationRegistry(() => {
  letting = false;
  letGo();
});

function letGo() {
  if (letting) return;
  const [first] = used.splice(-SLICE);
  letting = first !== undefined;
  if (first) collected.register(first, null);
}

/** Collecting as many takes some 7 ms. */
const SLICE = 500;

/** Files found so far in what was dropped. */
let gathered = 0;

/** Says so, for folders can be deep. @param {number} more */
function gather(more) {
  gathered = more === 0 ? 0 : gathered + more;
  const { classList, dataset } = document.documentElement;
  dataset["gathered"] = `Looking through folders: ${plural(gathered, "file")}`;
  classList.toggle("gathering", gathered > GATHERED);
}

/** So few are found before anybody could read it. */
const GATHERED = 100;

/** @param {FileSystemEntry} entry @param {Problem[]} unread @returns {Promise<Input[]>} */
async function ofEntry(entry, unread) {
  const name = entry.fullPath.replace(/^\//, "");
  try {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) =>
        /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject),
      );
      gather(1);
      return [{ name, file }];
    }
    const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
    /** @type {Input[]} */
    const inputs = [];
    for (;;) {
      const children = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (children.length === 0) return inputs;
      for (const child of children) inputs.push(...(await ofEntry(child, unread)));
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

/** @param {EventTarget | null} target */
export const isField = (target) =>
  target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
