// Native and wasm agree byte for byte: on every fixture, in both modes, for any division, and in any mix of partial results.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import test from "node:test";
import { analyze, Session } from "scriptscope";
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

for (const mode of /** @type {const} */ (["block", "event"])) {
  const words = ["--quiet", "--format", "json", "--mode", mode];

  test(`${mode}: each log, and all of them in any number of threads`, async () => {
    assert.ok(logs.length > 20);
    for (const log of logs) {
      assert.equal(run([...words, log]).stdout, JSON.stringify(await analyze(log, { mode })), log);
    }
    const all = JSON.stringify(await analyze(logs, { mode }));
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
