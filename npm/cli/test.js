// `scriptscope test`: rules against their own samples, and against what they are expected to find in logs.

import { readFileSync } from "node:fs";
import { UsageError } from "./options.js";
import { plural, visible } from "./terminal.js";

/**
 * One thing that was tested.
 *
 * @typedef {object} Case
 * @property {string | null} file of the rule
 * @property {string} rule its title
 * @property {string} id
 * @property {string} name of the case
 * @property {string[] | null} failure a diff, line by line: what was expected after "-", what was found after "+"
 */

/**
 * @typedef {object} Results
 * @property {Case[]} cases
 * @property {number} rules
 * @property {string[]} untested titles of rules without samples
 * @property {Record<string, number> | null} matched script blocks in the logs by rule id, if logs were read
 */

/** Lines of a script that a diff shows. */
const TEXT_LINES = 12;

/**
 * @param {import("../index.js").Session} session
 * @param {boolean} onLogs whether logs were read
 * @param {Record<string, number> | null} expected script blocks that rules are expected to match, by id
 * @returns {Results}
 */
export function testRules(session, onLogs, expected) {
  const { rules, problems } = session.outline().report;
  /** @type {Case[]} */
  const cases = [];
  /** @type {string[]} */
  const untested = [];
  for (const { source, line, column, message, rule } of problems.filter(isBroken)) {
    if (rule !== null) continue;
    const place = line === null ? "" : ` line ${line}${column === null ? "" : `:${column}`}`;
    cases.push({ file: source, rule: source ?? "", id: "", name: "is read", failure: [`+${place} ${message}`] });
  }
  for (const rule of rules) {
    const source = session.rule(rule.id);
    if (!source) continue;
    const { file, samples } = source;
    const one = { file, rule: rule.title || rule.id, id: rule.id };
    cases.push({ ...one, name: "runs", failure: rule.refused && refusal(rule.refused) });
    if (rule.refused !== null) continue;
    if (samples.length === 0) untested.push(one.rule);
    for (const sample of samples) cases.push({ ...one, name: sampleName(sample), failure: sampleFailure(sample) });
    const wanted = expected?.[rule.id];
    if (onLogs && wanted !== undefined) {
      const differs = wanted !== rule.matched;
      const failure = [
        `- ${plural(wanted, "script block")} matched`,
        `+ ${plural(rule.matched, "script block")} matched`,
      ];
      cases.push({ ...one, name: "finds in the logs what is expected", failure: differs ? failure : null });
    }
  }
  for (const [id, wanted] of Object.entries(expected ?? {})) {
    if (rules.some((rule) => rule.id === id)) continue;
    const failure = [`- ${plural(wanted, "script block")} matched`, "+ no rule has this id"];
    cases.push({ file: null, rule: id, id, name: "is loaded", failure });
  }
  const matched = Object.fromEntries(rules.map((rule) => [rule.id, rule.matched]));
  return { cases, rules: rules.length, untested, matched: onLogs ? matched : null };
}

/** @param {import("../index.js").Problem} problem */
function isBroken({ severity }) {
  return severity === "error";
}

/** @param {{ reason: string, line: number | null, column: number | null }} refused */
function refusal({ reason, line, column }) {
  const place = line === null ? "" : ` at line ${line}${column === null ? "" : `:${column}`}`;
  return ["- runs", `+ refused${place}`, ...reason.split("\n").map((words) => `  ${words}`)];
}

/** @typedef {import("../index.js").RuleSource["samples"][number]} Sample */

/** @param {Sample} sample */
function sampleName({ name, expected }) {
  return `${expected ? "finds" : "passes over"}: ${name || "a sample without a name"}`;
}

/** @param {Sample} sample @returns {string[] | null} */
function sampleFailure({ text, expected, found }) {
  if (expected === found) return null;
  const word = (/** @type {boolean} */ is) => (is ? "found" : "not found");
  const lines = text.split(/\r\n|\r|\n/);
  const shown = lines.slice(0, TEXT_LINES).map((line) => `  | ${line}`);
  if (lines.length > TEXT_LINES) shown.push(`  | and ${plural(lines.length - TEXT_LINES, "line")} more`);
  return [`- ${word(expected)}`, `+ ${word(found)}`, ...shown];
}

/**
 * @param {string} path of a JSON object: by the id of each rule how many script blocks it matches
 * @returns {Record<string, number>}
 */
export function expectedAt(path) {
  let value;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(`--expect ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  // What `test --format json` prints can be kept as what is expected.
  const counts = value?.matched ?? value;
  const good = counts && typeof counts === "object" && Object.values(counts).every((count) => Number.isInteger(count));
  if (!good) throw new UsageError(`--expect ${path}: expected an object of numbers by rule id`);
  return counts;
}

/**
 * @param {Results} results
 * @param {(style: import("./terminal.js").Style, text: string) => string} paint
 */
export function testTable({ cases, rules, untested }, paint) {
  const failed = cases.filter(({ failure }) => failure !== null);
  const lines = failed.flatMap(({ file, rule, id, name, failure }) => [
    `${paint("red", "FAIL")}  ${paint("bold", visible(rule))}  ${visible(name)}`,
    paint("dim", `      ${[file ?? "built in", id].filter(Boolean).map(visible).join(", ")}`),
    ...(failure ?? []).map((line) => `      ${colour(visible(line), paint)}`),
  ]);
  if (untested.length > 0) {
    lines.push(
      paint("yellow", `${plural(untested.length, "rule")} without samples: ${untested.map(visible).join(", ")}`),
    );
  }
  if (rules === 0) lines.push(paint("yellow", "No rule was loaded."));
  const passed = cases.length - failed.length;
  lines.push(`${plural(rules, "rule")}, ${passed} passed, ${failed.length} failed`);
  return `${lines.join("\n")}\n`;
}

/** @param {string} line @param {(style: import("./terminal.js").Style, text: string) => string} paint */
function colour(line, paint) {
  return line.startsWith("-") ? paint("red", line) : line.startsWith("+") ? paint("cyan", line) : line;
}

/** @param {Results} results */
export function testJson({ cases, rules, untested, matched }) {
  const failed = cases.filter(({ failure }) => failure !== null).length;
  return `${JSON.stringify({ rules, passed: cases.length - failed, failed, untested, matched, cases })}\n`;
}
