// Nothing that repeats is read slowly: logs are hostile, and what is looked at again for each repetition of itself takes
// seconds a megabyte, then hours. Pieces of every fixture are repeated, at its end and within it.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { init, Session } from "scriptscope";
import { random } from "./support/random.mjs";

const FIXTURES = new URL("../tests/fixtures/", import.meta.url);
const FORMATS = ["classic", "csv", "evtx", "json", "xml"];
const TIMES = 3;
const SIZE = 2 << 20;
/** The slowest takes half a second, and where other tests run beside this one more. */
const LIMIT_MS = 3_000;

await init();
const below = random();

for (const format of FORMATS) {
  test(`whatever repeats in ${format} is read in time`, () => {
    for (const name of readdirSync(new URL(`${format}/`, FIXTURES))) {
      const log = readFileSync(new URL(`${format}/${name}`, FIXTURES));
      for (let time = 0; time < TIMES; time += 1) {
        const at = below(log.length);
        const piece = log.subarray(at, at + 1 + below(10 ** (1 + below(3))));
        const repeated = Buffer.alloc(SIZE, piece);
        const after = time === 0 ? log.length : at;
        const taken = reading(Buffer.concat([log.subarray(0, after), repeated, log.subarray(after)]));
        assert.ok(taken < LIMIT_MS, `${name}, ${piece.length} bytes from ${at} again and again: ${taken} ms`);
      }
    }
  });
}

test("white space between records is looked at once", () => {
  const log = readFileSync(new URL("json/get-winevent.json", FIXTURES));
  const taken = reading(Buffer.concat([log, Buffer.alloc(8 << 20, " ")]));
  assert.ok(taken < LIMIT_MS, `${taken} ms`);
});

/** Milliseconds to the report on a log that comes in one piece. @param {Uint8Array} log */
function reading(log) {
  const session = new Session();
  const began = performance.now();
  session.begin("log");
  session.push(log);
  session.end();
  session.report();
  const taken = performance.now() - began;
  session.free();
  return Math.round(taken);
}
