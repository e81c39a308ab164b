// The page's model, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode } from "../../www/src/base85.js";
import { grouped, sorted } from "../../www/src/model/arrange.js";
import { axis, bursts, labels, scale } from "../../www/src/model/bins.js";
import { chips, everything, predicate } from "../../www/src/model/filter.js";
import { hidden, visible } from "../../www/src/model/glyphs.js";
import { level } from "../../www/src/model/level.js";
import { bytes, plural, score, sum } from "../../www/src/model/number.js";
import { mapped, mappedTokens } from "../../www/src/model/runs.js";
import { inSlices } from "../../www/src/model/slices.js";
import { Tally } from "../../www/src/model/tally.js";
import { matrix } from "../../www/src/model/tactics.js";
import { exact, millis, parse, setZone, shown, span, typed } from "../../www/src/model/time.js";
import { findAll, foldsOf, MOST_FOUND, TextRows } from "../../www/src/model/text-rows.js";
import { otherEvents } from "../../www/src/model/words.js";
import { Sender } from "../../www/src/worker/report-diff.js";

const { signal } = new AbortController();

/** @param {Record<string, unknown>} fields @returns {any} */
const row = ({ id = "r", rule = {}, result = {}, ...rest }) => ({
  id,
  level: "low",
  computer: "FS03",
  user: "",
  line: "",
  first: 0,
  last: 0,
  haystack: "",
  shown: 0,
  version: 1,
  ...rest,
  rule: { id: "a", title: "A", .../** @type {object} */ (rule) },
  result: { score: 0, count: 1, blocks: [], suppressedBy: null, .../** @type {object} */ (result) },
});

test("times are shown in UTC, with the log's digits in the tooltip", () => {
  assert.equal(shown("2026-08-08T06:13:52.0830917Z"), "2026-08-08 06:13:52.083 UTC");
  assert.equal(shown("2026-08-08T06:13:52Z"), "2026-08-08 06:13:52 UTC");
  assert.equal(shown(null), "no time");
  assert.equal(millis("2026-08-08T06:13:52.0830917Z"), Date.UTC(2026, 7, 8, 6, 13, 52, 83));
  assert.equal(millis("2026-08-08T06:13:52.1Z"), Date.UTC(2026, 7, 8, 6, 13, 52, 100));
  assert.ok(Number.isNaN(millis(null)));
  const first = "2026-08-08T06:13:52.083Z";
  assert.deepEqual(span(first, "2026-08-08T06:41:07.120Z"), ["2026-08-08 06:13:52.083 –", "06:41:07.120 UTC"]);
  assert.deepEqual(span(first, "2026-08-09T06:41:07.120Z"), [
    "2026-08-08 06:13:52.083 –",
    "2026-08-09 06:41:07.120 UTC",
  ]);
  assert.deepEqual(span(first, first), ["2026-08-08 06:13:52.083 UTC"]);
  assert.match(exact("2026-08-08T06:13:52.0830917Z", Date.UTC(2026, 7, 10, 7)), /^2026-.*0830917Z · 2 days ago$/);
});

test("typed times are parsed or refused", () => {
  assert.equal(parse("2026-08-08"), Date.UTC(2026, 7, 8));
  assert.equal(parse(" 2026-08-08 06:13 UTC"), Date.UTC(2026, 7, 8, 6, 13));
  assert.equal(parse("2026-08-08T06:13:52.0830917Z"), Date.UTC(2026, 7, 8, 6, 13, 52, 83));
  for (const wrong of ["yesterday", "08/08/2026", "2026-13-01", "2026-08-08 25:00"])
    assert.equal(parse(wrong), null, wrong);
  assert.equal(parse(typed(Date.UTC(2026, 7, 8, 6, 13, 52))), Date.UTC(2026, 7, 8, 6, 13, 52));
});

test("quantities are formatted with units and plurals", () => {
  assert.equal(bytes(0), "0 bytes");
  assert.equal(bytes(61_200_000), "61.2 MB");
  assert.equal(plural(1, "file"), "1 file");
  assert.equal(plural(26_627, "script block"), "26,627 script blocks");
  assert.equal(sum([0.1, 0.2, 15.75]), 16.05);
  assert.equal(score(25), "25");
});

