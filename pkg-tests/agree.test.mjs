// Native and wasm agree byte for byte: on every fixture, in both modes, for any division, and in any mix of partial results.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import test from "node:test";
import { analyze, ScriptscopeError, Session } from "scriptscope";
import { folder, nativeCommand, sample } from "./support/logs.mjs";
import { runner } from "./support/run.mjs";

const run = runner(nativeCommand);
const fixtures = join(import.meta.dirname, "../tests/fixtures");
const IS_LOG = /\.(?:evtx|xml|json|ndjson|csv|tsv|log|txt)$/;

/** @param {string} path @returns {string[]} */
function logsBelow(path) {
  if (!statSync(path).isDirectory()) return IS_LOG.test(path) ? [path] : [];
  return readdirSync(path).flatMap((name) => logsBelow(join(path, name)));
}

const logs = [sample, ...logsBelow(fixtures)];

/**
 * Returns the report as JSON with the command line's escapes, also where nothing could be read.
 *
 * @param {string | string[]} inputs
 * @param {import("scriptscope").AnalyzeOptions} options
 */
async function jsonOf(inputs, options) {
  const report = await analyze(inputs, options).catch((error) => {
    if (error instanceof ScriptscopeError && error.code === "nothingRead") return error.report;
    throw error;
  });
  return JSON.stringify(report).replace(
    /[\u007f-\u009f\p{Cf}\p{Co}\p{Zl}\p{Zp}\ufdd0-\ufdef\ufff0-\uffff]/gu,
    (character) => [...Array(character.length).keys()].map((at) => escaped(character.charCodeAt(at))).join(""),
  );
}

/** @param {number} unit */
const escaped = (unit) => `\\u${unit.toString(16).padStart(4, "0")}`;

for (const mode of /** @type {const} */ (["block", "event"])) {
  const words = ["--quiet", "--format", "json", "--mode", mode];

  test(`${mode}: each log, and all of them in any number of threads`, async () => {
    assert.ok(logs.length > 20);
    for (const log of logs) {
      assert.equal(run([...words, log]).stdout, await jsonOf(log, { mode }), log);
    }
    const all = await jsonOf(logs, { mode });
    for (const jobs of ["1", "2", "5"]) assert.equal(run([...words, "--jobs", jobs, ...logs]).stdout, all, jobs);
  });

  test(`${mode}: partial results of both, merged by either`, (t) => {
    const dir = folder(t);
    const all = run([...words, ...logs]).stdout;
    const [odd, even] = [1, 0].map((rest) => logs.filter((_, index) => index % 2 === rest));
    const native = join(dir, "native.partial");
    assert.equal(run(["partial", "--quiet", "--mode", mode, "-o", native, ...odd]).stdout, "");
    const session = new Session({ mode });
    for (const log of even) {
      session.begin(basename(log));
      session.push(readFileSync(log));
      session.end();
    }
    const wasm = join(dir, "wasm.partial");
    writeFileSync(wasm, session.partial());
    for (const order of [
      [native, wasm],
      [wasm, native],
    ]) {
      assert.equal(run(["merge", ...words, ...order]).stdout, all);
    }
    session.merge(readFileSync(native));
    assert.equal(session.export("json"), all);
    session.free();
  });
}
