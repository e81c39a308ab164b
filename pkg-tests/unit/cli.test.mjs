import assert from "node:assert/strict";
import test from "node:test";
import { parseOptions, UsageError } from "../../npm/cli/options.js";
import { ProgressLine, progressText } from "../../npm/cli/progress.js";
import { bytes, fit, moment, padEnd, painter, plural, visible } from "../../npm/cli/terminal.js";

test("options in every spelling", () => {
  const options = parseOptions([
    ...["--rules", "a", "--rules=b", "--macro", "x=search NOT y=1", "--mode", "event", "--no-builtin"],
    ...["--min-score", "15.5", "--since", "2026-01-01", "--until=2026-02-01", "--computer", "FS 03"],
    ...[
      "--utc-offset",
      "-05:00",
      "--sha256",
      "-j",
      "2",
      "-f",
      "csv",
      "--allow",
      "allow.json",
      "a.evtx",
      "-",
      "--",
      "-odd",
    ],
  ]);
  assert.deepEqual(options, {
    command: "analyze",
    inputs: ["a.evtx", "-", "-odd"],
    format: "csv",
    rules: ["a", "b"],
    allow: "allow.json",
    expect: null,
    as: null,
    passwords: [],
    jobs: 2,
    session: {
      macros: { x: "search NOT y=1" },
      mode: "event",
      builtin: false,
      minScore: 15.5,
      since: "2026-01-01",
      until: "2026-02-01",
      computer: "FS 03",
      utcOffset: "-05:00",
      sha256: true,
    },
  });
});

test("what is wrong is named", () => {
  const wrong = [
    [[], /no input/],
    [["--formt", "json", "a"], /unknown option --formt/],
    [["-x", "a"], /unknown option -x/],
    [["--format", "xml", "a"], /one of table, json, ndjson, csv, junit/],
    [["--format"], /needs a value/],
    [["--sha256=yes", "a"], /takes no value/],
    [["--min-score", "high", "a"], /is a number/],
    [["--jobs", "0", "a"], /whole number/],
    [["--utc-offset", "CET", "a"], /\+02:00/],
    [["--macro", "=x", "a"], /NAME=DEFINITION/],
    [["-", "-"], /once only/],
    [["rules", "--format", "csv"], /table or json/],
    [["test", "r.yml", "--format", "csv"], /table or json or junit/],
    [["a.evtx", "--format", "junit"], /table or json or ndjson or csv/],
    [["test"], /no rules/],
    [["a.evtx", "--as", "spl"], /belongs to/],
    [["rules", "--as", "spl"], /name the ids/],
    [["rules", "--as", "kql", "x"], /one of spl, sigma, yaml/],
    [["test", "r.yml", "--expect", "e.json"], /name the logs/],
    [["a.evtx", "--expect", "e.json"], /belongs to/],
    [["--constructor", "a"], /unknown option/],
  ];
  for (const [words, message] of wrong) {
    assert.throws(
      () => parseOptions(words),
      (error) => error instanceof UsageError && message.test(error.message),
      words.join(" "),
    );
  }
});

test("help and version need no input, and rules is a command only in first place", () => {
  assert.equal(parseOptions(["--help"]).command, "help");
  assert.equal(parseOptions(["-V"]).command, "version");
  assert.equal(parseOptions(["rules"]).command, "rules");
  assert.deepEqual(parseOptions(["./rules", "rules"]).inputs, ["./rules", "rules"]);
});

test("nothing in a log's text reaches the terminal as a command, or hides", () => {
  assert.equal(visible("\x1b[2J\x1b]0;own\x07"), "␛[2J␛]0;own␇");
  assert.equal(visible("a\tb\r\nc\x7f"), "a b␍␊c␡");
  assert.equal(visible("x\u009b2Jy"), "x<U+009B>2Jy");
  assert.equal(visible("\u202eevil\u2066\u200b\ufeff\u2028"), "<U+202E>evil<U+2066><U+200B><U+FEFF><U+2028>");
  assert.equal(visible("\ud800"), "<U+D800>");
  assert.equal(visible("日本 é 😀"), "日本 é 😀");
});

test("widths count columns, not characters", () => {
  assert.equal(padEnd("日本", 5), "日本 ");
  assert.equal(fit("日本語", 5), "日本…");
  assert.equal(fit("12345", 5), "12345");
  assert.equal(fit("123456", 5), "1234…");
});

test("numbers and times read well", () => {
  assert.deepEqual([0, 999, 1000, 61_240_000, 999_999, 2.5e12, 5e16].map(bytes), [
    "0 B",
    "999 B",
    "1.0 kB",
    "61.2 MB",
    "1.0 MB",
    "2.5 TB",
    "50000.0 TB",
  ]);
  assert.equal(plural(1, "file"), "1 file");
  assert.equal(plural(26627, "script block"), "26,627 script blocks");
  assert.equal(moment("2026-08-08T06:13:52.0830000Z"), "2026-08-08 06:13:52.0830000 UTC");
});

test("colour only on a terminal that may have it", () => {
  assert.equal(painter({ isTTY: true }, {})("red", "x"), "\x1b[31mx\x1b[0m");
  for (const [stream, env] of [
    [{}, {}],
    [{ isTTY: true }, { NO_COLOR: "1" }],
    [{ isTTY: true }, { TERM: "dumb" }],
  ]) {
    assert.equal(painter(stream, env)("red", "x"), "x");
  }
});

test("progress shows bytes, rate and time left, within the line, and clears itself", () => {
  const counts = { bytes: 0, records: 0, events: 0, scriptBlocks: 0 };
  const progress = { bytes: 30e6, totalBytes: 120e6, source: "a.evtx", counts };
  assert.equal(progressText(progress, 1000), "█████░░░░░░░░░░░░░░░ 25 % · 30.0 MB of 120.0 MB · 30.0 MB/s · 3 s left");
  assert.equal(progressText({ ...progress, totalBytes: null }, 2000), "30.0 MB · 15.0 MB/s");
  assert.equal(progressText({ ...progress, bytes: 0, totalBytes: 0 }, 10), "████████████████████ 100 % · 0 B of 0 B");

  let written = "";
  const write = (text) => {
    written += text;
  };
  const line = new ProgressLine({ isTTY: true, columns: 30, write }, {}, () => 0);
  line.show(progress);
  line.clear();
  assert.equal(written, "\r█████░░░░░░░░░░░░░░░ 25 % · …\x1b[K\r\x1b[K");
  written = "";
  new ProgressLine({ write }, {}).show(progress);
  assert.equal(written, "");
});
