/** Severity: one word for each result, for rules of every kind. */

/** @typedef {import("../types.js").Level} Level */

/** Worst first. @type {Level[]} */
export const LEVELS = ["critical", "high", "medium", "low", "informational"];

/**
 * Returns the level of a Sigma rule, or of a Splunk rule's score in the bands of Sigma's levels
 * (15 low, 35 medium, 60 high, 90 critical). Hunting rules have the lowest.
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
 * Returns the reason of a level.
 * @param {import("../types.js").Rule} rule
 * @param {number} score
 */
export function reason(rule, score) {
  if (rule.level && LEVELS.some((one) => one === rule.level?.toLowerCase()))
    return `level ${rule.level}, as the rule says`;
  if (rule.type === "Hunting") return "a hunting rule: shown, never scored";
  return `from the score ${score}: critical from 80, high from 50, medium from 25`;
}
