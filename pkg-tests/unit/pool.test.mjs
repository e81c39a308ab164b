import assert from "node:assert/strict";
import test from "node:test";
import { bytesResource } from "../../npm/inputs.js";
import { PartlyMergedError, Pool } from "../../npm/pool.js";
import { rangeBytesFor, rangesOf } from "../../npm/ranges.js";

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

test("each worker gets few ranges of bounded size", () => {
  assert.equal(rangeBytesFor(300 << 20, 2), 50 << 20);
  assert.equal(rangeBytesFor(300 << 20, 8), 16 << 20);
  assert.equal(rangeBytesFor(2 ** 40, 8), 128 << 20);
});

test("EVTX is cut where chunks begin", async () => {
  const log = new Uint8Array(4096 + 20 * 65_536 + 100);
  const write = (text, at) => log.set(new TextEncoder().encode(text), at);
  write("ElfFile\0", 0);
  for (let chunk = 0; chunk < 20; chunk += 1) {
    write("ElfChnk\0", 4096 + chunk * 65_536);
    log[4096 + chunk * 65_536 + 40] = 128;
  }
  const ranges = await rangesOf(bytesResource("log", log), 5 * 65_536);
  assert.deepEqual(
    ranges.map(({ start, end }) => [start, end]),
    [
      [0, 4096 + 5 * 65_536],
      [4096 + 5 * 65_536, 4096 + 10 * 65_536],
      [4096 + 10 * 65_536, 4096 + 15 * 65_536],
      [4096 + 15 * 65_536, log.length],
    ],
  );
  // A zeroed chunk moves the cut to the next one, and so does a chunk that another one may cover.
  log.fill(0, 4096 + 5 * 65_536, 4096 + 6 * 65_536);
  log[4096 + 6 * 65_536 + 40] = 127;
  assert.equal((await rangesOf(bytesResource("log", log), 5 * 65_536))[0].end, 4096 + 7 * 65_536);
  // Chunks at other offsets: the log is read as one range.
  const moved = new Uint8Array(log.length);
  moved.set(log.subarray(0, 4096));
  moved.set(log.subarray(4096, log.length - 50), 4146);
  assert.equal(await rangesOf(bytesResource("log", moved), 5 * 65_536), null);
  assert.equal(await rangesOf(bytesResource("text", log.fill(32)), 5 * 65_536), null);
});

test("texts are cut between records only", async () => {
  const events = (count, end) => `<Event xmlns='x'><System/>&lt;/Event>\n&lt;Event xmlns</Event>${end}`.repeat(count);
  const lines = '{"a":{"b":"}\\n{\\"c\\":1}"}}\n'.repeat(100);
  const classic = `02/17/2022 02:15:47 AM\r\nLogName=x\nMessage=a\r\n02/17/2022 02:15:47 AM\r\n= b\n`.repeat(100);
  const utf16 = (text) => {
    const bytes = new Uint8Array(2 + 2 * text.length);
    bytes.set([0xff, 0xfe]);
    for (let at = 0; at < text.length; at += 1) bytes[2 + 2 * at] = text.charCodeAt(at);
    return bytes;
  };
  const utf8 = (text) => new TextEncoder().encode(text);
  const cutsOf = async (bytes) => (await rangesOf(bytesResource("log", bytes), 300))?.map(({ start }) => start);
  for (const [text, record] of [
    [lines, lines.length / 100],
    [events(100, ""), events(1, "").length],
    [events(100, "\r\n"), events(1, "\r\n").length],
    [classic, classic.length / 100],
  ]) {
    for (const [bytes, mark, width] of [
      [utf8(text), 0, 1],
      [utf8(`\ufeff${text}`), 3, 1],
      [utf16(text), 2, 2],
    ]) {
      const cuts = await cutsOf(bytes);
      assert(cuts.length > 3);
      for (const cut of cuts.slice(1)) assert.equal((cut - mark) % (record * width), 0);
    }
  }
  for (const whole of [
    `[${lines.replaceAll("}\n", "},\n")}]`,
    `<!-- --><x><![CDATA[ ]]></x>${events(100, "\n")}`,
    `Computer,Message\n${"a,b\n".repeat(900)}`,
    `${classic}<Event xmlns='x'></Event>\n${classic}`,
    lines.replaceAll("\n", ""),
  ]) {
    assert.equal(await cutsOf(utf8(whole)), undefined);
  }
});
