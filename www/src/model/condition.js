/** Which files are damaged, unread or silent: what a report without results does not say by itself. */
import { plural } from "./number.js";

/** @typedef {import("../types.js").Problem} Problem */
/** @typedef {import("../types.js").Source} Source */

/**
 * - damaged: read in part
 * - unread: nothing of it could be read
 * - partial: a folder in which files may be missing
 * - noLog: it has bytes, but no event
 * - empty: it has no bytes
 * - encrypted: none of its scripts can be searched
 * - silent: it has events, and no script block
 *
 * @typedef {"damaged" | "unread" | "partial" | "noLog" | "empty" | "encrypted" | "silent"} Condition
 */

/** Codes of problems that mean that a part of a file was lost or could not be read. */
const DAMAGE =
  /^(?:archive-|evtx-|cell-limit|cut-off|half-character|lost-byte|malformed-json|no-records|no-script-text|not-json|ragged-row|read-failed|replaced-bytes|row-cells|stray-|unwritten|xml$)/;

/** Code of the problem of a folder that the browser listed in part. */
export const PARTLY_LISTED = "partly-listed";

/** Codes of problems of files that were not opened. */
const UNREAD = /^(?:archive-|read-failed|already-read)/;

/**
 * Returns the names of the files in each condition but the good one.
 * @param {Source[]} sources
 * @param {Problem[]} problems of the sources, and of files that the page itself could not open
 * @returns {Map<Condition, string[]>}
 */
export function conditions(sources, problems) {
  /** @type {Map<Condition, string[]>} */
  const found = new Map();
  /** @param {Condition | null} condition @param {string} name */
  const add = (condition, name) => {
    if (condition === null) return;
    const names = found.get(condition);
    if (names) names.push(name);
    else found.set(condition, [name]);
  };
  const own = bySource(problems);
  for (const source of sources) {
    add(conditionOf(source, own.get(source.name) ?? []), source.name);
    own.delete(source.name);
  }
  for (const [name, list] of own) {
    const serious = list.filter(({ severity }) => severity !== "info");
    if (name === "" || serious.length === 0) continue;
    add(serious.every(({ code }) => code === PARTLY_LISTED) ? "partial" : "unread", name);
  }
  return found;
}

/** @param {Source} source @param {Problem[]} problems its own @returns {Condition | null} */
function conditionOf(source, problems) {
  const isUnread = problems.some(({ code }) => UNREAD.test(code));
  if (source.bytes === 0) {
    if (problems.some(({ code }) => code === "already-read" || code === "cancelled")) return null;
    return isUnread ? "unread" : "empty";
  }
  if (source.format === null) return isUnread ? "unread" : "noLog";
  if (problems.some(({ code, severity }) => severity !== "info" && DAMAGE.test(code))) return "damaged";
  if (source.events === 0) return "silent";
  return source.encrypted === source.events ? "encrypted" : null;
}

/** Groups problems by source, those of none under "". @param {Problem[]} problems @returns {Map<string, Problem[]>} */
export function bySource(problems) {
  const map = new Map();
  for (const problem of problems) {
    const key = problem.source ?? "";
    const list = map.get(key);
    if (list) list.push(problem);
    else map.set(key, [problem]);
  }
  return map;
}

/** The order in which conditions are said, with their words. @type {[Condition, string, string][]} */
export const CONDITIONS = [
  ["damaged", "file is damaged", "files are damaged"],
  ["unread", "file was not read", "files were not read"],
  ["partial", "folder may lack files", "folders may lack files"],
  ["noLog", "file is no event log", "files are no event logs"],
  ["empty", "file is empty", "files are empty"],
  ["encrypted", "file is encrypted", "files are encrypted"],
  ["silent", "log has no script block", "logs have no script block"],
];

/** `2 files are damaged`. @param {Condition} condition @param {number} count */
export function conditionWords(condition, count) {
  const [, one, many] = CONDITIONS.find(([name]) => name === condition) ?? [condition, "file", "files"];
  return plural(count, one, many);
}

/** `a.evtx, b.evtx and 3 more`. @param {string[]} names @param {number} most */
export function listed(names, most) {
  const left = names.length - most;
  return left > 0 ? `${names.slice(0, most).join(", ")} and ${left.toLocaleString("en-US")} more` : names.join(", ");
}

/**
 * Returns the sentence of an empty results table: whether there were no events, events of other logs, or script blocks.
 * @param {import("../types.js").Totals} totals
 * @param {Source[]} sources
 * @param {Map<Condition, string[]>} found
 */
export function noBlocks(totals, sources, found) {
  const isDamaged = ["damaged", "unread"].some((name) => found.has(/** @type {Condition} */ (name)));
  const blocks = "No script block was found in what was read";
  if (totals.records === 0) {
    return isDamaged ? `${blocks}: no event could be read of it.` : `${blocks}: there is no event in it.`;
  }
  const ids = new Set(sources.flatMap(({ otherEvents }) => Object.keys(otherEvents)));
  const of = ids.size > 0 ? `, with ${ids.size === 1 ? "the id" : "the ids"} ${listed([...ids], 6)}` : "";
  const events = plural(totals.records, "event");
  return `${blocks}: ${events} of other logs or kinds${of}, and none that is a script block (4104).`;
}
