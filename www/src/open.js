/** Sends inputs to the worker. */
import { allowlist } from "./allowlist.js";
import { caseOptions } from "./case-options.js";
import { engine } from "./worker-client.js";
import { askToAdd } from "./elements/add-dialog.js";
import { part, unpacked, whole } from "./parts.js";
import { ruleset } from "./ruleset.js";
import { store } from "./store.js";

/** @typedef {import("./types.js").Input} Input */
/** @typedef {{ computer?: string, utcOffset?: string, encoding?: string }} Options what the user said that the logs do not */

/** @type {Options} */
let userOptions = {};
/** Lists of assets and identities. @type {{ name: string, text: string }[]} */
let assets = [];

/**
 * Reads logs. Where others are open, asks whether they are added or replace them.
 * @param {Input[]} inputs @param {import("./types.js").Problem[]} [unread] files that could not be opened
 */
export async function readLogs(inputs, unread = []) {
  const sorted = [...inputs].sort((a, b) => (a.name < b.name ? -1 : 1));
  // Nothing is lost with files in which there was no event, nor with the sample.
  const hasEvents = store.run.phase === "reading" || (store.head?.totals.records ?? 0) > 0;
  const isAsked = store.run.phase !== "idle" && hasEvents && !store.sample;
  const choice = isAsked ? await askToAdd(inputs.length) : "replace";
  if (choice === "cancel") return;
  if (choice === "replace") start(sorted, false);
  else {
    await store.ended();
    engine.add(sorted);
  }
  for (const problem of unread) store.remark(problem);
}

/** Adds lists of assets and identities: risk is counted again, and nothing is read again. @param {Input[]} inputs */
export async function openAssets(inputs) {
  for (const { name, file } of inputs) {
    assets = [...assets.filter((one) => one.name !== name), { name, text: await file.text() }];
  }
  try {
    await engine.assets(assets);
  } catch (error) {
    assets = [];
    store.remark({
      severity: "error",
      code: "assets",
      message: error instanceof Error ? error.message : String(error),
    });
  }
}

/** Opens the built-in sample: invented logs of four machines that tell one story. */
export async function openSample() {
  start(await sampleInputs(), true);
}

/** @returns {Promise<Input[]>} */
export async function sampleInputs() {
  await whole();
  /** @type {{ name: string, bytes: string }[]} each gzipped, in base 85 */
  const sample = JSON.parse(part("sample"));
  return Promise.all(sample.map(async ({ name, bytes }) => ({ name, file: await unpacked(bytes) })));
}

/** Reads the same inputs again, under other options or rules. @param {Options} change */
export function reopen(change) {
  userOptions = { ...userOptions, ...change };
  engine.again(sessionOptions());
}

/** Returns what the user said that the logs do not. */
export const options = () => userOptions;

/** @param {Input[]} inputs @param {boolean} sample */
function start(inputs, sample) {
  userOptions = {};
  store.sample = sample;
  engine.open(inputs, sessionOptions());
}

ruleset.addEventListener("apply", () => reopen({}));

const sessionOptions = () => ({
  ...caseOptions(),
  ...userOptions,
  ...(assets.length > 0 ? { assets } : {}),
  ...ruleset.options(),
  ...allowlist.options(),
});
