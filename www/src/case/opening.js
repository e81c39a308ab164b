/** Case files among the files that are opened. */
import { h } from "../dom.js";
import { caseFile } from "./case-file.js";

/** @typedef {import("../types.js").Input} Input */

/** Longest case file, as the engine reads it. */
const LARGEST = 128 << 20;

/** Characters at the start of a file in which its format is named. */
const HEAD = 200;

/** Files that are looked at: a case is dropped alone or beside its logs. */
const MOST = 50;

/** Returns whether a file is a case. @param {Input} input */
async function isCase({ name, file }) {
  if (!/\.json$/i.test(name) || file.size > LARGEST) return false;
  const head = await file.slice(0, HEAD).text();
  return /^\s*\{\s*"format"\s*:\s*"scriptscope\.case"/.test(head);
}

/** Opens the case files among some inputs, and returns the others. @param {Input[]} inputs */
export async function takeCases(inputs) {
  const asked = inputs.filter(({ name }) => /\.json$/i.test(name));
  if (asked.length === 0 || asked.length > MOST) return inputs;
  const cases = new Set();
  for (const input of asked) if (await isCase(input)) cases.add(input);
  for (const { name, file } of cases) await openCaseFile(file, name);
  return inputs.filter((input) => !cases.has(input));
}

/** Opens a case file, and says why where it cannot be. @param {Blob} file @param {string} [name] */
export async function openCaseFile(file, name = file instanceof File ? file.name : "") {
  try {
    await caseFile.open(await file.text());
  } catch (error) {
    say(`${name} cannot be opened`, error instanceof Error ? error.message : String(error));
  }
}

/** @param {string} title @param {string} words */
function say(title, words) {
  const dialog = h(
    "dialog",
    { class: "sheet", "aria-label": title },
    h(
      "form",
      { method: "dialog" },
      h("h2", null, title),
      h("p", null, words),
      h("button", { type: "submit" }, "Close"),
    ),
  );
  document.body.append(dialog);
  /** @type {any} */ (dialog).showModal();
  dialog.addEventListener("close", () => dialog.remove());
}
