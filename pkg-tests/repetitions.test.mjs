// Repetition is read in linear time. Logs are hostile: a reader that rescans for each repetition takes seconds for a
// megabyte, then hours. Pieces of every fixture are repeated, at its end and inside of it.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { init, Session } from "scriptscope";
import { random } from "./support/random.mjs";

const FIXTURES = new URL("../tests/fixtures/", import.meta.url);
const FORMATS = ["classic", "csv", "evtx", "json", "xml"];
const TIMES = 3;
const SIZE = 2 << 20;

/** Logs read in less processor time are not measured again: a fixed cost hides how time grows. */
const SHORT_MS = 300;

/** How much longer a log of twice the length may take: linear time is 2, quadratic 4. */
const GROWTH = 3;

await init();
const below = random();

for (const format of FORMATS) {
  test(`repetition in ${format} is read in linear time`, () => {
    for (const name of readdirSync(new URL(`${format}/`, FIXTURES))) {
      const log = readFileSync(new URL(`${format}/${name}`, FIXTURES));
      for (let time = 0; time < TIMES; time += 1) {
        const at = below(log.length);
        const piece = log.subarray(at, at + 1 + below(10 ** (1 + below(3))));
        const repeated = Buffer.alloc(SIZE, piece);
        const after = time === 0 ? log.length : at;
        const parts = (/** @type {number} */ size) => [
          log.subarray(0, after),
          repeated.subarray(0, size),
          log.subarray(after),
        ];
        assertLinear(`${name}, ${piece.length} bytes from ${at} repeated`, (size) => Buffer.concat(parts(size)), SIZE);
      }
    }
  });
}

test("white space between records is read in linear time", () => {
  const log = readFileSync(new URL("json/get-winevent.json", FIXTURES));
  assertLinear("spaces", (size) => Buffer.concat([log, Buffer.alloc(size, " ")]), 8 << 20);
});

/**
 * Asserts that the time to read a log grows no faster than its length. A log that takes long is compared with one of half
 * its length.
 *
 * @param {string} what
 * @param {(size: number) => Uint8Array} make
 * @param {number} size
 */
function assertLinear(what, make, size) {
  const first = reading(make(size));
  if (first < SHORT_MS) return;
  // The first reading compiles code that the later ones only run. So each length is read twice, and the shorter time counts.
  const least = (/** @type {number} */ length) => Math.min(reading(make(length)), reading(make(length)));
  const [half, taken] = [least(size / 2), least(size)];
  assert.ok(taken < GROWTH * half, `${what}: ${half} ms for ${size / 2} bytes, ${taken} ms for ${size}`);
}

/** Milliseconds of the processor to the report on a log that comes in one piece. @param {Uint8Array} log */
function reading(log) {
  const session = new Session();
  const before = process.cpuUsage();
  session.begin("log");
  session.push(log);
  session.end();
  session.report();
  const { user, system } = process.cpuUsage(before);
  session.free();
  return Math.round((user + system) / 1000);
}
