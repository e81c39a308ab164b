#!/usr/bin/env node
// A small command line over the library. The native binary has the same options and exit statuses, more commands, and
// all cores.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { findIn, readFound } from "./analyze.js";
import { OutputError, say, write } from "./cli-output.js";
import { sayUnread, table, unableWords } from "./cli-report.js";
import { filesAt } from "./files.js";
import { readRules, ScriptscopeError, Session } from "./node.js";

const HELP = `Usage: scriptscope [OPTIONS] FILE|FOLDER|- ...

  -f, --format FORMAT   table (default), json, ndjson, csv, navigator, timesketch, timesketch-csv, stix, misp, hec,
                        ocsf, scripts-zip, html or markdown (a report for readers)
      --min-score N, --since TIME, --until TIME
  -r, --rules PATH      Splunk or Sigma rules, macros and lookups; repeatable
      --macro NAME=DEF, --disable ID, --no-builtin, --allow FILE, --mode block|event, --views, --no-views
      --computer NAME, --utc-offset=OFFSET, --encoding NAME, --password WORD, --sha256, --strict,
      --follow-links
  -h, --help, -V, --version

Exit status: 0 nothing found; 1 something was found; 2 the options are wrong, no rule can match, an input could not
be read at all, standard input is empty, the output cannot be written, or with --strict any problem is an error;
130 interrupted.
This is the small command line of the npm package. Threads, progress, colours, --output, --config, --follow and the
commands rules, test, unwrap, partial, merge, blocks, search, scripts, risk, iocs, case and report are those of the
native binary: cargo install --path crates/cli.
`;

const COMMANDS = [
  ...["rules", "test", "unwrap", "partial", "merge", "blocks", "search", "hunt"],
  ...["scripts", "risk", "iocs", "case", "report"],
];
/** Those that are written in pieces, for reports of any size. */
const PIECES = ["json", "ndjson", "csv"];
const EXPORTS = ["navigator", "timesketch", "timesketch-csv", "stix", "misp", "hec", "ocsf", "scripts-zip"];
/** Reports for readers. */
const DOCUMENTS = ["html", "markdown"];
const FORMATS = ["table", ...PIECES, ...EXPORTS, ...DOCUMENTS];

/** Time in which an interrupted process ends by itself. */
const ENDING_MS = 300;

/** Those that may come several times. */
const LISTS = ["rules", "macro", "disable", "password"];
const TEXTS = ["format", "allow", "mode", "computer", "since", "until", "min-score", "utc-offset", "encoding"];
const FLAGS = ["no-builtin", "views", "no-views", "sha256", "strict", "follow-links", "help", "version"];
/** @type {Record<string, string>} */
const SHORT = { format: "f", rules: "r", help: "h", version: "V" };

class UsageError extends Error {}

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

async function main() {
  const { values, files } = parse();
  if (values.help || values.version) {
    const { version } = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8"));
    await write([values.help ? HELP : `scriptscope ${version}\n`]);
    return 0;
  }
  const { format = "table", password = [] } = values;
  if (!FORMATS.includes(format)) throw new UsageError(`--format is one of ${FORMATS.join(", ")}, not ${format}`);
  if (files.length === 0) throw new UsageError("no input: name files or folders, or - for standard input");
  const interrupt = new AbortController();
  const abort = () => interrupt.abort();
  process.once("SIGINT", abort);
  const session = new Session(await sessionOptions(values));
  const inputs = files.map((path) => (path === "-" ? { name: "stdin", data: process.stdin } : path));
  const found = await findIn(inputs, filesAt, values["follow-links"]);
  const reading = readFound(session, found, {
    signal: interrupt.signal,
    password,
  });
  const read = await reading.catch((error) => {
    if (!interrupt.signal.aborted) throw error;
  });
  if (!read) {
    say("interrupted, nothing reported");
    // Node does not end while it waits for the writer of a named pipe. The signal, no longer caught, ends it.
    setTimeout(() => process.kill(process.pid, "SIGINT"), ENDING_MS).unref();
    return 130;
  }
  // What is left to do is to write, which the next interrupt simply ends.
  process.off("SIGINT", abort);
  const { report, lines } = session.outline();
  if (format === "table") await write([table(report, lines)]);
  else if (DOCUMENTS.includes(format)) await write([session.caseReport(null, format)]);
  else await write(PIECES.includes(format) ? session.exportPieces(format) : [session.export(format)]);
  for (const { severity, source, message } of report.problems) {
    if (severity !== "info") say(`${severity}: ${source ?? "rules"}: ${message}`);
  }
  const isUnread = sayUnread(read, report);
  const errors = report.problems.filter(({ severity }) => severity === "error").length;
  const isStrict = values.strict && errors > 0;
  if (isStrict) say(`--strict: ${errors} problems of severity error`);
  const hunting = new Set(report.rules.filter(({ type }) => type === "Hunting").map(({ id }) => id));
  const counts = report.results.some(({ ruleId, suppressedBy }) => suppressedBy === null && !hunting.has(ruleId));
  const unable = counts ? null : unableWords(report);
  if (unable !== null) say(unable);
  return isUnread || isStrict || unable !== null ? 2 : Number(counts);
}

// Not process.exit: what is still being written to a pipe would be cut off.
process.exitCode = await main().catch((error) => {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) say(`${message}\nTry: scriptscope --help`);
  else if (error instanceof OutputError || error instanceof ScriptscopeError) say(message);
  else say(`stopped by a fault of its own: ${message}. Please report this.`);
  return 2;
});
