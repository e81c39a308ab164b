// The desk: its state in the address, the lanes by keyboard and as a table, those without results, the order of the story.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventsXml } from "../../scripts/events.mjs";
import { choose, ended, eventually, file, open, published, settled, standIn, texts, until } from "./support.mjs";

const time = (/** @type {string} */ clock) => `2026-08-08T${clock}.0000000Z`;
const hit = "Enable-PSRemoting -Force";

const log = file(
  "log.xml",
  eventsXml([
    { text: hit, time: time("06:10:00"), computer: "A.corp.example", scriptBlockId: "1", record: 1 },
    { text: "Get-Date", time: time("06:40:00"), computer: "A.corp.example", scriptBlockId: "2", record: 2 },
    { text: `${hit} # b`, time: time("06:22:00"), computer: "B.corp.example", scriptBlockId: "3", record: 3 },
    { text: "Get-Item C:\\quiet", time: time("06:30:00"), computer: "Q.corp.example", scriptBlockId: "4", record: 4 },
  ]),
);

test("acts and what ran before and after them are in one order of time", async () => {
  const { page, errors } = await open(published, { view: "story" });
  await choose(page, log);
  await ended(page);
  await page.locator("scope-story .near").first().waitFor();
  await eventually(async () => {
    const times = await texts(page, "scope-story tbody td.when");
    assert.ok(times.length >= 3, times.join());
    assert.deepEqual(times, [...times].sort());
  });
  assert.deepEqual(errors, []);
});

test("computers without results are listed after the others, and narrow the lists", async () => {
  const { page, errors } = await open(published, { view: "blocks" });
  await choose(page, log);
  await ended(page);
  await page.locator("scope-risk .unscored").waitFor();
  await eventually(async () =>
    assert.deepEqual(await texts(page, "scope-risk .unscored"), ["Q.corp.example no results · 1 script block"]),
  );
  await eventually(async () => assert.equal((await texts(page, "scope-risk .object .name")).at(-1), "Q.corp.example"));
  await page.locator("scope-risk .unscored .row").click();
  await until(page, "one script block is left", () =>
    document.querySelector(".n-of-n")?.textContent?.startsWith("1 of 4"),
  );
  assert.deepEqual(errors, []);
});

test("with no result the page opens the rarest scripts", async () => {
  const { page, errors } = await open(published, { view: "" });
  await choose(page, file("quiet.xml", eventsXml([{ text: "Get-Date" }])));
  await ended(page);
  await page.locator("#tab-scripts[aria-selected=true]").waitFor();
  const says = (/** @type {string} */ selector, /** @type {string} */ words) =>
    until(
      page,
      `${selector} says ${words}`,
      ([where = "", wanted = ""]) => document.querySelector(where)?.textContent?.includes(wanted),
      {
        argument: [selector, words],
      },
    );
  await says("scope-scripts .note", "1 script was seen once");
  await says("scope-scripts .lead", "No detection matched");
  assert.deepEqual(errors, []);
});

test("the address holds view, order, choice and selection of a list, and no text", async () => {
  const { page, errors } = await open(standIn(), { view: "blocks" });
  await choose(page, log);
  await ended(page);
  await page.getByLabel("Which script blocks").selectOption("unmatched");
  await page.locator("scope-blocks thead").getByRole("button", { name: "Length" }).click();
  await until(page, "two blocks are listed", () => document.querySelectorAll("scope-blocks tbody tr").length === 2);
  await page.locator("scope-blocks tbody tr").first().click();
  await page.locator("scope-script .row").first().waitFor();
  const hash = await eventually(async () => {
    const hash = await page.evaluate(() => location.hash);
    assert.match(hash, /view=blocks/);
    assert.match(hash, /on=block/);
    assert.doesNotMatch(decodeURIComponent(hash), /quiet|corp/);
    return hash;
  });
  const selected = await page.locator("scope-blocks tr[aria-selected=true]").innerText();

  await page.reload();
  await page.waitForSelector("html.ready", { state: "attached" });
  await choose(page, log);
  await ended(page);
  await page.locator("scope-script .row").first().waitFor();
  await eventually(async () => assert.equal(await page.getByLabel("Which script blocks").inputValue(), "unmatched"));
  await eventually(async () =>
    assert.equal(await page.locator("scope-blocks th.length").getAttribute("aria-sort"), "descending"),
  );
  await eventually(async () =>
    assert.equal(await page.locator("scope-blocks tr[aria-selected=true]").innerText(), selected),
  );
  await eventually(async () => assert.equal(await page.evaluate(() => location.hash), hash));

  for (const view of ["scripts", "indicators"]) {
    await page.locator(`#tab-${view}`).click();
    await page.keyboard.press("j");
    await settled(page);
  }
  assert.deepEqual(errors, []);
});

test("a range of time is selected by keys, and the table of the lanes has every script block", async () => {
  const { page, errors } = await open(standIn());
  await choose(page, log);
  await ended(page);
  const cursor = page.getByRole("slider", { name: "Range of time" });
  await cursor.focus();
  await page.keyboard.press("ArrowRight");
  await page.locator(".chip").first().waitFor();
  const first = await eventually(async () => {
    const first = await cursor.getAttribute("aria-valuetext");
    assert.match(first ?? "", /^2026-08-08 06:10/);
    return first;
  });
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("ArrowRight");
  await until(
    page,
    "the range moved",
    (before) => document.querySelector("scope-lanes .cursor")?.getAttribute("aria-valuetext") !== before,
    { argument: first },
  );
  await page.keyboard.press("Escape");
  await until(page, "no chip is left", () => document.querySelector(".chip") === null);
  await page.locator("scope-lanes .as-table summary").click();
  await until(page, "the table has every script block", () => {
    const blocks = [...document.querySelectorAll("scope-lanes .as-table tbody td:nth-child(3)")];
    return blocks.reduce((sum, { textContent }) => sum + Number(textContent), 0) === 4;
  });
  assert.deepEqual(errors, []);
});

test("a decoded layer is beside the text that it came from", async () => {
  const encoded = (/** @type {string} */ text) => Buffer.from(text, "utf16le").toString("base64");
  const inner = `powershell -enc ${encoded("Enable-PSRemoting -Force # inner")}`;
  const text = `powershell -enc ${encoded("Write-Host 'first of two layers'")}; powershell -enc ${encoded(inner)}`;
  const { page, errors } = await open(published);
  await choose(page, file("layers.xml", eventsXml([{ text }])));
  await ended(page);
  await page.keyboard.press("j");
  await page.locator("scope-script .row").first().waitFor();
  await page.getByRole("button", { name: "beside its origin" }).click();
  const beside = async (/** @type {string} */ layer) => {
    await page
      .getByRole("group", { name: "Views of the script" })
      .getByRole("button", { name: new RegExp(`^${layer}`) })
      .click();
    const shows = (/** @type {string} */ wanted) =>
      [...document.querySelectorAll("scope-script .script-notes b")].at(-1)?.textContent === wanted;
    await until(page, `${layer} is shown`, shows, { argument: layer });
    return texts(page, "scope-script .script-notes b");
  };
  // The second layer comes from the script, as the first one does, and the third from the second.
  await eventually(async () => assert.deepEqual(await beside("layer 1"), ["original", "layer 1"]));
  await eventually(async () => assert.deepEqual(await beside("layer 2"), ["original", "layer 2"]));
  await eventually(async () => assert.deepEqual(await beside("layer 3"), ["layer 2", "layer 3"]));
  assert.deepEqual(errors, []);
});
