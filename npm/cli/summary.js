// The report for human eyes: who is at risk, what was found, what went wrong.

import { bytes, count, fit, moment, padEnd, plural, visible, widthOf } from "./terminal.js";

/** Results, risk objects and problems that are listed; a screen full of them is no summary. The rest are counted. */
const SHOWN = 200;

/** Columns where the output is no terminal: long enough for a line of script. */
const DEFAULT_COLUMNS = 120;

/** @typedef {import("../index.js").Report} Report */
/** @typedef {import("../index.js").Result} Result */

/**
 * @param {import("../index.js").Outline} outline
 * @param {{ paint: (style: import("./terminal.js").Style, text: string) => string, columns?: number | undefined }} look
 * @returns {string} lines, each ended
 */
export function summary(outline, { paint, columns = DEFAULT_COLUMNS }) {
  const { report } = outline;
  const shown = report.results.filter((result) => result.suppressedBy === null);
  const page = new Page(paint, columns);
  const hidden = report.rules.reduce((sum, rule) => sum + rule.suppressed, 0);
  const results = report.totals.results - hidden;
  page.line(headline(report, results));
  riskSection(page, report);
  resultSection(page, outline, shown, results);
  if (shown.length === 0) nothingFound(page, report);
  noteSection(page, report, hidden);
  return page.text;
}

/** Text that grows line by line, within a terminal's columns. */
class Page {
  text = "";

  /**
   * @param {(style: import("./terminal.js").Style, text: string) => string} paint
   * @param {number} columns
   */
  constructor(paint, columns) {
    this.paint = paint;
    this.columns = columns;
  }

  /** @param {string} line */
  line(line) {
    this.text += `${line.trimEnd()}\n`;
  }

  /** @param {string} title @param {string} [aside] */
  heading(title, aside = "") {
    this.line("");
    this.line(`${this.paint("bold", title)}  ${this.paint("dim", aside)}`);
  }

  /** What does not fit on one line. @param {number} rest @param {string} noun */
  more(rest, noun) {
    if (rest > 0) this.line(this.paint("dim", `  and ${plural(rest, noun)} more: --format json has all`));
  }
}

/** @param {Report} report @param {number} results */
function headline({ tool, totals }, results) {
  return [
    tool,
    plural(totals.sources, "file"),
    bytes(totals.bytes),
    plural(totals.scriptBlocks, "script block"),
    plural(results, "result"),
    `risk on ${plural(totals.riskObjects, "object")}`,
  ].join(" · ");
}

/** @param {Page} page @param {Report} report */
function riskSection(page, { riskObjects }) {
  if (riskObjects.length === 0) return;
  page.heading("RISK", "sums of the scores of what was found, highest first");
  const listed = riskObjects.slice(0, SHOWN);
  const names = listed.map(({ object }) => visible(object));
  const width = Math.max(...names.map(widthOf));
  listed.forEach((risk, index) => {
    const rules = new Set(risk.events.map(({ ruleId }) => ruleId)).size;
    const name = padEnd(names[index] ?? "", width);
    const why = `${plural(risk.events.length, "event")} of ${plural(rules, "rule")}`;
    const tactics = risk.tactics.length > 0 ? ` · ${risk.tactics.map(visible).join(", ")}` : "";
    const score = String(risk.score).padStart(7);
    page.line(`${page.paint("bold", score)}  ${name}  ${risk.type}  ${page.paint("dim", why + tactics)}`);
  });
  page.more(riskObjects.length - listed.length, "object");
}

/**
 * Results under their rules, rules by their highest score.
 *
 * @param {Page} page
 * @param {import("../index.js").Outline} outline
 * @param {Result[]} shown that are in the report
 * @param {number} total also those that were counted only
 */
function resultSection(page, { report, lines }, shown, total) {
  if (shown.length === 0) return;
  const listed = shown.slice(0, SHOWN);
  /** @type {Map<string, Result[]>} */
  const byRule = new Map();
  for (const result of listed) {
    const results = byRule.get(result.ruleId);
    if (results) results.push(result);
    else byRule.set(result.ruleId, [result]);
  }
  const rules = new Map(report.rules.map((rule) => [rule.id, rule]));
  page.heading("DETECTIONS", `${count(listed.length)} of ${plural(total, "result")}`);
  for (const [id, results] of byRule) {
    ruleHeading(page, id, rules.get(id), results[0]?.score ?? 0);
    const width = Math.max(...results.map((result) => widthOf(computerOf(result))));
    for (const result of results) {
      const computer = padEnd(computerOf(result), width);
      const when =
        result.firstTime === result.lastTime
          ? moment(result.firstTime)
          : `${moment(result.firstTime)} … ${moment(result.lastTime)}`;
      page.line(`         ${computer}  ${`${count(result.count)}×`.padStart(5)}  ${when}`);
      const hidden = hiddenIn(result);
      const line = `${hidden}${visible(lines[result.id] ?? "").trim()}`;
      if (line !== "") page.line(`           ${page.paint("cyan", fit(line, page.columns - 11))}`);
    }
  }
  page.more(total - listed.length, "result");
}

