#!/usr/bin/env node
// A small command line over the library. The native binary has the same options and exit statuses, more commands, and
// all cores.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { findIn, readFound } from "./analyze.js";
import { filesAt } from "./files.js";
import { readRules, Session } from "./node.js";

const HELP = `Usage: scriptscope [OPTIONS] FILE|FOLDER|- ...

  -f, --format FORMAT   table (default), json, ndjson or csv
      --min-score N, --since TIME, --until TIME
  -r, --rules PATH      Splunk or Sigma rules, macros and lookups; repeatable
      --macro NAME=DEF, --disable ID, --no-builtin, --allow FILE, --mode block|event, --views, --no-views
      --computer NAME, --utc-offset=OFFSET, --encoding NAME, --password WORD, --sha256
  -h, --help, -V, --version

Exit status: 0 nothing found; 1 something was found; 2 the options are wrong, an input could not be read at all, or no
rule can match.
This is the small command line of the npm package. Threads, progress, colours, --output, --config, --follow and the
commands rules, test, unwrap, partial and merge are those of the native binary: cargo install --path crates/cli.
`;

const COMMANDS = ["rules", "test", "unwrap", "partial", "merge"];
const FORMATS = ["table", "json", "ndjson", "csv"];

/** Those that may come several times. */
const LISTS = ["rules", "macro", "disable", "password"];
const TEXTS = ["format", "allow", "mode", "computer", "since", "until", "min-score", "utc-offset", "encoding"];
const FLAGS = ["no-builtin", "views", "no-views", "sha256", "help", "version"];
/** @type {Record<string, string>} */
const SHORT = { format: "f", rules: "r", help: "h", version: "V" };

class UsageError extends Error {}

/** Characters that a terminal acts on or does not show, by their numbers. @param {unknown} value */
const visible = (value) =>
  String(value).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `<U+${character.codePointAt(0)?.toString(16)}>`);
/** @param {string} message */
const say = (message) => process.stderr.write(`scriptscope: ${message.split("\n").map(visible).join("\n")}\n`);

/** @returns {{ values: Record<string, any>, files: string[] }} */
function parse() {
  const args = process.argv.slice(2);
  if (COMMANDS.includes(args[0] ?? "")) throw new UsageError(`${args[0]} is a command of the native binary`);
  const entries = [...LISTS, ...TEXTS, ...FLAGS].map((name) => {
    const type = FLAGS.includes(name) ? "boolean" : "string";
    return [name, { type, multiple: LISTS.includes(name), ...(SHORT[name] ? { short: SHORT[name] } : {}) }];
  });
  try {
    const { values, positionals } = parseArgs({ args, options: Object.fromEntries(entries), allowPositionals: true });
    return { values, files: positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** @param {string} path */
function allowListAt(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(`--allow ${path}: ${error}`);
  }
}

/** @param {Record<string, any>} values */
async function sessionOptions(values) {
  const { mode, computer, since, until, sha256, encoding, disable: disabled, "utc-offset": utcOffset } = values;
  const all = {
    ...{ mode, computer, since, until, sha256, encoding, disabled, utcOffset },
    rules: await readRules(values.rules ?? []),
    macros: Object.fromEntries((values.macro ?? []).map((/** @type {string} */ text) => text.split(/=(.*)/s, 2))),
    builtin: !values["no-builtin"],
    views: values.views ?? (values["no-views"] ? false : undefined),
    minScore: values["min-score"] && Number(values["min-score"]),
    allowList: values.allow && allowListAt(values.allow),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** @param {import("./index.js").Report} report @param {Record<string, string>} lines */
function table({ tool, totals, riskObjects, results, rules }, lines) {
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
function unableWords({ rules, totals }) {
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

/** Inputs of which nothing was a log. @param {import("./analyze.js").Read[]} read @param {import("./index.js").Report} report */
function unreadable(read, { sources }) {
  const noLog = new Set(sources.filter(({ format, bytes }) => format === null && bytes > 0).map(({ name }) => name));
  /** @param {import("./analyze.js").SourceRead} source */
  const isUnread = ({ name, failed, bytes }) => (failed && bytes === 0) || noLog.has(name);
  return read.filter(({ sources }) => sources.length > 0 && sources.every(isUnread));
}

async function main() {
  const { values, files } = parse();
  if (values.help || values.version) {
    const { version } = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8"));
    process.stdout.write(values.help ? HELP : `scriptscope ${version}\n`);
    return 0;
  }
  const { format = "table", password = [] } = values;
  if (!FORMATS.includes(format)) throw new UsageError(`--format is one of ${FORMATS.join(", ")}, not ${format}`);
  if (files.length === 0) throw new UsageError("no input: name files or folders, or - for standard input");
  const session = new Session(await sessionOptions(values));
  const interrupt = new AbortController();
  process.once("SIGINT", () => interrupt.abort());
  const inputs = files.map((path) => (path === "-" ? { name: "stdin", data: process.stdin } : path));
  const reading = readFound(session, findIn(inputs, filesAt), { signal: interrupt.signal, password });
  const read = await reading.catch((error) => {
    if (!interrupt.signal.aborted) throw error;
  });
  if (!read) {
    say("interrupted, nothing reported");
    return 130;
  }
  const { report, lines } = session.outline();
  process.stdout.write(format === "table" ? table(report, lines) : session.export(format));
  for (const { severity, source, message } of report.problems) {
    if (severity !== "info") say(`${severity}: ${source ?? "rules"}: ${message}`);
  }
  const unread = unreadable(read, report);
  for (const { input } of unread) say(`${typeof input === "string" ? input : "stdin"}: could not be read at all`);
  const hunting = new Set(report.rules.filter(({ type }) => type === "Hunting").map(({ id }) => id));
  const counts = report.results.some(({ ruleId, suppressedBy }) => suppressedBy === null && !hunting.has(ruleId));
  if (unread.length > 0 || counts) return unread.length > 0 ? 2 : 1;
  const unable = unableWords(report);
  if (unable !== null) say(unable);
  return unable === null ? 0 : 2;
}

// A reader that has seen enough, such as head, closes the pipe. That is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error) => {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EPIPE") throw error;
  });
}
// Not process.exit: what is still being written to a pipe would be cut off.
process.exitCode = await main().catch((error) => {
  if (!(error instanceof UsageError || error?.name === "ScriptscopeError")) throw error;
  say(error instanceof UsageError ? `${error.message}\nTry: scriptscope --help` : error.message);
  return 2;
});
