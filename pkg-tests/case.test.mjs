// Case files, reports for readers, and formatted scripts.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { formatScript, init, mergeCases, openCase, saveCase, Session } from "scriptscope";
import { eventsXml } from "../scripts/events.mjs";
import { sample } from "./support/logs.mjs";

await init();

/** @param {string | Uint8Array} content */
function sessionOf(content) {
  const session = new Session({ sha256: true });
  session.begin("log.xml");
  session.push(typeof content === "string" ? new TextEncoder().encode(content) : content);
  session.end();
  return session;
}

/** @type {import("scriptscope").Case} */
const empty = { format: "scriptscope.case", version: 1 };

test("a case is saved with the same bytes, opened, and refused with line and column", () => {
  const text = saveCase({ ...empty, name: "a", marks: { "result:1": { verdict: "hostile", by: "kim" } } });
  const opened = openCase(text);
  assert.equal(saveCase(opened.case), text);
  assert.deepEqual(opened.case.marks["result:1"], {
    verdict: "hostile",
    note: "",
    by: "kim",
    star: false,
    expected: false,
    toReport: false,
    order: 0,
    others: [],
  });
  assert.deepEqual(opened.options, { rules: [], allowList: [] });
  const wrong = () => openCase('{"format":"scriptscope.case",\n"version":1,"x":1}');
  assert.throws(wrong, { name: "ScriptscopeError", code: "case", line: 2 });
});

test("an opened case gives the options of a session that reads its logs", () => {
  const rule = { name: "r.yml", text: "title: r\nlogsource: {product: windows, category: ps_script}\n" };
  const detection = "detection: {s: {ScriptBlockText|contains: zzz}, condition: s}\n";
  const { options } = openCase(
    saveCase({
      ...empty,
      options: { builtin: false, minScore: 1 },
      rules: [{ ...rule, text: rule.text + detection }],
      allow: [{ name: "lab", rule: null, search: "Computer=LAB*", enabled: true }],
    }),
  );
  const session = new Session(options);
  assert.deepEqual(
    session.report().rules.map(({ title }) => title),
    ["r"],
  );
  session.free();
});

test("cases of two analysts are joined, and their differences said", () => {
  const kim = { ...empty, marks: { "result:1": { verdict: /** @type {const} */ ("hostile"), by: "kim" } } };
  const lee = {
    ...empty,
    marks: { "result:1": { verdict: /** @type {const} */ ("benign"), by: "lee", note: "backup" } },
  };
  const merged = mergeCases(kim, lee);
  assert.deepEqual(merged.conflicts, ["result:1: kim says hostile, lee says benign"]);
  assert.deepEqual(mergeCases(lee, kim), merged);
});

test("a report for readers has what is marked, and hostile text is inert", () => {
  const text = "</pre><script>alert(1)</script>; Enable-PSRemoting";
  const session = sessionOf(eventsXml([{ text }]));
  const [result] = session.report().results;
  const mark = { verdict: /** @type {const} */ ("hostile"), note: "<img src=x>", by: "kim" };
  const own = { ...empty, name: "x", marks: { [`result:${result?.id}`]: mark } };
  const page = session.caseReport(own, "html");
  assert.ok(!/<script|<img/.test(page) && page.includes("default-src 'none'") && page.includes("marked hostile"));
  assert.equal(session.caseReport(own, "html"), page);
  assert.match(session.caseReport(null, "markdown"), /^# PowerShell script blocks\n/);
  assert.throws(() => session.caseReport(null, /** @type {any} */ ("pdf")), { code: "option" });
  session.free();
});

test("the sample's report names machines, acts and hashes", () => {
  const session = sessionOf(readFileSync(sample));
  const text = session.caseReport(null, "markdown");
  for (const part of [
    "## Machines, worst first",
    "## What happened, in order",
    "## Indicators",
    "## What was not read",
  ])
    assert.ok(text.includes(part), part);
  assert.match(text, /[0-9a-f]{64}/);
  session.free();
});

test("a marked script block that no rule matched is read again for reports and exports", () => {
  const log = new TextEncoder().encode(
    eventsXml([
      { text: "Get-Date # http://staging.evil-cdn.net/a", scriptBlockId: "a" },
      { text: "Enable-PSRemoting -Force", scriptBlockId: "b" },
    ]),
  );
  const session = new Session({ inventory: true });
  session.begin("log.xml");
  session.push(log);
  session.end();
  const { rows } = session.listBlocks({ filter: { matched: false } });
  const [{ id, textId }] = rows;
  /** @type {import("scriptscope").Case} */
  const own = { ...empty, marks: { [`script:${textId}`]: { verdict: "hostile", by: "kim", toReport: true } } };
  assert.deepEqual(session.textsToRead(own), [id]);
  assert.deepEqual(session.textsToRead(null, [id]), [id]);
  assert.deepEqual(session.textsToRead(null, ["none", session.report().results[0].id]), []);
  assert.match(session.caseReport(own, "markdown"), /was not read again/);
  const pieces = (session.readPlan(id) ?? []).map(({ offset, length }) => log.slice(offset, offset + length));
  session.readBlock(id, pieces);
  assert.deepEqual(session.textsToRead(own), []);
  const page = session.caseReport(own, "markdown");
  assert.match(page, /Get-Date # http/);
  assert.match(page, /hxxp:\/\/staging\[\.\]evil-cdn/);
  const stix = session.export("stix", { ids: [id] });
  assert.match(stix, /staging\.evil-cdn\.net/);
  assert.doesNotMatch(session.export("csv", { table: "blocks" }), /Get-Date/);
  assert.match(session.export("csv", { table: "blocks", marked: [textId] }), /Get-Date/);
  assert.equal(session.listScripts({}).rows.filter(({ firstLine }) => firstLine === null).length, 0);
  session.free();
});

test("a formatted script has the same text in runs", () => {
  const script = "if($a){ $b='x; 😀' ; iex $b;Get-ChildItem }";
  const { text, map } = formatScript(script);
  assert.equal(text, "if($a){\n    $b='x; 😀' ;\n    iex $b;\n    Get-ChildItem\n}");
  for (let at = 0; at < map.length; at += 3) {
    const [start = 0, source = 0, length = 0] = map.subarray(at, at + 3);
    assert.equal(text.slice(start, start + length), script.slice(source, source + length));
  }
});
