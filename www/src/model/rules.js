/** The state, cost and order of rules in the rules panel. */
import { count, plural } from "./number.js";

/** @typedef {import("../types.js").Rule} Rule */
/** @typedef {"all" | "matched" | "refused" | "unable" | "off" | "hidden" | "every"} Which */

/** The choices of rules to show. @type {[Which, string][]} */
export const WHICH = [
  ["all", "all rules"],
  ["matched", "that matched"],
  ["refused", "refused"],
  ["unable", "that cannot match"],
  ["off", "switched off"],
  ["hidden", "with hidden or dropped rows"],
  ["every", "that look at every block"],
];

/**
 * Returns the matching rules: those with results first, then those that did not run, then by title.
 * @param {Rule[]} rules
 * @param {Which} which
 * @param {string} text
 * @param {(id: string) => boolean} isOn
 */
export function listed(rules, which, text, isOn) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return rules
    .filter((rule) => FITS[which](rule, isOn(rule.id)))
    .filter((rule) => words.every((word) => haystack(rule).includes(word)))
    .sort((a, b) => rank(b) - rank(a) || b.rows - a.rows || (a.title < b.title ? -1 : 1));
}

/** @type {Record<Which, (rule: Rule, on: boolean) => boolean>} */
const FITS = {
  all: () => true,
  matched: (rule) => rule.matched > 0 || rule.rows > 0,
  refused: (rule) => rule.refused !== null,
  unable: (rule) => rule.status === "cannotMatch",
  off: (_, on) => !on,
  hidden: (rule) => rule.suppressed > 0 || rule.dropped > 0,
  every: (rule) => rule.cost.everyBlock && rule.refused === null,
};

/** @param {Rule} rule */
const rank = (rule) =>
  rule.rows > 0 ? 3 : rule.matched > 0 ? 2 : rule.refused || rule.status === "cannotMatch" ? 1 : 0;

/** @param {Rule} rule */
function haystack(rule) {
  const attack = rule.attack.map((one) => `${one.technique} ${one.tactics.join(" ")}`).join(" ");
  return `${rule.title} ${rule.id} ${rule.kind} ${rule.type ?? ""} ${rule.level ?? ""} ${attack} ${rule.stories.join(" ")}`.toLowerCase();
}

/** @param {Rule} rule @param {boolean} on @returns {{ words: string, tone: "ok" | "warn" | "bad" | "quiet" }} */
export function ruleState(rule, on) {
  if (!on) return { words: "off", tone: "quiet" };
  if (rule.refused) return { words: "refused", tone: "bad" };
  if (rule.status === "cannotMatch") return { words: "cannot match", tone: "bad" };
  return { words: "runs", tone: "ok" };
}

/** Returns why a rule cannot run, with the position. @param {NonNullable<Rule["refused"]>} refused */
export function refusal({ reason, line, column }) {
  return line === null ? reason : `line ${line}${column === null ? "" : `, column ${column}`}: ${reason}`;
}

/** Returns a rule's cost in a word or two. @param {Rule} rule */
export function costWords({ cost, refused }) {
  if (refused) return "";
  if (cost.everyBlock) return "every block";
  return [plural(cost.literals, "literal"), cost.patterns > 0 ? plural(cost.patterns, "pattern") : ""]
    .filter(Boolean)
    .join(", ");
}

/** Returns a rule's cost in a sentence. @param {Rule} rule */
export function costSentence({ cost }) {
  const literals = cost.literals === 1 ? "its one literal" : `one of its ${count(cost.literals)} literals`;
  const asked = cost.everyBlock
    ? "It requires no literal, so it searches every script block."
    : `It searches only script blocks that contain ${literals}.`;
  const patterns = cost.patterns > 0 ? ` Its search has ${plural(cost.patterns, "regular expression")}.` : "";
  return asked + patterns;
}

/** @param {Rule[]} rules @param {(id: string) => boolean} isOn */
export function rulesSentence(rules, isOn) {
  const refused = rules.filter((rule) => rule.refused).length;
  const unable = rules.filter((rule) => isOn(rule.id) && rule.status === "cannotMatch").length;
  const off = rules.filter((rule) => !isOn(rule.id)).length;
  const matched = rules.filter((rule) => rule.rows > 0).length;
  return [
    plural(rules.length, "rule"),
    matched > 0 ? `${count(matched)} with results` : "",
    refused > 0 ? `${count(refused)} refused` : "",
    unable > 0 ? `${count(unable)} cannot match` : "",
    off > 0 ? `${count(off)} off` : "",
  ]
    .filter(Boolean)
    .join(" · ");
}
