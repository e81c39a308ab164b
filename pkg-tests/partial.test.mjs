// A partial has the same bytes natively and in wasm: tests/session/golden.rs writes and reads the same files.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { init, Session } from "scriptscope";

const FIXTURES = new URL("../tests/fixtures/", import.meta.url);
const golden = JSON.parse(readFileSync(new URL("partial/golden.json", FIXTURES), "utf8"));
const partial = readFileSync(new URL("partial/partial.bin", FIXTURES));

await init();

function withLogs() {
  const session = new Session(golden.options);
  for (const [number, log] of golden.logs.entries()) {
    session.begin(log, number, 0);
    session.push(readFileSync(new URL(log, FIXTURES)));
    session.end();
  }
  session.begin("lost.evtx");
  session.fail("read-failed", "the disk is gone");
  return session;
}

test("hashes, ids and bytes are the golden ones", () => {
  const session = withLogs();
  const { ruleSet, rules } = session.report();
  assert.equal(ruleSet, golden.ruleSet);
  assert.deepEqual(
    rules.map(({ id }) => id),
    golden.ruleIds,
  );
  assert.equal(Buffer.compare(Buffer.from(session.partial()), partial), 0, "the partial has the golden bytes");
});

test("the golden partial gives the report of its logs", () => {
  const session = new Session(golden.options);
  session.merge(partial);
  assert.deepEqual(session.report(), withLogs().report());
});

test("a partial of another version is refused by name", () => {
  const other = Uint8Array.from(partial);
  const header = new TextDecoder().decode(other.subarray(1, 1 + other[0]));
  assert.match(header, /^scriptscope partial \d+$/);
  other[1 + "scriptscope partial ".length] = "6".charCodeAt(0);
  assert.throws(() => new Session(golden.options).merge(other), {
    message: /it has format version 6\d?, and this release/,
  });
});
