// The command line from its words to its exit status.

import { readFileSync } from "node:fs";
import { Session } from "../node.js";
import { HELP } from "./help.js";
import { junit } from "./junit.js";
import { parseOptions, UsageError } from "./options.js";
import { engineOptions, Interrupted, readLogs } from "./read.js";
import { rulesAs, rulesJson, rulesTable } from "./rules.js";
import { problemText, summary } from "./summary.js";
import { painter, visible } from "./terminal.js";
import { expectedAt, testJson, testRules, testTable } from "./test.js";

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
        return await rules(process, options);
      case "test":
        return await test(process, options);
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
  return withLogs(process, options, (session, read) => {
    const { report, lines } = session.outline();
    if (options.format === "table") {
      stdout.write(summary({ report, lines }, { paint: painter(stdout, process.env), columns: stdout.columns }));
    } else {
      const text = session.export(/** @type {"json" | "ndjson" | "csv"} */ (options.format));
      // Whoever pipes a table gets it as it is; on a terminal nothing in it may act.
      stdout.write(options.format === "csv" && stdout.isTTY ? text.split("\n").map(visible).join("\n") : text);
      complain(report, stderr, process.env);
    }
    const unread = tellUnread(read, report, stderr);
    return unread > 0 ? FAILED : anythingFound(report) ? FOUND : NOTHING_FOUND;
  });
}

/**
 * `scriptscope rules`: lists rules, with what became of them on the logs if some are given, or writes them in another form.
 *
 * @param {Process} process
 * @param {import("./options.js").Options} options
 */
async function rules(process, options) {
  const { stdout, stderr, env } = process;
  const { as, inputs } = options;
  if (as !== null) {
    return withLogs(process, { ...options, inputs: [] }, (session) => {
      const { text, missing } = rulesAs(session, as, inputs);
      stdout.write(text);
      for (const words of missing) stderr.write(`scriptscope: ${visible(words)}\n`);
      return missing.length > 0 ? FAILED : NOTHING_FOUND;
    });
  }
  return withLogs(process, options, (session, read) => {
    const { report } = session.outline();
    const table = () => rulesTable(report, painter(stdout, env), inputs.length > 0);
    stdout.write(options.format === "json" ? rulesJson(report) : table());
    return tellUnread(read, report, stderr) > 0 ? FAILED : NOTHING_FOUND;
  });
}

/**
 * `scriptscope test`: whether rules tell their own samples right, and find in the logs what they are expected to.
 *
 * @param {Process} process
 * @param {import("./options.js").Options} options
 */
async function test(process, options) {
  const { stdout, stderr, env } = process;
  const expected = options.expect === null ? null : expectedAt(options.expect);
  return withLogs(process, options, (session, read) => {
    const results = testRules(session, options.inputs.length > 0, expected);
    const table = () => testTable(results, painter(stdout, env));
    stdout.write(options.format === "junit" ? junit(results) : options.format === "json" ? testJson(results) : table());
    if (tellUnread(read, session.outline().report, stderr) > 0) return FAILED;
    return results.cases.some(({ failure }) => failure !== null) ? FOUND : NOTHING_FOUND;
  });
}

/**
 * Makes a session, reads the logs into it, and gives both to `use` for the exit status.
 *
 * @param {Process} process
 * @param {import("./options.js").Options} options
 * @param {(session: import("../index.js").Session, read: import("../analyze.js").Read[]) => number} use
 */
async function withLogs(process, options, use) {
  const forEngine = await engineOptions(options);
  const session = new Session(forEngine);
  try {
    return use(session, await readLogs(process, options, session, forEngine));
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    process.stderr.write("scriptscope: interrupted, nothing reported\n");
    return INTERRUPTED;
  } finally {
    session.free();
  }
}

/**
 * Says which inputs could not be read, and which are empty.
 *
 * @param {import("../analyze.js").Read[]} read
 * @param {import("../index.js").Report} report
 * @param {NodeJS.WriteStream} stderr
 * @returns {number} how many could not be read
 */
function tellUnread(read, report, stderr) {
  const unread = unreadable(read, report);
  for (const name of unread) stderr.write(`scriptscope: ${visible(name)}: could not be read at all\n`);
  for (const { input } of read.filter(({ sources }) => sources.length === 0)) {
    stderr.write(`scriptscope: ${visible(String(input))}: nothing is in it\n`);
  }
  return unread.length;
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
