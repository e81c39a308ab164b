// `scriptscope rules`: which rules would run, why others would not, what became of them, and the same rules in other forms.

import { problemText } from "./summary.js";
import { count, plural, visible } from "./terminal.js";

/**
 * @param {import("../index.js").Report} report
 * @returns {string}
 */
export function rulesJson({ ruleSet, rules, problems }) {
  return `${JSON.stringify({ ruleSet, rules, problems })}\n`;
}

/**
 * @param {import("../index.js").Report} report
 * @param {(style: import("./terminal.js").Style, text: string) => string} paint
 * @param {boolean} onLogs whether logs were read
 * @returns {string}
 */
export function rulesTable({ rules, problems }, paint, onLogs) {
  const refused = rules.filter((rule) => rule.refused !== null).length;
  const blocks = (/** @type {import("../index.js").Rule} */ rule) => rule.matched + rule.matchedInViews;
  const matched = rules.filter((rule) => blocks(rule) > 0).length;
  // Of hundreds a few match: they come first.
  const lines = rules
    .toSorted((one, other) => blocks(other) - blocks(one))
    .map((rule) => {
      const facts = [rule.kind, rule.type, rule.level, ...rule.attack.map(({ technique }) => technique)];
      const aside = facts.filter((fact) => typeof fact === "string").map(visible);
      const first = `${visible(rule.title || rule.id)}  ${paint("dim", aside.join(" · "))}`;
      if (rule.refused === null && onLogs) return `  ${first}\n    ${found(rule)}`;
      if (rule.refused === null) return `  ${first}`;
      const { reason, line, column } = rule.refused;
      const place = line === null ? "" : ` (line ${line}${column === null ? "" : `:${column}`})`;
      const words = reason.split("\n").map(visible).join("\n           ");
      return `${paint("red", "x")} ${first}\n    refused${place}: ${words}`;
    });
  const end = [plural(rules.length, "rule"), ...(onLogs ? [`${matched} matched`] : []), `${refused} refused`].join(
    ", ",
  );
  return `${[...lines, ...problems.map((problem) => problemText(problem, paint)), end].join("\n")}\n`;
}

/** What a rule did on the logs, and what it looks at. @param {import("../index.js").Rule} rule */
function found({ enabled, matched, matchedInViews, rows, dropped, suppressed, cost }) {
  if (!enabled) return "switched off";
  const words = [`matched ${plural(matched, "script block")}`, plural(rows, "row")];
  if (matchedInViews > 0) words.splice(1, 0, `${count(matchedInViews)} more by what is hidden in them`);
  if (dropped > 0) words.push(`${count(dropped)} without a row`);
  if (suppressed > 0) words.push(`${count(suppressed)} hidden`);
  words.push(cost.everyBlock ? "looks at every script block" : plural(cost.literals, "literal"));
  if (cost.patterns > 0) words.push(plural(cost.patterns, "pattern"));
  return words.join(" · ");
}

/**
 * Rules in another form, and what is missing: ids that are unknown, rules that have no such form.
 *
 * @param {import("../index.js").Session} session
 * @param {import("./options.js").Form} form
 * @param {string[]} ids
 */
export function rulesAs(session, form, ids) {
  /** @type {string[]} */
  const texts = [];
  /** @type {string[]} */
  const missing = [];
  for (const id of ids) {
    const rule = session.rule(id);
    const text = rule?.forms[form];
    if (!rule) missing.push(`${id}: no rule has this id`);
    else if (text) texts.push(text.endsWith("\n") ? text : `${text}\n`);
    else missing.push(`${id}: has no form as ${form}: ${rule.forms.reasons[form] ?? "it cannot run"}`);
  }
  return { text: texts.join(form === "spl" ? "\n" : "---\n"), missing };
}
