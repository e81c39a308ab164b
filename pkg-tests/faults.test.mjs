// Reads, writes, listings and workers that fail once: nothing is lost without a word, and the exit status says so.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { analyze } from "scriptscope";
import * as worker from "scriptscope/worker";
import { folder, nativeCommand, sample } from "./support/logs.mjs";

const bytes = new Uint8Array(readFileSync(sample));
const expected = await analyze(sample);

/** Problems that say that something is missing. */
const losses = (report) => report.problems.filter(({ severity }) => severity === "error");

/** The sample's bytes, after which the stream fails. @param {number} length */
function failing(length) {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes.slice(0, length));
    },
    pull(controller) {
      controller.error(new Error("the disk is gone"));
    },
  });
}

/** A file whose content cannot be read past a length. */
class FailingFile extends File {
  constructor(length) {
    super([bytes], "failing.xml");
    this.failsAt = length;
  }
  stream() {
    return failing(this.failsAt);
  }
  slice(start = 0, end = this.size) {
    const piece = super.slice(start, end);
    if (end > this.failsAt) {
      piece.arrayBuffer = () => Promise.reject(new Error("the disk is gone"));
      piece.stream = () => failing(Math.max(0, this.failsAt - start));
    }
    return piece;
  }
}

test("a stream or a file that fails is said, and what came before it and beside it is read", async () => {
  for (const length of [1, 5_000, bytes.length - 1]) {
    for (const input of [() => ({ name: "failing.xml", data: failing(length) }), () => new FailingFile(length)]) {
      for (const run of [analyze, worker.analyze]) {
        // A File of a class of its own loses its methods on the way to a worker.
        if (run === worker.analyze && input() instanceof File) continue;
        const report = await run([input(), sample]);
        const said = losses(report).filter(({ source }) => source === "failing.xml");
        assert.ok(
          said.some(({ code, message }) => code === "read-failed" && /the disk is gone/.test(message)),
          JSON.stringify(said),
        );
        assert.ok(report.totals.records >= expected.totals.records, `${length}`);
        assert.ok(report.results.length >= expected.results.length, `${length}`);
      }
    }
  }
});

test("a file that opens and cannot be read is said", { skip: !existsSync("/proc/self/mem") }, async () => {
  for (const run of [analyze, worker.analyze]) {
    const report = await run(["/proc/self/mem", sample]);
    assert.ok(losses(report).some(({ source, code }) => source === "mem" && code === "read-failed"));
    assert.equal(report.results.length, expected.results.length);
  }
});

const strace = spawnSync("strace", ["-V"]).status === 0;

test("each system call of the binary that fails once is said", { skip: !strace && "needs strace" }, (t) => {
  const dir = folder(t);
  const logs = join(dir, "logs");
  mkdirSync(join(logs, "sub"), { recursive: true });
  for (const name of ["a.xml", "sub/b.xml"]) copyFileSync(sample, join(logs, name));
  const trace = join(dir, "trace");
  const run = (/** @type {string[]} */ ...inject) => {
    const words = ["-f", "-qq", "-o", trace, ...inject, nativeCommand, "-q", "-f", "json", "-j", "2", logs];
    writeFileSync(trace, "");
    return spawnSync("strace", words, { encoding: "utf8", timeout: 60_000, maxBuffer: 1 << 28 });
  };
  const records = JSON.parse(run().stdout).totals.records;
  assert.equal(records, 2 * expected.totals.records);
  const calls = { read: "EIO", openat: "EACCES", getdents64: "EIO", statx: "EIO", write: "ENOSPC", clone3: "EAGAIN" };
  let injected = 0;
  for (const [call, error] of Object.entries(calls)) {
    for (let when = 1; when < 40; when += 1) {
      const { status, stdout, stderr } = run("-e", `trace=${call}`, "-e", `inject=${call}:error=${error}:when=${when}`);
      const failed = readFileSync(trace, "utf8")
        .split("\n")
        .find((line) => line.includes("INJECTED"));
      if (failed === undefined) break;
      injected += 1;
      const about = `${failed}: exit status ${status}, ${stderr}`;
      assert.doesNotMatch(stderr, /panicked/, about);
      // The loader of the system ends a program whose libraries it cannot read with 127.
      if (status === 2 || status === 127) continue;
      assert.ok(status === 0 || status === 1, about);
      const report = JSON.parse(stdout);
      assert.ok(report.totals.records === records || losses(report).length > 0, about);
    }
  }
  assert.ok(injected > 10, `${injected} injections`);
});
