// What was given equals what was read plus what was said, in both command lines and the library; sources of one name are told
// apart, and links followed once each.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { analyze } from "scriptscope";
import { analyze as analyzeInWorkers } from "scriptscope/worker";
import { eventsXml } from "../scripts/events.mjs";
import { zip } from "./support/archives.mjs";
import { assertGiven } from "./support/given.mjs";
import { assertReport } from "./support/invariants.mjs";
import { folder, nativeCommand, npmCommand } from "./support/logs.mjs";
import { oddFolder } from "./support/odd-folder.mjs";
import { runner } from "./support/run.mjs";

const isUnix = process.platform !== "win32";
const isLinux = process.platform === "linux";

/** @param {string} command */
const reportOf = (command) => (/** @type {string[]} */ paths, /** @type {{ followLinks?: boolean }} */ options) => {
  const words = options.followLinks ? ["--follow-links"] : [];
  return JSON.parse(runner(command)(["--format", "json", ...words, ...paths]).stdout);
};

/** @type {Record<string, (paths: string[], options: { followLinks?: boolean }) => any>} */
const shells = {
  native: reportOf(nativeCommand),
  npm: reportOf(npmCommand),
  library: (paths, options) => analyze(paths, options),
  workers: (paths, options) => analyzeInWorkers(paths, { ...options, workers: 2 }),
};

test("of an odd folder every file is read or said, and all shells report the same", { skip: !isUnix }, async (t) => {
  const dir = folder(t);
  const given = await oddFolder(dir, { bytes: isLinux });
  /** @type {unknown} */
  let expected;
  for (const [shell, read] of Object.entries(shells)) {
    const report = await read([dir], {});
    assertReport(report);
    assertGiven(report, given, shell);
    expected ??= report;
    assert.deepEqual(report, expected, shell);
  }
});

const log = (/** @type {string} */ text) => eventsXml([{ text: `Enable-PSRemoting # ${text}`, scriptBlockId: text }]);

test("equal names in archives and folders that are given separately are told apart in all lists", async (t) => {
  const dir = folder(t);
  for (const name of ["one", "two"]) {
    mkdirSync(join(dir, name, "logs"), { recursive: true });
    writeFileSync(join(dir, name, "logs/x.xml"), log(`${name}-folder`));
    writeFileSync(join(dir, name, "x.xml"), log(`${name}-file`));
    // An event that is cut off makes a problem, which names its source.
    const cut = (/** @type {string} */ text) => log(`${name}-${text}`) + log("cut").slice(0, 300);
    writeFileSync(join(dir, name, "a.zip"), await zip({ "x.xml": cut("zip") }));
    writeFileSync(join(dir, `${name}.zip`), await zip({ "x.xml": cut("top"), "in/x.xml": log(`${name}-deep`) }));
  }
  writeFileSync(join(dir, "other.zip"), await zip({ "other.xml": log("other") }));
  for (const [paths, expected] of /** @type {[string[], string[]][]} */ ([
    [["one.zip"], ["in/x.xml", "x.xml"]],
    [
      ["one.zip", "two.zip"],
      ["one.zip/in/x.xml", "one.zip/x.xml", "two.zip/in/x.xml", "two.zip/x.xml"],
    ],
    [
      ["one/a.zip", "two/a.zip"],
      ["one/a.zip/x.xml", "two/a.zip/x.xml"],
    ],
    [
      ["one/a.zip", "one/x.xml"],
      ["a.zip/x.xml", "x.xml"],
    ],
    [
      ["one/logs", "one.zip", "one/a.zip"],
      ["a.zip/x.xml", "logs/x.xml", "one.zip/in/x.xml", "one.zip/x.xml"],
    ],
    [
      ["one/logs", "two/logs", "one.zip"],
      ["one.zip/in/x.xml", "one.zip/x.xml", "one/logs/x.xml", "two/logs/x.xml"],
    ],
    [
      ["one.zip", "other.zip"],
      ["in/x.xml", "other.xml", "x.xml"],
    ],
    [
      ["one/logs", "two/x.xml"],
      ["logs/x.xml", "x.xml"],
    ],
    [
      ["one/a.zip", "one/a.zip"],
      ["a.zip (2)/x.xml", "a.zip/x.xml"],
    ],
  ])) {
    const isTwice = new Set(paths).size < paths.length;
    /** @type {unknown} */
    let first;
    for (const [shell, read] of Object.entries(shells)) {
      const report = await read(
        paths.map((path) => join(dir, path)),
        {},
      );
      assertReport(report);
      const names = report.sources.map((/** @type {any} */ { name }) => name);
      assert.deepEqual(names, expected, `${shell}: ${paths}`);
      const known = new Set(names);
      for (const { source } of report.problems) assert.ok(source === null || known.has(source), source);
      const ofBlocks = report.scriptBlocks.flatMap((/** @type {any} */ { events }) => events);
      const named = new Set(ofBlocks.map((/** @type {any} */ { source }) => source));
      // A block that two inputs have is named once.
      assert.equal(named.size, isTwice ? expected.length / 2 : expected.length, `${shell}: ${paths}`);
      first ??= report;
      assert.deepEqual(report, first, `${shell}: ${paths}`);
      const turned = await read(
        paths.toReversed().map((path) => join(dir, path)),
        {},
      );
      assert.deepEqual(turned, report, `${shell}: the order of ${paths}`);
    }
  }
});

