/** How bad: one word for every result, whatever kind of rule found it. */

/** @typedef {import("../types.js").Level} Level */

/** Worst first. @type {Level[]} */
export const LEVELS = ["critical", "high", "medium", "low", "informational"];

/**
 * A Sigma rule says its level; a Splunk rule says a score, whose bands are those of Sigma's levels
 * (15 low, 35 medium, 60 high, 90 critical). A hunting rule only shows.
 * @param {import("../types.js").Rule} rule
 * @param {number} score
 * @returns {Level}
 */
export function level(rule, score) {
  const said = rule.level?.toLowerCase();
  const known = LEVELS.find((one) => one === said);
  if (known) return known;
  if (rule.type === "Hunting" || score <= 0) return "informational";
  if (score >= 80) return "critical";
  if (score >= 50) return "high";
  if (score >= 25) return "medium";
  return "low";
}

/**
 * Why it is that level.
 * @param {import("../types.js").Rule} rule
 * @param {number} score
 */
export function reason(rule, score) {
  if (rule.level && LEVELS.some((one) => one === rule.level?.toLowerCase()))
    return `level ${rule.level}, as the rule says`;
  if (rule.type === "Hunting") return "a hunting rule: shown, never scored";
  return `from the score ${score}: critical from 80, high from 50, medium from 25`;
}
