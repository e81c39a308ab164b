/** The facts of a result: its score's addends, the record, the row, the rule. */
import { census } from "../census.js";
import { foreign, h } from "../dom.js";
import { count, plural, score } from "../model/number.js";
import { store } from "../store.js";
import { cell, facts, tacticName, time } from "./parts.js";
import { rulesPanel } from "./rules-panel.js";

/** @typedef {import("../types.js").Block} Block */
/** @typedef {import("../types.js").Row} Row */
/** @typedef {import("../types.js").Rule} Rule */
/** @typedef {import("../types.js").RuleSource} RuleSource */

/**
 * @param {Row} row
 * @param {number} index of the block shown
 * @param {RuleSource | null} source what the rule's file says, once it is known
 * @returns {HTMLElement[]}
 */
export function about({ result, rule }, index, source) {
  const blocks = result.blocks.map((one) => store.blocks.get(one.id));
  const block = blocks[index];
  return [
    section("Score", scores(result, rule, source)),
    ...(block ? [section("Record", record(block))] : []),
    section(
      "Row",
      facts(
        Object.entries(result.fields).map(([name, value]) => [
          name,
          name === "ScriptBlockText" ? h("span", { class: "quiet" }, "the script above") : cell(value),
        ]),
      ),
    ),
    section(
      "Rule",
      ...ruleWords(rule, source),
      h(
        "button",
        { type: "button", class: "text", onclick: () => rulesPanel().open("rules", rule.id) },
        "open it among the rules, to change it",
      ),
    ),
  ];
}

/**
 * Returns the score, the risk objects it counts against, and its addends.
 * @param {import("../types.js").Result} result
 * @param {Rule} rule
 * @param {RuleSource | null} source
 */
function scores(result, rule, source) {
  const against = (store.head?.riskObjects ?? []).flatMap((object) =>
    object.events.filter((event) => event.resultId === result.id).map((event) => ({ object, event })),
  );
  if (result.suppressedBy !== null) {
    return h("p", { class: "prose" }, "Hidden by ", foreign(result.suppressedBy), ", so it counts against nobody.");
  }
  if (against.length === 0) {
    const hunting = rule.type === "Hunting";
    const words = hunting ? "A hunting rule: its rows are shown, never scored." : "This result counts against nobody.";
    return h("p", { class: "prose" }, words);
  }
  const lines = against.map(({ object, event }) =>
    h(
      "li",
      null,
      h("strong", { class: "number" }, arithmetic(event.score, source)),
      ` against ${object.type} `,
      foreign(object.name ?? (object.type === "user" ? census.words(object.object) : object.object)),
      `, whose sum is ${score(object.score)}`,
    ),
  );
  return h("ul", { class: "values" }, lines);
}

/**
 * Returns impact × confidence if the score is made of them; else the score is the rule's own.
 * @param {number} total
 * @param {RuleSource | null} source
 */
function arithmetic(total, source) {
  const impact = Number(source?.facts["impact"]);
  const confidence = Number(source?.facts["confidence"]);
  if (impact * confidence === Math.round(total * 100)) {
    return `impact ${impact} × confidence ${confidence} / 100 = ${score(total)}`;
  }
  return source ? `${score(total)}, as the rule says,` : score(total);
}

/** Returns an account with its name before the SID. @param {string} user */
function accountWords(user) {
  const name = census.nameOf(user);
  return h("span", null, name === null ? null : [foreign(name), " "], foreign(user));
}

/** @param {Block} block */
function record(block) {
  return facts([
    ["Computer", block.computer === null ? null : foreign(block.computer)],
    ["User", block.user === null ? null : accountWords(block.user)],
    ["Time", block.time === null ? null : time(block.time)],
    ["Path", block.path ? foreign(block.path) : null],
    ["Level", block.level === null ? null : levelWords(block.level)],
    ["ScriptBlockId", block.scriptBlockId === null ? null : foreign(block.scriptBlockId)],
    ["Found in", h("ul", { class: "values" }, block.events.slice(0, 50).map(place))],
  ]);
}

/** @param {Rule} rule @param {RuleSource | null} source */
function ruleWords(rule, source) {
  const list = (/** @type {import("../dom.js").Child[][]} */ items) =>
    items.length === 0
      ? null
      : h(
          "ul",
          { class: "values" },
          items.map((item) => h("li", null, item)),
        );
  const { impact, confidence, ...others } = source?.facts ?? {};
  return [
    h("p", { class: "prose" }, rule.description ? foreign(rule.description) : "The rule has no description."),
    facts([
      [
        "ATT&CK",
        list(
          rule.attack.map((one) => [
            h("span", { class: "id" }, one.technique),
            one.name ? ` ${one.name},` : "",
            ` ${one.tactics.map(tacticName).join(", ")}`,
          ]),
        ),
      ],
      ["False positives", rule.falsePositives ? foreign(rule.falsePositives) : null],
      ["Search", source ? h("code", { class: "search" }, foreign(source.search)) : null],
      ["Matched", matched(rule)],
      ["Story", rule.stories.length === 0 ? null : foreign(rule.stories.join(", "))],
      ["Kind", [rule.kind, rule.type].filter(Boolean).join(", ")],
      ["Id", h("code", { class: "hash" }, foreign(rule.id))],
      ["File", source?.file ? foreign(source.file) : null],
      ["References", list(rule.references.map((one) => [foreign(one)]))],
      ...Object.entries(others).map(
        ([name, words]) => /** @type {[string, HTMLElement]} */ ([capital(name), foreign(words)]),
      ),
    ]),
  ];
}

/** @param {Rule} rule */
function matched({ matched, rows, dropped, suppressed }) {
  return [
    plural(matched, "script block"),
    plural(rows, "row"),
    dropped > 0 ? `${count(dropped)} dropped for want of a field to group by` : null,
    suppressed > 0 ? `${count(suppressed)} hidden by a filter` : null,
  ]
    .filter(Boolean)
    .join(", ");
}

/** @param {import("../types.js").BlockEvent} event */
function place({ source, record, offset, part }) {
  const words = [
    record === null ? "" : `, record ${record}`,
    offset === null ? "" : `, byte ${count(offset)}`,
    `, part ${part}`,
  ];
  return h("li", null, foreign(source), words);
}

/** @param {number} level */
function levelWords(level) {
  const words = LEVELS.get(level);
  return words ? `${level}, ${words}` : String(level);
}

const LEVELS = new Map([
  [5, "verbose"],
  [3, "warning: PowerShell itself found the text suspicious"],
  [2, "error"],
]);

/** @param {string} name */
const capital = (name) => name.charAt(0).toUpperCase() + name.slice(1);

/** @param {string} title @param {...import("../dom.js").Child} children */
const section = (title, ...children) => h("section", null, h("h4", null, title), children);
