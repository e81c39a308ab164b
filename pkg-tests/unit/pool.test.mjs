import assert from "node:assert/strict";
import test from "node:test";
import { Pool } from "../../npm/pool.js";

const COUNTS = { bytes: 0, records: 0, events: 0, scriptBlocks: 0 };

/** A session that only notes what is merged and what failed. */
class Notes {
  merged = [];
  failed = [];
  merge(partial) {
    this.merged.push(...partial);
  }
  begin(name) {
    this.name = name;
  }
  fail(code, message) {
    this.failed.push([this.name, code, message]);
  }
}

/** Workers that read a task by noting its name, and die of those in `deadly` as often as it says. */
function spawner(deadly = new Map(), log = []) {
  return () => {
    const read = [];
    let take;
    let died;
    let alive = true;
    const later = (act) => setImmediate(() => alive && act());
    return {
      listen: (onMessage, onDeath) => {
        take = onMessage;
        died = onDeath;
      },
      terminate: () => {
        alive = false;
      },
      post: (message) =>
        later(() => {
          if (message.kind === "finish") return take({ kind: "partial", partial: read });
          if (message.kind !== "read") return;
          const { name } = message.task;
          log.push(name);
          const left = deadly.get(name) ?? 0;
          if (left > 0) {
            deadly.set(name, left - 1);
            return died(new Error("out of memory"));
          }
          read.push(name);
          take({ kind: "progress", progress: { bytes: read.length, totalBytes: null, source: name, counts: COUNTS } });
          take({ kind: "done", sources: [{ name, bytes: 1, failed: false }] });
        }),
    };
  };
}

const tasks = (...names) => names.map((name, index) => ({ name, prefix: "", input: name, size: index + 1 }));
const names = Array.from({ length: 20 }, (_, index) => `log${index}`);

test("every task is read once and merged, whatever the number of workers", async () => {
  for (const workers of [1, 2, 8, 50]) {
    const session = new Notes();
    const progress = [];
    await new Pool(spawner(), session, { onProgress: (told) => progress.push(told) }, {}).run(tasks(...names), workers);
    assert.deepEqual(session.merged.toSorted(), names.toSorted());
    assert.deepEqual(session.failed, []);
    assert.deepEqual([progress.at(-1).bytes, progress.at(-1).totalBytes], [20, 210]);
  }
});

test("no tasks are no work", async () => {
  const session = new Notes();
  await new Pool(spawner(), session, {}, {}).run([], 4);
  assert.deepEqual(session.merged, []);
});

test("a worker that dies once costs nothing; what it had read is read again", async () => {
  for (const workers of [1, 3]) {
    const session = new Notes();
    await new Pool(spawner(new Map([["log3", 1]])), session, {}, {}).run(tasks(...names), workers);
    assert.deepEqual(session.merged.toSorted(), names.toSorted());
    assert.deepEqual(session.failed, []);
  }
});

test("what workers die of twice is given up, and only that", async () => {
  const deadly = new Map([
    ["log3", 9],
    ["log7", 9],
  ]);
  const session = new Notes();
  const log = [];
  await new Pool(spawner(deadly, log), session, {}, {}).run(tasks(...names), 2);
  assert.deepEqual(session.merged.toSorted(), names.filter((name) => !deadly.has(name)).toSorted());
  assert.deepEqual(session.failed.map(([name, code]) => [name, code]).toSorted(), [
    ["log3", "read-failed"],
    ["log7", "read-failed"],
  ]);
  assert.match(session.failed[0][2], /out of memory/);
  assert.equal(log.filter((name) => name === "log3").length, 2);
});

test("a stream cannot be read twice", async () => {
  const session = new Notes();
  const stream = { name: "s", prefix: "", input: new Blob(["x"]).stream(), size: null };
  await new Pool(spawner(new Map([["s", 1]])), session, {}, {}).run([stream], 1);
  assert.deepEqual(
    session.failed.map(([name]) => name),
    ["s"],
  );
});

test("an abort ends the run at once", async () => {
  const controller = new AbortController();
  const deaf = () => ({ listen() {}, post() {}, terminate() {} });
  const run = new Pool(deaf, new Notes(), { signal: controller.signal }, {}).run(tasks("a", "b"), 2);
  controller.abort(new Error("enough"));
  await assert.rejects(run, /enough/);
});

test("a merge that is refused ends the run with its words", async () => {
  const session = new Notes();
  session.merge = () => {
    throw new Error("another rule set");
  };
  await assert.rejects(new Pool(spawner(), session, {}, {}).run(tasks("a"), 1), /another rule set/);
});
