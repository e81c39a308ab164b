// Every state is worded: nothing found, not a log, damaged, empty, failed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventsXml } from "../../scripts/events.mjs";
import { choose, ended, eventually, file, open, standIn, texts } from "./support.mjs";

/** @param {...ReturnType<typeof file>} files */
async function read(...files) {
  const { page } = await open(standIn());
  await choose(page, ...files);
  await ended(page);
  return page;
}

const empty = async (/** @type {import("playwright-core").Page} */ page) =>
  (await texts(page, "scope-results .empty"))[0] ?? "";

test("without results the page says how much was searched", async () => {
  const page = await read(file("quiet.xml", eventsXml([{ text: "Get-Date" }, { text: "prompt" }])));
  await eventually(async () => assert.match(await empty(page), /No detection matched 2 script blocks\. 3 rules ran\./));
});

test("without script blocks the page says how to switch logging on", async () => {
  const other = eventsXml([{ text: "" }]).replace("4104", "1102");
  const page = await read(file("security.xml", other));
  await eventually(async () => {
    const said = await empty(page);
    assert.match(said, /No script block was found/);
    assert.match(said, /Turn on PowerShell Script Block Logging/);
    assert.match(said, /EnableScriptBlockLogging/);
    assert.match(said, /Event 1102, 1 ×: the security log was cleared/);
  });
  await eventually(async () =>
    assert.match((await texts(page, "scope-files .news"))[0] ?? "", /1102 the security log was cleared/),
  );
});

test("a picture and an empty file have different states", async () => {
  const page = await read(
    file("photo.png", Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0])),
    file("empty.evtx", ""),
  );
  await eventually(async () => assert.deepEqual(await texts(page, "scope-files .state"), ["empty", "not a log"]));
  await eventually(async () => assert.match(await empty(page), /None of these files is an event log/));
});

test("a worker that dies costs only its file", async () => {
  const logs = ["a", "b", "d", "e"].map((name) =>
    file(`${name}.xml`, eventsXml([{ text: `Enable-PSRemoting # ${name}` }])),
  );
  const page = await read(...logs, file("c.xml", '{"trap"}'));
  await eventually(async () =>
    assert.deepEqual(await texts(page, "scope-files .state"), ["ok", "ok", "not read", "ok", "ok"]),
  );
  await eventually(async () => assert.equal(await page.locator("scope-results tr.result").count(), 4));
  await page.locator("scope-files button.row").nth(2).click();
  await eventually(async () =>
    assert.match((await texts(page, "scope-files .problems"))[0] ?? "", /error the worker that read it died/),
  );
});

test("a worker that dies in a partly merged file costs no other file", async () => {
  const logs = ["a", "b", "d"].map((name) => file(`${name}.xml`, eventsXml([{ text: `Enable-PSRemoting # ${name}` }])));
  // Long enough that a partial is sent before its end.
  const late = file("c.xml", Buffer.concat([Buffer.from('{"trap"}'), Buffer.alloc(24 << 20, " ")]));
  const page = await read(...logs, late);
  await eventually(async () =>
    assert.deepEqual(await texts(page, "scope-files .state"), ["ok", "ok", "not read", "ok"]),
  );
  await eventually(async () =>
    assert.match((await texts(page, "scope-bar .summary"))[0] ?? "", /3 script blocks 3 results/),
  );
});

test("a fault of the report worker is reported, and earlier results remain", async () => {
  const { page } = await open(standIn());
  await choose(page, file("fault.xml", eventsXml([{ text: "Enable-PSRemoting" }])));
  await ended(page);
  await eventually(async () => assert.match((await texts(page, "scope-bar .summary"))[0] ?? "", /^stopped/));
  await eventually(async () =>
    assert.match(await page.locator("scope-bar [role=status]").innerText(), /Stopped: The engine ran out of memory/),
  );
});

test("results beyond the limit are counted and reported", async () => {
  const page = await read(file("many.json", '{"results": 12, "lost": 3400}'));
  await page.waitForSelector("scope-results tr.result");
  await eventually(async () =>
    assert.match((await texts(page, ".n-of-n"))[0] ?? "", /^12 of 12 results, 3,400 more counted, not kept/),
  );
  await eventually(async () =>
    assert.match((await texts(page, "scope-results .more"))[0] ?? "", /3,400 further results counted but not kept/),
  );
});

test("without results the problems are open, with file, place and cause", async () => {
  const page = await read(file("photo.png", "not a log"));
  await eventually(async () =>
    assert.match(
      (await texts(page, "scope-files .problems"))[0] ?? "",
      /error no known log format begins like this byte 0/,
    ),
  );
});