test("each hidden character becomes one visible unit", () => {
  const text = "a\u202eb\u0000\r\nc\rd\u200b\ufeff\tz";
  const seen = visible(text);
  assert.equal(seen.length, text.length);
  assert.equal(seen, "a⇠b␀\r\nc␍d⎵⎵\tz");
  assert.deepEqual(hidden(text).offsets, [1, 3, 7, 9, 10]);
  assert.deepEqual(
    hidden(text).kinds.map((kind) => kind.code),
    ["U+202E", "U+0000", "U+000D", "U+200B", "U+FEFF"],
  );
  assert.equal(visible("ümläut 😀 日本"), "ümläut 😀 日本");
});

test("a script is divided into rows that cover it, whatever its width", () => {
  const lengths = ["", "short", "line\r\n".repeat(2_000), "x".repeat(20_000), `${"y".repeat(79)}😀${"y".repeat(9)}`];
  for (const text of lengths) {
    for (const columns of [16, 80]) {
      const rows = new TextRows(text, columns, []);
      const all = Array.from({ length: rows.length }, (_, i) => rows.row(i));
      assert.equal(all.map(({ start, end }) => text.slice(start, end)).join(""), text.replace(/\r?\n/g, ""));
      assert.ok(all.every(({ start, end }) => end - start <= columns + 1));
      assert.ok(all.every(({ start }) => !/[\udc00-\udfff]/.test(text.charAt(start))));
      for (const [i, { start, end }] of all.entries()) if (end > start) assert.equal(rows.at(start), i);
    }
  }
  const wide = new TextRows("\t漢字漢字\nlast", 8, []);
  assert.deepEqual(
    [0, 1, 2].map((i) => [wide.row(i).start, wide.row(i).line, wide.row(i).isFirst]),
    [
      [0, 1, true],
      [3, 1, false],
      [6, 2, true],
    ],
  );
});

test("long strings and functions fold, and a closed fold is one row", async () => {
  const text = `function Get-It {\n  1\n  2\n  "}"\n}\n$x = '${"A".repeat(500)}'\nend`;
  const token = (/** @type {string} */ word, /** @type {number} */ kind) => {
    const at = text.indexOf(word);
    return [at, at + word.length, kind];
  };
  const tokens = Uint32Array.from([
    ...token("function", 5),
    ...token("Get-It", 4),
    ...token('"}"', 2),
    ...token("$x", 3),
    ...token(`'${"A".repeat(500)}'`, 2),
  ]);
  const folds = await foldsOf(text, tokens);
  assert.deepEqual(
    folds.map(({ kind, name }) => [kind, name]),
    [
      ["function", "Get-It"],
      ["string", ""],
    ],
  );
  const rows = new TextRows(text, 200, folds);
  const all = Array.from({ length: rows.length }, (_, i) => rows.row(i));
  assert.deepEqual(
    all.map(({ line, fold }) => [line, fold?.kind ?? ""]),
    [
      [1, ""],
      [1, "function"],
      [5, ""],
      [6, ""],
      [6, "string"],
      [6, ""],
      [7, ""],
    ],
  );
});

test("matches and tokens are mapped to the formatted text", () => {
  // "a;b c" became "a;\n  b c".
  const map = Uint32Array.of(0, 0, 2, 5, 2, 3);
  assert.deepEqual(mapped(map, [[1, 3]]), [[1, 6]]);
  assert.deepEqual(mapped(map, [[2, 3]]), [[5, 6]]);
  assert.deepEqual([...mappedTokens(map, Uint32Array.of(0, 1, 4, 1, 3, 6))], [0, 1, 4, 1, 2, 6, 5, 6, 6]);
});

