/** Makes a row of the page from a result of the report. */
import { level } from "./level.js";
import { millis } from "./time.js";

/** @typedef {import("../types.js").Block} Block */
/** @typedef {import("../types.js").Result} Result */
/** @typedef {import("../types.js").Rule} Rule */
/** @typedef {import("../types.js").Row} Row */

/** Columns in which published searches name the machine and the user. */
const COMPUTERS = ["Computer", "dest", "ComputerName", "host"];
const USERS = ["UserID", "user_id", "user", "User"];

let versions = 0;

/**
 * @param {Result} result
 * @param {string} line
 * @param {Rule} rule
 * @param {(id: string) => Block | undefined} block
 * @returns {Row}
 */
export function toRow(result, line, rule, block) {
  const blocks = result.blocks.map((one) => block(one.id)).filter((one) => one !== undefined);
  const computer = field(result, COMPUTERS) ?? distinct(blocks.map((one) => one.computer));
  const user = field(result, USERS) ?? distinct(blocks.map((one) => one.user));
  versions += 1;
  return {
    id: result.id,
    result,
    rule,
    level: level(rule, result.score),
    computer,
    user,
    line: line.trimEnd(),
    first: millis(result.firstTime),
    last: millis(result.lastTime),
    haystack: haystack(result, rule, line, computer, user),
    shown: 0,
    version: versions,
  };
}

/** @param {Result} result @param {string[]} names */
function field(result, names) {
  for (const name of names) {
    const value = result.fields[name];
    if (value) return Array.isArray(value) ? value.join(", ") : value;
  }
  return null;
}

/** @param {(string | null)[]} values */
function distinct(values) {
  return [...new Set(values.filter((value) => value !== null))].join(", ");
}

/** @param {Result} result @param {Rule} rule @param {string} line @param {string} computer @param {string} user */
function haystack(result, rule, line, computer, user) {
  const attack = rule.attack.map((one) => one.technique).join(" ");
  const values = Object.values(result.fields).flat().filter(Boolean).join(" ");
  return `${rule.title} ${rule.id} ${attack} ${computer} ${user} ${line} ${values} ${result.message ?? ""}`.toLowerCase();
}