test("an archive without files is named as its members would be", async (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, "x.xml"), log("x"));
  for (const name of ["hollow", "void"]) {
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, "a.zip"), await zip({}));
  }
  for (const [shell, read] of Object.entries(shells)) {
    const paths = ["hollow/a.zip", "void/a.zip", "x.xml"].map((path) => join(dir, path));
    const { sources, problems } = await read(paths, {});
    assert.deepEqual(
      sources.map((/** @type {any} */ { name }) => name),
      ["hollow/a.zip", "void/a.zip", "x.xml"],
      shell,
    );
    const unread = problems.filter((/** @type {any} */ { code }) => code === "read-failed");
    assert.deepEqual(
      unread.map((/** @type {any} */ { source }) => source),
      ["hollow/a.zip", "void/a.zip"],
    );
  }
});

test("links are followed once each on demand, and circles end", { skip: !isUnix }, async (t) => {
  const dir = folder(t);
  mkdirSync(join(dir, "logs/sub"), { recursive: true });
  mkdirSync(join(dir, "other"));
  for (const name of ["logs/a.xml", "other/b.xml", "c.xml"]) writeFileSync(join(dir, name), log(name));
  writeFileSync(join(dir, "other/cut.xml"), log("d").slice(0, 300));
  for (const [target, link] of [
    ["../other", "logs/other"],
    ["../../other/b.xml", "logs/sub/b.xml"],
    ["../c.xml", "logs/c.xml"],
    ["..", "logs/up"],
    ["circle", "logs/circle"],
    ["nowhere", "logs/none.xml"],
    ["../logs", "other/back"],
  ]) {
    symlinkSync(String(target), join(dir, String(link)));
  }
  const twice = /^it is read already, under another name$/;
  const expected = [
    { name: "a.xml", events: 1 },
    { name: "c.xml", events: 1 },
    { name: "circle", events: 0, said: /^a link whose target cannot be read: its links lead in a circle$/ },
    { name: "none.xml", events: 0, said: /^a link whose target cannot be read: there is no such file or folder$/ },
    { name: "other/b.xml", events: 1 },
    { name: "other/back", events: 0, said: twice },
    { name: "other/cut.xml", events: 0, said: /./ },
    { name: "sub/b.xml", events: 0, said: twice },
    { name: "up/c.xml", events: 0, said: twice },
    { name: "up/logs", events: 0, said: twice },
    { name: "up/other", events: 0, said: twice },
  ];
  /** @type {unknown} */
  let first;
  for (const [shell, read] of Object.entries(shells)) {
    const report = await read([join(dir, "logs")], { followLinks: true });
    assertReport(report);
    assertGiven(report, expected, shell);
    first ??= report;
    assert.deepEqual(report, first, shell);
    for (const { code, severity } of report.problems) {
      if (code === "already-read") assert.equal(severity, "info");
    }
    // A target that is given itself is read under its own name.
    const both = await read([join(dir, "logs"), join(dir, "other")], { followLinks: true });
    const names = both.sources.filter((/** @type {any} */ { events }) => events > 0);
    assert.deepEqual(
      names.map((/** @type {any} */ { name }) => name),
      ["a.xml", "b.xml", "c.xml"],
      shell,
    );
    const without = await read([join(dir, "logs")], {});
    const links = ["c.xml", "circle", "none.xml", "other", "sub/b.xml", "up"];
    const said = /a link, which is not followed/;
    assertGiven(without, [{ name: "a.xml", events: 1 }, ...links.map((name) => ({ name, events: 0, said }))], shell);
  }
});

for (const [shell, command] of Object.entries({ native: nativeCommand, npm: npmCommand })) {
  test(`${shell}: an interrupt is heard while standard input is idle`, { skip: !isUnix }, async () => {
    const begins = ["", log("a").slice(0, 400), "PK", "\x1f\x8b\x08"];
    for (const begin of begins) {
      const child = spawn(command, ["-"], { stdio: ["pipe", "pipe", "pipe"] });
      let stderr = "";
      child.stderr.on("data", (data) => (stderr += data));
      child.stdin.on("error", () => {});
      const ended = new Promise((resolve) => child.on("close", resolve));
      if (begin !== "") child.stdin.write(Buffer.from(begin, "latin1"));
      // Interrupts before the command listens end it as they end any program.
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      child.kill("SIGINT");
      const limit = setTimeout(() => child.kill("SIGKILL"), 30_000);
      assert.equal(await ended, 130, JSON.stringify(begin));
      clearTimeout(limit);
      assert.match(stderr, /interrupted/);
    }
  });
}

test("a signal ends a run over several workers, and one over a stream that waits", async (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, "large.xml"), log("a").repeat(60_000));
  const program = `
    import { analyze } from "scriptscope";
    import { analyze as inWorkers } from "scriptscope/worker";
    const signal = (time) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error("stop")), time);
      return controller.signal;
    };
    const name = (error) => error.message;
    console.log(await inWorkers(["large.xml"], { workers: 2, signal: signal(100) }).then(() => "done", name));
    console.log(await analyze([{ name: "stdin", data: process.stdin }], { signal: signal(100) }).then(() => "done", name));
    const never = new ReadableStream({ pull: () => new Promise(() => {}) });
    console.log(await analyze([{ name: "never", data: never }], { signal: signal(100) }).then(() => "done", name));
  `;
  // In this folder, so that the package's name resolves.
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", program.replace("large.xml", join(dir, "large.xml"))],
    {
      cwd: import.meta.dirname,
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  let stdout = "";
  child.stdout.on("data", (data) => (stdout += data));
  const limit = setTimeout(() => child.kill("SIGKILL"), 60_000);
  const status = await new Promise((resolve) => child.on("close", resolve));
  clearTimeout(limit);
  assert.equal(status, 0, stdout);
  assert.equal(stdout, "stop\nstop\nstop\n");
});
