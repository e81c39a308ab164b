import assert from "node:assert/strict";
import test from "node:test";
import { PartlyMergedError, Pool } from "../../npm/pool.js";

const COUNTS = { bytes: 0, records: 0, events: 0, scriptBlocks: 0 };

/** A session that records merges and failures. */
class Notes {
  merged = [];
  failed = [];
  merge(partial) {
    this.merged.push(...partial);
  }
  begin(name) {
    this.name = name;
  }
  counts() {
    return COUNTS;
  }
  fail(code, message) {
    this.failed.push([this.name, code, message]);
  }
}

/** Workers that record the names of tasks, and die in those of `deadly` as often as it says. */
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
          if (message.kind === "finish") return take({ kind: "partial", partial: read, within: false, last: true });
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

const tasks = (...names) =>
  names.map((name, index) => ({ name, prefix: "", input: name, size: index + 1, piece: index }));
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

test("a run that is aborted starts no other worker when its own end", async () => {
  let spawned = 0;
  const idle = () => {
    spawned += 1;
    let died;
    return {
      listen: (_take, onDeath) => {
        died = onDeath;
      },
      // As in Node: a terminated worker reports its exit.
      terminate: () => setImmediate(() => died(new Error("the worker ended with 1"))),
      post: () => {},
    };
  };
  const controller = new AbortController();
  const run = new Pool(idle, new Notes(), { signal: controller.signal }, {}).run(tasks(...names), 2);
  controller.abort(new Error("stop"));
  await assert.rejects(run, { message: "stop" });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(spawned, 2);
});

test("without tasks no worker is started", async () => {
  const session = new Notes();
  await new Pool(spawner(), session, {}, {}).run([], 4);
  assert.deepEqual(session.merged, []);
});

test("after a worker dies once its tasks are read again", async () => {
  for (const workers of [1, 3]) {
    const session = new Notes();
    await new Pool(spawner(new Map([["log3", 1]])), session, {}, {}).run(tasks(...names), workers);
    assert.deepEqual(session.merged.toSorted(), names.toSorted());
    assert.deepEqual(session.failed, []);
  }
});

test("only a task in which workers died twice is given up", async () => {
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

test("a worker that cannot be started, or be sent a message, ends the run with the reason", async () => {
  const fails = (message) => () => {
    throw new Error(message);
  };
  for (const at of [1, 2, 3]) {
    // The third is hired after the death of another.
    let spawned = 0;
    const deadly = spawner(new Map([["log3", 1]]));
    const spawn = () => ((spawned += 1) === at ? fails("no worker")() : deadly());
    const run = new Pool(spawn, new Notes(), {}, {}).run(tasks(...names), 2);
    await assert.rejects(run, { message: "no worker" }, `${at}`);
  }
  const mute = () => ({ ...spawner()(), post: fails("not cloned") });
  await assert.rejects(new Pool(mute, new Notes(), {}, {}).run(tasks(...names), 2), { message: "not cloned" });
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

test("a refused merge ends the run with its message", async () => {
  const session = new Notes();
  session.merge = () => {
    throw new Error("another rule set");
  };
  await assert.rejects(new Pool(spawner(), session, {}, {}).run(tasks("a"), 1), /another rule set/);
});

/** A worker whose messages the test sends, and that records the messages it receives. */
function puppet() {
  const told = [];
  let take;
  let died;
  const port = {
    listen: (onMessage, onDeath) => ([take, died] = [onMessage, onDeath]),
    post: (message) => told.push(message),
    terminate() {},
  };
  const partial = (found, within, last = false) => take({ kind: "partial", partial: [found], within, last });
  const done = () => take({ kind: "done", sources: [] });
  return { port, told, partial, done, die: () => died(new Error("fault")) };
}

/** Runs a pool with one worker. */
function runWith(worker, signal, ...names) {
  const session = new Notes();
  const merges = [];
  const unbegun = [];
  const onMerged = () => merges.push(session.merged.length);
  const onCancelled = (count) => unbegun.push(count);
  const pool = new Pool(() => worker.port, session, { onMerged, onCancelled, ...(signal ? { signal } : {}) }, {});
  const run = pool.run(tasks(...names), 1);
  run.catch(() => {});
  return { session, merges, unbegun, run };
}

test("partials are merged as they arrive", async () => {
  const worker = puppet();
  const { session, merges, run } = runWith(worker, undefined, "a");
  assert.equal(worker.told[0].live, true);
  worker.partial("half of a", true);
  assert.deepEqual(session.merged, ["half of a"]);
  worker.done();
  worker.partial("the rest", false, true);
  await run;
  assert.deepEqual(merges, [1, 2]);
});

test("a worker that dies in a partly merged input ends the run and names the input", async () => {
  for (const until of ["middle", "end"]) {
    const worker = puppet();
    const { run } = runWith(worker, undefined, "a");
    worker.partial("half of a", true);
    if (until === "end") worker.done();
    worker.die();
    await assert.rejects(run, (error) => error instanceof PartlyMergedError && error.input === "a");
  }
});

test("inputs that ended a run are read last and alone, and given up if a worker dies again", async () => {
  const log = [];
  const session = new Notes();
  const spawn = spawner(new Map([["log3", 1]]), log);
  const alone = new Set(["log3"]);
  await new Pool(spawn, session, { alone }, {}).run(tasks(...names), 2);
  assert.equal(log.at(-1), "log3");
  assert.equal(log.filter((name) => name === "log3").length, 1);
  assert.deepEqual(
    session.failed.map(([name, code]) => [name, code]),
    [["log3", "read-failed"]],
  );
});

test("a cancelled run names the inputs that were begun and counts the others", async () => {
  const worker = puppet();
  const controller = new AbortController();
  const { session, unbegun, run } = runWith(worker, controller.signal, "a", "b", "c");
  worker.done();
  worker.partial("c", false);
  controller.abort(new Error("enough"));
  await assert.rejects(run, /enough/);
  assert.deepEqual(
    session.failed.map(([name, code]) => [name, code]),
    [["b", "cancelled"]],
  );
  assert.deepEqual(unbegun, [1]);
});