/**
 * @param {Page} page
 * @param {string} id
 * @param {import("../index.js").Rule | undefined} rule
 * @param {number} score
 */
function ruleHeading(page, id, rule, score) {
  const title = page.paint("bold", visible(rule?.title ?? id));
  const facts = [rule?.type, rule?.level, ...(rule?.attack ?? []).map(({ technique }) => technique)];
  const aside = facts.filter((fact) => typeof fact === "string").map(visible);
  page.line(`${String(score).padStart(7)}  ${title}  ${page.paint("dim", aside.join(" · "))}`);
}

/** Where in its texts a row was found, if not in the texts as they stand. @param {Result} result */
function hiddenIn({ blocks }) {
  const view = blocks[0]?.spans[0]?.view ?? "original";
  return view === "original" ? "" : `hidden, ${view}: `;
}

/** The computer of a row, under whichever name its rule gives it. @param {Result} result */
function computerOf({ fields }) {
  const value = fields.Computer ?? fields.dest ?? fields.ComputerName ?? fields.Hostname ?? fields.host;
  if (value === null || value === undefined) return "-";
  return visible(Array.isArray(value) ? value.join(", ") : value);
}

/** @param {Page} page @param {Report} report */
function nothingFound(page, { totals, rules }) {
  page.line("");
  if (totals.events === 0) {
    page.line("No PowerShell script block events (4104) are in what was read.");
    page.line(
      "They are written where Script Block Logging is on: Group Policy, Windows Components, Windows PowerShell,",
    );
    page.line("Turn on PowerShell Script Block Logging; the log is Microsoft-Windows-PowerShell/Operational.");
    return;
  }
  const ran = rules.filter((rule) => rule.enabled && rule.refused === null).length;
  page.line(`No detection matched ${plural(totals.scriptBlocks, "script block")}. ${plural(ran, "rule")} ran.`);
}

/** @param {Page} page @param {Report} report @param {number} hidden */
function noteSection(page, report, hidden) {
  const dropped = report.rules.filter((rule) => rule.dropped > 0);
  const refused = report.rules.filter((rule) => rule.refused !== null);
  const notes = [
    ...(hidden > 0 ? [`${plural(hidden, "result")} hidden by filter macros`] : []),
    ...dropped.map(
      ({ title, dropped }) =>
        `${visible(title)}: ${plural(dropped, "match")} without a row, for lack of a field to group by (--computer NAME?)`,
    ),
    ...refused.map(
      ({ id, title, refused }) => `rule ${visible(title || id)} refused: ${visible(refused?.reason ?? "")}`,
    ),
  ];
  if (notes.length === 0 && report.problems.length === 0) return;
  page.heading("NOTES", plural(report.problems.length, "problem"));
  const listed = report.problems.slice(0, SHOWN);
  for (const note of notes.slice(0, SHOWN)) page.line(`  ${note}`);
  for (const problem of listed) page.line(`  ${problemText(problem, page.paint)}`);
  page.more(report.problems.length - listed.length, "problem");
}

/**
 * "error  a.evtx, byte 69632: what happened"
 *
 * @param {import("../index.js").Problem} problem
 * @param {(style: import("./terminal.js").Style, text: string) => string} paint
 */
export function problemText(problem, paint) {
  const style = problem.severity === "error" ? "red" : problem.severity === "warning" ? "yellow" : "dim";
  const place = [
    problem.source === null ? null : visible(problem.source),
    problem.rule === null ? null : `rule ${visible(problem.rule)}`,
    problem.record === null ? null : `record ${visible(problem.record)}`,
    problem.offset === null ? null : `byte ${problem.offset}`,
    problem.line === null ? null : `line ${problem.line}${problem.column === null ? "" : `:${problem.column}`}`,
  ].filter((part) => part !== null);
  const where = place.length === 0 ? "" : `${place.join(", ")}: `;
  return `${paint(style, problem.severity.padEnd(7))}  ${where}${problem.message.split("\n").map(visible).join("\n           ")}`;
}