test("a text is found in a script whatever its case, special characters too", () => {
  assert.deepEqual(findAll("a.B a.b axb", "A.b"), [
    [0, 3],
    [4, 7],
  ]);
  assert.deepEqual(findAll("C:\\x [y]-/", "\\x [y]-/"), [[2, 10]]);
  assert.equal(findAll("e".repeat(20_000), "e").length, MOST_FOUND);
});

test("a level is the rule's, or its score's", () => {
  const rule = (/** @type {object} */ fields) => /** @type {any} */ ({ level: null, type: "Anomaly", ...fields });
  assert.equal(level(rule({ level: "High" }), 1), "high");
  assert.deepEqual(
    [90, 60, 35, 15, 0].map((one) => level(rule({}), one)),
    ["critical", "high", "medium", "low", "informational"],
  );
  assert.equal(level(rule({ type: "Hunting" }), 90), "informational");
});

test("filters combine, and each can be removed", () => {
  const rows = [
    row({ id: "1", haystack: "remoting fs03", level: "high", first: 10, last: 20 }),
    row({ id: "2", haystack: "cradle ws17", rule: { id: "b", title: "B" }, first: 30, last: 30 }),
    row({ id: "3", haystack: "no time", first: NaN, last: NaN, result: { suppressedBy: "known" } }),
  ];
  const lookups = {
    ofObject: () => new Set(["2"]),
    isIn: (/** @type {any} */ one, /** @type {string} */ source) => source === `file${one.id}`,
    textHits: new Set(["2"]),
    mark: () => undefined,
  };
  const kept = (/** @type {object} */ change) =>
    rows.filter(predicate({ ...everything(), ...change }, lookups)).map((one) => one.id);
  assert.deepEqual(kept({}), ["1", "2"]);
  assert.deepEqual(kept({ hideSuppressed: false }), ["1", "2", "3"]);
  assert.deepEqual(kept({ text: "fs03 remoting" }), ["1", "2"], "and what the texts hold");
  assert.deepEqual(kept({ from: 15, to: 30 }), ["1"]);
  assert.deepEqual(kept({ from: 30, hideSuppressed: false }), ["2", "3"], "no time is never hidden by a range");
  assert.deepEqual(kept({ rule: "b" }), ["2"]);
  assert.deepEqual(kept({ source: "file1" }), ["1"]);
  assert.deepEqual(kept({ levels: ["high"], object: { type: "system", object: "X" } }), []);
  const filter = { ...everything(), rule: "b", from: 0, levels: /** @type {any} */ (["high"]) };
  assert.deepEqual(
    chips(filter, () => "B", 1).map((chip) => chip.words),
    ["B", "high", "from 1970-01-01 00:00:00 UTC", "without 1 hidden"],
  );
  assert.equal(chips(filter, () => "B", 0)[0]?.without.rule, null);
});

test("sorting in slices equals sorting, with missing values last", async () => {
  const rows = Array.from({ length: 7_001 }, (_, i) =>
    row({ id: String(i), first: i % 5 === 0 ? NaN : (i * 7_919) % 1_009 }),
  );
  for (const down of [true, false]) {
    const firsts = (await sorted(rows, { key: "first", down }, signal)).map((one) => one.first);
    const timed = firsts.filter((one) => one === one);
    assert.deepEqual(
      timed,
      [...timed].sort((a, b) => (down ? b - a : a - b)),
    );
    assert.ok(firsts.slice(timed.length).every(Number.isNaN));
  }
  const cut = new AbortController();
  const work = sorted(rows, { key: "first", down: true }, cut.signal);
  cut.abort();
  await assert.rejects(work, { name: "AbortError" });
});

test("groups are in the order of their first rows", () => {
  const rows = [row({ id: "1", computer: "B" }), row({ id: "2", computer: "a" }), row({ id: "3", computer: "b" })];
  assert.deepEqual(
    grouped(rows, "computer").map((group) => [group.title, group.rows.length]),
    [
      ["B", 2],
      ["a", 1],
    ],
  );
  assert.equal(grouped([], "none").length, 0);
});

