// Texts read by the wasm's vector instructions, which native tests do not run: at any position in a block they equal the
// result of JavaScript's own readers, in every encoding.

import assert from "node:assert/strict";
import test from "node:test";
import { init, Session } from "scriptscope";
import { eventXml } from "../scripts/events.mjs";
import { random } from "./support/random.mjs";

const PIECES = [
  "a",
  "n",
  "r",
  "t",
  "u",
  " ",
  "\r\n",
  "\t",
  '"',
  "\\",
  "\\n",
  "'",
  "<",
  "&",
  "ä",
  "😀",
  "\b",
  "plain words. ",
];
const COUNT = 1500;

const below = random();

/** Mostly words, so that complete blocks are ordinary, and sometimes only characters that must be escaped. */
const texts = Array.from({ length: COUNT }, () => {
  const words = below(10);
  const piece = () => (below(10) < words ? "plain words. " : PIECES[below(PIECES.length)]);
  return `x${" ".repeat(below(64))}${Array.from({ length: below(120) }, piece).join("")}`;
});

/** @param {number} at */
const id = (at) => `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`;

const usual = { "&": "&amp;", "<": "&lt;", '"': "&quot;", "\r": "&#xD;" };
const xml = texts
  // XML has no way to write a backspace.
  .map((text) => text.replaceAll("\b", ""))
  .map((text, at) => {
    const event = eventXml({ text: "TEXT", scriptBlockId: id(at), record: at + 1 });
    return event.replace("TEXT", () => text.replace(/[&<"\r]/g, (character) => usual[character]));
  });
const json = texts.map((text, at) => line(text, at));
const jsonWithoutBackspaces = texts.map((text, at) => line(text.replaceAll("\b", ""), at));

/** As evtx_dump writes an event. @param {string} text @param {number} at */
function line(text, at) {
  const System = {
    Provider: { "#attributes": { Name: "Microsoft-Windows-PowerShell" } },
    EventID: 4104,
    Level: 5,
    TimeCreated: { "#attributes": { SystemTime: "2026-08-08T06:13:52.083Z" } },
    EventRecordID: at + 1,
    Channel: "Microsoft-Windows-PowerShell/Operational",
    Computer: "FS03.corp.example",
  };
  const EventData = { MessageNumber: 1, MessageTotal: 1, ScriptBlockText: text, ScriptBlockId: id(at), Path: "" };
  return JSON.stringify({ Event: { System, EventData } });
}

/** @param {string[][]} logs @param {string} search */
function report(logs, search) {
  const rule = `{"name": "All", "id": "8a0b9a8e-0000-4000-8000-000000000001", "type": "Hunting", "search": ${JSON.stringify(search)}}`;
  const session = new Session({ builtin: false, rules: [{ name: "all.yml", text: rule }] });
  for (const events of logs) {
    session.begin("log");
    session.push(new TextEncoder().encode(events.join("\n")));
    session.end();
  }
  const report = session.report();
  session.free();
  const remarks = new Set(["no-user", "same-records", "shared-records"]);
  assert.deepEqual(
    report.problems.filter(({ code }) => !remarks.has(code)),
    [],
  );
  return report;
}

test("escaped texts equal the originals", async () => {
  await init();
  for (const [log, expected] of /** @type {const} */ ([
    [json, texts],
    [xml, texts.map((text) => text.replaceAll("\b", ""))],
  ])) {
    const { scriptBlocks } = report([log], "EventCode=4104 | table ScriptBlockText");
    const found = new Map(scriptBlocks.map((block) => [block.scriptBlockId, block.text]));
    expected.forEach((text, at) => assert.equal(found.get(id(at)), text));
  }
});

test("an evicted text is recognised in every encoding", async () => {
  await init();
  const otherCase = xml.map((event) => event.replace("FS03.corp.example", "fs03.Corp.EXAMPLE"));
  assert.notDeepEqual(otherCase, xml);
  const { totals } = report([jsonWithoutBackspaces, otherCase], 'EventCode=4104 ScriptBlockText="*no such text*"');
  assert.equal(totals.events, 2 * COUNT);
  assert.equal(totals.scriptBlocks, COUNT);
});
