// Ranges of large logs, as the package's workers read them. Where formats may be divided is tested in `src/source/cut.rs`.

import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { eventsXml } from "../scripts/events.mjs";
import "scriptscope";
import { installed } from "./support/logs.mjs";

const { bytesResource } = await import(join(installed, "inputs.js"));
const { rangeBytesFor, rangesOf } = await import(join(installed, "ranges.js"));

test("a log is divided between records, and its ranges follow each other", async () => {
  const log = new TextEncoder().encode(eventsXml(Array.from({ length: 400 }, (_, record) => ({ text: "x", record }))));
  const ranges = await rangesOf(bytesResource("log", log), 20_000);
  assert.ok(ranges.length > 10);
  assert.deepEqual([ranges[0].start, ranges.at(-1).end], [0, log.length]);
  for (const [index, { start, end }] of ranges.entries()) {
    assert.equal(ranges[index + 1]?.start ?? log.length, end);
    assert.equal(Buffer.from(log.subarray(start, start + 13)).toString(), "<Event xmlns=");
  }
});

test("what has no sure cut points, or is small, is read as one", async () => {
  const table = new TextEncoder().encode(`Computer,Message\n${"a,b\n".repeat(9_000)}`);
  assert.equal(await rangesOf(bytesResource("log", table), 1_000), null);
  assert.equal(await rangesOf(bytesResource("log", table), 30_000), null);
  const unreadable = { ...bytesResource("log", table), readAt: () => Promise.reject(new Error("disk")) };
  assert.equal(await rangesOf(unreadable, 1_000), null);
});

test("ranges are few for each worker", () => {
  assert.equal(rangeBytesFor(300 << 20, 2), 50 << 20);
});
