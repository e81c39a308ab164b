#!/usr/bin/env node
// A small command line over the library. The native binary has the same options and exit statuses, more commands, and
// all cores.

import { readFileSync } from "node:fs";
import { findIn, readFound } from "./analyze.js";
import { DOCUMENTS, FORMATS, HELP, parse, PIECES, UsageError } from "./cli-options.js";
import { OutputError, say, write } from "./cli-output.js";
import { sayUnread, table, unableWords } from "./cli-report.js";
import { messageFor } from "./failure.js";
import { filesAt } from "./files.js";
import { readRules, ScriptscopeError, Session } from "./node.js";

/** Time in which an interrupted process ends by itself. */
const ENDING_MS = 300;

/** @param {string} path */
function allowListAt(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(`--allow ${path}: ${messageFor(error)}`);
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