test("rows are counted as they are added and removed", () => {
  const tally = new Tally();
  const hidden = row({ level: "high", result: { suppressedBy: "backup" } });
  for (const one of [row({}), row({}), hidden]) tally.add(one);
  assert.deepEqual([tally.ofLevel("low"), tally.ofLevel("high"), tally.ofLevel("critical")], [2, 1, 0]);
  assert.deepEqual([tally.hidden(), tally.hiddenBy("backup"), tally.hiddenBy("other")], [1, 1, 0]);
  tally.drop(hidden);
  assert.deepEqual([tally.ofLevel("high"), tally.hidden()], [0, 0]);
});

test("consecutive short pieces of work share a slice", async () => {
  let turns = 0;
  const clock = setInterval(() => (turns += 1), 0);
  const busy = () => {
    for (const end = performance.now() + 2; performance.now() < end;);
  };
  for (let i = 0; i < 20; i += 1) await inSlices(1, signal, busy, 1);
  clearInterval(clock);
  assert.ok(turns > 1, "others had their turn");
});

test("the lanes count each block once, in bins of round widths", async () => {
  const rows = [row({ level: "high" }), row({})];
  const ticks = Array.from({ length: 1_000 }, (_, i) => ({
    time: Date.UTC(2026, 7, 8) + i * 61_000,
    row: rows[i % 2],
    computer: `HOST${i % 3}`,
    user: "",
  }));
  const laneOf = (one) => one.computer;
  const made = await axis(ticks, 150, null, laneOf, (one) => one.level === "high", signal);
  assert.ok(made);
  assert.deepEqual(made.lanes.map(({ name, total }) => [name, total]).sort(), [
    ["HOST0", 334],
    ["HOST1", 333],
    ["HOST2", 333],
  ]);
  const bins = made.lanes.flatMap((lane) => [...lane.bins.values()]);
  assert.equal(
    bins.reduce((total, bin) => total + bin.all, 0),
    1_000,
  );
  assert.equal(
    bins.reduce((total, bin) => total + (bin.counts[1] ?? 0), 0),
    500,
  );
  assert.equal(made.width, 600_000);
  assert.ok(labels(made, 10).length <= 10);
  assert.equal(await axis([], 100, null, laneOf, () => true, signal), null);
  const one = [{ time: 5, row: rows[0], computer: "", user: "" }];
  assert.equal((await axis(one, 100, null, laneOf, () => true, signal))?.bins, 1);
});

test("within a second bins are shorter than a second", () => {
  const { width, bins } = scale({ from: 1_000, to: 1_066 }, 100);
  assert.deepEqual([width, bins], [10, 7]);
});

test("bursts are divided by long gaps", async () => {
  const found = await bursts([0, 86_401_000, 3_000, 86_400_000, 86_402_000], signal);
  assert.deepEqual(found, [
    { from: 0, to: 3_000, ticks: 2 },
    { from: 86_400_000, to: 86_402_000, ticks: 3 },
  ]);
});

test("times are shown and typed in the chosen zone, with the digits of the log", () => {
  assert.equal(setZone("Europe/Berlin"), true);
  assert.equal(shown("2026-08-08T06:13:52.083123Z"), "2026-08-08 08:13:52.083 +02:00");
  assert.equal(shown("2026-12-08T23:13:52Z"), "2026-12-09 00:13:52 +01:00");
  assert.deepEqual(span("2026-08-08T23:13:52Z", "2026-08-09T01:00:00.5Z"), [
    "2026-08-09 01:13:52 –",
    "03:00:00.5 +02:00",
  ]);
  assert.equal(typed(parse("2026-08-08 08:13")), "2026-08-08 08:13:00");
  assert.equal(parse("2026-08-08 08:13"), Date.UTC(2026, 7, 8, 6, 13));
  assert.equal(parse("2026-08-08 08:13 UTC"), Date.UTC(2026, 7, 8, 8, 13));
  assert.equal(setZone("Atlantis/Capital"), false);
  assert.equal(setZone("UTC"), true);
});

