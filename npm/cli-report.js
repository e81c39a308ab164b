// What the small command line says about a report.

import { areEmpty, unreadIn } from "./analyze.js";
import { say, visible } from "./cli-output.js";

/** @param {import("./index.js").Report} report @param {Record<string, string>} lines */
export function table({ tool, totals, riskObjects, results, rules }, lines) {
  const titles = new Map(rules.map(({ id, title }) => [id, title]));
  const shown = results.filter(({ suppressedBy }) => suppressedBy === null);
  const rows = [
    [tool, `${totals.scriptBlocks} script blocks, ${shown.length} results`],
    ...riskObjects.map(({ score, object }) => ["risk", score, object]),
    ...shown.map(({ id, ruleId, score, count, fields: { Computer, dest }, firstTime }) => {
      return [score, Computer ?? dest ?? "-", `${count}×`, firstTime, titles.get(ruleId), lines[id]];
    }),
  ];
  return rows.map((row) => `${row.map(visible).join("  ").trimEnd()}\n`).join("");
}

/** Why no rule can match, or null if one can. @param {import("./index.js").Report} report */
export function unableWords({ rules, totals }) {
  if (rules.some(({ status }) => status === "ran")) return null;
  /** @param {import("./index.js").Rule["status"]} wanted */
  const number = (wanted) => rules.filter(({ status }) => status === wanted).length;
  const leftOut = Object.values(totals.rulesNotApplicable).reduce((sum, count) => sum + count, 0);
  /** @type {[number, string][]} */
  const counts = [
    [number("cannotMatch"), "cannot match"],
    [number("refused"), "refused"],
    [number("disabled"), "switched off"],
    [leftOut, "about other logs"],
  ];
  const words = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `no rule can match, so nothing was searched for: ${words.join(", ") || "none is loaded"}`;
}

/**
 * Says what could not be read, and returns whether there was anything.
 *
 * @param {import("./analyze.js").Read[]} read
 * @param {import("./index.js").Report} report
 */
export function sayUnread(read, report) {
  const isPath = (/** @type {import("./analyze.js").Read} */ { input }) => typeof input === "string";
  const empty = read.filter((one) => !isPath(one) && one.sources.every(({ bytes }) => bytes === 0));
  const unread = unreadIn(read, report).filter((one) => !empty.includes(one));
  if (empty.length > 0) say("standard input is empty: nothing was read");
  for (const { input, sources } of unread) {
    const own = report.problems.find(({ source, severity }) => severity === "error" && source === sources[0]?.name);
    const reason = sources.length === 1 && own ? `: ${own.message.replace(/^the input cannot be read: /, "")}` : "";
    say(`${typeof input === "string" ? input : "stdin"}: could not be read at all${reason.split("\n")[0]}`);
  }
  const isEmpty = empty.length === 0 && unread.length === 0 && areEmpty(read);
  if (isEmpty) say("nothing was read: all inputs are empty");
  return empty.length + unread.length > 0 || isEmpty;
}
