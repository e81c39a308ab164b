// `scriptscope rules`: which rules would run, and why others would not.

import { problemText } from "./summary.js";
import { plural, visible } from "./terminal.js";

/**
 * @param {import("../index.js").Report} report of a session that read nothing
 * @returns {string}
 */
export function rulesJson({ ruleSet, rules, problems }) {
  return `${JSON.stringify({ ruleSet, rules, problems })}\n`;
}

/**
 * @param {import("../index.js").Report} report of a session that read nothing
 * @param {(style: import("./terminal.js").Style, text: string) => string} paint
 * @returns {string}
 */
export function rulesTable({ rules, problems }, paint) {
  const refused = rules.filter((rule) => rule.refused !== null).length;
  const lines = rules.map((rule) => {
    const facts = [rule.kind, rule.type, rule.level, ...rule.attack.map(({ technique }) => technique)];
    const aside = facts.filter((fact) => typeof fact === "string").map(visible);
    const first = `${visible(rule.title || rule.id)}  ${paint("dim", aside.join(" · "))}`;
    if (rule.refused === null) return `  ${first}`;
    const { reason, line, column } = rule.refused;
    const place = line === null ? "" : ` (line ${line}${column === null ? "" : `:${column}`})`;
    const words = reason.split("\n").map(visible).join("\n           ");
    return `${paint("red", "x")} ${first}\n    refused${place}: ${words}`;
  });
  const end = `${plural(rules.length, "rule")}, ${refused} refused`;
  return `${[...lines, ...problems.map((problem) => problemText(problem, paint)), end].join("\n")}\n`;
}