test("the matrix has tactics in ATT&CK's order", () => {
  const of = (technique, tactics) => row({ rule: { title: technique, attack: [{ technique, tactics }] } });
  const rows = [of("T1105", ["command-and-control"]), of("T1059", ["execution"]), of("T1003", ["credential_access"])];
  const seen = matrix(
    rows,
    (one) => one !== rows[0],
    (name) => name.replace(/[-_]/g, " "),
  );
  assert.deepEqual(
    seen.map(({ tactic, cells }) => [tactic, cells[0]?.technique, cells[0]?.inView]),
    [
      ["execution", "T1059", 1],
      ["credential access", "T1003", 1],
      ["command and control", "T1105", 0],
    ],
  );
});

test("a cleared log is listed first", () => {
  assert.deepEqual(
    otherEvents({ 4103: 900, 1102: 1, 600: 3 }).map((event) => event.id),
    ["1102", "4103", "600"],
  );
});

test("the report diff has changed and removed items", () => {
  /** @type {any[]} */
  const results = [
    { id: "1", count: 1, blocks: [{ id: "b1" }] },
    { id: "2", count: 1, blocks: [{ id: "b1" }] },
  ];
  const block = { id: "b1", present: [1], events: [] };
  const session = /** @type {any} */ ({
    outline: () => ({
      report: {
        sources: [],
        problems: [],
        rules: [],
        results,
        scriptBlocks: [block],
        riskObjects: [],
        acts: [],
        totals: {},
      },
      lines: { 1: "line" },
    }),
  });
  /** @type {any[]} */
  let told = [];
  const sender = new Sender(session, (message) => told.push(message));
  const sent = (/** @type {string} */ kind) => {
    const ids = told
      .filter((one) => one.kind === kind)
      .flatMap((one) => one.items.map((/** @type {any} */ item) => item.result?.id ?? item.id));
    return ids;
  };
  sender.send();
  assert.deepEqual(sent("results"), ["1", "2"]);
  assert.deepEqual(sent("blocks"), ["b1"]);
  told = [];
  results.splice(0, 1, { id: "3", count: 1, blocks: [] });
  results[1].count = 2;
  sender.send();
  assert.deepEqual(sent("results"), ["3", "2"]);
  assert.deepEqual(sent("blocks"), []);
  assert.deepEqual(told.at(-1), { type: "tail", gone: ["1"] });
});

test("the first results are sent as soon as they are found, and no state that takes longer than what is left", (t) => {
  let clock = 0;
  t.mock.method(performance, "now", () => clock);
  let events = 100;
  /** @type {any[]} */
  const results = [];
  const lists = { sources: [], problems: [], rules: [], scriptBlocks: [], riskObjects: [], acts: [] };
  const session = /** @type {any} */ ({
    counts: () => ({ events }),
    outline: () => {
      clock += 10;
      return { report: { ...lists, results, totals: { events } }, lines: {} };
    },
  });
  let states = 0;
  const sender = new Sender(session, ({ type }) => {
    if (type !== "tail") return;
    states += 1;
    // As for a query, whose rows nobody waits for.
    sender.drawn();
  });
  const statesAt = (/** @type {number} */ time, /** @type {number} */ left) => {
    clock = time;
    sender.sendIfDue(left);
    return states;
  };
  assert.equal(statesAt(0, Infinity), 0);
  assert.equal(statesAt(60, Infinity), 1);
  results.push({ id: "1", count: 1, blocks: [] });
  assert.equal(statesAt(150, Infinity), 2);
  assert.equal(statesAt(400, Infinity), 2);
  events = 1_000;
  assert.equal(statesAt(460, 99), 2);
  assert.equal(statesAt(460, 101), 3);
});

test("bytes of any length come back from base 85, whose text an HTML file may hold", () => {
  for (const length of [0, 1, 2, 3, 4, 5, 1_023, 4_096]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 151 + length) % 256);
    const text = encode(bytes);
    assert.deepEqual(decode(text), bytes);
    assert.match(text, /^[#-;=-[\]-y]*$/);
  }
  assert.deepEqual(decode(encode(new Uint8Array(8).fill(255))), new Uint8Array(8).fill(255));
});
