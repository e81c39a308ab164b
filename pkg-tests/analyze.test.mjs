// The library in Node: every kind of input, progress, aborts, damage as data, and the same report in every way.

import assert from "node:assert/strict";
import { createReadStream, existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { analyze, init, readRules, ScriptscopeError, Session } from "scriptscope";
import * as inline from "scriptscope/inline";
import * as worker from "scriptscope/worker";
import { eventsXml } from "../scripts/events.mjs";
import { gzip, zip } from "./support/archives.mjs";
import { assertReport } from "./support/invariants.mjs";
import { folder, sample } from "./support/logs.mjs";

const analyzeInWorkers = worker.analyze;
const bytes = new Uint8Array(readFileSync(sample));
const name = basename(sample);
const expected = await analyze(sample);

/** Returns a session's report of named texts, each pushed in pieces of this size. */
function reportOf(sources, size = 1 << 20, options = {}) {
  const session = new Session(options);
  for (const [name, content] of sources) {
    session.begin(name);
    for (let at = 0; at < content.length; at += size) session.push(content.subarray(at, at + size));
    session.end();
  }
  const report = session.report();
  session.free();
  return report;
}

test("the sample's report meets the invariants", async () => {
  await init();
  assertReport(expected);
  assert.ok(expected.results.length >= 5);
  assert.ok(expected.riskObjects.length >= 2);
  assert.deepEqual(await analyze([]), await analyze(new Set()));
  assertReport(await analyze([]));
});

test("a long text that many rules find is in each of their rows", () => {
  const text = `Enable-PSRemoting -Force; Invoke-Mimikatz; net user a b /add\r\n${"# padding ä\r\n".repeat(1_000)}`;
  const report = reportOf([["a.xml", new TextEncoder().encode(eventsXml([{ text }]))]]);
  assertReport(report);
  const cells = report.results.map((row) => row.fields.ScriptBlockText).filter((cell) => cell !== undefined);
  assert.ok(cells.length > 1);
  for (const cell of cells) assert.equal(cell, text);
});

test("every kind of input gives the same report", async () => {
  const inputs = [
    sample,
    pathToFileURL(sample),
    new File([bytes], name),
    { name, data: bytes },
    { name, data: bytes.buffer },
    { name, data: new Blob([bytes]) },
    { name, data: new Blob([bytes]).stream() },
    { name, data: createReadStream(sample, { highWaterMark: 1000 }) },
    { name, data: Readable.toWeb(createReadStream(sample)) },
    { name, data: gzip(bytes) },
    new File([await zip({ [name]: bytes })], "logs.zip"),
  ];
  for (const input of inputs) assert.deepEqual(await analyze(input), expected);
});

test("bytes cut anywhere give the same report", () => {
  for (const size of [1, 7, 64, 1000, 4096]) assert.deepEqual(reportOf([[name, bytes]], size), expected);
});

test("workers give the same report, in any number and order", async (t) => {
  const dir = folder(t);
  const files = Array.from({ length: 9 }, (_, index) => {
    const file = join(dir, `log${index}.xml`);
    const events = [
      { text: `Enable-PSRemoting -Force # ${index % 4}`, computer: `H${index % 3}`, scriptBlockId: `b${index % 5}` },
      // A script block whose parts are in different files.
      { text: `part ${index} Enable-PS`, scriptBlockId: "split", part: index + 1, total: 9, computer: "H9" },
    ];
    writeFileSync(file, index === 4 ? gzip(eventsXml(events)) : eventsXml(events));
    return file;
  });
  const inputs = [...files, sample, join(dir, "none.xml"), { name: "bytes.xml", data: bytes }];
  const alone = await analyze(inputs);
  assertReport(alone);
  assert.ok(alone.problems.some(({ source, code }) => source === "none.xml" && code === "read-failed"));
  for (const [workers, order] of [
    [1, inputs],
    [2, inputs.toReversed()],
    [4, inputs],
  ]) {
    assert.deepEqual(await analyzeInWorkers(order, { workers }), alone);
  }
  assert.deepEqual(await analyze(inputs.toReversed()), alone);
  assert.deepEqual(await analyzeInWorkers(dir, { workers: 3 }), await analyze(dir));
});

test("workers refuse the same options as one thread", async () => {
  for (const workers of [0, 1.5, "2"]) {
    await assert.rejects(analyzeInWorkers(sample, { workers }), { code: "option", message: /^option workers: / });
  }
  await assert.rejects(analyzeInWorkers(sample, { wrokers: 2 }), {
    code: "option",
    message: /^option wrokers: unknown/,
  });
  await assert.rejects(analyzeInWorkers(sample, { workers: 2, since: "yesterday" }), { name: "ScriptscopeError" });
  const controller = new AbortController();
  controller.abort(new Error("enough"));
  await assert.rejects(analyzeInWorkers(sample, { signal: controller.signal }), /enough/);
});

test("workers ask for passwords", async (t) => {
  const dir = folder(t);
  const file = join(dir, "x.zip");
  writeFileSync(file, await zip({ [name]: bytes }, { password: "s3cret" }));
  assert.deepEqual(await analyzeInWorkers(file, { password: "s3cret" }), expected);
  const asked = [];
  const password = (member) => {
    asked.push(member);
    return "s3cret";
  };
  assert.deepEqual(await analyzeInWorkers(file, { password, workers: 1 }), expected);
  assert.deepEqual(asked, [name]);
});

test("progress only rises and ends with all bytes", async () => {
  const big = new TextEncoder().encode(eventsXml([{ text: `# ${"x".repeat(15_000)}` }]).repeat(2000));
  const told = [];
  await analyze([{ name: "big.xml", data: big }, sample], { onProgress: (progress) => told.push(progress) });
  const last = told.at(-1);
  assert.deepEqual(
    [last.bytes, last.totalBytes, last.source],
    [big.length + bytes.length, big.length + bytes.length, null],
  );
  assert.equal(last.counts.events, 2000 + expected.totals.events);
  told.slice(1).forEach(({ bytes }, index) => assert.ok(bytes >= told[index].bytes));
});

test("an abort rejects with its reason, before and during the run", async () => {
  await assert.rejects(analyze(sample, { signal: AbortSignal.abort(new Error("enough")) }), /enough/);
  const controller = new AbortController();
  let given = 0;
  async function* endless() {
    for (;;) {
      given += 1;
      if (given === 50) controller.abort();
      yield bytes;
    }
  }
  const run = analyze({ name: "s", data: endless() }, { signal: controller.signal });
  await assert.rejects(run, { name: "AbortError" });
  assert.ok(given < 2000);
});

test("an unreadable input is a problem, and others are read", async (t) => {
  const dir = folder(t);
  const packed = gzip(bytes);
  writeFileSync(join(dir, "cut.gz"), packed.subarray(0, packed.length / 2));
  writeFileSync(join(dir, "secret.zip"), await zip({ "a.xml": bytes }, { password: "s3cret" }));
  writeFileSync(join(dir, "picture.png"), Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"));
  writeFileSync(join(dir, "empty.evtx"), "");
  const report = await analyze([dir, sample, join(dir, "none")]);
  assertReport(report);
  const codes = report.problems.map(({ source, code }) => `${source} ${code}`);
  for (const expected of ["cut.gz archive-damaged", "secret.zip/a.xml archive-password", "none read-failed"]) {
    assert.ok(codes.includes(expected), `${expected} in ${codes.join(", ")}`);
  }
  for (const source of ["picture.png", "empty.evtx"]) {
    assert.ok(
      report.problems.some((problem) => problem.source === source),
      source,
    );
    assert.equal(report.sources.find((found) => found.name === source).format, null);
  }
  assert.ok(!JSON.stringify(report).includes(dir), "no absolute path");
  assert.equal(report.results.length >= expected.results.length, true);
});

test("wrong options are refused by name", async () => {
  for (const options of [{ mode: "blocks" }, { since: "yesterday" }, { utcOffset: "CET" }]) {
    await assert.rejects(analyze(sample, options), {
      name: "ScriptscopeError",
      message: new RegExp(Object.keys(options)[0]),
    });
  }
  const cases = [
    [{ onprogress: () => {} }, /^option onprogress: unknown field/],
    [{ workers: 2 }, /^option workers: unknown field/],
    [{ passwords: ["x"] }, /^option passwords: unknown field/],
    [{ signal: "stop" }, /^option signal: expected an AbortSignal$/],
    [{ onProgress: 1 }, /^option onProgress: expected a function$/],
    [{ password: [1] }, /^option password: expected a text, a list of texts or a function$/],
    [{ rules: [{ name: "a.yml", text: "", txt: "" }] }, /^option rules: unknown field `txt`/],
    [{ allowList: [{ name: "a", search: "a=b", enable: false }] }, /^option allowList: unknown field `enable`/],
    [7, /^options: expected an object$/],
  ];
  for (const [options, message] of cases) {
    for (const run of [analyze, inline.analyze]) {
      if (run === inline.analyze) await inline.init();
      await assert.rejects(run(sample, options), (error) => {
        assert.match(error.message, message);
        assert.deepEqual([error.name, error.code], ["ScriptscopeError", "option"]);
        return true;
      });
    }
  }
  await assert.rejects(analyze(7), { name: "ScriptscopeError", code: "input" });
  await assert.rejects(readRules(7), { code: "input" });
  await assert.rejects(readRules("none.yml"), { code: "rulesUnread", message: /none\.yml/ });
});

test("rules are read from files and used", async (t) => {
  const dir = folder(t);
  writeFileSync(
    join(dir, "dates.yml"),
    [
      "name: Dates",
      "id: 00000000-0000-4000-8000-00000000da7e",
      "type: TTP",
      "search: '`powershell` EventCode=4104 ScriptBlockText=\"*Export-Csv*\" | stats count by Computer | `dates_filter`'",
      "tags: { risk_score: 42, observable: [{ name: Computer, type: Hostname, role: [Victim] }] }",
    ].join("\n"),
  );
  const rules = await readRules(dir);
  const report = await analyze(sample, { rules, builtin: false });
  assertReport(report);
  assert.deepEqual(
    report.results.map(({ fields, score }) => [fields, score]),
    [[{ Computer: "FS03.corp.example", count: "1" }, 42]],
  );
  const hidden = await analyze(sample, {
    rules,
    builtin: false,
    macros: { dates_filter: 'search NOT Computer="FS03*"' },
  });
  assert.equal(hidden.results[0].suppressedBy, "dates_filter");
  assert.equal(hidden.riskObjects.length, 0);
});

test("a session's blocks, tokens and outlines agree with its report", () => {
  const session = new Session();
  session.begin(name);
  session.push(bytes);
  session.end();
  const report = session.report();
  const { report: outline, lines } = session.outline();
  assert.deepEqual(
    outline.results.map(({ id }) => id),
    report.results.map(({ id }) => id),
  );
  assert.ok(outline.scriptBlocks.every(({ text }) => text === ""));
  for (const result of report.results) {
    assert.ok(lines[result.id].length <= 300);
    for (const { id } of result.blocks) {
      const block = session.block(id);
      assert.deepEqual(
        block,
        report.scriptBlocks.find((other) => other.id === id),
      );
      assert.ok(block.text.includes(lines[result.id].replace(/…$/, "").slice(0, 20)));
      const tokens = session.tokens(id);
      assert.equal(tokens.length % 3, 0);
      assert.ok(tokens.length > 0);
    }
  }
  assert.equal(session.block("none"), null);
  assert.deepEqual(JSON.parse(session.export("json")), report);
  session.free();
});

test("partials of other rule sets are refused", () => {
  const session = new Session();
  const other = new Session({ builtin: false });
  assert.throws(() => session.merge(other.partial()), { name: "ScriptscopeError" });
  assert.throws(() => session.merge(new Uint8Array([1, 2, 3])), { name: "ScriptscopeError" });
  session.free();
  other.free();
});

test("errors are of one class, whichever entry point threw them", async () => {
  await inline.init();
  const codes = [];
  const caught = (run) => {
    try {
      run();
    } catch (error) {
      assert.ok(error instanceof ScriptscopeError && error instanceof inline.ScriptscopeError);
      assert.ok(error instanceof worker.ScriptscopeError && error instanceof Error);
      assert.equal(error.name, "ScriptscopeError");
      codes.push(error.code);
    }
  };
  for (const Own of [Session, inline.Session]) {
    caught(() => new Own({ mod: "event" }));
    caught(() => new Own({ allowList: [{ name: "a", search: "a=(" }] }));
    caught(() => new Own().push(bytes));
    caught(() => new Own().merge(new Uint8Array([1])));
    caught(() => new Own().export("xml"));
    caught(() => new Own().exportPieces("xml"));
  }
  const expectedCodes = ["option", "expression", "order", "partial", "option", "option"];
  assert.deepEqual(codes, [...expectedCodes, ...expectedCodes]);
  assert.ok(!(new Error("x") instanceof ScriptscopeError) && !(null instanceof ScriptscopeError));
  await assert.rejects(analyzeInWorkers(sample, { since: "yesterday" }), ScriptscopeError);
});

test("a freed session refuses to be used, and is freed once", () => {
  const session = new Session();
  session.begin("a.xml");
  session.free();
  session.free();
  for (const use of [
    () => session.push(bytes),
    () => session.report(),
    () => session.counts(),
    () => session.lend(10),
    () => session.exportPieces("json"),
    () => session.checkRule("a.yml", ""),
  ]) {
    assert.throws(use, { name: "ScriptscopeError", code: "freed" });
  }
  if (Symbol.dispose) {
    const other = new Session();
    other[Symbol.dispose]();
    other[Symbol.dispose]();
    other.free();
    assert.throws(() => other.end(), { code: "freed" });
  }
});

test("an engine that stops says so, and cleaning up does not hide it", () => {
  const session = new Session();
  // A fault of the engine itself cannot be made from here: its host's memory fails instead.
  const { set } = Uint8Array.prototype;
  Uint8Array.prototype.set = () => {
    throw new WebAssembly.RuntimeError("unreachable");
  };
  try {
    session.begin("a.xml");
    assert.throws(() => session.push(bytes), { code: "engineStopped", message: "the engine stopped: unreachable" });
  } finally {
    Uint8Array.prototype.set = set;
  }
  assert.throws(() => session.report(), { code: "engineStopped" });
  session.free();
  session.free();
});

test("the export in pieces is the export", () => {
  const session = new Session();
  session.begin(name);
  session.push(bytes);
  session.end();
  for (const format of ["json", "ndjson", "csv"]) {
    assert.equal(Buffer.concat([...session.exportPieces(format)]).toString(), session.export(format));
  }
  // One that is not read to its end is freed, and outlives its session.
  const pieces = session.exportPieces("json");
  const abandoned = session.exportPieces("json");
  session.free();
  assert.ok(pieces.next().value instanceof Uint8Array);
  for (const piece of abandoned) {
    assert.ok(piece.length > 0);
    break;
  }
});

test("where nothing could be read, analyze rejects with the report", async (t) => {
  const dir = folder(t);
  const picture = join(dir, "picture.png");
  writeFileSync(picture, Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"));
  for (const run of [analyze, (inputs) => analyzeInWorkers(inputs, { workers: 2 })]) {
    for (const inputs of ["none.evtx", [picture, "none.evtx"], { name: "x.bin", data: new Uint8Array([1, 2, 3]) }]) {
      await assert.rejects(run(inputs), (error) => {
        assert.ok(error instanceof ScriptscopeError);
        assert.equal(error.code, "nothingRead");
        assert.match(error.message, /^nothing could be read: \S+: ./);
        assert.equal(error.report.totals.events, 0);
        assert.ok(error.report.problems.length > 0);
        return true;
      });
    }
    assert.equal((await run([picture, sample])).totals.events, expected.totals.events);
  }
});

const corpus = process.env.SCRIPTSCOPE_CORPUS ?? join(import.meta.dirname, "../../shared/corpus");
test(
  "the corpus: one pass, other splits and workers agree",
  { skip: existsSync(corpus) ? false : `no corpus at ${corpus}` },
  async () => {
    const logs = ["evtx", "json", "xml", "classic"]
      .map((kind) => join(corpus, kind))
      .filter((path) => existsSync(path));
    const report = await analyze(logs);
    assertReport(report);
    assert.ok(report.totals.events > 500);
    assert.deepEqual(await analyzeInWorkers(logs.toReversed(), { workers: 2 }), report);
  },
);
