// The published page, with the real engine.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { analyze } from "../../pkg/node.js";
import { eventsXml } from "../../scripts/events.mjs";
import { story } from "../../www/sample/story.mjs";
import { assertReport } from "../support/invariants.mjs";
import { choose, drop, ended, eventually, file, largeLog, open, published, texts, until } from "./support.mjs";

const root = join(import.meta.dirname, "../..");

test("the page is one file within its budget, with its hash beside it", () => {
  assert.ok(statSync(published).size <= 2_000_000);
  const hash = createHash("sha256").update(readFileSync(published)).digest("hex");
  assert.equal(readFileSync(`${published}.sha256`, "utf8").split(" ")[0], hash);
});

/** The report that the page saves. @param {import("playwright-core").Page} page */
async function saved(page) {
  await page.getByRole("button", { name: "Export", exact: true }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Report as JSON" }).click();
  return JSON.parse(readFileSync(await (await download).path(), "utf8"));
}

test("the sample tells its story", async () => {
  const { page, errors } = await open(published);
  await page.getByText("Try the sample").click();
  await ended(page);
  await eventually(async () =>
    assert.deepEqual((await texts(page, "scope-risk .object > .row .name")).slice(0, 3), [
      "WS17.corp.example",
      "DC01.corp.example",
      "FS03.corp.example",
    ]),
  );
  await eventually(async () =>
    assert.match((await texts(page, "scope-files .news")).join(), /1102 the security log was cleared/),
  );
  await eventually(async () =>
    assert.ok((await texts(page, "scope-files .state")).includes("1 problem"), "a log that was cut off"),
  );
  for (const [host, words] of [
    ["WS17", /AMSI/],
    ["WS17", /Download/],
    ["FS03", /WMI/],
    ["DC01", /Event Log Clearing/],
  ]) {
    await page.locator("#search").fill(String(host));
    await eventually(async () =>
      assert.match((await texts(page, "scope-results .group")).join(), /** @type {RegExp} */ (words), String(host)),
    );
  }
  await page.locator("#search").fill("Reflective");
  await until(page, "one result is left", () => /^1 of/.test(document.querySelector(".n-of-n")?.textContent ?? ""));
  await page.locator("scope-results tr.result").click();
  await page.waitForSelector("scope-script .row");
  await eventually(async () =>
    assert.match((await texts(page, "scope-detail .parts"))[0] ?? "", /parts 3 of 5 missing: 3, 5/),
  );
  assert.deepEqual(errors, []);
});

test("a score opens into impact and confidence", async () => {
  const { page } = await open(published);
  await choose(page, file("log.xml", eventsXml([{ text: "Enable-PSRemoting -Force" }])));
  await ended(page);
  await page.keyboard.press("j");
  await page.getByText("impact 50 × confidence 50 / 100 = 25").first().waitFor();
  await eventually(async () => assert.match((await texts(page, "scope-detail .search"))[0] ?? "", /Enable-PSRemoting/));
});

test("the page's report is equal to the library's", async () => {
  const { page } = await open(published);
  const logs = story().map(({ name, text }) => ({ name, data: Buffer.from(text) }));
  await page.getByText("Try the sample").click();
  await ended(page);
  const report = await saved(page);
  assertReport(report);
  await eventually(async () => assert.deepEqual(report, await analyze(logs.reverse())));

  for (const kind of ["evtx", "xml", "json", "classic", "csv"]) {
    const fixtures = join(root, "tests/fixtures", kind);
    if (!existsSync(fixtures)) continue;
    // A new page, so that the end of one run is not taken for the end of the next.
    const { page } = await open(published);
    await drop(page, fixtures);
    await ended(page);
    await eventually(async () => assert.deepEqual(await saved(page), await analyze(fixtures), kind));
  }
});

test("naming the computer of a log that names none shows its results", async () => {
  const { page } = await open(published);
  await choose(page, file("log.xml", eventsXml([{ text: "Enable-PSRemoting -Force", computer: "" }])));
  await ended(page);
  await eventually(async () => assert.equal(await page.locator("scope-results tr.result").count(), 0));
  await page.getByLabel("Computer of events that name none").fill("FS03");
  await page.getByRole("button", { name: "Read again" }).click();
  await page.waitForSelector("scope-results tr.result");
  await eventually(async () => assert.deepEqual(await texts(page, "scope-results td.computer"), ["FS03"]));
  await eventually(async () => assert.deepEqual(await texts(page, "scope-risk .object > .row .name"), ["FS03"]));
});

test("files that are no logs are named as such by the real engine", async () => {
  const { page } = await open(published);
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  await choose(page, file("empty.evtx", ""), file("photo.png", png));
  await ended(page);
  await eventually(async () => assert.deepEqual(await texts(page, "scope-files .state"), ["empty", "not a log"]));
  await eventually(async () =>
    assert.match((await texts(page, "scope-results .empty"))[0] ?? "", /None of these files is an event log/),
  );
});

test("with 60 MB results come while bytes are read, and nothing is requested", async () => {
  const large = largeLog();
  const { page, requests, address } = await open(published);
  await page.evaluate(() => {
    const seen = /** @type {any} */ (globalThis);
    new MutationObserver(() => {
      if (document.querySelector("tr.result")) seen.rate ??= document.querySelector("scope-bar .rate")?.textContent;
    }).observe(document.body, { subtree: true, childList: true });
  });
  await drop(page, large);
  await ended(page);
  await eventually(async () =>
    assert.match(await page.evaluate(() => /** @type {any} */ (globalThis).rate), /^[\d.]+ [KM]B of 6\d\.?\d? MB/),
  );
  assert.deepEqual(
    requests.filter((one) => one !== address && !one.startsWith("blob:")),
    [],
    basename(large),
  );
});
