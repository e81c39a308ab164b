// The command line from its words to its exit status.

import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { findIn, readFound } from "../analyze.js";
import { filesAt } from "../files.js";
import { readRules, Session } from "../node.js";
import { spawn } from "../spawn.js";
import { readInWorkers } from "../threads.js";
import { HELP } from "./help.js";
import { parseOptions, UsageError } from "./options.js";
import { ProgressLine } from "./progress.js";
import { rulesJson, rulesTable } from "./rules.js";
import { problemText, summary } from "./summary.js";
import { painter, visible } from "./terminal.js";

const NOTHING_FOUND = 0;
const FOUND = 1;
const FAILED = 2;
/** As shells report a program that was interrupted. */
const INTERRUPTED = 130;

/** @typedef {Pick<NodeJS.Process, "argv" | "env" | "stdin" | "stdout" | "stderr" | "once" | "off">} Process */

/**
 * @param {Process} process
 * @returns {Promise<number>} the exit status
 */
export async function main(process) {
  const { stdout, stderr } = process;
  // A reader that has seen enough, such as head, closes the pipe. That is no error.
  for (const stream of [stdout, stderr]) stream.on("error", ignoreClosedPipe);
  try {
    const options = parseOptions(process.argv.slice(2));
    switch (options.command) {
      case "help":
        stdout.write(HELP);
        return NOTHING_FOUND;
      case "version":
        stdout.write(`${version()}\n`);
        return NOTHING_FOUND;
      case "rules":
        return await listRules(process, options);
      case "analyze":
        return await run(process, options);
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error instanceof UsageError) {
      stderr.write(`scriptscope: ${visible(error.message)}\nTry: scriptscope --help\n`);
      return FAILED;
    }
    if (error.name === "ScriptscopeError") {
      stderr.write(`scriptscope: ${error.message.split("\n").map(visible).join("\n")}\n`);
      return FAILED;
    }
    throw error;
  }
}

/**
 * @param {Process} process
 * @param {import("./options.js").Options} options
 */
async function run(process, options) {
  const { stdout, stderr } = process;
  const forEngine = await sessionOptions(options);
  const session = new Session(forEngine);
  const line = new ProgressLine(stderr, process.env);
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once("SIGINT", onInterrupt);
  try {
    const inputs = options.inputs.map((input) => (input === "-" ? { name: "stdin", data: process.stdin } : input));
    const found = findIn(inputs, filesAt);
    const reading = {
      signal: interrupt.signal,
      password: options.passwords,
      onProgress: (/** @type {import("../index.js").Progress} */ progress) => line.show(progress),
      workers: options.jobs ?? jobsFor(found),
    };
    const read =
      reading.workers === 1
        ? await readFound(session, found, reading)
        : await readInWorkers(session, forEngine, found, reading, spawn);
    line.clear();
    const { report, lines } = session.outline();
    const paint = painter(stdout, process.env);
    if (options.format === "table") {
      stdout.write(summary({ report, lines }, { paint, columns: stdout.columns }));
    } else {
      const text = session.export(options.format);
      // Whoever pipes a table gets it as it is; on a terminal nothing in it may act.
      stdout.write(options.format === "csv" && stdout.isTTY ? text.split("\n").map(visible).join("\n") : text);
      complain(report, stderr, process.env);
    }
    const unread = unreadable(read, report);
    for (const name of unread) stderr.write(`scriptscope: ${visible(name)}: could not be read at all\n`);
    for (const { input } of read.filter(({ sources }) => sources.length === 0)) {
      stderr.write(`scriptscope: ${visible(String(input))}: nothing is in it\n`);
    }
    return unread.length > 0 ? FAILED : anythingFound(report) ? FOUND : NOTHING_FOUND;
  } catch (error) {
    line.clear();
    if (!interrupt.signal.aborted) throw error;
    stderr.write("scriptscope: interrupted, nothing reported\n");
    return INTERRUPTED;
  } finally {
    process.off("SIGINT", onInterrupt);
    session.free();
  }
}

/**
 * @param {Process} process
 * @param {import("./options.js").Options} options
 */
async function listRules({ stdout, env }, options) {
  const session = new Session(await sessionOptions(options));
  try {
    const report = session.report();
    stdout.write(options.format === "json" ? rulesJson(report) : rulesTable(report, painter(stdout, env)));
    return NOTHING_FOUND;
  } finally {
    session.free();
  }
}

/** Below this, threads cost more than they save. */
const BYTES_PER_JOB = 32 << 20;

/** How many threads pay. @param {import("../analyze.js").Found[]} found */
function jobsFor(found) {
  const sizes = found.flatMap(({ resources }) => resources.map(({ size }) => size ?? 0));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return Math.max(1, Math.min(availableParallelism(), Math.floor(bytes / BYTES_PER_JOB)));
}

/**
 * @param {import("./options.js").Options} options
 * @returns {Promise<import("../index.js").SessionOptions>}
 */
async function sessionOptions({ rules, session }) {
  return rules.length === 0 ? session : { ...session, rules: await readRules(rules) };
}

/**
 * Where stdout holds data, errors and warnings go to stderr: not all who read the data look for them there.
 *
 * @param {import("../index.js").Report} report
 * @param {NodeJS.WriteStream} stderr
 * @param {Record<string, string | undefined>} env
 */
function complain({ problems }, stderr, env) {
  const paint = painter(stderr, env);
  const grave = problems.filter(({ severity }) => severity !== "info");
  for (const problem of grave.slice(0, COMPLAINTS)) stderr.write(`${problemText(problem, paint)}\n`);
  if (grave.length > COMPLAINTS) stderr.write(`and ${grave.length - COMPLAINTS} more problems: see the report\n`);
}

const COMPLAINTS = 20;

/**
 * The inputs of which nothing was a log. One that is damaged was read, as far as it goes.
 *
 * @param {import("../analyze.js").Read[]} read
 * @param {import("../index.js").Report} report
 * @returns {string[]}
 */
function unreadable(read, report) {
  const noLog = new Set(
    report.sources.filter(({ format, bytes }) => format === null && bytes > 0).map(({ name }) => name),
  );
  return read
    .filter(({ sources }) => sources.length > 0)
    .filter(({ sources }) => sources.every(({ name, failed, bytes }) => (failed && bytes === 0) || noLog.has(name)))
    .map(({ input }) => (typeof input === "string" ? input : "standard input"));
}

/** @param {import("../index.js").Report} report */
function anythingFound({ results, rules }) {
  const hunting = new Set(rules.filter(({ type }) => type === "Hunting").map(({ id }) => id));
  return results.some(({ ruleId, suppressedBy }) => suppressedBy === null && !hunting.has(ruleId));
}

/** @param {NodeJS.ErrnoException} error */
function ignoreClosedPipe(error) {
  if (error.code !== "EPIPE") throw error;
}

function version() {
  return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
}
