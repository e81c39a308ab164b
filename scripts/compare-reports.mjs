// Compares the reports of two builds of the package: shows that a change of the code's structure changed no result.
//
// Usage: node scripts/compare-reports.mjs OLD_PKG NEW_PKG [--rules FOLDER] LOGS…
//
// Every file below LOGS is read by itself, and then all of them together, in block mode and in event mode, with the
// built-in rules and those of FOLDER. Two reports are equal if they are the same JSON but for `tool`, `ruleSet`, texts
// of messages, and the ids of rules whose files give none. Prints each difference by file and JSON path; exits with 1
// where there is one.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";

const MODES = /** @type {const} */ (["block", "event"]);

/** Differences printed for one pair of reports. */
const SHOWN = 5;

const { values, positionals } = parseArgs({ options: { rules: { type: "string" } }, allowPositionals: true });
const [before, after, ...logs] = positionals;
if (!before || !after || logs.length === 0) {
  console.error("usage: node scripts/compare-reports.mjs OLD_PKG NEW_PKG [--rules FOLDER] LOGS…");
  process.exit(2);
}

/** @type {[typeof import("../npm/index.js"), typeof import("../npm/index.js")]} */
const packages = [await import(join(resolve(before), "node.js")), await import(join(resolve(after), "node.js"))];

/** @param {string} path @returns {string[]} */
function filesBelow(path) {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).sort();
  return names.flatMap((name) => filesBelow(join(path, name)));
}

const ruleFolder = values.rules;
const rules = ruleFolder
  ? filesBelow(ruleFolder).map((path) => ({ name: relative(ruleFolder, path), text: readFileSync(path) }))
  : [];

/**
 * The report without what may differ between two builds.
 *
 * @param {any} report
 */
function comparable(report) {
  /** Ids of rules that have none of their own are made from the file and are hexadecimal. @type {Map<string, string>} */
  const names = new Map();
  for (const rule of report.rules) {
    if (/^[0-9a-f]{16,}$/.test(rule.id)) names.set(rule.id, `rule ${rule.title}`);
  }
  const dropped = new Set(["tool", "ruleSet", "message", "reason", "statusReason"]);
  const text = JSON.stringify(report, (key, value) => {
    if (dropped.has(key)) return undefined;
    return typeof value === "string" ? (names.get(value) ?? value) : value;
  });
  const copy = JSON.parse(text);
  // Ids of results are hashes of rule ids; lists in the order of rule ids are put in the order of names.
  if (names.size > 0) copy.rules.sort((/** @type {any} */ a, /** @type {any} */ b) => (a.id < b.id ? -1 : 1));
  return copy;
}

/**
 * The JSON paths at which two values differ.
 *
 * @param {any} a
 * @param {any} b
 * @param {string} path
 * @param {string[]} found
 */
function differences(a, b, path, found) {
  if (found.length >= SHOWN) return;
  if (typeof a === "object" && typeof b === "object" && a && b) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      differences(a[key], b[key], `${path}.${key}`, found);
    }
  } else if (a !== b) {
    found.push(`${path}: ${JSON.stringify(a)?.slice(0, 90)} → ${JSON.stringify(b)?.slice(0, 90)}`);
  }
}

let compared = 0;
let different = 0;

/** @param {string} label @param {string[]} inputs */
async function compare(label, inputs) {
  for (const mode of MODES) {
    const [old, now] = await Promise.all(packages.map(({ analyze }) => analyze(inputs, { mode, rules })));
    /** @type {string[]} */
    const found = [];
    differences(comparable(old), comparable(now), "report", found);
    compared += 1;
    if (found.length > 0) {
      different += 1;
      console.log(`${label} (${mode} mode)`);
      for (const line of found) console.log(`  ${line}`);
    }
  }
}

for (const folder of logs) {
  for (const path of filesBelow(folder)) await compare(path, [path]);
}
await compare("all files together", logs);
console.log(`${compared} pairs of reports compared, ${different} differ`);
process.exitCode = different > 0 ? 1 : 0;
