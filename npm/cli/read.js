// From the command line's options to a session that has read its logs.

import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { findIn, readFound } from "../analyze.js";
import { filesAt } from "../files.js";
import { readRules } from "../node.js";
import { spawn } from "../spawn.js";
import { readInWorkers } from "../worker-protocol.js";
import { UsageError } from "./options.js";
import { ProgressLine } from "./progress.js";

/** The user stopped it. */
export class Interrupted extends Error {}

/**
 * The options of the engine, with the files read that they name.
 *
 * @param {import("./options.js").Options} options
 * @returns {Promise<import("../index.js").SessionOptions>}
 */
export async function engineOptions({ rules, allow, session }) {
  const forEngine = { ...session };
  if (rules.length > 0) forEngine.rules = await readRules(rules);
  if (allow !== null) forEngine.allowList = allowListAt(allow);
  return forEngine;
}

/**
 * @param {string} path
 * @returns {import("../index.js").AllowListFile}
 */
function allowListAt(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(`--allow ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Reads the logs into the session, in as many threads as pay, with a line of progress.
 *
 * @param {import("./main.js").Process} process
 * @param {import("./options.js").Options} options
 * @param {import("../index.js").Session} session
 * @param {import("../index.js").SessionOptions} forEngine what the session was made with
 * @returns {Promise<import("../analyze.js").Read[]>}
 * @throws {Interrupted}
 */
export async function readLogs(process, options, session, forEngine) {
  const line = new ProgressLine(process.stderr, process.env);
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
    return reading.workers === 1
      ? await readFound(session, found, reading)
      : await readInWorkers(session, forEngine, found, reading, spawn);
  } catch (error) {
    throw interrupt.signal.aborted ? new Interrupted("interrupted", { cause: error }) : error;
  } finally {
    line.clear();
    process.off("SIGINT", onInterrupt);
  }
}

/** With less than this for each, another thread costs more than it saves. */
const BYTES_PER_JOB = 32 << 20;

/** What one thread reads in the time that several take to start. */
const BYTES_WHILE_STARTING = 160 << 20;

/** How many threads pay. @param {import("../analyze.js").Found[]} found */
function jobsFor(found) {
  const sizes = found.flatMap(({ resources }) => resources.map(({ size }) => size ?? 0));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(bytes / BYTES_PER_JOB)));
  return bytes - bytes / jobs < BYTES_WHILE_STARTING ? 1 : jobs;
}
